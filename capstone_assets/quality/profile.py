"""Profile a stored table in one reading: counts for every claim about it.

Belongs here: reading a table batch by batch and counting.
Not here: judging the counts (validation.py, last_run.py).

Memory holds one batch, and the key and reference columns of the whole table: ids, for the tables
that grow. It uses Arrow, which every cluster has: DuckDB takes half of the few seconds, but would
have to be installed on each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Column, Table
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS

SAMPLE_ROWS = 5
_FETCHED_AT = "fetched_at"


@dataclass
class Profile:
    """Counts of a table's rows, and sample rows for each fault.

    `nulls` has every column; `strays` has those that are limited, with the values beyond their
    limits. `samples_of_nulls` and `samples_of_strays` have rows by column. `ids` are the columns of
    the key and of references, whole. `newest_page` is when the newest of the pages was fetched.
    """

    rows: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    strays: Counter[str] = field(default_factory=Counter)
    samples_of_nulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    samples_of_strays: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    newest_page: Any = None
    ids: pa.Table = field(default_factory=lambda: pa.table({}))


def profile(lakehouse: Lakehouse, table: Table) -> Profile:
    """Read a stored table once, batch by batch.

    Raises:
        NotMaterializedError: the table was never written.
    """
    return profile_of(lakehouse.batches(table, table.column_names), table)


def profile_of(batches: Iterable[pa.RecordBatch], table: Table) -> Profile:
    """Count the rows of a table that come batch by batch."""
    found = Profile(strays=Counter({c.name: 0 for c in table.columns if is_limited(c)}))
    named = dict.fromkeys([*table.unique_key, *(each.column for each in table.references)])
    schema = to_arrow_schema(table.spark_schema)
    ids = [pa.table({name: pa.array([], schema.field(name).type) for name in named})]
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        _count(found, rows, table)
        ids.append(rows.select(list(named)).cast(ids[0].schema))
    found.ids = pa.concat_tables(ids)
    return found


def _count(found: Profile, rows: pa.Table, table: Table) -> None:
    found.rows += rows.num_rows
    for column in table.columns:
        values = rows[column.name]
        if values.null_count:
            found.nulls[column.name] += values.null_count
            _keep(found.samples_of_nulls, column, pc.is_null(values), rows, table.unique_key)
        if is_limited(column) and (count := pc.sum(mask := strays(values, column)).as_py()):
            found.strays[column.name] += count
            _keep(found.samples_of_strays, column, mask, rows, table.unique_key)
    if _FETCHED_AT in rows.column_names:
        newest = pc.max(rows[_FETCHED_AT]).as_py()
        found.newest_page = max(filter(None, (found.newest_page, newest)), default=None)


def _keep(
    samples: dict[str, list[dict[str, Any]]],
    column: Column,
    mask: pa.ChunkedArray,
    rows: pa.Table,
    key: Sequence[str],
) -> None:
    kept = samples.setdefault(column.name, [])
    if len(kept) < SAMPLE_ROWS:
        faulty = sample_rows(rows.filter(mask), [*key, column.name])
        kept.extend(faulty[: SAMPLE_ROWS - len(kept)])


def is_limited(column: Column) -> bool:
    """Whether a column's values are declared: a set of them, bounds, or the partitions."""
    return bool(column.allowed or column.bounds or column.name == PARTITION_COLUMN)


def strays(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return which values lie beyond the limits of their column; nulls do not."""
    if column.bounds:
        lowest, highest = column.bounds
        stray = pc.or_(pc.less(values, lowest), pc.greater(values, highest))
    else:
        allowed = YEAR_KEYS if column.name == PARTITION_COLUMN else column.allowed
        stray = pc.invert(pc.is_in(values, value_set=pa.array(allowed, values.type)))
    return pc.and_(pc.is_valid(values), pc.fill_null(stray, False))


def sample_rows(rows: pa.Table, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return a few rows with the columns named, as text, for a person to look at."""
    found = rows.select(list(dict.fromkeys(columns))).slice(length=SAMPLE_ROWS).to_pylist()
    return [{name: str(value) for name, value in row.items()} for row in found]


def null_shares(found: Profile, table: Table) -> Mapping[str, float]:
    """Return the share of nulls in each column that may have them; none of a table without rows."""
    if not found.rows:
        return {}
    nullable = (column.name for column in table.columns if column.nullable)
    return {name: round(found.nulls[name] / found.rows, 4) for name in nullable}
