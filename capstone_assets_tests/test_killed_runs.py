"""Runs that are killed, or whose disk is full, again and again: what they leave is never mixed.

Whole runs of a small catalog with odd rows, in processes of their own. The next run that ends makes
the lake that a run without any disturbance makes.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capstone_assets.emulator.catalogs.generator import write_catalog
from capstone_assets.emulator.catalogs.odd_rows import with_odd_rows
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
from capstone_assets_tests.emulator.catalogs.generated import of_few_years
from capstone_assets_tests.programs import capstone, environment

YEARS = "2001...2004"
# A run whose requests fail in a quarter of all cases, and are retried without long pauses.
FAULTY_RUN = """
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from capstone_assets.ingest.settings import RetrySettings
from capstone_assets.orchestration.resources import apis

faults, years = sys.argv[1:]
impatient = RetrySettings(40, 40, first_pause_seconds=0.001, longest_pause_seconds=0.01)
emulated = apis.ApisResource._emulated
apis.running_emulator = partial(apis.running_emulator, faults=Path(faults))
apis.ApisResource._emulated = lambda self, api: replace(emulated(self, api), retry=impatient)

from capstone_assets.cli import main

sys.argv[1:] = ["run", "--years", years]
main()
"""
QUARTER = [
    {"path": "/*", "share": 0.09},
    {"path": "/*", "share": 0.08, "kind": "drop"},
    {"path": "/*", "share": 0.08, "kind": "truncate"},
]
# Columns that say when, by which run and from which place of which page a row came.
OF_A_RUN = {
    *("run_id", "raw_page", "film_raw_page", "release_raw_page", "page", "row"),
    *("fetched_at", "first_seen", "last_seen"),
}


def content(folder: Path) -> dict[str, list[str]]:
    """Every row of bronze, silver, gold and the quarantine of a lake, as far as it is stored."""
    lake, found = Lakehouse(str(folder / "lake")), {}
    for name, table in TABLES.items():
        if table.layer != "metrics":
            with contextlib.suppress(NotMaterializedError):
                found[name] = sorted(
                    json.dumps({k: v for k, v in row.items() if k not in OF_A_RUN}, default=str)
                    for row in lake.scan(table).to_pylist()
                )
    return found


def differences(found: dict[str, list[str]], expected: dict[str, list[str]]) -> dict[str, int]:
    """How many rows of each table are in one of both only."""
    return {
        name: len(rows)
        for name in expected
        if (rows := set(found.get(name, ["absent"])) ^ set(expected[name]))
        or len(found[name]) != len(expected[name])
    }


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("catalog")
    write_catalog(with_odd_rows(of_few_years(), 120), folder)
    return str(folder)


@pytest.fixture(scope="module")
def undisturbed(catalog: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a lake holds after one run that nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = capstone(folder, "run", "--years", YEARS, CAPSTONE_CATALOG=catalog)
    assert done.returncode == 0, done.stderr[-3000:]
    found = content(folder)
    assert set(found) == {name for name, table in TABLES.items() if table.layer != "metrics"}
    assert len(found["bronze/quarantine"]) > 80
    assert len(found["gold/matches"]) > 50
    return found


@pytest.mark.slow
def test_a_run_with_a_quarter_of_faults_makes_the_same_lake_however_often_it_is_killed(
    catalog: str, undisturbed: dict[str, list[str]], tmp_path: Path
):
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps(QUARTER))
    command = [sys.executable, "-c", FAULTY_RUN, str(faults), YEARS]
    chance, folder = random.Random(14), tmp_path / "killed"
    longest, kills, ended = 10.0, 0, 0

    def run_for(seconds: float) -> int | None:
        """The exit code of a run; None if it was killed after so many seconds."""
        (folder / "dagster").mkdir(parents=True, exist_ok=True)
        began, log = time.monotonic(), (folder / "log").open("wb")
        with (
            log,
            subprocess.Popen(
                command,
                cwd=folder,
                env=environment(folder, CAPSTONE_CATALOG=catalog),
                stdout=log,
                stderr=log,
            ) as process,
        ):
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                return None
        nonlocal longest
        longest = max(longest, time.monotonic() - began)
        return process.returncode

    while kills < 20:
        # The longest run so far says when a run may be under way.
        code = run_for(chance.uniform(1, longest))
        if code is None:
            kills += 1
            if kills % 4:
                continue
            code = run_for(3_600)
        assert code == 0, (folder / "log").read_text()[-3000:]
        assert differences(content(folder), undisturbed) == {}
        shutil.rmtree(folder)
        ended += 1

    print(f"{kills} kills, {ended} lakes compared")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory that can be made smaller and larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("Nothing can be mounted here.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("with_history", [False, True], ids=["the lake", "with Dagster's history"])
def test_on_a_disk_that_fills_up_at_any_write_the_old_rows_stay_and_the_next_run_heals(
    with_history: bool,
    catalog: str,
    undisturbed: dict[str, list[str]],
    small_disk: Path,
    tmp_path: Path,
):
    history = small_disk / "dagster" if with_history else tmp_path / "dagster"
    history.mkdir()

    def run(years: str) -> subprocess.CompletedProcess[str]:
        where = {"CAPSTONE_CATALOG": catalog, "DAGSTER_HOME": str(history)}
        return capstone(small_disk, "run", "--years", years, **where)

    done = run("2001...2002")
    assert done.returncode == 0, done.stderr[-3000:]
    before, failures = content(small_disk), 0
    free = 0
    while True:
        used = shutil.disk_usage(small_disk).used
        resize(small_disk, used + free)
        done = run("2003...2004")
        if done.returncode == 0:
            break
        failures += 1
        said = done.stderr[max(0, done.stderr.rfind("Error:")) :]
        print(free, done.returncode, said)
        # Before the sentence, Spark logs where in its own code a task had no room.
        assert said.startswith("Error: "), done.stderr[-3000:]
        assert re.search("No space left on device|disk.* is full", said), done.stderr[-3000:]
        after = content(small_disk)
        lost = {name: set(rows) - set(after[name]) for name, rows in before.items()}
        assert not any(lost[name] for name in lost if not name.startswith("gold/")), lost
        free = max(64 << 10, free * 2)
    resize(small_disk, 1 << 30)
    assert failures > 3

    done = run(YEARS)

    assert done.returncode == 0, done.stderr[-3000:]
    assert differences(content(small_disk), undisturbed) == {}
