"""How to reach each API, and how much a load requests.

Belongs here: frozen settings with their units, defaults and reasons.
Not here: reading the environment (environment.py, orchestration/resources/) and acting on the
settings (client.py, loads.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import uniform
from typing import Literal
from urllib.parse import urlsplit

from capstone_assets import __version__
from capstone_assets.ingest.errors import IngestSettingsError

TMDB_URL = "https://api.themoviedb.org/3"
DISCOGS_URL = "https://api.discogs.com"
Source = Literal["tmdb", "discogs"]


@dataclass(frozen=True)
class RateLimit:
    """At most `requests` in any `window_seconds`, wherever the window begins.

    Counted from its response on, a request never exceeds the server's window, whatever delayed it;
    but each window grows by the time of a response, which matters where it is a second long.
    Counted from its sending on, the rate is exact, but delayed requests may crowd at the server.
    """

    requests: int
    window_seconds: float
    counted_from: Literal["answer", "sending"] = "answer"

    def __post_init__(self) -> None:
        if self.requests < 1 or self.window_seconds <= 0:
            raise IngestSettingsError(f"{self} allows nothing: it needs a request and a window.")


@dataclass(frozen=True)
class RetrySettings:
    """How often and after which pauses a request is retried.

    The seven pauses of the default add up to at least 61.5 s: Discogs counts a request for 60 s and
    does not say when to retry.
    """

    attempts: int = 8
    malformed_attempts: int = 5  # A new format stays so when retried; a truncated body does not.
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    jitter: float = 0.25  # Up to a quarter more, so that workers do not retry in step.
    longest_retry_after_seconds: float = 300.0  # A longer Retry-After fails the load instead.

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.malformed_attempts < 1:
            raise IngestSettingsError(
                f"{self} never sends a request: it needs at least one attempt."
            )

    def pauses(self) -> Iterator[float]:
        """Seconds to wait before the second, third, ... attempt."""
        for retry in range(self.attempts - 1):
            pause = min(self.first_pause_seconds * 2**retry, self.longest_pause_seconds)
            yield pause * uniform(1, 1 + self.jitter)


@dataclass(frozen=True)
class ApiSettings:
    """How to reach one API.

    `limit=None` sends requests as fast as responses arrive. `origin` names the source of pages, so
    that pages of one origin are never taken for another's (the emulator's for the real API's). It
    defaults to the URL's host. `looks` is how often a page with missing rows is requested before it
    is accepted.
    """

    source: Source
    token: str = field(repr=False)
    base_url: str
    limit: RateLimit | None
    concurrency: int
    timeout_seconds: float = 30.0  # For a whole response: a server that drips bytes is late, too.
    retry: RetrySettings = RetrySettings()
    looks: int = 2
    origin: str = ""

    def __post_init__(self) -> None:
        # A header with an unusual byte fails deep in the HTTP library, in a message that quotes it.
        if not re.fullmatch(r"[!-~]+", self.token):
            raise IngestSettingsError(
                f"The token for {self.source} is empty or has a character that no token has "
                f"({len(self.token)} characters). Check the variable that it comes from."
            )
        url = urlsplit(self.base_url)
        if (
            url.scheme not in {"http", "https"}
            or not url.hostname
            or url.query
            or "@" in url.netloc
        ):
            raise IngestSettingsError(
                f"The base URL for {self.source} must look like {TMDB_URL}, with no user, password "
                "or query in it."
            )
        if self.concurrency < 1 or self.timeout_seconds <= 0:
            raise IngestSettingsError(
                f"{self!r} cannot send requests: concurrency and timeout must be positive."
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        if not self.origin:
            object.__setattr__(self, "origin", url.hostname)

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request; the token travels here and nowhere else."""
        scheme = "Bearer " if self.source == "tmdb" else "Discogs token="
        return {
            "Authorization": scheme + self.token,
            "User-Agent": f"capstone-assets/{__version__}",  # Discogs refuses requests without one.
            "Accept": "application/json",
        }


def tmdb_settings(token: str, base_url: str = TMDB_URL) -> ApiSettings:
    """TMDB: it allows about 40 requests a second; 30 leave room for delays and for other clients.

    Three in a tenth of a second, because 30 at once, slightly delayed, meet the next 30 there.
    """
    limit = RateLimit(3, 0.1, "sending")
    return ApiSettings("tmdb", token, base_url, limit, concurrency=32, looks=5)


def discogs_settings(token: str, base_url: str = DISCOGS_URL) -> ApiSettings:
    """Discogs: 60 requests in any 60 s; few at once, because it is slow under load.

    Two looks: its counts include deleted releases, so a short page is mostly correct, and another
    look costs a second.
    """
    return ApiSettings("discogs", token, base_url, RateLimit(60, 60.0), concurrency=6)


@dataclass(frozen=True)
class LandingOptions:
    """How much to request, and up to which age landed pages are used again.

    `refresh` ignores cached pages and keeps them; when it is interrupted, the next refresh resumes
    where it stopped. `max_requests` ends the load early; `min_votes` and `min_popularity` leave out
    films below them. `changed` maps a film to the moment (UTC) up to which its details are stale.
    TMDB pages older than `retention` are fetched again, and the old ones are deleted.
    """

    freshness: timedelta = timedelta(days=7)
    # TMDB's terms forbid keeping its data for more than six months.
    retention: timedelta = timedelta(days=180)
    refresh: bool = False
    max_requests: int | None = None
    min_votes: int = 0
    min_popularity: float = 0.0
    changed: Mapping[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_requests is not None and self.max_requests < 0:
            raise IngestSettingsError(
                f"max_requests is {self.max_requests}; it cannot be negative."
            )
        if self.retention <= timedelta():
            raise IngestSettingsError(
                f"retention is {self.retention}; nothing could be kept at all."
            )
        if self.min_votes < 0 or self.min_popularity < 0:
            raise IngestSettingsError("min_votes and min_popularity cannot be negative.")
