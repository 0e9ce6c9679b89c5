"""Two runs never write one lake at once: one waits, or is refused."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from capstone_assets.lake.lock import LakeInUseError, holding_lake
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource

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


@dg.asset
def looked(lake: LakehouseResource) -> str:
    return lake.root


def run(lake: Path) -> dg.ExecuteInProcessResult:
    return dg.materialize([looked], resources={"lake": LakehouseResource(root=str(lake))})


def test_a_run_waits_for_the_one_that_has_the_lake_and_says_for_whom(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    done: list[bool] = []
    waiting = threading.Event()

    def notice(record: logging.LogRecord) -> None:
        if "is in use" in record.getMessage():
            waiting.set()

    # All tests of a process share this handler.
    monkeypatch.setattr(caplog.handler, "emit", notice)
    with another_process(tmp_path) as other:
        thread = threading.Thread(target=lambda: done.append(run(tmp_path).success))
        thread.start()
        assert waiting.wait(60)
        assert done == []
        other.kill()
        thread.join(60)
    assert done == [True]


def test_whoever_does_not_wait_is_refused_with_the_other_process_named(tmp_path: Path):
    with another_process(tmp_path) as other:
        with (
            pytest.raises(LakeInUseError, match=f"process {other.pid} since") as raised,
            holding_lake(str(tmp_path), wait=False),
        ):
            pytest.fail("it is held")
        assert str(tmp_path) in str(raised.value)
        other.kill()
        other.wait()
        # A killed run leaves no lock behind.
        with holding_lake(str(tmp_path), wait=False):
            pass


def test_steps_of_a_run_that_holds_its_lake_need_not_wait(tmp_path: Path):
    with holding_lake(str(tmp_path), wait=False):
        assert run(tmp_path).success
        # And have not given it away.
        ran = subprocess.run(
            [sys.executable, "-c", HOLDER, str(tmp_path)], capture_output=True, text=True
        )
        assert "LakeInUseError" in ran.stderr


def test_a_sensor_looks_at_a_lake_that_a_run_writes(tmp_path: Path):
    with (
        another_process(tmp_path),
        dg.build_resources({"lake": LakehouseResource(root=str(tmp_path))}) as resources,
    ):
        assert resources.lake.root == str(tmp_path)


def test_a_lake_of_a_storage_account_is_not_locked():
    with holding_lake("abfss://{container}@account.dfs.core.windows.net", wait=False):
        pass
