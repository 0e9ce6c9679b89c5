"""Rows for tests: put into a lake without Spark, or as a DataFrame."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Column, Table


def store_rows(
    lakehouse: Lakehouse, table: Table, partition: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Store rows from the columns that a test cares about; the others get a plain value."""
    plain = {column.name: plain_value(column) for column in table.columns}
    schema = to_arrow_schema(table.spark_schema)
    # Spark marks no stored column as required.
    kept = [field.with_nullable(True) for field in schema if field.name != "release_year"]
    content = pa.Table.from_pylist([{**plain, **row} for row in rows], pa.schema(kept))
    file = lakehouse.partition_file(table, partition)
    lakehouse.filesystem.makedirs(file.rsplit("/", 1)[0], exist_ok=True)
    with lakehouse.filesystem.open(file, "wb") as written:
        pq.write_table(content, written)


def rows_of(spark: SparkSession, table: Table, records: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return records as rows of a table; each holds every column by name."""
    rows = [tuple(record[name] for name in table.column_names) for record in records]
    return spark.createDataFrame(rows, table.spark_schema)


def stored_comments(lakehouse: Lakehouse, table: Table, partition: str) -> dict[str, str]:
    """The comment of each column in the file of a partition, as Spark reads them."""
    with lakehouse.filesystem.open(lakehouse.partition_file(table, partition)) as file:
        footer = pq.read_metadata(file).metadata
    schema = json.loads(footer[b"org.apache.spark.sql.parquet.row.metadata"])
    return {field["name"]: field["metadata"].get("comment") for field in schema["fields"]}


def declared_comments(table: Table) -> dict[str, str]:
    """The description of each column that a file has."""
    return {
        column.name: column.description
        for column in table.columns
        if column.name != "release_year" or not table.partitioned
    }


def plain_value(column: Column) -> Any:
    """What a column holds in a row whose test does not care: null where it may."""
    if column.nullable:
        return None
    return {
        "string": column.allowed[0] if column.allowed else "plain",
        "bigint": 1,
        "int": 2000,
        "double": 0.5,
        "boolean": False,
        "timestamp": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }.get(column.type.simpleString(), [])


def table(folder: Path, path: str) -> str:
    return f"read_parquet('{folder}/lake/{path}/*/*.parquet', hive_partitioning = true)"


def query(sql: str) -> list[tuple]:
    return duckdb.execute(sql).fetchall()
