"""Execute the main job on a Dagster instance, and find out why it failed.

Belongs here: Dagster's run of the job and its events.
Not here: what the job does (definitions.py), what a person sees of it (run.py).
"""

import errno
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from capstone_assets.environment import read_settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS
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
from capstone_assets.orchestration.root_cause import root_cause
from capstone_assets.orchestration.step_audit import run_id_of
from capstone_assets.orchestration.table_metadata import asset_key
from capstone_assets.orchestration.upkeep import tidy_if_due
from capstone_assets.quality.validation import failure

log = logging.getLogger(__name__)

# By its origin the web UI assigns a run to the job: its page, and the timeline, show it.
_LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(
    LoadableTargetOrigin(module_name="capstone_assets.definitions"), "capstone_assets"
)
ORIGIN = RemoteRepositoryOrigin(_LOCATION, SINGLETON_REPOSITORY_NAME)


@dataclass(frozen=True)
class RunResult:
    """A run's audit run id, and a sentence for each failed step or blocking check.

    `was_interrupted` is whether a person or a signal stopped it.
    """

    run_id: str
    failures: list[str]
    was_interrupted: bool = False


def lakehouse_job() -> dg.JobDefinition:
    """Return the main job; importable by name, so that another process can rebuild it."""
    from capstone_assets.definitions import build_defs

    return build_defs(read_settings()).resolve_job_def(LAKEHOUSE_JOB.name)


def execute_main_job(first: str, last: str, layer: str | None, lake: str) -> RunResult:
    """Run the assets and checks from one year to another, on the instance of DAGSTER_HOME.

    All layers, or one: bronze (with the raw pages), silver, gold or metrics. A year may also be
    `unknown`.
    """
    # One planned event an asset instead of one a year: SQLite takes 5 ms for each.
    os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "true")
    # And one transaction for a step's years (orchestration/event_log.py).
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(len(YEAR_KEYS)))
    with dg.DagsterInstance.get() as instance:
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
        run_id = run_id_of(instance, result.run_id)
        if any(map(_is_interruption, result.all_events)):
            return RunResult(run_id, [], was_interrupted=True)
        failures = list(failures_of(result.all_events))
        if not result.success and not failures:
            failures = [
                event.message or "failed" for event in result.all_events if event.is_failure
            ]
        _tidy(lake, instance)
        return RunResult(run_id, failures)


def _tidy(lake: str, instance: dg.DagsterInstance) -> None:
    try:
        tidy_if_due(Lakehouse(lake), instance, datetime.now(UTC))
    except OSError as error:
        # The run itself is done: files that could not be deleted stay until tomorrow.
        log.warning("The upkeep of the lake did not finish: %s", error)


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
