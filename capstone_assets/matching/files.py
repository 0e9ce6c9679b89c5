"""Read a film list and a release list from catalog files, as the bronze tables would hold them.

Belongs here: the fields of the .jsonl files, what may be missing, and errors that name the line.
Not here: the emulator's stricter reading of a whole catalog folder (emulator/catalog.py).
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.years import FIRST_YEAR, LAST_YEAR, UNKNOWN_YEAR
from capstone_assets.matching.errors import FaultyFileError

_BROKEN = "_broken"
_STRINGS = ArrayType(StringType())
_FILM_FIELDS = {
    "id": LongType(),
    "title": StringType(),
    "original_title": StringType(),
    "original_language": StringType(),
    "release_date": StringType(),
    "genre_ids": ArrayType(IntegerType()),
    "popularity": DoubleType(),
    "vote_average": DoubleType(),
    "vote_count": LongType(),
    "adult": BooleanType(),
    "video": BooleanType(),
    "imdb_id": StringType(),
    "composers": _STRINGS,
    # Plain titles, or objects with country and type: as text both fit, and are told apart below.
    "alternative_titles": _STRINGS,
}
_RELEASE_FIELDS = {
    "id": LongType(),
    "title": StringType(),
    "year": StringType(),
    "country": StringType(),
    "genre": _STRINGS,
    "style": _STRINGS,
    "format": _STRINGS,
    "label": _STRINGS,
    "catno": StringType(),
    "master_id": LongType(),
    "credits": _STRINGS,
}
_LISTS = (
    *("genre", "style", "format", "label", "credits"),
    *("composers", "alternative_titles"),
)


class InvalidCatalogError(FaultyFileError):
    """A catalog file cannot be read; nothing of it was used."""

    what = "catalog file"
    rules = "Every line must be a JSON object with at least an integer `id` and a `title`."


def read_films(spark: SparkSession, path: str | Path) -> tuple[DataFrame, DataFrame]:
    """The films of a .jsonl(.gz) file as bronze/tmdb_movies and bronze/tmdb_movie_details."""
    rows = _read(spark, Path(path), _FILM_FIELDS)
    rows = rows.withColumns(
        {
            "genre_ids": _without_nulls("genre_ids"),
            "composers": _without_nulls("composers"),
            "alternative_titles": F.transform(_without_nulls("alternative_titles"), _alternative),
            "release_year": _partition(F.col("release_date")),
        }
    )
    return rows.select(*TMDB_MOVIES.column_names), rows.select(*TMDB_MOVIE_DETAILS.column_names)


def read_releases(spark: SparkSession, path: str | Path) -> tuple[DataFrame, DataFrame]:
    """The releases of a .jsonl(.gz) file as bronze/discogs_releases, and no masters."""
    rows = _read(spark, Path(path), _RELEASE_FIELDS)
    releases = _as_discogs(rows).select(*DISCOGS_RELEASES.column_names)
    return releases, spark.createDataFrame([], DISCOGS_MASTERS.spark_schema)


def read_masters(spark: SparkSession, path: str | Path) -> DataFrame:
    """The masters of a .jsonl(.gz) file as bronze/discogs_masters."""
    rows = _read(spark, Path(path), _RELEASE_FIELDS)
    return _as_discogs(rows).select(*DISCOGS_MASTERS.column_names)


def _as_discogs(rows: DataFrame) -> DataFrame:
    return rows.withColumns(
        {
            **{name: _without_nulls(name) for name in ("genre", "style", "format", "label")},
            "credits": F.array_compact("credits"),
            "release_year": _partition(F.col("year")),
        }
    )


def _alternative(written: Column) -> Column:
    """An alternative title as the API's object, whether it was written as one or as plain text."""
    is_object = written.startswith("{")
    return F.struct(
        F.get_json_object(written, "$.iso_3166_1").alias("iso_3166_1"),
        F.when(is_object, F.get_json_object(written, "$.title")).otherwise(written).alias("title"),
        F.get_json_object(written, "$.type").alias("type"),
    )


def _without_nulls(name: str) -> Column:
    return F.coalesce(F.array_compact(name), F.array())


def _partition(written: Column) -> Column:
    year = written.substr(1, 4)
    known = year.rlike(r"^\d{4}$") & year.between(str(FIRST_YEAR), str(LAST_YEAR))
    return F.when(known, year).otherwise(F.lit(UNKNOWN_YEAR))


def _read(spark: SparkSession, path: Path, fields: Mapping[str, Any]) -> DataFrame:
    if not path.is_file():
        raise InvalidCatalogError(str(path), ["there is no such file"])
    schema = StructType(
        [
            *(StructField(name, kind) for name, kind in fields.items()),
            StructField(_BROKEN, StringType()),
        ]
    )
    rows = spark.read.schema(schema).json(str(path), columnNameOfCorruptRecord=_BROKEN)
    unusable = F.col("id").isNull() | F.col("title").isNull() | F.col(_BROKEN).isNotNull()
    # The one action of a reading: a broken line found here costs seconds, found in a task an hour.
    if rows.where(unusable).limit(1).collect():
        raise InvalidCatalogError(str(path), list(_faults(path)) or ["a field has the wrong type"])
    return rows.withColumns(
        {
            "raw_page": F.lit(path.name),
            "fetched_at": F.to_timestamp(F.lit("1970-01-01")),
        }
    )


def _faults(path: Path) -> Iterator[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                yield f"line {number}: not JSON ({error})"
                continue
            yield from (f"line {number}: {fault}" for fault in _row_faults(row))


def _row_faults(row: object) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "not a JSON object"
        return
    if not isinstance(row.get("id"), int):
        yield f"id is {row.get('id')!r}, it must be an integer"
    if not isinstance(row.get("title"), str):
        yield f"title is {row.get('title')!r}, it must be text"
    for name in _LISTS:
        if not isinstance(row.get(name) or [], list):
            yield f"{name} is {row[name]!r}, it must be a list"
