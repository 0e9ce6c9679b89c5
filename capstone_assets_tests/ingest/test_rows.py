"""Landed lines as rows of the bronze tables."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.ingest.errors import MalformedResponseError
from capstone_assets.ingest.responses import discogs_page
from capstone_assets.ingest.rows import master_rows, movie_detail_rows, movie_rows, release_rows
from capstone_assets.ingest.shapes import DISCOGS_RULES, MOVIE_RULES, DiscogsRow
from capstone_assets.lake import bronze
from capstone_assets.lake.tables import Table
from capstone_assets_tests.ingest.listed import film_page, release_page


def line(body: Any, slice_name: str = "1999", status: int = 200, path: str = "/x") -> str:
    return json.dumps(
        {
            "source": "any",
            "path": path,
            "params": {},
            "status": status,
            "fetched_at": "2026-01-02T03:04:05.678Z",
            "slice": slice_name,
            "body": body,
        }
    )


def movies(*rows: Any, slice_name: str = "1999") -> list[dict[str, Any]]:
    body = {"page": 1, "total_results": len(rows), "total_pages": 1, "results": list(rows)}
    return list(movie_rows(line(body, slice_name), "a/page.jsonl.gz"))


def releases(*rows: Any, slice_name: str = "1999") -> list[dict[str, Any]]:
    pagination = {"items": len(rows), "pages": 1, "per_page": 100, "page": 1}
    body = {"pagination": pagination, "results": list(rows)}
    return list(release_rows(line(body, slice_name), "a/page.jsonl.gz"))


def details(body: Any, **how: Any) -> list[dict[str, Any]]:
    return list(movie_detail_rows(line(body, **how), "a/page.jsonl.gz"))


@pytest.mark.parametrize(
    ("rows", "table"),
    [
        (movies({"id": 1, "title": "Up"}), bronze.TMDB_MOVIES),
        (details({"id": 1}), bronze.TMDB_MOVIE_DETAILS),
        (releases({"id": 1, "title": "A - B", "year": "1999"}), bronze.DISCOGS_RELEASES),
    ],
)
def test_rows_have_exactly_the_columns_of_their_table(rows: Any, table: Table):
    assert set(rows[0]) == set(table.column_names)
    required = {column.name for column in table.columns if not column.nullable}
    assert not [name for name in required if rows[0][name] is None]


def test_masters_have_exactly_the_columns_of_their_table():
    pagination = {"items": 1, "pages": 1, "per_page": 100}
    row = {"id": 7, "master_id": 7, "title": "Queen - Flash Gordon", "year": "1980"}

    [found] = master_rows(line({"pagination": pagination, "results": [row]}, "1980"), "file")

    assert set(found) == set(bronze.DISCOGS_MASTERS.column_names)
    assert (found["id"], found["year"]) == (7, "1980")


def test_a_master_that_was_asked_for_by_its_id_is_a_row_of_the_slice_that_names_it():
    answer = {
        "id": 21491,
        "main_release": 368116,
        "title": "Blade Runner",
        "year": 1994,
        "artists": [{"name": "Vangelis", "anv": "", "join": "", "role": "", "id": 6894}],
        "genres": ["Electronic", "Stage & Screen"],
        "styles": ["Soundtrack", "Ambient"],
    }
    of_master = line(answer, "2017", path="/masters/21491")

    [row] = master_rows(of_master, "file")

    assert row.keys() == {*bronze.DISCOGS_MASTERS.column_names}
    assert (row["id"], row["title"], row["year"]) == (21491, "Vangelis - Blade Runner", "1994")
    assert (row["genre"], row["style"]) == (answer["genres"], answer["styles"])
    assert row["release_year"] == "2017"


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ({"year": 0}, {"year": None}),
        ({"year": "1994"}, {"year": "1994"}),
        ({"styles": None}, {"style": []}),
        ({"genres": "Stage & Screen"}, {"genre": ["Stage & Screen"]}),
        ({"artists": "Vangelis"}, {"title": "Blade Runner"}),
        ({"artists": [None, {"name": "Vangelis"}]}, {"title": "Vangelis - Blade Runner"}),
    ],
)
def test_an_odd_value_of_a_master_costs_only_itself(odd: dict[str, Any], expected: dict[str, Any]):
    answer = {"id": 21491, "title": "Blade Runner", "genres": [], "styles": [], "artists": []}

    [row] = master_rows(line(answer | odd, path="/masters/21491"), "file")

    assert expected.items() <= row.items()


@pytest.mark.parametrize("body", [[], "x", {}, {"id": "a", "title": "A"}, {"id": 1, "title": ""}])
def test_a_master_without_an_id_or_a_title_is_refused(body: Any):
    with pytest.raises(MalformedResponseError):
        list(master_rows(line(body, path="/masters/1"), "file"))


def test_a_master_that_discogs_dropped_has_no_row():
    gone = line({"message": "Master Release not found."}, status=404, path="/masters/1")

    assert list(master_rows(gone, "file")) == []


@pytest.mark.parametrize("title", ["", " \t", None, ["Papa ou maman"]])
def test_a_film_without_a_title_is_known_by_its_original_title(title: Any):
    [row] = movies({"id": 5, "title": title, "original_title": "Papa ou maman"})

    assert row["title"] == "Papa ou maman"


def test_missing_fields_of_a_film_are_null_and_unknown_ones_are_ignored():
    [row] = movies({"id": 5, "title": "It", "softcore": False, "poster_path": None})

    assert (row["title"], row["release_date"], row["genre_ids"]) == ("It", None, None)
    assert "softcore" not in row


def test_the_page_says_when_it_was_fetched():
    [row] = movies({"id": 5, "title": "It"})

    assert row["fetched_at"] == datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    assert (row["raw_page"], row["release_year"]) == ("a/page.jsonl.gz", "1999")


def test_a_release_lists_what_discogs_lists():
    [row] = releases(
        {
            "id": 8353709,
            "title": "Brad Fiedel - The Terminator ",
            "year": "1999",
            "country": "",
            "genre": ["Electronic", "Stage & Screen"],
            "label": "Milan",
            "master_id": 0,
            "barcode": ["1"],
        }
    )

    assert row["title"] == "Brad Fiedel - The Terminator "
    assert (row["label"], row["format"], row["style"]) == (["Milan"], [], [])
    assert (row["master_id"], row["country"], row["catno"]) == (None, None, None)


@pytest.mark.parametrize(
    ("year", "slice_name"),
    [
        ("1999", "1999"),
        (1999, "1999"),
        ("2026", "2026"),
        ("", "unknown"),
        (None, "unknown"),
        (0, "unknown"),
        ("0", "unknown"),
        ("1888", "unknown"),
        ("19??", "unknown"),
    ],
)
def test_a_release_belongs_to_its_year_or_to_unknown(year: Any, slice_name: str):
    row = {"id": 1, "title": "A - B", "year": year}

    assert DiscogsRow.model_validate(row).release_year == slice_name
    assert [found["release_year"] for found in releases(row, slice_name=slice_name)] == [slice_name]


@pytest.mark.parametrize("year", ["19xx", "-5", 12.5, "99", " 1999 ", "\u0661\u0669\u0669\u0669"])
@pytest.mark.parametrize("rows_of", [release_rows, master_rows])
def test_a_year_that_is_not_one_is_noted_and_the_row_stays_with_the_year_that_lists_it(
    year: Any, rows_of: Any
):
    pagination = {"items": "1", "pages": 1.0, "per_page": "100"}
    body = {"pagination": pagination, "results": [{"id": 1, "title": "M", "year": year}]}

    [read] = rows_of(line(body), "page")

    assert (read["id"], read["release_year"]) == (1, "1999")
    [odd] = discogs_page(body).odd
    assert odd.reason.endswith("year: not a year, so unknown")


def test_dated_rows_on_a_page_of_undated_ones_are_left_to_their_own_slice():
    undated, dated = {"id": 1, "title": "A"}, {"id": 2, "title": "B", "year": "1901"}

    assert [row["id"] for row in releases(undated, dated, slice_name="unknown")] == [1]


def test_the_imdb_id_is_taken_from_wherever_it_is():
    assert details({"id": 1, "imdb_id": "tt1"})[0]["imdb_id"] == "tt1"
    assert details({"id": 1, "external_ids": {"imdb_id": "tt2"}})[0]["imdb_id"] == "tt2"
    assert details({"id": 1, "imdb_id": ""})[0]["imdb_id"] is None


def test_alternative_titles_keep_country_and_type():
    titles = [
        {"iso_3166_1": "FR", "title": "Belle journée pour mourir", "type": ""},
        {"iso_3166_1": "US", "title": "", "type": "working title"},
    ]

    [row] = details({"id": 47964, "alternative_titles": {"titles": titles}})

    assert row["alternative_titles"] == [
        {"iso_3166_1": "FR", "title": "Belle journée pour mourir", "type": ""}
    ]


def test_a_film_that_tmdb_dropped_has_no_row():
    gone = {"success": False, "status_code": 34, "status_message": "Not found."}

    assert details(gone, status=404) == []


@pytest.mark.parametrize("broken", ["", "{", "null", "[]", "{}", line({})[:-20]])
def test_a_broken_line_names_its_file(broken: str):
    with pytest.raises(MalformedResponseError, match=r"a/page\.jsonl\.gz"):
        list(movie_rows(broken, "a/page.jsonl.gz"))


names = st.sampled_from(["crew", "name", "job", "titles", "title", "type", "imdb_id"])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 2**31, 2**63, 10**25, 12.0, 99.9, float("inf"), float("nan")])
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=3)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=4,
)
any_rows = values | st.fixed_dictionaries(
    {"id": st.integers(-1, 9) | scalars},
    optional={
        name: st.text(max_size=9) | values for name in {*MOVIE_RULES, *DISCOGS_RULES} - {"id"}
    },
)


@given(rows=st.lists(any_rows, max_size=4))
def test_every_row_of_any_page_is_either_read_into_its_types_or_set_aside(rows: list[Any]):
    for page, table in (
        (film_page(*rows), bronze.TMDB_MOVIES),
        (release_page(*rows), bronze.DISCOGS_RELEASES),
    ):
        set_aside = [odd for odd in page.odd if odd.treatment == "quarantined"]
        assert len(page.rows) + len(set_aside) == len(rows)
        assert all(odd.reason and odd.raw for odd in page.odd)
        schema = to_arrow_schema(table.spark_schema)
        for row in page.rows:
            for name, value in row.model_dump().items():
                pa.array([value], schema.field(name).type)  # Raises where Parquet cannot store it.


@given(rows=st.lists(any_rows, max_size=4), slice_name=st.sampled_from(["1999", "unknown"]))
def test_any_landed_page_gives_rows_that_its_table_can_hold(rows: list[Any], slice_name: str):
    for row in [*movies(*rows), *releases(*rows, slice_name=slice_name)]:
        assert row["id"] > 0
        assert row["title"]
        assert row["release_year"] in {"1999", "unknown"}


@given(
    st.fixed_dictionaries(
        {"id": st.integers(1, 9)},
        optional=dict.fromkeys(
            ("credits", "alternative_titles", "external_ids", "imdb_id"), values
        ),
    )
)
def test_any_details_of_a_film_are_read(body: dict[str, Any]):
    [row] = details(body)

    assert len(set(row["composers"])) == len(row["composers"])
    assert all(title["title"] for title in row["alternative_titles"])


def shared_folder() -> Path:
    return Path(__file__).parents[2] / ".." / "shared"


def recorded(name: str) -> Any:
    path = shared_folder() / "fixtures" / name
    if not path.exists():
        pytest.skip(f"the recorded answers are not here: {path.name}")
    content = json.loads(path.read_text(encoding="utf-8"))
    return content.get("body", content)


@pytest.mark.parametrize(
    "name",
    [
        *(f"tmdb/tmdblib__discover_movie_{number}.json" for number in range(1, 5)),
        "tmdb/apievangelist__discover-movie.json",
        "more/tmdb/kotlin__discover_movie.json",
    ],
)
def test_recorded_lists_of_films_can_be_read(name: str):
    body = recorded(name)

    rows = list(movie_rows(line(body, "2026"), "file"))

    assert [row["id"] for row in rows] == [row["id"] for row in body["results"]]


@pytest.mark.parametrize(
    "name",
    [
        *(f"tmdb/tmdblib__movie_details_200_{number}.json" for number in range(1, 5)),
        "tmdb/adamayoung__movie-details-append-response.json",
        "more/tmdb/kotlin__movie_details_607.json",
    ],
)
def test_recorded_details_can_be_read(name: str):
    body = recorded(name)

    [row] = details(body)

    assert (row["id"], row["imdb_id"]) == (body["id"], body["imdb_id"])


@pytest.mark.parametrize("name", ["discogs/fuzzbin__search.json"])
def test_recorded_searches_can_be_read(name: str):
    body = recorded(name)
    years = {row.get("year") for row in body["results"]}

    rows = [row for year in years for row in master_rows(line(body, year or "unknown"), "file")]

    # A master without a year stays with the year that lists it, here with every one.
    assert {row["id"] for row in rows} == {row["id"] for row in body["results"]}


def test_details_carry_genres_countries_length_and_wikidata_and_a_wild_length_is_dropped():
    answer = {
        "id": 603,
        "genres": [{"id": 28, "name": "Action"}, {"id": 878, "name": "Science Fiction"}],
        "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
        "runtime": 136,
        "external_ids": {"imdb_id": "tt0133093", "wikidata_id": "Q83495"},
    }
    [row] = details(answer)
    [wild] = details({**answer, "runtime": -1})

    assert (row["genres"], row["countries"]) == (["Action", "Science Fiction"], ["US"])
    assert (row["runtime_minutes"], row["wikidata_id"]) == (136, "Q83495")
    assert wild["runtime_minutes"] is None
