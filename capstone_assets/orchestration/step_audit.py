"""Record when each step starts, and how it ended.

Belongs here: turning the start and the end of a Dagster step into audit records.
Not here: the record and its files (audit/records.py), which steps there are (assets/).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from capstone_assets.audit.records import (
    CANCELED,
    FAILURE,
    STARTED,
    SUCCESS,
    AuditRecord,
    compute_used,
    short_run_id,
    write_record,
)
from capstone_assets.environment import read_launch
from capstone_assets.ingest.progress import begin_step
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.redaction import without_secrets

log = logging.getLogger(__name__)

_LONGEST_ERROR = 500


@dataclass
class StepAudit:
    """The records of one piece of work: that it started, and how it ended."""

    lakehouse: Lakehouse
    record: AuditRecord
    ended: bool = False
    # How long the job waited for its cluster, if this is the first step on it.
    start_seconds: float = 0

    @classmethod
    def begin(
        cls,
        context: dg.AssetExecutionContext,
        lakehouse: Lakehouse,
        step: str,
        partitions: Sequence[str],
    ) -> "StepAudit":
        """Record that a step starts now; its name begins with its layer."""
        record = AuditRecord(
            run_id=run_id_of(context.instance, context.run.run_id),
            dagster_run_id=context.run.run_id,
            step=step,
            layer=step.split("/")[0],
            partitions=[each for each in partitions if each],
            started=datetime.now(UTC),
            outcome=STARTED,
            parameters=_parameters(context),
        )
        write_record(lakehouse, record)
        return cls(lakehouse, record, start_seconds=seconds_of_the_start(record.started))

    def started_now(self) -> None:
        """Do not count the time until now: it was spent on another table of the same work."""
        begin_step(self.record.step)
        self.record = replace(self.record, started=datetime.now(UTC))

    def end(self, outcome: str = SUCCESS, **fields: Any) -> None:
        """Record how the step ended."""
        finished = datetime.now(UTC)
        seconds = round((finished - self.record.started).total_seconds(), 3)
        self.record = replace(
            self.record,
            outcome=outcome,
            finished=finished,
            duration_seconds=seconds,
            compute=compute_used(read_launch(), seconds, self.start_seconds),
            **fields,
        )
        self.ended = True
        write_record(self.lakehouse, self.record)


@contextmanager
def audited(
    context: dg.AssetExecutionContext, lakehouse: Lakehouse, step: str
) -> Iterator[StepAudit]:
    """Record that a step starts, and how it fails; the block itself records its success."""
    begin_step(step)
    audit = StepAudit.begin(context, lakehouse, step, years_of(context))
    with recording_failure([audit]):
        yield audit


@contextmanager
def recording_failure(audits: Sequence[StepAudit]) -> Iterator[None]:
    """Record an error or an interruption for the work that has not ended, then re-raise it."""
    try:
        yield
    except BaseException as error:
        canceled = isinstance(error, (dg.DagsterExecutionInterruptedError, KeyboardInterrupt))
        outcome = CANCELED if canceled else FAILURE
        try:
            for audit in audits:
                if not audit.ended:
                    audit.end(outcome, error=_sentence(error))
        except OSError as unwritten:
            # The disk may be full, which is why the step failed.
            log.warning("The end of a step could not be recorded: %s", unwritten)
        raise


# The submissions of this process whose wait was counted: on a cluster there is one.
_counted: set[float] = set()


def seconds_of_the_start(first_step: datetime) -> float:
    """Return the seconds between a job's submission and its first step; 0 for those after it."""
    launch = read_launch()
    if launch is None or launch.submitted in _counted:
        return 0
    _counted.add(launch.submitted)
    # The clocks of host and cluster differ.
    return max(0, first_step.timestamp() - launch.submitted)


def run_id_of(instance: dg.DagsterInstance, dagster_run_id: str) -> str:
    """Return the audit run id of a Dagster run; its time is when the run was created."""
    if launch := read_launch():
        # A cluster's instance does not have the run.
        return launch.run_id
    record = instance.get_run_record_by_id(dagster_run_id)
    began = record.create_timestamp if record else datetime.now(UTC)
    return short_run_id(dagster_run_id, began)


def years_of(context: dg.AssetExecutionContext) -> list[str]:
    """Return the partitions of the run, in order; none of a run without partitions.

    Raises:
        DagsterInvalidInvocationError: the range of the run is reversed.
    """
    if context.has_partition_key:
        return [context.partition_key]
    if context.has_partition_key_range:
        span = context.partition_key_range
        first, last = YEAR_KEYS.index(span.start), YEAR_KEYS.index(span.end)
        if first > last:
            raise dg.DagsterInvalidInvocationError(
                f"The range {span.start}...{span.end} is reversed. Nothing was made: give "
                f"{span.end}...{span.start}."
            )
        return list(YEAR_KEYS[first : last + 1])
    return []


def _parameters(context: dg.AssetExecutionContext) -> dict[str, Any]:
    given = context.op_execution_context.op_config
    given = given if isinstance(given, dict) else {}
    return {name: value for name, value in given.items() if value not in (None, {}, [])}


def _sentence(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return without_secrets(f"{type(error).__name__}: {first}")[:_LONGEST_ERROR]
