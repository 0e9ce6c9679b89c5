"""The raw assets: the pages of the sources, landed unchanged.

Belongs here: which source lands which pages, its configuration, what the landing reports.
Not here: fetching and landing (ingest/), the tables that are parsed from the pages (bronze.py).

They run on the host of the run, not on a cluster: most of their time they wait for an API. Both
kinds of pages of a source are one asset, so that two steps never share its rate limit by accident.
"""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, get_args

import dagster as dg
import pyarrow.compute as pc
from pydantic import Field

from capstone_assets import __version__
from capstone_assets.freshness.departures import departed_rows, where_they_are
from capstone_assets.ingest.client import RequestCounts
from capstone_assets.ingest.counts import listed_years, years_of_soundtracks
from capstone_assets.ingest.discogs import Kind
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import (
    land_masters,
    land_movie_details,
    land_movies,
    land_soundtracks,
)
from capstone_assets.ingest.masters import joined, named_masters, unlisted
from capstone_assets.ingest.page_ids import ids_of_pages, listed_ids
from capstone_assets.ingest.page_lists import write_page_lists
from capstone_assets.ingest.rows import master_rows, movie_rows, release_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.lake.attribution import DISCOGS, TMDB
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS
from capstone_assets.orchestration.code_references import source_of
from capstone_assets.orchestration.markdown import plain
from capstone_assets.orchestration.partitions import RELEASE_YEARS, expecting_backfill_policies
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.step_audit import StepAudit, audited
from capstone_assets.orchestration.table_metadata import FRESHNESS, OWNERS
from capstone_assets.quality.accounting import page_store

log = logging.getLogger(__name__)

# One run at a time uses an API (dagster.yaml): two would share its rate limit by accident.
TMDB_POOL, DISCOGS_POOL = "tmdb", "discogs"
TMDB_PAGES = dg.AssetKey(["raw", "tmdb_pages"])
DISCOGS_PAGES = dg.AssetKey(["raw", "discogs_pages"])


class LandingConfig(dg.Config):
    """How much to request from an API."""

    freshness_days: float = Field(7, description="Use landed pages up to this age.")
    refresh: bool = Field(False, description="Ignore landed pages of lists.")
    max_requests: int | None = Field(None, description="Stop after this many requests a table.")

    def options(self) -> LandingOptions:
        """The same, as ingestion's settings."""
        return LandingOptions(
            freshness=timedelta(days=self.freshness_days),
            refresh=self.refresh,
            max_requests=self.max_requests,
        )


class TmdbConfig(LandingConfig):
    """How much to request from TMDB."""

    refresh_details: bool = Field(False, description="Ignore landed details.")
    retention_days: float = Field(
        180, description="Fetch pages older than this again, and delete them."
    )
    min_votes: int = Field(0, description="Leave out films with fewer ratings.")
    min_popularity: float = Field(0.0, description="Leave out less popular films.")
    changed: dict[str, str] = Field(
        {},
        description="Films by id whose details are stale if fetched before the moment (ISO) given.",
    )

    def options(self) -> LandingOptions:
        """The same, as ingestion's settings."""
        return replace(
            super().options(),
            retention=timedelta(days=self.retention_days),
            min_votes=self.min_votes,
            min_popularity=self.min_popularity,
            changed={int(id_): datetime.fromisoformat(at) for id_, at in self.changed.items()},
        )


class DiscogsConfig(LandingConfig):
    """How much to request from Discogs."""

    max_masters: int = Field(
        600,
        description="Fetch at most this many masters that releases name and no list has, about "
        "one a second; the next run fetches the rest.",
    )


def _raw_asset(key: dg.AssetKey, description: str, pool: str) -> Callable[..., Any]:
    def as_asset(land: Callable[..., Any]) -> dg.AssetsDefinition:
        with expecting_backfill_policies():
            return dg.asset(
                key=key,
                description=description,
                pool=pool,
                partitions_def=RELEASE_YEARS,
                backfill_policy=dg.BackfillPolicy.single_run(),
                group_name="raw",
                kinds={"httpx", "json"},
                owners=OWNERS,
                tags={"layer": "raw"},
                metadata=source_of(land),
                freshness_policy=FRESHNESS["raw"],
                code_version=__version__,
            )(land)

    return as_asset


@_raw_asset(
    TMDB_PAGES, f"TMDB's answers: lists of films, and each film's details. {TMDB}", TMDB_POOL
)
def tmdb_pages(
    context: dg.AssetExecutionContext,
    config: TmdbConfig,
    apis: ApisResource,
    lake: LakehouseResource,
) -> dg.MaterializeResult[None]:
    """Land the films of the years, and the details of those films; a film's are fetched once."""
    store, options = page_store(lake.lakehouse), config.options()
    with audited(context, lake.lakehouse, "raw/tmdb_pages") as audit:
        movies = land_movies(apis.tmdb(), store, context.partition_keys, options)
        write_page_lists(store, TMDB_MOVIES.short_name, movies)
        films = listed_ids(store, movies.page_files, movie_rows)
        of_details = replace(options, refresh=config.refresh_details)
        details = land_movie_details(apis.tmdb(), store, films, of_details)
        write_page_lists(store, TMDB_MOVIE_DETAILS.short_name, details)
        departed = departed_rows(lake.lakehouse, TMDB_MOVIES, films)
        years_now = functools.partial(listed_years, apis.tmdb())
        moved = where_they_are(TMDB_MOVIES, departed, context.partition_keys, years_now)
        return _result(audit, {TMDB_MOVIES: movies, TMDB_MOVIE_DETAILS: details}, list(moved))


@_raw_asset(
    DISCOGS_PAGES,
    f"Discogs' answers, or its dump: soundtracks, as releases and masters. {DISCOGS}",
    DISCOGS_POOL,
)
def discogs_pages(
    context: dg.AssetExecutionContext,
    config: DiscogsConfig,
    apis: ApisResource,
    lake: LakehouseResource,
) -> dg.MaterializeResult[None]:
    """Land the soundtracks of the years, releases and masters; a master in no list by its id."""
    store, years, options = page_store(lake.lakehouse), context.partition_keys, config.options()
    landings: dict[Table, Landing] = {}
    moved: list[str] = []
    unknown = 0
    with audited(context, lake.lakehouse, "raw/discogs_pages") as audit:
        for table, kind in zip((DISCOGS_RELEASES, DISCOGS_MASTERS), get_args(Kind), strict=True):
            # A dump is read once for all years: pages that the first run landed serve the others.
            if dump := apis.discogs_dump(kind):
                landing = land_dump(kind, dump, store, years)
            else:
                landing = land_soundtracks(kind, apis.discogs(), store, years, options)
                if kind == "master":
                    wanted = replace(options, refresh=False, max_requests=config.max_masters)
                    fetched = _land_named_masters(lake.lakehouse, apis, landings, landing, wanted)
                    unknown = fetched.rows_promised - fetched.rows_landed
                    landing = joined(landing, fetched)
                moved += _moved_soundtracks(lake.lakehouse, store, table, kind, landing, apis)
            write_page_lists(store, table.short_name, landing)
            landings[table] = landing
        return _result(audit, landings, moved, masters_unknown=unknown)


def _land_named_masters(
    lakehouse: Lakehouse,
    apis: ApisResource,
    landings: Mapping[Table, Landing],
    listed: Landing,
    options: LandingOptions,
) -> Landing:
    """Land the masters that the releases name and that neither `listed` nor the lake has."""
    store, releases = page_store(lakehouse), landings[DISCOGS_RELEASES].page_files
    masters = ids_of_pages(store, listed.page_files, master_rows)
    known = {row.id for pages in masters.values() for rows in pages.values() for row in rows}
    if lakehouse.partitions(DISCOGS_MASTERS):
        elsewhere = ~pc.field(PARTITION_COLUMN).isin(list(releases))
        stored = lakehouse.scan(DISCOGS_MASTERS, ["id"], where=elsewhere)
        known.update(stored["id"].to_pylist())
    named = named_masters(ids_of_pages(store, releases, release_rows))
    return land_masters(apis.discogs(), store, unlisted(named, known), options)


def _moved_soundtracks(
    lakehouse: Lakehouse,
    store: PageStore,
    table: Table,
    kind: Kind,
    landing: Landing,
    apis: ApisResource,
) -> list[str]:
    """The new years of releases that left their lists; none for a load without requests."""
    years = list(landing.page_files)
    if not landing.requests.made or len(years) == len(YEAR_KEYS):
        return []
    listed = listed_ids(store, landing.page_files, _READERS[table])
    departed = departed_rows(lakehouse, table, listed)
    years_now = functools.partial(years_of_soundtracks, apis.discogs(), kind)
    return list(where_they_are(table, departed, years, years_now))


_READERS = {DISCOGS_RELEASES: release_rows, DISCOGS_MASTERS: master_rows}


def _result(
    audit: StepAudit, landings: Mapping[Table, Landing], moved: Sequence[str], **more: int
) -> dg.MaterializeResult[None]:
    for sentence in moved:
        log.warning(sentence)
    requests = asdict(sum((each.requests for each in landings.values()), RequestCounts()))
    pages = sum(len(files) for each in landings.values() for files in each.page_files.values())
    rows = sum(each.rows_landed for each in landings.values())
    audit.end(records_out=rows, output=audit.lakehouse.url("raw/pages"), requests=requests)
    log.info(
        "%s: %s rows from %s requests, %.1f s",
        audit.record.step,
        f"{rows:,}",
        f"{requests['made']:,}",
        audit.record.duration_seconds,
    )
    left_out = [*(line for each in landings.values() for line in each.left_out), *moved]
    metadata: dict[str, Any] = {
        "requests": dg.MetadataValue.json(requests),
        "pages": pages,
        **more,
        "left_out": dg.MetadataValue.md("\n".join(f"- {plain(line)}" for line in left_out)),
    }
    for table, landing in landings.items():
        name = table.short_name
        metadata[f"{name}_promised"] = landing.rows_promised
        metadata[f"{name}_landed"] = landing.rows_landed
        metadata[f"{name}_repeated"] = landing.duplicates
        metadata[f"{name}_quarantined"] = landing.rows_quarantined
        metadata[f"{name}_mended"] = landing.rows_mended
        if landing.films_without_a_date is not None:
            metadata["films_that_no_year_reaches"] = landing.films_without_a_date
    return dg.MaterializeResult(metadata=metadata)
