import sys
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.process_tree import run_measured
from benchmarks.speed import BRUTE_FORCE, OURS_ON_SPARK, Timed, peers_for, render
from benchmarks.staged import link
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog


def test_the_table_shows_medians_and_how_many_times_as_long_as_ours_each_way_takes():
    timed = {
        OURS_ON_SPARK: [
            Timed(OURS_ON_SPARK, s, 0.99, s + 5, s + 7, 900.0) for s in (4.0, 5.0, 9.0)
        ],
        "Splink": [Timed("Splink", s, 0.95, s + 2, s + 1, 1200.0) for s in (10.0, 10.0, 10.0)],
    }

    lines = render(timed, "Linking 10 films and 30 releases").splitlines()

    assert lines[0] == "# Linking 10 films and 30 releases"
    assert "medians of 3 runs" in lines[2]
    assert lines[6] == "| ours, on Spark | 5.0 | 1.00 | 10.0 | 12.0 | 900 | 0.990 |"
    assert lines[7] == "| Splink | 10.0 | 2.00 | 12.0 | 11.0 | 1,200 | 0.950 |"


def test_what_was_timed_before_an_interruption_is_kept(tmp_path: Path, monkeypatch):
    def interrupted(way: str, folder: Path) -> Timed:  # noqa: ARG001
        if way == "Splink":
            raise KeyboardInterrupt
        return Timed(way, 4.0, 0.9)

    monkeypatch.setattr(speed, "time_in_own_process", interrupted)
    kept = tmp_path / "results" / "speed-20x50"

    def bench() -> None:
        for found in speed.timings([OURS_ON_SPARK, "Splink"], 3, tmp_path):
            speed.keep(found, "Linking 20 films and 50 releases", kept)

    with pytest.raises(KeyboardInterrupt):
        bench()

    assert f"| {OURS_ON_SPARK} | 4.0 | 1.00 |" in kept.with_suffix(".md").read_text("utf-8")
    assert kept.with_suffix(".svg").is_file()


def test_a_way_that_takes_hours_is_left_out():
    assert BRUTE_FORCE in peers_for(10_000, 30_000)
    assert BRUTE_FORCE not in peers_for(100_000, 300_000)


def test_memory_and_cpu_seconds_of_a_process_are_those_of_all_that_it_starts():
    # It ends after so many seconds of its own, however slow the machine is.
    hold = "import time; held = bytearray(60_000_000)\nwhile time.process_time() < 1: pass"
    start = "import subprocess, sys; held = bytearray(60_000_000); "
    start += f"subprocess.run([sys.executable, '-c', {hold!r}]); print('done')"

    ran = run_measured([sys.executable, "-c", start])

    assert ran.output == "done\n"
    assert ran.peak_mb > 120
    assert ran.cpu_seconds > 0.5


def test_a_command_that_fails_is_an_error():
    with pytest.raises(Exception, match="exit status 3"):
        run_measured([sys.executable, "-c", "raise SystemExit(3)"])


def test_ours_is_timed_stage_by_stage_on_a_folder(tmp_path, spark):  # noqa: ARG001
    write_catalog(generate_catalog(60, 150, seed=1), tmp_path)

    measured = link(tmp_path)

    assert measured["rows"]["clean films"] == 60
    assert measured["rows"]["clean releases"] == 150
    assert measured["f1"] > 0.8
    assert {"propose pairs", "decide"} <= measured["stages"].keys()
