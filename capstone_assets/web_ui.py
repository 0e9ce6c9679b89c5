"""Run Dagster's web UI with its daemon for a person, until Ctrl-C.

Belongs here: starting and ending `dagster dev`, and what of its output is shown.
Not here: arguments and what is checked before (commands/serve.py), the code location
(definitions.py).
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import httpx
from dagster import DagsterInstance

from capstone_assets.terminal import showing_wait

_POOLS = ("tmdb", "discogs")
_SECONDS_TO_END = 60.0
# A good day's story of its start; a warning or a traceback does not have it.
_STORY = " - INFO - "
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class WebUiError(Exception):
    """The web UI ended by itself; the message is what it printed."""


def limit_pools() -> None:
    """Let one step at a time use an API, on the instance of DAGSTER_HOME.

    The default limit of a pool applies only once the daemon knows the pool: two first runs would
    use the same API at once.
    """
    with DagsterInstance.get() as instance:
        for pool in _POOLS:
            instance.event_log_storage.set_concurrency_slots(pool, 1)


class WebUi:
    """The processes of the web UI on a port of loopback; `end` ends them."""

    def __init__(self, port: int, code: Sequence[str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        dagster = str(Path(sys.executable).with_name("dagster"))
        self._process = subprocess.Popen(
            [dagster, "dev", *code, "--host", "127.0.0.1", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C reaches this process alone, which then ends them in order.
            start_new_session=True,
            # Where the shell of a background job ignores it, they could not be ended.
            preexec_fn=_heed_interruptions,
            # That `dagster dev` is superseded is news for who types it.
            env={**os.environ, "PYTHONWARNINGS": "ignore:Function `dev_command`"},
        )
        self._is_ready, self._is_ending = threading.Event(), threading.Event()
        self._held_back: list[str] = []
        assert self._process.stdout is not None
        self._relay = threading.Thread(
            target=self._show, args=[self._process.stdout], daemon=True, name="web_ui"
        )
        self._relay.start()

    def wait_until_ready(self) -> None:
        """Wait until the web UI answers.

        Raises:
            WebUiError: it ended before.
        """
        with showing_wait("Starting the web UI"):
            while not _answers(self.url):
                self._require_alive()
                time.sleep(0.2)
        self._is_ready.set()

    def wait(self) -> None:
        """Wait until it ends by itself.

        Raises:
            WebUiError: it has.
        """
        self._process.wait()
        self._require_alive()

    def end(self) -> None:
        """End the web UI, its daemon and the runs that it started, as Ctrl-C in `dagster dev`."""
        self._is_ending.set()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            with showing_wait("Ending the web UI"):
                self._process.wait(_SECONDS_TO_END)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _require_alive(self) -> None:
        if self._process.poll() is not None:
            self._relay.join(5)
            raise WebUiError("\n".join(self._held_back[-20:]))

    def _show(self, output: IO[str]) -> None:
        """Print what Dagster prints, but not how it starts and ends."""
        for line in output:
            plain = _COLOR.sub("", line)
            if self._is_ending.is_set():
                continue
            if self._is_ready.is_set() or _STORY not in plain:
                sys.stderr.write(line if sys.stderr.isatty() else plain)
            else:
                self._held_back.append(plain.rstrip("\n"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/server_info", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _heed_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
