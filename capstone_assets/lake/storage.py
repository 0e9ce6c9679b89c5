"""The stored lakehouse: where tables are, how a partition is replaced, what is stored.

Belongs here: paths, writing and reading Parquet by partition, the inventory.
Not here: what a table's columns are (tables.py), Dagster's view of it
(orchestration/table_steps.py).

A partition is one Parquet file, `<table>/release_year=<key>/part.parquet`, and an unpartitioned
table is `<table>/part.parquet`. It is replaced by renaming a finished file over it, so a reader
sees the old rows or the new ones, and a killed write leaves the old ones. A partition without rows
is a file without rows: its existence shows that the partition was materialized.
"""

import json
import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from capstone_assets.lake.files import LITERAL_PATHS, files_below, opened
from capstone_assets.lake.moved_rows import key_columns, outdated_keys, without_keys
from capstone_assets.lake.partition_files import write_partition_files
from capstone_assets.lake.renames import move
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN

if TYPE_CHECKING:
    import pyarrow.dataset as ds

log = logging.getLogger(__name__)

_FILE = "part.parquet"
# Where Spark keeps the schema in a Parquet file, and reads the columns' comments from.
_SPARK_SCHEMA = "org.apache.spark.sql.parquet.row.metadata"
# A batch of the widest table, links with their evidence, has some 50 MB.
_ROWS_A_BATCH = 32_768


class LakehouseError(RuntimeError):
    """A table cannot be read or written as requested."""


class NotMaterializedError(LakehouseError):
    """A table, or a partition of it, was never written."""

    def __init__(self, table: str, partitions: Sequence[str]) -> None:
        super().__init__(table, partitions)
        self.table, self.partitions = table, partitions

    def __str__(self) -> str:
        if not self.partitions:
            return f"{self.table} was never materialized. Run `make run` first."
        some = ", ".join(self.partitions[:5]) + (", ..." if len(self.partitions) > 5 else "")
        return (
            f"{self.table} is missing {len(self.partitions)} of the requested partitions: {some}. "
            "Materialize them first."
        )


class OutdatedTableError(LakehouseError):
    """A table was stored by a version that did not have all of today's columns."""

    def __init__(self, table: str, missing: Sequence[str]) -> None:
        super().__init__(table, missing)
        self.table, self.missing = table, missing

    def __str__(self) -> str:
        return (
            f"{self.table} was written by another version, without {', '.join(self.missing)}. Run "
            "`make run`, which rebuilds every table."
        )


class SchemaMismatchError(LakehouseError):
    """Rows to be written do not have the declared columns."""


class UnexpectedPartitionError(LakehouseError):
    """Rows to be written belong to partitions that are not being materialized."""


@dataclass(frozen=True)
class StoredPartition:
    """A stored partition; `partition` is empty for an unpartitioned table."""

    table: str
    partition: str
    files: int
    bytes: int
    rows: int
    last_write: datetime


@dataclass(frozen=True)
class Lakehouse:
    """The tables under a root: a folder, or a URL with `{container}` for a container's name.

    `data/lake` puts silver/films at `data/lake/intermediate/films`;
    `abfss://{container}@account.dfs.core.windows.net` puts it at `/films` of the container
    `intermediate`.
    """

    root: str

    def url(self, path: str) -> str:
        """Return the full path or URL of `container/...`."""
        container, _, rest = path.partition("/")
        if "{container}" in self.root:
            base = self.root.replace("{container}", container)
            return f"{base}/{rest}" if rest else base
        return f"{self.root}/{path}"

    @cached_property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        """The file system that the lake lies on."""
        return opened(self.url("raw/"))[0]

    def partition_file(self, table: Table, partition: str) -> str:
        """Return where a partition's rows are stored; `""` for an unpartitioned table."""
        folder = f"{PARTITION_COLUMN}={partition}/" if table.partitioned else ""
        return f"{self.url(table.path)}/{folder}{_FILE}"

    def partitions(self, table: Table) -> list[str]:
        """Return the partitions that are stored, in order; `[""]` for an unpartitioned table."""
        if not table.partitioned:
            return [""] if files_below(self.filesystem, self.url(table.path), _FILE) else []
        return sorted(self.partition_files(table))

    def partition_files(self, table: Table) -> dict[str, dict[str, Any]]:
        """Return the file system's info of the file of each stored partition."""
        pattern = f"{PARTITION_COLUMN}=*/{_FILE}"
        found = files_below(self.filesystem, self.url(table.path), pattern)
        return {partition_of(file): info for file, info in found.items()}

    def last_writes(self, table: Table) -> dict[str, float]:
        """Return when each stored partition was written, in seconds since 1970."""
        files = self.partition_files(table)
        return {key: _last_write(info).timestamp() for key, info in files.items()}

    def least_values(self, table: Table, column: str) -> dict[str, Any]:
        """Return the least value of a column by partition, from the files' statistics.

        Partitions without values are left out; no row is read.
        """
        least: dict[str, Any] = {}
        for partition in self.partitions(table):
            with self.filesystem.open(self.partition_file(table, partition)) as file:
                metadata = pq.read_metadata(file)
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            chunks = [group.column(n) for group in groups for n in range(group.num_columns)]
            found = [each.statistics for each in chunks if each.path_in_schema == column]
            if values := [each.min for each in found if each is not None and each.has_min_max]:
                least[partition] = min(values)
        return least

    def row_counts(self, table: Table, partitions: Sequence[str] | None = None) -> dict[str, int]:
        """Return the number of rows by partition: of those named, or of all that are stored.

        Raises:
            NotMaterializedError: one of them, or the whole table, was never written.
        """
        asked = self._existing(table, partitions)
        return {key: self._row_count(self.partition_file(table, key)) for key in asked}

    def read(
        self, spark: SparkSession, table: Table, partitions: Sequence[str] | None = None
    ) -> DataFrame:
        """Read a table with its declared schema: the partitions named, or all that are stored.

        Raises:
            NotMaterializedError: one of them, or the whole table, was never written.
        """
        counts = self.row_counts(table, partitions)
        # Each file costs Spark milliseconds, and half of the years may have no rows.
        files = [self.partition_file(table, key) for key, rows in counts.items() if rows]
        if not files:
            return spark.createDataFrame([], table.spark_schema)
        reader = spark.read.schema(table.spark_schema).options(**LITERAL_PATHS)
        return reader.option("basePath", self.url(table.path)).parquet(*files)

    def write(self, rows: DataFrame, table: Table, partitions: Sequence[str]) -> dict[str, int]:
        """Replace exactly the named partitions (`[""]`: an unpartitioned table) by `rows`.

        All rows are staged first and then renamed into place, so that every partition stays whole
        after any failure. Before the first of several renames a record of them is written: if the
        process is killed in between, the next write completes them (`finish_publish`).

        A row that is also in a partition that is not named has changed its year, and is removed
        from it in the same commit; if both were fetched, the one fetched last stays.

        Returns:
            The number of rows by partition: of those named, and of those that a row has left.

        Raises:
            SchemaMismatchError: a column is missing, or has another type than declared.
            UnexpectedPartitionError: a row belongs to a partition that is not named.
        """
        _require_columns(rows.schema, table)
        staging = self.url(f"{table.path.split('/')[0]}/_staging/{uuid.uuid4().hex}")
        try:
            self._stage(_with_comments(rows, table), table, staging)
            staged = self._staged_files(table, staging)
            if unexpected := sorted({*staged} - {*partitions}):
                raise UnexpectedPartitionError(
                    f"{table.name}: got rows of {', '.join(unexpected)} while materializing only "
                    f"{_span(partitions)}. Nothing was written."
                )
            empty = _empty_file(table)
            for partition in {*partitions} - {*staged}:
                staged[partition] = self._stage_file(empty, f"{staging}/empty/{partition}")
            if table.partitioned:
                staged |= self._without_moved_rows(table, staged, staging)
            counts = {partition: self._row_count(file) for partition, file in staged.items()}
            self._publish(table, {file: each for each, file in staged.items()}, staging)
        finally:
            self._remove_unless_committed(table, staging)
        return counts

    def write_records(self, records: Iterable[Mapping[str, Any]], table: Table) -> dict[str, int]:
        """Replace an unpartitioned table by records without Spark; they may have other keys, too.

        Returns:
            The number of rows, as `write` does.
        """
        names = table.column_names
        rows = [{name: record.get(name) for name in names} for record in records]
        stored = pa.Table.from_pylist(rows, schema=_arrow_schema(table))
        content = BytesIO()
        pq.write_table(stored, content, compression="zstd")
        staging = self.url(f"{table.path.split('/')[0]}/_staging/{uuid.uuid4().hex}")
        try:
            staged = self._stage_file(content.getvalue(), staging)
            self._publish(table, {staged: ""}, staging)
        finally:
            self._remove_unless_committed(table, staging)
        return {"": stored.num_rows}

    def sample(self, table: Table, partition: str, rows: int) -> list[dict[str, Any]]:
        """Return the first rows of a stored partition."""
        with self.filesystem.open(self.partition_file(table, partition)) as file:
            batches = pq.ParquetFile(file).iter_batches(batch_size=rows)
            return next((batch.to_pylist() for batch in batches), [])

    def scan(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        where: pc.Expression | None = None,
    ) -> pa.Table:
        """Read stored rows without Spark: all columns or those named, all rows or those `where`.

        Raises:
            NotMaterializedError: the table was never written.
            OutdatedTableError: a column that is named is not stored.
        """
        stored = self.dataset(table, columns or ())
        named = columns or [name for name in table.column_names if name in stored.schema.names]
        return stored.to_table(columns=list(named), filter=where)

    def batches(self, table: Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Read stored rows a batch at a time, so that tables of any size fit in memory.

        Raises:
            NotMaterializedError: the table was never written.
        """
        yield from self.dataset(table).to_batches(
            columns=list(columns), batch_size=_ROWS_A_BATCH, batch_readahead=2, fragment_readahead=1
        )

    def dataset(self, table: Table, columns: Collection[str] = ()) -> "ds.Dataset":
        """Return the stored rows as an Arrow dataset with at least `columns`; no row is read yet.

        Raises:
            NotMaterializedError: the table was never written.
            OutdatedTableError: a column that is named is not stored.
        """
        stored = self._dataset(
            [self.partition_file(table, key) for key in self._existing(table, None)]
        )
        if missing := [name for name in columns if name not in stored.schema.names]:
            raise OutdatedTableError(table.name, missing)
        return stored

    def _dataset(self, files: Sequence[str]) -> "ds.Dataset":
        paths = [opened(file)[1] for file in files]
        # It imports pandas, which takes a second.
        import pyarrow.dataset as ds

        folders = ds.partitioning(pa.schema([(PARTITION_COLUMN, pa.string())]), flavor="hive")
        return ds.dataset(paths, filesystem=self.filesystem, format="parquet", partitioning=folders)

    def select(self, table: Table, column: str, values: Collection[object]) -> list[dict[str, Any]]:
        """Return the stored rows whose `column` is one of `values`, without Spark.

        Raises:
            NotMaterializedError: the table was never written.
            OutdatedTableError: a declared column is not stored.
        """
        found = self.scan(table, table.column_names, where=pc.field(column).isin(list(values)))
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    def stored_schema(self, table: Table, partition: str) -> dict[str, str]:
        """Return the columns in a partition's file with the Arrow types they are stored as."""
        with self.filesystem.open(self.partition_file(table, partition)) as file:
            schema = pq.read_schema(file)
        return {field.name: str(field.type) for field in schema}

    def inventory(self, tables: Iterable[Table] = TABLES.values()) -> Iterator[StoredPartition]:
        """Yield every stored partition of the tables."""
        for table in tables:
            for partition in self.partitions(table):
                file = self.partition_file(table, partition)
                info = self.filesystem.info(file)
                yield StoredPartition(
                    table.name,
                    partition,
                    files=1,
                    bytes=info["size"],
                    rows=self._row_count(file),
                    last_write=_last_write(info),
                )

    def _existing(self, table: Table, partitions: Sequence[str] | None) -> Sequence[str]:
        stored = self.partitions(table)
        if not stored:
            raise NotMaterializedError(table.name, [])
        if partitions is not None and (missing := sorted({*partitions} - {*stored})):
            raise NotMaterializedError(table.name, missing)
        return stored if partitions is None else partitions

    def _stage(self, rows: DataFrame, table: Table, staging: str) -> None:
        if table.partitioned and isinstance(self.filesystem, LocalFileSystem):
            folder = self.filesystem._strip_protocol(staging)
            write_partition_files(rows, {_SPARK_SCHEMA: table.file_schema.json()}, folder)
        elif table.partitioned:
            # All rows of a year go to one task, which writes them to one file.
            rows.repartition(PARTITION_COLUMN).write.partitionBy(PARTITION_COLUMN).parquet(staging)
        else:
            rows.coalesce(1).write.parquet(staging)

    def _without_moved_rows(
        self, table: Table, staged: Mapping[str, str], staging: str
    ) -> dict[str, str]:
        """Stage the partitions, named or not, that rows have to leave; return their files."""
        files = {key: self.partition_file(table, key) for key in self.partitions(table)}
        others = [file for key, file in files.items() if key not in staged]
        if not others:
            return {}
        names = key_columns(table)
        old = self._dataset(others).to_table(columns=[*names, PARTITION_COLUMN])
        new = [self._rows(file, names, partition) for partition, file in staged.items()]
        # Spark's files and our empty ones differ in which columns may be null.
        leaving = outdated_keys(pa.concat_tables(new, promote_options="default"), old, table)
        if leaving:
            log.warning(
                "%s: rows that changed their year leave %s", table.name, ", ".join(sorted(leaving))
            )
        repaired = {}
        for partition, keys in leaving.items():
            with self.filesystem.open(staged.get(partition, files.get(partition))) as stored:
                rows = pq.read_table(stored)
            content = BytesIO()
            pq.write_table(without_keys(rows, keys), content, compression="zstd")
            folder = f"{staging}/moved/{partition}"
            repaired[partition] = self._stage_file(content.getvalue(), folder)
        return repaired

    def _rows(self, file: str, columns: Sequence[str], partition: str) -> pa.Table:
        """Columns of a partition's file, and the partition."""
        with self.filesystem.open(file) as stored:
            rows = pq.read_table(stored, columns=list(columns))
        partitions = pa.array([partition] * rows.num_rows, pa.string())
        return rows.append_column(PARTITION_COLUMN, partitions)

    def _staged_files(self, table: Table, staging: str) -> dict[str, str]:
        if not table.partitioned:
            return dict.fromkeys([""], *files_below(self.filesystem, staging, "part-*"))
        files = files_below(self.filesystem, staging, f"{PARTITION_COLUMN}=*/part-*")
        return {partition_of(file): file for file in files}

    def _stage_file(self, content: bytes, folder: str) -> str:
        file = f"{folder}/{_FILE}"
        self.filesystem.makedirs(folder, exist_ok=True)
        self.filesystem.pipe_file(file, content)
        return file

    def unfinished_partitions(self, table: Table) -> list[str]:
        """Return the partitions that a killed publish has left to the next write; usually none.

        Until then those have the old rows, and the others of that publish the new ones.
        """
        commit = self._read_commit(table)
        return sorted(
            each for file, each in commit["files"].items() if self.filesystem.exists(file)
        )

    def finish_publish(self, table: Table) -> None:
        """Complete a killed publish of a table, whose rows had all been staged."""
        commit = self._read_commit(table)
        if not commit["files"]:
            return
        log.warning("%s: completing an interrupted publish", table.name)
        for staged, partition in commit["files"].items():
            if self.filesystem.exists(staged):
                move(self.filesystem, staged, self.partition_file(table, partition))
        self.filesystem.rm(self._commit_file(table))
        self._remove(commit["staging"])

    def _publish(self, table: Table, staged: Mapping[str, str], staging: str) -> None:
        """Move staged files to their partitions; a record of the moves survives a kill."""
        self.finish_publish(table)
        commit = {"staging": staging, "files": dict(staged)}
        if len(staged) > 1:  # Moving one file is atomic.
            folder = self._commit_file(table).rsplit("/", 1)[0]
            self.filesystem.makedirs(folder, exist_ok=True)
            unfinished = self._stage_file(json.dumps(commit).encode(), f"{staging}/commit")
            move(self.filesystem, unfinished, self._commit_file(table))
        for file, partition in staged.items():
            move(self.filesystem, file, self.partition_file(table, partition))
        if len(staged) > 1:
            self.filesystem.rm(self._commit_file(table))

    def _commit_file(self, table: Table) -> str:
        container, name = table.path.split("/")
        return self.url(f"{container}/_commits/{name}.json")

    def _read_commit(self, table: Table) -> dict[str, Any]:
        file = self._commit_file(table)
        if not self.filesystem.exists(file):
            return {"staging": "", "files": {}}
        found: dict[str, Any] = json.loads(self.filesystem.cat_file(file))
        return found

    def _remove_unless_committed(self, table: Table, staging: str) -> None:
        # Committed files that are not moved yet are the only copy of the new rows.
        if self._read_commit(table)["staging"] != staging:
            self._remove(staging)

    def _remove(self, folder: str) -> None:
        if self.filesystem.exists(folder):
            self.filesystem.rm(folder, recursive=True)

    def _row_count(self, file: str) -> int:
        with self.filesystem.open(file) as stored:
            return int(pq.read_metadata(stored).num_rows)


def _with_comments(rows: DataFrame, table: Table) -> DataFrame:
    """The table's columns, with the comments that Spark writes into the files."""
    comments = {field.name: field.metadata for field in table.file_schema}
    return rows.select(
        [F.col(name).alias(name, metadata=comments.get(name, {})) for name in table.column_names]
    )


def _arrow_schema(table: Table) -> pa.Schema:
    """The schema of a file that is written without Spark, with the comments as Spark has them."""
    schema = table.file_schema
    return to_arrow_schema(schema).with_metadata({_SPARK_SCHEMA: schema.json()})


def _empty_file(table: Table) -> bytes:
    """A Parquet file of a partition without rows."""
    content = BytesIO()
    pq.write_table(_arrow_schema(table).empty_table(), content)
    return content.getvalue()


def _require_columns(found: StructType, table: Table) -> None:
    types = {field.name: field.dataType.simpleString() for field in found}
    faults = [
        f"{column.name} is {types.get(column.name, 'missing')}, "
        f"declared {column.type.simpleString()}"
        for column in table.columns
        if types.get(column.name) != column.type.simpleString()
    ]
    if faults:
        raise SchemaMismatchError(
            f"{table.name}: {'; '.join(faults)}. Nothing was written: change the transform, or "
            "its declaration in lake/."
        )


def partition_of(file: str) -> str:
    """Return the partition that a file of a partitioned table holds."""
    return file.split("/")[-2].split("=", 1)[1]


def _span(partitions: Sequence[str]) -> str:
    first, last = partitions[0], partitions[-1]
    return first if first == last else f"{first} to {last}"


def _last_write(info: Mapping[str, Any]) -> datetime:
    written = info.get("mtime") or info["last_modified"]
    if isinstance(written, datetime):
        return written.astimezone(UTC)
    return datetime.fromtimestamp(written, UTC)
