"""Fetch each film's details once, and again only when it changed or they may not be kept.

Belongs here: which films still need details, fetching them in batches, finding them again.
Not here: the question (tmdb.py), the files' layout (landing.py), reading rows (rows.py), when a
film that TMDB did not serve is asked for again (unserved.py).

A page file holds up to 100 films, so that 600,000 films do not make 600,000 files. The slice's
manifest says which film is in which file; a file that no manifest lists, because the load was
killed before it was written, is opened to see what it holds.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from capstone_assets.ingest.client import Answer, BudgetSpentError, together
from capstone_assets.ingest.errors import (
    FirewallError,
    IngestError,
    MalformedResponseError,
    NetworkError,
    NotFoundError,
    RejectedRequestError,
    ServerError,
)
from capstone_assets.ingest.landing import PageFile, SliceFolder, SliceLanding, envelope
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.rows import MovieDetail, decode, movie_detail
from capstone_assets.ingest.slices import Load, oldest_good_page
from capstone_assets.ingest.tmdb import details_query
from capstone_assets.ingest.unserved import Outage, Unserved

logger = logging.getLogger(__name__)

FILMS_A_FILE = 100
_NAMED = 10  # Films that a sentence names.
_ASKED = details_query(0).digest


@dataclass
class _Films:
    """Which film is in which file; `gone` are those that TMDB answered 404 for.

    `unserved` are those that it did not serve, or not with all the parts that were asked for.
    """

    in_file: dict[str, list[int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    unserved: dict[int, Unserved] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)  # Of the files, in bytes.

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

    def to_json(self) -> dict[str, Any]:
        """As a manifest holds it."""
        unserved = {str(movie_id): each.to_json() for movie_id, each in self.unserved.items()}
        return {
            "files": self.in_file,
            "lengths": self.lengths,
            "gone": sorted(self.gone),
            "unserved": unserved,
        }

    @classmethod
    def from_json(cls, content: Any) -> "_Films":
        """Nothing if the content is damaged: then the files say what they hold."""
        try:
            unserved = {
                int(movie_id): Unserved.from_json(each)
                for movie_id, each in content.get("unserved", {}).items()
            }
            lengths = dict(content.get("lengths", {}))
            return cls(dict(content["files"]), set(content["gone"]), unserved, lengths)
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()


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
    lacking = _films_to_ask_for(load, wanted, films, oldest_good)
    load.client.counts.from_cache += len(wanted) - len(lacking)
    unserved_before = dict(films.unserved)
    kind = "partial"
    try:
        complete = await _fetch_all(load, folder, films, lacking)
        kind = "complete" if complete else "partial"
    finally:
        # Also after an error: which films failed, and how often, is not to be forgotten.
        noted_all = len(films.in_file) == noted and films.unserved == unserved_before
        if not noted_all or (kind == "complete" and load.options.refresh):
            at = load.began + timedelta(seconds=time.monotonic() - began)
            there = await asyncio.to_thread(folder.lengths)
            films.lengths = {name: there[name] for name in films.in_file if name in there}
            await asyncio.to_thread(folder.write_manifest, kind, at, _ASKED, films.to_json())
    landing = _result(folder, wanted, films, complete)
    load.client.counts.unfetched += len(films.unserved.keys() & set(wanted))
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


def _films_to_ask_for(
    load: Load, wanted: Sequence[int], films: _Films, oldest_good: datetime
) -> list[int]:
    """The films that have no details yet, or stale ones, and those whose next try is due."""
    known, changed = films.newest_file(), load.options.changed

    def is_to_be_asked(movie_id: int) -> bool:
        stale_before = max(oldest_good, changed.get(movie_id, oldest_good))
        is_stale = movie_id not in known or known[movie_id].fetched_at < stale_before
        if failed := films.unserved.get(movie_id):
            is_news = load.options.refresh or failed.last_asked_at < changed.get(
                movie_id, failed.last_asked_at
            )
            return is_news or failed.is_due(load.began)
        return is_stale

    return [movie_id for movie_id in wanted if is_to_be_asked(movie_id)]


def _landed_films(folder: SliceFolder, oldest_kept: datetime) -> tuple[_Films, int]:
    """What has landed and may be kept, and how many of its files a manifest lists."""

    def is_kept(name: str) -> bool:
        file = PageFile.named(name)
        return (
            file is not None
            and file.fetched_at >= oldest_kept
            and folder.is_believed(file.fetched_at)
        )

    films = _Films()
    notes = folder.newest_manifests(_ASKED)
    newest = max((note for kind, note in notes.items() if kind != "refreshing"), default=None)
    if newest:
        films = _Films.from_json(folder.read_manifest(newest[1]))
        there = folder.lengths()
        films.in_file = {
            name: ids
            for name, ids in films.in_file.items()
            if is_kept(name) and there.get(name) == films.lengths.get(name, there.get(name, -1))
        }
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
    waiting, before = iter(movie_ids), set(films.unserved)
    outage = Outage(load.client)
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
            try:
                answer = await _ask_for_all_parts(load, query, movie_id)
            except BudgetSpentError:
                raise
            except IngestError as error:
                await outage.require_that_others_are_served(error, is_new=movie_id not in before)
                _note_unserved(films, movie_id, load.began, _reason(error))
                continue
            outage.note_served()
            if absent := answer.value.absent_parts if answer.status == 200 else ():
                reason = f"answered without {' and '.join(absent)}"
                _note_unserved(films, movie_id, load.began, reason)
            else:
                films.unserved.pop(movie_id, None)
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


async def _ask_for_all_parts(load: Load, query: Query, movie_id: int) -> Answer[MovieDetail]:
    """Ask for a film; once more if a part that was asked for, credits for example, did not come."""
    answer = await load.client.ask(query, movie_detail, missing=MovieDetail(id=movie_id))
    if answer.status == 200 and answer.value.absent_parts:
        load.client.counts.retried += 1
        with suppress(IngestError):  # What came first is better than nothing.
            return await load.client.ask(query, movie_detail, missing=MovieDetail(id=movie_id))
    return answer


def _note_unserved(films: _Films, movie_id: int, asked_at: datetime, reason: str) -> None:
    earlier = films.unserved.get(movie_id)
    films.unserved[movie_id] = Unserved(1 + (earlier.times if earlier else 0), asked_at, reason)
    logger.warning("film %s: %s", movie_id, films.unserved[movie_id].sentence())


def _reason(error: IngestError) -> str:
    match error:
        case ServerError() | RejectedRequestError():
            return f"answered {error.status}: {error.message!r}"
        case FirewallError():
            return f"answered {error.status} with a page that is not the API's: {error.page!r}"
        case NotFoundError():
            return "answered 404 with a page that is not the API's"
        case MalformedResponseError():
            return f"the answer cannot be read: {'; '.join(error.faults)}"[:200]
        case NetworkError():
            return f"no answer: {error.reason}"
        case _:
            return type(error).__name__


def _result(
    folder: SliceFolder, wanted: Sequence[int], films: _Films, complete: bool
) -> SliceLanding:
    newest = films.newest_file()
    landed = [movie_id for movie_id in wanted if movie_id in newest]
    gone = [movie_id for movie_id in landed if movie_id in films.gone]
    left_out = []
    unserved = {id_: films.unserved[id_] for id_ in wanted if id_ in films.unserved}
    if unserved:
        first, failed = next(iter(unserved.items()))
        left_out.append(
            f"{folder.table} {folder.slice}: TMDB did not serve {len(unserved):,} of "
            f"{len(wanted):,} films, or not whole: "
            f"{', '.join(str(movie_id) for movie_id in list(unserved)[:_NAMED])}"
            f"{', ...' if len(unserved) > _NAMED else ''}. Film {first}: {failed.sentence()}"
        )
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
