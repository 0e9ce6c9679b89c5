"""Fetch the details of each item once, and again only if it changed or they have expired.

Belongs here: which items still need details, fetching them in batches, finding them again.
Not here: the queries (tmdb.py, discogs.py), the files' layout (landing.py), reading responses
(responses.py), when an item that was not served is requested again (unserved.py).

An item is a TMDB film or a Discogs master. A page file holds up to 100 of them, so that 600,000
films do not make 600,000 files. The slice's manifest says which item is in which file; a file that
no manifest lists, because the load was killed before writing one, is opened.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from capstone_assets.ingest.client import Answer, BudgetSpentError, together
from capstone_assets.ingest.errors import IngestError
from capstone_assets.ingest.landing import PageFile, SliceFolder, SliceLanding, envelope
from capstone_assets.ingest.quarantine import MOST_NOTED, as_note, reasons_of
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import (
    MENDED,
    UNSERVED,
    Item,
    OddRow,
    UnreadableBodyError,
    decode,
)
from capstone_assets.ingest.slices import Load, oldest_good_page
from capstone_assets.ingest.unserved import Outage, Unserved, reason_of

logger = logging.getLogger(__name__)

ITEMS_A_FILE = 100
_NAMED = 10  # How many items a message names.
_GONE = Item()  # How an item is read whose response was a 404.


@dataclass(frozen=True)
class ItemKind:
    """A kind of item that is fetched one by one; `read` gets the requested id and the body.

    `probe` is a query that `service` answers with what `read_probe` reads, unless it is down.
    """

    service: str
    noun: str
    query: Callable[[int], Query]
    read: Callable[[int, Any], Item]
    probe: Query
    read_probe: Callable[[Any], Any]

    @property
    def asked(self) -> str:
        """The digest in the names of manifests of this kind."""
        return self.query(0).digest

    def batch_digest(self, item_ids: Sequence[int]) -> str:
        """The digest in the name of a file with these items."""
        one = self.query(0)
        ids = ",".join(map(str, item_ids))
        return Query(one.source, one.path.rpartition("/")[0], (("ids", ids),)).digest


@dataclass
class _Items:
    """Which item is in which file; `gone` are those whose response was a 404.

    `mended` are those with an odd value, `unserved` those that were not served, or not with all
    requested parts.
    """

    in_file: dict[str, list[int]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    mended: dict[int, OddRow] = field(default_factory=dict)
    unserved: dict[int, Unserved] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)  # Of the files.

    def add(self, file_name: str, answers: Sequence[tuple[int, int, OddRow | None]]) -> None:
        """Add a file, oldest first, with the id, the status and the oddity of each response."""
        self.in_file[file_name] = [item_id for item_id, _, _ in answers]
        for row, (item_id, status, odd) in enumerate(answers, start=1):
            (self.gone.add if status == 404 else self.gone.discard)(item_id)
            self.mended.pop(item_id, None)
            if odd:
                is_shown = len(self.mended) < MOST_NOTED
                self.mended[item_id] = replace(odd, row=row, raw=odd.raw if is_shown else "")

    def newest_file(self) -> dict[int, PageFile]:
        """The newest file of each item."""
        return {
            item_id: file
            for name, ids in sorted(self.in_file.items())
            if (file := PageFile.named(name))
            for item_id in ids
        }

    def to_json(self) -> dict[str, Any]:
        """As a manifest holds it."""
        unserved = {str(item_id): each.to_json() for item_id, each in self.unserved.items()}
        return {
            "files": self.in_file,
            "checksums": self.checksums,
            "gone": sorted(self.gone),
            "mended": [vars(each) for each in self.mended.values()],
            "unserved": unserved,
        }

    @classmethod
    def from_json(cls, content: Any) -> "_Items":
        """Nothing if the content is damaged: then the files say what they hold."""
        try:
            unserved = {
                int(item_id): Unserved.from_json(each)
                for item_id, each in content.get("unserved", {}).items()
            }
            mended = {each["row_id"]: OddRow(**each) for each in content.get("mended", ())}
            checksums = dict(content.get("checksums", {}))
            return cls(dict(content["files"]), set(content["gone"]), mended, unserved, checksums)
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()


async def land_details_of_year(
    load: Load, year: str, item_ids: Sequence[int], kind: ItemKind
) -> SliceLanding:
    """Bring the details of a year's items up to date; only outdated ones are requested."""
    began = time.monotonic()
    folder, wanted = load.folder(year), list(dict.fromkeys(item_ids))
    if not wanted:
        return SliceLanding()
    oldest_kept = load.began - load.options.retention
    items, noted = await asyncio.to_thread(_landed_items, folder, oldest_kept, kind)
    oldest_good = await asyncio.to_thread(
        oldest_good_page, load, folder, kind.asked, load.options.retention
    )
    again = await asyncio.to_thread(folder.asked_again)
    lacking = _items_to_ask_for(load, wanted, items, oldest_good, again)
    load.client.counts.from_cache += len(wanted) - len(lacking)
    unserved_before = dict(items.unserved)
    state = "partial"
    try:
        complete = await _fetch_all(load, folder, items, lacking, kind)
        state = "complete" if complete else "partial"
    finally:
        # Also after an error, to remember which items failed, and how often.
        noted_all = len(items.in_file) == noted and items.unserved == unserved_before
        if not noted_all or (state == "complete" and load.options.refresh):
            at = load.began + timedelta(seconds=time.monotonic() - began)
            new = items.in_file.keys() - items.checksums.keys()
            items.checksums |= await asyncio.to_thread(folder.checksums, new)
            await asyncio.to_thread(folder.write_manifest, state, at, kind.asked, items.to_json())
    landing = _result(folder, wanted, items, complete, kind)
    load.client.counts.unfetched += len(items.unserved.keys() & set(wanted))
    logger.info(
        "%s %s: have %s of %s %ss in %s files, requested %s, in %.1f s",
        load.table,
        year,
        f"{landing.landed:,}",
        f"{landing.promised:,}",
        kind.noun,
        f"{len(landing.files):,}",
        f"{len(lacking):,}",
        time.monotonic() - began,
    )
    return landing


def _items_to_ask_for(
    load: Load,
    wanted: Sequence[int],
    items: _Items,
    oldest_good: datetime,
    again: Mapping[tuple[str, int], datetime],
) -> list[int]:
    """The items without details, with stale ones, or whose next try is due.

    Those of a file that a person replays (`again`) are stale, too.
    """
    known, changed = items.newest_file(), load.options.changed

    def stale_before(item_id: int, file: PageFile) -> datetime:
        wanted_again = again.get((file.digest, file.number), oldest_good)
        return max(oldest_good, wanted_again, changed.get(item_id, oldest_good))

    def is_to_be_asked(item_id: int) -> bool:
        file = known.get(item_id)
        is_stale = file is None or file.fetched_at < stale_before(item_id, file)
        if failed := items.unserved.get(item_id):
            is_news = load.options.refresh or failed.last_asked_at < changed.get(
                item_id, failed.last_asked_at
            )
            return is_news or failed.is_due(load.began)
        return is_stale

    return [item_id for item_id in wanted if is_to_be_asked(item_id)]


def _landed_items(folder: SliceFolder, oldest_kept: datetime, kind: ItemKind) -> tuple[_Items, int]:
    """The landed items that may be kept, and how many of their files a manifest lists.

    A file that landed before manifests had checksums is opened once, and has one from then on.
    """

    def is_kept(name: str) -> bool:
        file = PageFile.named(name)
        return (
            file is not None
            and file.fetched_at >= oldest_kept
            and folder.is_believed(file.fetched_at)
        )

    items = _Items()
    notes = folder.newest_manifests(kind.asked)
    newest = max((note for state, note in notes.items() if state != "refreshing"), default=None)
    if newest:
        items = _Items.from_json(folder.read_manifest(newest[1]))
        noted = {
            name: items.checksums[name]
            for name in items.in_file
            if name in items.checksums and is_kept(name)
        }
        damaged = folder.damaged(noted)
        items.checksums = {name: noted[name] for name in noted.keys() - damaged}
        items.in_file = {name: items.in_file[name] for name in items.checksums}
    already_noted = len(items.in_file)
    for file in folder.page_files():
        if is_kept(file.name) and file.name not in items.in_file:
            with suppress(AttributeError, KeyError, TypeError, ValueError):  # Damaged.
                lines = folder.lines(file.name)
                items.add(file.name, [_landed_answer(line, kind) for line in lines])
    return items, already_noted


def _landed_answer(line: bytes, kind: ItemKind) -> tuple[int, int, OddRow | None]:
    """The id, the status, and the oddity of a landed response."""
    content = decode(line)
    item_id, status = int(content["path"].rsplit("/", 1)[1]), content["status"]
    item = _GONE
    if status != 404:
        with suppress(UnreadableBodyError):  # An older version could read it.
            item = kind.read(item_id, content["body"])
    return item_id, status, item.odd


async def _fetch_all(
    load: Load,
    folder: SliceFolder,
    items: _Items,
    item_ids: Sequence[int],
    kind: ItemKind,
) -> bool:
    """Fetch and land details; return whether the budget sufficed for all of them."""
    waiting, before = iter(item_ids), set(items.unserved)
    outage = Outage(load.client, kind.probe, kind.read_probe)
    batch: list[tuple[int, Query, Answer[Item]]] = []

    def land(answers: Sequence[tuple[int, Query, Answer[Item]]]) -> None:
        # The oldest moment: some of the responses may miss a later change.
        fetched_at: datetime = min(answer.fetched_at for _, _, answer in answers)
        digest = kind.batch_digest([item_id for item_id, _, _ in answers])
        file = PageFile.made(fetched_at, digest, len(answers))
        folder.land(file, [envelope(query, folder.slice, answer) for _, query, answer in answers])
        items.add(file.name, [(id_, answer.status, answer.value.odd) for id_, _, answer in answers])

    async def fetch_in_turn() -> None:
        nonlocal batch
        for item_id in waiting:
            query = kind.query(item_id)
            try:
                answer = await _ask_for_all_parts(load, query, item_id, kind)
            except BudgetSpentError:
                raise
            except IngestError as error:
                await outage.require_that_others_are_served(error, is_new=item_id not in before)
                _note_unserved(items, item_id, load.began, reason_of(error), kind)
                continue
            outage.note_served()
            if absent := answer.value.absent_parts:
                reason = f"answered without {' and '.join(absent)}"
                _note_unserved(items, item_id, load.began, reason, kind)
            else:
                items.unserved.pop(item_id, None)
            batch.append((item_id, query, answer))
            if len(batch) >= ITEMS_A_FILE:
                full, batch = batch, []
                await asyncio.to_thread(land, full)

    workers = min(load.client.settings.concurrency, len(item_ids))
    try:
        await together(*(fetch_in_turn() for _ in range(workers)))
    except BudgetSpentError:
        return False
    finally:
        if batch:  # Also when interrupted: a fetched item is never discarded.
            land(batch)
    return True


async def _ask_for_all_parts(
    load: Load, query: Query, item_id: int, kind: ItemKind
) -> Answer[Item]:
    """Fetch an item; once more if a requested part, such as a film's credits, is missing."""
    read = partial(kind.read, item_id)
    answer = await load.client.ask(query, read, missing=_GONE)
    if answer.value.absent_parts:
        load.client.counts.retried += 1
        with suppress(IngestError):  # The first response is better than none.
            return await load.client.ask(query, read, missing=_GONE)
    return answer


def _note_unserved(
    items: _Items, item_id: int, asked_at: datetime, reason: str, kind: ItemKind
) -> None:
    earlier = items.unserved.get(item_id)
    items.unserved[item_id] = Unserved(1 + (earlier.times if earlier else 0), asked_at, reason)
    logger.warning("%s %s: %s", kind.noun, item_id, items.unserved[item_id].sentence())


def _result(
    folder: SliceFolder, wanted: Sequence[int], items: _Items, complete: bool, kind: ItemKind
) -> SliceLanding:
    newest = items.newest_file()
    landed = [item_id for item_id in wanted if item_id in newest]
    gone = [item_id for item_id in landed if item_id in items.gone]
    unserved = {id_: items.unserved[id_] for id_ in wanted if id_ in items.unserved}
    odd = [
        (kind.query(id_).endpoint, OddRow(0, id_, UNSERVED, failed.reason, ""))
        for id_, failed in unserved.items()
    ]
    odd += [
        (folder.name(newest[id_].name), items.mended[id_]) for id_ in landed if id_ in items.mended
    ]
    return SliceLanding(
        files=sorted({newest[item_id].name for item_id in landed}),
        promised=len(wanted),
        landed=len(landed) - len(gone),
        left_out=list(_missing(folder, len(wanted), gone, unserved, kind)),
        complete=complete,
        mended=sum(each.treatment == MENDED for _, each in odd),
        odd=[as_note(*each) for each in odd[:MOST_NOTED]],
        reasons=reasons_of(odd),
    )


def _missing(
    folder: SliceFolder,
    wanted: int,
    gone: Sequence[int],
    unserved: Mapping[int, Unserved],
    kind: ItemKind,
) -> Iterator[str]:
    """Yield a sentence about the items that were not served, and one about those that are gone."""
    if unserved:
        first, failed = next(iter(unserved.items()))
        named = ", ".join(str(item_id) for item_id in list(unserved)[:_NAMED])
        yield (
            f"{folder.table} {folder.slice}: {kind.service} did not serve {len(unserved):,} of "
            f"{wanted:,} {kind.noun}s, or not completely: {named}"
            f"{', ...' if len(unserved) > _NAMED else ''}. {kind.noun.capitalize()} {first}: "
            f"{failed.sentence()}"
        )
    if gone:
        yield (
            f"{folder.table} {folder.slice}: {kind.service} no longer has {len(gone):,} of "
            f"{wanted:,} {kind.noun}s, {gone[0]} for example."
        )
