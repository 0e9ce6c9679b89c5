"""The queries for Discogs: soundtrack releases and masters, by year or in smaller parts.

A master that no list has is fetched by its id.

Belongs here: the queries, what makes a row a soundtrack, splitting by format and country.
Not here: sending (client.py), landing (slices.py, details.py), reading responses (responses.py).

A soundtrack has the genre Stage & Screen, or one of four styles. Discogs files these styles under
that genre, so the genre's query finds almost all of them, and querying every style as well would
double the requests at 60 a minute. Old rows with the style alone exist (3 % of recorded ones): a
style is queried only if its count shows that the genre misses some, and read only until those are
found.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Literal

from capstone_assets.ingest.client import together
from capstone_assets.ingest.details import ItemKind
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import discogs_page, master_item
from capstone_assets.ingest.shapes import MASTERS_PATH, DiscogsRow
from capstone_assets.ingest.slices import Page, SliceReader
from capstone_assets.lake.years import LAST_YEAR, UNKNOWN_YEAR

GENRE = "Stage & Screen"
STYLES = ("Soundtrack", "Score", "Theme", "Musical")
ROWS_A_PAGE = 100
MOST_PAGES = 100
MOST_ROWS = ROWS_A_PAGE * MOST_PAGES

Kind = Literal["release", "master"]
Facet = Literal["format", "country"]
FACETS: tuple[Facet, ...] = ("format", "country")
_PAGES_PER_SAMPLE = 10
_Reading = Callable[[SliceReader[DiscogsRow], Query, tuple[Facet, ...]], Coroutine[Any, Any, Any]]


def soundtracks_query(kind: Kind, **narrowed: str) -> Query:
    """Releases or masters; name a genre, a style or a year to narrow them."""
    params = {"type": kind, **narrowed, "per_page": str(ROWS_A_PAGE)}
    return Query("discogs", "/database/search", tuple(params.items()))


def search_probe() -> Query:
    """A search that Discogs answers unless it is down."""
    return soundtracks_query("master", genre=GENRE)


def master_query(master_id: int) -> Query:
    """A master by its id."""
    return Query("discogs", f"{MASTERS_PATH}/{master_id}")


MASTER_DETAILS = ItemKind(
    service="Discogs",
    noun="master",
    query=master_query,
    read=master_item,
    probe=search_probe(),
    read_probe=discogs_page,
)


async def styles_beyond_genre(reader: SliceReader[DiscogsRow], kind: Kind) -> tuple[str, ...]:
    """The styles that rows without the genre have, found by comparing two counts for each.

    Also those whose count failed: querying one too many loses nothing.
    """
    within = (soundtracks_query(kind, genre=GENRE, style=style) for style in STYLES)
    anywhere = (soundtracks_query(kind, style=style) for style in STYLES)
    pages = await together(*(reader.peek(query) for query in (*within, *anywhere)))
    pairs = zip(STYLES, pages[: len(STYLES)], pages[len(STYLES) :], strict=True)
    return tuple(
        style
        for style, in_genre, in_all in pairs
        if in_genre.total < in_all.total or not (in_genre.may_be_asked and in_all.may_be_asked)
    )


async def read_soundtracks_of_year(
    reader: SliceReader[DiscogsRow], kind: Kind, year: str, styles: tuple[str, ...]
) -> None:
    """Read a year's soundtracks: the genre, then what `styles` have beyond it."""
    if year == UNKNOWN_YEAR:
        for named in ({"genre": GENRE}, *({"style": style} for style in styles)):
            query = soundtracks_query(kind, **named, sort="year", sort_order="asc")
            await _read_undated(reader, query, FACETS)
            await _read_beyond(reader, query.with_params(sort_order="desc"))
        reader.promised = len({row.id for row in reader.rows})
        return
    query = soundtracks_query(kind, genre=GENRE, year=year)
    total = await _read_dated(reader, query, FACETS)
    reader.promised += total
    for style in styles:
        await _read_style(reader, soundtracks_query(kind, style=style, year=year), style)


async def _read_dated(
    reader: SliceReader[DiscogsRow], query: Query, facets: tuple[Facet, ...]
) -> int:
    """Read a query's rows; return the count that Discogs gives."""
    first = await reader.peek(query)
    if first.total > MOST_ROWS and facets:
        await _read_in_parts(reader, query, facets, first.total)
        return first.total
    total = await reader.read(query, MOST_PAGES)
    if total > MOST_ROWS:
        _leave_out(reader, query, total)
    return total


async def _read_in_parts(
    reader: SliceReader[DiscogsRow], query: Query, facets: tuple[Facet, ...], total: int
) -> None:
    """Read a query with more rows than Discogs serves, once for each format or country.

    Every tenth page shows which values there are. If rows are missing after that, a rare value may
    be on another page: the adjacent pages are read until they add nothing.
    """
    asked: set[str] = set()
    for start in range(1, _PAGES_PER_SAMPLE + 1):
        found = _rows_found(reader, query)
        sample = range(start, MOST_PAGES + 1, _PAGES_PER_SAMPLE)
        await together(*(reader.page(query, number) for number in sample))
        if start > 1 and _rows_found(reader, query) == found:
            return  # The missing rows cannot be fetched: a count includes deleted ones.
        await _read_each_value(reader, query, facets, asked, _read_dated)
        if _rows_found(reader, query) >= total:
            return


async def _read_each_value(
    reader: SliceReader[DiscogsRow],
    query: Query,
    facets: tuple[Facet, ...],
    asked: set[str],
    read: _Reading,
) -> None:
    """Read a query narrowed to each value seen so far; the new rows may show more values."""
    facet, *narrower = facets
    while values := {_value(row, facet) for row in _rows_of(reader, query)} - asked - {""}:
        asked |= values
        parts = (query.with_params(**{facet: value}) for value in sorted(values))
        await together(*(read(reader, part, tuple(narrower)) for part in parts))


def _leave_out(reader: SliceReader[DiscogsRow], query: Query, total: int) -> None:
    reader.left_out.append(
        f"{reader.folder.table} {reader.folder.slice}: Discogs knows {total:,} rows for "
        f"{query.endpoint} and serves {MOST_ROWS:,}; no narrower query is known."
    )


def _value(row: DiscogsRow, facet: Facet) -> str:
    # The first format is the medium (CD, Vinyl), which every pressing has; the rest describes it.
    return (row.format[0] if row.format else "") if facet == "format" else (row.country or "")


def _rows_of(reader: SliceReader[DiscogsRow], query: Query) -> list[DiscogsRow]:
    medium = dict(query.params).get("format")
    return [row for row in reader.rows if medium is None or medium in row.format]


def _rows_found(reader: SliceReader[DiscogsRow], query: Query) -> int:
    return len({row.id for row in _rows_of(reader, query)})


async def _read_undated(
    reader: SliceReader[DiscogsRow], query: Query, facets: tuple[Facet, ...]
) -> None:
    """Read rows without a year, which cannot be queried: sorted by year they come first.

    The order is not documented, so reading stops only if the years seen are in order; otherwise
    everything is read.
    """
    years: list[str] = []
    page = await reader.page(query, 1)
    while not _has_left_the_undated(page, years):
        if page.number >= min(page.pages, MOST_PAGES):
            if page.total > MOST_ROWS and facets:
                await _read_each_value(reader, query, facets, set(), _read_undated)
            elif page.total > MOST_ROWS:
                _leave_out(reader, query, page.total)
            return
        page = await reader.page(query, page.number + 1)


async def _read_beyond(reader: SliceReader[DiscogsRow], query: Query) -> None:
    """Read rows of years after the last partition, a misprint mostly: sorted so they come first."""
    page = await reader.page(query, 1)
    while page.number < min(page.pages, MOST_PAGES) and _are_beyond(page):
        page = await reader.page(query, page.number + 1)


def _are_beyond(page: Page[DiscogsRow]) -> bool:
    """Whether all rows are of years after the last partition, so that more may follow."""
    years = [row.year or "" for row in page.rows]
    return bool(years) and all(year.isdecimal() and int(year) > LAST_YEAR for year in years)


def _has_left_the_undated(page: Page[DiscogsRow], years: list[str]) -> bool:
    """Whether only dated rows follow this page; adds the page's years to `years`."""
    new = ["" if row.release_year == UNKNOWN_YEAR else row.release_year for row in page.rows]
    years.extend(new)
    return bool(new) and all(new) and years == sorted(years)


async def _read_style(reader: SliceReader[DiscogsRow], query: Query, style: str) -> None:
    """Read a style until as many of its rows are found as its count says."""

    def lacking(total: int) -> int:
        return total - len({row.id for row in reader.rows if style in row.style})

    expected = lacking((await reader.peek(query)).total)
    reader.promised += max(0, expected)
    if expected <= 0:
        return
    page = await reader.page(query, 1)
    while lacking(page.total) > 0 and page.number < min(page.pages, MOST_PAGES):
        page = await reader.page(query, page.number + 1)
