"""Rows are accounted for from the landed pages to gold; where they do not add up, it is named."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import Landing, SliceLanding
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.page_lists import read_counts, write_page_lists
from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.metrics import ACCOUNTING
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.quality.accounting import (
    READABLE,
    account_for,
    count_quarantined,
    judge_accounts,
    judge_dates,
    judge_quarantined,
    outcomes_of_run,
    page_store,
    records_of,
)
from capstone_assets.quality.thresholds import FEWEST_QUARANTINED
from capstone_assets.quality.validation import Finding
from capstone_assets_tests.ingest.conftest import film, serve
from capstone_assets_tests.ingest.dump.dumps import content, record, write
from capstone_assets_tests.stored_rows import store_rows

__all__ = ["serve"]
RUN = "20261126T120000-1a2b3c4d"


def land(serve: Any, lakehouse: Lakehouse, rows: list[Any], *years: str) -> Landing:
    """Land such a list of films for each of the years."""
    api = serve([film(1)])
    page = {"results": rows, "total_pages": 1, "total_results": len(rows)}
    api.spoil(JSONResponse(page), times=99, path="/discover/movie")
    store = page_store(lakehouse)
    landing = land_movies(api.tmdb(), store, years)
    write_page_lists(store, TMDB_MOVIES.short_name, landing)
    return landing


def accounts(lakehouse: Lakehouse, *years: str) -> dict[tuple[str, ...], int]:
    flows = account_for(lakehouse, years)
    lakehouse.write_records(records_of(flows, RUN), ACCOUNTING)
    return {(f.table, f.year, f.outcome, f.reason): f.rows for f in flows}


def named(number: int) -> dict[str, Any]:
    return {"id": number, "title": f"Film {number}"}


def test_every_row_is_stored_or_counted_with_the_reason(serve, lakehouse):
    rows = [named(1), named(2), named(2), {"id": 3}, {**named(4), "vote_count": -1}]
    land(serve, lakehouse, rows, "1999")
    store_rows(lakehouse, TMDB_MOVIES, "1999", [named(1), named(2), named(4)])

    found = accounts(lakehouse, "1999")

    movies = {key[2:]: rows for key, rows in found.items() if key[0] == "bronze/tmdb_movies"}
    repeated = movies.pop(("deduplicated", "repeated on another page, or fetched twice"))
    assert repeated >= 1
    assert movies == {
        ("kept", ""): 3,
        ("quarantined", "title: absent, or not text"): 1,
        ("mended", "vote_count: not from 0 to 9223372036854775807, so null"): 1,
        ("missing", ""): 1,
    }
    finding = judge_accounts(lakehouse)
    assert finding.holds
    assert finding.summary == (
        f"{4 + repeated:,} rows were fetched: 3 are stored, 1 quarantined, {repeated} repeated"
    )
    assert {row["outcome"] for row in outcomes_of_run(lakehouse, RUN)} >= {"kept", "quarantined"}
    assert outcomes_of_run(lakehouse, "another run") == []


def test_a_row_that_landed_and_is_nowhere_is_named_with_its_year(serve, lakehouse):
    land(serve, lakehouse, [named(1), named(2), named(3)], "1999")
    store_rows(lakehouse, TMDB_MOVIES, "1999", [named(1)])

    accounts(lakehouse, "1999")

    finding = judge_accounts(lakehouse)
    assert not finding.holds
    assert finding.summary == (
        "2 rows are missing from bronze/tmdb_movies 1999 (id 2, 3). Run the year again: "
        "capstone run --years 1999"
    )


def test_a_row_that_no_page_has_is_named_too(serve, lakehouse):
    land(serve, lakehouse, [named(1)], "1999")
    store_rows(lakehouse, TMDB_MOVIES, "1999", [named(1), named(9)])

    accounts(lakehouse, "1999")

    assert judge_accounts(lakehouse).summary.startswith(
        "1 rows have no source in bronze/tmdb_movies 1999 (id 9)"
    )


def test_a_film_that_two_years_list_is_accounted_for_where_it_is_not_stored(serve, lakehouse):
    land(serve, lakehouse, [named(1), named(2)], "1999", "2000")
    store_rows(lakehouse, TMDB_MOVIES, "1999", [named(1)])
    store_rows(lakehouse, TMDB_MOVIES, "2000", [named(2)])

    found = accounts(lakehouse, "1999", "2000")

    elsewhere = {key[1]: rows for key, rows in found.items() if key[3] == "stored in another year"}
    assert elsewhere == {"1999": 1, "2000": 1}
    assert judge_accounts(lakehouse).holds


def test_records_that_a_dump_repeats_are_counted(lakehouse, tmp_path: Path):
    store = page_store(lakehouse)
    records = [record(1), record(2), record(2, title="Dune"), record(1, "2000"), record(1)]
    dump = write(tmp_path / "dump", content(records))
    write_page_lists(
        store, DISCOGS_RELEASES.short_name, land_dump("release", dump, store, ["1999", "2000"])
    )
    store_rows(lakehouse, DISCOGS_RELEASES, "1999", [named(1), named(2)])
    store_rows(lakehouse, DISCOGS_RELEASES, "2000", [])

    found = accounts(lakehouse, "1999", "2000")

    assert {
        key[1:]: rows for key, rows in found.items() if key[0] == "bronze/discogs_releases"
    } == {
        ("1999", "kept", ""): 2,
        ("1999", "deduplicated", "repeated by its source"): 2,
        ("2000", "deduplicated", "stored in another year"): 1,
    }
    finding = judge_accounts(lakehouse)
    assert (finding.holds, finding.summary) == (
        True,
        "5 rows were fetched: 2 are stored, 0 quarantined, 3 repeated",
    )


def test_years_that_were_not_made_yet_are_left_out(serve, lakehouse):
    land(serve, lakehouse, [named(1)], "1999")

    assert accounts(lakehouse, "1999", "2000") == {}
    assert judge_accounts(lakehouse).holds


def test_films_and_releases_are_linked_or_say_why_not(lakehouse):
    stored = [
        {"film_id": 1, "best_tier": "strong"},
        {"film_id": 2, "no_soundtrack_because": "title_has_no_key"},
        {"film_id": 3, "no_soundtrack_because": "none_found"},
        {"film_id": 4, "no_soundtrack_because": "in_review"},
    ]
    store_rows(lakehouse, FILMS, "1999", [{"film_id": row["film_id"]} for row in stored])
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1999", stored)
    releases = [
        {"release_id": 1, "kind": "film_score", "title_keys": ["x"]},
        {"release_id": 2, "kind": "tv", "title_keys": ["x"]},
        {"release_id": 3, "kind": "film_score"},
        {"release_id": 4, "kind": "soundtrack", "title_keys": ["y"]},
        {"release_id": 5, "kind": "soundtrack", "title_keys": ["z"]},
    ]
    ids = [{"id": row["release_id"]} for row in releases]
    store_rows(lakehouse, DISCOGS_RELEASES, "1999", ids)
    store_rows(lakehouse, SOUNDTRACKS, "1999", releases)
    store_rows(lakehouse, MATCHES, "1998", [{"release_id": 1, "tier": "probable"}])
    store_rows(lakehouse, REVIEW_QUEUE, "1998", [{"release_id": 4}])

    found = accounts(lakehouse, "1999")

    assert {key[2:]: n for key, n in found.items() if key[0] == "gold/film_soundtracks"} == {
        ("kept", ""): 4,
        ("linked", "strong"): 1,
        ("unkeyed", ""): 1,
        ("unlinked", "none_found"): 1,
        ("review", ""): 1,
    }
    assert {key[2:]: n for key, n in found.items() if key[0] == "gold/matches"} == {
        ("linked", "probable"): 1,
        ("gated", "tv"): 1,
        ("unkeyed", ""): 1,
        ("review", ""): 1,
        ("unlinked", "none_found"): 1,
    }


def test_a_release_that_silver_lost_is_named(lakehouse):
    store_rows(lakehouse, DISCOGS_RELEASES, "1999", [{"id": 1}, {"id": 2}])
    store_rows(lakehouse, SOUNDTRACKS, "1999", [{"release_id": 1}])

    accounts(lakehouse, "1999")

    assert "1 rows are missing from silver/soundtracks 1999 (release_id 2)" in (
        judge_accounts(lakehouse).summary
    )


def findings(landed: int, quarantined: int) -> dict[str, Finding]:
    reasons = {"quarantined": {"id: absent": quarantined}}
    counted = SliceLanding(landed=landed, quarantined=quarantined, reasons=reasons)
    return {finding.claim: finding for finding in judge_quarantined(counted)}


@pytest.mark.parametrize(
    ("landed", "quarantined", "is_few", "is_readable"),
    [
        (0, 0, True, True),
        (99, 1, True, True),
        (98, 2, False, True),
        (400, 100, False, True),
        (399, 101, False, False),
        (0, FEWEST_QUARANTINED - 1, False, True),
        (0, FEWEST_QUARANTINED, False, False),
    ],
)
def test_some_quarantined_rows_warn_and_many_block(landed, quarantined, is_few, is_readable):
    few, readable = findings(landed, quarantined).values()

    assert (few.holds, readable.holds) == (is_few, is_readable)
    if quarantined:
        assert f"{quarantined:,} x id: absent. `capstone quarantine` lists them" in few.summary


def test_what_is_quarantined_is_added_up_over_all_years_or_some(serve, lakehouse):
    land(serve, lakehouse, [named(1), {"id": 2}, {"id": 3}], "1999", "2000")

    assert count_quarantined(lakehouse, TMDB_MOVIES).quarantined == 4
    of_a_year = count_quarantined(lakehouse, TMDB_MOVIES, ["2000", "2001"])
    assert (of_a_year.quarantined, of_a_year.landed) == (2, 1)
    assert findings(of_a_year.landed, of_a_year.quarantined)[READABLE].holds


def test_lists_of_a_version_that_kept_no_counts_are_left_out(serve, lakehouse):
    landing = land(serve, lakehouse, [named(1)], "1999")
    store = page_store(lakehouse)
    store.write("lists/tmdb_movies/release_year=2000.json", b'{"pages": []}')
    store.write("lists/tmdb_movies/release_year=2001.json", b"cut")

    counts = read_counts(store, "tmdb_movies")

    bare = replace(landing.slices["1999"], files=(), odd=(), left_out=(), checksums={})
    assert {year: replace(each, reasons={}) for year, each in counts.items()} == {
        "1999": replace(bare, reasons={})
    }


@pytest.mark.parametrize(("differing", "holds"), [(0, True), (1, True), (2, False)])
def test_dates_of_another_year_than_the_list_are_counted(lakehouse, differing, holds):
    rows = [
        {"id": n, "release_date": f"{1999 if n >= differing else 1998}-05-01"} for n in range(20)
    ]
    undated = ["", None, "0000-00-00", "2020-13-45", "tomorrow"]
    rows += [{"id": 100 + n, "release_date": each} for n, each in enumerate(undated)]
    store_rows(lakehouse, TMDB_MOVIES, "1999", rows)

    finding = judge_dates(lakehouse)

    assert finding.holds is holds
    assert finding.summary.startswith(f"{differing} of 20 dated films have")
    assert "5 have no date" in finding.summary
