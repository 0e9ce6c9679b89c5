"""Landing films by release year."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.rows import movie_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.tmdb import Window
from capstone_assets_tests.ingest.conftest import (
    FILMS_OF_1999,
    Asked,
    Serve,
    film,
    ids,
    landed_lines,
)


def test_every_film_of_a_year_lands_and_no_other(serve: Serve, store: PageStore):
    api = serve([*FILMS_OF_1999, film(900, "1998-12-31"), film(901, "2000-01-01"), film(902, "")])

    landing = land_movies(api.tmdb(), store, ["1999", "2000", "2001"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert ids(landing, "2000", movie_rows) == [901]
    assert (landing.rows_promised, landing.rows_landed, landing.duplicates) == (46, 46, 0)
    assert landing.left_out == []
    # 3 pages of 1999, 1 of each other year: not one request more.
    assert landing.requests.made == 5


def test_rows_carry_their_slice_their_page_and_when_it_was_fetched(serve: Serve, store: PageStore):
    api = serve([film(603, "1999-03-31", title="The Matrix", genre_ids=[28, 878], popularity=85.5)])

    landing = land_movies(api.tmdb(), store, ["1999"])

    [(line, path)] = landed_lines(landing, "1999")
    [row] = movie_rows(line, path)
    assert (row["title"], row["genre_ids"], row["popularity"]) == ("The Matrix", [28, 878], 85.5)
    assert (row["raw_page"], row["release_year"]) == (path, "1999")
    assert abs(row["fetched_at"] - datetime.now(UTC)) < timedelta(minutes=1)


def test_films_without_a_date_are_counted_as_out_of_reach(serve: Serve, store: PageStore):
    api = serve([film(1), film(2, ""), film(3, ""), film(4, "1888-10-14")])

    landing = land_movies(api.tmdb(), store, ["unknown", "1999"])

    assert landing.page_files["unknown"] == []
    assert landing.films_without_a_date == 3
    assert land_movies(api.tmdb(), store, ["1999"]).films_without_a_date is None
    assert any("3 films have no release date" in sentence for sentence in landing.left_out)


@pytest.mark.parametrize("films", [10_500, pytest.param(25_000, marks=pytest.mark.slow)])
def test_a_year_over_the_cap_is_split_until_every_film_lands(
    films: int, serve: Serve, store: PageStore
):
    # Crowded, as real years are: a third of them on the first of January.
    days = [date(2019, 1, 1) + timedelta(max(0, number % 540 - 180)) for number in range(films)]
    api = serve([film(number + 1, str(day)) for number, day in enumerate(days)])

    landing = land_movies(api.tmdb(), store, ["2019"])

    assert ids(landing, "2019", movie_rows) == list(range(1, films + 1))
    assert (landing.rows_promised, landing.duplicates) == (films, 0)
    assert landing.requests.made <= 1.05 * films / 20


@pytest.mark.parametrize(
    ("total", "pages", "most_requests", "missing"),
    [
        (45, 58_326, 25, 0),
        (45, 500, 25, 0),
        (1_166_520, 3, 15, 1_166_475),
        (1_166_520, 58_326, 90, 1_166_475),
        (8_000, 400, 90, 7_955),
    ],
)
def test_a_count_that_stays_absurd_costs_few_requests_and_one_sentence(
    total: int, pages: int, most_requests: int, missing: int, serve: Serve, store: PageStore
):
    api = serve()

    def answer(asked: Asked) -> Response:
        params = dict(asked.params)
        first, last = params["primary_release_date.gte"], params["primary_release_date.lte"]
        rows = [each for each in FILMS_OF_1999 if first <= each["release_date"] <= last]
        shown = rows[20 * (int(params["page"]) - 1) :][:20]
        return JSONResponse({"results": shown, "total_results": total, "total_pages": pages})

    api.spoilers.append(answer)

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert landing.requests.made <= most_requests
    sentence = f"{missing:,} of {total:,} promised rows did not come"
    assert [sentence in each for each in landing.left_out] == [True] * bool(missing)


def test_a_list_is_read_past_pages_that_are_empty_for_a_moment(serve: Serve, store: PageStore):
    api = serve([film(number) for number in range(1, 301)])
    empty = JSONResponse({"results": [], "total_results": 300, "total_pages": 15})
    for page in range(2, 16):
        api.spoil(empty, times=4, path="/discover/movie", page=str(page))

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 301))


def test_a_day_over_the_cap_is_split_by_language_until_every_film_lands(
    serve: Serve, store: PageStore
):
    languages = ["en", "de", "fr"]
    films = [
        film(number, "2010-01-01", original_language=languages[number % 3])
        for number in range(1, 12_002)
    ]
    api = serve(films)

    landing = land_movies(api.tmdb(), store, ["2010"])

    assert ids(landing, "2010", movie_rows) == list(range(1, 12_002))
    assert (landing.rows_promised, landing.rows_landed, landing.left_out) == (12_001, 12_001, [])


def test_films_of_a_day_that_no_language_reaches_are_counted(serve: Serve, store: PageStore):
    films = [film(number, "2010-01-01", original_language="en") for number in range(1, 10_022)]

    landing = land_movies(serve(films).tmdb(), store, ["2010"])

    assert (landing.rows_promised, landing.rows_landed) == (10_021, 10_000)
    sentence = landing.left_out[0]
    assert "TMDB knows 10,021 films released on 2010-01-01" in sentence
    assert "it found 10,000" in sentence


def test_a_floor_of_popularity_that_a_day_exceeds_says_how_high_it_would_have_to_be(
    serve: Serve, store: PageStore
):
    films = [film(number, "2010-01-01", popularity=5.0) for number in range(1, 10_022)]
    options = LandingOptions(min_popularity=1)

    landing = land_movies(serve(films).tmdb(), store, ["2010"], options)

    assert landing.rows_landed == 10_000
    assert "21 films" in landing.left_out[0]
    assert "raise min_popularity above 5" in landing.left_out[0]


def test_a_floor_of_votes_says_how_many_films_it_leaves_out(serve: Serve, store: PageStore):
    api = serve([film(number, vote_count=number) for number in range(1, 46)])

    landing = land_movies(api.tmdb(), store, ["1999"], LandingOptions(min_votes=20))

    assert ids(landing, "1999", movie_rows) == list(range(20, 46))
    assert "19 films below min_votes=20" in landing.left_out[0]
    # The whole year is another question: the partial one does not stand in for it.
    assert land_movies(api.tmdb(), store, ["1999"]).rows_landed == 45


def test_another_floor_of_popularity_is_another_question(serve: Serve, store: PageStore):
    api = serve([film(number, popularity=float(number)) for number in range(1, 101)])
    land_movies(api.tmdb(), store, ["1999"], LandingOptions(min_popularity=75))

    lower = land_movies(api.tmdb(), store, ["1999"], LandingOptions(min_popularity=25))

    assert ids(lower, "1999", movie_rows) == list(range(21, 101))
    assert (lower.requests.made, lower.requests.from_cache) == (2, 2)


def test_a_floor_of_popularity_stops_reading_at_it(serve: Serve, store: PageStore):
    api = serve([film(number, popularity=float(number)) for number in range(1, 101)])

    landing = land_movies(api.tmdb(), store, ["1999"], LandingOptions(min_popularity=75))

    assert landing.requests.made == 2
    assert ids(landing, "1999", movie_rows) == list(range(61, 101))
    assert "60 films below" in landing.left_out[0]


days = st.dates(date(1890, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 800), st.integers(1, 50))
def test_the_parts_of_a_window_cover_each_of_its_days_exactly_once(
    first: date, length: int, parts: int
):
    window = Window(first, first + timedelta(length))

    split = window.split(parts)

    covered = [part.first + timedelta(day) for part in split for day in range(part.days)]
    assert covered == [first + timedelta(day) for day in range(window.days)]
    assert len(split) == min(parts, window.days)
    assert max(part.days for part in split) - min(part.days for part in split) <= 1


@given(st.integers(1, 9999))
def test_a_year_is_the_window_of_its_days(year: int):
    window = Window.of_year(f"{year:04}")

    assert window.days in {365, 366}
    assert (window.first.year, window.last.year) == (year, year)
