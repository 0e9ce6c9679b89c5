"""The bronze recipes: tables parsed from landed pages.

Belongs here: which pages become which table.
Not here: fetching pages (raw.py), reading them in Spark (lake/landed_pages.py), what a row of a
page means (ingest/rows.py).
"""

from pyspark.sql import DataFrame

from capstone_assets.ingest.page_lists import read_page_lists
from capstone_assets.ingest.quarantine import as_rows, read_notes
from capstone_assets.ingest.rows import master_rows, movie_detail_rows, movie_rows, release_rows
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    QUARANTINE,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.landed_pages import RowReader, read_landed_rows
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.assets.raw import (
    DISCOGS_PAGES,
    TMDB_PAGES,
)
from capstone_assets.orchestration.table_steps import Making, Rows, recipe
from capstone_assets.quality.accounting import page_store


@recipe(TMDB_MOVIES, after=(TMDB_PAGES,))
def tmdb_movies(making: Making) -> dict[Table, Rows]:
    """Films as `/discover/movie` lists them."""
    return {TMDB_MOVIES: _parsed(making, TMDB_MOVIES, movie_rows)}


@recipe(TMDB_MOVIE_DETAILS, same_years=(TMDB_MOVIES,), after=(TMDB_PAGES,))
def tmdb_movie_details(making: Making) -> dict[Table, Rows]:
    """Those films' details."""
    parsed = _parsed(making, TMDB_MOVIE_DETAILS, movie_detail_rows)
    # A landed batch may hold films that have since left the list or changed their year.
    listed = making.read(TMDB_MOVIES).select("id", "release_year")
    details = parsed.join(listed, on=["id", "release_year"], how="left_semi")
    return {TMDB_MOVIE_DETAILS: details.select(TMDB_MOVIE_DETAILS.column_names)}


@recipe(DISCOGS_RELEASES, after=(DISCOGS_PAGES,))
def discogs_releases(making: Making) -> dict[Table, Rows]:
    """Soundtracks, by pressing."""
    return {DISCOGS_RELEASES: _parsed(making, DISCOGS_RELEASES, release_rows)}


@recipe(DISCOGS_MASTERS, after=(DISCOGS_PAGES,))
def discogs_masters(making: Making) -> dict[Table, Rows]:
    """Soundtracks, by album."""
    return {DISCOGS_MASTERS: _parsed(making, DISCOGS_MASTERS, master_rows)}


@recipe(QUARANTINE, after=(TMDB_PAGES, DISCOGS_PAGES))
def quarantine(making: Making) -> dict[Table, Rows]:
    """Gather the malformed rows that the loads of all years recorded."""
    lakehouse = making.lakehouse
    before = lakehouse.scan(QUARANTINE).to_pylist() if lakehouse.partitions(QUARANTINE) else []
    notes = read_notes(page_store(lakehouse))
    return {QUARANTINE: as_rows(notes, before, making.run_id)}


def _parsed(making: Making, table: Table, read_rows: RowReader) -> DataFrame:
    pages = read_page_lists(page_store(making.lakehouse), table.short_name, making.years)
    files = [file for files in pages.values() for file in files]
    return read_landed_rows(making.spark, files, table, read_rows)
