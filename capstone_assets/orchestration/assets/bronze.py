"""The bronze assets: what the sources told, landed as raw pages first and then read as tables.

Belongs here: which source lands a table, how it is asked, what the landing reports.
Not here: asking and landing (ingest/), reading the pages in Spark (lake/landed_pages.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field
from pyspark.sql import DataFrame

from capstone_assets.ingest.discogs import Kind
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies, land_soundtracks
from capstone_assets.ingest.rows import master_rows, movie_detail_rows, movie_rows, release_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.landed_pages import RowReader, read_landed_rows
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.assets.table_asset import same_years, table_asset
from capstone_assets.orchestration.io_managers import REQUESTS
from capstone_assets.orchestration.markdown import plain
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.spark import SparkResource

# One run at a time talks to an API (dagster.yaml): two would share its rate limit by accident.
TMDB_POOL, DISCOGS_POOL = "tmdb", "discogs"


class LandingConfig(dg.Config):
    """How much to ask the API for."""

    freshness_days: float = Field(7, description="Pages younger than this are not asked for again.")
    retention_days: float = Field(
        180, description="Fetch anew what TMDB told longer ago, and delete its pages."
    )
    refresh: bool = Field(False, description="Ask anew, however young the landed pages are.")
    max_requests: int | None = Field(None, description="Stop after as many requests.")
    min_votes: int = Field(0, description="Leave out films with fewer ratings.")
    min_popularity: float = Field(0.0, description="Leave out less popular films.")
    changed: dict[str, str] = Field(
        {},
        description="Films by id whose details are stale if fetched before the moment (ISO) given.",
    )

    def options(self) -> LandingOptions:
        """The same, as ingestion takes it."""
        return LandingOptions(
            freshness=timedelta(days=self.freshness_days),
            retention=timedelta(days=self.retention_days),
            refresh=self.refresh,
            max_requests=self.max_requests,
            min_votes=self.min_votes,
            min_popularity=self.min_popularity,
            changed={int(id_): datetime.fromisoformat(at) for id_, at in self.changed.items()},
        )


# What lands the years of a table: an API and how it is to be asked, the pages, the years.
Lander = Callable[[ApisResource, PageStore, Sequence[str], LandingOptions], Landing]


def _landed(table: Table, pool: str, land: Lander, read_rows: RowReader) -> dg.AssetsDefinition:
    """The asset of a table that only the years tell how to ask for."""

    @table_asset(table, pool=pool)
    def landed(
        context: dg.AssetExecutionContext,
        config: LandingConfig,
        apis: ApisResource,
        lake: LakehouseResource,
        pyspark: SparkResource,
    ) -> dg.Output[DataFrame]:
        landing = land(apis, _pages(lake), context.partition_keys, config.options())
        return _read(landing, table, read_rows, pyspark)

    return landed


def _movies(
    apis: ApisResource, store: PageStore, years: Sequence[str], options: LandingOptions
) -> Landing:
    return land_movies(apis.tmdb(), store, years, options)


def _soundtracks(
    kind: Kind,
    apis: ApisResource,
    store: PageStore,
    years: Sequence[str],
    options: LandingOptions,
) -> Landing:
    # A dump is read once for all years: the pages that the first run landed serve the others.
    if dump := apis.discogs_dump(kind):
        return land_dump(kind, dump, store, years)
    return land_soundtracks(kind, apis.discogs(), store, years, options)


tmdb_movies = _landed(TMDB_MOVIES, TMDB_POOL, _movies, movie_rows)
discogs_releases = _landed(
    DISCOGS_RELEASES, DISCOGS_POOL, partial(_soundtracks, "release"), release_rows
)
discogs_masters = _landed(
    DISCOGS_MASTERS, DISCOGS_POOL, partial(_soundtracks, "master"), master_rows
)


@table_asset(TMDB_MOVIE_DETAILS, ins={"movies": same_years(TMDB_MOVIES)}, pool=TMDB_POOL)
def tmdb_movie_details(
    context: dg.AssetExecutionContext,
    config: LandingConfig,
    apis: ApisResource,
    lake: LakehouseResource,
    pyspark: SparkResource,
    movies: DataFrame,
) -> dg.Output[DataFrame]:
    """Land and read the details of those films; a film's are fetched once."""
    ids: Mapping[str, list[int]] = defaultdict(list)
    for movie in movies.select("id", "release_year").toLocalIterator():
        ids[movie["release_year"]].append(movie["id"])
    asked = {year: ids[year] for year in context.partition_keys}
    landing = land_movie_details(apis.tmdb(), _pages(lake), asked, config.options())
    read = _read(landing, TMDB_MOVIE_DETAILS, movie_detail_rows, pyspark)
    # A landed batch may hold films that have since left the list or changed their year.
    listed = movies.select("id", "release_year")
    details = read.value.join(listed, on=["id", "release_year"], how="left_semi")
    return dg.Output(details.select(TMDB_MOVIE_DETAILS.column_names), metadata=read.metadata)


def _pages(lake: LakehouseResource) -> PageStore:
    return PageStore(lake.lakehouse.url("raw/").rstrip("/"))


def _read(
    landing: Landing, table: Table, read_rows: RowReader, pyspark: SparkResource
) -> dg.Output[DataFrame]:
    files = [file for files in landing.page_files.values() for file in files]
    metadata: dict[str, Any] = {
        REQUESTS: dg.MetadataValue.json(asdict(landing.requests)),
        "rows_promised": landing.rows_promised,
        "rows_landed": landing.rows_landed,
        "repeated_rows": landing.duplicates,
        "left_out": dg.MetadataValue.md("\n".join(f"- {plain(line)}" for line in landing.left_out)),
    }
    if landing.films_without_a_date is not None:
        metadata["films_that_no_year_reaches"] = landing.films_without_a_date
    rows = read_landed_rows(pyspark.spark_session, files, table, read_rows)
    return dg.Output(rows, metadata=metadata)
