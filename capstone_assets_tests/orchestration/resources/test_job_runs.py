"""A job run's state, as both versions of the Jobs API report it."""

from typing import Any

import pytest
from databricks.sdk.service.jobs import Run, RunTask

from capstone_assets.orchestration.resources.job_runs import (
    another_may_succeed,
    has_finished_its_task,
    has_succeeded,
    how_it_ended,
    is_over,
)


def run(life_cycle: str, result: str | None = None, message: str = "", **status: Any) -> Run:
    state = {"life_cycle_state": life_cycle, "result_state": result, "state_message": message}
    return Run.from_dict({"run_id": 1, "state": state, **({"status": status} if status else {})})


def newer(
    state: str, code: str | None = None, kind: str | None = None, message: str = "why"
) -> Run:
    details = {"code": code, "type": kind, "message": message} if code or kind else None
    return Run.from_dict({"status": {"state": state, "termination_details": details}})


@pytest.mark.parametrize(
    ("state", "over"),
    [
        *[(each, False) for each in ("PENDING", "QUEUED", "BLOCKED", "RUNNING", "TERMINATING")],
        *[(each, False) for each in ("WAITING_FOR_RETRY", "A_STATE_OF_2027")],
        *[(each, True) for each in ("TERMINATED", "INTERNAL_ERROR", "SKIPPED")],
    ],
)
def test_a_run_is_over_when_it_has_its_result(state, over):
    assert is_over(run(state)) is over


def test_a_run_that_only_has_the_newer_status_is_read_by_that():
    assert not is_over(newer("TERMINATING"))
    assert has_finished_its_task(newer("TERMINATING"))
    assert has_succeeded(newer("TERMINATED", "SUCCESS"))
    assert how_it_ended(newer("TERMINATED", "CLOUD_FAILURE")) == ("CLOUD_FAILURE", "why")


NO_SUCCESS = ["FAILED", "TIMEDOUT", "CANCELED", "EXCLUDED", "DISABLED", "UPSTREAM_FAILED"]
NO_SUCCESS += ["UPSTREAM_CANCELED", "SUCCESS_WITH_FAILURES", "MAXIMUM_CONCURRENT_RUNS_REACHED"]


@pytest.mark.parametrize("result", [*NO_SUCCESS, "A_RESULT_OF_2027", None])
def test_only_success_is_success(result):
    assert not has_succeeded(run("TERMINATED", result))


@pytest.mark.parametrize(
    ("ended", "again"),
    [
        (newer("TERMINATED", "CLOUD_FAILURE", "CLOUD_FAILURE"), True),
        (newer("TERMINATED", "WORKSPACE_RUN_LIMIT_EXCEEDED", "CLIENT_ERROR"), True),
        (newer("TERMINATED", "INVALID_CLUSTER_REQUEST", "CLIENT_ERROR"), False),
        (newer("TERMINATED", "USER_CANCELED", "CLIENT_ERROR"), False),
        (newer("TERMINATED", "CLUSTER_ERROR", "CLIENT_ERROR"), True),
        (newer("TERMINATED", "CLUSTER_ERROR", message="INIT_SCRIPT_FAILURE (CLIENT_ERROR)"), False),
        (run("INTERNAL_ERROR", "FAILED", "Unexpected failure during startup"), True),
        (run("INTERNAL_ERROR", "FAILED", "INIT_SCRIPT_FAILURE (CLIENT_ERROR)"), False),
        (run("TERMINATED", "FAILED", "the task failed"), False),
        (run("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED"), True),
        (run("TERMINATED", "TIMEDOUT"), False),
        (
            newer(
                "TERMINATED",
                "CLUSTER_ERROR",
                "CLIENT_ERROR",
                "INSTANCE_POOL_MAX_CAPACITY_REACHED (CLIENT_ERROR)",
            ),
            True,
        ),
        (
            run("INTERNAL_ERROR", "FAILED", "AZURE_RESOURCE_PROVIDER_THROTTLING(CLIENT_ERROR)"),
            True,
        ),
        (
            run("INTERNAL_ERROR", "FAILED", "AZURE_QUOTA_EXCEEDED_EXCEPTION(CLIENT_ERROR)"),
            False,
        ),
    ],
)
def test_another_attempt_is_for_what_was_not_the_steps_fault(ended, again):
    assert another_may_succeed(ended) is again


@pytest.mark.parametrize(
    ("of_the_run", "of_its_task", "again"),
    [
        ("RUN_EXECUTION_ERROR", "CLOUD_FAILURE", True),
        ("RUN_EXECUTION_ERROR", "LIBRARY_INSTALLATION_ERROR", False),
        ("CLOUD_FAILURE", None, True),
        # A person ends a run whatever its cluster does meanwhile.
        ("USER_CANCELED", "CLUSTER_ERROR", False),
    ],
)
def test_why_a_run_ended_may_be_in_its_task_alone(of_the_run, of_its_task, again):
    ended = newer("TERMINATED", of_the_run, "CLIENT_ERROR")
    ended.tasks = [RunTask.from_dict(newer("TERMINATED", of_its_task).as_dict())]

    assert another_may_succeed(ended) is again
