"""Two runs never write one lake at once."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import dagster as dg
import pytest

from capstone_assets.lake.lock import holding_lake
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets_tests.lake.lock_holder import HOLDER, another_process


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
