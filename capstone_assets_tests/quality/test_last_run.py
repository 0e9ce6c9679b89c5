"""Checks that hold a table against the run before, on real tables, run by Dagster."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from capstone_assets.lake.bronze import TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.orchestration.checks import film_coverage, match_rates, table_checks
from capstone_assets.quality.last_run import compare_schema
from capstone_assets_tests.orchestration.check_runs import run_checks, write_links


def write_films(lakehouse, rows, count: int, **known: Any) -> None:
    films = [{"film_id": n, "release_year": "1999", **known} for n in range(count)]
    lakehouse.write(rows(FILMS, films), FILMS, ["1999"])
    movies = [{"id": n, "release_year": "1999"} for n in range(count)]
    lakehouse.write(rows(TMDB_MOVIES, movies), TMDB_MOVIES, ["1999"])


def told(check: dg.AssetCheckEvaluation, name: str) -> Any:
    return check.metadata[name].value


def next_run(lakehouse, check) -> dict[str, dg.AssetCheckEvaluation]:
    time.sleep(1.1)  # Runs are told apart, and put in order, by the second.
    return run_checks(lakehouse, check)


def test_the_first_run_has_nothing_to_compare_with_and_passes(lakehouse, rows):
    write_films(lakehouse, rows, 10)

    checked = run_checks(lakehouse, table_checks(FILMS))

    assert checked["rows_are_as_many_as_before"].passed
    assert "nothing to compare" in str(checked["rows_are_as_many_as_before"].description)


@pytest.mark.parametrize(("left", "holds"), [(10, True), (9, True), (7, False)])
def test_a_table_that_lost_many_rows_is_a_warning(lakehouse, rows, left, holds):
    write_films(lakehouse, rows, 10)
    run_checks(lakehouse, table_checks(FILMS))
    write_films(lakehouse, rows, left)

    check = next_run(lakehouse, table_checks(FILMS))["rows_are_as_many_as_before"]

    assert check.passed is holds
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert not check.blocking
    assert (told(check, "rows"), told(check, "rows_before")) == (left, 10)


def test_a_column_that_lost_its_values_is_a_warning_that_shows_rows(lakehouse, rows):
    write_films(lakehouse, rows, 10, imdb_id="tt1")
    run_checks(lakehouse, table_checks(FILMS))
    write_films(lakehouse, rows, 10, imdb_id=None)

    check = next_run(lakehouse, table_checks(FILMS))["values_are_present_as_before"]

    assert not check.passed
    assert check.description == "more nulls than in the last run: imdb_id 0.0% to 100.0%"
    assert told(check, "sample")[0] == {"film_id": "0"}


def test_a_column_that_keeps_its_values_is_none(lakehouse, rows):
    write_films(lakehouse, rows, 10, imdb_id="tt1")
    run_checks(lakehouse, table_checks(FILMS))

    assert next_run(lakehouse, table_checks(FILMS))["values_are_present_as_before"].passed


@pytest.mark.parametrize(("days", "holds"), [(1, True), (30, False)])
def test_a_source_that_nobody_asked_lately_is_a_warning(lakehouse, rows, days, holds):
    fetched = datetime.now(UTC) - timedelta(days=days)
    movies = [{"id": 1, "release_year": "1999", "fetched_at": fetched}]
    lakehouse.write(rows(TMDB_MOVIES, movies), TMDB_MOVIES, ["1999"])

    check = run_checks(lakehouse, table_checks(TMDB_MOVIES))["pages_are_fresh"]

    assert check.passed is holds
    assert not check.blocking


def write_soundtracks(lakehouse, rows, with_soundtrack: int, films: int = 40) -> None:
    made = [
        {
            "film_id": n,
            "film_year": 1999,
            "best_tier": "strong" if n < with_soundtrack else None,
            "release_year": "1999",
        }
        for n in range(films)
    ]
    lakehouse.write(rows(FILM_SOUNDTRACKS, made), FILM_SOUNDTRACKS, ["1999"])


@pytest.mark.parametrize(("left", "holds"), [(29, True), (20, False)])
def test_a_decade_that_lost_soundtracks_is_a_warning(lakehouse, rows, left, holds):
    write_soundtracks(lakehouse, rows, 30)
    run_checks(lakehouse, film_coverage)
    write_soundtracks(lakehouse, rows, left)

    check = next_run(lakehouse, film_coverage)["links_by_decade_are_as_before"]

    assert check.passed is holds
    assert told(check, "decades") == {"1990s": [40, left]}


@pytest.mark.parametrize(("with_soundtrack", "holds"), [(0, False), (4, True)])
def test_films_without_any_soundtrack_are_a_warning(lakehouse, rows, with_soundtrack, holds):
    write_soundtracks(lakehouse, rows, with_soundtrack)

    assert run_checks(lakehouse, film_coverage)["film_coverage_is_plausible"].passed is holds


@pytest.mark.parametrize(("strong", "holds"), [(9, True), (5, False)])
def test_strong_links_that_turned_probable_are_a_warning(lakehouse, rows, strong, holds):
    write_links(lakehouse, rows, ["strong"] * 9 + ["probable"], soundtracks=12)
    run_checks(lakehouse, match_rates)
    tiers = ["strong"] * strong + ["probable"] * (10 - strong)
    write_links(lakehouse, rows, tiers, soundtracks=12)

    check = next_run(lakehouse, match_rates)["tier_shares_are_as_before"]

    assert check.passed is holds
    assert told(check, "strong") == strong


@pytest.mark.parametrize(("links", "holds"), [(0, False), (6, True)])
def test_a_match_rate_out_of_bounds_blocks(lakehouse, rows, links, holds):
    write_links(lakehouse, rows, ["strong"] * links, soundtracks=12)

    check = run_checks(lakehouse, match_rates)["match_rate_is_within_bounds"]

    assert check.passed is holds
    assert check.blocking


def test_what_changed_in_a_schema_since_the_last_run_is_told():
    before = {"declared": {"id": "bigint", "title": "string", "year": "int"}}
    declared = {"id": "bigint", "year": "bigint", "country": "string"}

    assert compare_schema(declared, before) == {
        "added": ["country"],
        "removed": ["title"],
        "retyped": ["year: int to bigint"],
    }
    assert compare_schema(declared, None) == {}
    assert compare_schema(declared, {"declared": declared}) == {}


def test_the_columns_check_keeps_the_declaration_for_the_next_run(lakehouse, rows):
    write_films(lakehouse, rows, 1)

    check = run_checks(lakehouse, table_checks(FILMS))["columns_are_as_declared"]

    assert check.passed
    assert told(check, "declared")["film_id"] == "bigint"
    assert told(check, "changes") == {}


def test_a_year_without_rows_can_be_compared(lakehouse, rows):
    for table in (CANDIDATES, MATCHES, SOUNDTRACKS):
        lakehouse.write(rows(table, []), table, ["1999"])

    checked = run_checks(lakehouse, match_rates)

    assert checked["tier_shares_are_as_before"].passed
    assert checked["tier_shares_are_as_before"].description == "no links"
