"""Time that passes only by waiting: tests of pauses and limits, on however slow a machine."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer, for work that reads no socket."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        # asyncio waits for files and timers in this one call.
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now

    def _jump(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("All work waits, and no timer will wake any of it.")
        # A nanosecond more, or a rest of a second that rounding leaves would never pass.
        self._now += timeout + 1e-9
        return []


def run_in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine without waiting; `now()` is its clock."""
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(work)


def now() -> float:
    """The seconds that have passed in the running loop."""
    return asyncio.get_running_loop().time()
