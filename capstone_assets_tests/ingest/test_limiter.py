"""No more requests in any window than an API allows, as the API counts them."""

import asyncio
from itertools import pairwise

import pytest
from starlette.responses import JSONResponse

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.limiter import RequestLimiter
from capstone_assets.ingest.loads import land_soundtracks
from capstone_assets.ingest.rows import release_rows
from capstone_assets.ingest.settings import RateLimit
from capstone_assets_tests.ingest.conftest import Serve, ids, release
from capstone_assets_tests.virtual_time import now, run_in_virtual_time


def most_in_a_window(moments: list[float], seconds: float) -> int:
    """The most moments in any window, whenever it begins."""
    return max(sum(begin <= at < begin + seconds for at in moments) for begin in moments)


def passing(limit: RateLimit | None, requests: int, at_once: int = 8) -> list[float]:
    """When each of so many requests passed."""

    async def run() -> list[float]:
        limiter = RequestLimiter(limit, now)
        moments: list[float] = []

        async def worker() -> None:
            while len(moments) < requests:
                async with limiter.place():
                    moments.append(now())

        await asyncio.gather(*(worker() for _ in range(at_once)))
        return moments[:requests]

    return run_in_virtual_time(run())


def test_no_window_ever_holds_more_than_its_limit():
    moments = passing(RateLimit(10, 0.4), 45)

    assert most_in_a_window(moments, 0.4) == 10


def test_requests_that_travel_slowly_never_crowd_the_server():
    """The server counts the first ten just before their answers, 0.3 s after they were sent."""

    async def run() -> list[float]:
        limiter = RequestLimiter(RateLimit(10, 0.4), now)
        arrivals: list[float] = []

        async def send(number: int) -> None:
            async with limiter.place():
                await asyncio.sleep(0.3 if number < 10 else 0)
                arrivals.append(now())

        await asyncio.gather(*(send(number) for number in range(45)))
        return sorted(arrivals)

    assert most_in_a_window(run_in_virtual_time(run()), 0.4) <= 10


def test_counted_from_sending_the_rate_does_not_depend_on_how_long_answers_take():
    async def run() -> float:
        limiter = RequestLimiter(RateLimit(20, 0.4, "sending"), now)
        began = now()

        async def send() -> None:
            async with limiter.place():
                await asyncio.sleep(0.3)

        await asyncio.gather(*(send() for _ in range(61)))
        return now() - began - 0.3

    # 61 requests need three whole windows before the last is sent.
    assert run_in_virtual_time(run()) == pytest.approx(3 * 0.4, abs=0.001)


def test_nearly_the_whole_allowance_is_used():
    moments = passing(RateLimit(20, 0.5), 81)

    # 81 requests need four whole windows between the first and the last.
    assert moments[-1] - moments[0] == pytest.approx(4 * 0.5, abs=0.001)


def test_without_a_limit_no_request_waits():
    moments = passing(None, 500)

    assert moments[-1] - moments[0] < 0.001


def test_the_server_sees_no_window_above_its_limit(serve: Serve, store: PageStore):
    api = serve(releases=[release(number) for number in range(1, 4501)])
    settings = api.discogs(limit=RateLimit(10, 0.6))

    landing = land_soundtracks("release", settings, store, ["1999"])

    assert ids(landing, "1999", release_rows) == list(range(1, 4501))
    assert landing.requests.made >= 45
    assert most_in_a_window([asked.at for asked in api.asked], 0.6) <= 10
    assert landing.requests.throttled == 0


def test_what_others_used_with_the_same_token_is_left_to_them():
    async def run() -> list[float]:
        limiter = RequestLimiter(RateLimit(10, 0.5), now)
        began = now()
        async with limiter.place():
            # The server has seen 7 requests in its window: 6 of another client.
            limiter.learn({"x-discogs-ratelimit-remaining": "3"})
        waits = []
        for _ in range(5):
            async with limiter.place():
                waits.append(now() - began)
        return waits

    waits = run_in_virtual_time(run())

    assert waits[2] < 0.001
    assert waits[3] == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("value", ["", "many", "-1", "60"])
def test_a_header_without_news_changes_nothing(value: str):
    async def run() -> float:
        limiter = RequestLimiter(RateLimit(10, 5), now)
        began = now()
        for _ in range(10):
            async with limiter.place():
                limiter.learn({"x-discogs-ratelimit-remaining": value})
        return now() - began

    assert run_in_virtual_time(run()) < 0.001


def test_while_held_no_request_passes():
    async def run() -> float:
        limiter = RequestLimiter(None, now)
        limiter.hold(0.3)
        async with limiter.place() as waited_seconds:
            return waited_seconds

    assert run_in_virtual_time(run()) == pytest.approx(0.3, abs=0.001)


def test_requests_pass_in_the_order_they_came():
    async def run() -> list[int]:
        limiter, order = RequestLimiter(RateLimit(2, 0.05), now), []

        async def pass_as(number: int) -> None:
            async with limiter.place():
                order.append(number)

        await asyncio.gather(*(pass_as(number) for number in range(9)))
        return order

    order = run_in_virtual_time(run())

    assert all(earlier < later for earlier, later in pairwise(order))


def test_a_refusal_by_discogs_that_names_no_time_is_waited_out(serve: Serve, store: PageStore):
    api = serve(releases=[release(number) for number in range(1, 301)])
    too_fast = JSONResponse({"message": "You are making requests too quickly."}, 429)
    api.spoil(too_fast, times=4, page="2")

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert (landing.rows_landed, landing.requests.throttled) == (300, 4)
