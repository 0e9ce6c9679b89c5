"""The jobs: which assets run together, and how.

Belongs here: job definitions.
Not here: starting one (main_job.py, the web UI, sensors.py).
"""

from collections.abc import Sequence

import dagster as dg

from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    QUARANTINE,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.metrics import (
    ACCOUNTING,
    OUTPUT_INVENTORY,
    PIPELINE_SUMMARY,
    SCHEMA_ALIGNMENT,
)
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.assets.raw import DISCOGS_PAGES, TMDB_PAGES
from capstone_assets.orchestration.table_metadata import asset_key

# The tags with which Dagster runs a range of partitions as one.
RANGE_START, RANGE_END = (
    "dagster/asset_partition_range_start",
    "dagster/asset_partition_range_end",
)
LAKEHOUSE_JOB = dg.define_asset_job(
    "lakehouse",
    selection=dg.AssetSelection.all(),
    description="Every page and table, from both APIs to explained links.",
)

# What a refresh materializes. Gold is separate: which film years a change affects is known only
# once silver is made.
FILM_TABLES = (TMDB_MOVIES, TMDB_MOVIE_DETAILS, QUARANTINE, FILMS)
RELEASE_TABLES = (DISCOGS_RELEASES, DISCOGS_MASTERS, QUARANTINE, SOUNDTRACKS)
LINK_TABLES = (
    *(CANDIDATES, MATCHES, REVIEW_QUEUE, FILM_SOUNDTRACKS, GENRE_POPULARITY, COMPOSER_POPULARITY),
    *(SCHEMA_ALIGNMENT, OUTPUT_INVENTORY, PIPELINE_SUMMARY, ACCOUNTING),
)


def _all_of(tables: Sequence[Table], *pages: dg.AssetKey) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*pages, *(asset_key(table) for table in tables))


REFRESH_FILMS_JOB = dg.define_asset_job(
    "refresh_films",
    selection=_all_of(FILM_TABLES, TMDB_PAGES),
    description="Films of the years that TMDB changed, from its API to silver.",
)
REFRESH_RELEASES_JOB = dg.define_asset_job(
    "refresh_releases",
    selection=_all_of(RELEASE_TABLES, DISCOGS_PAGES),
    description="Releases of the years that Discogs changed, from its API to silver.",
)
REFRESH_SOUNDTRACKS_JOB = dg.define_asset_job(
    "refresh_soundtracks",
    selection=_all_of((SOUNDTRACKS,)),
    description="Releases of other years that share an album with those that changed.",
)
REFRESH_LINKS_JOB = dg.define_asset_job(
    "refresh_links",
    selection=_all_of(LINK_TABLES),
    description="Links of the film years that a change in silver affects, up to gold.",
)
REFRESH_JOBS = (
    REFRESH_FILMS_JOB,
    REFRESH_RELEASES_JOB,
    REFRESH_SOUNDTRACKS_JOB,
    REFRESH_LINKS_JOB,
)
JOBS = (LAKEHOUSE_JOB, *REFRESH_JOBS)
