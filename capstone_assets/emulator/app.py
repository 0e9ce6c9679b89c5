"""Both APIs as one Starlette app over a catalog.

Belongs here: the paths of each API, and the order of the middleware.
Not here: the APIs' responses (tmdb.py, discogs.py), the process and its port (server.py).

TMDB is below /3, Discogs is everything else; / and /healthz describe what is served.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from capstone_assets.emulator.answers import Answer, Refusal, refuse
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.emulator.discogs import Discogs, DiscogsGate
from capstone_assets.emulator.faults import Fault, FaultInjector, FaultPlan
from capstone_assets.emulator.tmdb import Tmdb, TmdbGate


def create_app(
    catalog: Catalog,
    *,
    enforce_limits: bool = False,
    time_scale: float = 1.0,
    latency_ms: int = 0,
    faults: Sequence[Fault] | None = None,
    today: date | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Make the app.

    Args:
        catalog: what is served.
        enforce_limits: whether too many requests get a 429, as from the real APIs.
        time_scale: how many times faster than real the limits' time passes, above 0.
        latency_ms: milliseconds that every response of the APIs is delayed.
        faults: requests that go wrong; none by default.
        today: the day that "lately changed" and "released" refer to; by default today's, in UTC.
        clock: seconds, for the limits; tests bring their own.
    """
    plan = FaultPlan(faults or ())

    def scaled_clock() -> float:
        return clock() * time_scale

    def gates(gate: type[TmdbGate] | type[DiscogsGate]) -> list[Middleware]:
        return [
            Middleware(Latency, seconds=latency_ms / 1000),
            Middleware(gate, clock=scaled_clock, enforce_limits=enforce_limits),
            # Inside the gate: an API that fails has still counted the request.
            Middleware(FaultInjector, plan=plan),
        ]

    async def health(_: Request) -> Response:
        served = {
            "films": len(catalog.films),
            "releases": len(catalog.releases),
            "masters": len(catalog.masters),
        }
        return Answer({"status": "ok", **served})

    tmdb = Tmdb(catalog, lambda: today or datetime.now(UTC).date())
    return Starlette(
        routes=[
            Route("/", health),
            Route("/healthz", health),
            Mount("/3", routes=tmdb.routes(), middleware=gates(TmdbGate)),
            Mount("/", routes=Discogs(catalog).routes(), middleware=gates(DiscogsGate)),
        ],
        exception_handlers={Refusal: refuse},
    )


class Latency:
    """Delay every request, as a distant server would."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then pass the request on."""
        if self._seconds:
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)
