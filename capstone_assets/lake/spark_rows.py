"""Run a plain function of rows in Spark.

Belongs here: the one bridge between DataFrames and the plain functions of the other packages.
Not here: the functions, starting a Spark session.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

Row = Mapping[str, Any]
# The rows that Spark passes at once.
_ROWS_AT_ONCE = 10_000


def on_every_core(frame: DataFrame, *keys: str) -> DataFrame:
    """Spread the rows over as many tasks as there are cores, equal keys in one task.

    They are few bytes but much work: adaptive execution alone would make them one task on one core.
    A later window or join over the same keys does not shuffle again.
    """
    return frame.repartition(frame.sparkSession.sparkContext.defaultParallelism, *keys)


def map_rows(
    frame: DataFrame, function: Callable[[Iterable[Row]], Iterable[Row]], schema: StructType
) -> DataFrame:
    """Apply `function` to the rows of each task, in order, as dicts; it yields dicts of `schema`.

    Arrow and not pandas, because pandas turns a missing year into NaN and its column into floats,
    and returns nested rows in shapes that differ between the supported versions.
    """

    def map_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arrow_schema = to_arrow_schema(schema)
        made = iter(function(row for batch in batches for row in rows_of_batch(batch)))
        while rows := list(islice(made, _ROWS_AT_ONCE)):
            yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema)

    return frame.mapInArrow(map_batches, schema)


def rows_of_batch(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows as dicts, like `to_pylist` but several times as fast."""
    names = batch.schema.names
    columns = [_values(column) for column in batch.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.Array) -> list[Any]:
    """Return the values of an array as Python objects, which Arrow converts one by one."""
    kind = column.type
    if pa.types.is_list(kind):
        return _lists(column)
    if pa.types.is_struct(kind) and not column.null_count:
        names = [field.name for field in kind]
        fields = [_values(field) for field in column.flatten()]
        return [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)]
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if pa.types.is_string(kind) or (is_number and not column.null_count):
        values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return values
    found: list[Any] = column.to_pylist()
    return found


def _lists(column: pa.ListArray) -> list[list[Any] | None]:
    ends = column.offsets.to_numpy().tolist()
    first = ends[0]
    values = _values(column.values.slice(first, ends[-1] - first))
    lists: list[list[Any] | None] = [
        values[start - first : end - first] for start, end in pairwise(ends)
    ]
    if not column.null_count:
        return lists
    known = column.is_valid().to_numpy(zero_copy_only=False).tolist()
    return [each if is_known else None for each, is_known in zip(lists, known, strict=True)]
