"""Tell how far a load has come: a bar on a terminal, log lines elsewhere.

Belongs here: the two ways to tell it, and how often. Not here: what is counted (run.py, dump.py).
"""

import logging
import sys
from types import TracebackType
from typing import Self

import click

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0
_SECONDS_BETWEEN_DRAWINGS = 0.5


class Progress:
    """Progress of one load towards `total`, None if nobody knows how much there is."""

    def __init__(self, name: str, total: int | None) -> None:
        self._name = name
        self._bar = (
            click.progressbar(
                length=total,
                label=name,
                file=sys.stderr,
                item_show_func=lambda status: status,
                update_min_steps=0,  # The status moves even while nothing is finished.
            )
            if total and sys.stderr.isatty()
            else None
        )

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)

    @property
    def seconds_between(self) -> float:
        """How long to wait before telling again."""
        return _SECONDS_BETWEEN_DRAWINGS if self._bar else SECONDS_BETWEEN_LINES

    def tell(self, done: int, status: str) -> None:
        """Say that `done` of the total are done; the status says it with rates and waits."""
        if self._bar:
            self._bar.update(done - self._bar.pos, status)
        else:
            logger.info("%s: %s", self._name, status)
