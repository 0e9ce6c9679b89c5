"""How Dagster stores and loads a table's rows.

Belongs here: the one I/O manager, the metadata of what was written, the step's audit record.
Not here: paths and files (lake/storage.py), schemas (lake/schemas.py).
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import PrivateAttr
from pyspark.sql import DataFrame

from capstone_assets.audit.records import AuditRecord, compute_used, write_record
from capstone_assets.environment import read_launch, read_unity_catalog
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.unity_catalog import LAYER, register
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.markdown import plain
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.spark import SparkResource
from capstone_assets.orchestration.step_audit import BEGAN, AuditedStep, run_id_of

log = logging.getLogger(__name__)

SAMPLE_ROWS = 3
_CELL_WIDTH = 60

# Set by what asks an API, read here for the audit record.
REQUESTS = "requests"


class TableIOManager(dg.ConfigurableIOManager):
    """Stores what an asset returns as its declared table, by partition, all or nothing."""

    lake: dg.ResourceDependency[LakehouseResource]
    pyspark: dg.ResourceDependency[SparkResource]
    _records_in: Counter[str] = PrivateAttr(default_factory=Counter)
    _finished: dict[str, datetime] = PrivateAttr(default_factory=dict)

    def load_input(self, context: dg.InputContext) -> DataFrame:
        """Read the partitions that the asset's partition mapping asks for.

        An input mapped to every partition gets those that are stored: years without data need
        never be materialized. Any other input must be there.

        Raises:
            NotMaterializedError: a partition that is needed was never written.
        """
        table, lakehouse = _table(context.asset_key), self.lake.lakehouse
        wanted: Sequence[str] | None = None
        if context.has_asset_partitions:
            asked = context.asset_partition_keys
            wanted = asked if len(asked) < len(YEAR_KEYS) else None
        with AuditedStep.of(context.step_context, lakehouse).telling_bad_ends():
            rows = lakehouse.row_counts(table, wanted)
            self._records_in[context.step_context.step.key] += sum(rows.values())
            return lakehouse.read(self.pyspark.spark_session, table, wanted)

    def handle_output(self, context: dg.OutputContext, obj: DataFrame) -> None:
        """Write the rows, attach their metadata and leave the audit record.

        Raises:
            LakehouseError: the rows are not what the table declares; nothing was written.
        """
        audit = AuditedStep.of(context.step_context, self.lake.lakehouse)
        with audit.of_table(_table(context.asset_key).name).telling_bad_ends():
            self._store(context, obj)

    def _store(self, context: dg.OutputContext, obj: DataFrame) -> None:
        table, lakehouse = _table(context.asset_key), self.lake.lakehouse
        # On a cluster they come in no order.
        keys = context.asset_partition_keys if context.has_asset_partitions else [""]
        partitions = sorted(keys, key=[*YEAR_KEYS, ""].index)
        counts = lakehouse.write(obj, table, partitions)
        if table.layer == LAYER and (catalog := read_unity_catalog()):
            register(self.pyspark.spark_session, table, lakehouse.url(table.path), catalog)
        context.add_output_metadata(
            {
                "dagster/row_count": _rows_of_table(lakehouse, table, counts),
                "dagster/table_name": table.name,
                "path": dg.MetadataValue.path(lakehouse.url(table.path)),
            }
        )
        for partition in partitions:
            self._describe_partition(context, table, partition, counts[partition])
        self._describe_columns(context, table, partitions[-1])
        record = self._audit_record(context, table, partitions, sum(counts.values()))
        write_record(lakehouse, record)
        log.info(
            "%s: %s rows in %s of %s partitions, %.1f s",
            table.name,
            f"{record.records_out:,}",
            sum(1 for rows in counts.values() if rows),
            len(partitions),
            record.duration_seconds,
        )

    def _describe_partition(
        self, context: dg.OutputContext, table: Table, partition: str, rows: int
    ) -> None:
        # Half of the years may have no rows: there is no need to open their files.
        sample = sample_as_markdown(self.lake.lakehouse, table, partition) if rows else "no rows"
        metadata: dict[str, Any] = {"sample": dg.MetadataValue.md(sample)}
        if partition:
            metadata["dagster/partition_row_count"] = rows
        context.step_context.add_asset_metadata(
            metadata, asset_key=context.asset_key, partition_key=partition or None
        )

    def _describe_columns(self, context: dg.OutputContext, table: Table, last: str) -> None:
        # Dagster shows the latest materialization's; a copy with each of 129 years would take
        # longer to store than the years themselves.
        context.step_context.add_asset_metadata(
            {
                "dagster/column_schema": column_schema(table),
                "dagster/column_lineage": column_lineage(table),
            },
            asset_key=context.asset_key,
            partition_key=last or None,
        )

    def _audit_record(
        self, context: dg.OutputContext, table: Table, partitions: list[str], records_out: int
    ) -> AuditRecord:
        metadata = context.output_metadata
        # A step's second table took what came after its first.
        started = self._finished.get(
            context.step_key, datetime.fromtimestamp(metadata[BEGAN].value, UTC)
        )
        finished = self._finished[context.step_key] = datetime.now(UTC)
        seconds = round((finished - started).total_seconds(), 3)
        return AuditRecord(
            run_id=run_id_of(context.step_context.instance, context.run_id),
            dagster_run_id=context.run_id,
            step=table.name,
            layer=table.layer,
            partitions=[partition for partition in partitions if partition],
            records_in=self._records_in.get(context.step_key),
            records_out=records_out,
            duration_seconds=seconds,
            output=self.lake.lakehouse.url(table.path),
            schema_fingerprint=schema_fingerprint(table),
            started=started,
            finished=finished,
            requests=metadata[REQUESTS].value if REQUESTS in metadata else {},
            compute=compute_used(read_launch(), seconds),
        )


def _rows_of_table(lakehouse: Lakehouse, table: Table, written: Mapping[str, int]) -> int:
    """Rows of the whole table: a partition's own count stands beside its sample."""
    is_whole = not table.partitioned or len(written) == len(YEAR_KEYS)
    return sum((written if is_whole else lakehouse.row_counts(table)).values())


def column_schema(table: Table) -> dg.TableSchema:
    """Return a table's declared schema as Dagster shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.simpleString(),
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable, unique=table.unique_key == (column.name,)
                ),
            )
            for column in table.columns
        ]
    )


def column_lineage(table: Table) -> dg.TableColumnLineage:
    """Return which upstream columns each column is made of."""
    return dg.TableColumnLineage(
        deps_by_column={
            column.name: [
                dg.TableColumnDep(
                    asset_key=dg.AssetKey(source.split(".")[0].split("/")),
                    column_name=source.split(".")[1],
                )
                for source in column.sources
            ]
            for column in table.columns
            if column.sources
        }
    )


def schema_fingerprint(table: Table) -> str:
    """Return a short hash of a table's declared columns and types."""
    declared = table.spark_schema.json()
    return hashlib.sha256(declared.encode()).hexdigest()[:12]


def sample_as_markdown(lakehouse: Lakehouse, table: Table, partition: str) -> str:
    """Return the first rows of a stored partition as a Markdown table, long values cut."""
    rows = lakehouse.sample(table, partition, SAMPLE_ROWS)
    if not rows:
        return "no rows"
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(v) for v in r.values()] for r in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    text = str(value)
    return plain(text if len(text) <= _CELL_WIDTH else text[: _CELL_WIDTH - 1] + "…")


def _table(asset_key: dg.AssetKey) -> Table:
    return TABLES["/".join(asset_key.path)]
