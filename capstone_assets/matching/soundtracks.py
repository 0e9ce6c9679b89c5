"""Clean releases: from bronze rows to silver/soundtracks.

Belongs here: splitting artist and title, kind, album, and the year of the original.
Not here: reading titles (titles.py), the gate's rules (gate.py), pairs (blocking.py).
"""

from functools import lru_cache
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from capstone_assets.lake.landed_pages import newest_of_each_id
from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.lake.spark_rows import Row, map_rows, on_every_core
from capstone_assets.matching.credits import split_artist, split_names
from capstone_assets.matching.gate import OTHER_MEDIA, SILENT_KINDS, type_release
from capstone_assets.matching.text import key_of, read_year
from capstone_assets.matching.titles import read_album_title

_OF_ANOTHER_ALBUM = OTHER_MEDIA - {"tv"}
_DERIVED = frozenset({"album_id", "original_year", "year_basis"})
_PARSED_SCHEMA = StructType(
    [
        *(field for field in SOUNDTRACKS.spark_schema.fields if field.name not in _DERIVED),
        StructField("identity", StringType()),
        StructField("master_year", IntegerType()),
    ]
)


def clean_release(row: Row) -> dict[str, Any]:
    """Return a row of silver/soundtracks, still without album and original year.

    `identity` is the artists and core title: pressings that share it are the same album. It has all
    the artists, because John Carpenter's Halloween of 1979 is not the one of 2018 by him and his
    son; and the medium, because the cast recording of 1957 is not the soundtrack of 1961.
    Television is not a medium: of one album's pressings only some may be filed under it. The
    identity is null for `Various`, under whom every remake of a film has its own album of the same
    name.
    """
    artist_credit, album_title = split_artist(row["title"])
    parsed = read_album_title(album_title)
    genres = list(dict.fromkeys([*row["genre"], *(row["master_genre"] or [])]))
    styles = list(dict.fromkeys([*row["style"], *(row["master_style"] or [])]))
    typing = type_release(album_title, genres, styles, row["format"])
    artists = _artists(artist_credit)
    medium = typing.kind if typing.kind in _OF_ANOTHER_ALBUM else "film"
    return {
        "release_id": row["id"],
        "title": row["title"],
        "artist_credit": artist_credit,
        "album_title": album_title,
        "title_keys": list(parsed.whole_keys),
        "partial_keys": list(parsed.partial_keys),
        "kind": typing.kind,
        "claim": typing.claim,
        "master_id": row["master_id"] or None,
        # One without a readable year belongs to the year that lists it.
        "pressing_year": read_year(row["year"]) or read_year(row["release_year"]),
        "genres": genres,
        "styles": styles,
        "formats": list(row["format"]),
        "country": row["country"],
        "credits": row.get("credits"),
        "raw_page": row["raw_page"],
        "release_year": row["release_year"],
        "identity": f"{artists}|{parsed.core}|{medium}" if artists and parsed.core else None,
        "master_year": read_year(row["master_year"]),
    }


@lru_cache(maxsize=100_000)
def _artists(credit: str | None) -> str:
    """The keys of a credit's names, in whatever order they are written; empty for `Various`."""
    return "+".join(sorted({key_of(name) for name in split_names(credit)}))


def prepare_soundtracks(releases: DataFrame, masters: DataFrame) -> DataFrame:
    """silver/soundtracks from the bronze releases and masters of ALL years.

    All years at once, because the year of the original is that of another pressing or of the
    master.
    """
    releases = newest_of_each_id(on_every_core(releases, "id"))
    masters = newest_of_each_id(masters).select(
        F.col("id").alias("master_id"),
        F.col("year").alias("master_year"),
        F.col("genre").alias("master_genre"),
        F.col("style").alias("master_style"),
    )
    joined = releases.drop("fetched_at").join(masters, on="master_id", how="left")
    parsed = map_rows(
        _with_album_tags(joined), lambda rows: map(clean_release, rows), _PARSED_SCHEMA
    )
    return with_one_kind(with_original_year(parsed))


def _with_album_tags(joined: DataFrame) -> DataFrame:
    """Add to a master's genres and styles those of its pressings: they are the same album."""
    master = F.when(F.col("master_id") > 0, F.col("master_id").cast("string")).otherwise(
        F.concat(F.lit("release:"), F.col("id"))
    )
    same_master = Window.partitionBy("_master")

    def of_album(tags: str) -> Column:
        of_pressings = F.flatten(F.collect_set(tags).over(same_master))
        own = F.coalesce(f"master_{tags}", F.array().cast("array<string>"))
        return F.array_sort(F.array_distinct(F.concat(own, of_pressings)))

    # A master's pressings in one task: most bear one title, which is then read once.
    together = on_every_core(joined.withColumn("_master", master), "_master")
    return together.withColumns({f"master_{tags}": of_album(tags) for tags in ("genre", "style")})


def with_original_year(parsed: DataFrame) -> DataFrame:
    """Name each release's album, and the year that album first came out.

    The master's year (or an earlier pressing of it) comes first; else the earliest year of the same
    artist and core title. `year_basis` says how reliable it is.
    """
    has_master = F.col("master_id").isNotNull()
    own_release = F.concat(F.lit("release:"), F.col("release_id"))
    album_id = F.when(has_master, F.concat(F.lit("master:"), F.col("master_id"))).otherwise(
        F.coalesce(F.concat(F.lit("album:"), F.col("identity")), own_release)
    )
    earliest = F.least("master_year", "pressing_year")
    # Releases without identity would otherwise share one window and one task.
    same_identity = Window.partitionBy(
        F.when(F.col("identity").isNotNull(), F.col("identity")).otherwise(own_release)
    )
    # An album with a master is all of that master's pressings; any other has no master.
    album = Window.partitionBy("album_id")

    def of_master(aggregate: Column, own: Column) -> Column:
        return F.when(has_master, aggregate.over(album)).otherwise(own)

    by_identity = parsed.select(
        "*",
        album_id.alias("album_id"),
        F.min(earliest).over(same_identity).alias("_identity_earliest"),
        F.max("master_year").over(same_identity).alias("_identity_master_year"),
        F.size(F.collect_set("pressing_year").over(same_identity)).alias("_pressing_years"),
    )
    dated = by_identity.select(
        "*",
        of_master(F.min(earliest), earliest).alias("_master_earliest"),
        of_master(F.max("master_year"), F.col("master_year")).alias("_master_year"),
    )
    from_master = F.col("_master_year").isNotNull()
    original_year: Column = F.when(from_master, F.col("_master_earliest")).otherwise(
        F.coalesce("_identity_earliest", "_master_earliest")
    )
    year_basis = (
        F.when(from_master | F.col("_identity_master_year").isNotNull(), F.lit("master"))
        .when(original_year.isNull(), F.lit("none"))
        .when(F.col("_pressing_years") > 1, F.lit("earliest_pressing"))
        .otherwise(F.lit("pressing"))
    )
    return dated.select(
        "*", original_year.alias("original_year"), year_basis.alias("year_basis")
    ).select(*SOUNDTRACKS.column_names)


def with_one_kind(pressings: DataFrame) -> DataFrame:
    """Decide the gate per album: the claim of one pressing holds for those without one.

    A pressing marked as television, a game or stage decides for all, unless another claims a film.
    """
    album = Window.partitionBy("album_id")
    says_most = F.struct(F.when(F.col("claim") == "film", 0).otherwise(1), "release_id")
    spoken = F.struct(says_most.alias("order"), "kind", "claim")
    other_medium = F.min(F.when(F.col("kind").isin(*OTHER_MEDIA), spoken)).over(album)
    is_silent = F.col("kind").isin(*SILENT_KINDS)
    past_gate = F.min(F.when(~is_silent, spoken)).over(album)
    is_of_film = F.max(F.col("claim") == "film").over(album)
    judged = pressings.select(
        "*",
        F.when(other_medium.isNotNull() & ~is_of_film, other_medium)
        .when(is_silent, past_gate)
        .alias("_of_album"),
    )
    kind = F.coalesce("_of_album.kind", "kind")
    claim = F.when(is_silent, F.coalesce("_of_album.claim", "claim")).otherwise(F.col("claim"))
    return judged.withColumns({"kind": kind, "claim": claim}).select(*SOUNDTRACKS.column_names)
