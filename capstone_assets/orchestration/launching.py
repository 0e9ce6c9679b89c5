"""The resource that decides where a step runs: the name by which steps require it.

Belongs here: the name, and which jobs a run submitted.
Not here: the decision (definitions.py), the launcher itself (resources/databricks.py).
"""

import re

import dagster as dg

STEP_LAUNCHER = "step_launcher"

_SUBMITTED = "Submitted the step as Databricks job run {}."
_SUBMITTED_PATTERN = re.compile(re.escape(_SUBMITTED).replace(r"\{\}", r"(\d+)"))


def record_submission(
    instance: dg.DagsterInstance, run: dg.DagsterRun, step: str, databricks_run_id: int
) -> None:
    """Record in a run's events that a step was submitted, so that its job is found if it dies."""
    instance.report_engine_event(_SUBMITTED.format(databricks_run_id), run, step_key=step)


def submitted_job_runs(instance: dg.DagsterInstance, run_id: str) -> list[int]:
    """Return the ids of the job runs that a run has submitted, over or not."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    found = (_SUBMITTED_PATTERN.search(event.message) for event in events)
    return [int(match[1]) for match in found if match]
