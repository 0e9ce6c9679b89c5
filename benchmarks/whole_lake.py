"""A lake of the size of both whole catalogs, with plausible rows and no meaning.

Belongs here: filling tables quickly, to measure what reads them: checks, metrics, report.
Not here: catalogs whose links mean something (emulator/catalogs/), the measuring (checks.py).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Column, Table
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS

_SEED = 1
_SAMPLES = 997  # Different values of a column: enough that compression does not make rows free.
_WORDS = ("shadow", "river", "last", "night", "garden", "summer", "stone", "house", "moon", "road")
_NULLS = 0.2


def fill_lake(lakehouse: Lakehouse, films: int, releases: int, masters: int) -> None:
    """Write every table of data as a whole run of these catalogs would leave it.

    One release in three is linked, and one in seven waits for review; each has four candidate
    pairs.
    """
    film_ids, release_ids = np.arange(films), np.arange(releases)
    linked, waiting = release_ids[::3], release_ids[1::7]
    pairs = np.repeat(release_ids, 4)
    paired = (pairs * 31 + np.arange(len(pairs))) % films
    rng = np.random.default_rng(_SEED)
    for table, ids in (
        (TMDB_MOVIES, {"id": film_ids}),
        (TMDB_MOVIE_DETAILS, {"id": film_ids}),
        (DISCOGS_RELEASES, {"id": release_ids}),
        (DISCOGS_MASTERS, {"id": np.arange(masters)}),
        (FILMS, {"film_id": film_ids}),
        (SOUNDTRACKS, {"release_id": release_ids}),
        (
            CANDIDATES,
            {"release_id": pairs, "film_id": paired},
        ),
        (MATCHES, {"release_id": linked, "film_id": linked % films}),
        (REVIEW_QUEUE, {"release_id": waiting, "film_id": waiting % films}),
        (FILM_SOUNDTRACKS, {"film_id": film_ids}),
        (GENRE_POPULARITY, {"films": np.arange(600)}),
        (COMPOSER_POPULARITY, {"films": np.arange(20_000)}),
    ):
        _fill(lakehouse, table, ids, rng)


def _fill(
    lakehouse: Lakehouse, table: Table, ids: dict[str, NDArray[np.int64]], rng: np.random.Generator
) -> None:
    schema = to_arrow_schema(table.spark_schema)
    samples = {column.name: _samples(column, schema, rng) for column in table.columns}
    count = len(next(iter(ids.values())))
    partitions: Sequence[str] = YEAR_KEYS if table.partitioned else [""]
    # Later years have more rows, as in the real catalogs.
    ends = np.linspace(0, 1, len(partitions) + 1) ** 2 * count
    for partition, first, last in zip(partitions, ends[:-1], ends[1:], strict=True):
        places = np.arange(int(first), int(last))
        columns = {}
        for field in schema:
            if field.name == PARTITION_COLUMN and table.partitioned:
                continue
            if field.name in ids:
                columns[field.name] = pa.array(ids[field.name][places]).cast(field.type)
            elif field.name in table.unique_key:
                columns[field.name] = pa.array([f"{field.name} {place}" for place in places])
            else:
                drawn = pa.array(rng.integers(0, _SAMPLES, len(places)))
                columns[field.name] = samples[field.name].take(drawn)
        fields = [field for field in schema if field.name in columns]
        file = Path(lakehouse.partition_file(table, partition))
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns, pa.schema(fields)), file, compression="zstd")


def _samples(column: Column, schema: pa.Schema, rng: np.random.Generator) -> pa.Array:
    type_ = schema.field(column.name).type
    values = [_value(column, type_, rng) for _ in range(_SAMPLES)]
    if column.nullable:
        values = [None if rng.random() < _NULLS else value for value in values]
    return pa.array(values, type_)


def _value(column: Column, type_: pa.DataType, rng: np.random.Generator) -> object:
    if column.allowed:
        return column.allowed[int(rng.integers(len(column.allowed)))]
    if pa.types.is_string(type_):
        return " ".join(_words(rng, 4))
    if pa.types.is_boolean(type_):
        return bool(rng.random() < 0.5)
    if pa.types.is_timestamp(type_):
        return datetime.now(UTC)
    if pa.types.is_date(type_):
        return datetime.now(UTC).date()
    if pa.types.is_list(type_):
        return [_value(Column("", None, ""), type_.value_type, rng) for _ in range(4)]  # type: ignore[arg-type]
    if pa.types.is_struct(type_):
        return {each.name: _value(Column("", None, ""), each.type, rng) for each in type_}  # type: ignore[arg-type]
    lowest, highest = column.bounds or (0, 1)
    drawn = lowest + rng.random() * (highest - lowest)
    return int(drawn) if pa.types.is_integer(type_) else float(drawn)


def _words(rng: np.random.Generator, count: int) -> Iterator[str]:
    return (_WORDS[int(n)] for n in rng.integers(0, len(_WORDS), count))
