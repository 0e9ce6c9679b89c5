"""The rate limits of both APIs.

Belongs here: counting requests in a moving window of time.
Not here: the response to a refused request, and its headers (tmdb.py, discogs.py).
"""

from collections import deque
from collections.abc import Callable


class MovingWindow:
    """How many requests were let through in the last `seconds`.

    A refused request does not count: a client that retries is not locked out forever.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._admitted: deque[float] = deque()

    @property
    def used(self) -> int:
        """Requests let through within the window that ends now."""
        oldest = self._clock() - self._seconds
        while self._admitted and self._admitted[0] <= oldest:
            self._admitted.popleft()
        return len(self._admitted)

    def admit(self, limit: int) -> bool:
        """Let a request through and count it, unless `limit` of them already were."""
        if self.used >= limit:
            return False
        self._admitted.append(self._clock())
        return True
