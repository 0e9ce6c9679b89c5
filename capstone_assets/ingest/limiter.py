"""Limit requests: no more in any window than an API allows.

Belongs here: the moving window, reading the server's rate headers, and the pause after a 429.
Not here: sending (client.py), the limits themselves (settings.py).

A library's window begins when it lets a request pass. A request that then travels slowly is counted
later by the server, so the next ones come too early for it: pyrate-limiter let a server see 14
requests in a window of 10 on a busy machine. Here a request can hold its place until its response
arrives, and its window begins only then: whenever the server counted it, its window ends no later
than ours.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from math import inf

from capstone_assets.ingest.settings import RateLimit


class RequestLimiter:
    """Let requests pass in order of arrival, at most `limit.requests` in any window.

    Without a limit nothing waits, except after `hold`.
    """

    def __init__(
        self, limit: RateLimit | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()
        self._held_until = -inf
        self._under_way = 0
        self._counted: deque[float] = deque()  # When the places taken began to count, oldest first.

    @asynccontextmanager
    async def place(self) -> AsyncIterator[float]:
        """A place for one request, held until its response; yields the seconds waited."""
        began = self._clock()
        async with self._turn:
            while (pause := self._seconds_until_room()) > 0:
                self._answered.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), min(pause, 3600))
            self._take()
        try:
            yield self._clock() - began
        finally:
            self._leave()

    def hold(self, seconds: float) -> None:
        """Block all requests for this long: a refused request would only be refused again."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    @property
    def wait_seconds(self) -> float:
        """How long the next request waits for a place, or for the end of a hold; 0 for neither.

        A place that a request under way will free does not count: it has no known time.
        """
        pause = self._seconds_until_room()
        return max(0.0, pause) if pause < inf else 0.0

    def learn(self, headers: Mapping[str, str]) -> None:
        """Adopt the server's count when it is higher than ours.

        Another process may use the same token, or this one may have been killed and restarted:
        Discogs sends no Retry-After, so its Remaining header is the only warning before a 429.
        """
        remaining = headers.get("x-discogs-ratelimit-remaining", "")
        if self._limit and remaining.isdecimal():
            used_by_others = self._room() - int(remaining)
            self._counted.extend([self._clock()] * max(0, used_by_others))

    def _take(self) -> None:
        if self._limit and self._limit.counted_from == "sending":
            self._counted.append(self._clock())
        elif self._limit:
            self._under_way += 1

    def _leave(self) -> None:
        if self._limit and self._limit.counted_from == "answer":
            self._under_way -= 1
            self._counted.append(self._clock())
        self._answered.set()

    def _seconds_until_room(self) -> float:
        held = self._held_until - self._clock()
        if held > 0 or not self._limit or self._room() > 0:
            return held
        if not self._counted:  # All places are held by requests under way.
            return inf
        return self._counted[0] + self._limit.window_seconds - self._clock()

    def _room(self) -> int:
        assert self._limit
        while self._counted and self._clock() - self._counted[0] >= self._limit.window_seconds:
            self._counted.popleft()
        return self._limit.requests - self._under_way - len(self._counted)
