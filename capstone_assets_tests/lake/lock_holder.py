"""Another process that holds a lake."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLDER = """
import sys
from capstone_assets.lake.lock import holding_lake
with holding_lake(sys.argv[1], wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(lake: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lake until it is killed, or the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lake)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()
