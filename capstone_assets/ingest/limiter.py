"""Wait one's turn: no more requests in any window than an API allows.

Belongs here: the moving window, what the server's headers say about it, and the pause after a 429.
Not here: sending (client.py), the limits themselves (settings.py).
"""

import asyncio
import time
from collections.abc import Mapping

from pyrate_limiter import (
    InMemoryBucket,
    Limiter,
    MonotonicClock,
    Rate,
    RateItem,
    SingleBucketFactory,
)

from capstone_assets.ingest.settings import RateLimit

_CLOCK = MonotonicClock()  # The bucket's own.


class RequestLimiter:
    """Let requests pass in the order they came, at most `limit.requests` in any window.

    Without a limit nothing waits, except after `hold`.
    """

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._turn = asyncio.Lock()
        self._held_until = 0.0
        if limit:
            window_ms = round((limit.window_seconds + limit.slack_seconds) * 1000)
            self._bucket = InMemoryBucket([Rate(limit.requests, window_ms)])
            # No thread that empties the bucket behind our back: `_forget_old` does it.
            factory = SingleBucketFactory(self._bucket, schedule_leak=False)
            self._limiter = Limiter(factory, buffer_ms=1)

    async def wait(self) -> float:
        """Return when the next request may be sent, with the seconds waited."""
        began = time.monotonic()
        async with self._turn:
            await self._take_a_slot()
            while (pause := self._held_until - time.monotonic()) > 0:
                await asyncio.sleep(pause)
                # The slot taken before the pause may have left the window by now.
                await self._take_a_slot()
        return time.monotonic() - began

    def hold(self, seconds: float) -> None:
        """Let nobody pass for so long: a refused request would only be refused again."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the server's count for true when it is higher than ours.

        Another process may use the same token, or this one may have been killed and begun again:
        Discogs sends no Retry-After, so its Remaining header is the only warning before a 429.
        """
        remaining = headers.get("x-discogs-ratelimit-remaining", "")
        if not self._limit or not remaining.isdecimal():
            return
        self._forget_old()
        free = self._limit.requests - self._bucket.count()
        if (used_by_others := free - int(remaining)) > 0:
            self._bucket.put(RateItem("others", _CLOCK.now(), weight=used_by_others))

    async def _take_a_slot(self) -> None:
        if self._limit:
            self._forget_old()
            await self._limiter.try_acquire_async("request")

    def _forget_old(self) -> None:
        self._bucket.leak(_CLOCK.now())
