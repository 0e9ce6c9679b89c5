"""The gold assets: links, what a person has to decide, and what follows from the links."""

import dagster as dg
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from capstone_assets.lake.gold import (
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
    TIERS,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.matching.enrichment import (
    compare_music_with_popularity,
    summarize_film_soundtracks,
)
from capstone_assets.matching.linkage import decide_links
from capstone_assets.orchestration.assets.silver import of_partitions
from capstone_assets.orchestration.assets.table_asset import (
    asset_key,
    describe,
    every_year,
    same_years,
    table_asset,
)
from capstone_assets.orchestration.launching import launched
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.orchestration.resources.overrides import OverridesResource
from capstone_assets.orchestration.step_audit import audited, run_id_of


@dg.multi_asset(
    outs={
        "matches": dg.AssetOut(key=asset_key(MATCHES), **describe(MATCHES)),
        "review_queue": dg.AssetOut(key=asset_key(REVIEW_QUEUE), **describe(REVIEW_QUEUE)),
    },
    # A release goes to its best film, so all films that compete for it are weighed, of any year.
    ins={
        "candidates": every_year(CANDIDATES),
        "films": every_year(FILMS),
        "soundtracks": every_year(SOUNDTRACKS),
    },
    partitions_def=RELEASE_YEARS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
@launched
@audited
def links(
    context: dg.AssetExecutionContext,
    candidates: DataFrame,
    films: DataFrame,
    soundtracks: DataFrame,
    overrides: OverridesResource,
) -> tuple[dg.Output[DataFrame], dg.Output[DataFrame]]:
    """Decide the pairs of the films being materialized."""
    concerned = of_partitions(candidates, context).select("release_id").distinct()
    competing = candidates.join(concerned, on="release_id", how="left_semi")
    run_id = F.lit(run_id_of(context.instance, context.run.run_id)).alias("run_id")
    decided = decide_links(competing, films, soundtracks, overrides.read()).select("*", run_id)
    # Two tables are written from it.
    decided = of_partitions(decided, context).cache()
    matches = decided.where(F.col("tier").isin(*TIERS)).select(MATCHES.column_names)
    review_queue = decided.where(F.col("tier") == "review").select(REVIEW_QUEUE.column_names)
    return (
        dg.Output(matches, output_name="matches"),
        dg.Output(review_queue, output_name="review_queue"),
    )


@table_asset(
    FILM_SOUNDTRACKS,
    ins={
        "films": same_years(FILMS),
        "matches": same_years(MATCHES),
        "soundtracks": every_year(SOUNDTRACKS),
    },
)
def film_soundtracks(films: DataFrame, matches: DataFrame, soundtracks: DataFrame) -> DataFrame:
    """Give every film its soundtrack."""
    return summarize_film_soundtracks(films, matches, soundtracks)


@table_asset(GENRE_POPULARITY, ins={"film_soundtracks": every_year(FILM_SOUNDTRACKS)})
def genre_popularity(film_soundtracks: DataFrame) -> DataFrame:
    """Does a film's soundtrack genre go with its popularity and rating?"""
    return compare_music_with_popularity(film_soundtracks)
