"""Fail the runs that died with the code location before this one, and cancel their Databricks jobs.

Belongs here: what code.sh does before it starts the code location.
Not here: ending runs gracefully before a deployment (drain.py).

A run is a process of the code location. When that is replaced, moved or killed, Dagster would show
its runs as started for a day, and they would occupy their pool. This code location has started no
run yet, so every run under way has lost its process.
"""

from collections.abc import Callable

import dagster as dg

from capstone_assets.orchestration.launching import submitted_job_runs

_UNDER_WAY = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_REASON = "The code location was replaced or restarted while this run was under way."


def end_lost_runs(instance: dg.DagsterInstance, cancel: Callable[[int], None]) -> list[str]:
    """End each run under way after its Databricks jobs; return their ids.

    A job that cannot be canceled does not keep its run from being ended: Databricks ends it at its
    timeout.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    for run in runs:
        for job_run in submitted_job_runs(instance, run.run_id):
            try:
                cancel(job_run)
            except Exception as refusal:
                print(f"Databricks job run {job_run} was not canceled: {refusal}")
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, _REASON)
        else:
            instance.report_run_failed(run, _REASON)
        print(f"Ended run {run.run_id}, whose process is gone.")
    return [run.run_id for run in runs]


def cancel_job_run(job_run: int) -> None:
    """Cancel a job run with the credentials of the environment; a finished one stays as it is."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

    from capstone_assets.orchestration.resources.workspace_calls import call_safely

    client = call_safely(WorkspaceClient(config=Config(retry_timeout_seconds=30)))
    client.jobs.cancel_run(job_run)


if __name__ == "__main__":
    with dg.DagsterInstance.get() as production:
        end_lost_runs(production, cancel_job_run)
