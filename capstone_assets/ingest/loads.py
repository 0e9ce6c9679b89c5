"""Load tables from the APIs: the synchronous functions that the assets call.

Belongs here: running the slices of a load side by side, and the report of the whole.
Not here: one slice (slices.py, details.py), the queries (tmdb.py, discogs.py), how progress is
shown (progress.py).

Every function returns a Landing and may raise an IngestError that names the slice. After an error,
an interruption or a kill, run it again: landed pages are not requested again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from capstone_assets.ingest.client import ApiClient, together
from capstone_assets.ingest.details import ItemKind, land_details_of_year
from capstone_assets.ingest.discogs import (
    MASTER_DETAILS,
    Kind,
    read_soundtracks_of_year,
    search_probe,
    soundtracks_query,
    styles_beyond_genre,
)
from capstone_assets.ingest.errors import IngestError, IngestSettingsError
from capstone_assets.ingest.landing import Landing, PageStore, SliceLanding, why_not_from
from capstone_assets.ingest.progress import Progress
from capstone_assets.ingest.quarantine import write_notes
from capstone_assets.ingest.responses import changes_page, discogs_page, movie_page
from capstone_assets.ingest.retention import delete_expired_pages, is_look_due, note_look
from capstone_assets.ingest.settings import ApiSettings, LandingOptions
from capstone_assets.ingest.shapes import is_of_slice
from capstone_assets.ingest.slices import ENOUGH, Load, SliceReader, land_slice
from capstone_assets.ingest.tmdb import (
    CHANGES_DAYS,
    FILM_DETAILS,
    Window,
    changes_query,
    list_probe,
    movies_asked,
    movies_query,
    read_movies_of_year,
)
from capstone_assets.ingest.unserved import MOST_PAGES_IN_A_ROW, Outage
from capstone_assets.lake.years import FIRST_YEAR, UNKNOWN_YEAR

logger = logging.getLogger(__name__)

T = TypeVar("T")
Now = Callable[[], datetime]
SliceLander = Callable[[Load, str], Awaitable[SliceLanding]]

# Enough to hide latency; with more, more slices would be half read when the budget ends.
_SLICES_AT_ONCE = 8


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def land_movies(
    settings: ApiSettings,
    store: PageStore,
    years: Sequence[str],
    options: LandingOptions | None = None,
    *,
    now: Now = utc_now,
) -> Landing:
    """Land the films of `years`. `unknown` has no files: TMDB cannot be queried for missing dates.

    It has a count instead: `Landing.films_without_a_date`.
    """
    chosen = options or LandingOptions()
    chosen = replace(chosen, freshness=min(chosen.freshness, chosen.retention))

    async def land(load: Load, year: str) -> SliceLanding:
        async def read(reader: Any) -> None:
            if year == UNKNOWN_YEAR:
                await _count_unreachable(reader, load.began.year)
            else:
                await read_movies_of_year(reader, year, chosen)

        return await land_slice(load, year, movies_asked(chosen), movie_page, read)

    return _land(settings, store, "tmdb_movies", _checked(years), chosen, now, land)


def land_movie_details(
    settings: ApiSettings,
    store: PageStore,
    movie_ids_by_year: Mapping[str, Sequence[int]],
    options: LandingOptions | None = None,
    *,
    now: Now = utc_now,
) -> Landing:
    """Land the details of films that have none yet, or whose details are stale.

    A file may hold other films of its year too: join its rows with the requested films.
    """
    ids, chosen = movie_ids_by_year, options or LandingOptions()
    return _land_details(settings, store, "tmdb_movie_details", FILM_DETAILS, ids, chosen, now)


def land_soundtracks(
    kind: Kind,
    settings: ApiSettings,
    store: PageStore,
    years: Sequence[str],
    options: LandingOptions | None = None,
    *,
    now: Now = utc_now,
) -> Landing:
    """Land the soundtracks of `years`, pressings or masters; `unknown` are those without a year."""
    chosen = options or LandingOptions()
    styles: asyncio.Task[tuple[str, ...]] | None = None

    async def find_styles(load: Load) -> tuple[str, ...]:
        oldest_good = load.began - (timedelta() if chosen.refresh else chosen.freshness)
        reader = SliceReader(load, load.folder("any"), discogs_page, oldest_good)
        await reader.find_landed_pages()
        return await styles_beyond_genre(reader, kind)

    async def land(load: Load, year: str) -> SliceLanding:
        async def read(reader: Any) -> None:
            nonlocal styles
            # Only once a slice has to be read: an up-to-date load makes no request.
            styles = styles or asyncio.ensure_future(find_styles(load))
            await read_soundtracks_of_year(reader, kind, year, await asyncio.shield(styles))

        return await land_slice(
            load,
            year,
            soundtracks_query(kind),
            discogs_page,
            read,
            wanted=lambda row: is_of_slice(row.release_year, year),
        )

    return _land(settings, store, f"discogs_{kind}s", _checked(years), chosen, now, land)


def land_masters(
    settings: ApiSettings,
    store: PageStore,
    master_ids_by_year: Mapping[str, Sequence[int]],
    options: LandingOptions | None = None,
    *,
    now: Now = utc_now,
) -> Landing:
    """Land masters one by one, in the slices of the releases that name them.

    Landed ones are not requested again until `retention` ends.
    """
    ids, chosen = master_ids_by_year, options or LandingOptions()
    return _land_details(
        settings, store, "discogs_master_details", MASTER_DETAILS, ids, chosen, now
    )


def _land_details(
    settings: ApiSettings,
    store: PageStore,
    table: str,
    kind: ItemKind,
    ids_by_year: Mapping[str, Sequence[int]],
    options: LandingOptions,
    now: Now,
) -> Landing:
    async def land(load: Load, year: str) -> SliceLanding:
        return await land_details_of_year(load, year, ids_by_year[year], kind)

    items = sum(map(len, ids_by_year.values()))
    return _land(settings, store, table, _checked(list(ids_by_year)), options, now, land, items)


def changed_movies(
    settings: ApiSettings, since: date, until: date, *, now: Now = utc_now
) -> dict[int, datetime]:
    """Films that changed from `since` to `until` (both included), as `LandingOptions.changed`.

    Their details are stale if they were fetched before the moment given: the end of the period that
    the change was found in.
    """
    window = Window(since, until)
    periods = window.split(-(-window.days // CHANGES_DAYS))

    async def read(client: ApiClient, period: Window) -> dict[int, datetime]:
        end = datetime.combine(period.last + timedelta(1), time(), UTC)
        query, stale_before = changes_query(period), min(end, now())
        first = (await client.ask(query, changes_page, page=1)).value
        numbers = range(2, first.pages + 1)
        others = await together(
            *(client.ask(query, changes_page, page=number) for number in numbers)
        )
        pages = [first, *(answer.value for answer in others)]
        return {row.id: stale_before for page in pages for row in page.rows}

    async def read_all() -> dict[int, datetime]:
        async with ApiClient(settings) as client:
            found = await together(*(read(client, period) for period in periods))
        return {movie_id: moment for each in found for movie_id, moment in each.items()}

    return _run(read_all())


async def _count_unreachable(reader: Any, this_year: int) -> None:
    reach = Window(date(FIRST_YEAR, 1, 1), date(this_year + 1, 12, 31))
    everything = await reader.peek(movies_query(LandingOptions(), None))
    dated = await reader.peek(movies_query(LandingOptions(), reach))
    if everything.may_be_asked and dated.may_be_asked:
        reader.unreachable = max(0, everything.total - dated.total)


def _land(
    settings: ApiSettings,
    store: PageStore,
    table: str,
    years: Sequence[str],
    options: LandingOptions,
    now: Now,
    land: SliceLander,
    items: int | None = None,
) -> Landing:
    """Land slices. If each of `items` is a request, progress is measured by them."""
    if why_not := why_not_from(store, settings.origin):
        raise IngestSettingsError(why_not)

    async def land_all() -> Landing:
        async with ApiClient(settings, options.max_requests) as client:
            outage = (
                Outage(client, search_probe(), discogs_page, MOST_PAGES_IN_A_ROW)
                if settings.source == "discogs"
                else Outage(client, list_probe(), movie_page, MOST_PAGES_IN_A_ROW)
            )
            load = Load(client, store, table, options, now(), outage)
            slices = await _land_slices(load, years, land, items)
        folders = {year: load.folder(year) for year in slices}
        write_notes(store, table, {year: each.odd for year, each in slices.items()}, load.began)
        page_files = {
            year: [folders[year].path(name) for name in each.files] for year, each in slices.items()
        }
        if settings.source == "tmdb":
            landed = {file for files in page_files.values() for file in files}
            oldest_kept = load.began - options.retention
            if is_look_due(store, settings.origin, table, load.began):
                delete_expired_pages(store, settings.origin, table, oldest_kept, landed)
                note_look(store, settings.origin, table, load.began)
        return Landing(
            page_files=page_files,
            slices=slices,
            requests=client.counts,
            left_out=_left_out(load, slices),
        )

    return _run(land_all())


async def _land_slices(
    load: Load, years: Sequence[str], land: SliceLander, items: int | None
) -> dict[str, SliceLanding]:
    places = asyncio.Semaphore(min(_SLICES_AT_ONCE, load.client.settings.concurrency))
    done: dict[str, SliceLanding] = {}

    async def land_one(year: str) -> None:
        async with places:
            try:
                done[year] = await land(load, year)
            except IngestError as error:
                error.progress = (
                    f"That stopped {load.table} at {year}; {len(done):,} of {len(years):,} slices "
                    "are complete and every page that landed stays: run again to resume there."
                )
                raise

    progress = asyncio.ensure_future(_report_progress(load, done, len(years), items))
    try:
        await together(*(land_one(year) for year in years))
    finally:
        progress.cancel()
        await asyncio.gather(progress, return_exceptions=True)
    return {year: done[year] for year in years}


async def _report_progress(
    load: Load, done: Mapping[str, SliceLanding], slices: int, items: int | None
) -> None:
    counts, before = load.client.counts, 0
    progress = Progress(load.table, slices if items is None else items)
    what = "films" if load.client.settings.source == "tmdb" else "masters"
    while True:
        await asyncio.sleep(progress.seconds_between)
        rate = (counts.made - before) / progress.seconds_between
        before = counts.made
        fetched = counts.made - counts.retried
        status = (
            f"{rate:.1f} requests a second; {counts.made:,} requests; {counts.retried} retried; "
            f"{counts.throttled} throttled"
        )
        if items is None:
            status = f"{len(done)} of {slices} {'year' if slices == 1 else 'years'}; {status}"
            progress.report(len(done), status, load.client.wait_seconds)
        else:
            cached = counts.from_cache
            landed = min(fetched + cached, items)
            status = f"{landed:,} of {items:,} {what}; {status}"
            progress.report(landed, status, load.client.wait_seconds, at_once=cached)


def _left_out(load: Load, slices: Mapping[str, SliceLanding]) -> list[str]:
    """A sentence for each thing that the load knows to be missing."""
    sentences = [sentence for each in slices.values() for sentence in each.left_out]
    sentences += _short(load, slices)
    if set_aside := sum(each.quarantined for each in slices.values()):
        sentences.append(
            f"{load.table}: {set_aside:,} rows came that cannot be read: "
            "`capstone quarantine` lists them with their reasons and pages."
        )
    if below := sum(each.below_floor for each in slices.values()):
        sentences.append(
            f"{load.table}: {below:,} films below min_votes={load.options.min_votes}, "
            f"min_popularity={load.options.min_popularity:g} were not requested."
        )
    if unreachable := sum(each.unreachable or 0 for each in slices.values()):
        sentences.append(
            f"{load.table}: {unreachable:,} films have no release date from {FIRST_YEAR} to next "
            "year, so no query finds them."
        )
    return [*sentences, *_unfinished(load, slices)]


def _short(load: Load, slices: Mapping[str, SliceLanding]) -> Iterator[str]:
    # A slice that is missing more has its own sentence.
    short = [
        each
        for each in slices.values()
        if each.complete and 0 < each.missing <= (1 - ENOUGH) * each.promised
    ]
    if short:
        yield (
            f"{load.table}: {sum(each.missing for each in short):,} of "
            f"{sum(each.promised for each in slices.values()):,} promised rows did not come, in "
            f"{len(short):,} slices: pages were short, shifted, or named what is gone."
        )


def _unfinished(load: Load, slices: Mapping[str, SliceLanding]) -> Iterator[str]:
    if unfinished := [year for year, each in slices.items() if not each.complete]:
        yield (
            f"{load.table}: the budget of {load.options.max_requests:,} requests ended before "
            f"{len(unfinished):,} of {len(slices):,} slices did, the first of them "
            f"{unfinished[0]}: run again to resume there."
        )


def _checked(years: Sequence[str]) -> list[str]:
    wrong = [year for year in years if year != UNKNOWN_YEAR and not _is_year(year)]
    if wrong:
        raise ValueError(f"A slice is a year like 1999, or {UNKNOWN_YEAR}; these are not: {wrong}.")
    return list(dict.fromkeys(years))


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdecimal() and text > "0000"


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also inside a running event loop, such as a notebook's."""
    if not _is_loop_running():
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
