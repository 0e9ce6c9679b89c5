"""Write a partitioned table's files on a local disk, from Spark's tasks.

Belongs here: one Parquet file a partition, written by Arrow.
Not here: object stores, which Spark's own writer writes to, and publishing (storage.py).

For the 129 years of a small table Spark's writer takes five times as long: it opens, writes and
commits each file in the JVM.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from capstone_assets.lake.years import PARTITION_COLUMN

# Why a task could not write; one that could returns no row.
_FAULT = StructType([StructField("errno", IntegerType()), StructField("sentence", StringType())])
_FAULT_FIELDS = [("errno", pa.int32()), ("sentence", pa.string())]


def write_partition_files(rows: DataFrame, metadata: dict[str, str], folder: str) -> None:
    """Write the rows to `<folder>/release_year=<key>/part-0.parquet`, with the file metadata.

    `folder` is a local path that every worker sees.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    names = [name for name in rows.columns if name != PARTITION_COLUMN]

    def write(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            for partition, of_partition in groupby(_slices(batches), key=itemgetter(0)):
                file = Path(folder) / f"{PARTITION_COLUMN}={partition}" / "part-0.parquet"
                _write_file((each.select(names) for _, each in of_partition), metadata, file)
        except OSError as error:
            # Raised here, it would reach the log as pages of Spark's stack.
            fault = {"errno": error.errno, "sentence": error.strerror or str(error)}
            yield pa.RecordBatch.from_pylist([fault], pa.schema(_FAULT_FIELDS))

    # All rows of a partition go to one task, one after the other.
    by_partition = rows.repartition(PARTITION_COLUMN).sortWithinPartitions(PARTITION_COLUMN)
    for fault in by_partition.mapInArrow(write, _FAULT).collect():
        raise OSError(fault["errno"], fault["sentence"])


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Cut sorted batches where the partition changes."""
    for batch in batches:
        start = 0
        for partition, same in groupby(batch.column(PARTITION_COLUMN).to_pylist()):
            rows = sum(1 for _ in same)
            yield partition, batch.slice(start, rows)
            start += rows


def _write_file(batches: Iterator[pa.RecordBatch], metadata: dict[str, str], file: Path) -> None:
    first = next(batches)
    # As Spark writes them: whether a value may be missing is for the checks to say.
    schema = pa.schema([field.with_nullable(True) for field in first.schema], metadata)
    file.parent.mkdir(parents=True)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in (first, *batches):
            writer.write_table(pa.Table.from_arrays(batch.columns, schema=schema))
