"""Trace a film's gold rows back to the requests that their facts came from.

Belongs here: following ids and raw pages through the stored tables and audit records, and showing
it.
Not here: why a link was made (explained_links.py), which tables a table is made of
(table_lineage.py).
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from capstone_assets.audit.records import SUCCESS, read_records, run_ids
from capstone_assets.ingest.responses import UnreadableBodyError, decode
from capstone_assets.inspection.explained_links import UnknownIdError
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.percent import percent


@dataclass(frozen=True)
class Origin:
    """A bronze row, the raw page that it was read from, and the run that fetched the page.

    `request` is method, path and parameters, without the key, which no page holds. `run_id`,
    `version` and `git_commit` are of the run that fetched it; None when no audit record has them.
    """

    table: str
    row_id: int
    partition: str
    raw_page: str
    fetched_at: datetime
    request: str | None
    run_id: str | None
    version: str | None
    git_commit: str | None


@dataclass(frozen=True)
class TracedLink:
    """A gold row that links the film, the run that wrote it, and where its release came from."""

    release_id: int
    release_title: str
    tier: str
    score: float
    run_id: str
    origins: list[Origin]


@dataclass(frozen=True)
class FilmTrace:
    """A film, its origin, and its links."""

    film_id: int
    title: str
    origins: list[Origin]
    links: list[TracedLink]

    def render(self) -> str:
        """Return the trace as lines for a terminal."""
        lines = [f"{self.title} (film {self.film_id})", *_origin_lines(self.origins, "  ")]
        for link in self.links:
            lines += [
                "",
                f"  {link.tier} {percent(link.score)}: {link.release_title} (release "
                f"{link.release_id}), written by run {link.run_id}",
                *_origin_lines(link.origins, "    "),
            ]
        if not self.links:
            lines += ["", "  No release is linked to it or waits for review."]
        return "\n".join(lines)


def trace_film(lakehouse: Lakehouse, film_id: int) -> FilmTrace:
    """Follow a film of gold/film_soundtracks back to the requests.

    Raises:
        UnknownIdError: the film is not in gold.
        NotMaterializedError: a table was never written.
    """
    films = lakehouse.select(FILM_SOUNDTRACKS, "film_id", [film_id])
    if not films:
        raise UnknownIdError(
            f"Film {film_id} is not in gold/film_soundtracks. Find ids with `capstone search`, or "
            "materialize its year."
        )
    rows = [
        *lakehouse.select(MATCHES, "film_id", [film_id]),
        *({**r, "tier": "review"} for r in lakehouse.select(REVIEW_QUEUE, "film_id", [film_id])),
    ]
    rows.sort(key=lambda row: (-row["score"], row["release_id"]))
    pages = _Pages(lakehouse)
    released = pages.origins_by_id(DISCOGS_RELEASES, {row["release_id"] for row in rows})
    soundtracks = lakehouse.select(SOUNDTRACKS, "release_id", {row["release_id"] for row in rows})
    master_of = {row["release_id"]: row["master_id"] for row in soundtracks}
    masters = pages.origins_by_id(DISCOGS_MASTERS, {*master_of.values()} - {None})
    return FilmTrace(
        film_id,
        films[0]["title"],
        [
            *pages.origins_by_id(TMDB_MOVIES, {film_id}).get(film_id, []),
            *pages.origins_by_id(TMDB_MOVIE_DETAILS, {film_id}).get(film_id, []),
        ],
        [
            TracedLink(
                row["release_id"],
                row["release_title"],
                row["tier"],
                row["score"],
                row["run_id"],
                [
                    *released.get(row["release_id"], []),
                    *masters.get(master_of.get(row["release_id"]), []),
                ],
            )
            for row in rows
        ],
    )


class _Pages:
    """The raw pages of a lake and the runs that fetched them."""

    def __init__(self, lakehouse: Lakehouse) -> None:
        self._lakehouse = lakehouse
        self._fetches = [
            record
            for run_id in run_ids(lakehouse)
            for record in read_records(lakehouse, run_id)
            if record["layer"] == "raw" and record["outcome"] == SUCCESS and record["requests"]
        ]

    def origins_by_id(self, table: Table, ids: set[Any]) -> dict[int | None, list[Origin]]:
        found: dict[int | None, list[Origin]] = {}
        for row in self._lakehouse.select(table, "id", ids) if ids else ():
            record = self._fetched_by(table, row["fetched_at"])
            origin = Origin(
                table.name,
                row["id"],
                row["release_year"],
                row["raw_page"],
                row["fetched_at"],
                self._request(row["raw_page"], row["id"]),
                record.get("run_id"),
                record.get("package_version"),
                record.get("git_commit"),
            )
            found.setdefault(row["id"], []).append(origin)
        return found

    def _request(self, raw_page: str, row_id: int) -> str | None:
        lines = list(self._lines(raw_page))
        # A page is one response; a batch of details has one for each film.
        own = [line for line in lines if str(line.get("path", "")).endswith(f"/{row_id}")]
        for line in own or lines[:1]:
            params = "&".join(f"{name}={value}" for name, value in line.get("params", {}).items())
            return f"GET {line['source']} {line['path']}" + (f"?{params}" if params else "")
        return None

    def _lines(self, raw_page: str) -> Iterator[Mapping[str, Any]]:
        path = f"{self._lakehouse.url('raw')}/{raw_page}"
        if not self._lakehouse.filesystem.exists(path):
            return  # Retention deleted it; the row keeps its name.
        with self._lakehouse.filesystem.open(path, "rb") as file:
            content = file.read()
        # The next run fetches a damaged page again.
        with suppress(gzip.BadGzipFile, EOFError, zlib.error, UnreadableBodyError):
            yield from map(decode, gzip.decompress(content).splitlines())

    def _fetched_by(self, table: Table, fetched_at: datetime) -> Mapping[str, Any]:
        source = table.short_name.split("_")[0]
        for record in self._fetches:
            began = datetime.fromisoformat(record["started"])
            ended = datetime.fromisoformat(record["finished"])
            if record["step"] == f"raw/{source}_pages" and began <= fetched_at <= ended:
                return record
        return {}


def _origin_lines(origins: list[Origin], indent: str) -> Iterator[str]:
    for origin in origins:
        by = (
            f"run {origin.run_id}, version {origin.version}, commit {origin.git_commit}"
            if origin.run_id
            else "a run that left no record"
        )
        yield f"{indent}{origin.table} {origin.row_id} ({origin.partition})"
        yield f"{indent}  page    raw/{origin.raw_page}"
        yield f"{indent}  request {origin.request or 'unknown: its page is deleted or damaged'}"
        yield f"{indent}  fetched {origin.fetched_at:%Y-%m-%d %H:%M:%S} UTC by {by}"
