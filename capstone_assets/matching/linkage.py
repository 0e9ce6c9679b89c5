"""Link releases to films: decisions from candidates, and two files from end to end.

Belongs here: gathering an album's candidates in Spark and passing them to assignment.py.
Not here: how a decision is made (assignment.py), tables and runs (orchestration/assets/).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructField, StructType

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.spark_rows import Row, map_rows, on_every_core
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.matching.assignment import Decision, decide_album
from capstone_assets.matching.blocking import crowded_pieces_of, propose_pairs
from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.files import read_films, read_masters, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.overrides import LINK, Override, read_overrides
from capstone_assets.matching.profiles import COMPARED_OF_FILM, COMPARED_OF_RELEASE, ReleaseProfile
from capstone_assets.matching.scorecard import Scorecard, load_scorecard
from capstone_assets.matching.scored_films import Candidate
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.matching.tiers import TierSettings

LINK_COLUMNS = ("film_id", "release_id", "score", "tier", "relation", "reason", "evidence")

_OF_PAIR = ("block_key", "title_information")
_LINEAGE_OF_RELEASE = ("album_id", "pressing_year", "raw_page")
_LINEAGE_OF_FILM = ("raw_page", PARTITION_COLUMN)
_BY_HAND = "override"


def decided_columns() -> list[str]:
    """The columns of a decision: those of gold/matches without the run that writes them."""
    return [name for name in MATCHES.column_names if name != "run_id"]


def _decision_schema() -> StructType:
    return StructType([field for field in MATCHES.spark_schema.fields if field.name != "run_id"])


def decide_links(
    candidates: DataFrame,
    films: DataFrame,
    soundtracks: DataFrame,
    overrides: Sequence[Override] = (),
    settings: TierSettings | None = None,
) -> DataFrame:
    """One row a decision: the columns of gold/matches without the run; the tier may be review.

    `candidates` must hold all films of the releases in it, of whatever year, because a release has
    at most one film. An album is scored once for all its pressings, except a pressing that a person
    decided: that one is decided alone. An override of an unknown film or release changes nothing.
    """
    scorecard, chosen = load_scorecard(), settings or TierSettings()
    of_group: dict[str, list[Override]] = defaultdict(list)
    for each in overrides:
        of_group[f"release:{each.release_id}"].append(each)
    pairs = candidates.select("film_id", "release_id", *_OF_PAIR)
    if linked := [(each.film_id, each.release_id) for each in overrides if each.decision == LINK]:
        pairs = pairs.unionByName(_pairs_by_hand(linked, pairs, films, soundtracks))
    composed = films.where(F.size("composers") > 0).select("composers", "film_year").collect()
    careers = films.sparkSession.sparkContext.broadcast(Careers(tuple(row) for row in composed))

    def decide(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for group, of_album in groupby(rows, key=lambda row: row["group_key"]):
            yield from _decided_rows(
                list(of_album), scorecard, chosen, of_group.get(group, ()), careers.value
            )

    by_hand = [each.release_id for each in overrides]
    compared = _compared(pairs, films, _with_group(soundtracks, by_hand))
    albums = on_every_core(compared, "group_key").sortWithinPartitions("group_key")
    return map_rows(albums, decide, _decision_schema()).select(*decided_columns())


def _compared(pairs: DataFrame, films: DataFrame, grouped_releases: DataFrame) -> DataFrame:
    """The pairs with the compared columns of both sides, and the rows these came from."""
    film = F.struct(*COMPARED_OF_FILM, *_LINEAGE_OF_FILM).alias("film")
    release = F.struct("release_id", *COMPARED_OF_RELEASE, *_LINEAGE_OF_RELEASE).alias("release")
    return (
        pairs.join(
            grouped_releases.select("release_id", "group_key", release),
            on="release_id",
            how="inner",
        )
        .join(films.select("film_id", film), on="film_id", how="inner")
        .select("group_key", "film", "release", *_OF_PAIR)
    )


def _decided_rows(
    pairs: Sequence[Row],
    scorecard: Scorecard,
    settings: TierSettings,
    overrides: Sequence[Override],
    careers: Careers,
) -> Iterator[dict[str, Any]]:
    """The album's decisions for each of its pressings, with both rows that they came from.

    `pairs` are all that share a decision: the films of an album with each of its pressings.
    """
    releases = {pair["release"]["release_id"]: pair["release"] for pair in pairs}
    films = {pair["film"]["film_id"]: pair["film"] for pair in pairs}
    found_by: dict[int, list[Row]] = defaultdict(list)
    for pair in pairs:
        found_by[pair["film"]["film_id"]].append(pair)
    rivals = [
        {**films[film_id], **{name: min(pair[name] for pair in found) for name in _OF_PAIR}}
        for film_id, found in found_by.items()
    ]
    wordings = sorted(releases.values(), key=_wording)
    for decision in decide_rows(wordings, rivals, scorecard, settings, overrides, careers):
        film = films[decision.film_id]
        decided = {
            **vars(decision),
            "evidence": [vars(each) for each in decision.evidence],
            "near_misses": [vars(each) for each in decision.near_misses],
            "film_title": film["title"],
            "film_year": film["film_year"],
            "film_raw_page": film["raw_page"],
            PARTITION_COLUMN: film[PARTITION_COLUMN],
        }
        for release_id, release in releases.items():
            yield {
                **decided,
                "release_id": release_id,
                "release_title": release["title"],
                "album_id": release["album_id"],
                "original_year": release["original_year"],
                "pressing_year": release["pressing_year"],
                "release_raw_page": release["raw_page"],
            }


def _wording(release: Row) -> list[tuple[Any, ...]]:
    """An order of pressings that does not depend on the order of rows; nulls come first."""
    values = (release[name] for name in COMPARED_OF_RELEASE)
    return [() if value is None else (value,) for value in values]


def decide_rows(
    releases: Iterable[Row],
    films: Iterable[Row],
    scorecard: Scorecard,
    settings: TierSettings,
    overrides: Sequence[Override],
    careers: Careers = NO_CAREERS,
) -> list[Decision]:
    """The decisions on an album from rows: its wordings, and its films with how they were found."""
    profiles = list(dict.fromkeys(ReleaseProfile.of(row) for row in releases))
    candidates = [Candidate.of(row, row) for row in films]
    return decide_album(profiles, candidates, scorecard, settings, overrides, careers)


def _with_group(soundtracks: DataFrame, by_hand: Sequence[int]) -> DataFrame:
    """Group the releases that share a decision: an album's pressings but those decided alone."""
    alone = F.col("release_id").isin(list(by_hand)) if by_hand else F.lit(False)
    own = F.concat(F.lit("release:"), F.col("release_id"))
    return soundtracks.withColumn("group_key", F.when(alone, own).otherwise(F.col("album_id")))


def _pairs_by_hand(
    linked: Sequence[tuple[int, int]], pairs: DataFrame, films: DataFrame, soundtracks: DataFrame
) -> DataFrame:
    """The links made by hand that no block key proposed, of films and releases that exist.

    `linked` are film and release.
    """
    schema = StructType(
        [StructField("film_id", LongType(), False), StructField("release_id", LongType(), False)]
    )
    wanted = pairs.sparkSession.createDataFrame(linked, schema)
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


def link_files(
    spark: SparkSession,
    films_path: str | Path,
    releases_path: str | Path,
    overrides_path: str | Path | None = None,
    masters_path: str | Path | None = None,
) -> DataFrame:
    """Link two catalog files (.jsonl or .jsonl.gz) with the code of the assets.

    The masters of the releases, if given, add the years of the originals, and genres and styles for
    the gate. Missing optional fields are allowed, unknown ones ignored. InvalidCatalogError and
    InvalidOverridesError name the faults of a file by line.
    """
    overrides = read_overrides(overrides_path) if overrides_path else ()
    movies, details = read_films(spark, films_path)
    releases, masters = read_releases(spark, releases_path)
    if masters_path:
        masters = read_masters(spark, masters_path)
    # The assets read these from the lake; here each would be computed again at every use.
    films = prepare_films(movies, details).cache()
    soundtracks = prepare_soundtracks(releases, masters).cache()
    crowded = crowded_pieces_of(films)
    candidates = propose_pairs(films, films, soundtracks, crowded).cache()
    return decide_links(candidates, films, soundtracks, overrides).select(*LINK_COLUMNS)
