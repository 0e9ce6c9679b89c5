"""A workspace that stumbles while it is asked about a job does not end the job."""

import gzip
import os
import pickle

import pytest
from databricks.sdk.errors import platform as refusals
from databricks.sdk.errors.base import DatabricksError

from capstone_assets.orchestration.resources.workspace_calls import patiently, pickled_text


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


class Workspace:
    """Raises each fault once, then answers."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)

    def state(self) -> str:
        if self.faults:
            raise self.faults.pop(0)
        return "RUNNING"


STUMBLES = [
    refusals.Aborted("409, two calls at once"),
    refusals.InternalError("500"),
    refusals.TemporarilyUnavailable("503"),
    refusals.DeadlineExceeded("504"),
    DatabricksError("502, for which the client has no class"),
    TimeoutError(),
]


def test_a_call_to_a_failing_workspace_is_retried_until_it_answers():
    clock = Clock()

    assert patiently(Workspace(*STUMBLES).state, 600, 5, clock) == "RUNNING"
    assert clock.now == 5 * len(STUMBLES)


@pytest.mark.parametrize(("stumbles", "asked"), [(120, True), (121, False)])
def test_patience_lasts_as_long_as_the_settings_say(stumbles, asked):
    workspace = Workspace(*[refusals.InternalError("502")] * stumbles)

    if asked:
        assert patiently(workspace.state, 600, 5, Clock()) == "RUNNING"
    else:
        with pytest.raises(refusals.InternalError):
            patiently(workspace.state, 600, 5, Clock())


def test_a_request_for_an_unknown_job_is_not_retried():
    clock = Clock()

    with pytest.raises(refusals.NotFound):
        patiently(Workspace(refusals.NotFound("no such run")).state, 600, 5, clock)

    assert clock.now == 0


def compressed(value: object) -> bytes:
    return gzip.compress(pickle.dumps(value))


class Attack:
    """A pickle of it calls a function when it is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/owned",)


def test_half_written_text_is_not_read_yet():
    written = compressed("[events]" * 1000)

    assert pickled_text(written) == "[events]" * 1000
    assert {pickled_text(written[:length]) for length in range(len(written))} == {None}


@pytest.mark.parametrize("value", [Attack(), [Attack()], {"a": 1}, os.getcwd])
def test_what_is_not_text_is_refused_and_nothing_of_it_is_called(value, monkeypatch):
    written = compressed(value)
    monkeypatch.setattr(os, "system", lambda _: pytest.fail("the pickle was obeyed"))

    with pytest.raises(pickle.UnpicklingError, match="may only hold text"):
        pickled_text(written)
