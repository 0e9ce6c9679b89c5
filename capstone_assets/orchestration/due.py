"""Record what a step of silver makes due, and what gold is made of.

Belongs here: when a step records, and of which rows.
Not here: what changed rows affect (freshness/due_partitions.py), the files
(freshness/data_versions.py), requesting what is due (sensors.py).

Marks are written twice: before a table, so that a killed run leaves the years due that it may have
changed, and after it, so that links made in between are due.

A run of every stored year is not compared row by row: whatever it changes, it links again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pyspark.sql import DataFrame

from capstone_assets.freshness.data_versions import (
    LinkVersions,
    SilverVersions,
    digest_of,
    marks_of,
)
from capstone_assets.freshness.due_partitions import (
    partition_digests,
    years_concerned_by_films,
    years_concerned_by_releases,
)
from capstone_assets.lake.bronze import DISCOGS_MASTERS, DISCOGS_RELEASES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.table_steps import Making

_NO_ROWS = "0"


def recording_films(making: Making, rows: DataFrame) -> DataFrame:
    """Record, now and once they are stored, what the films of the years being made affect."""
    lake, years = making.lakehouse, making.years
    replaced, others = _replaced_and_others(making, FILMS)
    known = _with_versions(making, FILMS, replaced)
    concerned: set[str] = set()
    if others and lake.partitions(SOUNDTRACKS):
        rows = rows.cache()
        concerned = years_concerned_by_films(
            _stored(making, FILMS, replaced),
            rows,
            _stored(making, FILMS, others),
            lake.read(making.spark, SOUNDTRACKS),
        )
    _begin(making, known, FILMS, {*years, *concerned})

    def record() -> Mapping[str, str]:
        made = _versions(_stored(making, FILMS, years), FILMS, years)
        changed = {year for year in years if known.made.get(year) != made[year]}
        if changed and not others:
            changed = {*years}
        fact = digest_of(sorted(made.items()))
        marked = known.marking(changed | concerned, fact)
        replace(marked, made={**known.made, **made}).write(lake, FILMS)
        rows.unpersist()
        return made

    making.once_stored[FILMS] = record
    return rows


def recording_soundtracks(making: Making, cleaned: DataFrame) -> DataFrame:
    """Record, now and once they are stored, what the soundtracks being made affect.

    `cleaned` are the soundtracks of all years; those of the years being made are returned.
    """
    lake, years = making.lakehouse, making.years
    inputs = {table.name: lake.last_writes(table) for table in (DISCOGS_RELEASES, DISCOGS_MASTERS)}
    replaced, others = _replaced_and_others(making, SOUNDTRACKS)
    known = _with_versions(making, SOUNDTRACKS, [*replaced, *others])
    released, film_years = lake.partitions(DISCOGS_RELEASES), lake.partitions(FILMS)
    rows, concerned = making.of_years(cleaned), {*film_years}
    wanted: dict[str, str] = {}
    if others or not {*released} <= {*years}:
        cleaned = cleaned.cache()
        rows = making.of_years(cleaned)
        wanted = _versions(cleaned, SOUNDTRACKS, {*released, *years})
        before, elsewhere = (_stored(making, SOUNDTRACKS, each) for each in (replaced, others))
        concerned = (
            years_concerned_by_releases(before, rows, elsewhere, lake.read(making.spark, FILMS))
            if film_years
            else set()
        )
    _begin(making, known, SOUNDTRACKS, concerned)

    def record() -> Mapping[str, str]:
        now = wanted or _versions(_stored(making, SOUNDTRACKS, years), SOUNDTRACKS, years)
        made = {year: now[year] for year in years}
        is_changed = any(known.made.get(year) != made[year] for year in years)
        fact = digest_of(sorted(made.items()))
        marked = known.marking(concerned, fact) if is_changed else known
        SilverVersions({**known.made, **made}, now, marked.marks, inputs).write(lake, SOUNDTRACKS)
        cleaned.unpersist()
        return made

    making.once_stored[SOUNDTRACKS] = record
    return rows


def recording_links(making: Making, table: Table, made_of: Table | None = None) -> None:
    """Record, once a table is stored, the marks that it is made of: silver's, or a table's."""
    lake = making.lakehouse
    if made_of is None:
        silver = (SilverVersions.read(lake, each) for each in (FILMS, SOUNDTRACKS))
        marks: Mapping[str, str] = marks_of(*silver)
    else:
        marks = LinkVersions.read(lake).of(made_of)

    def record() -> Mapping[str, str]:
        LinkVersions.read(lake).having(table, making.years, marks).write(lake)
        return {}

    making.once_stored[table] = record


def _replaced_and_others(making: Making, table: Table) -> tuple[list[str], list[str]]:
    stored = making.lakehouse.partitions(table)
    return (
        [year for year in stored if year in making.years],
        [year for year in stored if year not in making.years],
    )


def _stored(making: Making, table: Table, years: Sequence[str]) -> DataFrame:
    if not years:
        return making.spark.createDataFrame([], table.spark_schema)
    return making.lakehouse.read(making.spark, table, years)


def _with_versions(making: Making, table: Table, years: Sequence[str]) -> SilverVersions:
    """The recorded versions of a table; partitions without a record are read once."""
    known = SilverVersions.read(making.lakehouse, table)
    if unknown := [year for year in years if year not in known.made]:
        found = _versions(_stored(making, table, unknown), table, unknown)
        known = replace(known, made={**known.made, **found})
    return known


def _versions(rows: DataFrame, table: Table, years: Collection[str]) -> dict[str, str]:
    found = partition_digests(rows, table)
    return {year: found.get(year, _NO_ROWS) for year in years}


def _begin(making: Making, known: SilverVersions, table: Table, film_years: set[str]) -> None:
    known.marking(film_years, f"begun by {making.run_id}").write(making.lakehouse, table)
