"""Run the main job from the command line and report the outcome.

Belongs here: starting the job on an instance, finding out why it failed.
Not here: what the job does (definitions.py), reading arguments (cli.py).
"""

import contextlib
import errno
import importlib
import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
from py4j.protocol import Py4JError
from pyspark import SparkContext

from capstone_assets.environment import Environment, read_settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS, parse_years
from capstone_assets.orchestration.assets.metrics import WRITES_REPORT
from capstone_assets.orchestration.assets.raw import DISCOGS_PAGES, TMDB_PAGES
from capstone_assets.orchestration.dagster_internals import (
    SINGLETON_REPOSITORY_NAME,
    DagsterAssetCheckFailedError,
    LoadableTargetOrigin,
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteRepositoryOrigin,
    SerializableErrorInfo,
    execute_run,
)
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.java import JavaNotFoundError
from capstone_assets.orchestration.resources.spark import start_local_spark
from capstone_assets.orchestration.resources.spark_sizes import bytes_below
from capstone_assets.orchestration.root_cause import root_cause
from capstone_assets.orchestration.step_audit import run_id_of
from capstone_assets.orchestration.table_metadata import asset_key
from capstone_assets.orchestration.upkeep import tidy_if_due
from capstone_assets.preflight import holding_lake, prepare_dagster_home
from capstone_assets.quality.validation import failure
from capstone_assets.terminal import showing_run

log = logging.getLogger(__name__)

# By its origin the web UI assigns a run to the job: its page, and the timeline, show it.
_LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(
    LoadableTargetOrigin(module_name="capstone_assets.definitions"), "capstone_assets"
)
ORIGIN = RemoteRepositoryOrigin(_LOCATION, SINGLETON_REPOSITORY_NAME)


class RunInterruptedError(Exception):
    """A person or a signal stopped the run; what it wrote stays."""


@dataclass(frozen=True)
class RunResult:
    """A run's audit run id, and a sentence for each failed step or blocking check."""

    run_id: str
    failures: list[str]


def lakehouse_job() -> dg.JobDefinition:
    """Return the main job; importable by name, so that another process can rebuild it."""
    from capstone_assets.definitions import build_defs

    return build_defs(read_settings()).resolve_job_def(LAKEHOUSE_JOB.name)


def run_lakehouse(years: str, layer: str | None = None) -> RunResult:
    """Run the assets and checks for the years from this process, on the instance of DAGSTER_HOME.

    All layers, or one: bronze (with the raw pages), silver, gold or metrics. Progress
    is shown on stderr.

    Raises:
        YearsError: see `parse_years`.
        PreflightError: another process holds the lake; nothing was started.
        RunInterruptedError: a person or a signal stopped the run.
    """
    first, last = parse_years(years)
    settings = read_settings()
    home = prepare_dagster_home()
    # One planned event an asset instead of one a year: SQLite takes 5 ms for each.
    os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "true")
    # And one transaction for a step's years (orchestration/event_log.py).
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(len(YEAR_KEYS)))
    with (
        holding_lake(settings.lake),
        showing_run(home / "last_run.log", _spark_tasks),
        dg.DagsterInstance.get() as instance,
    ):
        # The JVM takes seconds to start, which the first steps spend on requests to the APIs.
        if settings.environment is Environment.LOCAL:
            threading.Thread(target=_start_spark, args=[settings.lake], daemon=True).start()
        job = dg.reconstructable(lakehouse_job)
        # `dg.execute_job` is the same without an origin.
        run = instance.create_run_for_job(
            job.get_definition(),
            tags={RANGE_START: first, RANGE_END: last, WRITES_REPORT: "capstone run"},
            asset_selection={
                *([TMDB_PAGES, DISCOGS_PAGES] if layer in (None, "bronze") else []),
                *(asset_key(t) for t in TABLES.values() if layer in (None, t.layer)),
            },
            # Progress is logged by the steps themselves; Dagster's own events fill pages.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            job_code_origin=job.get_python_origin(),
            remote_job_origin=ORIGIN.get_job_origin(LAKEHOUSE_JOB.name),
        )
        result = execute_run(job, run, instance)
        if any(map(_is_interruption, result.all_events)):
            raise RunInterruptedError(result.run_id)
        failures = list(failures_of(result.all_events))
        if not result.success and not failures:
            failures = [
                event.message or "failed" for event in result.all_events if event.is_failure
            ]
        _tidy(settings.lake, instance)
        return RunResult(run_id_of(instance, result.run_id), failures)


def _tidy(lake: str, instance: dg.DagsterInstance) -> None:
    try:
        tidy_if_due(Lakehouse(lake), instance, datetime.now(UTC))
    except OSError as error:
        # The run itself is done: files that could not be deleted stay until tomorrow.
        log.warning("The upkeep of the lake did not finish: %s", error)


def _spark_tasks() -> str:
    """Return Spark's progress, "" if it is idle."""
    context = SparkContext._active_spark_context
    if context is None:
        return ""
    try:
        tracker = context.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    except (Py4JError, AttributeError, OSError):
        return ""  # The session is starting, or ending.
    known = [stage for stage in stages if stage]
    if not known:
        return ""
    done, tasks = sum(s.numCompletedTasks for s in known), sum(s.numTasks for s in known)
    return f"Spark: {done} of {tasks} tasks"


def _start_spark(lake: str) -> None:
    # A missing Java is reported by the check before the run, or by the step that needs it.
    with contextlib.suppress(JavaNotFoundError):
        start_local_spark(bytes_below(Lakehouse(lake).url("intermediate")))
    # The charts of the report: another second, while the first steps wait for Spark.
    importlib.import_module("capstone_assets.report.run_report")


def _is_interruption(event: dg.DagsterEvent) -> bool:
    """Whether a signal ended the run, or a step, which Dagster then calls failed."""
    if event.event_type is dg.DagsterEventType.RUN_CANCELED:
        return True
    error = _root_cause(event)
    return error is not None and error.cls_name in _INTERRUPTIONS


_INTERRUPTIONS = {dg.DagsterExecutionInterruptedError.__name__, KeyboardInterrupt.__name__}


def _root_cause(event: dg.DagsterEvent) -> SerializableErrorInfo | None:
    """Return the first error of a failed step: Dagster wraps it in errors of its own."""
    return root_cause(event.step_failure_data.error) if event.is_step_failure else None


def failures_of(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    """Yield a sentence for each step that failed and each blocking check that failed.

    Of a run's events; a check that only warns fails no run.
    """
    for event in events:
        if event.is_step_failure:
            error = _root_cause(event)
            if error and error.cls_name == DagsterAssetCheckFailedError.__name__:
                continue  # Its checks report themselves.
            message = (error.message.strip() if error else event.message) or ""
            if _NO_ROOM in message:
                # Spark reports it in pages of Java.
                message = f"{_NO_ROOM}. What was stored before is whole: make room, and run again."
            # Dagster puts the class before the message.
            yield f"{event.step_key}: {re.sub(r'^[a-z_.]+[.][A-Z][A-Za-z]+: ', '', message)}"
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and _may_block(check):
                asset = check.asset_key.to_user_string()
                yield failure(asset, check.check_name, check.description or "")


_NO_ROOM = os.strerror(errno.ENOSPC)


def _may_block(check: dg.AssetCheckEvaluation) -> bool:
    # Any other is a warning: the summary and the report show it.
    return bool(check.blocking) and check.severity is dg.AssetCheckSeverity.ERROR
