from pathlib import Path

import dagster as dg
import httpx
import pytest

from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.emulator.asking import film, write_catalog

KEYS = {"TMDB_API_TOKEN": "of-tmdb", "DISCOGS_TOKEN": "of-discogs"}


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def test_without_keys_both_apis_are_one_emulator_that_ends_with_the_run(tmp_path: Path):
    catalog = write_catalog(tmp_path / "catalog", films=[film(7, "Heat", "1995-12-15")])

    with dg.build_resources({"apis": ApisResource(catalog=str(catalog))}) as resources:
        tmdb, discogs = resources.apis.tmdb(), resources.apis.discogs()
        answered = httpx.get(f"{tmdb.base_url}/movie/7", headers=tmdb.headers)

    assert answered.json()["title"] == "Heat"
    assert tmdb.base_url == f"{discogs.base_url}/3"
    assert tmdb.origin == discogs.origin
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{tmdb.base_url}/movie/7")


def test_pages_of_one_catalog_are_never_taken_for_those_of_another(tmp_path: Path):
    origins = []
    for title in ("Heat", "Ran"):
        catalog = write_catalog(tmp_path / "catalog", films=[film(7, title, "1995-12-15")])
        with dg.build_resources({"apis": ApisResource(catalog=str(catalog))}) as resources:
            origins.append(resources.apis.tmdb().origin)

    assert origins[0] != origins[1]


def test_with_keys_the_real_apis_are_asked_within_their_limits(monkeypatch: pytest.MonkeyPatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    tmdb, discogs = ApisResource().tmdb(), ApisResource().discogs()

    assert (tmdb.token, discogs.token) == ("of-tmdb", "of-discogs")
    assert (tmdb.origin, discogs.origin) == ("api.themoviedb.org", "api.discogs.com")
    assert tmdb.limit
    assert discogs.limit
    # Real films come without labels.
    assert ApisResource().labels() == ()


def test_only_a_catalog_without_labels_has_none(tmp_path: Path):
    catalog = write_catalog(tmp_path / "catalog")

    assert ApisResource(catalog=str(catalog)).labels() == ()
    assert len(ApisResource().labels()) > 100
    assert ApisResource(dump=str(tmp_path)).labels() == ()
