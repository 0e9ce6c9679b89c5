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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

# What a run does, in seconds: it logs, reports figures, and something prints past Python.
SCRIPT = """
import logging, os, subprocess, sys, time
from pathlib import Path
from capstone_assets.ingest.progress import Progress, begin_step
from capstone_assets.terminal import showing_run

logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.INFO)
with showing_run(Path(sys.argv[1]), lambda: "Spark: 3 of 8 tasks", 19):
    begin_step("raw/discogs_pages")
    load = Progress("discogs_releases", 129)
    time.sleep(.3)
    load.report(43, "43 of 129 years; 1.0 requests a second; 812 requests", wait_seconds=12)
    time.sleep(.6)
    begin_step("bronze/discogs_releases")
    subprocess.run(["sh", "-c", "echo WARN NativeCodeLoader >&2; echo noise"])
    logging.getLogger("capstone_assets").info("bronze/discogs_releases: 2,949 rows")
    begin_step("silver/candidates")
    time.sleep(1.6)
    begin_step("silver/candidates")  # It is retried.
    time.sleep(.6)
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


@dataclass(frozen=True)
class Shown:
    """What a run showed, and the file that other output went to."""

    text: str
    captured: Path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """The same run in every kind of terminal, at once: it takes seconds, as signs of life do."""
    folder = tmp_path_factory.mktemp("terminals")
    kinds: dict[str, tuple[int, str, dict[str, str]]] = {
        "80 columns": (80, "xterm-256color", {}),
        "120 columns": (120, "xterm-256color", {}),
        "dumb": (80, "dumb", {}),
        "no color": (80, "xterm-256color", {"NO_COLOR": "1"}),
    }
    with ThreadPoolExecutor(len(kinds)) as pool:
        running = {
            kind: pool.submit(run_in_terminal, folder / kind, columns, term, **more)
            for kind, (columns, term, more) in kinds.items()
        }
    return {kind: Shown(run.result(), folder / kind) for kind, run in running.items()}


def frames(shown: str) -> list[str]:
    """The lines that were drawn, one after another, without colors and cursor movements."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    return [line.rstrip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_one_live_line_with_the_figures(shown, columns):
    drawn = frames(shown[f"{columns} columns"].text)

    loading = [line for line in drawn if "step 1 of 19 discogs_releases" in line]
    assert loading, drawn
    assert all(len(line) <= columns for line in drawn)
    # What does not fit whole is left out, the least important first.
    more = "" if columns == 80 else "; limit: 12 s; 1.0 requests a second; 812 requests"
    assert re.search(rf" 43 of 129 years; \d+ s left{more}$", loading[-1])
    assert any("2,949 rows" in line for line in drawn)
    assert drawn[-1] == "the summary"


def test_a_step_of_spark_shows_that_it_lives(shown):
    drawn = frames(shown["120 columns"].text)

    living = [line for line in drawn if "silver/candidates" in line and "Spark: 3 of 8" in line]
    assert any(re.search(r"\b[1-9] s; Spark: 3 of 8 tasks", line) for line in living)


def test_steps_are_counted_upward_once_each(shown):
    drawn = frames(shown["80 columns"].text)

    places = [int(found[1]) for line in drawn if (found := re.search(r"step (\d+) of 19", line))]
    assert sorted(places) == places
    assert {places[0], places[-1]} == {1, 3}
    assert "step 3 of 19 silver/candidates" in drawn[-2]


def test_what_others_print_goes_to_a_file_and_not_into_the_line(shown):
    run = shown["120 columns"]

    assert "NativeCodeLoader" not in run.text
    assert "noise" not in run.text
    captured = run.captured.read_text("utf-8")
    assert "WARN NativeCodeLoader" in captured
    assert "bronze/discogs_releases: 2,949 rows" in captured


def test_a_dumb_terminal_gets_plain_lines_with_the_same_figures(shown):
    plain = shown["dumb"].text

    assert "\x1b" not in plain
    assert re.search(
        r"step 1 of 19, discogs_releases: 43 of 129 years; 1.0 requests a second; 812 requests; "
        r"waiting 12 s for the limit; about \d+ s left",
        plain,
    )


def test_no_color_is_respected(shown):
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", shown["80 columns"].text)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown["no color"].text)


def test_a_pipe_gets_plain_lines(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "log")], capture_output=True, text=True
    )

    assert "\x1b" not in done.stderr
    assert "discogs_releases: 43 of 129 years" in done.stderr
    assert done.stdout.endswith("the summary\n")


def test_a_quiet_step_gives_a_sign_of_life_in_plain_lines(caplog):
    from capstone_assets.terminal import PlainView

    caplog.set_level("INFO", "capstone_assets.terminal")
    view = PlainView(lambda: "Spark: 12 of 40 tasks", "Starting", 19, seconds_between_signs=0.05)
    with view:
        view.begin("silver/candidates")
        time.sleep(0.3)
    assert "step 1 of 19, silver/candidates: running for 0 s; Spark: 12 of 40 tasks" in caplog.text
