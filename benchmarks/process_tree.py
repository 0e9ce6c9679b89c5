"""Run a command and measure it with all the processes that it starts.

Belongs here: seconds of a whole process, and the CPU seconds and peak memory of its tree: a Spark
run is Python, a Java virtual machine and Python workers.
Not here: what is run (speed.py).
"""

import itertools
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

_SECONDS_BETWEEN_LOOKS = 0.2
# Counting the pages of a tree of 10 GB takes tens of milliseconds, which the command would pay for.
_LOOKS_BETWEEN_MEMORY = 5


@dataclass(frozen=True)
class Ran:
    """A command's output, its seconds, and CPU seconds and peak MB of all its processes together.

    CPU seconds do not depend on what else the machine does. Processes that live for less than a
    fifth of a second may be missed.
    """

    output: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


def run_measured(command: Sequence[str]) -> Ran:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    started = time.perf_counter()
    peak, looks = 0, itertools.count()
    cpu_seconds: dict[psutil.Process, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        watched = psutil.Process(running.pid)
        while True:
            tree = _tree_of(watched)
            if next(looks) % _LOOKS_BETWEEN_MEMORY == 0:
                peak = max(peak, sum(map(_memory_of, tree)))
            for each in tree:
                with suppress(psutil.NoSuchProcess):
                    cpu_seconds[each] = sum(each.cpu_times()[:2])
            try:
                output, _ = running.communicate(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except subprocess.TimeoutExpired:
                continue
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command, output)
    seconds = time.perf_counter() - started
    return Ran(output, seconds, sum(cpu_seconds.values()), peak / 1e6)


def _tree_of(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def _memory_of(process: psutil.Process) -> int:
    """The proportional set size: what forked workers share is counted once. 0 of one that ended."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        try:
            return int(process.memory_full_info().pss)
        except AttributeError:  # Only Linux counts shared pages.
            return int(process.memory_info().rss)
    return 0
