"""The gold assets: links, what a person has to decide, and what follows from the links."""

import dagster as dg
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
    TIERS,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.matching.enrichment import (
    compare_composers,
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
        "review_queue": same_years(REVIEW_QUEUE),
        "soundtracks": every_year(SOUNDTRACKS),
    },
)
def film_soundtracks(
    films: DataFrame, matches: DataFrame, review_queue: DataFrame, soundtracks: DataFrame
) -> DataFrame:
    """Give every film its soundtrack."""
    return summarize_film_soundtracks(films, matches, review_queue, soundtracks)


@dg.multi_asset(
    outs={
        "genre_popularity": dg.AssetOut(
            key=asset_key(GENRE_POPULARITY), **describe(GENRE_POPULARITY)
        ),
        "composer_popularity": dg.AssetOut(
            key=asset_key(COMPOSER_POPULARITY), **describe(COMPOSER_POPULARITY)
        ),
    },
    ins={"film_soundtracks": every_year(FILM_SOUNDTRACKS)},
    backfill_policy=dg.BackfillPolicy.single_run(),
)
@launched
@audited
def popularity(
    film_soundtracks: DataFrame,
) -> tuple[dg.Output[DataFrame], dg.Output[DataFrame]]:
    """Compare the popularity and rating of films by their music and by their composers."""
    by_music = compare_music_with_popularity(film_soundtracks)
    by_composer = compare_composers(film_soundtracks)
    return (
        dg.Output(by_music, output_name="genre_popularity"),
        dg.Output(by_composer, output_name="composer_popularity"),
    )
