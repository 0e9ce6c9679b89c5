"""Run a plain function of rows inside Spark.

Belongs here: the one bridge between DataFrames and the plain functions of the other packages.
Not here: what the functions do, and anything that starts a Spark session.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

Row = Mapping[str, Any]
# As many as Spark hands over at once.
_ROWS_AT_ONCE = 10_000


def on_every_core(frame: DataFrame, *keys: str) -> DataFrame:
    """The rows spread over as many tasks as there are cores, those with equal keys in one.

    Few bytes but much work: left to itself, adaptive execution makes them one task on one core. A
    window or a join over the same keys that follows moves no row again.
    """
    return frame.repartition(frame.sparkSession.sparkContext.defaultParallelism, *keys)


def map_rows(
    frame: DataFrame, function: Callable[[Iterable[Row]], Iterable[Row]], schema: StructType
) -> DataFrame:
    """`function` over the rows of each task, in order, as dicts; it yields dicts of `schema`.

    Arrow and not pandas, because pandas turns a missing year into NaN and its column into floats,
    and hands nested rows back in shapes that differ between the versions that must all do.
    """

    def map_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arrow_schema = to_arrow_schema(schema)
        made = iter(function(row for batch in batches for row in rows_of_batch(batch)))
        while rows := list(islice(made, _ROWS_AT_ONCE)):
            yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema)

    return frame.mapInArrow(map_batches, schema)


def rows_of_batch(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows as dicts, as `to_pylist` gives them but several times as fast."""
    names = batch.schema.names
    columns = [_values(column) for column in batch.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.Array) -> list[Any]:
    """The values of an array as Python's own, which Arrow makes of one after the other."""
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
