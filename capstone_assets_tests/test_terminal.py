"""The live line in a real pseudo-terminal, and the lines without one."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

# What a run does, in seconds: it logs, reports figures, and something prints past Python.
SCRIPT = """
import logging, os, subprocess, sys, time
from pathlib import Path
from capstone_assets.ingest.progress import Progress, begin_step
from capstone_assets.terminal import showing_run

logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.INFO)
with showing_run(Path(sys.argv[1]), lambda: "Spark: 3 of 8 tasks"):
    begin_step("bronze/discogs_releases")
    load = Progress("discogs_releases", 129)
    time.sleep(.3)
    load.report(43, "43 of 129 slices; 812 requests, 1.0 a second; 0 retried", wait_seconds=12)
    time.sleep(.6)
    subprocess.run(["sh", "-c", "echo WARN NativeCodeLoader >&2; echo noise"])
    logging.getLogger("capstone_assets").info("bronze/discogs_releases: 2,949 rows")
    begin_step("silver/candidates")
    time.sleep(1.6)
print("the summary")
"""


def run_in_terminal(captured: Path, columns: int, term: str, **more: str) -> str:
    """Run the script in a pseudo-terminal of that width; return everything it shows."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(captured)],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**environment, "TERM": term, **more},
        start_new_session=True,
    )
    os.close(child)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([parent], [], [], 0.2)[0]:
            continue
        try:
            shown += os.read(parent, 65536)
        except OSError:  # The other end is closed.
            break
    os.close(parent)
    assert process.wait(10) == 0, shown.decode()
    return shown.decode()


def frames(shown: str) -> list[str]:
    """The lines that were drawn, one after another, without colors and cursor movements."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    return [line.rstrip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_one_live_line_with_the_figures(tmp_path, columns):
    shown = frames(run_in_terminal(tmp_path / "log", columns, "xterm-256color"))

    loading = [line for line in shown if "bronze/discogs_releases" in line and "left" in line]
    assert loading, shown
    assert all(len(line) <= columns for line in loading)
    assert "limit: 12 s; 43 of 129 sli" in loading[-1]
    assert any("2,949 rows" in line for line in shown)
    assert shown[-1] == "the summary"


def test_a_step_of_spark_shows_that_it_lives(tmp_path):
    shown = frames(run_in_terminal(tmp_path / "log", 100, "xterm-256color"))

    living = [line for line in shown if "silver/candidates" in line and "Spark: 3 of 8" in line]
    assert re.search(r"\b[1-9] s; Spark: 3 of 8 tasks", living[-1])


def test_what_others_print_goes_to_a_file_and_not_into_the_line(tmp_path):
    shown = run_in_terminal(tmp_path / "log", 100, "xterm-256color")

    assert "NativeCodeLoader" not in shown
    assert "noise" not in shown
    captured = (tmp_path / "log").read_text("utf-8")
    assert "WARN NativeCodeLoader" in captured
    assert "bronze/discogs_releases: 2,949 rows" in captured


def test_a_dumb_terminal_gets_plain_lines_with_the_same_figures(tmp_path):
    shown = run_in_terminal(tmp_path / "log", 80, "dumb")

    assert "\x1b" not in shown
    assert re.search(
        r"discogs_releases: 43 of 129 slices; 812 requests, 1.0 a second; 0 retried; waiting 12 s "
        r"for the limit; about \d+ s left",
        shown,
    )


def test_no_color_is_respected(tmp_path):
    shown = run_in_terminal(tmp_path / "log", 80, "xterm-256color", NO_COLOR="1")

    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


def test_a_pipe_gets_plain_lines(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "log")], capture_output=True, text=True
    )

    assert "\x1b" not in done.stderr
    assert "discogs_releases: 43 of 129 slices" in done.stderr
    assert done.stdout.endswith("the summary\n")


def test_a_quiet_step_gives_a_sign_of_life_in_plain_lines(caplog):
    from capstone_assets.terminal import PlainView

    caplog.set_level("INFO", "capstone_assets.terminal")
    view = PlainView(lambda: "Spark: 12 of 40 tasks", seconds_between_signs=0.05)
    with view:
        view.begin("silver/candidates")
        time.sleep(0.3)
    assert "silver/candidates: running for 0 s; Spark: 12 of 40 tasks" in caplog.text
