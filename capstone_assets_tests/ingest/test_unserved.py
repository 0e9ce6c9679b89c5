"""A page that fails for good is named and retried later; it holds up no other. An API that is down
fails at once.
"""

from datetime import datetime, timedelta

import pytest
from starlette.responses import JSONResponse, Response

from capstone_assets.ingest.errors import MalformedResponseError, ServerError
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import (
    land_movie_details,
    land_movies,
    land_soundtracks,
    utc_now,
)
from capstone_assets.ingest.quarantine import ask_again, read_notes
from capstone_assets.ingest.rows import movie_rows, release_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.unserved import MOST_PAGES_IN_A_ROW
from capstone_assets_tests.ingest.conftest import Api, Serve, film, ids, release

BROKEN = JSONResponse({"status_message": "Internal error"}, 500)
FILMS = [film(n, f"{1999 + n % 2}-05-01") for n in range(1, 101)]
OF_1999 = [n for n in range(1, 101) if n % 2 == 0]
LOST = OF_1999[20:40]


@pytest.fixture
def api(serve: Serve) -> Api:
    api = serve(FILMS)
    of_1999 = {"primary_release_date.gte": "1999-01-01", "page": "2"}
    api.spoil(BROKEN, times=9_999, path="/discover/movie", **of_1999)
    return api


def pages_asked(api: Api) -> list[str]:
    return [dict(asked.params).get("page", "probe") for asked in api.asked]


def test_a_page_that_fails_for_good_costs_only_its_own_rows_and_is_named(
    api: Api, store: PageStore
):
    landing = land_movies(api.tmdb(), store, ["1999", "2000"])

    assert ids(landing, "1999", movie_rows) == [n for n in OF_1999 if n not in LOST]
    assert len(ids(landing, "2000", movie_rows)) == 50
    assert landing.requests.unfetched == 1
    assert (landing.complete, landing.slices["1999"].missing) == (True, 20)
    assert "1 page was not served, /discover/movie?" in landing.left_out[0]
    assert "answered 500: 'Internal error' (tried in 1 run); the next run" in landing.left_out[0]
    [note] = read_notes(store)
    assert (note["treatment"], note["row"]) == ("unserved", 0)
    assert "page=2" in note["raw"]


def test_the_next_run_asks_for_that_page_alone_then_a_day_passes(api: Api, store: PageStore):
    land_movies(api.tmdb(), store, ["1999", "2000"])
    began, asked = utc_now(), []

    for hours in (1, 2, 24, 27):
        api.asked.clear()
        moment = began + timedelta(hours=hours)
        land_movies(api.tmdb(), store, ["1999", "2000"], now=lambda at=moment: at)  # type: ignore[misc]
        asked.append(set(pages_asked(api)) - {"probe"})

    assert asked == [{"2"}, set(), set(), {"2"}]


def test_a_page_that_its_source_mended_lands_and_leaves_the_notes(api: Api, store: PageStore):
    land_movies(api.tmdb(), store, ["1999"])
    api.spoilers.clear()
    api.asked.clear()

    mended = land_movies(api.tmdb(), store, ["1999"])
    again = land_movies(api.tmdb(), store, ["1999"])

    assert pages_asked(api) == ["2"]
    assert ids(mended, "1999", movie_rows) == OF_1999
    assert (mended.left_out, list(read_notes(store)), again.requests.made) == ([], [], 0)


@pytest.mark.parametrize("how", ["refresh", "replay"])
def test_a_person_need_not_wait_for_the_next_try(api: Api, store: PageStore, how: str):
    for _ in range(2):
        land_movies(api.tmdb(), store, ["1999"])
    api.spoilers.clear()

    if how == "replay":
        ask_again(store, next(read_notes(store))["page"])
    mended = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=how == "refresh"))

    assert ids(mended, "1999", movie_rows) == OF_1999


def test_what_landed_before_stands_in_for_a_page_that_fails_now(serve: Serve, store: PageStore):
    api = serve(FILMS)
    land_movies(api.tmdb(), store, ["1999"])
    api.spoil(BROKEN, times=9_999, path="/discover/movie", page="3")
    later = utc_now() + timedelta(days=8)

    landing = land_movies(api.tmdb(), store, ["1999"], now=lambda: later)

    assert ids(landing, "1999", movie_rows) == OF_1999
    assert "page=3" in landing.left_out[0]


def test_a_first_page_that_fails_for_good_leaves_its_year_empty_and_named(
    serve: Serve, store: PageStore
):
    api = serve(FILMS)
    of_1999 = {"primary_release_date.gte": "1999-01-01"}
    api.spoil(BROKEN, times=9_999, path="/discover/movie", **of_1999)

    landing = land_movies(api.tmdb(), store, ["1999", "2000"])

    assert (landing.page_files["1999"], len(ids(landing, "2000", movie_rows))) == ([], 50)
    assert "tmdb_movies 1999: 1 page was not served" in landing.left_out[0]


@pytest.mark.parametrize(
    "answer",
    [
        Response(b"", 200),
        Response(b"[1, 2", 200),
        Response(b'{"results": null, "total_pages": 1, "total_results": 3}', 200),
        Response(b'{"results": [], "total_pages": "three", "total_results": 45}', 200),
        JSONResponse({"status_code": 7, "status_message": "Invalid API key."}, 401),
        JSONResponse({"status_code": 14, "status_message": "No permission."}, 403),
        JSONResponse({"status_code": 25, "status_message": "over the limit"}, 429),
        Response(b'{"total_pages": 3, "total_results": 45}', 200),
        Response(b"<html>gone</html>", 404),
        JSONResponse({"success": False}, 410),
        JSONResponse({"status_message": "Invalid page."}, 400),
        Response(b"<html>blocked</html>", 403),
    ],
)
def test_whatever_a_page_answers_the_others_land(answer: Response, serve: Serve, store: PageStore):
    api = serve(FILMS)
    api.spoil(answer, times=9_999, path="/discover/movie", page="2")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == [n for n in OF_1999 if n not in LOST]
    assert landing.requests.unfetched == 1


def test_a_page_of_releases_that_fails_for_good_costs_only_its_own_rows(
    serve: Serve, store: PageStore
):
    api = serve(releases=[release(n) for n in range(1, 251)])
    api.spoil(
        JSONResponse({"message": "Query time exceeded."}, 500),
        times=9_999,
        path="/database/search",
        year="1999",
        page="2",
    )

    landing = land_soundtracks("release", api.discogs(), store, ["1998", "1999"])

    assert len(ids(landing, "1999", release_rows)) == 150
    assert "Query time exceeded." in landing.left_out[0]


@pytest.mark.parametrize("path", ["", "/discover/movie"])
def test_an_api_that_is_down_fails_at_once(path: str, serve: Serve, store: PageStore):
    api = serve(FILMS)
    api.spoil(BROKEN, times=9_999, path=path)

    with pytest.raises(ServerError, match="Internal error"):
        land_movies(api.tmdb(concurrency=1), store, ["1999", "2000"])

    assert len(api.asked) < 15


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"success": false}', b"<html></html>"])
def test_an_api_that_answers_every_list_with_something_else_fails_at_once(
    body: bytes, serve: Serve, store: PageStore
):
    api = serve(FILMS, [release(1)])
    api.spoil(Response(body), times=9_999)

    with pytest.raises(MalformedResponseError, match="/discover/movie"):
        land_movies(api.tmdb(), store, ["1999"])
    with pytest.raises(MalformedResponseError, match="/database/search"):
        land_soundtracks("release", api.discogs(), store, ["1999"])
    with pytest.raises(MalformedResponseError, match="/movie/2"):
        land_movie_details(api.tmdb(), store, {"1999": [2]})


def test_many_pages_that_fail_in_a_row_are_the_endpoints_fault(serve: Serve, store: PageStore):
    api = serve(FILMS)
    years = [str(year) for year in range(1950, 1950 + 2 * MOST_PAGES_IN_A_ROW)]
    for year in years:
        of_year = {"primary_release_date.gte": f"{year}-01-01"}
        api.spoil(BROKEN, times=9_999, path="/discover/movie", **of_year)

    with pytest.raises(ServerError):
        land_movies(api.tmdb(concurrency=1), store, years)

    failed = {dict(a.params).get("primary_release_date.gte") for a in api.asked} - {None}
    assert len(failed) <= MOST_PAGES_IN_A_ROW + 1


def test_a_damaged_note_of_unserved_pages_only_asks_again(api: Api, store: PageStore):
    for _ in range(2):
        land_movies(api.tmdb(), store, ["1999"])
    folder = "manifests/127.0.0.1/tmdb_movies/release_year=1999"
    for name in store.names(folder):
        store.write(f"{folder}/{name}", b"{cut")
    api.spoilers.clear()

    assert ids(land_movies(api.tmdb(), store, ["1999"]), "1999", movie_rows) == OF_1999


def test_tries_are_further_apart_each_time(api: Api, store: PageStore):
    moments: list[datetime] = [utc_now() + timedelta(days=day) for day in range(1, 16)]
    land_movies(api.tmdb(), store, ["1999"])

    tried = []
    for moment in moments:
        api.asked.clear()
        # Only as long as the other pages are young enough.
        options = LandingOptions(freshness=timedelta(days=100))
        land_movies(api.tmdb(), store, ["1999"], options, now=lambda at=moment: at)  # type: ignore[misc]
        tried.append("2" in pages_asked(api))

    assert [day for day, asked in enumerate(tried, start=1) if asked] == [1, 2, 4, 8]
