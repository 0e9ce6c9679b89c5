"""Fetch each film's details once, and again only when it changed or they may not be kept.

Belongs here: which films still lack details, fetching them in batches, finding them again.
Not here: the question (tmdb.py), the files' layout (landing.py), reading rows (rows.py).

A page file holds up to 100 films, so that 600,000 films do not make 600,000 files. The slice's
manifest says which film is in which file; a file that no manifest lists, because the load was
killed before it was written, is opened to see what it holds.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from capstone_assets.ingest.client import Answer, BudgetSpentError, together
from capstone_assets.ingest.landing import PageFile, SliceFolder, SliceLanding, envelope
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.rows import MovieDetail, decode, movie_detail
from capstone_assets.ingest.slices import Load, oldest_good_page
from capstone_assets.ingest.tmdb import details_query

logger = logging.getLogger(__name__)

FILMS_A_FILE = 100
_ASKED = details_query(0).digest


@dataclass
class _Films:
    """Which film is in which file; `gone` are those that TMDB answered 404 for."""

    in_file: dict[str, list[int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def add(self, file_name: str, answers: Sequence[tuple[int, int]]) -> None:
        """Note a file with the ids and statuses of its answers; files come oldest first."""
        self.in_file[file_name] = [movie_id for movie_id, _ in answers]
        for movie_id, status in answers:
            (self.gone.add if status == 404 else self.gone.discard)(movie_id)

    def newest_file(self) -> dict[int, PageFile]:
        """The newest file of each film."""
        return {
            movie_id: file
            for name, ids in sorted(self.in_file.items())
            if (file := PageFile.named(name))
            for movie_id in ids
        }


async def land_details_of_year(load: Load, year: str, movie_ids: Sequence[int]) -> SliceLanding:
    """Bring the details of a year's films up to date; those that are, are not asked for."""
    began = time.monotonic()
    folder, wanted = load.folder(year), list(dict.fromkeys(movie_ids))
    if not wanted:
        return SliceLanding()
    oldest_kept = load.began - load.options.retention
    films, noted = await asyncio.to_thread(_landed_films, folder, oldest_kept)
    oldest_good = await asyncio.to_thread(
        oldest_good_page, load, folder, _ASKED, load.options.retention
    )
    known, changed = films.newest_file(), load.options.changed
    lacking = [
        movie_id
        for movie_id in wanted
        if movie_id not in known
        or known[movie_id].fetched_at < max(oldest_good, changed.get(movie_id, oldest_good))
    ]
    load.client.counts.from_cache += len(wanted) - len(lacking)
    complete = await _fetch_all(load, folder, films, lacking)
    if len(films.in_file) > noted or load.options.refresh:
        at = load.began + timedelta(seconds=time.monotonic() - began)
        content = {"files": films.in_file, "gone": sorted(films.gone)}
        kind = "complete" if complete else "partial"
        await asyncio.to_thread(folder.write_manifest, kind, at, _ASKED, content)
    landing = _result(folder, wanted, films, complete)
    logger.info(
        "%s %s: have %s of %s films in %s files, asked for %s, in %.1f s",
        load.table,
        year,
        f"{landing.landed:,}",
        f"{landing.promised:,}",
        f"{len(landing.files):,}",
        f"{len(lacking):,}",
        time.monotonic() - began,
    )
    return landing


def _landed_films(folder: SliceFolder, oldest_kept: datetime) -> tuple[_Films, int]:
    """What has landed and may be kept, and how many of its files a manifest lists."""

    def is_kept(name: str) -> bool:
        file = PageFile.named(name)
        return file is not None and file.fetched_at >= oldest_kept

    films = _Films()
    notes = folder.newest_manifests(_ASKED)
    newest = max((note for kind, note in notes.items() if kind != "refreshing"), default=None)
    if newest and (content := folder.read_manifest(newest[1])):
        kept = {name: ids for name, ids in content["files"].items() if is_kept(name)}
        films = _Films(kept, set(content["gone"]))
    noted = len(films.in_file)
    for file in folder.page_files():
        if is_kept(file.name) and file.name not in films.in_file:
            films.add(file.name, [_id_and_status(line) for line in folder.lines(file.name)])
    return films, noted


def _id_and_status(line: bytes) -> tuple[int, int]:
    content = decode(line)
    return int(content["path"].rsplit("/", 1)[1]), content["status"]


async def _fetch_all(
    load: Load, folder: SliceFolder, films: _Films, movie_ids: Sequence[int]
) -> bool:
    """Fetch and land details; returns whether the budget was enough for all of them."""
    waiting = iter(movie_ids)
    batch: list[tuple[int, Query, Answer[MovieDetail]]] = []

    def land(answers: Sequence[tuple[int, Query, Answer[MovieDetail]]]) -> None:
        # The oldest moment: a change after it may have been missed by some of the answers.
        fetched_at: datetime = min(answer.fetched_at for _, _, answer in answers)
        ids = ",".join(str(movie_id) for movie_id, _, _ in answers)
        digest = Query("tmdb", "/movie", (("ids", ids),)).digest
        file = PageFile.made(fetched_at, digest, len(answers))
        folder.land(file, [envelope(query, folder.slice, answer) for _, query, answer in answers])
        films.add(file.name, [(movie_id, answer.status) for movie_id, _, answer in answers])

    async def fetch_in_turn() -> None:
        nonlocal batch
        for movie_id in waiting:
            query = details_query(movie_id)
            answer = await load.client.ask(query, movie_detail, missing=MovieDetail(id=movie_id))
            batch.append((movie_id, query, answer))
            if len(batch) >= FILMS_A_FILE:
                full, batch = batch, []
                await asyncio.to_thread(land, full)

    workers = min(load.client.settings.concurrency, len(movie_ids))
    try:
        await together(*(fetch_in_turn() for _ in range(workers)))
    except BudgetSpentError:
        return False
    finally:
        if batch:  # Also when interrupted: what was fetched is never thrown away.
            land(batch)
    return True


def _result(
    folder: SliceFolder, wanted: Sequence[int], films: _Films, complete: bool
) -> SliceLanding:
    newest = films.newest_file()
    landed = [movie_id for movie_id in wanted if movie_id in newest]
    gone = [movie_id for movie_id in landed if movie_id in films.gone]
    left_out = []
    if gone:
        left_out.append(
            f"{folder.table} {folder.slice}: TMDB no longer has {len(gone):,} of "
            f"{len(wanted):,} films, {gone[0]} for example."
        )
    return SliceLanding(
        files=sorted({newest[movie_id].name for movie_id in landed}),
        promised=len(wanted),
        landed=len(landed) - len(gone),
        left_out=left_out,
        complete=complete,
    )
