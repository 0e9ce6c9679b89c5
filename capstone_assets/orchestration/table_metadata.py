"""The metadata that Dagster shows of a table and of its written rows.

Belongs here: metadata of assets and of their materializations.
Not here: writing rows (table_steps.py), a table's declaration (lake/).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from capstone_assets.audit.records import report_path
from capstone_assets.ingest.landing import SliceLanding
from capstone_assets.lake.attribution import attribution_of
from capstone_assets.lake.metrics import PIPELINE_SUMMARY
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.code_references import source_of
from capstone_assets.orchestration.markdown import plain

OWNERS = ["team:lakehouse"]
KINDS = {"pyspark", "parquet"}
SAMPLE_ROWS = 3
_CELL_WIDTH = 60

# A page is valid for a week (LandingConfig), so bronze that was not materialized within that time
# is stale; the sensors make it much sooner. What is made from it may be a day behind.
FRESHNESS = {
    layer: dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=days), warn_window=timedelta(days=days / 2)
    )
    for layer, days in {"raw": 7, "bronze": 7, "silver": 8, "gold": 8, "metrics": 8}.items()
}


def asset_key(table: Table) -> dg.AssetKey:
    """Return a table's asset key: layer, then name."""
    return dg.AssetKey(table.name.split("/"))


def describe(table: Table, made_by: Callable[..., Any]) -> dict[str, Any]:
    """Return the metadata of a table and of the function that makes it, for the asset graph."""
    return {
        "group_name": table.layer,
        "description": f"{table.description} {attribution_of(table)}".rstrip(),
        "kinds": KINDS,
        "owners": OWNERS,
        "freshness_policy": FRESHNESS[table.layer],
        "tags": {"layer": table.layer},
        "metadata": {
            "dagster/column_schema": column_schema(table),
            "dagster/column_lineage": column_lineage(table),
            **source_of(made_by),
        },
    }


def describe_rows(
    context: dg.AssetExecutionContext,
    lakehouse: Lakehouse,
    table: Table,
    rows_by_partition: dict[str, int],
    data_versions: Mapping[str, str],
) -> dict[str, Any]:
    """Attach each written partition's sample, row count and data version, where it has one.

    Returns the metadata of them all.
    """
    key = asset_key(table)
    for partition, rows in rows_by_partition.items():
        # Half of the years may have no rows: there is no need to open their files.
        sample = sample_as_markdown(lakehouse, table, partition) if rows else "no rows"
        metadata: dict[str, Any] = {"sample": dg.MetadataValue.md(sample)}
        if partition:
            metadata["dagster/partition_row_count"] = rows
        if partition in data_versions:
            metadata["data_version"] = data_versions[partition]
        context.add_asset_metadata(metadata, asset_key=key, partition_key=partition or None)
    # Dagster shows the latest materialization's schema; a copy with each of 129 years would take
    # longer to store than the years themselves.
    context.add_asset_metadata(
        {
            "dagster/column_schema": column_schema(table),
            "dagster/column_lineage": column_lineage(table),
        },
        asset_key=key,
        partition_key=list(rows_by_partition)[-1] or None,
    )
    return {
        "dagster/row_count": _rows_of_table(lakehouse, table, rows_by_partition),
        "dagster/table_name": table.name,
        "path": dg.MetadataValue.path(lakehouse.url(table.path)),
    }


def describe_quarantined(counted: SliceLanding) -> dict[str, Any]:
    """Return how many rows of the years were quarantined or read with a change, and why."""
    return {
        "quarantined": counted.quarantined,
        "mended": counted.mended,
        "quarantined_and_mended_by_reason": dg.MetadataValue.json(counted.reasons),
    }


def link_to_report(
    context: dg.AssetExecutionContext, lakehouse: Lakehouse, run_id: str
) -> dict[str, dg.MetadataValue]:
    """Return where the run's report will be, as metadata; nothing if it writes none."""
    selected = context.run.asset_selection
    if selected is not None and asset_key(PIPELINE_SUMMARY) not in selected:
        return {}
    return {"report": dg.MetadataValue.path(report_path(lakehouse, run_id))}


def _rows_of_table(lakehouse: Lakehouse, table: Table, written: Mapping[str, int]) -> int:
    """Rows of the whole table: a partition's own count stands beside its sample."""
    is_whole = not table.partitioned or len(written) == len(YEAR_KEYS)
    return sum((written if is_whole else lakehouse.row_counts(table)).values())


def describe_crowded(pieces: Mapping[str, int]) -> dict[str, Any]:
    """Return the pieces of titles that so many films share that they propose no pair."""
    return {"crowded_pieces": dg.MetadataValue.json(dict(pieces))}


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
    lines: list[Sequence[str]] = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_cell(value) for value in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    text = str(value)
    return plain(text if len(text) <= _CELL_WIDTH else text[: _CELL_WIDTH - 1] + "…")
