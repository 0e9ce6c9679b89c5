"""The gold recipes: links, pairs that a person has to decide, and tables made from the links."""

from pyspark.sql import functions as F

from capstone_assets import __version__
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
    TIERS,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.tables import Table
from capstone_assets.matching.enrichment import (
    compare_composers,
    compare_music_with_popularity,
    summarize_film_soundtracks,
)
from capstone_assets.matching.linkage import decide_links
from capstone_assets.matching.scorecard import load_scorecard
from capstone_assets.orchestration.due import recording_links
from capstone_assets.orchestration.table_steps import Making, Rows, recipe

# The links change with the weights.
_CODE_VERSION = f"{__version__}+scorecard.{load_scorecard().version}"


# A release goes to its best film, so all competing films are weighed, of any year.
@recipe(
    MATCHES,
    REVIEW_QUEUE,
    every_year=(CANDIDATES, FILMS, SOUNDTRACKS),
    code_version=_CODE_VERSION,
)
def links(making: Making) -> dict[Table, Rows]:
    """Decide the pairs of the films being made."""
    recording_links(making, MATCHES, made_of=CANDIDATES)
    candidates = making.read(CANDIDATES)
    concerned = making.of_years(candidates).select("release_id").distinct()
    competing = candidates.join(concerned, on="release_id", how="left_semi")
    overrides = making.context.resources.overrides.read()
    decided = decide_links(competing, making.read(FILMS), making.read(SOUNDTRACKS), overrides)
    decided = decided.select("*", F.lit(making.run_id).alias("run_id"))
    # Two tables are written from it.
    decided = making.of_years(decided).cache()
    return {
        MATCHES: decided.where(F.col("tier").isin(*TIERS)).select(MATCHES.column_names),
        REVIEW_QUEUE: decided.where(F.col("tier") == "review").select(REVIEW_QUEUE.column_names),
    }


@recipe(
    FILM_SOUNDTRACKS,
    same_years=(FILMS, MATCHES, REVIEW_QUEUE),
    every_year=(SOUNDTRACKS,),
    code_version=_CODE_VERSION,
)
def film_soundtracks(making: Making) -> dict[Table, Rows]:
    """Give every film its soundtrack."""
    recording_links(making, FILM_SOUNDTRACKS, made_of=MATCHES)
    films, soundtracks = making.read(FILMS), making.read(SOUNDTRACKS)
    matches, review_queue = making.read(MATCHES), making.read(REVIEW_QUEUE)
    rows = summarize_film_soundtracks(films, matches, review_queue, soundtracks)
    return {FILM_SOUNDTRACKS: rows}


@recipe(
    GENRE_POPULARITY,
    COMPOSER_POPULARITY,
    every_year=(FILM_SOUNDTRACKS,),
    code_version=_CODE_VERSION,
)
def popularity(making: Making) -> dict[Table, Rows]:
    """Compare the popularity and rating of films by their music and by their composers."""
    film_soundtracks = making.read(FILM_SOUNDTRACKS)
    return {
        GENRE_POPULARITY: compare_music_with_popularity(film_soundtracks),
        COMPOSER_POPULARITY: compare_composers(film_soundtracks),
    }
