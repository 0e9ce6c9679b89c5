"""A workspace that stumbles while it is asked about a job does not end the job."""

import pytest
from databricks.sdk.errors import platform as refusals
from databricks.sdk.errors.base import DatabricksError

from capstone_assets.orchestration.resources.workspace_calls import patiently


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
    refusals.InternalError("500"),
    refusals.TemporarilyUnavailable("503"),
    refusals.DeadlineExceeded("504"),
    DatabricksError("502, for which the client has no class"),
    TimeoutError(),
]


def test_a_workspace_that_stumbles_is_asked_again_until_it_answers():
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


def test_a_job_that_does_not_exist_is_not_asked_for_again():
    clock = Clock()

    with pytest.raises(refusals.NotFound):
        patiently(Workspace(refusals.NotFound("no such run")).state, 600, 5, clock)

    assert clock.now == 0
