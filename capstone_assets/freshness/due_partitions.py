"""Work out what a write of silver makes due: which other partitions it affects.

Belongs here: the digest of a partition's rows, and the film years that changed rows affect.
DataFrames in, digests and years out.
Not here: where they are stored (data_versions.py), when a step needs them (orchestration/due.py),
what a change at an API affects (source_changes.py).

A partition depends on more than its own year. A release of 2016 may belong to a film of 1984; a
master of 1984 gives a pressing of 2016 its original year; an album goes to the best of all films
that compete for it, so a film of 2021 may take it from one of 1984. The block keys say which films
an album may belong to, so the films that share a key with what changed are the ones whose links a
whole run would change.

Two effects wait for the next run of all years: the rarity of a title's words shifts a little with
every film that is added, and so, seldom, does the span of a composer's career.
"""

from collections.abc import Iterable, Iterator

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.lake.spark_rows import Row, map_rows
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.matching.blocking import propose_pairs
from capstone_assets.matching.comparisons import compare_renown, far_better_known
from capstone_assets.matching.profiles import COMPARED_OF_FILM, FilmProfile

# The origin of a row: it changes whenever a page is fetched again, and nothing depends on it.
_LINEAGE = frozenset({"raw_page", "fetched_at"})
# What of a film decides whether it wins an album: which albums its keys find, and what is compared.
# How many people rated it decides, too, but only from one level to the next.
_DECIDING_OF_FILM = (
    *("title_keys", "partial_keys"),
    *(name for name in COMPARED_OF_FILM if name not in {"film_id", "vote_count"}),
)
_YEAR = StructType([StructField(PARTITION_COLUMN, StringType(), nullable=False)])


def partition_digests(rows: DataFrame, table: Table) -> dict[str, str]:
    """The data version of each partition with rows: it changes with any value of any row.

    The order of the rows and where they came from do not matter.
    """
    row_hash = _hash_of(*_content(table))
    per_year = rows.groupBy(PARTITION_COLUMN).agg(
        F.count("*").alias("rows"), F.bit_xor(row_hash).alias("digest")
    )
    return {
        row[PARTITION_COLUMN]: f"{row['rows']}-{row['digest'] & 0xFFFFFFFFFFFFFFFF:016x}"
        for row in per_year.collect()
    }


def years_concerned_by_releases(
    before: DataFrame, after: DataFrame, others: DataFrame, films: DataFrame
) -> set[str]:
    """Return the years of the films whose links a change of soundtracks affects.

    Args:
        before: the stored rows of the pressing years that are written.
        after: the rows that replace them.
        others: the stored rows of every other pressing year.
        films: all rows of silver/films.
    """
    row_hash = _hash_of(*_content(SOUNDTRACKS))
    old, new = (rows.withColumn("_hash", row_hash) for rows in (before, after))
    gone = old.join(new.select("_hash"), on="_hash", how="left_anti").select("album_id")
    come = new.join(old.select("_hash"), on="_hash", how="left_anti").select("album_id")
    albums = gone.unionByName(come).distinct().cache()
    if albums.isEmpty():
        return set()
    everything = before.unionByName(after).unionByName(others)
    proposed = _proposed(films, _pressings_of(albums, everything))
    return {row[PARTITION_COLUMN] for row in proposed.select(PARTITION_COLUMN).distinct().collect()}


def years_concerned_by_films(
    before: DataFrame, after: DataFrame, others: DataFrame, soundtracks: DataFrame
) -> set[str]:
    """Return the years of the films that compete for an album with a film that changed.

    `before`, `after` and `others` are rows of silver/films: stored and to be replaced, new, and of
    every other year. A film's own year is left out: its digest covers it.
    """
    old, new = (
        rows.select(
            "film_id",
            _hash_of(*_DECIDING_OF_FILM).alias(f"compared_{when}"),
            F.col("vote_count").alias(f"votes_{when}"),
        )
        for rows, when in ((before, "before"), (after, "after"))
    )
    is_other = ~F.col("compared_before").eqNullSafe(F.col("compared_after"))
    has_other_votes = ~F.col("votes_before").eqNullSafe(F.col("votes_after"))
    changed = (
        old.join(new, on="film_id", how="full_outer")
        .where(is_other | has_other_votes)
        .select("film_id", is_other.alias("is_other"), "votes_before", "votes_after")
        .cache()
    )
    if changed.isEmpty():
        return set()
    both = before.unionByName(after).join(F.broadcast(changed), on="film_id", how="left_semi")
    won = _proposed(both, soundtracks).select("film_id", "release_id").distinct()
    won = won.join(soundtracks.select("release_id", "album_id"), on="release_id", how="inner")
    of_albums = (
        won.select("film_id", "album_id").distinct().join(changed, "film_id", "inner").cache()
    )
    pressings = _pressings_of(of_albums.select("album_id").distinct(), soundtracks)
    films = after.unionByName(others)
    rivals = (
        _proposed(films, pressings)
        .select(F.col("film_id").alias("rival_id"), "release_id", PARTITION_COLUMN)
        .join(pressings.select("release_id", "album_id"), on="release_id", how="inner")
        .join(of_albums, on="album_id", how="inner")
        .where(F.col("rival_id") != F.col("film_id"))
        .join(
            films.select(F.col("film_id").alias("rival_id"), F.col("vote_count").alias("votes")),
            on="rival_id",
            how="inner",
        )
        .select("is_other", "votes_before", "votes_after", "votes", PARTITION_COLUMN)
        .distinct()
    )
    concerned = map_rows(rivals, rivals_concerned, _YEAR).distinct().collect()
    return {row[PARTITION_COLUMN] for row in concerned}


def rivals_concerned(pairs: Iterable[Row]) -> Iterator[dict[str, str]]:
    """The years of the rivals that a changed film affects.

    A pair says of the film whether its titles, year or composers differ (`is_other`), and how many
    people rated it before and after; `votes` is how many rated the rival.
    """
    for pair in pairs:
        rival = _rated_by(pair["votes"])
        old, new = (_rated_by(pair[name]) for name in ("votes_before", "votes_after"))
        counts_otherwise = (
            compare_renown(old).level != compare_renown(new).level
            or far_better_known(old, rival) != far_better_known(new, rival)
            or far_better_known(rival, old) != far_better_known(rival, new)
        )
        if pair["is_other"] or counts_otherwise:
            yield {PARTITION_COLUMN: pair[PARTITION_COLUMN]}


def _rated_by(votes: int | None) -> FilmProfile:
    return FilmProfile(0, "", None, (), (), votes)


def _pressings_of(albums: DataFrame, soundtracks: DataFrame) -> DataFrame:
    return soundtracks.join(F.broadcast(albums), on="album_id", how="left_semi")


def _proposed(films: DataFrame, pressings: DataFrame) -> DataFrame:
    # How common a title is does not matter here, so no films are counted.
    return propose_pairs(films, films.limit(0), pressings)


def _content(table: Table) -> list[str]:
    return [name for name in table.column_names if name not in _LINEAGE]


def _hash_of(*columns: str) -> Column:
    """64 bits of the values; Spark's hash skips nulls, so where they are is hashed beside them."""
    return F.xxhash64(*columns, *(F.isnull(name) for name in columns))
