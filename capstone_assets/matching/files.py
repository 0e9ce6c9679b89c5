"""Read films and releases from catalog files into rows of the bronze tables.

Belongs here: the fields of the .jsonl files, which may be missing, and errors that name the line.
Not here: the emulator's stricter reading of a whole catalog folder (emulator/catalogs/catalog.py),
encodings and lines (text_files.py).
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.files import LITERAL_PATHS
from capstone_assets.lake.years import FIRST_YEAR, LAST_YEAR, UNKNOWN_YEAR
from capstone_assets.matching.errors import FaultyFileError
from capstone_assets.text_files import (
    MOST_FIELD_CHARACTERS,
    numbered_lines,
    quoted,
    read_objects,
    whole_number,
)

Convert = Callable[[Any], Any]
log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 20_000


def _whole(value: Any) -> int:
    number = None if isinstance(value, str) else whole_number(value)
    if number is None:
        raise ValueError("an integer")
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(value: Any) -> str:
    """Text as it is; what is written otherwise becomes text: the year 1999, 1999.0 and "1999"."""
    if not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        value = json.dumps(value, ensure_ascii=False)
    if len(value) > MOST_FIELD_CHARACTERS:
        raise ValueError(f"text of at most {MOST_FIELD_CHARACTERS:,} characters")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("text without half a surrogate pair") from None
    return str(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [_text(value)] if value else []
    if not isinstance(value, list):
        raise ValueError("a list")
    return [_text(item) for item in value if item is not None]


def _wholes(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise ValueError("a list")
    return [_whole(item) for item in value if item is not None]


_STRINGS = pa.list_(pa.string())
# Without these, many links are lost; a file may have them under other names.
_NEEDED = ("release_date", "composers", "year", "genre", "style")
_MOST_NAMED = 10
_REQUIRED = {"id": "an integer", "title": "text"}
_FILM_FIELDS: Mapping[str, tuple[pa.DataType, Convert]] = {
    "id": (pa.int64(), _whole),
    "title": (pa.string(), _text),
    "original_title": (pa.string(), _text),
    "original_language": (pa.string(), _text),
    "release_date": (pa.string(), _text),
    "genre_ids": (pa.list_(pa.int32()), _wholes),
    "popularity": (pa.float64(), _number),
    "vote_average": (pa.float64(), _number),
    "vote_count": (pa.int64(), _whole),
    "adult": (pa.bool_(), _flag),
    "video": (pa.bool_(), _flag),
    "imdb_id": (pa.string(), _text),
    "composers": (_STRINGS, _texts),
    # Plain titles, or objects with country and type: both are read as text, and `_alternative`
    # distinguishes them.
    "alternative_titles": (_STRINGS, _texts),
}
_RELEASE_FIELDS: Mapping[str, tuple[pa.DataType, Convert]] = {
    "id": (pa.int64(), _whole),
    "title": (pa.string(), _text),
    "year": (pa.string(), _text),
    "country": (pa.string(), _text),
    "genre": (_STRINGS, _texts),
    "style": (_STRINGS, _texts),
    "format": (_STRINGS, _texts),
    "label": (_STRINGS, _texts),
    "catno": (pa.string(), _text),
    "master_id": (pa.int64(), _whole),
    "credits": (_STRINGS, _texts),
}


class InvalidCatalogError(FaultyFileError):
    """A catalog file is invalid; nothing of it was used."""

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
            # Fields that links do not depend on.
            "wikidata_id": F.lit(None).cast("string"),
            "genres": F.array().cast("array<string>"),
            "countries": F.array().cast("array<string>"),
            "runtime_minutes": F.lit(None).cast("int"),
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
    # As read_year() reads it: 19991231 is not a date.
    known = written.rlike(r"^\d{4}($|\D)") & year.between(str(FIRST_YEAR), str(LAST_YEAR))
    return F.when(known, year).otherwise(F.lit(UNKNOWN_YEAR))


def _read(
    spark: SparkSession, path: Path, fields: Mapping[str, tuple[pa.DataType, Convert]]
) -> DataFrame:
    """The rows of a file with these fields, by way of a Parquet file of this process.

    Spark's own reader treats a path as a pattern, skips names that begin with `_` or `.`, and
    ignores text after a line's object.
    """
    faults: list[str] = []
    parquet = Path(_folder().name) / f"{uuid4().hex}.parquet"
    try:
        with path.open("rb") as file:
            lines = numbered_lines(file, faults, is_gzip=path.suffix == ".gz")
            names: set[str] = set()
            _write(_rows(lines, fields, faults, names), fields, parquet)
    except FileNotFoundError:
        raise InvalidCatalogError(str(path), ["there is no such file"]) from None
    except OSError as error:
        fault = f"it cannot be read ({error.strerror or error})"
        raise InvalidCatalogError(str(path), [fault]) from None
    if faults:
        parquet.unlink()
        raise InvalidCatalogError(str(path), faults)
    _warn_of_unread(path, names, fields)
    schema = from_arrow_schema(_schema(fields))  # Otherwise Spark starts a job to infer it.
    rows = spark.read.schema(schema).options(**LITERAL_PATHS).parquet(str(parquet))
    return rows.withColumns(
        {
            "raw_page": F.lit(path.name),
            "fetched_at": F.to_timestamp(F.lit("1970-01-01")),
        }
    )


@cache
def _folder() -> TemporaryDirectory[str]:
    # Spark reads its files whenever it computes a result; they are deleted with the process.
    return TemporaryDirectory(prefix="capstone-files-")


def _write(
    rows: Iterator[list[Any]], fields: Mapping[str, tuple[pa.DataType, Convert]], parquet: Path
) -> None:
    schema = _schema(fields)
    with pq.ParquetWriter(parquet, schema) as writer:
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            columns = zip(zip(*batch, strict=True), schema.types, strict=True)
            arrays = [pa.array(values, kind) for values, kind in columns]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _schema(fields: Mapping[str, tuple[pa.DataType, Convert]]) -> pa.Schema:
    return pa.schema([(name, kind) for name, (kind, _) in fields.items()])


def _rows(
    lines: Iterable[tuple[int, str]],
    fields: Mapping[str, tuple[pa.DataType, Convert]],
    faults: list[str],
    names: set[str],
) -> Iterator[list[Any]]:
    """Yield the fields of each valid row, and add the names of all its fields to `names`.

    The faults of the others are added to `faults`.
    """
    converts = [(name, convert) for name, (_, convert) in fields.items()]
    for number, row in read_objects(lines, faults):
        values, found = [], []
        for name, convert in converts:
            value = row.get(name)
            if value is None:
                if name in _REQUIRED:
                    found.append(f"{name} is missing, it must be {_REQUIRED[name]}")
            else:
                try:
                    value = convert(value)
                except ValueError as wanted:
                    found.append(f"{name} is {quoted(value)}, it must be {wanted}")
            values.append(value)
        faults.extend(f"line {number}: {fault}" for fault in found)
        names.update(row)
        if not found:
            yield values


def _warn_of_unread(path: Path, names: set[str], fields: Mapping[str, Any]) -> None:
    """Name the fields that no row has and links need, if the file has others in their place."""
    missing = [name for name in _NEEDED if name in fields and name not in names]
    if missing and (unread := sorted(names - set(fields))):
        log.warning(
            "%s: no line has %s, which links need. Not read: %s. Fields that are read: %s.",
            *(path.name, ", ".join(missing), ", ".join(unread[:_MOST_NAMED]), ", ".join(fields)),
        )
