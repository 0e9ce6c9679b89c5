"""Any JSON in any field of a list page or of details: never a crash, never a row that disappears.

A short look in each run of the tests, a long one with `make test-slow`.
"""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.ingest.responses import (
    MENDED,
    QUARANTINED,
    UnreadableBodyError,
    decode,
    discogs_page,
    movie_detail,
    movie_page,
)
from capstone_assets.ingest.rows import movie_detail_rows, movie_rows, release_rows
from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIE_DETAILS, TMDB_MOVIES
from capstone_assets.lake.tables import Table

SHORT = settings(max_examples=200)
LONG = settings(max_examples=10_000, suppress_health_check=list(HealthCheck))

_WORDS = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "12.0",
        "1e3",
        "NaN",
        "1999",
        "2099",
        "0000-00-00",
        "2020-13-45",
        "١٩٩٩",
        "\x00",
        "�",
        "\u202eright",
        "a\u2028b\x85c",
        "x" * 1001,
        "Soundtrack",
        "true",
    ]
)
_NUMBERS = st.sampled_from(
    [
        0,
        1,
        -1,
        7,
        12.0,
        12.5,
        1e300,
        2**31,
        2**53 + 1,
        2**63 - 1,
        2**63,
        -(2**63),
        10**400,
        float("nan"),
        float("inf"),
        -float("inf"),
        -0.0,
        5e-324,
        99.9,
        19990501,
    ]
)
_SCALARS = st.none() | st.booleans() | _NUMBERS | _WORDS | st.integers() | st.text(max_size=4)
_NAMES = st.sampled_from(
    ["id", "title", "name", "job", "crew", "titles", "iso_3166_1", "type", "imdb_id", "year"]
)
ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)


def _changed(sound: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The object with anything in some of its fields, and without some others."""
    fields = st.sampled_from(sorted(sound))
    changes = st.dictionaries(fields, ANYTHING, max_size=3)
    absent = st.sets(fields, max_size=2)
    return st.builds(
        lambda changed, gone: {
            name: value for name, value in {**sound, **changed}.items() if name not in gone
        },
        changes,
        absent,
    )


FILM = {
    "id": 603,
    "title": "The Matrix",
    "original_title": "The Matrix",
    "original_language": "en",
    "release_date": "1999-03-31",
    "genre_ids": [28, 878],
    "popularity": 83.5,
    "vote_average": 8.2,
    "vote_count": 26_000,
    "adult": False,
    "video": False,
}
RELEASE = {
    "id": 8353709,
    "title": "Brad Fiedel - The Terminator",
    "year": "1999",
    "country": "US",
    "genre": ["Electronic", "Stage & Screen"],
    "style": ["Soundtrack"],
    "format": ["Vinyl", "LP"],
    "label": ["Milan"],
    "catno": "M2-36774",
    "master_id": 67_301,
}
DETAIL = {
    "id": 603,
    "imdb_id": "tt0133093",
    "runtime": 136,
    "genres": [{"id": 28, "name": "Action"}],
    "production_countries": [{"iso_3166_1": "US", "name": "United States"}],
    "credits": {"crew": [{"name": "Don Davis", "job": "Music", "department": "Sound"}]},
    "alternative_titles": {"titles": [{"title": "Matrix", "iso_3166_1": "DE", "type": ""}]},
    "external_ids": {"imdb_id": "tt0133093", "wikidata_id": "Q83495"},
}
_FILMS = st.lists(_changed(FILM) | ANYTHING, max_size=4)
_RELEASES = st.lists(_changed(RELEASE) | ANYTHING, max_size=4)
FILM_PAGES = _FILMS.map(lambda rows: {"results": rows, "total_pages": 1, "total_results": 4})
RELEASE_PAGES = _RELEASES.map(
    lambda rows: {"results": rows, "pagination": {"items": 4, "pages": 1, "per_page": 100}}
)
# Anything in the page's own fields, too.
ODD_FILM_PAGES = FILM_PAGES.flatmap(_changed)
ODD_RELEASE_PAGES = RELEASE_PAGES.flatmap(_changed)


def as_landed(body: Any, path: str) -> tuple[Any, str]:
    """The body as it is read from an answer, and the landed line that holds it."""
    written = json.dumps(body)
    head = {"path": path, "status": 200, "slice": "1999", "fetched_at": "2026-11-26T12:00:00Z"}
    return decode(written.encode()), json.dumps(head)[:-1] + f', "body": {written}}}'


def is_unreadable(read: Callable[[Any], Any], body: Any) -> bool:
    try:
        read(body)
    except UnreadableBodyError:
        return True
    return False


def account_for_page(
    body: Any, read: Callable[[Any], Any], rows_of: Callable[..., Any], table: Table, path: str
) -> None:
    content, line = as_landed(body, path)
    if is_unreadable(read, content):
        return
    page = read(content)

    set_aside = [odd for odd in page.odd if odd.treatment == QUARANTINED]
    assert len(page.rows) + len(set_aside) == len(content["results"])
    assert {odd.treatment for odd in page.odd} <= {QUARANTINED, MENDED}
    assert all(odd.reason and 1 <= odd.row <= len(content["results"]) for odd in page.odd)
    stored = list(rows_of(line, "pages/x"))
    of_other_years = [
        row for row in page.rows if getattr(row, "release_year", "1999") not in ("1999", "unknown")
    ]
    assert len(stored) + len(of_other_years) == len(page.rows)
    pa.Table.from_pylist(stored, to_arrow_schema(table.spark_schema)).validate(full=True)
    json.dumps([odd.raw for odd in page.odd], ensure_ascii=False).encode()


def account_for_films(body: Any) -> None:
    account_for_page(body, movie_page, movie_rows, TMDB_MOVIES, "/discover/movie")


def account_for_releases(body: Any) -> None:
    account_for_page(body, discogs_page, release_rows, DISCOGS_RELEASES, "/database/search")


def account_for_detail(body: Any) -> None:
    content, line = as_landed(body, "/movie/603")
    if is_unreadable(movie_detail, content):
        assert not isinstance(content, dict) or movie_id_of(content) is None
        return
    stored = list(movie_detail_rows(line, "pages/x"))
    assert len(stored) == 1
    pa.Table.from_pylist(stored, to_arrow_schema(TMDB_MOVIE_DETAILS.spark_schema)).validate(
        full=True
    )


def movie_id_of(content: dict[str, Any]) -> int | None:
    """The id as a list page would read it."""
    row = {"id": content.get("id"), "title": "x"}
    rows = movie_page({"results": [row], "total_pages": 1, "total_results": 1}).rows
    return rows[0].id if rows else None


@SHORT
@given(FILM_PAGES | ODD_FILM_PAGES)
def test_every_film_of_any_page_is_read_or_set_aside(body: Any):
    account_for_films(body)


@SHORT
@given(RELEASE_PAGES | ODD_RELEASE_PAGES)
def test_every_release_of_any_page_is_read_or_set_aside(body: Any):
    account_for_releases(body)


@SHORT
@given(_changed(DETAIL) | ANYTHING)
def test_any_details_with_an_id_are_one_row(body: Any):
    account_for_detail(body)


@pytest.mark.slow
@LONG
@given(FILM_PAGES | ODD_FILM_PAGES)
def test_every_film_of_ten_thousand_pages_is_read_or_set_aside(body: Any):
    account_for_films(body)


@pytest.mark.slow
@LONG
@given(RELEASE_PAGES | ODD_RELEASE_PAGES)
def test_every_release_of_ten_thousand_pages_is_read_or_set_aside(body: Any):
    account_for_releases(body)


@pytest.mark.slow
@LONG
@given(_changed(DETAIL) | ANYTHING)
def test_ten_thousand_details_with_an_id_are_one_row_each(body: Any):
    account_for_detail(body)


@pytest.mark.parametrize(
    "body",
    [
        {"results": None, "total_pages": 1, "total_results": 1},
        {"total_pages": 1, "total_results": 1},
        {"results": [], "total_pages": "one", "total_results": 1},
        {"results": [], "total_pages": True, "total_results": 1},
        {"results": [], "total_pages": -1, "total_results": 1},
        {"results": {"0": FILM}, "total_pages": 1, "total_results": 1},
        [],
        None,
        7,
    ],
)
def test_a_page_without_the_shape_of_a_list_is_refused_whole(body: Any):
    assert is_unreadable(movie_page, as_landed(body, "/discover/movie")[0])
