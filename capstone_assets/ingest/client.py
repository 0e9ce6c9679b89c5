"""Send an API requests from many tasks at once, within its rate limit and with retries.

Belongs here: sending, rate, retry, counting, and turning every failure into one of our errors.
Not here: the queries (tmdb.py, discogs.py) and storing responses (landing.py, slices.py).
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from capstone_assets.ingest.errors import (
    AuthenticationError,
    FirewallError,
    IngestError,
    MalformedResponseError,
    NetworkError,
    NotFoundError,
    OverTheCapError,
    RejectedRequestError,
    ServerError,
    ThrottledError,
)
from capstone_assets.ingest.limiter import RequestLimiter
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import UnreadableBodyError, decode
from capstone_assets.ingest.settings import ApiSettings

T = TypeVar("T")
log = logging.getLogger(__name__)
# By then some seconds have passed in which a person sees nothing happen.
_ATTEMPTS_BEFORE_A_WARNING = 4
# The APIs' messages for a missing item; for an unknown path they have others.
_TMDB_CODE_OF_GONE = 34
_DISCOGS_MESSAGES_OF_GONE = ("Release not found.", "Master Release not found.")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class BudgetSpentError(IngestError):
    """The load has used up `max_requests`; it ends normally."""


@dataclass
class RequestCounts:
    """The requests of a load. `retried` and `throttled` are part of `made`."""

    made: int = 0
    retried: int = 0
    throttled: int = 0
    unfetched: int = 0  # Items that the API did not serve in any attempt.
    from_cache: int = 0  # Pages, and films' details, that were landed before.
    bytes_received: int = 0  # Of bodies, uncompressed.
    waited_seconds: float = 0.0  # Waiting, summed over all workers.

    def __add__(self, other: "RequestCounts") -> "RequestCounts":
        """The counts of two loads."""
        mine, others = asdict(self), asdict(other)
        return RequestCounts(**{name: mine[name] + others[name] for name in mine})


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A readable response: the raw `body`, and the parsed `value`."""

    status: int
    body: bytes
    value: T
    fetched_at: datetime


class ApiClient:
    """One API over a few connections, each used for one request at a time; use as `async with`."""

    def __init__(self, settings: ApiSettings, max_requests: int | None = None) -> None:
        self.settings = settings
        self.counts = RequestCounts()
        self._max_requests = max_requests
        self._has_warned = False
        self._limiter = RequestLimiter(settings.limit)
        # A loader that lands single pages holds it until its page has landed, so that a kill costs
        # no more pages than there are connections.
        self.page_in_hand = asyncio.Semaphore(settings.concurrency)
        # One client for each connection: a shared pool checks every idle connection for every
        # request, which took two thirds of the time. Last in, first out, so that few stay open.
        self._idle: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        self._connections = _connections(settings)
        for connection in self._connections:
            self._idle.put_nowait(connection)

    @property
    def wait_seconds(self) -> float:
        """How long the next request waits for the rate limit."""
        return self._limiter.wait_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._connections:
            await connection.aclose()

    async def ask(
        self,
        query: Query,
        read: Callable[[Any], T],
        page: int | None = None,
        missing: T | None = None,
        attempts: int | None = None,
    ) -> Answer[T]:
        """Send a query until a response can be parsed by `read`, or retrying cannot help.

        With `missing`, a 404 is a response with that value. `attempts` defaults to that of the
        retry settings. Raises an IngestError, named for its cause, when retrying does not help or
        has not helped, and BudgetSpentError.
        """
        if page is not None:
            query = query.with_params(page=str(page))
        last = attempts or self.settings.retry.attempts
        connection = await self._idle.get()
        try:
            for attempt, pause in zip(range(1, last), self.settings.retry.pauses(), strict=False):
                outcome = await self._attempt(connection, query, read, missing, attempt)
                if isinstance(outcome, Answer):
                    return outcome
                await self._prepare_retry(outcome, attempt, pause)
            outcome = await self._attempt(connection, query, read, missing, last)
        finally:
            self._idle.put_nowait(connection)
        if isinstance(outcome, IngestError):
            raise outcome
        return outcome

    async def _prepare_retry(self, failure: IngestError, attempt: int, pause: float) -> None:
        retry = self.settings.retry
        match failure:
            case ThrottledError(retry_after_seconds=seconds):
                if seconds and seconds > retry.longest_retry_after_seconds:
                    raise failure
                pause = max(pause, seconds or 0.0)
                self._limiter.hold(pause)
            case MalformedResponseError() | FirewallError() if attempt < retry.malformed_attempts:
                pass
            case ServerError() | NetworkError():
                pass
            case _:
                raise failure
        self.counts.retried += 1
        self.counts.waited_seconds += pause
        if attempt == _ATTEMPTS_BEFORE_A_WARNING and not self._has_warned:
            self._has_warned = True
            log.warning("%s Retrying up to %d times.", failure, retry.attempts - attempt)
        await asyncio.sleep(pause)

    async def _attempt(
        self,
        connection: httpx.AsyncClient,
        query: Query,
        read: Callable[[Any], T],
        missing: T | None,
        attempt: int,
    ) -> Answer[T] | IngestError:
        """Send one request; a failure is returned, not raised, so that it has no context.

        An httpx error holds the request with its headers, and so the token.
        """
        url, params = self.settings.base_url + query.path, dict(query.params)
        try:
            async with self._limiter.place() as waited_seconds:
                self.counts.waited_seconds += waited_seconds
                self._spend_one_request()
                async with asyncio.timeout(self.settings.timeout_seconds):
                    response = await connection.get(url, params=params)
        except TimeoutError:
            reason = f"not complete after {self.settings.timeout_seconds:g} s"
            return NetworkError(query.source, query.endpoint, reason, attempt)
        except (httpx.TransportError, httpx.DecodingError) as error:
            reason = self._without_token(f"{type(error).__name__} {error}".strip())
            return NetworkError(query.source, query.endpoint, reason, attempt)
        fetched_at = datetime.now(UTC)
        self._limiter.learn(response.headers)
        self.counts.bytes_received += len(response.content)
        if missing is not None and _says_missing(response):
            return Answer(404, response.content, missing, fetched_at)
        if response.status_code != 200:
            return self._failure(query, response, attempt)
        try:
            value = read(decode(response.content))
        except UnreadableBodyError as error:
            faults = tuple(map(self._without_token, error.faults))
            return MalformedResponseError(query.endpoint, faults)
        return Answer(200, response.content, value, fetched_at)

    def _spend_one_request(self) -> None:
        if self._max_requests is not None and self.counts.made >= self._max_requests:
            raise BudgetSpentError
        self.counts.made += 1

    def _failure(self, query: Query, response: httpx.Response, attempt: int) -> IngestError:
        source, endpoint, status = query.source, query.endpoint, response.status_code
        message = self._without_token(_message(response))
        match status:
            case 401 | 403 if not _is_json_object(response):
                heading = self._without_token(_heading(response.text))
                return FirewallError(source, endpoint, status, heading, attempt)
            case 401 | 403:
                return AuthenticationError(source, endpoint, status)
            case 400 | 404 | 422 if int(dict(query.params).get("page", "1")) > 1:
                return OverTheCapError(source, endpoint, status, message)
            case 404:
                return NotFoundError(source, endpoint)
            case 429:
                self.counts.throttled += 1
                return ThrottledError(source, endpoint, attempt, _retry_after(response.headers))
            case _ if status >= 500:
                return ServerError(source, endpoint, status, message, attempt)
            case _:
                return RejectedRequestError(source, endpoint, status, message)

    def _without_token(self, text: str) -> str:
        return text.replace(self.settings.token, "***")


def _connections(settings: ApiSettings) -> list[httpx.AsyncClient]:
    # A proxy from the environment cannot reach the emulator on this machine.
    trust_env = urlsplit(settings.base_url).hostname not in _LOOPBACK
    certificates = httpx.create_ssl_context(trust_env=trust_env)
    return [
        httpx.AsyncClient(
            headers=settings.headers,
            timeout=settings.timeout_seconds,
            limits=httpx.Limits(max_connections=1),
            verify=certificates,
            trust_env=trust_env,
        )
        for _ in range(settings.concurrency)
    ]


async def together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Return the results of all coroutines in order; the first error cancels the others.

    A spent budget cancels nothing: requests under way have been counted already.
    """

    async def within_budget(each: Coroutine[Any, Any, T]) -> T | BudgetSpentError:
        try:
            return await each
        except BudgetSpentError as error:
            return error

    tasks = [asyncio.ensure_future(within_budget(each)) for each in work]
    try:
        outcomes = await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    results = [each for each in outcomes if not isinstance(each, BudgetSpentError)]
    if len(results) < len(outcomes):
        raise BudgetSpentError
    return results


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _message(response: httpx.Response) -> str:
    """The API's error message, in at most 200 characters."""
    try:
        body = decode(response.content)
        text = body.get("status_message") or body.get("message") or body.get("errors")
    except (UnreadableBodyError, AttributeError):
        text = None
    return str(text or response.text)[:200]


def _is_json_object(response: httpx.Response) -> bool:
    """Whether the API itself sent a response: both send JSON objects, also for errors."""
    try:
        return isinstance(decode(response.content), dict)
    except UnreadableBodyError:
        return False


def _heading(page: str) -> str:
    """The title of an HTML page, or its beginning."""
    title = re.search(r"<title[^>]*>([^<]*)", page, re.IGNORECASE)
    return (title[1] if title else page).strip()[:80]


def _says_missing(response: httpx.Response) -> bool:
    """Whether a 404 means that an item is gone; one from a wrong base URL or a proxy does not."""
    if response.status_code != 404:
        return False
    try:
        said = decode(response.content)
    except UnreadableBodyError:
        return False
    return isinstance(said, dict) and (
        said.get("status_code") == _TMDB_CODE_OF_GONE
        or said.get("message") in _DISCOGS_MESSAGES_OF_GONE
    )
