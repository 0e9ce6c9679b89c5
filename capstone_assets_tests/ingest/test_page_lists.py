"""The lists of a table's pages, which outlive the process that landed them."""

from pathlib import Path

import pytest

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.page_lists import (
    PagesNotListedError,
    read_counts,
    read_page_lists,
    rows_on_pages,
    write_page_lists,
)
from capstone_assets.ingest.rows import movie_rows
from capstone_assets_tests.ingest.conftest import Serve, film

YEARS = ["1999", "2000"]
TABLE = "tmdb_movies"


@pytest.fixture
def listed(serve: Serve, store: PageStore) -> PageStore:
    """A store with 25 films of 1999 on two pages, none of 2000, and their lists."""
    api = serve([film(number) for number in range(1, 26)])
    write_page_lists(store, TABLE, land_movies(api.tmdb(), store, YEARS))
    return store


def test_the_rows_of_a_year_are_read_from_its_listed_pages(listed: PageStore):
    pages = read_page_lists(listed, TABLE, YEARS)

    found = list(rows_on_pages(listed, pages["1999"], movie_rows))

    assert sorted(row["id"] for row in found) == list(range(1, 26))
    assert {row["raw_page"] for row in found} == {
        page.removeprefix(f"{listed.root}/") for page in pages["1999"]
    }
    assert len(pages["1999"]) == 2


def test_a_list_that_a_kill_left_half_written_is_no_year(listed: PageStore):
    folder = Path(listed.root) / "lists" / TABLE
    (folder / ".release_year=2001.json.46c235264fc1496e858ae187465728e1").write_bytes(b'{"pa')

    counted = read_counts(listed, TABLE)

    assert {year: each.landed for year, each in counted.items()} == {"1999": 25, "2000": 0}


def test_a_lake_that_was_moved_still_has_its_pages(listed: PageStore, tmp_path: Path):
    moved = Path(listed.root).rename(tmp_path / "elsewhere")

    pages = read_page_lists(PageStore(moved), TABLE, ["1999"])

    assert {
        Path(page).is_file() and Path(page).is_relative_to(moved) for page in pages["1999"]
    } == {True}


def test_a_year_that_was_never_requested_is_not_taken_for_one_without_rows(listed: PageStore):
    with pytest.raises(PagesNotListedError, match="no page was ever requested") as raised:
        read_page_lists(listed, TABLE, ["1999", "2001", "2002"])

    assert raised.value.years == ["2001", "2002"]
    assert "materialize the raw pages of those years first" in str(raised.value)


def test_a_year_whose_page_was_deleted_is_refused(listed: PageStore):
    page, _ = read_page_lists(listed, TABLE, ["1999"])["1999"]
    Path(page).unlink()

    with pytest.raises(PagesNotListedError, match="pages were deleted since they were listed"):
        read_page_lists(listed, TABLE, YEARS)


def test_a_damaged_list_counts_as_none(listed: PageStore):
    [damaged] = Path(listed.root).glob("lists/*/release_year=1999.json")
    damaged.write_text('{"pages": [')

    assert list(read_counts(listed, TABLE)) == ["2000"]
    with pytest.raises(PagesNotListedError, match="no page was ever requested"):
        read_page_lists(listed, TABLE, ["1999"])


def test_counts_are_of_the_years_that_are_asked_for(listed: PageStore):
    counts = read_counts(listed, TABLE, ["1999", "2001"])

    assert {year: (each.promised, each.landed) for year, each in counts.items()} == {
        "1999": (25, 25)
    }
