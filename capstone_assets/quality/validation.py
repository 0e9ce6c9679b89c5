"""Validate stored tables against their declared schemas.

Belongs here: what is verified of a table and how. Files and rows in, findings out.
Not here: Dagster's checks, which report the findings (orchestration/checks.py).

The rows are read with Arrow: the columns that claims are about fit in memory for millions of rows,
and starting a Spark job for each claim took longer than answering it.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Column, Reference, Table
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS

SAMPLE_ROWS = 5
COLUMNS = "columns_are_as_declared"


@dataclass(frozen=True)
class Finding:
    """Whether a claim about a table holds, and the figures that show it."""

    claim: str
    holds: bool
    summary: str
    figures: dict[str, Any] = field(default_factory=dict)


def claims(table: Table) -> dict[str, str]:
    """Return the claims that `validate` examines for a table, with what each means."""
    key = ", ".join(table.unique_key)
    meaning = {
        COLUMNS: "Every stored file has the declared columns and types.",
        "required_values_are_present": "No column declared as not nullable holds a null.",
        "key_is_unique": f"No two rows share {key}.",
        "values_are_allowed": "Values lie in the declared sets and bounds; years are partitions.",
    }
    if table.references:
        targets = ", ".join(f"{r.column} in {r.to_table}" for r in table.references)
        meaning["references_exist"] = f"Every reference leads to a row: {targets}."
    return meaning


def validate(lakehouse: Lakehouse, table: Table) -> Iterator[Finding]:
    """Examine every claim about a stored table, in the order of `claims`.

    A table whose columns are not as declared cannot be examined further: its other claims fail
    with that reason.

    Raises:
        NotMaterializedError: the table was never written.
    """
    columns = _columns_are_as_declared(lakehouse, table)
    yield columns
    if not columns.holds:
        for claim in list(claims(table))[1:]:
            yield Finding(claim, False, "not examined: the columns are not as declared")
        return
    rows = lakehouse.scan(table, _examined_columns(table))
    yield _required_values_are_present(rows, table)
    yield _key_is_unique(rows, table)
    yield _values_are_allowed(rows, table)
    if table.references:
        yield _references_exist(rows, lakehouse, table)


def _examined_columns(table: Table) -> list[str]:
    """The columns that a claim is about; free text is not read."""
    named = {*table.unique_key, *(reference.column for reference in table.references)}
    return [
        column.name
        for column in table.columns
        if not column.nullable or _is_limited(column) or column.name in named
    ]


def _columns_are_as_declared(lakehouse: Lakehouse, table: Table) -> Finding:
    declared = _declared_types(table)
    moved = {}
    partitions = lakehouse.partitions(table)
    for partition in partitions:
        found = _stored_types(lakehouse, table, partition)
        if found != declared:
            moved[partition or "table"] = sorted(found.items() ^ declared.items())
    figures: dict[str, Any] = {"files": len(partitions), "columns": len(declared)}
    if not moved:
        summary = f"all {len(partitions)} files have the {len(declared)} declared columns"
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
    # Writers differ in what they call a list's element and in whether they mark it as required.
    return arrow_type.replace("item:", "element:").replace(" not null", "")


def _required_values_are_present(rows: pa.Table, table: Table) -> Finding:
    faults = {c.name: pc.is_null(rows[c.name]) for c in table.columns if not c.nullable}
    return _no_faults("required_values_are_present", "nulls", rows, table, faults)


def _values_are_allowed(rows: pa.Table, table: Table) -> Finding:
    faults = {c.name: _strays(rows[c.name], c) for c in table.columns if _is_limited(c)}
    return _no_faults("values_are_allowed", "values out of range", rows, table, faults)


def _no_faults(
    claim: str, what: str, rows: pa.Table, table: Table, faults: dict[str, pa.ChunkedArray]
) -> Finding:
    """Say which columns have faults; each comes with a mask of its rows."""
    found = {name: count for name, mask in faults.items() if (count := pc.sum(mask).as_py())}
    figures: dict[str, Any] = {"rows": rows.num_rows, "columns_examined": len(faults)}
    if not found:
        return Finding(claim, True, f"no {what} in {rows.num_rows:,} rows", figures)
    faulty = functools.reduce(pc.or_, (faults[name] for name in found))
    sample = sample_rows(rows.filter(faulty), [*table.unique_key, *found])
    counts = ", ".join(f"{name} {count:,}" for name, count in found.items())
    return Finding(
        claim, False, f"{what}: {counts}", {**figures, "faults": found, "sample": sample}
    )


def _is_limited(column: Column) -> bool:
    return bool(column.allowed or column.bounds or column.name == PARTITION_COLUMN)


def _strays(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.bounds:
        lowest, highest = column.bounds
        stray = pc.or_(pc.less(values, lowest), pc.greater(values, highest))
    else:
        allowed = YEAR_KEYS if column.name == PARTITION_COLUMN else column.allowed
        stray = pc.invert(pc.is_in(values, value_set=pa.array(allowed, values.type)))
    return pc.and_(pc.is_valid(values), pc.fill_null(stray, False))


def _key_is_unique(rows: pa.Table, table: Table) -> Finding:
    key = list(table.unique_key)
    groups = rows.group_by(key).aggregate([([], "count_all")])
    if groups.num_rows == rows.num_rows:
        return Finding("key_is_unique", True, f"{', '.join(key)} is unique")
    repeated = groups.filter(pc.field("count_all") > 1).rename_columns([*key, "rows"])
    figures = {"repeated_keys": repeated.num_rows, "sample": sample_rows(repeated, [*key, "rows"])}
    summary = f"{repeated.num_rows:,} values of {', '.join(key)} are repeated"
    return Finding("key_is_unique", False, summary, figures)


def _references_exist(rows: pa.Table, lakehouse: Lakehouse, table: Table) -> Finding:
    orphans: dict[str, int] = {}
    samples: dict[str, list[dict[str, Any]]] = {}
    for reference in table.references:
        missing = _orphans(rows, lakehouse, reference)
        if missing.num_rows:
            name = f"{reference.column} in {reference.to_table}"
            orphans[name] = missing.num_rows
            samples[name] = sample_rows(missing, [reference.column])
    if not orphans:
        return Finding("references_exist", True, f"{len(table.references)} references hold")
    summary = ", ".join(
        f"{count:,} values of {name} lead nowhere" for name, count in orphans.items()
    )
    return Finding("references_exist", False, summary, {"orphans": orphans, "sample": samples})


def _orphans(rows: pa.Table, lakehouse: Lakehouse, reference: Reference) -> pa.Table:
    known = lakehouse.scan(TABLES[reference.to_table], [reference.to_column])
    values = pc.unique(rows[reference.column])
    missing = values.filter(pc.invert(pc.is_in(values, value_set=known[reference.to_column])))
    return pa.table({reference.column: missing})


def sample_rows(rows: pa.Table, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return a few rows with the columns named, as text, for a person to look at."""
    found = rows.select(list(dict.fromkeys(columns))).slice(length=SAMPLE_ROWS).to_pylist()
    return [{name: str(value) for name, value in row.items()} for row in found]


def align_schemas(lakehouse: Lakehouse, tables: Iterable[Table]) -> Iterator[dict[str, Any]]:
    """Yield a row of metrics/schema_alignment for every declared column of the stored tables.

    A column that is stored in the path rather than in the files is not listed.
    """
    for table in tables:
        stored = [_stored_types(lakehouse, table, key) for key in lakehouse.partitions(table)]
        declared = _declared_types(table)
        # A required column without nulls: otherwise a blocking check has stopped the run.
        rows = lakehouse.scan(table, [column.name for column in table.columns if column.nullable])
        for column in table.columns:
            if column.name not in declared:
                continue
            found = {types.get(column.name, "missing") for types in stored}
            yield {
                "table": table.name,
                "column": column.name,
                "type": column.type.simpleString(),
                "sources": list(column.sources),
                "rows": rows.num_rows,
                "nulls": rows[column.name].null_count if column.nullable else 0,
                "stored_type": ", ".join(sorted(found)),
                "aligned": found == {declared[column.name]},
            }
