"""Comparisons with the previous run, with a row on each side of every threshold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.audit.records import STARTED, AuditRecord, write_record
from capstone_assets.lake.gold import FILM_SOUNDTRACKS
from capstone_assets.lake.silver import FILMS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.quality.last_run import (
    PAGES,
    ROWS,
    compare_decades,
    compare_pages,
    compare_rows,
    compare_schema,
    compare_tiers,
    compare_values,
    found_before,
)
from capstone_assets.quality.profile import Profile, profile_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "holds"), [(120, True), (100, True), (80, True), (79, False), (0, False)]
)
def test_a_table_may_lose_a_fifth_of_its_rows(rows: int, holds: bool):
    finding = compare_rows(rows, {"rows": 100})
    assert finding.holds is holds
    assert finding.figures == {"rows": rows, "rows_before": 100}


def test_a_table_that_was_empty_has_nothing_to_lose():
    assert compare_rows(0, {"rows": 0}).holds


def test_a_first_run_has_nothing_to_compare_with():
    every = [compare_rows(0, None), compare_tiers(0, 9, None), compare_decades(decade(9, 0), None)]
    assert {(each.holds, each.summary) for each in every} == {
        (True, "nothing to compare with: no earlier run examined it")
    }
    assert compare_rows(7, None).figures == {"rows": 7, "rows_before": None}
    assert compare_values(films(["tt1"]), FILMS, None).figures["null_shares"]["imdb_id"] == 0.0


def films(imdb_ids: list[str | None]) -> Profile:
    """Films in which only `imdb_id` may differ from run to run."""
    schema = to_arrow_schema(FILMS.spark_schema)
    rows = [{"film_id": number, "imdb_id": imdb_id} for number, imdb_id in enumerate(imdb_ids)]
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    return profile_of(pa.Table.from_pylist(rows, nullable).to_batches(max_chunksize=7), FILMS)


NULLS = {c.name: 1.0 for c in FILMS.columns if c.nullable}


@pytest.mark.parametrize(("nulls", "holds"), [(0, True), (10, True), (11, False), (100, False)])
def test_a_column_may_lose_a_tenth_of_its_values(nulls: int, holds: bool):
    rows = films([None] * nulls + ["tt1"] * (100 - nulls))
    assert compare_values(rows, FILMS, {"null_shares": {**NULLS, "imdb_id": 0.0}}).holds is holds


def test_a_column_that_lost_its_values_is_named_and_shown_with_rows():
    finding = compare_values(films(["tt1", None]), FILMS, {"null_shares": {**NULLS, "imdb_id": 0}})
    assert finding.summary == "more nulls than in the previous run: imdb_id 0.0% to 50.0%"
    assert finding.figures["sample"] == [{"film_id": "1"}]


def test_more_films_with_a_soundtrack_are_no_loss_of_reasons_for_having_none():
    schema = to_arrow_schema(FILM_SOUNDTRACKS.spark_schema)
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    linked = pa.Table.from_pylist([{"film_id": 1, "best_tier": "strong"}], nullable)
    before = {c.name: 1.0 for c in FILM_SOUNDTRACKS.columns if c.nullable}

    found = profile_of(linked.to_batches(), FILM_SOUNDTRACKS)

    was = {"null_shares": {**before, "no_soundtrack_because": 0.0, "best_tier": 0.0}}
    assert compare_values(found, FILM_SOUNDTRACKS, was).holds
    was["null_shares"]["best_album"] = 0.0
    assert not compare_values(found, FILM_SOUNDTRACKS, was).holds


def test_a_column_that_is_new_has_lost_nothing():
    assert compare_values(films([None]), FILMS, {"null_shares": {}}).holds


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        (timedelta(0), True),
        (timedelta(days=8), True),
        (timedelta(days=8, seconds=1), False),
        (timedelta(days=70), False),
    ],
)
def test_the_newest_page_may_be_eight_days_old(age: timedelta, holds: bool):
    finding = compare_pages(NOW - age, NOW)
    assert finding.holds is holds
    assert finding.figures == {"newest_page": (NOW - age).isoformat()}
    assert finding.summary == f"the newest page is {age.days} days old; 8 are allowed" + (
        "" if holds else ". Materialize the table again"
    )


def test_a_table_without_rows_has_no_stale_page():
    finding = compare_pages(None, NOW)
    assert (finding.claim, finding.holds, finding.summary) == (PAGES, True, "no rows")


def decade(films: int, linked: int, year: int | None = 1999) -> pa.Table:
    tiers = ["strong"] * linked + [None] * (films - linked)
    return pa.table({"film_year": [year] * films, "best_tier": pa.array(tiers, pa.string())})


@pytest.mark.parametrize(("linked", "holds"), [(30, True), (26, True), (25, False)])
def test_a_decade_may_lose_the_soundtracks_of_a_tenth_of_its_films(linked: int, holds: bool):
    finding = compare_decades(decade(40, linked), {"decades": {"1990s": [40, 30]}})
    assert finding.holds is holds
    assert finding.figures == {"decades": {"1990s": [40, linked]}}
    assert (finding.summary == "no decade fell by more than 10% of its films") is holds


def test_every_decade_that_fell_is_named_with_its_shares():
    two = pa.concat_tables([decade(40, 10, 1984), decade(40, 20, 1999), decade(40, 0, 2005)])
    finding = compare_decades(two, {"decades": {"1980s": [40, 20], "1990s": [40, 40]}})
    assert finding.summary == (
        "fewer films have a soundtrack than in the previous run: 1980s 50.0% to 25.0%, "
        "1990s 100.0% to 50.0%"
    )


@pytest.mark.parametrize(("count", "holds"), [(19, True), (20, False)])
def test_a_decade_of_fewer_than_twenty_films_is_not_judged(count: int, holds: bool):
    before = {"decades": {"1990s": [count, count]}}
    assert compare_decades(decade(count, 0), before).holds is holds


def test_films_without_a_year_are_a_decade_of_their_own():
    assert compare_decades(decade(2, 1, None), None).figures == {"decades": {"unknown": [2, 1]}}


@pytest.mark.parametrize(
    ("strong", "before", "holds"),
    [(90, 0.9, True), (80, 0.9, True), (79, 0.9, False), (0, 0.1, True), (0, 0.11, False)],
)
def test_the_share_of_strong_links_may_fall_by_ten_points(strong: int, before: float, holds: bool):
    finding = compare_tiers(strong, 100 - strong, {"strong_share": before})
    assert finding.holds is holds
    assert finding.figures == {
        "strong": strong,
        "probable": 100 - strong,
        "strong_share": strong / 100,
    }


def test_a_year_without_links_is_not_compared():
    assert compare_tiers(0, 0, {"strong_share": 0.9}).summary == "no links"


def test_a_changed_declaration_is_reported_by_kind_of_change():
    before = {"declared": {"id": "bigint", "title": "string", "year": "int"}}
    declared = {"id": "bigint", "year": "bigint", "country": "string"}

    assert compare_schema(declared, before) == {
        "added": ["country"],
        "removed": ["title"],
        "retyped": ["year: int to bigint"],
    }
    assert compare_schema(declared, None) == {}
    assert compare_schema(declared, {"declared": declared}) == {}


def record(run_id: str, **fields: Any) -> AuditRecord:
    return AuditRecord(
        run_id=run_id,
        dagster_run_id="d",
        step="silver/films",
        layer="silver",
        partitions=["1999"],
        started=NOW,
        **fields,
    )


def test_the_figures_of_the_latest_earlier_run_that_has_them_are_found(tmp_path):
    lakehouse = Lakehouse(str(tmp_path))
    for run_id, rows in [("20260101T000000-a", 1), ("20260102T000000-b", 2)]:
        check = {"asset": "silver/films", "name": ROWS, "figures": {"rows": rows}}
        write_record(lakehouse, record(run_id, checks=[check]))
    write_record(lakehouse, record("20260103T000000-c", outcome=STARTED))

    def rows_before(run_id: str) -> int | None:
        found = found_before(lakehouse, run_id, "silver/films", ROWS)
        return found["rows"] if found else None

    assert rows_before("20260104T000000-d") == 2
    assert rows_before("20260102T000000-b") == 1
    assert rows_before("20260101T000000-a") is None
