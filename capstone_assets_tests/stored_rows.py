"""Rows put into a lake without Spark: for tests of what only reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets_tests.conftest import _plain


def store_rows(
    lakehouse: Lakehouse, table: Table, partition: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Store rows from the columns that a test cares about; the others get a plain value."""
    plain = {column.name: _plain(column) for column in table.columns}
    schema = to_arrow_schema(table.spark_schema)
    kept = [field for field in schema if field.name != "release_year"]
    content = pa.Table.from_pylist([{**plain, **row} for row in rows], pa.schema(kept))
    file = lakehouse.partition_file(table, partition)
    lakehouse.filesystem.makedirs(file.rsplit("/", 1)[0], exist_ok=True)
    with lakehouse.filesystem.open(file, "wb") as written:
        pq.write_table(content, written)
