"""Reading a slice page by page: second looks, what is fresh enough, what never comes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.rows import movie_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets_tests.ingest.conftest import FILMS_OF_1999, Serve, bodies, film, ids


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


def test_an_interrupted_refresh_resumes_where_it_stopped(serve: Serve, store: PageStore):
    api = serve(FILMS_OF_1999)
    land_movies(api.tmdb(), store, ["1999"])
    land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True, max_requests=2))

    rest = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))
    another = land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))

    assert (rest.requests.made, rest.rows_landed) == (1, 45)
    assert another.requests.made == 3


def test_pages_of_one_origin_are_never_taken_for_those_of_another(serve: Serve, store: PageStore):
    one, other = serve([film(1)]), serve([film(2)])

    land_movies(one.tmdb(origin="one"), store, ["1999"])
    landing = land_movies(other.tmdb(origin="other"), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == [2]


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
