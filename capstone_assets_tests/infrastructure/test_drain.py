"""Draining before a deployment, on a real instance whose runs end on cue."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.launcher import RunLauncher

from infrastructure.drain import drain


@dg.op
def work() -> None:
    """Nothing: only its run is of interest."""


@dg.job
def refresh() -> None:
    work()


class Clock:
    """Time that passes only while someone sleeps; at each moment something may happen."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at: dict[float, list[dg.DagsterRun]] = {}
        self.instance: dg.DagsterInstance | None = None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for moment in [m for m in self.at if m <= self.now]:
            for run in self.at.pop(moment):
                assert self.instance
                self.instance.report_run_canceled(run)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def started(instance: dg.DagsterInstance) -> dg.DagsterRun:
    return instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)


def drained(
    instance: dg.DagsterInstance, clock: Clock, monkeypatch: pytest.MonkeyPatch, canceled: list[str]
) -> list[str]:
    clock.instance = instance

    def terminate(_: RunLauncher, run_id: str) -> bool:
        canceled.append(run_id)
        return True

    monkeypatch.setattr(type(instance.run_launcher), "terminate", terminate)
    return drain(
        instance,
        seconds_to_finish=60,
        seconds_to_cancel=60,
        clock=lambda: clock.now,
        sleep=clock.sleep,
    )


def test_a_run_that_finishes_in_time_is_left_alone(instance, monkeypatch):
    run, clock, canceled = started(instance), Clock(), list[str]()
    clock.at[45.0] = [run]

    assert drained(instance, clock, monkeypatch, canceled) == []
    assert canceled == []


def test_a_run_that_does_not_finish_is_canceled(instance, monkeypatch):
    run, clock, canceled = started(instance), Clock(), list[str]()
    clock.at[75.0] = [run]

    assert drained(instance, clock, monkeypatch, canceled) == []
    assert canceled == [run.run_id]


def test_a_run_that_cannot_be_canceled_is_reported(instance, monkeypatch):
    run, canceled = started(instance), list[str]()

    assert drained(instance, Clock(), monkeypatch, canceled) == [run.run_id]


def test_runs_that_have_not_started_wait_for_the_new_daemon(instance, monkeypatch):
    instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.NOT_STARTED)

    assert drained(instance, Clock(), monkeypatch, []) == []
