"""Show a run to a person: one live line in a terminal, plain lines elsewhere.

Belongs here: drawing progress, keeping other output out of the drawing, signs of life.
Not here: the figures (ingest/progress.py), running (run.py), the summary (inspection/summary.py).
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Column
from rich.text import Text

from capstone_assets.ingest.progress import Figures, in_words, watched_by

log = logging.getLogger(__name__)

# More than a few seconds of silence look like a hang.
SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_SIGNS_OF_LIFE = 2.5
_SECONDS_BETWEEN_DRAWINGS = 0.5
_BAR_WIDTH = 10
_AROUND = 4  # The spinner, and the spaces between the columns.
_COLORS = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}

# Describes a step without figures of its own, "" for no description.
Activity = Callable[[], str]


def is_live(console: Console) -> bool:
    """Whether a line can be redrawn in place."""
    return console.is_terminal and not console.is_dumb_terminal


@contextlib.contextmanager
def showing_run(captured: Path, activity: Activity, steps: int) -> Iterator[None]:
    """Show the progress of the block on stderr: it starts Dagster and Spark, then runs `steps`.

    In a terminal all other output, for example Spark's, goes to the file `captured`, where it
    cannot break the live line.
    """
    first = "Starting Dagster and Spark"
    if is_live(Console(stderr=True)):
        with _captured_output(captured) as terminal:
            view = LiveView(terminal, activity, first, steps)
            with watched_by(view), view:
                yield
    else:
        plain = PlainView(activity, first, steps)
        with watched_by(plain), plain:
            yield


@contextlib.contextmanager
def showing_wait(what: str) -> Iterator[None]:
    """Show on stderr that the block is alive, which reports nothing itself."""
    console = Console(stderr=True)
    if is_live(console):
        with console.status(what):
            yield
    else:
        log.info(what)
        with PlainView(lambda: "", what):
            yield


class _Beating:
    """A function that is called at intervals while a block runs."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def beat(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            self.beat()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


class _Steps:
    """Which step of how many is running; one that is retried is not counted again."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun: set[str] = set()

    @property
    def ended(self) -> int:
        """How many have ended."""
        return max(0, len(self._begun) - 1)

    def begin(self, step: str) -> str:
        """Count a step; return its place, as in `step 4 of 19`."""
        self._begun.add(step)
        return f"step {len(self._begun)} of {self._total}"


class LiveView(_Beating, logging.Handler):
    """One line that is redrawn in place, and log lines above it."""

    seconds_between = _SECONDS_BETWEEN_DRAWINGS

    def __init__(self, console: Console, activity: Activity, first_step: str, steps: int) -> None:
        logging.Handler.__init__(self)
        _Beating.__init__(self, _SECONDS_BETWEEN_DRAWINGS)
        self._console, self._activity, self._shown = console, activity, first_step
        self._place, self._steps = "", _Steps(steps)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", style="bold", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=_BAR_WIDTH),
            TextColumn(
                "{task.fields[status]}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            console=console,
            expand=True,
            transient=True,
            refresh_per_second=4,
        )
        # Its bar is the run's: it fills as steps end.
        self._task = self._progress.add_task(first_step, total=steps, status="")
        self._began, self._figures_at = time.monotonic(), 0.0

    def begin(self, step: str) -> None:
        """Show the next step."""
        self._began, self._figures_at = time.monotonic(), 0.0
        self._place, self._shown = self._steps.begin(step), step
        self._show("", completed=self._steps.ended)

    def advance(self, figures: Figures) -> None:
        """Show what the running step is loading, and its figures."""
        self._figures_at, self._shown = time.monotonic(), figures.name
        self._show(*_parts(figures))

    def beat(self) -> None:
        """Show how long a step without figures has been running."""
        now = time.monotonic()
        if now - self._figures_at > 2 * _SECONDS_BETWEEN_DRAWINGS:
            self._show(in_words(now - self._began), self._activity())

    def _show(self, *parts: str, **fields: Any) -> None:
        """Redraw the line with the parts that fit it whole, the most important first."""
        description = " ".join(filter(None, (self._place, self._shown)))
        room = self._console.width - len(description) - _BAR_WIDTH - _AROUND
        status = ""
        for part in filter(None, parts):
            longer = f"{status}; {part}" if status else part
            if len(longer) > room:
                break
            status = longer
        self._progress.update(self._task, description=description, status=status, **fields)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a log line above the live one."""
        moment = time.strftime("%X", time.localtime(record.created))
        text = Text(f"{moment}  {record.getMessage()}", style=_COLORS.get(record.levelno, ""))
        self._console.print(text, soft_wrap=True)

    def __enter__(self) -> None:
        self._progress.start()
        logging.getLogger().addHandler(self)
        super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        logging.getLogger().removeHandler(self)
        self._progress.stop()


class PlainView(_Beating):
    """Log lines with the same figures, and signs of life of steps without any."""

    seconds_between = SECONDS_BETWEEN_LINES

    def __init__(
        self,
        activity: Activity,
        first_step: str,
        steps: int = 0,
        seconds_between_signs: float = SECONDS_BETWEEN_SIGNS_OF_LIFE,
    ) -> None:
        super().__init__(seconds_between_signs)
        self._activity, self._steps, self._place = activity, _Steps(steps), ""
        self._step, self._began, self._is_quiet = first_step, time.monotonic(), False

    def begin(self, step: str) -> None:
        """Remember which step is running."""
        self._place = f"{self._steps.begin(step)}, "
        self._step, self._began, self._is_quiet = step, time.monotonic(), False

    def advance(self, figures: Figures) -> None:
        """Log the figures."""
        self._is_quiet = False
        log.info("%s%s: %s", self._place, figures.name, figures.sentence())

    def beat(self) -> None:
        """Log that a step is alive that reported nothing since the last beat."""
        if self._is_quiet:
            running = f"running for {in_words(time.monotonic() - self._began)}"
            status = "; ".join(filter(None, (running, self._activity())))
            log.info("%s%s: %s", self._place, self._step, status)
        self._is_quiet = not self._is_quiet


def _parts(figures: Figures) -> list[str]:
    """The figures, the most important first."""
    done, *rest = figures.status.split("; ")
    left = "" if figures.left_seconds is None else f"{in_words(figures.left_seconds)} left"
    wait = "" if figures.wait_seconds < 0.5 else f"limit: {figures.wait_seconds:.0f} s"
    return [done, left, wait, *rest]


@contextlib.contextmanager
def _captured_output(file: Path) -> Iterator[Console]:
    """Redirect output to a file; yield the terminal that stderr was.

    By descriptor: Dagster and Spark's own process print past `sys.stderr`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = os.dup(1), os.dup(2)
    try:
        with file.open("w", encoding="utf-8") as captured, os.fdopen(os.dup(err), "w") as terminal:
            os.dup2(captured.fileno(), 1)
            os.dup2(captured.fileno(), 2)
            yield Console(file=terminal, force_terminal=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
