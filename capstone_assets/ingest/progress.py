"""Report the progress of work: to a watcher, or as log lines.

Belongs here: the figures, and how often they are reported.
Not here: what is counted (loads.py, dump/landing.py), drawing them (terminal.py).
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0


@dataclass(frozen=True)
class Figures:
    """How far a piece of work has come; `total` is None if nothing says how much there is.

    `status` says the same in words, with the rate. `wait_seconds` is how long the next request
    waits for the rate limit, `left_seconds` an estimate; None when there is nothing to base it on.
    """

    name: str
    done: int
    total: int | None
    status: str
    wait_seconds: float
    left_seconds: float | None

    def sentence(self) -> str:
        """The status with the wait for the limit and the time left."""
        parts = [self.status]
        if self.wait_seconds >= 0.5:
            parts.append(f"waiting {self.wait_seconds:.0f} s for the limit")
        if self.left_seconds is not None:
            parts.append(f"about {in_words(self.left_seconds)} left")
        return "; ".join(parts)


class Watcher(Protocol):
    """What shows progress in place of the log."""

    seconds_between: float

    def begin(self, step: str) -> None:
        """A step starts; the one before it has ended."""

    def advance(self, figures: Figures) -> None:
        """A part of the running step has advanced to this point."""


_watchers: list[Watcher] = []


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Report to a watcher, not to the log, while the block runs, from any thread."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def begin_step(step: str) -> None:
    """Report that a step starts."""
    for watcher in _watchers:
        watcher.begin(step)


class Progress:
    """Progress of one load towards `total`, None if nothing says how much there is."""

    def __init__(
        self, name: str, total: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._total, self._clock = name, total, clock
        self._began = clock()

    @property
    def seconds_between(self) -> float:
        """How long to wait before the next report."""
        return min((each.seconds_between for each in _watchers), default=SECONDS_BETWEEN_LINES)

    def report(
        self, done: int, status: str, wait_seconds: float = 0.0, *, at_once: int = 0
    ) -> None:
        """Report that `done` of the total are done; the status says it with rates.

        `at_once` of them took no time, because they had landed before: the time left is estimated
        from the others.
        """
        left = self._left_seconds(done, at_once)
        figures = Figures(self._name, done, self._total, status, wait_seconds, left)
        for watcher in _watchers:
            watcher.advance(figures)
        if not _watchers:
            logger.info("%s: %s", self._name, figures.sentence())

    def _left_seconds(self, done: int, at_once: int) -> float | None:
        if done <= at_once or not self._total:
            return None
        return (self._clock() - self._began) / (done - at_once) * max(0, self._total - done)


def in_words(seconds: float) -> str:
    """Return a duration as a person says it: 40 s, 3 min 10 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
