"""Run the main job from the command line and tell how it went.

Belongs here: starting the job on an instance, finding out why it failed.
Not here: what the job does (definitions.py), reading arguments (cli.py).
"""

import contextlib
import importlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from capstone_assets.environment import Environment, read_settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.years import YEAR_KEYS, parse_years
from capstone_assets.orchestration.assets.table_asset import asset_key
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.java import JavaNotFoundError
from capstone_assets.orchestration.resources.spark import start_local_spark
from capstone_assets.orchestration.step_audit import run_id_of


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its audit run id, and a sentence for each failed step or check."""

    run_id: str
    failures: list[str]


def lakehouse_job() -> dg.JobDefinition:
    """Return the main job; importable by name, so that another process can rebuild it."""
    from capstone_assets.definitions import defs

    return defs.resolve_job_def(LAKEHOUSE_JOB.name)


def run_lakehouse(years: str, layer: str | None = None) -> RunResult:
    """Run the assets and checks for the years from this process, on the instance of DAGSTER_HOME.

    All of them, or those of a layer: bronze, silver, gold or metrics.

    Raises:
        YearsError: see `parse_years`.
    """
    first, last = parse_years(years)
    # The JVM takes seconds to start; the first steps spend them asking the APIs.
    if read_settings().environment is Environment.LOCAL:
        threading.Thread(target=_start_spark, daemon=True).start()
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(Path.cwd() / ".dagster")))
    home.mkdir(parents=True, exist_ok=True)
    # One planned event an asset instead of one a year: SQLite takes 5 ms for each.
    os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "true")
    # And one transaction for a step's years (orchestration/event_log.py).
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(len(YEAR_KEYS)))
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(
            dg.reconstructable(lakehouse_job),
            instance=instance,
            tags={RANGE_START: first, RANGE_END: last},
            asset_selection=[asset_key(t) for t in TABLES.values() if layer in (None, t.layer)],
            # Progress is logged by the steps themselves; Dagster's own events fill pages.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        failures = list(_failures(result.all_events))
        if not result.success and not failures:
            failures = [
                event.message or "failed" for event in result.all_events if event.is_failure
            ]
        return RunResult(run_id_of(instance, result.run_id), failures)


def _start_spark() -> None:
    # What is wrong with Java is told by the step that needs it.
    with contextlib.suppress(JavaNotFoundError):
        start_local_spark()
    # The charts of the report: another second, while the first steps wait for Spark.
    importlib.import_module("capstone_assets.report.run_report")


def _failures(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error and error.cause:
                error = error.cause
            message = error.message.strip() if error else event.message
            # Dagster puts the class before the sentence.
            yield f"{event.step_key}: {re.sub(r'^[a-z_.]+[.][A-Z][A-Za-z]+: ', '', message or '')}"
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed:
                claim = f"{check.asset_key.to_user_string()}: {check.check_name}"
                yield f"{claim} does not hold: {check.description}"
