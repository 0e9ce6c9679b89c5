"""A real HTTP server on loopback that answers as the APIs do, remembers and can be spoiled."""

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.settings import (
    ApiSettings,
    RetrySettings,
    discogs_settings,
    tmdb_settings,
)

TOKEN = "sesame-0123456789"
IMPATIENT = RetrySettings(first_pause_seconds=0.01, longest_pause_seconds=0.05)


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    path: str
    params: tuple[tuple[str, str], ...]
    url: str
    headers: dict[str, str]
    at: float

    @property
    def question(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        return self.path, self.params


Spoiler = Callable[[Asked], Response | None]


@dataclass
class Api:
    """The server: where it is, what it was asked, what goes wrong next."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    spoilers: list[Spoiler] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)  # Parameters that the server does not know.
    app: Starlette = field(default_factory=Starlette)

    def show(self, catalog: Catalog, **how: Any) -> None:
        """Serve another catalog from now on."""
        self.app = create_app(catalog, **how)

    def spoil(self, response: Response, times: int = 1, path: str = "", **params: str) -> None:
        """Give this answer to the next `times` requests of the path with these parameters."""
        left = [times]

        def spoiler(asked: Asked) -> Response | None:
            fits = asked.path.endswith(path) and params.items() <= dict(asked.params).items()
            if not fits or not left[0]:
                return None
            left[0] -= 1
            return response

        self.spoilers.append(spoiler)

    def times_asked(self) -> Counter[tuple[str, tuple[tuple[str, str], ...]]]:
        return Counter(asked.question for asked in self.asked)

    def tmdb(self, **changed: Any) -> ApiSettings:
        return _quick(tmdb_settings(TOKEN, f"{self.url}/3"), changed)

    def discogs(self, **changed: Any) -> ApiSettings:
        return _quick(discogs_settings(TOKEN, self.url), changed)


def _quick(settings: ApiSettings, changed: dict[str, Any]) -> ApiSettings:
    return replace(settings, **{"limit": None, "retry": IMPATIENT, "timeout_seconds": 5} | changed)


class _Dropped(Response):
    """Promises more than it sends, so the connection breaks in the middle of the body."""

    def __init__(self) -> None:
        super().__init__(b'{"page": 1, "res', headers={"content-length": "5000"})


DROPPED = _Dropped()


@contextmanager
def serving(catalog: Catalog, **how: Any) -> Iterator[Api]:
    """Serve a catalog until the block ends."""
    api = Api("")
    api.show(catalog, **how)

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            asked = Asked(
                request.url.path,
                tuple(sorted(request.query_params.items())),
                str(request.url),
                dict(request.headers),
                time.monotonic(),
            )
            api.asked.append(asked)
            for spoiler in api.spoilers:
                if response := spoiler(asked):
                    await response(scope, receive, send)
                    return
            known = [(name, value) for name, value in asked.params if name not in api.ignored]
            scope = {**scope, "query_string": urlencode(known).encode()}
        await api.app(scope, receive, send)

    config = uvicorn.Config(recording, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    api.url = f"http://127.0.0.1:{port}"
    try:
        yield api
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()


Serve = Callable[..., Api]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve films, releases and masters until the test ends."""
    with ExitStack() as open_servers:

        def start(
            films: Sequence[dict[str, Any]] = (),
            releases: Sequence[dict[str, Any]] = (),
            masters: Sequence[dict[str, Any]] = (),
            changes: Sequence[dict[str, Any]] = (),
            **how: Any,
        ) -> Api:
            catalog = Catalog(list(films), list(releases), list(masters), [], list(changes))
            return open_servers.enter_context(serving(catalog, **how))

        yield start


@pytest.fixture
def store(tmp_path: Any) -> PageStore:
    return PageStore(tmp_path / "lake")


def film(film_id: int, release_date: str = "1999-05-01", **more: Any) -> dict[str, Any]:
    return {"id": film_id, "title": f"Film {film_id}", "release_date": release_date} | more


def release(release_id: int, year: str | None = "1999", **more: Any) -> dict[str, Any]:
    plain = {"genre": ["Stage & Screen"], "style": ["Soundtrack"], "format": ["CD", "Album"]}
    title = f"Composer {release_id} - Film {release_id}"
    return {"id": release_id, "title": title, "year": year, "country": "US"} | plain | more


def landed_lines(landing: Landing, year: str) -> list[tuple[str, str]]:
    """Every line of a slice's files, with its file."""
    return [
        (line, path)
        for path in landing.page_files[year]
        for line in gzip.open(path, "rt", encoding="utf-8").read().rstrip("\n").split("\n")
    ]


def bodies(landing: Landing, year: str) -> list[dict[str, Any]]:
    return [json.loads(line)["body"] for line, _ in landed_lines(landing, year)]


def ids(landing: Landing, year: str, read: Any) -> list[int]:
    """Ids of a slice's rows, each once."""
    found = {row["id"] for line, path in landed_lines(landing, year) for row in read(line, path)}
    return sorted(found)


FILMS_OF_1999 = [film(number, f"1999-{1 + number % 12:02}-11") for number in range(1, 46)]
