"""What a load does when an API misbehaves."""

import asyncio
import gzip
import logging
import pickle
import random
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from capstone_assets.emulator.faults import Fault, FaultKind
from capstone_assets.ingest.errors import (
    AuthenticationError,
    FirewallError,
    IngestError,
    NetworkError,
    NotFoundError,
    RejectedRequestError,
    ThrottledError,
)
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import land_movies, land_soundtracks
from capstone_assets.ingest.rows import movie_rows
from capstone_assets.ingest.settings import (
    LandingOptions,
    tmdb_settings,
)
from capstone_assets_tests.ingest.conftest import (
    DROPPED,
    IMPATIENT,
    TOKEN,
    Api,
    Serve,
    film,
    ids,
    release,
)

FILMS = [film(number) for number in range(1, 46)]
TOO_FAST = {"status_code": 25, "status_message": "Your request count is over the allowed limit."}


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(FILMS)


PASSING = {
    "a 429 with Retry-After": Response(status_code=429, headers={"retry-after": "0"}),
    "a 429 without": JSONResponse(TOO_FAST, 429),
    "a 500": JSONResponse({"message": "Query time exceeded."}, 500),
    "a 503 in HTML": HTMLResponse("<h1>Service Unavailable</h1>", 503),
    "a dropped connection": DROPPED,
    "a truncated body": Response('{"page": 1, "results": [{"id": 1, "ti'),
    "HTML instead of JSON": HTMLResponse("<html>Sorry</html>"),
    "a null": Response("null"),
    "a wrong type": JSONResponse({"total_results": 1, "total_pages": 1, "results": [{"id": "1"}]}),
    "a missing list": JSONResponse({"total_results": 45, "total_pages": 3}),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_costs_a_retry_and_no_row(fault: Response, api: Api, store: PageStore):
    api.spoil(fault, times=2, page="2")

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert ids(landing, "1999", movie_rows) == list(range(1, 46))
    assert (landing.requests.made, landing.requests.retried) == (5, 2)
    assert landing.requests.throttled == (2 if fault.status_code == 429 else 0)
    assert len(landing.page_files["1999"]) == 3


@pytest.mark.parametrize("share", [0.01, 0.1, pytest.param(0.3, marks=pytest.mark.slow)])
def test_whatever_share_of_answers_goes_wrong_repeated_loads_end_with_every_row(
    share: float, serve: Serve, store: PageStore
):
    chance, faults = random.Random(1982), list(PASSING.values())
    api = serve([film(number) for number in range(1, 2001)])
    api.spoilers.append(lambda _: chance.choice(faults) if chance.random() < share else None)

    def load(attempts_left: int = 20) -> Landing:
        try:
            return land_movies(api.tmdb(), store, ["1999"])
        except IngestError as error:
            if not attempts_left or "at 1999" not in str(error):
                raise
            return load(attempts_left - 1)

    assert ids(load(), "1999", movie_rows) == list(range(1, 2001))
    # A page that landed is never asked for again, however often the load has to start over.
    assert len(list(Path(store.root, "pages").rglob("*.gz"))) == 100


@pytest.mark.parametrize(
    ("fault", "error", "attempts"),
    [
        (JSONResponse(TOO_FAST, 429), ThrottledError, IMPATIENT.attempts),
        (JSONResponse({"status_message": "Invalid API key."}, 401), AuthenticationError, 1),
    ],
)
def test_a_fault_that_stays_is_one_error_that_names_the_slice_and_keeps_what_landed(
    fault: Response,
    error: type[IngestError],
    attempts: int,
    api: Api,
    store: PageStore,
):
    # From page 3 on nothing is served, the list that shows whether TMDB is up included.
    api.spoilers.append(
        lambda asked: None if dict(asked.params).get("page") in {"1", "2"} else fault
    )

    with pytest.raises(error) as raised:
        land_movies(api.tmdb(concurrency=1), store, ["1999"])

    text = str(raised.value)
    assert "tmdb_movies at 1999; 0 of 1 slices are complete" in text
    assert "page=3" in text
    assert sum(dict(asked.params).get("page") == "3" for asked in api.asked) == attempts
    # The next load asks only for what is lacking.
    api.spoilers.clear()
    before = len(api.asked)
    assert land_movies(api.tmdb(), store, ["1999"]).rows_landed == 45
    assert len(api.asked) == before + 1


@pytest.mark.parametrize(
    ("fault", "reason", "attempts"),
    [
        (JSONResponse({"message": "Too slow."}, 500), "'Too slow.'", IMPATIENT.attempts),
        (DROPPED, "no answer: RemoteProtocolError", IMPATIENT.attempts),
        (Response("{"), "cannot be read: it is not JSON", IMPATIENT.malformed_attempts),
        (JSONResponse({"status_message": "Invalid page."}, 400), "400: 'Invalid page.'", 1),
        (JSONResponse({"errors": ["page must be <= 500"]}, 422), "422: ", 1),
        (JSONResponse({"message": "That page does not exist."}, 404), "404: 'That page", 1),
        (Response(status_code=302, headers={"location": "/"}), "answered 302", 1),
    ],
)
def test_a_fault_of_one_page_that_stays_is_named_and_keeps_the_others(
    fault: Response, reason: str, attempts: int, api: Api, store: PageStore
):
    api.spoil(fault, times=99, page="3")

    landing = land_movies(api.tmdb(concurrency=1), store, ["1999"])

    assert "page=3" in landing.left_out[0]
    assert reason in landing.left_out[0]
    assert landing.rows_landed == 40
    assert sum(dict(asked.params).get("page") == "3" for asked in api.asked) == attempts
    # The next load asks only for what is lacking.
    api.spoilers.clear()
    before = len(api.asked)
    assert land_movies(api.tmdb(), store, ["1999"]).rows_landed == 45
    assert len(api.asked) == before + 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, RejectedRequestError), (422, RejectedRequestError), (404, NotFoundError)],
)
def test_a_question_that_is_refused_from_its_first_page_on_is_not_over_a_cap(
    status: int, error: type[IngestError], api: Api, store: PageStore
):
    api.spoil(JSONResponse({"status_message": "No."}, status), times=9, path="/discover/movie")

    with pytest.raises(error):
        land_movies(api.tmdb(), store, ["1999"])


def test_an_absent_server_is_a_network_error(store: PageStore):
    settings = tmdb_settings(TOKEN, "http://127.0.0.1:9/3")
    with pytest.raises(NetworkError, match="attempt 8: ConnectError"):
        land_movies(replace(settings, retry=IMPATIENT, limit=None), store, ["1999"])


def test_a_server_that_drips_is_given_up_in_time_and_asked_again(serve: Serve, store: PageStore):
    hang = Fault(path="/3/discover/movie", params={"page": "2"}, times=1, kind=FaultKind.HANG)
    api = serve(FILMS, faults=[hang])

    landing = land_movies(api.tmdb(timeout_seconds=0.3, concurrency=1), store, ["1999"])

    assert (landing.rows_landed, landing.requests.retried) == (45, 1)


@pytest.mark.parametrize(("failures", "warnings"), [(3, 0), (4, 1), (7, 1)])
def test_an_api_that_stays_silent_is_named_while_it_is_retried(
    failures: int, warnings: int, api: Api, store: PageStore, caplog: pytest.LogCaptureFixture
):
    api.spoil(DROPPED, times=failures, page="1")

    landing = land_movies(api.tmdb(concurrency=1), store, ["1999"])

    assert landing.rows_landed == 45
    said = [
        each.getMessage() for each in caplog.records if "Check the network" in each.getMessage()
    ]
    assert len(said) == warnings
    assert all("at attempt 4" in each and "Retrying up to" in each for each in said)


def test_retry_after_is_honored(api: Api, store: PageStore):
    api.spoil(Response(status_code=429, headers={"retry-after": "0.7"}), page="1")

    land_movies(api.tmdb(), store, ["1999"])

    first, second = [asked.at for asked in api.asked if dict(asked.params)["page"] == "1"]
    # Its own pauses would be at most 0.05 s.
    assert second - first >= 0.7


def test_after_a_429_every_request_waits(api: Api, store: PageStore):
    api.spoil(Response(status_code=429, headers={"retry-after": "0.5"}), page="2")
    land_movies(api.tmdb(concurrency=1), store, ["1999"])

    throttled = next(asked.at for asked in api.asked if dict(asked.params)["page"] == "2")
    assert all(asked.at - throttled >= 0.5 for asked in api.asked if asked.at > throttled)


def test_a_retry_after_of_an_hour_fails_at_once(api: Api, store: PageStore):
    api.spoil(Response(status_code=429, headers={"retry-after": "3600"}), times=9)

    with pytest.raises(ThrottledError, match=r"asking to wait 3,600 s.*Retrying helps, later"):
        land_movies(api.tmdb(), store, ["1999"])
    assert len(api.asked) == 1


def test_every_request_says_who_asks(serve: Serve, store: PageStore):
    api = serve(FILMS, [release(1)])
    land_movies(api.tmdb(), store, ["1999"])
    land_soundtracks("release", api.discogs(), store, ["1999"])

    assert {asked.headers["user-agent"].split("/")[0] for asked in api.asked} == {"capstone-assets"}
    assert {asked.headers["authorization"] for asked in api.asked} == {
        f"Bearer {TOKEN}",
        f"Discogs token={TOKEN}",
    }


def test_the_token_is_nowhere_but_in_its_header(
    api: Api, store: PageStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    # A server that echoes the request must not get the key into our messages.
    echo = JSONResponse({"status_message": f"Invalid API key: {TOKEN}"}, 401)
    said = []
    for fault in (echo, JSONResponse({"message": TOKEN}, 500), DROPPED, Response(f'{{"{TOKEN}')):
        api.spoil(fault, times=99)
        with pytest.raises(IngestError) as raised:
            land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))
        said += ["".join(traceback.format_exception(raised.value)), repr(raised.value)]
        said.append(str(pickle.dumps(raised.value)))
        # What httpx raises holds the request; ours does not.
        assert isinstance(raised.value.__context__, IngestError | None)
        api.spoilers.clear()
        if fault is not echo:
            api.spoil(fault, times=99, page="2")
            said.append(str(land_movies(api.tmdb(), store, ["1999"])))
            api.spoilers.clear()
    land_movies(api.tmdb(), store, ["1999"], LandingOptions(refresh=True))

    settings = api.tmdb()
    said += [repr(settings), caplog.text, *(asked.url for asked in api.asked)]
    said += [str(record.__dict__) for record in caplog.records]
    assert len(caplog.records) > 20
    assert not [text for text in said if TOKEN in text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        opened = gzip.decompress(content) if path.suffix == ".gz" else content
        assert TOKEN not in str(path)
        assert TOKEN.encode() not in opened


def test_a_load_works_where_an_event_loop_is_already_running(api: Api, store: PageStore):
    async def notebook_cell() -> int:
        return land_movies(api.tmdb(), store, ["1999"]).rows_landed

    assert asyncio.run(notebook_cell()) == 45


@pytest.mark.parametrize("status", [401, 403])
def test_a_firewalls_page_is_not_taken_for_a_refusal_of_the_token(
    status: int, serve: Serve, store: PageStore
):
    api = serve([film(1)])
    page = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>"
    api.spoil(HTMLResponse(page, status), times=99)

    with pytest.raises(
        FirewallError, match=r"Attention Required! \| Cloudflare.*may help"
    ) as caught:
        land_movies(api.tmdb(), store, ["1999"])
    assert "token" not in str(caught.value)


def test_a_firewall_that_lets_the_next_request_pass_costs_nothing(serve: Serve, store: PageStore):
    api = serve([film(1)])
    api.spoil(HTMLResponse("", 403), times=IMPATIENT.malformed_attempts - 1)

    assert land_movies(api.tmdb(), store, ["1999"]).rows_landed == 1


def test_a_refused_token_of_tmdb_is_answered_with_where_the_right_one_stands(
    serve: Serve, store: PageStore
):
    api = serve([film(1)])
    refusal = JSONResponse({"status_code": 7, "status_message": "Invalid API key."}, 401)
    api.spoil(refusal, times=99)

    with pytest.raises(AuthenticationError, match=r"'API Read Access Token'.*v3 'API Key'"):
        land_movies(api.tmdb(), store, ["1999"])
