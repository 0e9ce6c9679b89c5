"""Landing films by release year."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.rows import movie_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.tmdb import Window
from capstone_assets_tests.ingest.conftest import Serve, bodies, film, ids, landed_lines

FILMS_OF_1999 = [film(number, f"1999-{1 + number % 12:02}-11") for number in range(1, 46)]


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


def test_a_short_page_gets_a_second_look_and_nothing_is_lost(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    whole = bodies(land_movies(api.tmdb(origin="elsewhere"), store, ["1999"]), "1999")
    second = next(body for body in whole if body["page"] == 2)
    api.spoil(JSONResponse(second | {"results": second["results"][:17]}), page="2")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert (landing.requests.made, landing.left_out) == (4, [])


def test_pages_that_shifted_while_reading_get_a_second_look(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    whole = bodies(land_movies(api.tmdb(origin="elsewhere"), store, ["1999"]), "1999")
    first, second = (next(body for body in whole if body["page"] == page) for page in (1, 2))
    shifted = [*first["results"][-2:], *second["results"][:-2]]
    api.spoil(JSONResponse(second | {"results": shifted}), page="2")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert landing.rows_landed == 45


def test_rows_that_never_come_are_reported(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    whole = bodies(land_movies(api.tmdb(origin="elsewhere"), store, ["1999"]), "1999")
    second = next(body for body in whole if body["page"] == 2)
    api.spoil(JSONResponse(second | {"results": second["results"][:5]}), times=9, page="2")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert (landing.rows_promised, landing.rows_landed) == (45, 30)
    assert "tmdb_movies 1999: 15 of 45 promised rows did not come" in landing.left_out[0]
    # Five looks and no more, also when the load is taken up again.
    assert landing.requests.made == 3 + 4
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()
    assert land_movies(api.tmdb(), store, ["1999"]).requests.made == 0


def test_within_the_freshness_limit_nothing_is_asked_again(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    first = land_movies(api.tmdb(), store, ["1999", "2000", "unknown"])

    again = land_movies(api.tmdb(), store, ["1999", "2000", "unknown"])

    assert again.requests.made == 0
    assert again.page_files == first.page_files
    assert (again.rows_landed, again.films_without_a_date) == (45, 0)


def test_after_the_freshness_limit_everything_is_fetched_again(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    land_movies(api.tmdb(), store, ["1999"])

    later = land_movies(
        api.tmdb(), store, ["1999"], now=lambda: datetime.now(UTC) + timedelta(days=8)
    )

    assert (later.requests.made, later.rows_landed) == (3, 45)


def test_a_refresh_fetches_again_and_keeps_the_old_pages(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    old = land_movies(api.tmdb(), store, ["1999"]).page_files["1999"]
    before = {path: Path(path).read_bytes() for path in old}

    new = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))

    assert new.requests.made == 3
    assert not set(new.page_files["1999"]) & set(old)
    assert {path: Path(path).read_bytes() for path in old} == before
    # What a later load finds is the refreshed slice.
    assert land_movies(api.tmdb(), store, ["1999"]).page_files == new.page_files


def test_an_interrupted_refresh_goes_on_where_it_stopped(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    land_movies(api.tmdb(), store, ["1999"])
    land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True, max_requests=2))

    rest = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))
    another = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))

    assert (rest.requests.made, rest.rows_landed) == (1, 45)
    assert another.requests.made == 3


def test_a_spent_budget_says_what_is_left_out_and_the_next_load_goes_on(
    serve: Serve, store: PageStore
):
    api = serve([*FILMS_OF_1999, *(film(number, "2000-06-01") for number in range(100, 150))])

    partial = land_movies(api.tmdb(), store, ["1999", "2000"], LandingOptions(max_requests=4))
    rest = land_movies(api.tmdb(), store, ["1999", "2000"])

    assert partial.requests.made == 4
    assert not partial.complete
    assert "the budget of 4 requests ended before" in partial.left_out[-1]
    assert sum(map(len, partial.page_files.values())) == 4
    assert (rest.requests.made, rest.rows_landed, rest.complete) == (2, 95, True)
    assert set(api.times_asked().values()) == {1}


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


def test_pages_of_one_origin_are_never_taken_for_those_of_another(serve: Serve, store: PageStore):
    one, other = serve([film(1)]), serve([film(2)])

    land_movies(one.tmdb(origin="one"), store, ["1999"])
    landing = land_movies(other.tmdb(origin="other"), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == [2]


def test_a_slice_that_is_not_a_year_is_refused(serve: Serve, store: PageStore):
    with pytest.raises(ValueError, match=r"these are not: \['99', '199x'\]"):
        land_movies(serve().tmdb(), store, ["1999", "99", "199x"])


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


@pytest.mark.parametrize(
    ("total", "pages"),
    [(39, 2), (20, 1), (10, 1), (0, 0), (44, 3), (46, 3), (100, 5), (9999, 500)],
)
def test_a_first_page_that_claims_another_count_loses_no_film(
    total: int, pages: int, serve: Serve, store: PageStore
):
    api = serve(FILMS_OF_1999)
    rows = [{"id": each["id"], "title": each["title"]} for each in FILMS_OF_1999[:20]]
    wrong = {"page": 1, "results": rows, "total_pages": pages, "total_results": total}
    api.spoil(JSONResponse(wrong), path="/discover/movie")

    landing = land_movies(api.tmdb(concurrency=1), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert (landing.rows_promised, landing.rows_landed, landing.left_out) == (45, 45, [])


def test_a_list_that_holds_more_than_it_ever_promises_is_reported(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    rows = [{"id": each["id"], "title": each["title"]} for each in FILMS_OF_1999[:20]]
    wrong = {"page": 1, "results": rows, "total_pages": 1, "total_results": 12}
    api.spoil(JSONResponse(wrong), times=99, path="/discover/movie")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert landing.rows_landed == 20
    assert "20 rows came where 12 were promised" in landing.left_out[0]
