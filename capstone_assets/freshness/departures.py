"""Find the films and releases that a year does not list any more.

Belongs here: which stored rows are gone from the lists of the years that were read, and the command
that stores them in their new year.
Not here: reading lists (ingest/), rows that a year has gained (lake/moved_rows.py removes them from
their old year).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import pyarrow.compute as pc

from capstone_assets.ingest.errors import IngestError
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS

# Each costs a request; of Discogs' 60 a minute these take a third.
MOST_LOOKED_UP = 20
_NAMED = 3

YearsNow = Callable[[Sequence[int]], Mapping[int, str | None]]


def departed_rows(
    lakehouse: Lakehouse, table: Table, listed: Mapping[str, Collection[int]]
) -> dict[int, str]:
    """Return the stored rows of some years, title by id, that none of those years lists.

    `listed` are the ids by year. A load of all years finds every row, so none is looked for; nor
    where nothing is stored.
    """
    if len(listed) == len(YEAR_KEYS) or not lakehouse.partitions(table):
        return {}
    of_years = pc.field(PARTITION_COLUMN).isin(list(listed))
    stored = lakehouse.scan(table, ["id", "title"], where=of_years)
    known = {row_id for ids in listed.values() for row_id in ids}
    titles = dict(zip(stored["id"].to_pylist(), stored["title"].to_pylist(), strict=True))
    return {row_id: title for row_id, title in titles.items() if row_id not in known}


def where_they_are(
    table: Table, departed: Mapping[int, str], years: Sequence[str], years_now: YearsNow
) -> Iterator[str]:
    """Yield a sentence for each year that rows have moved to, with the command that makes it.

    `years` are those being made. `years_now` returns the year that each id is in now, None if in
    none; it is called with the first few.
    """
    looked_up = sorted(departed)[:MOST_LOOKED_UP]
    if not looked_up:
        return
    try:
        now = years_now(looked_up)
    except IngestError as error:
        yield (
            f"{table.name}: {_named(departed)} left {_span(years)}, and the year it is in now "
            f"could not be found: {error}"
        )
        return
    for year in sorted({year for year in now.values() if year in {*YEAR_KEYS} - {*years}}):
        moved = {row_id: departed[row_id] for row_id in looked_up if now[row_id] == year}
        yield (
            f"{table.name}: {_named(moved)} moved from {_span(years)} to {year}: make that year, "
            f"too: `capstone run --years {year}`."
        )
    if rest := len(departed) - len(looked_up):
        yield (
            f"{table.name}: {rest:,} more left {_span(years)}: `capstone run` finds all that moved."
        )


def _named(rows: Mapping[int, str]) -> str:
    names = "; ".join(f"{title} ({row_id})" for row_id, title in list(rows.items())[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} others" if len(rows) > _NAMED else ""
    return f"{names}{more}"


def _span(years: Sequence[str]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
