"""The silver assets: cleaned films and soundtracks, and the pairs worth scoring."""

import dagster as dg
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.matching.blocking import propose_pairs
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.orchestration.assets.table_asset import every_year, same_years, table_asset


@table_asset(
    FILMS, ins={"movies": same_years(TMDB_MOVIES), "details": same_years(TMDB_MOVIE_DETAILS)}
)
def films(movies: DataFrame, details: DataFrame) -> DataFrame:
    """Clean the films of the years being materialized."""
    return prepare_films(movies, details)


@table_asset(
    SOUNDTRACKS,
    # A pressing's original year comes from its master or its earliest pressing, of any year.
    ins={"releases": every_year(DISCOGS_RELEASES), "masters": every_year(DISCOGS_MASTERS)},
)
def soundtracks(
    context: dg.AssetExecutionContext, releases: DataFrame, masters: DataFrame
) -> DataFrame:
    """Clean and type the releases of the years being materialized."""
    return of_partitions(prepare_soundtracks(releases, masters), context)


@table_asset(
    CANDIDATES,
    ins={
        # How rare a title is depends on all films.
        "films": every_year(FILMS),
        # A reissue of 2016 may belong to a film of 1984.
        "soundtracks": every_year(SOUNDTRACKS),
    },
)
def candidates(
    context: dg.AssetExecutionContext, films: DataFrame, soundtracks: DataFrame
) -> DataFrame:
    """Propose pairs for the films of the years being materialized."""
    return propose_pairs(of_partitions(films, context), films, soundtracks)


def of_partitions(rows: DataFrame, context: dg.AssetExecutionContext) -> DataFrame:
    """Return the rows of the partitions being materialized."""
    return rows.where(F.col(PARTITION_COLUMN).isin(*context.partition_keys))
