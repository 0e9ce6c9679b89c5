"""Find rows in partitions that they do not belong to any more.

Belongs here: rows with the same key in two partitions, and rows with dangling references. Arrow
tables in, partitions and keys out.
Not here: writing partitions (storage.py), making them again (orchestration/table_steps.py).

A film's year is corrected at TMDB, an album's at Discogs. A run that makes only the new year would
otherwise leave the row in the old one, too.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Reference, Table
from capstone_assets.lake.years import PARTITION_COLUMN

if TYPE_CHECKING:
    from capstone_assets.lake.storage import Lakehouse

# If a row is on two pages, the one fetched last counts, as within a partition.
_AGE = ("fetched_at", "raw_page")


def key_columns(table: Table) -> list[str]:
    """Return the columns that identify a row in two partitions, and say which one is older."""
    return [*table.unique_key, *(name for name in _AGE if name in table.column_names)]


def outdated_keys(new: pa.Table, old: pa.Table, table: Table) -> dict[str, pa.Table]:
    """Return, by partition, the keys of the rows that also are in another partition.

    `new` and `old` have the `key_columns` and the partition of the rows being written and of those
    in other partitions. The new row counts, unless the old one was fetched later.
    """
    key = list(table.unique_key)
    both = new.join(old, key, join_type="inner", right_suffix="_old")
    if "fetched_at" in table.column_names:
        is_later = pc.greater(both["fetched_at_old"], both["fetched_at"])
        is_tied = pc.equal(both["fetched_at_old"], both["fetched_at"])
        old_counts = pc.or_(
            is_later, pc.and_(is_tied, pc.less(both["raw_page_old"], both["raw_page"]))
        )
    else:
        old_counts = pa.array([False] * both.num_rows, pa.bool_())
    leaving = {
        f"{PARTITION_COLUMN}_old": both.filter(pc.invert(old_counts)),
        PARTITION_COLUMN: both.filter(old_counts),
    }
    return {
        partition: rows.filter(pc.equal(rows[column], partition)).select(key)
        for column, rows in leaving.items()
        for partition in pc.unique(rows[column]).to_pylist()
    }


def without_keys(rows: pa.Table, keys: pa.Table) -> pa.Table:
    """Return the rows in their order, without those that have one of the keys."""
    numbers = pa.array(range(rows.num_rows))
    numbered = rows.select(keys.column_names).append_column("_number", numbers)
    kept = numbered.join(keys, keys.column_names, join_type="left anti")["_number"]
    return rows.take(kept.take(pc.sort_indices(kept)))


def partitions_out_of_place(lakehouse: "Lakehouse", tables: Collection[Table]) -> set[str]:
    """Return the partitions with rows that refer to a missing row, or to one in another partition.

    Tables that are not stored, or refer to one that is not, have none.
    """
    return {
        partition
        for table in tables
        if table.partitioned and lakehouse.partitions(table)
        for reference in table.references
        for partition in _astray(lakehouse, table, reference)
    }


def _astray(lakehouse: "Lakehouse", table: Table, reference: Reference) -> Iterator[str]:
    target = TABLES[reference.to_table]
    if not lakehouse.partitions(target):
        return
    column, to_column = [reference.column], [reference.to_column]
    if reference.same_partition:
        column, to_column = [*column, PARTITION_COLUMN], [*to_column, PARTITION_COLUMN]
    rows = lakehouse.scan(table, list(dict.fromkeys([*column, PARTITION_COLUMN])))
    known = lakehouse.scan(target, to_column)
    strays = rows.join(known, column, to_column, join_type="left anti")
    yield from pc.unique(strays[PARTITION_COLUMN]).to_pylist()
