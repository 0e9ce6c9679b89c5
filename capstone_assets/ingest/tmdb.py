"""The queries for TMDB: films by release date, their details, what changed.

Belongs here: the queries, splitting years into windows that TMDB serves completely.
Not here: sending (client.py), landing (slices.py, details.py), reading responses (responses.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil

from capstone_assets.ingest.client import together
from capstone_assets.ingest.details import ItemKind
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import TMDB_PAGE_ROWS, configuration, movie_item
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.shapes import MovieRow
from capstone_assets.ingest.slices import SliceReader

MOST_PAGES = 500  # Page 501 is refused, whatever total_pages claims.
MOST_ROWS = MOST_PAGES * TMDB_PAGE_ROWS
CHANGES_DAYS = 14  # The longest period of one `/movie/changes` call.
# Windows are made to hold fewer rows than the cap, because some days have many more films than
# others.
_COMFORTABLE_ROWS = MOST_ROWS * 3 // 4
# A larger count than these serve is wrong, or its parts are split again.
_MOST_PARTS = 12


@dataclass(frozen=True)
class Window:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"A window cannot end on {self.last}, before it begins: {self.first}.")

    @classmethod
    def of_year(cls, year: str) -> "Window":
        """A whole year."""
        return cls(date(int(year), 1, 1), date(int(year), 12, 31))

    @property
    def days(self) -> int:
        """How many days it has, at least 1."""
        return (self.last - self.first).days + 1

    def split(self, parts: int) -> list["Window"]:
        """Consecutive windows of almost equal length that cover it exactly; at most one a day."""
        parts = min(parts, self.days)
        cuts = [self.days * part // parts for part in range(parts + 1)]
        return [
            Window(self.first + timedelta(begin), self.first + timedelta(end - 1))
            for begin, end in pairwise(cuts)
        ]


def movies_query(options: LandingOptions, window: Window | None) -> Query:
    """Films of a window, or of any date or none.

    They are sorted by release date, which changes less than popularity while a list is read.
    """
    params = {
        "include_adult": "false",
        "include_video": "false",
        "language": "en-US",
        "sort_by": "popularity.desc" if options.min_popularity else "primary_release_date.asc",
    }
    if options.min_votes:
        params["vote_count.gte"] = str(options.min_votes)
    if window:
        params["primary_release_date.gte"] = str(window.first)
        params["primary_release_date.lte"] = str(window.last)
    return Query("tmdb", "/discover/movie", tuple(params.items()))


def list_probe() -> Query:
    """A list that TMDB serves unless it is down: it shows whether one page fails, or all."""
    return movies_query(LandingOptions(), None)


def movies_asked(options: LandingOptions) -> Query:
    """The query that identifies a load with these options; never sent."""
    return movies_query(options, None).with_params(min_popularity=f"{options.min_popularity:g}")


async def read_movies_of_year(
    reader: SliceReader[MovieRow], year: str, options: LandingOptions
) -> None:
    """Read all films of a year that the options do not leave out."""
    window = Window.of_year(year)
    if options.min_votes:
        everything = await reader.count(movies_query(LandingOptions(), window))
        enough_votes = await reader.count(movies_query(options, window))
        reader.below_floor += max(0, everything - enough_votes)
    await _read_window(reader, window, options)


async def _read_window(
    reader: SliceReader[MovieRow], window: Window, options: LandingOptions
) -> None:
    query = movies_query(options, window)
    first = await reader.peek(query)
    claims_more = first.total > MOST_ROWS or first.pages > MOST_PAGES
    is_over_cap = claims_more and await reader.reaches(query, MOST_PAGES)
    if is_over_cap and window.days > 1:
        parts = min(max(2, ceil(first.total / _COMFORTABLE_ROWS)), _MOST_PARTS)
        await together(*(_read_window(reader, part, options) for part in window.split(parts)))
    elif options.min_popularity:
        await _read_popular(reader, query, options.min_popularity)
    elif is_over_cap:
        await _read_crowded_day(reader, query, window.first, first.total)
    else:
        total = await reader.read(query, MOST_PAGES)
        reader.promised += total


async def _read_crowded_day(
    reader: SliceReader[MovieRow], query: Query, day: date, total: int
) -> None:
    """Read a day with more films than TMDB serves: as many as one query returns, then by language.

    The first pages show which languages there are. Other languages, and films of a language beyond
    the cap, are left out and reported.
    """
    reader.promised += total
    await reader.read(query, MOST_PAGES)

    async def read_language(language: str) -> None:
        part = query.with_params(with_original_language=language)
        await reader.read(part, MOST_PAGES)

    languages = {row.original_language for row in reader.rows if row.release_date == str(day)}
    await together(*(read_language(language) for language in sorted(filter(None, languages))))
    found = len({row.id for row in reader.rows if row.release_date == str(day)})
    if found < total:
        reader.left_out.append(
            f"{reader.folder.table} {reader.folder.slice}: TMDB knows {total:,} films released on "
            f"{day} and serves {MOST_ROWS:,} a query; with one for each of {len(languages)} "
            f"original languages too, it found {found:,}. No narrower query is known: min_votes "
            "leaves out the least known instead."
        )


async def _read_popular(reader: SliceReader[MovieRow], query: Query, min_popularity: float) -> None:
    number, least, read = 0, float("inf"), 0
    while least >= min_popularity:
        number += 1
        page = await reader.page(query, number)
        read += len(page.rows)
        reader.promised += len(page.rows)
        # A row without popularity, or a page that was not served, does not predict the next ones.
        known = [row.popularity for row in page.rows if row.popularity is not None]
        least = min(known, default=least)
        if page.is_empty or number >= min(page.pages, MOST_PAGES):
            break
    rest = max(0, page.total - read)
    if least < min_popularity:
        reader.below_floor += rest
    elif rest:
        reader.left_out.append(
            f"{reader.folder.table} {reader.folder.slice}: {rest:,} films of {query.endpoint} lie "
            f"beyond the {MOST_ROWS:,} that TMDB serves: raise min_popularity above {least:g}."
        )


def details_query(movie_id: int) -> Query:
    """A film with everything that the matching needs, in one request."""
    appended = "credits,alternative_titles,external_ids"
    return Query("tmdb", f"/movie/{movie_id}", (("append_to_response", appended),))


def configuration_query() -> Query:
    """A query that TMDB answers unless it is down: it shows whether one film fails, or all."""
    return Query("tmdb", "/configuration")


FILM_DETAILS = ItemKind(
    service="TMDB",
    noun="film",
    query=details_query,
    read=movie_item,
    probe=configuration_query(),
    read_probe=configuration,
)


def changes_query(window: Window) -> Query:
    """Ids of the films that changed within at most 14 days."""
    params = (("start_date", str(window.first)), ("end_date", str(window.last)))
    return Query("tmdb", "/movie/changes", params)
