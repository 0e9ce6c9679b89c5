"""Read landed lines into rows of the bronze tables.

Belongs here: opening a landed line, and the columns of bronze.
Not here: reading a response (responses.py), landing it (landing.py), judging a row (matching/).

The row readers are plain functions of a landed line, so that Spark's executors can call them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from capstone_assets.ingest.errors import MalformedResponseError
from capstone_assets.ingest.responses import (
    UnreadableBodyError,
    decode,
    discogs_page,
    master_detail,
    movie_detail,
    movie_page,
)
from capstone_assets.ingest.shapes import MASTERS_PATH, ExternalIds, is_of_slice


def movie_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/tmdb_movies in one landed line; `raw_page` names the file it is in.

    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    for row in landed.parsed(movie_page).rows:
        yield {
            **row.model_dump(),
            "title": row.name,
            **landed.lineage,
            # The slice was queried by `primary_release_date`, so it is the year of the date.
            "release_year": landed.slice,
        }


def movie_detail_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """The row of bronze/tmdb_movie_details in one landed line, none if TMDB dropped the film.

    A file may hold films that were not requested this time: keep those of bronze/tmdb_movies.
    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    if landed.status == 404:
        return
    detail = landed.parsed(movie_detail)
    titles = detail.alternative_titles.titles if detail.alternative_titles else []
    external_ids = detail.external_ids or ExternalIds()
    yield {
        "id": detail.id,
        "imdb_id": detail.imdb_id or external_ids.imdb_id,
        "composers": detail.composers,
        "alternative_titles": [title.model_dump() for title in titles if title.title],
        "wikidata_id": external_ids.wikidata_id,
        "genres": [genre.name for genre in detail.genres if genre.name],
        "countries": [each.iso_3166_1 for each in detail.production_countries if each.iso_3166_1],
        "runtime_minutes": detail.runtime,
        **landed.lineage,
        "release_year": landed.slice,
    }


def release_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/discogs_releases in one landed line, only those of the line's slice.

    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    for row in landed.parsed(discogs_page).rows:
        if is_of_slice(row.release_year, landed.slice):
            yield {**row.model_dump(), **landed.lineage, "release_year": landed.slice}


def master_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/discogs_masters in one landed line, only those of the line's slice.

    A line is a page of the search, or the response for one master, which belongs to the slice whose
    releases name it; there is none if Discogs deleted it. Raises MalformedResponseError with every
    fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    if not landed.path.startswith(f"{MASTERS_PATH}/"):
        listed = landed.parsed(discogs_page).rows
        rows = [row for row in listed if is_of_slice(row.release_year, landed.slice)]
    else:
        rows = [] if landed.status == 404 else [landed.parsed(master_detail)]
    for row in rows:
        # A master's id is its own, and it credits no one.
        shown = row.model_dump(exclude={"master_id", "credits"})
        yield {**shown, **landed.lineage, "release_year": landed.slice}


@dataclass(frozen=True)
class _Landed:
    """A landed line, opened; landing.py writes them."""

    path: str
    status: int
    slice: str
    fetched_at: datetime
    body: Any
    file: str

    @classmethod
    def read(cls, line: str, file: str) -> "_Landed":
        try:
            envelope = decode(line)
            return cls(
                path=envelope["path"],
                status=envelope["status"],
                slice=envelope["slice"],
                fetched_at=datetime.fromisoformat(envelope["fetched_at"]),
                body=envelope["body"],
                file=file,
            )
        except UnreadableBodyError as error:
            raise MalformedResponseError("a landed page", error.faults, file) from None
        except (KeyError, TypeError, ValueError) as error:
            fault = f"its envelope is broken ({type(error).__name__}: {error})"
            raise MalformedResponseError("a landed page", (fault,), file) from None

    @property
    def lineage(self) -> dict[str, Any]:
        return {"raw_page": self.file, "fetched_at": self.fetched_at}

    def parsed(self, read: Any) -> Any:
        try:
            return read(self.body)
        except UnreadableBodyError as error:
            raise MalformedResponseError(self.path, error.faults, self.file) from None
