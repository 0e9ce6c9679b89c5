"""A film or a release that moved to another year, through every table of one lake."""

import json
import logging
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.assets.metrics import WRITES_REPORT
from capstone_assets.orchestration.assets.steps import ASSETS
from capstone_assets.orchestration.jobs import RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.quality.accounting import judge_accounts
from capstone_assets_tests.orchestration.steps import resources

PLAIN_FILM = {"popularity": 9.0, "vote_count": 900, "vote_average": 7.0}
PLAIN_RELEASE = {
    "genre": ["Stage & Screen"],
    "style": ["Soundtrack"],
    "format": ["CD", "Album"],
    "country": "US",
}
FILMS = {
    1: ("Winter Harbor", "1999-12-20", "Ida Falk"),
    2: ("The Copper Road", "1999-03-20", "Tom Reyes"),
    3: ("Gamma House", "2000-03-20", "Eva Gill"),
}
RELEASES = {
    11: ("Ida Falk - Winter Harbor (Original Motion Picture Soundtrack)", "1999"),
    12: ("Tom Reyes - The Copper Road", "1999"),
    13: ("Eva Gill - Gamma House", "2000"),
    14: ("Eva Gill - Gamma House", None),
}


def run(
    lake: Lakehouse,
    folder: Path,
    years: tuple[str, str],
    films: dict[int, tuple[str, str, str]] = FILMS,
    releases: dict[int, tuple[str, str | None]] = RELEASES,
) -> dg.ExecuteInProcessResult:
    """Make every table for a range of years, from an emulator of both APIs.

    A film of a year that is never run bears the folder's name: pages of an equal catalog would not
    be requested again within a week, and the older sighting of a film does not count.
    """
    folder.mkdir(exist_ok=True)
    films = {**films, 99: (folder.name, "1950-01-01", "Ann Rice")}
    write_lines(
        folder / "films.jsonl",
        [
            {"id": n, "title": t, "release_date": date, "composers": [who], **PLAIN_FILM}
            for n, (t, date, who) in films.items()
        ],
    )
    write_lines(
        folder / "releases.jsonl",
        [{"id": n, "title": t, "year": y, **PLAIN_RELEASE} for n, (t, y) in releases.items()],
    )
    ran = dg.materialize(
        ASSETS,
        resources={**resources(lake.root), "apis": ApisResource(catalog=str(folder))},
        tags={RANGE_START: years[0], RANGE_END: years[1], WRITES_REPORT: "a test"},
        raise_on_error=False,
    )
    if ran.success:
        accounts = judge_accounts(lake)
        assert accounts.holds, accounts.summary
    return ran


def write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def content(lake: Lakehouse) -> dict[str, list[str]]:
    """Every row of every partitioned table with its partition, without where it came from."""
    of_run = {"run_id", "raw_page", "fetched_at", "film_raw_page", "release_raw_page"}
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in of_run}, default=str)
            for row in lake.scan(table).to_pylist()
        )
        for name, table in TABLES.items()
        if table.partitioned
    }


def rows_with(lake: Lakehouse, **where: int) -> list[str]:
    """The tables that have a row of a film or a release, with its year."""
    [(column, value)] = where.items()
    return [
        f"{name} {row['release_year']}"
        for name, table in TABLES.items()
        if table.partitioned and column in table.column_names
        for row in lake.select(table, column, [value])
    ]


@pytest.fixture
def lake(tmp_path: Path) -> Lakehouse:
    return Lakehouse(str(tmp_path / "lake"))


@pytest.fixture
def whole(tmp_path: Path) -> Lakehouse:
    """A lake that has seen nothing but the new state."""
    return Lakehouse(str(tmp_path / "whole"))


BOTH = ("1999", "2000")
NEW_YEARS_DAY = {**FILMS, 1: ("Winter Harbor", "2000-01-07", "Ida Falk")}


def test_a_film_leaves_its_old_year_in_every_table_when_only_the_new_one_is_run(
    lake: Lakehouse, tmp_path: Path
):
    assert run(lake, tmp_path / "a", BOTH).success

    ran = run(lake, tmp_path / "b", ("2000", "2000"), NEW_YEARS_DAY)

    assert ran.success, [e.message for e in ran.all_events if e.is_failure]
    assert rows_with(lake, film_id=1) == [
        "silver/films 2000",
        "silver/candidates 2000",
        "gold/matches 2000",
        "gold/film_soundtracks 2000",
    ]
    assert rows_with(lake, id=1) == ["bronze/tmdb_movies 2000", "bronze/tmdb_movie_details 2000"]
    assert rows_with(lake, film_id=2)[0] == "silver/films 1999"
    # Dagster's history has the year that was made with it, too.
    made = {
        (e.asset_key.to_user_string(), e.partition)
        for e in ran.all_events
        if e.is_step_materialization and e.asset_key
    }
    assert ("gold/matches", "1999") in made


@pytest.mark.slow
def test_a_film_that_moves_there_and_back_leaves_a_lake_as_if_both_years_were_run(
    lake: Lakehouse, whole: Lakehouse, tmp_path: Path
):
    assert run(lake, tmp_path / "a", BOTH).success
    assert run(lake, tmp_path / "b", ("2000", "2000"), NEW_YEARS_DAY).success
    assert run(whole, tmp_path / "b", BOTH, NEW_YEARS_DAY).success
    assert content(lake) == content(whole)

    assert run(lake, tmp_path / "c", ("1999", "1999")).success

    assert run(whole, tmp_path / "c", BOTH).success
    assert content(lake) == content(whole)


@pytest.mark.slow
def test_a_film_that_left_its_year_is_named_with_the_year_that_has_it_now(
    lake: Lakehouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    assert run(lake, tmp_path / "a", BOTH).success

    with caplog.at_level(logging.WARNING):
        assert run(lake, tmp_path / "b", ("1999", "1999"), NEW_YEARS_DAY).success

    assert rows_with(lake, film_id=1) == []
    assert "Winter Harbor (1) moved from 1999 to 2000" in caplog.text
    assert "`capstone run --years 2000`" in caplog.text


@pytest.mark.slow
def test_a_release_moves_to_the_unknown_year_and_back_and_its_links_follow(
    lake: Lakehouse, whole: Lakehouse, tmp_path: Path
):
    years = (YEAR_KEYS[0], "1901")
    moved = {**RELEASES, 12: (RELEASES[12][0], None)}
    assert run(lake, tmp_path / "a", BOTH).success
    assert run(lake, tmp_path / "a", years).success

    assert run(lake, tmp_path / "b", ("unknown", "unknown"), releases=moved).success

    assert [each for each in rows_with(lake, release_id=12) if "soundtracks" in each] == [
        "silver/soundtracks unknown"
    ]
    # The year that it left alone again: what led to it is made again with it.
    assert run(lake, tmp_path / "c", ("unknown", "unknown")).success
    assert "silver/soundtracks 1999" not in rows_with(lake, release_id=12)
    assert "gold/matches 1999" not in rows_with(lake, release_id=12)
    assert run(lake, tmp_path / "c", BOTH).success
    # Releases without a year are dated by those that have one, and links read them all.
    for made in (BOTH, years, BOTH):
        assert run(whole, tmp_path / "c", made).success
    assert content(lake) == content(whole)


@pytest.mark.slow
def test_an_album_goes_to_a_better_film_of_a_year_that_is_made_alone(
    lake: Lakehouse, whole: Lakehouse, tmp_path: Path
):
    namesakes = {**FILMS, 2: ("Gamma House", "1999-03-20", "Nobody")}
    only = {13: RELEASES[13]}
    before = {n: namesakes[n] for n in (1, 2)}
    assert run(lake, tmp_path / "a", BOTH, before, only).success

    assert run(lake, tmp_path / "b", ("2000", "2000"), namesakes, only).success

    assert run(whole, tmp_path / "b", BOTH, namesakes, only).success
    matches = [
        (row["film_id"], row["release_year"])
        for row in lake.scan(TABLES["gold/matches"]).to_pylist()
    ]
    assert matches == [(3, "2000")]
