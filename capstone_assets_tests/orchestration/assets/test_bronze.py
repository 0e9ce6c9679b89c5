"""Bronze is what the landed pages say."""

from pathlib import Path

import pytest

from capstone_assets.lake.bronze import (
    DISCOGS_RELEASES,
    QUARANTINE,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.tables import Table
from capstone_assets_tests.freshness.records import FILM_ROWS, TOTO, VANGELIS

FILM_YEARS = {(film["id"], film["release_date"][:4]) for film in FILM_ROWS}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TMDB_MOVIES, FILM_YEARS),
        # A film's details are of the year whose list has it.
        (TMDB_MOVIE_DETAILS, FILM_YEARS),
        (DISCOGS_RELEASES, {(row["id"], row["year"]) for row in (TOTO, VANGELIS)}),
    ],
)
def test_every_row_is_in_its_year_and_names_its_page(made_lake, table: Table, expected: set):
    rows = made_lake.lakehouse.scan(table).to_pylist()

    assert {(row["id"], row["release_year"]) for row in rows} == expected
    assert len(rows) == len(expected)
    raw = Path(made_lake.lakehouse.root, "raw")
    assert [row["raw_page"] for row in rows if not (raw / row["raw_page"]).is_file()] == []


def test_nothing_is_set_aside_of_sound_pages(made_lake):
    assert made_lake.lakehouse.scan(QUARANTINE).num_rows == 0
