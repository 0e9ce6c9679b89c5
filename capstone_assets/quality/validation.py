"""Validate stored tables against their declared schemas.

Belongs here: what is verified about a table, and how. Files and rows in, findings out.
Not here: Dagster's checks, which report the findings (orchestration/checks.py).

A table is read once for all its claims, batch by batch (profile.py); a Spark job for each claim
took longer to start than to run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Reference, Table
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.quality.profile import SAMPLE_ROWS, Profile, profile, sample_rows

COLUMNS = "columns_are_as_declared"


@dataclass(frozen=True)
class Finding:
    """Whether a claim about a table holds, and the figures that show it."""

    claim: str
    holds: bool
    summary: str
    figures: dict[str, Any] = field(default_factory=dict)


def claims(table: Table) -> dict[str, str]:
    """Return the claims that `validate` examines for a table, with their meaning."""
    key = ", ".join(table.unique_key)
    meaning = {
        COLUMNS: "Every stored file has the declared columns and types.",
        "required_values_are_present": "No column declared as not nullable holds a null.",
        "key_is_unique": f"No two rows share {key}.",
        "values_are_allowed": "Values lie in the declared sets and bounds; years are partitions.",
    }
    if table.references:
        targets = ", ".join(f"{r.column} in {r.to_table}" for r in table.references)
        meaning["references_exist"] = f"Every referenced row exists: {targets}."
    return meaning


def validate(
    lakehouse: Lakehouse, table: Table, read: Callable[[], Profile] | None = None
) -> Iterator[Finding]:
    """Examine every claim about a stored table, in the order of `claims`.

    `read` returns its profile, which other checks share; without it the table is read here.

    A table whose columns are not as declared cannot be examined further: its other claims fail
    with that reason.

    Raises:
        NotMaterializedError: the table was never written.
    """
    columns = _columns_are_as_declared(lakehouse, table)
    yield columns
    if not columns.holds:
        for claim in list(claims(table))[1:]:
            yield unexaminable(claim)
        return
    found = read() if read else profile(lakehouse, table)
    yield _required_values_are_present(found, table)
    yield _key_is_unique(found, table)
    yield _values_are_allowed(found)
    if table.references:
        yield _references_exist(found, lakehouse, table)


def unexaminable(claim: str) -> Finding:
    """The finding about a table whose columns are not as declared."""
    return Finding(claim, False, "not examined: the columns are not as declared")


def failure(asset: str, claim: str, summary: str) -> str:
    """Say that a check failed, wherever it is reported."""
    return f"{asset}: {claim} failed: {summary}"


def _columns_are_as_declared(lakehouse: Lakehouse, table: Table) -> Finding:
    declared = _declared_types(table)
    moved = {}
    partitions = lakehouse.partitions(table)
    for partition in partitions:
        found = _stored_types(lakehouse, table, partition)
        if found != declared:
            moved[partition or "table"] = sorted(found.items() ^ declared.items())
    figures: dict[str, Any] = {"files": len(partitions), "columns": len(table.columns)}
    if not moved:
        summary = f"all {len(partitions)} files have the {len(declared)} declared columns"
        if table.partitioned:
            summary += f", and {PARTITION_COLUMN} is in their path"
        return Finding(COLUMNS, True, summary, figures)
    partition, difference = next(iter(moved.items()))
    names = ", ".join(sorted({name for name, _ in difference}))
    return Finding(
        COLUMNS,
        False,
        f"{len(moved)} of {len(partitions)} files differ from the declaration; first "
        f"{partition}: {names}. Materialize those partitions again with this version.",
        {**figures, "moved": {key: [list(pair) for pair in value] for key, value in moved.items()}},
    )


def _declared_types(table: Table) -> dict[str, str]:
    """The declared columns with their Arrow types, without the one that is stored in the path."""
    return {
        field.name: _comparable(str(field.type))
        for field in to_arrow_schema(table.spark_schema)
        if not (table.partitioned and field.name == PARTITION_COLUMN)
    }


def _stored_types(lakehouse: Lakehouse, table: Table, partition: str) -> dict[str, str]:
    stored = lakehouse.stored_schema(table, partition)
    return {name: _comparable(type_) for name, type_ in stored.items()}


def _comparable(arrow_type: str) -> str:
    # Writers differ in the name of a list's element and in whether they mark it as required.
    return arrow_type.replace("item:", "element:").replace(" not null", "")


def _required_values_are_present(found: Profile, table: Table) -> Finding:
    required = [column.name for column in table.columns if not column.nullable]
    faults = {name: found.nulls[name] for name in required}
    return _no_faults(
        "required_values_are_present", "nulls", found.rows, faults, found.samples_of_nulls
    )


def _values_are_allowed(found: Profile) -> Finding:
    return _no_faults(
        "values_are_allowed",
        "values out of range",
        found.rows,
        found.strays,
        found.samples_of_strays,
    )


def _no_faults(
    claim: str,
    what: str,
    rows: int,
    faults: Mapping[str, int],
    samples: Mapping[str, list[dict[str, Any]]],
) -> Finding:
    """Say which columns have faults, of how many rows."""
    found = {name: count for name, count in faults.items() if count}
    figures: dict[str, Any] = {"rows": rows, "columns_examined": len(faults)}
    if not found:
        return Finding(claim, True, f"no {what} in {rows:,} rows", figures)
    sample = [row for name in found for row in samples[name]][:SAMPLE_ROWS]
    counts = ", ".join(f"{name} {count:,}" for name, count in found.items())
    return Finding(
        claim, False, f"{what}: {counts}", {**figures, "faults": found, "sample": sample}
    )


def _key_is_unique(found: Profile, table: Table) -> Finding:
    key = list(table.unique_key)
    groups = found.ids.group_by(key).aggregate([([], "count_all")])
    if groups.num_rows == found.rows:
        return Finding("key_is_unique", True, f"{', '.join(key)} is unique")
    repeated = groups.filter(pc.field("count_all") > 1).rename_columns([*key, "rows"])
    figures = {"repeated_keys": repeated.num_rows, "sample": sample_rows(repeated, [*key, "rows"])}
    summary = f"{repeated.num_rows:,} values of {', '.join(key)} are repeated"
    return Finding("key_is_unique", False, summary, figures)


def _references_exist(found: Profile, lakehouse: Lakehouse, table: Table) -> Finding:
    orphans: dict[str, int] = {}
    samples: dict[str, list[dict[str, Any]]] = {}
    for reference in table.references:
        missing = _orphans(found.ids, lakehouse, reference)
        if missing.num_rows:
            name = f"{reference.column} in {reference.to_table}"
            orphans[name] = missing.num_rows
            samples[name] = sample_rows(missing, [reference.column])
    if not orphans:
        return Finding("references_exist", True, f"{len(table.references)} references hold")
    summary = ", ".join(
        f"{count:,} values of {name} are not found" for name, count in orphans.items()
    )
    return Finding("references_exist", False, summary, {"orphans": orphans, "sample": samples})


def _orphans(rows: pa.Table, lakehouse: Lakehouse, reference: Reference) -> pa.Table:
    known = lakehouse.scan(TABLES[reference.to_table], [reference.to_column])
    values = pc.unique(rows[reference.column])
    missing = values.filter(pc.invert(pc.is_in(values, value_set=known[reference.to_column])))
    return pa.table({reference.column: missing})


def align_schemas(
    lakehouse: Lakehouse,
    tables: Iterable[Table],
    counted: Callable[[Table], Mapping[str, Any] | None],
) -> Iterator[dict[str, Any]]:
    """Yield a row of metrics/schema_alignment for every declared column of the stored tables.

    `counted` returns the `rows` and `nulls` that a check of the table has counted already; a table
    whose row count has changed since is read again. A column that is stored in the path rather than
    in the files is not listed.
    """
    for table in tables:
        stored = [_stored_types(lakehouse, table, key) for key in lakehouse.partitions(table)]
        declared = _declared_types(table)
        rows = sum(lakehouse.row_counts(table).values())
        known = counted(table)
        nulls = known["nulls"] if known and known["rows"] == rows else None
        if nulls is None:
            nulls = profile(lakehouse, table).nulls
        for column in table.columns:
            if column.name not in declared:
                continue
            found = {types.get(column.name, "missing") for types in stored}
            yield {
                "table": table.name,
                "column": column.name,
                "type": column.type.simpleString(),
                "sources": list(column.sources),
                "rows": rows,
                "nulls": nulls.get(column.name, 0),
                "stored_type": ", ".join(sorted(found)),
                "aligned": found == {declared[column.name]},
            }
