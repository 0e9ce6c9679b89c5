"""Run a command and measure it with all the processes that it starts.

Belongs here: seconds of a whole process, and the peak memory of its tree: a Spark run is Python, a
Java virtual machine and Python workers.
Not here: what is run (speed.py).
"""

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Ran:
    """A command's output, its seconds, and the peak MB of all its processes together."""

    output: str
    seconds: float
    peak_mb: float


def run_measured(command: Sequence[str]) -> Ran:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    started = time.perf_counter()
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        watched = psutil.Process(running.pid)
        while True:
            peak = max(peak, _memory_of_tree(watched))
            try:
                output, _ = running.communicate(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except subprocess.TimeoutExpired:
                continue
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command, output)
    return Ran(output, time.perf_counter() - started, peak / 1e6)


def _memory_of_tree(process: psutil.Process) -> int:
    """Proportional set sizes added up: what forked workers share is counted once."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += _memory_of(each)
    return total


def _memory_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except AttributeError:  # Only Linux counts shared pages.
        return int(process.memory_info().rss)
