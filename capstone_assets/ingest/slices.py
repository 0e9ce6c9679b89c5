"""Read one slice of a list, a year of films or releases: landed pages first, then the API.

Belongs here: which pages are still valid, fetching the rest, fetching short pages again, and
comparing the landed rows with the promised count.
Not here: the queries (tmdb.py, discogs.py), the files' layout (landing.py), running many slices
(loads.py).
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Self

from capstone_assets.ingest.client import ApiClient, BudgetSpentError, together
from capstone_assets.ingest.errors import IngestError
from capstone_assets.ingest.landing import PageFile, PageStore, SliceFolder, SliceLanding, envelope
from capstone_assets.ingest.quarantine import MOST_NOTED, as_note, distinct, reasons_of
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import (
    MENDED,
    MOST_RAW_CHARACTERS,
    QUARANTINED,
    READER,
    UNSERVED,
    ListPage,
    OddRow,
    Row,
    UnreadableBodyError,
    decode,
)
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.shapes import is_of_slice
from capstone_assets.ingest.unserved import Outage, Unserved, reason_of
from capstone_assets.lake.years import UNKNOWN_YEAR

logger = logging.getLogger(__name__)

# Below this share of the promised rows a person should look; above, pages shifted while reading.
ENOUGH = 0.95


# How far the clocks of two machines that share a lake may differ.
_CLOCKS_DIFFER = timedelta(hours=1)
# How often a page with unreadable rows is fetched again before they are quarantined.
_ASKED_AGAIN = 2
# Pages are requested in waves, each as long as all before it together but no shorter than this.
_SHORTEST_WAVE = 8


@dataclass(frozen=True)
class Load:
    """What all slices of one load share."""

    client: ApiClient
    store: PageStore
    table: str
    options: LandingOptions
    began: datetime
    outage: Outage

    def folder(self, slice_name: str) -> SliceFolder:
        """The folder of a slice."""
        latest = max(self.began, datetime.now(UTC)) + _CLOCKS_DIFFER
        return SliceFolder(self.store, self.client.settings.origin, self.table, slice_name, latest)


@dataclass(frozen=True)
class UnservedPage:
    """A page of a list that was not served, and how often it was requested."""

    endpoint: str
    tries: Unserved

    def to_json(self) -> dict[str, Any]:
        """The content of a manifest."""
        return {"endpoint": self.endpoint, **self.tries.to_json()}

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Raises KeyError, TypeError or ValueError if the content is damaged."""
        return cls(str(content["endpoint"]), Unserved.from_json(content))


@dataclass
class Page(Generic[Row]):
    """A page of a query, from one file, or from one for each look at it."""

    number: int
    content: ListPage[Row]
    rows: list[Row]
    files: list[str]
    odd: dict[str, Sequence[OddRow]] = field(default_factory=dict)  # By file.
    may_be_asked: bool = True  # False once a request for it failed for good.

    @property
    def set_aside(self) -> list[tuple[str, OddRow]]:
        """The rows that cannot be read, each once, with their files."""
        return _set_aside((file, each) for file, found in self.odd.items() for each in found)

    @property
    def total(self) -> int:
        """How many rows the query has by this page."""
        return self.content.total

    @property
    def pages(self) -> int:
        """How many pages the query has by this page."""
        return self.content.pages

    @property
    def expected(self) -> int:
        """How many rows the page should have."""
        before = self.content.capacity * (self.number - 1)
        return min(self.content.capacity, max(0, self.total - before))

    @property
    def is_empty(self) -> bool:
        """Whether it was served and has no rows."""
        return self.may_be_asked and not (self.rows or self.set_aside)

    @property
    def lacks_rows(self) -> bool:
        """Whether rows are missing after all looks at the page."""
        return len({row.id for row in self.rows}) + len(self.set_aside) < self.expected


@dataclass
class SliceReader(Generic[Row]):
    """The pages of one slice, read by landed file or by request; counts the slice's rows.

    `parse` reads a body; `wanted` says whether a row is the slice's or a neighboring one's. A page
    that the API does not serve, though it serves others, is skipped and kept in `unserved`.
    """

    load: Load
    folder: SliceFolder
    parse: Callable[[Any], ListPage[Row]]
    oldest_good: datetime
    wanted: Callable[[Row], bool] = lambda _: True
    promised: int = 0
    below_floor: int = 0
    unreachable: int | None = None
    left_out: list[str] = field(default_factory=list)
    unserved: dict[str, UnservedPage] = field(default_factory=dict)
    _landed: dict[tuple[str, int], list[PageFile]] = field(default_factory=dict)
    _older: dict[tuple[str, int], list[PageFile]] = field(default_factory=dict)
    _known: dict[tuple[str, int], Page[Row]] = field(default_factory=dict)
    _pages: dict[tuple[str, int], Page[Row]] = field(default_factory=dict)
    _again: dict[tuple[str, int], datetime] = field(default_factory=dict)

    async def find_landed_pages(self) -> None:
        """List the pages that landed before and are still valid."""
        found: defaultdict[tuple[str, int], list[PageFile]] = defaultdict(list)
        older: defaultdict[tuple[str, int], list[PageFile]] = defaultdict(list)
        self._again = await asyncio.to_thread(self.folder.asked_again)
        for file in await asyncio.to_thread(self.folder.page_files):
            page = file.digest, file.number
            since = max(self.oldest_good, self._again.get(page, self.oldest_good))
            (found if file.fetched_at >= since else older)[page].append(file)
        self._landed, self._older = dict(found), dict(older)

    @property
    def client(self) -> ApiClient:
        """The API."""
        return self.load.client

    @property
    def rows(self) -> list[Row]:
        """The slice's rows so far, with repetitions."""
        return [row for page in self._pages.values() for row in page.rows if self.wanted(row)]

    async def count(self, query: Query) -> int:
        """How many rows a query has."""
        return (await self.peek(query)).total

    async def peek(self, query: Query) -> Page[Row]:
        """The first page of a query, without adding it to the slice."""
        return await self._page(query, 1)

    async def reaches(self, query: Query, number: int) -> bool:
        """Whether a query has a page of that number, as its count claims."""
        page = await self._page(query, number)
        while page.is_empty and self._may_look_again(page):
            await self._look_again(query, page)
        return not page.is_empty

    async def page(self, query: Query, number: int) -> Page[Row]:
        """A page of a query, added to the slice; a short one is fetched again."""
        page = await self._page(query, number)
        while page.lacks_rows and self._may_look_again(page):
            await self._look_again(query, page)
        self._pages[query.digest, number] = page
        return page

    async def read(self, query: Query, most_pages: int) -> int:
        """Read all pages of a query that the API serves; return its count of rows.

        Counts drift between pages, and one answer may be wrong: if the rows or other pages
        contradict the first page's count, that page is fetched again, and its latest count is used.
        If rows are missing, pages that repeat rows are fetched again. A list has ended where a
        wave of pages is empty, however many it claims. When the budget is spent, pages under way
        are kept, then BudgetSpentError is raised.
        """
        first = await self.page(query, 1)
        pages: list[Page[Row]] = [first]
        wave: Sequence[Page[Row]] = ()
        while True:
            last = min(max(page.pages for page in pages), most_pages)
            has_ended = bool(wave) and all(page.is_empty for page in wave)
            if last > len(pages) and not has_ended:
                end = min(last, len(pages) + max(_SHORTEST_WAVE, len(pages)))
                numbers = range(len(pages) + 1, end + 1)
                wave = await together(*(self.page(query, number) for number in numbers))
                pages += wave
            elif _contradicts(pages) and self._may_look_again(first):
                await self._look_again(query, first)
            else:
                break
        while suspects := [page for page in _suspicious(pages) if self._may_look_again(page)]:
            await together(*(self._look_again(query, page) for page in suspects))
        return first.total

    async def _page(self, query: Query, number: int) -> Page[Row]:
        key = query.digest, number
        if key not in self._known:
            landed = await self._from_files(number, self._landed.get(key, []))
            if landed:
                self.client.counts.from_cache += 1
            self._known[key] = landed or await self._fetch_if_served(query, number)
        return self._known[key]

    async def _fetch_if_served(self, query: Query, number: int) -> Page[Row]:
        """Fetch a page; if only this one is not served, return what landed before, or no rows.

        It is requested again at growing intervals, so that it does not delay the other pages.
        """
        key = query.digest, number
        name = f"{query.digest}_p{number:05}"
        failed = self.unserved.get(name)
        if failed and not self._is_due(key, failed):
            return await self._in_its_place(query, number)
        try:
            page = await self._fetch(query, number)
        except BudgetSpentError:
            raise
        except IngestError as error:
            await self.load.outage.require_that_others_are_served(error, is_new=failed is None)
            times = failed.tries.times if failed else 0
            tries = Unserved(times + 1, self.load.began, reason_of(error))
            endpoint = query.with_params(page=str(number)).endpoint
            self.unserved[name] = UnservedPage(endpoint, tries)
            logger.warning("%s: %s", endpoint, tries.sentence())
            return await self._in_its_place(query, number)
        self.load.outage.note_served()
        self.unserved.pop(name, None)
        return page

    def _is_due(self, key: tuple[str, int], failed: UnservedPage) -> bool:
        last = failed.tries.last_asked_at
        is_wanted = self.load.options.refresh or self._again.get(key, last) > last
        return is_wanted or failed.tries.is_due(self.load.began)

    async def _in_its_place(self, query: Query, number: int) -> Page[Row]:
        page = await self._from_files(number, self._older.get((query.digest, number), [])[-1:])
        if page is None:
            first = self._known.get((query.digest, 1))
            empty = ListPage[Row](0, 1, 1, ())
            content = replace(first.content, rows=(), odd=()) if first else empty
            page = Page(number, content, [], [])
        page.may_be_asked = False
        return page

    def _may_look_again(self, page: Page[Row]) -> bool:
        # Pages that landed before an interruption count as looks.
        return page.may_be_asked and len(page.files) < self.client.settings.looks

    async def _look_again(self, query: Query, page: Page[Row]) -> None:
        try:
            again = await self._fetch(query, page.number)
        except BudgetSpentError:
            raise
        except IngestError as error:
            # The rows of the first look stay; the missing ones are reported with the slice.
            await self.load.outage.require_that_others_are_served(error, is_new=True)
            page.may_be_asked = False
            return
        page.files.extend(again.files)
        page.rows.extend(again.rows)
        page.odd.update(again.odd)
        page.content = again.content

    async def _from_files(self, number: int, files: Sequence[PageFile]) -> Page[Row] | None:
        contents = await asyncio.to_thread(lambda: [self._opened(file) for file in files])
        read = [(file, content) for file, content in zip(files, contents, strict=True) if content]
        if not read:
            return None
        rows = [row for _, content in read for row in content.rows]
        odd = {file.name: content.odd for file, content in read}
        return Page(number, read[-1][1], rows, [file.name for file, _ in read], odd)

    def _opened(self, file: PageFile) -> ListPage[Row] | None:
        try:
            contents = [self.parse(decode(line)["body"]) for line in self.folder.lines(file.name)]
        except (UnreadableBodyError, KeyError, TypeError):
            return None  # Damaged, or an older version could read it: it is fetched again.
        return contents[0] if contents else None

    async def _fetch(self, query: Query, number: int) -> Page[Row]:
        async with self.client.page_in_hand:
            answer = await self.client.ask(query, self.parse, page=number)
            for _ in range(_ASKED_AGAIN):
                if all(each.treatment != QUARANTINED for each in answer.value.odd):
                    break
                # A transient fault can damage rows, too; a row that stays odd is odd at its source.
                self.client.counts.retried += 1
                answer = await self.client.ask(query, self.parse, page=number)
            file = PageFile.made(answer.fetched_at, query.digest, number)
            line = envelope(query.with_params(page=str(number)), self.folder.slice, answer)
            await asyncio.to_thread(self.folder.land, file, [line])
        odd = {file.name: answer.value.odd}
        return Page(number, answer.value, list(answer.value.rows), [file.name], odd)

    def result(self, complete: bool) -> SliceLanding:
        """The slice's counts, with a sentence for each shortfall that a person should look at."""
        ids = [row.id for row in self.rows]
        landed = len(set(ids))
        pages = [page for page in self._pages.values() if page.rows or page.set_aside]
        odd = self._odd_rows(pages, set(ids))
        quarantined = sum(each.treatment == QUARANTINED for _, each in odd)
        if complete:  # A page that is no longer requested is not missing.
            asked = {f"{digest}_p{number:05}" for digest, number in self._known}
            self.unserved = {name: self.unserved[name] for name in self.unserved.keys() & asked}
        left_out = [*self.left_out, *self._not_served()]
        if complete:
            left_out += self._disagreements(landed, quarantined)
        self.client.counts.unfetched += len(self.unserved)
        odd += [
            (page, OddRow(0, None, UNSERVED, each.tries.reason, each.endpoint))
            for page, each in self._unserved_files()
        ]
        return SliceLanding(
            files=sorted({name for page in pages for name in page.files}),
            promised=self.promised,
            landed=landed,
            duplicates=len(ids) - landed,
            below_floor=self.below_floor,
            unreachable=self.unreachable,
            left_out=left_out,
            complete=complete,
            quarantined=quarantined,
            mended=sum(each.treatment == MENDED for _, each in odd),
            odd=[as_note(*each) for each in odd[:MOST_NOTED]],
            reasons=reasons_of(odd),
        )

    def _odd_rows(self, pages: Iterable[Page[Row]], kept: set[int]) -> list[tuple[str, OddRow]]:
        """The quarantined rows, and the odd values of rows that are kept, each once."""
        slice_name = self.folder.slice

        def counts(each: OddRow) -> bool:
            if each.treatment == QUARANTINED:
                return is_of_slice(each.release_year, slice_name)
            return each.row_id in kept

        found: list[tuple[str, OddRow]] = []
        for page in pages:
            for file, odd in page.odd.items():
                found += [(self.folder.name(file), each) for each in odd if counts(each)]
            # A page without a file was not served.
            for file in page.files[-1:]:
                found += [(self.folder.name(file), each) for each in self._of_other_years(page)]
        return distinct(found)

    def _of_other_years(self, page: Page[Row]) -> list[OddRow]:
        """Rows in a year's list that have another year, so that no table could store them.

        Undated rows are listed before all others, so dated rows on their last page are not odd.
        """
        if self.folder.slice == UNKNOWN_YEAR:
            return []
        reason = "year: another than the one that lists the row"
        return [
            OddRow(number, row.id, QUARANTINED, reason, row.model_dump_json()[:MOST_RAW_CHARACTERS])
            for number, row in enumerate(page.rows, start=1)
            if not self.wanted(row)
        ]

    def _unserved_files(self) -> Iterator[tuple[str, UnservedPage]]:
        """The pages that were not served, with the file names that they would have."""
        for name, each in self.unserved.items():
            digest, _, number = name.partition("_p")
            file = PageFile.made(each.tries.last_asked_at, digest, int(number))
            yield self.folder.name(file.name), each

    def _not_served(self) -> Iterator[str]:
        if self.unserved:
            first = next(iter(self.unserved.values()))
            count = len(self.unserved)
            pages = "1 page was" if count == 1 else f"{count:,} pages were"
            yield (
                f"{self.folder.table} {self.folder.slice}: {pages} not served, "
                f"{first.endpoint} for example: {first.tries.sentence()}"
            )

    def _disagreements(self, landed: int, quarantined: int) -> Iterator[str]:
        """How a complete slice differs from the count of its source."""
        if landed > self.promised:
            yield (
                f"{self.folder.table} {self.folder.slice}: {landed:,} rows came where "
                f"{self.promised:,} were promised, however often the count was requested: the list "
                "grew while it was read, and may have more."
            )
        if landed + quarantined < ENOUGH * self.promised:
            yield (
                f"{self.folder.table} {self.folder.slice}: "
                f"{self.promised - landed - quarantined:,} of "
                f"{self.promised:,} promised rows did not come, however often they were requested."
            )


def _set_aside(odd: Iterable[tuple[str, OddRow]]) -> list[tuple[str, OddRow]]:
    return distinct(each for each in odd if each[1].treatment == QUARANTINED)


def _contradicts(pages: Sequence[Page[Row]]) -> bool:
    """Whether rows or other pages contradict the first page's count, or nothing confirms it.

    Nothing does if it is the only page and is full, so that more could follow.
    """
    first = pages[0]
    rows = len({row.id for page in pages for row in page.rows})
    rows += len(distinct(each for page in pages for each in page.set_aside))
    has_witness = len(pages) > 1 or rows < first.content.capacity
    disagree = len({page.total for page in pages}) > 1
    return rows > first.total or (len(first.files) == 1 and (disagree or not has_witness))


def _suspicious(pages: Sequence[Page[Row]]) -> list[Page[Row]]:
    """Pages that repeat rows of earlier ones while rows are missing: the list has shifted."""
    seen: set[int] = set()
    suspects = []
    for page in pages:
        ids = {row.id for row in page.rows}
        if seen & ids:
            suspects.append(page)
        seen |= ids
    came = len(seen) + sum(len(page.set_aside) for page in pages)
    return suspects if came < sum(page.expected for page in pages) else []


def oldest_good_page(load: Load, folder: SliceFolder, asked: str, freshness: timedelta) -> datetime:
    """The moment before which landed pages have to be fetched again.

    A refresh leaves a note when it begins. If no note of completion follows, it was interrupted,
    and the next refresh resumes it.
    """
    oldest_good = load.began - freshness
    if not load.options.refresh:
        return oldest_good
    notes = folder.newest_manifests(asked)
    begun, completed = notes.get("refreshing"), notes.get("complete")
    if begun and begun[0] >= oldest_good and not (completed and completed[0] > begun[0]):
        return begun[0]
    folder.write_manifest("refreshing", load.began, asked, {})
    return load.began


def _already_complete(load: Load, folder: SliceFolder, asked: str) -> SliceLanding | None:
    completed = folder.newest_manifests(asked).get("complete")
    if load.options.refresh or not completed or completed[0] < load.began - load.options.freshness:
        return None
    content = folder.read_manifest(completed[1])
    try:
        if content.pop("reader") != READER:
            return None
        if any(moment > completed[0] for moment in folder.asked_again().values()):
            return None
        landing = SliceLanding(**content)
        if {*landing.files} - {*landing.checksums} or folder.damaged(landing.checksums):
            return None
        return landing
    except (AttributeError, KeyError, TypeError):
        return None  # Damaged, or of a version with other rules: the pages are read again.


def _unserved_before(folder: SliceFolder, asked: str) -> dict[str, UnservedPage]:
    """The pages of a slice that were not served to earlier loads."""
    note = folder.newest_manifests(asked).get("unserved")
    try:
        found = (folder.read_manifest(note[1]) if note else {}).items()
        return {str(name): UnservedPage.from_json(each) for name, each in found}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # Damaged: the pages are requested at once.


async def land_slice(
    load: Load,
    slice_name: str,
    asked: Query,
    parse: Callable[[Any], ListPage[Row]],
    read: Callable[[SliceReader[Row]], Awaitable[None]],
    wanted: Callable[[Row], bool] = lambda _: True,
) -> SliceLanding:
    """Bring one slice up to date by `read`, unless it is; `asked` identifies the query.

    A complete slice has a manifest: within the freshness limit nothing is requested. An interrupted
    one has none: its landed pages are found by their names, and only the rest is requested.
    """
    began = time.monotonic()
    folder = load.folder(slice_name)
    if landing := await asyncio.to_thread(_already_complete, load, folder, asked.digest):
        load.client.counts.from_cache += len(landing.files)
        return landing
    oldest_good = await asyncio.to_thread(
        oldest_good_page, load, folder, asked.digest, load.options.freshness
    )
    reader = SliceReader(load, folder, parse, oldest_good, wanted)
    await reader.find_landed_pages()
    before = await asyncio.to_thread(_unserved_before, folder, asked.digest)
    reader.unserved = dict(before)
    try:
        await read(reader)
    except BudgetSpentError:
        landing = reader.result(complete=False)
    else:
        landing = reader.result(complete=True)
    if reader.unserved != before:
        content = {name: each.to_json() for name, each in reader.unserved.items()}
        write = folder.write_manifest
        await asyncio.to_thread(write, "unserved", load.began, asked.digest, content)
    if landing.complete and not reader.unserved:
        completed_at = load.began + timedelta(seconds=time.monotonic() - began)
        checksums = await asyncio.to_thread(folder.checksums, landing.files)
        landing = replace(landing, checksums=checksums)
        await asyncio.to_thread(
            folder.write_manifest,
            "complete",
            completed_at,
            asked.digest,
            {**landing.to_json(), "reader": READER},
        )
    logger.info(
        "%s %s: kept %s of %s promised rows from %s files, %s repeated, in %.1f s%s",
        load.table,
        slice_name,
        f"{landing.landed:,}",
        f"{landing.promised:,}",
        f"{len(landing.files):,}",
        f"{landing.duplicates:,}",
        time.monotonic() - began,
        "" if landing.complete else "; the request budget ended before the slice did",
    )
    return landing
