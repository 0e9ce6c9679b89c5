"""A row whose year was corrected is in one partition, whichever year is made."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.moved_rows import partitions_out_of_place
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table

MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)


def film(film_id: int, year: str, fetched_at: dt.datetime = MONDAY, page: str = "p") -> dict:
    return {"id": film_id, "release_year": year, "fetched_at": fetched_at, "raw_page": page}


def years_of(lakehouse: Lakehouse, table: Table, row_id: int) -> list[str]:
    found = lakehouse.select(table, table.unique_key[0], [row_id])
    return [row["release_year"] for row in found]


@pytest.mark.parametrize(("old", "new"), [("1999", "2000"), ("2000", "1999"), ("1999", "unknown")])
@pytest.mark.parametrize("table", [TMDB_MOVIES, DISCOGS_RELEASES])
def test_what_moved_leaves_its_old_year_when_only_the_new_one_is_made(
    lakehouse, spark, rows, table: Table, old: str, new: str
):
    lakehouse.write(rows(table, [film(1, old), film(2, old), film(3, new)]), table, [old, new])

    counts = lakehouse.write(rows(table, [film(1, new, TUESDAY), film(3, new)]), table, [new])

    assert counts == {new: 2, old: 1}
    assert [years_of(lakehouse, table, n) for n in (1, 2, 3)] == [[new], [old], [new]]
    # What is left is as Spark wrote it: same columns, same types, same moments.
    [row] = lakehouse.read(spark, table, [old]).collect()
    assert (row.id, row.fetched_at, row.genre_ids if "genre_ids" in row else None) == (
        2,
        MONDAY.replace(tzinfo=None),
        None,
    )
    types = lakehouse.stored_schema(table, old)
    assert types == lakehouse.stored_schema(table, new)


def test_a_film_moves_there_and_back_and_to_a_third_year(lakehouse, rows):
    for day, year in enumerate(["1999", "2000", "1999", "unknown", "1987"]):
        at = MONDAY + dt.timedelta(days=day)
        lakehouse.write(rows(TMDB_MOVIES, [film(1, year, at)]), TMDB_MOVIES, [year])

        assert years_of(lakehouse, TMDB_MOVIES, 1) == [year]


def test_the_page_fetched_last_says_where_a_film_is(lakehouse, rows):
    lakehouse.write(rows(TMDB_MOVIES, [film(1, "2000", TUESDAY)]), TMDB_MOVIES, ["2000"])

    # Pages of Monday are parsed again: on Tuesday the film was in another list.
    again = rows(TMDB_MOVIES, [film(1, "1999", MONDAY), film(2, "1999", MONDAY)])
    counts = lakehouse.write(again, TMDB_MOVIES, ["1999"])

    assert counts == {"1999": 1}
    assert years_of(lakehouse, TMDB_MOVIES, 1) == ["2000"]
    assert years_of(lakehouse, TMDB_MOVIES, 2) == ["1999"]


def test_of_pages_of_one_moment_the_same_one_counts_as_within_a_partition(lakehouse, rows):
    for year, page in (("1999", "b"), ("2000", "a"), ("1999", "b")):
        made = rows(TMDB_MOVIES, [film(1, year, MONDAY, page)])
        lakehouse.write(made, TMDB_MOVIES, [year])

    assert years_of(lakehouse, TMDB_MOVIES, 1) == ["2000"]


def test_a_table_without_moments_takes_the_row_that_is_written(lakehouse, rows):
    pair = {"film_id": 1, "release_id": 11}
    both = [{**pair, "release_year": "1999"}, {**pair, "film_id": 2, "release_year": "1999"}]
    lakehouse.write(rows(CANDIDATES, both), CANDIDATES, ["1999"])

    lakehouse.write(rows(CANDIDATES, [{**pair, "release_year": "2000"}]), CANDIDATES, ["2000"])

    assert years_of(lakehouse, CANDIDATES, 1) == ["2000"]
    assert years_of(lakehouse, CANDIDATES, 2) == ["1999"]


def test_rows_keep_their_order_in_the_year_that_one_has_left(lakehouse, rows):
    ids = [5, 3, 9, 1, 7]
    lakehouse.write(rows(TMDB_MOVIES, [film(n, "1999") for n in ids]), TMDB_MOVIES, ["1999"])
    before = pq.read_table(lakehouse.partition_file(TMDB_MOVIES, "1999"))["id"].to_pylist()

    lakehouse.write(rows(TMDB_MOVIES, [film(9, "2000", TUESDAY)]), TMDB_MOVIES, ["2000"])

    after = pq.read_table(lakehouse.partition_file(TMDB_MOVIES, "1999"))["id"].to_pylist()
    assert after == [n for n in before if n != 9]


def write(lakehouse: Lakehouse, rows, table: Table, *given: dict) -> None:
    years = sorted({row["release_year"] for row in given})
    lakehouse.write(rows(table, given), table, years)


def test_rows_that_refer_to_moved_or_missing_rows_are_found_by_their_year(lakehouse, rows):
    write(
        lakehouse,
        rows,
        FILMS,
        {"film_id": 1, "release_year": "2000"},
        {"film_id": 2, "release_year": "1999"},
    )
    write(lakehouse, rows, SOUNDTRACKS, {"release_id": 11, "release_year": "2016"})
    of_film = {"film_id": 2, "release_id": 11, "release_year": "1999"}
    write(lakehouse, rows, CANDIDATES, of_film)
    assert partitions_out_of_place(lakehouse, [CANDIDATES, MATCHES, FILM_SOUNDTRACKS]) == set()

    moved = {"film_id": 1, "release_id": 11, "release_year": "1990"}
    to_no_release = {"film_id": 2, "release_id": 12, "release_year": "1999"}
    write(lakehouse, rows, CANDIDATES, moved, of_film, to_no_release)

    assert partitions_out_of_place(lakehouse, [CANDIDATES]) == {"1990", "1999"}
