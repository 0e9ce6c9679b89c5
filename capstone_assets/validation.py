"""Hold stored tables against their declared schemas.

Belongs here: what is verified of a table and how, in Spark. Files and rows in, findings out.
Not here: Dagster's checks, which report the findings (checks.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lakehouse import Lakehouse
from capstone_assets.schemas import TABLES, Column, Reference, Table
from capstone_assets.years import PARTITION_COLUMN, YEAR_KEYS

SAMPLE_ROWS = 5


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
        "columns_are_as_declared": "Every stored file has the declared columns and types.",
        "required_values_are_present": "No column declared as not nullable holds a null.",
        "key_is_unique": f"No two rows share {key}.",
        "values_are_allowed": "Values lie in the declared sets and bounds; years are partitions.",
    }
    if table.references:
        targets = ", ".join(f"{r.column} in {r.to_table}" for r in table.references)
        meaning["references_exist"] = f"Every reference leads to a row: {targets}."
    return meaning


def validate(lakehouse: Lakehouse, spark: SparkSession, table: Table) -> Iterator[Finding]:
    """Examine every claim about a stored table, in the order of `claims`.

    A table whose columns are not as declared cannot be examined further: its other claims fail
    with that reason.

    Raises:
        NotMaterializedError: the table was never written.
    """
    columns = _columns_are_as_declared(lakehouse, table)
    yield columns
    others = list(claims(table))[1:]
    if not columns.holds:
        for claim in others:
            yield Finding(claim, False, "not examined: the columns are not as declared")
        return
    rows = lakehouse.read(spark, table)
    yield from _examine_rows(rows, table)
    if table.references:
        yield _references_exist(rows, lakehouse, spark, table)


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
        return Finding("columns_are_as_declared", True, summary, figures)
    partition, difference = next(iter(moved.items()))
    names = ", ".join(sorted({name for name, _ in difference}))
    return Finding(
        "columns_are_as_declared",
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


def _examine_rows(rows: DataFrame, table: Table) -> tuple[Finding, Finding, Finding]:
    """Look for nulls, repeated keys and values that are not allowed, in one pass."""
    nulls = {c.name: f"`{c.name}` IS NULL" for c in table.columns if not c.nullable}
    strays = {column.name: _is_stray(column) for column in table.columns if _is_limited(column)}
    # SQL, because each literal of a Column is a call to the JVM, and there is one a year.
    counts = rows.selectExpr(
        "count(*) AS rows",
        f"count(DISTINCT {', '.join(table.unique_key)}) AS keys",
        *[f"count_if({fault}) AS `null {name}`" for name, fault in nulls.items()],
        *[f"count_if({fault}) AS `stray {name}`" for name, fault in strays.items()],
    ).first()
    assert counts is not None  # an aggregate without groups has one row

    def finding(claim: str, what: str, sort: str, faults: dict[str, str]) -> Finding:
        found = {name: n for name in faults if (n := counts[f"{sort} {name}"])}
        figures: dict[str, Any] = {"rows": counts["rows"], "columns_examined": len(faults)}
        if not found:
            return Finding(claim, True, f"no {what} in {counts['rows']:,} rows", figures)
        any_fault = " OR ".join(f"coalesce({faults[name]}, false)" for name in found)
        told = ", ".join(f"{name} {count:,}" for name, count in found.items())
        sample = _sample(rows.where(any_fault), [*table.unique_key, *found])
        figures |= {"faults": found, "sample": sample}
        return Finding(claim, False, f"{what}: {told}", figures)

    return (
        finding("required_values_are_present", "nulls", "null", nulls),
        _key_is_unique(rows, table, may_repeat=counts["keys"] < counts["rows"]),
        finding("values_are_allowed", "values out of range", "stray", strays),
    )


def _is_limited(column: Column) -> bool:
    return bool(column.allowed or column.bounds or column.name == PARTITION_COLUMN)


def _is_stray(column: Column) -> str:
    if column.bounds:
        lowest, highest = column.bounds
        return f"`{column.name}` NOT BETWEEN {lowest} AND {highest}"
    allowed = YEAR_KEYS if column.name == PARTITION_COLUMN else column.allowed
    return f"`{column.name}` NOT IN ({', '.join(map(repr, allowed))})"


def _key_is_unique(rows: DataFrame, table: Table, *, may_repeat: bool) -> Finding:
    key = list(table.unique_key)
    unique = Finding("key_is_unique", True, f"{', '.join(key)} is unique")
    if not may_repeat:
        return unique
    repeated = rows.groupBy(*key).agg(F.count(F.lit(1)).alias("rows")).where(F.col("rows") > 1)
    sample = _sample(repeated, [*key, "rows"])
    if not sample:
        return unique
    figures: dict[str, Any] = {"repeated_keys": repeated.count(), "sample": sample}
    summary = f"{figures['repeated_keys']:,} values of {', '.join(key)} are repeated"
    return Finding("key_is_unique", False, summary, figures)


def _references_exist(
    rows: DataFrame, lakehouse: Lakehouse, spark: SparkSession, table: Table
) -> Finding:
    orphans: dict[str, int] = {}
    samples: dict[str, list[dict[str, Any]]] = {}
    for reference in table.references:
        missing = _orphans(rows, lakehouse, spark, reference)
        if sample := _sample(missing, [reference.column]):
            name = f"{reference.column} in {reference.to_table}"
            orphans[name], samples[name] = missing.count(), sample
    if not orphans:
        return Finding("references_exist", True, f"{len(table.references)} references hold")
    told = ", ".join(f"{count:,} values of {name} lead nowhere" for name, count in orphans.items())
    return Finding("references_exist", False, told, {"orphans": orphans, "sample": samples})


def _orphans(
    rows: DataFrame, lakehouse: Lakehouse, spark: SparkSession, reference: Reference
) -> DataFrame:
    target = lakehouse.read(spark, TABLES[reference.to_table])
    known = target.select(F.col(reference.to_column).alias(reference.column))
    return rows.select(reference.column).join(known, reference.column, how="left_anti").distinct()


def _sample(rows: DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    found = rows.select(*dict.fromkeys(columns)).limit(SAMPLE_ROWS).collect()
    return [{name: str(value) for name, value in row.asDict().items()} for row in found]


def align_schemas(
    lakehouse: Lakehouse, spark: SparkSession, tables: Iterable[Table]
) -> Iterator[dict[str, Any]]:
    """Yield a row of metrics/schema_alignment for every declared column of the stored tables.

    A column that is stored in the path rather than in the files is not listed.
    """
    for table in tables:
        stored = [_stored_types(lakehouse, table, key) for key in lakehouse.partitions(table)]
        declared = _declared_types(table)
        # The others have none, or a blocking check had stopped the run.
        nullable = [column.name for column in table.columns if column.nullable]
        counts = (
            lakehouse.read(spark, table)
            .agg(F.count(F.lit(1)).alias("rows"), *[F.count(n).alias(n) for n in nullable])
            .first()
        )
        assert counts is not None  # an aggregate without groups has one row
        for column in table.columns:
            if column.name not in declared:
                continue
            found = {types.get(column.name, "missing") for types in stored}
            yield {
                "table": table.name,
                "column": column.name,
                "type": column.type.simpleString(),
                "sources": list(column.sources),
                "rows": counts["rows"],
                "nulls": counts["rows"] - counts[column.name] if column.nullable else 0,
                "stored_type": ", ".join(sorted(found)),
                "aligned": found == {declared[column.name]},
            }
