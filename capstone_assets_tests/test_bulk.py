"""Discogs' dump in place of its API: from the file to an explained link, on a real instance."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from capstone_assets.definitions import build_defs
from capstone_assets.environment import ApiKeys, Settings, SettingsError, read_api_keys
from capstone_assets.lake.bronze import DISCOGS_MASTERS, DISCOGS_RELEASES
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.assets.metrics import WRITES_REPORT
from capstone_assets.orchestration.jobs import (
    LAKEHOUSE_JOB,
    RANGE_END,
    RANGE_START,
    REFRESH_RELEASES_JOB,
)
from capstone_assets_tests.ingest.dump.dumps import record, studio_album, write_dumps

FILM = {
    "id": 429,
    "title": "The Good, the Bad and the Ugly",
    "release_date": "1966-12-23",
    "composers": ["Ennio Morricone"],
}
# Films whose years have to be there, and a namesake that makes the title alone say little.
NAMESAKE = {"id": 5, "title": FILM["title"], "release_date": "2016-03-01", "composers": ["A. B."]}
MORRICONE = "<artist><name>Ennio Morricone</name><role>Composed By</role></artist>"


def pressing(release_id: int, released: str) -> str:
    """A pressing by various artists that names its composer in its credits alone."""
    title = "The Good, The Bad And The Ugly"
    plain = record(release_id, released, title=title).replace("Composer", "Various")
    more = f"<master_id>77</master_id><extraartists>{MORRICONE}</extraartists></release>"
    return plain.replace("</release>", more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("catalog", "dumps"):
        (tmp_path / name).mkdir()
    films = "".join(json.dumps(film) + "\n" for film in (FILM, NAMESAKE))
    (tmp_path / "catalog/films.jsonl").write_text(films)
    # What the API would answer, which differs from what the dump has.
    decoy = {"id": 9, "title": "Toto - Dune", "year": "1966", "genre": ["Stage & Screen"]}
    (tmp_path / "catalog/releases.jsonl").write_text(json.dumps(decoy) + "\n")
    releases = [
        *(pressing(1, "1966"), pressing(2, "2016-01-00"), studio_album(3)),
        record(4, "1966", title="Of An Unlisted Film"),
    ]
    write_dumps(tmp_path / "dumps", "20240101", releases, [record(77, "1966", kind="master")])
    return tmp_path


Materialize = Callable[[str, str], dict[str, Any]]  # A job and a year.


@pytest.fixture
def materialize(folder: Path, spark) -> Iterator[Materialize]:  # noqa: ARG001
    """Run a job for a year; gives the metadata of raw/discogs_pages."""
    settings = Settings(
        lake=str(folder / "lake"), catalog=folder / "catalog", discogs_dump=str(folder / "dumps")
    )
    with dg.DagsterInstance.ephemeral() as instance:

        def run(job_name: str, year: str) -> dict[str, Any]:
            job = build_defs(settings).resolve_job_def(job_name)
            ran = job.execute_in_process(
                instance=instance,
                tags={RANGE_START: year, RANGE_END: year, WRITES_REPORT: "a test"},
            )
            assert ran.success
            [made] = (
                event.step_materialization_data.materialization
                for event in ran.get_asset_materialization_events()
                if event.asset_key == dg.AssetKey(["raw", "discogs_pages"])
                and event.partition == year
            )
            return {name: value.value for name, value in made.metadata.items()}

        yield run


def stored(folder: Path, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    rows = Lakehouse(str(folder / "lake")).scan(table, columns).to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def test_a_dump_becomes_links_that_its_credits_explain_and_is_read_once(
    folder: Path, materialize: Materialize
):
    made = materialize(LAKEHOUSE_JOB.name, "1966")
    for dump in (folder / "dumps").iterdir():
        dump.write_bytes(b"opening it again reports that it is broken")
    materialize(REFRESH_RELEASES_JOB.name, "2016")

    assert stored(folder, DISCOGS_RELEASES, "id", "credits") == [
        (1, ["Ennio Morricone"]),
        (2, ["Ennio Morricone"]),
        (4, []),
    ]
    assert stored(folder, DISCOGS_MASTERS, "id", "year") == [(77, "1966")]
    assert stored(folder, SOUNDTRACKS, "release_id", "original_year", "credits") == [
        (1, 1966, ["Ennio Morricone"]),
        (2, 1966, ["Ennio Morricone"]),
        (4, 1966, []),
    ]
    links = stored(folder, MATCHES, "release_id", "film_id", "tier", "reason")
    assert [link[:3] for link in links] == [(1, 429, "strong")]
    assert "Ennio Morricone is credited on both" in links[0][3]
    assert (made["discogs_releases_landed"], made["requests"]["made"]) == (2, 0)
    [page] = {page for (page,) in stored(folder, DISCOGS_RELEASES, "raw_page") if "1966" in page}
    assert page.startswith("pages/discogs-dump-20240101/discogs_releases/release_year=1966/")


def test_with_a_dump_discogs_needs_no_key_and_tmdb_still_does():
    dump = {"CAPSTONE_DISCOGS_DUMP": "dumps"}

    assert read_api_keys({"TMDB_API_TOKEN": "abc", **dump}) == ApiKeys("abc", "")
    with pytest.raises(SettingsError, match="DISCOGS_TOKEN is set and TMDB_API_TOKEN is not"):
        read_api_keys({"DISCOGS_TOKEN": "abc", **dump})
