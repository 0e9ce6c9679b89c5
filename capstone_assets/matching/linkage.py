"""Link releases to films: decisions from candidates, and two files from end to end.

Belongs here: gathering an album's candidates in Spark, handing them to assignment.py, and back.
Not here: how a decision is made (assignment.py), tables and runs (orchestration/assets/).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    LongType,
    StringType,
    StructField,
    StructType,
)

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.spark_rows import Row, map_rows
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.matching.assignment import (
    AssignmentSettings,
    Candidate,
    Decision,
    decide_album,
)
from capstone_assets.matching.blocking import propose_pairs
from capstone_assets.matching.comparisons import ReleaseProfile
from capstone_assets.matching.files import read_films, read_masters, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.overrides import LINK, Override, read_overrides
from capstone_assets.matching.scorecard import Scorecard, load_scorecard
from capstone_assets.matching.soundtracks import prepare_soundtracks

LINK_COLUMNS = ("film_id", "release_id", "score", "tier", "relation", "reason", "evidence")

_COMPARED_OF_RELEASE = (
    "title",
    "album_title",
    "artist_credit",
    "kind",
    "claim",
    "original_year",
    "year_basis",
    "credits",
)
_COMPARED_OF_FILM = (
    "film_id",
    "title",
    "original_title",
    "alternative_titles",
    "film_year",
    "composers",
    "vote_count",
)
_OF_PAIR = ("block_key", "title_information")
_BY_HAND = "override"


def decided_columns() -> list[str]:
    """The columns of a decision: those of gold/matches but for the run that writes them."""
    return [name for name in MATCHES.column_names if name != "run_id"]


def _decision_schema() -> StructType:
    decided = ("tier", "score", "match_weight", "margin", "relation", "reason", "evidence")
    fields = {field.name: field for field in MATCHES.spark_schema.fields}
    return StructType(
        [
            StructField("group_key", StringType(), False),
            fields["film_id"],
            *(fields[name] for name in (*decided, "near_misses", "block_key")),
        ]
    )


def decide_links(
    candidates: DataFrame,
    films: DataFrame,
    soundtracks: DataFrame,
    overrides: Sequence[Override] = (),
    settings: AssignmentSettings | None = None,
) -> DataFrame:
    """One row a decision: the columns of gold/matches without the run; the tier may be review.

    `candidates` must hold all films of the releases in it, of whatever year, because a release
    has at most one film. An album is scored once and its pressings inherit, except a pressing
    that a person decided on: that one is decided alone. An override of an unknown film or release
    changes nothing.
    """
    spark = candidates.sparkSession
    scorecard, chosen = load_scorecard(), settings or AssignmentSettings()
    of_group: dict[str, list[Override]] = defaultdict(list)
    for each in overrides:
        of_group[f"release:{each.release_id}"].append(each)
    pairs = candidates.select("film_id", "release_id", *_OF_PAIR)
    pairs = pairs.unionByName(_pairs_by_hand(spark, pairs, films, soundtracks, overrides))
    grouped_releases = _with_group(soundtracks, [each.release_id for each in overrides])

    compared_release = F.struct(*_COMPARED_OF_RELEASE)
    compared_film = F.struct(*_COMPARED_OF_FILM, *_OF_PAIR)
    film_columns = films.select(*_COMPARED_OF_FILM)
    release_columns = grouped_releases.select("release_id", "group_key", *_COMPARED_OF_RELEASE)
    wordings = (
        pairs.select("release_id")
        .distinct()
        .join(release_columns, on="release_id", how="inner")
        .groupBy("group_key")
        .agg(F.array_sort(F.collect_set(compared_release)).alias("releases"))
    )
    rivals = (
        pairs.join(release_columns.select("release_id", "group_key"), on="release_id", how="inner")
        .groupBy("group_key", "film_id")
        .agg(*(F.min(name).alias(name) for name in _OF_PAIR))
        .join(film_columns, on="film_id", how="inner")
        .groupBy("group_key")
        .agg(F.collect_list(compared_film).alias("films"))
    )
    albums = wordings.join(rivals, on="group_key", how="inner")

    def decide(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for row in rows:
            decisions = decide_rows(
                row["releases"], row["films"], scorecard, chosen, of_group.get(row["group_key"], ())
            )
            for decision in decisions:
                yield {"group_key": row["group_key"], **asdict(decision)}

    decided = map_rows(albums, decide, _decision_schema())
    return _with_lineage(decided, films, grouped_releases, pairs)


def decide_rows(
    releases: Iterable[Row],
    films: Iterable[Row],
    scorecard: Scorecard,
    settings: AssignmentSettings,
    overrides: Sequence[Override],
) -> list[Decision]:
    """The decisions on an album from rows: its wordings, and its films with how they were found."""
    profiles = list(dict.fromkeys(ReleaseProfile.of(row) for row in releases))
    candidates = [Candidate.of(row, row) for row in films]
    return decide_album(profiles, candidates, scorecard, settings, overrides)


def _with_group(soundtracks: DataFrame, by_hand: Sequence[int]) -> DataFrame:
    """Who shares a decision: an album's pressings, but a release decided by hand stands alone."""
    alone = F.col("release_id").isin(list(by_hand)) if by_hand else F.lit(False)
    own = F.concat(F.lit("release:"), F.col("release_id"))
    return soundtracks.withColumn("group_key", F.when(alone, own).otherwise(F.col("album_id")))


def _pairs_by_hand(
    spark: SparkSession,
    pairs: DataFrame,
    films: DataFrame,
    soundtracks: DataFrame,
    overrides: Sequence[Override],
) -> DataFrame:
    """The links made by hand that no block key proposed, of films and releases that exist."""
    schema = StructType(
        [StructField("film_id", LongType(), False), StructField("release_id", LongType(), False)]
    )
    linked = [(each.film_id, each.release_id) for each in overrides if each.decision == LINK]
    wanted = spark.createDataFrame(linked, schema)
    return (
        wanted.join(pairs, on=["film_id", "release_id"], how="left_anti")
        .join(films.select("film_id"), on="film_id", how="left_semi")
        .join(soundtracks.select("release_id"), on="release_id", how="left_semi")
        .select(
            "film_id",
            "release_id",
            F.lit(_BY_HAND).alias("block_key"),
            F.lit(0.0).alias("title_information"),
        )
    )


def _with_lineage(
    decided: DataFrame, films: DataFrame, grouped_releases: DataFrame, pairs: DataFrame
) -> DataFrame:
    """The album's decision for each of its pressings, with both rows that it came from."""
    film_columns = films.select(
        "film_id",
        F.col("title").alias("film_title"),
        "film_year",
        F.col("raw_page").alias("film_raw_page"),
        PARTITION_COLUMN,
    )
    release_columns = grouped_releases.select(
        "release_id",
        "group_key",
        F.col("title").alias("release_title"),
        "album_id",
        "original_year",
        "pressing_year",
        F.col("raw_page").alias("release_raw_page"),
    )
    considered = pairs.select("release_id").distinct()
    return (
        decided.join(release_columns, on="group_key", how="inner")
        .join(considered, on="release_id", how="left_semi")
        .join(film_columns, on="film_id", how="inner")
        .select(*decided_columns())
    )


def link_files(
    spark: SparkSession,
    films_path: str | Path,
    releases_path: str | Path,
    overrides_path: str | Path | None = None,
    masters_path: str | Path | None = None,
) -> DataFrame:
    """Link two catalog files (.jsonl or .jsonl.gz) with the very code of the assets.

    The masters of the releases, if given, bring the years of the originals, and genres and styles
    for the gate. Missing optional fields are allowed, unknown ones ignored. InvalidCatalogError and
    InvalidOverridesError say what is wrong with a file, and where.
    """
    overrides = read_overrides(overrides_path) if overrides_path else ()
    movies, details = read_films(spark, films_path)
    releases, masters = read_releases(spark, releases_path)
    if masters_path:
        masters = read_masters(spark, masters_path)
    # The assets read these from the lake; here each would be made anew at every use.
    films = prepare_films(movies, details).cache()
    soundtracks = prepare_soundtracks(releases, masters).cache()
    candidates = propose_pairs(films, films, soundtracks).cache()
    return decide_links(candidates, films, soundtracks, overrides).select(*LINK_COLUMNS)
