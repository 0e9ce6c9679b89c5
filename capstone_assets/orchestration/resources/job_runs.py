"""Read the state of a submitted job run: whether it is over, how it ended, and why.

Belongs here: the states of both versions of the Jobs API.
Not here: requesting them (resources/databricks.py), the consequences for the step.
"""

from databricks.sdk.service.jobs import (
    Run,
    RunLifeCycleState,
    RunLifecycleStateV2State,
    RunResultState,
    RunTask,
    TerminationCodeCode,
    TerminationTypeType,
)

# Passing failures: on another cluster, or later, the same step may well succeed.
_PASSING = {
    TerminationCodeCode.CLOUD_FAILURE,
    TerminationCodeCode.CLUSTER_ERROR,
    TerminationCodeCode.CLUSTER_REQUEST_LIMIT_EXCEEDED,
    TerminationCodeCode.DRIVER_ERROR,
    TerminationCodeCode.INTERNAL_ERROR,
    TerminationCodeCode.MAX_CONCURRENT_RUNS_EXCEEDED,
    TerminationCodeCode.MAX_JOB_QUEUE_SIZE_EXCEEDED,
    TerminationCodeCode.STORAGE_ACCESS_ERROR,
    TerminationCodeCode.WORKSPACE_RUN_LIMIT_EXCEEDED,
    TerminationTypeType.CLOUD_FAILURE,
    TerminationTypeType.INTERNAL_ERROR,
}
# In the message of a cluster that its own configuration ended, such as a failing init script. The
# workspace also says it of these reasons, where machines or calls were merely scarce.
_CLIENT = "CLIENT_ERROR"
_SCARCE = ("INSTANCE_POOL_MAX_CAPACITY", "SPOT_INSTANCE_TERMINATION", "_THROTTL")
_PASSING_RESULTS = {RunResultState.MAXIMUM_CONCURRENT_RUNS_REACHED}
_MEANT = {
    RunResultState.CANCELED,
    RunResultState.TIMEDOUT,
    TerminationCodeCode.CANCELED,
    TerminationCodeCode.USER_CANCELED,
}

# TERMINATING is not among them: a run need not have a result before its cluster is gone.
_OVER = {
    RunLifeCycleState.TERMINATED,
    RunLifeCycleState.INTERNAL_ERROR,
    RunLifeCycleState.SKIPPED,
}


def is_over(run: Run) -> bool:
    """Whether a run has its result."""
    if run.state and run.state.life_cycle_state:
        return run.state.life_cycle_state in _OVER
    return bool(run.status and run.status.state is RunLifecycleStateV2State.TERMINATED)


def has_finished_its_task(run: Run) -> bool:
    """Whether a run's task is over; its cluster may still be up."""
    terminating = (
        run.state and run.state.life_cycle_state is RunLifeCycleState.TERMINATING,
        run.status and run.status.state is RunLifecycleStateV2State.TERMINATING,
    )
    return is_over(run) or any(terminating)


def has_succeeded(run: Run) -> bool:
    """Whether a run's process succeeded."""
    if run.state and run.state.result_state:
        return run.state.result_state is RunResultState.SUCCESS
    return _code(run) is TerminationCodeCode.SUCCESS


def how_it_ended(run: Run) -> tuple[str, str]:
    """Return how a run ended, or its present state, and the workspace's message."""
    state = (run.state.result_state or run.state.life_cycle_state) if run.state else None
    code = _code(run)
    if state is None:
        return code.value if code else "unknown", _message(run)
    return state.value + (f" ({code.value})" if code else ""), _message(run)


def another_may_succeed(run: Run) -> bool:
    """Whether the same step may succeed on another cluster, or later.

    What ended a cluster may be in the run's task alone: the run then says that its task failed.
    """
    if _code(run) in _MEANT or (run.state and run.state.result_state in _MEANT):
        return False
    accounts: list[Run | RunTask] = [run, *(run.tasks or [])]
    said = " ".join(map(_message, accounts))
    if any(reason in said for reason in _SCARCE):
        return True
    reasons = {reason for each in accounts for reason in _reasons(each)}
    if not reasons:
        return any(map(_was_lost, accounts)) and _CLIENT not in said
    passing = reasons & _PASSING
    configured = passing == {TerminationCodeCode.CLUSTER_ERROR} and _CLIENT in said
    return bool(passing) and not configured


def _was_lost(run: Run | RunTask) -> bool:
    """Whether the Jobs service failed, or the cluster; a task that fails is TERMINATED."""
    state = run.state
    return state is not None and (
        state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
        or state.result_state in _PASSING_RESULTS
    )


def _reasons(run: Run | RunTask) -> set[TerminationCodeCode | TerminationTypeType]:
    details = run.status.termination_details if run.status else None
    return {each for each in (details and details.code, details and details.type) if each}


def _message(run: Run | RunTask) -> str:
    details = run.status.termination_details if run.status else None
    return (run.state and run.state.state_message) or (details and details.message) or ""


def _code(run: Run) -> TerminationCodeCode | None:
    details = run.status.termination_details if run.status else None
    return details.code if details else None
