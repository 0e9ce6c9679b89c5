"""Decide when to request a failed item again, and whether only this item fails.

Belongs here: the growing interval between tries, and distinguishing one bad item from an outage.
Not here: retries within a load (client.py), keeping the notes (details.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from capstone_assets.ingest.client import ApiClient, BudgetSpentError
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
from capstone_assets.ingest.query import Query

# The first failure may be transient, so the next run retries; then after a day, two, four.
_FIRST_DISTANCE = timedelta(days=1)
_LONGEST_DISTANCE = timedelta(days=32)
# Enough to get past a momentary fault; an API that is down is noticed in 2 s.
_ATTEMPTS = 3
# This many new failures in a row, with no film served, mean that the endpoint itself fails.
MOST_IN_A_ROW = 25
# Pages of lists are fewer, and retried for longer before they fail.
MOST_PAGES_IN_A_ROW = 10


@dataclass(frozen=True)
class Unserved:
    """An item that was not served in `times` loads; `reason` is of the last."""

    times: int
    last_asked_at: datetime
    reason: str

    @property
    def next_at(self) -> datetime:
        """When it is requested again; the interval doubles each time, up to 32 days."""
        if self.times < 2:
            return self.last_asked_at
        doubled: timedelta = _FIRST_DISTANCE * 2 ** min(self.times - 2, 10)
        return self.last_asked_at + min(doubled, _LONGEST_DISTANCE)

    def is_due(self, now: datetime) -> bool:
        """Whether to request it again; a last time in the future is ignored."""
        return now >= self.next_at or self.last_asked_at > now

    def sentence(self) -> str:
        """What happened and when it is tried again."""
        again = "the next run" if self.times < 2 else f"the first run after {self.next_at:%F %H:%M}"
        tries = "1 run" if self.times == 1 else f"{self.times} runs"
        return f"{self.reason} (tried in {tries}); {again} fetches it again."

    def to_json(self) -> dict[str, Any]:
        """The content of a manifest."""
        return {
            "times": self.times,
            "last_asked_at": self.last_asked_at.isoformat(),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Raises KeyError, TypeError or ValueError if the content is damaged."""
        moment = datetime.fromisoformat(content["last_asked_at"])
        return cls(int(content["times"]), moment.astimezone(UTC), str(content["reason"]))


class Outage:
    """Distinguishes, in one load, one failing item from an API that is down.

    An API that is up answers the `probe` with a body that `read` accepts.
    """

    def __init__(
        self,
        client: ApiClient,
        probe: Query,
        read: Callable[[Any], Any],
        most_in_a_row: int = MOST_IN_A_ROW,
    ) -> None:
        self._client, self._probe, self._read = client, probe, read
        self._most = most_in_a_row
        self._in_a_row = 0

    def note_served(self) -> None:
        """An item was served."""
        self._in_a_row = 0

    async def require_that_others_are_served(self, error: IngestError, *, is_new: bool) -> None:
        """Return if only the item that failed with `error` is bad; raise the error otherwise.

        An item that failed in an earlier load (not `is_new`) says nothing about the others.
        """
        if isinstance(error, ThrottledError) and self._has_to_wait_too_long(error):
            raise error
        if is_new:
            self._in_a_row += 1
            if self._in_a_row >= self._most:
                raise error
        try:
            await self._client.ask(self._probe, self._read, attempts=_ATTEMPTS)
        except BudgetSpentError:
            raise
        except IngestError:
            raise error from None

    def _has_to_wait_too_long(self, error: ThrottledError) -> bool:
        longest = self._client.settings.retry.longest_retry_after_seconds
        return (error.retry_after_seconds or 0) > longest


def reason_of(error: IngestError) -> str:
    """Why an item was not served, in a few words."""
    match error:
        case ServerError() | RejectedRequestError() | OverTheCapError():
            return f"answered {error.status}: {error.message!r}"
        case FirewallError():
            return f"answered {error.status} with a page that is not the API's: {error.page!r}"
        case AuthenticationError():
            return f"answered {error.status}, although others are served with the same token"
        case ThrottledError():
            return "answered 429, although others are served"
        case NotFoundError():
            return "answered 404 with a page that is not the API's"
        case MalformedResponseError():
            return f"the answer cannot be read: {'; '.join(error.faults)}"[:200]
        case NetworkError():
            return f"no answer: {error.reason}"
        case _:
            return type(error).__name__
