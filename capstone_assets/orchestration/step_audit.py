"""Let every step tell that it began, and how it ended where that was badly.

Belongs here: what of a Dagster step becomes an audit record.
Not here: the record and its files (audit/records.py), what a step that wrote its rows tells
(io_managers.py).
"""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import dagster as dg
from dagster._core.execution.context.system import StepExecutionContext
from pyspark.sql import DataFrame

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
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.redaction import without_secrets

log = logging.getLogger(__name__)

LAKE = "lake"
# An output's metadata: when the step began, for the record of its end.
BEGAN = "began"
_LONGEST_ERROR = 500

Step = TypeVar("Step", bound=Callable[..., Any])


@dataclass(frozen=True)
class AuditedStep:
    """A running step and where its records go."""

    lakehouse: Lakehouse
    records: Sequence[AuditRecord]

    @classmethod
    def of(cls, context: StepExecutionContext, lakehouse: Lakehouse) -> "AuditedStep":
        """The step of a context, beginning now: a record for each table, or one for its checks."""
        keys = context.job_def.asset_layer.get_selected_entity_keys_for_node(context.node_handle)
        tables = ["/".join(key.path) for key in keys if isinstance(key, dg.AssetKey)]
        common = AuditRecord(
            run_id=run_id_of(context.instance, context.run_id),
            dagster_run_id=context.run_id,
            step=context.step.key,
            layer=next(_layer(key) for key in keys),
            partitions=[],
            started=datetime.now(UTC),
            outcome=STARTED,
            parameters=_parameters(context),
        )
        years = _years(context)
        of_tables = [
            replace(common, step=name, partitions=years if TABLES[name].partitioned else [])
            for name in sorted(tables)
        ]
        return cls(lakehouse, of_tables or [common])

    def of_table(self, name: str) -> "AuditedStep":
        """The same for one of the tables that the step writes."""
        return replace(self, records=[each for each in self.records if each.step == name])

    def begin(self) -> None:
        """Record that the step starts."""
        begin_step(self.records[0].step)
        for record in self.records:
            write_record(self.lakehouse, record)

    def end(self, outcome: str, **told: Any) -> None:
        """Tell how the step ended."""
        finished = datetime.now(UTC)
        for record in self.records:
            seconds = round((finished - record.started).total_seconds(), 3)
            ended = replace(
                record,
                outcome=outcome,
                finished=finished,
                duration_seconds=seconds,
                compute=compute_used(read_launch(), seconds),
                **told,
            )
            write_record(self.lakehouse, ended)

    @contextmanager
    def telling_bad_ends(self) -> Iterator[None]:
        """Tell of an error or an interruption in the block; it goes on its way."""
        try:
            yield
        except BaseException as error:
            canceled = isinstance(error, (dg.DagsterExecutionInterruptedError, KeyboardInterrupt))
            try:
                self.end(CANCELED if canceled else FAILURE, error=_sentence(error))
            except OSError as unwritten:
                # The disk may be full, which is what the step failed of.
                log.warning("The end of a step could not be recorded: %s", unwritten)
            raise


def audited(step: Step) -> Step:
    """Let the function of an asset or of checks leave records of its start and of a bad end.

    An asset's end is told when its rows are stored; that of checks here, with what they found.
    """

    def begun(kwargs: dict[str, Any]) -> AuditedStep:
        lake = kwargs[LAKE] if takes_lake else kwargs.pop(LAKE)
        context = dg.OpExecutionContext.get().get_step_execution_context()
        audit = AuditedStep.of(context, lake.lakehouse)
        audit.begin()
        return audit

    @functools.wraps(step)
    def run(*args: Any, **kwargs: Any) -> Any:
        audit = begun(kwargs)
        with audit.telling_bad_ends():
            result = step(*args, **kwargs)
            if isinstance(result, dg.AssetCheckResult):
                [key] = dg.AssetCheckExecutionContext.get().selected_asset_check_keys
                audit.end(SUCCESS, checks=[_found(result, key)])
                return result
            return _stamped(result, audit.records[0].started)

    @functools.wraps(step)
    def generate(*args: Any, **kwargs: Any) -> Any:
        audit, found = begun(kwargs), []
        with audit.telling_bad_ends():
            for result in step(*args, **kwargs):
                found.append(_found(result, dg.AssetCheckKey(result.asset_key, result.check_name)))
                yield result
            audit.end(SUCCESS, checks=found)

    made = generate if inspect.isgeneratorfunction(step) else run
    signature = inspect.signature(step)
    takes_lake = LAKE in signature.parameters
    if not takes_lake:
        lake = inspect.Parameter(LAKE, inspect.Parameter.KEYWORD_ONLY, annotation=LakehouseResource)
        signature = signature.replace(parameters=[*signature.parameters.values(), lake])
    # Rows come out with a stamp.
    returned = signature.return_annotation
    returned = dg.Output[DataFrame] if returned is DataFrame else returned
    # Dagster reads resources, and what comes out, from the signature.
    made.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
    made.__annotations__ = {**step.__annotations__, LAKE: LakehouseResource, "return": returned}
    return made  # type: ignore[return-value]


def run_id_of(instance: dg.DagsterInstance, dagster_run_id: str) -> str:
    """Return the audit run id of a Dagster run; its time is when the run was created."""
    if launch := read_launch():
        # A cluster's instance knows nothing of the run.
        return launch.run_id
    record = instance.get_run_record_by_id(dagster_run_id)
    began = record.create_timestamp if record else datetime.now(UTC)
    return short_run_id(dagster_run_id, began)


def _stamped(result: Any, began: datetime) -> Any:
    """Let outputs say when their step began: Spark does the work later, when rows are stored."""
    stamp = {BEGAN: dg.MetadataValue.timestamp(began)}
    if isinstance(result, tuple):
        return tuple(each.with_metadata({**each.metadata, **stamp}) for each in result)
    if isinstance(result, dg.Output):
        return result.with_metadata({**result.metadata, **stamp})
    return dg.Output(result, metadata=stamp)


def _found(result: dg.AssetCheckResult, key: dg.AssetCheckKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "asset": key.asset_key.to_user_string(),
        "passed": result.passed,
        "severity": result.severity.value,
        "description": result.description,
        "figures": {name: value.value for name, value in (result.metadata or {}).items()},
    }


def _layer(key: dg.AssetKey | dg.AssetCheckKey) -> str:
    return (key if isinstance(key, dg.AssetKey) else key.asset_key).path[0]


def _years(context: StepExecutionContext) -> list[str]:
    if context.has_partition_key:
        return [context.partition_key]
    if context.has_partition_key_range:
        span = context.partition_key_range
        return list(YEAR_KEYS[YEAR_KEYS.index(span.start) : YEAR_KEYS.index(span.end) + 1])
    return []


def _parameters(context: StepExecutionContext) -> dict[str, Any]:
    given = context.op_config if isinstance(context.op_config, dict) else {}
    return {name: value for name, value in given.items() if value not in (None, {}, [])}


def _sentence(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return without_secrets(f"{type(error).__name__}: {first}")[:_LONGEST_ERROR]
