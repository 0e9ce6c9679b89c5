"""A code location that starts after another one died: its runs end, and so do their jobs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from capstone_assets.orchestration.launching import record_submission, submitted_job_runs
from capstone_assets_tests.fake_databricks.workspace import CHECKOUT, Fault, running_workspace
from capstone_assets_tests.orchestration.resources.launching_machine import on_databricks
from capstone_assets_tests.programs import BIN
from infrastructure.lost_runs import end_lost_runs


@dg.op
def work() -> None:
    """Nothing: only its run is of interest."""


@dg.job
def refresh() -> None:
    work()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def run_in(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    return instance.create_run_for_job(refresh, status=status)


def status_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.status.value


def test_what_was_under_way_ends_and_what_waits_or_is_over_stays(instance):
    status = dg.DagsterRunStatus
    before = [status.STARTED, status.STARTING, status.CANCELING]
    left = [status.NOT_STARTED, status.SUCCESS, status.FAILURE]
    runs = {each: run_in(instance, each) for each in [*before, *left]}

    ended = end_lost_runs(instance, lambda _: None)

    assert {*ended} == {runs[each].run_id for each in before}
    after = {each.value: status_of(instance, run) for each, run in runs.items()}
    assert after == {each.value: each.value for each in left} | {
        "STARTED": "FAILURE",
        "STARTING": "FAILURE",
        "CANCELING": "CANCELED",
    }


def test_every_job_of_a_run_is_canceled_and_every_run_ends_despite_a_refusal(instance):
    run = run_in(instance, dg.DagsterRunStatus.STARTED)
    for job_run in (11, 12):
        record_submission(instance, run, "films", job_run)
    asked: list[int] = []

    def cancel(job_run: int) -> None:
        asked.append(job_run)
        raise OSError("the workspace does not answer")

    end_lost_runs(instance, cancel)

    assert asked == [11, 12]
    assert status_of(instance, run) == "FAILURE"


def test_a_run_that_was_killed_in_mid_step_is_failed_and_its_job_canceled(tmp_path: Path):
    (tmp_path / "dagster").mkdir()
    with running_workspace(tmp_path / "workspace") as workspace:
        workspace.faults.append(Fault("HANGS"))
        environment = on_databricks(tmp_path, workspace)
        command = [
            str(BIN / "dagster"),
            "asset",
            "materialize",
            "-m",
            "capstone_assets.definitions",
        ]
        process = subprocess.Popen(
            [*command, "--select", "bronze/discogs_masters", "--partition", "1984"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
            while not (runs := instance.get_runs()) or not submitted_job_runs(
                instance, runs[0].run_id
            ):
                assert process.poll() is None
                time.sleep(0.2)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            [run] = instance.get_runs()
            assert run.status is dg.DagsterRunStatus.STARTED

            done = subprocess.run(
                [sys.executable, str(CHECKOUT / "infrastructure" / "lost_runs.py")],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )

            assert f"Ended run {run.run_id}" in done.stdout
            assert status_of(instance, run) == "FAILURE"
        assert workspace.jobs[0].ended == ("CANCELED", "USER_CANCELED", "canceled by a user")
