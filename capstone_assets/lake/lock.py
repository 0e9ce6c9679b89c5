"""Let one run at a time write a lake on this machine's disk.

Belongs here: the lock, and its holder.
Not here: when it is taken (preflight.py for `capstone run`, orchestration/resources/lakehouse.py
for runs of Dagster's own commands and the web UI).

The lock ends with the process, even a killed one. A lake in a storage account has none: there one
host starts all runs.
"""

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

_LOCK = ".run.lock"
_SECONDS_BETWEEN_TRIES = 0.5
_guard = threading.Lock()


@dataclass
class _Held:
    """A lock of this process and its count: steps of a run that holds the lock take it again."""

    lock: IO[str]
    times: int = 1


_held: dict[Path, _Held] = {}


class LakeInUseError(RuntimeError):
    """Another process writes the lake."""

    def __init__(self, lake: str, holder: str) -> None:
        super().__init__(lake, holder)
        self.lake, self.holder = lake, holder

    def __str__(self) -> str:
        return (
            f"The lake {self.lake} is in use: {self.holder} is running. Wait until it ends, or "
            "name another lake with CAPSTONE_LAKE."
        )


@contextmanager
def holding_lake(lake: str, *, wait: bool) -> Iterator[None]:
    """Keep other processes' runs off a lake while the block runs.

    If another process holds it, `wait` says whether to wait for its end.

    Raises:
        LakeInUseError: another process holds it, and `wait` is false.
    """
    if "://" in lake:
        yield
        return
    # However the path is written: a lock of this process would keep out its own other spellings.
    folder = Path(lake).resolve()
    if not _hold_again(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a+", encoding="utf-8")
        try:
            _take(lock, lake, wait=wait)
        except BaseException:
            lock.close()
            raise
        with _guard:
            _held[folder] = _Held(lock)
    try:
        yield
    finally:
        _let_go(folder)


def _hold_again(folder: Path) -> bool:
    with _guard:
        if folder not in _held:
            return False
        _held[folder].times += 1
        return True


def _let_go(folder: Path) -> None:
    with _guard:
        _held[folder].times -= 1
        if not _held[folder].times:
            _held.pop(folder).lock.close()


def _take(lock: IO[str], lake: str, *, wait: bool) -> None:
    has_told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            in_use = LakeInUseError(lake, _holder(Path(lock.name)))
            if not wait:
                raise in_use from None
            if not has_told:
                log.warning("Waiting: the lake %s is in use, %s is running.", lake, in_use.holder)
                has_told = True
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            break
    lock.truncate(0)
    json.dump({"process": os.getpid(), "since": f"{datetime.now():%H:%M:%S}"}, lock)  # noqa: DTZ005
    lock.flush()


def _holder(lock: Path) -> str:
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        return f"process {holder['process']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
