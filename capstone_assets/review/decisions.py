"""The file of people's decisions, which several people may write at once.

Belongs here: adding and undoing decisions, all or nothing.
Not here: the file's rules (matching/overrides.py), what a decision changes (cases.py).
"""

import csv
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from capstone_assets.matching.overrides import COLUMNS, LINK, Override, read_overrides


class DecisionError(Exception):
    """A decision cannot be written, because of another decision or of the file's place."""


class DecisionFile:
    """A CSV file of decisions on this machine; each change replaces it as a whole."""

    def __init__(self, path: str | Path) -> None:
        """Raises DecisionError for a URL: only a file on this machine can be locked."""
        if "://" in str(path):
            raise DecisionError(
                f"{path} is not on this machine. Copy it here, review with --decisions FILE, and "
                "copy it back."
            )
        self.path = Path(path)

    def read(self) -> tuple[Override, ...]:
        """All decisions; none where there is no file yet.

        Raises:
            InvalidOverridesError: the file breaks its rules.
        """
        return read_overrides(self.path) if self.path.exists() else ()

    def add(self, decisions: Sequence[Override]) -> None:
        """Add decisions, and read the file again first: others may have written meanwhile.

        Raises:
            DecisionError: one of them contradicts an earlier one; nothing was written.
            InvalidOverridesError: the file breaks its rules.
        """

        def with_added(known: tuple[Override, ...]) -> list[Override]:
            for decision in decisions:
                _require_free(decision, known)
            pairs = {_pair(each) for each in known}
            return [*known, *(each for each in decisions if _pair(each) not in pairs)]

        self._change(with_added)

    def take_back(self, decisions: Sequence[Override]) -> None:
        """Remove exactly these decisions; missing ones are ignored."""
        gone = set(decisions)
        self._change(lambda known: [each for each in known if each not in gone])

    def _change(self, change: Callable[[tuple[Override, ...]], Sequence[Override]]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.with_name(f".{self.path.name}.lock")):
                _replace(self.path, change(self.read()))
        except OSError as error:
            raise DecisionError(
                f"{self.path} cannot be written: {error.strerror or error}. Nothing was changed."
            ) from None


def _pair(override: Override) -> tuple[int, int, str]:
    return override.film_id, override.release_id, override.decision


def _require_free(decision: Override, known: Sequence[Override]) -> None:
    for other in known:
        if other.release_id != decision.release_id:
            continue
        is_same_film = other.film_id == decision.film_id
        if is_same_film and other.decision == decision.decision:
            continue
        if is_same_film or LINK == other.decision == decision.decision:
            raise DecisionError(
                f"Release {other.release_id} and film {other.film_id} were {other}. Nothing was "
                "written: undo that decision first, or skip this pair."
            )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait for others to finish; the lock ends with its process."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, decisions: Sequence[Override]) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for each in decisions:
            writer.writerow(
                (each.film_id, each.release_id, each.decision, each.who, each.when, each.why)
            )
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
