from typing import Any

import pytest

from capstone_assets.lake.gold import GENRE_POPULARITY, MATCHES
from capstone_assets.matching.evaluation import Label
from capstone_assets.orchestration.checks import (
    labeled_strong_links_are_right,
    match_rates,
    table_checks,
)
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.orchestration.check_runs import (
    broken,
    bundled_links,
    run_checks,
    write_links,
)


def test_a_check_run_by_dagster_fails_on_a_broken_table_and_shows_the_rows(lakehouse, rows):
    repeated = rows(GENRE_POPULARITY, [{"tag": "genre", "name": "Jazz"}] * 2)
    lakehouse.write(repeated, GENRE_POPULARITY, [""])

    checked = run_checks(lakehouse, table_checks(GENRE_POPULARITY))

    assert {name for name, check in checked.items() if not check.passed} == {"key_is_unique"}
    assert checked["key_is_unique"].metadata["repeated_keys"].value == 1
    assert checked["key_is_unique"].blocking


def test_the_match_rate_check_carries_its_figures(lakehouse, rows):
    write_links(lakehouse, rows, ["strong", "probable"], soundtracks=4)

    checked = run_checks(lakehouse, match_rates)

    check = checked["match_rate_is_within_bounds"]
    assert check.passed
    assert check.metadata["linked_share_of_soundtracks"].value == 0.5
    assert check.metadata["strong"].value == 1


@pytest.fixture(autouse=True)
def without_keys(monkeypatch):
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_link_that_is_only_probable_is_not_held_to_the_strong_precision(lakehouse, rows):
    links = bundled_links()[:200]
    doubtful = [{**link, "film_id": 7, "tier": "probable"} for link in links[:100]]
    lakehouse.write(rows(MATCHES, [*doubtful, *links[100:]]), MATCHES, ["1999"])

    check = run_checks(lakehouse, labeled_strong_links_are_right)["labeled_strong_links_are_right"]

    assert check.passed
    assert check.blocking
    assert check.metadata["judged"].value == 100


def test_broken_strong_links_in_the_lake_stop_the_run(lakehouse, rows):
    lakehouse.write(rows(MATCHES, broken(bundled_links()[:200], 10)), MATCHES, ["1999"])

    check = run_checks(lakehouse, labeled_strong_links_are_right)["labeled_strong_links_are_right"]

    assert not check.passed
    figures: dict[str, Any] = {name: entry.value for name, entry in check.metadata.items()}
    assert figures["precision"] == 0.95
    assert figures["wrong_links"][0]["film_id"] == 7


def test_a_catalog_folder_has_its_own_labels_or_none_and_the_real_apis_have_none(
    tmp_path, monkeypatch
):
    unlabeled = ApisResource(catalog=str(tmp_path))
    assert unlabeled.labels() == ()

    (tmp_path / "labels.csv").write_text("film_tmdb_id,release_id,label,kind\n,5,1,studio\n")
    assert unlabeled.labels() == (Label(None, 5, True, "studio"),)

    monkeypatch.setenv("TMDB_API_TOKEN", "a token")
    monkeypatch.setenv("DISCOGS_TOKEN", "another")
    assert unlabeled.labels() == ()
