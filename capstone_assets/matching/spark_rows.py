"""Run a plain function of rows inside Spark.

Belongs here: the one bridge between DataFrames and the plain functions of this package.
Not here: what the functions do, and anything that starts a Spark session.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

Row = Mapping[str, Any]


def map_rows(
    frame: DataFrame, function: Callable[[Iterable[Row]], Iterable[Row]], schema: StructType
) -> DataFrame:
    """`function` over the rows of each Arrow batch, as dicts; it yields dicts of `schema`.

    Arrow and not pandas, because pandas turns a missing year into NaN and its column into floats,
    and hands nested rows back in shapes that differ between the versions that must all do.
    """

    def map_batches(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        arrow_schema = to_arrow_schema(schema)
        for batch in batches:
            rows = [dict(row) for row in function(batch.to_pylist())]
            yield pa.RecordBatch.from_pylist(rows, schema=arrow_schema)

    # Few bytes but much work: left to itself, adaptive execution makes them one task on one core.
    parallelism = frame.sparkSession.sparkContext.defaultParallelism
    return frame.repartition(parallelism).mapInArrow(map_batches, schema)
