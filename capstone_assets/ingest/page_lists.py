"""List the landed pages of a table's years, with counts: loads write the lists, parsing reads them.

Belongs here: writing and reading the lists, and the rows that listed pages name.
Not here: landing pages (landing.py), the rows of a page (responses.py).

A list is `lists/<table>/release_year=<slice>.json`, with names from the store's root on, so that it
stays valid when the lake is moved. Every load of the slice replaces it, by one rename.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from capstone_assets.ingest.errors import IngestError
from capstone_assets.ingest.landing import Landing, PageStore, SliceLanding

T = TypeVar("T")
R = TypeVar("R")
RowReader = Callable[[str, str], Iterable[Mapping[str, Any]]]

_FOLDER = "lists"
_NOT_COUNTS = ("files", "odd", "left_out", "checksums")
# Enough to hide the latency of a remote store.
_AT_ONCE = 16


class PagesNotListedError(IngestError):
    """A year's pages were never requested, or were deleted because of their age."""

    def __init__(self, table: str, years: Sequence[str], what: str) -> None:
        super().__init__(table, years, what)
        self.table, self.years, self.what = table, years, what

    def sentence(self) -> str:  # noqa: D102
        some = ", ".join(self.years[:5]) + (", ..." if len(self.years) > 5 else "")
        return (
            f"{self.table}: {self.what} for {len(self.years):,} of the requested years: {some}. "
            "Retrying cannot help: materialize the raw pages of those years first."
        )


def write_page_lists(store: PageStore, table: str, landing: Landing) -> None:
    """Record which files make up each year's slice of a table, and how many rows they have."""

    def write(year: str) -> None:
        names = [file.removeprefix(f"{store.root}/") for file in landing.page_files[year]]
        counts = {
            name: value
            for name, value in landing.slices[year].to_json().items()
            if name not in _NOT_COUNTS
        }
        content = {"listed_at": datetime.now(UTC).isoformat(), "pages": names, "counts": counts}
        store.write(_list_of(table, year), json.dumps(content).encode())

    side_by_side(write, landing.page_files)


def read_counts(
    store: PageStore, table: str, years: Sequence[str] | None = None
) -> dict[str, SliceLanding]:
    """Return the counts of a table's slices, of all or of some years; without files and odd rows.

    Slices that were never listed, or were listed by a version without counts, are left out.
    """
    listed = {_year_of(name) for name in store.names(f"{_FOLDER}/{table}")}
    wanted = [year for year in (listed if years is None else years) if year in listed]

    def read(year: str) -> SliceLanding | None:
        try:
            return SliceLanding(**json.loads(store.read(_list_of(table, year)))["counts"])
        except (KeyError, TypeError, ValueError):
            return None

    found = zip(wanted, side_by_side(read, wanted), strict=True)
    return {year: counts for year, counts in sorted(found) if counts is not None}


def read_page_lists(store: PageStore, table: str, years: Sequence[str]) -> dict[str, list[str]]:
    """Return the full paths of the pages that make up each year's slice.

    Raises:
        PagesNotListedError: a year was never requested, or pages of it are missing.
    """

    def read(year: str) -> list[str] | None:
        try:
            listed: list[str] = json.loads(store.read(_list_of(table, year)))["pages"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # Never written, or damaged since.
        return listed

    def has_all(listed: Sequence[str] | None) -> bool:
        folders = {name.rpartition("/")[0] for name in listed or ()}
        there = {f"{folder}/{name}" for folder in folders for name in store.names(folder)}
        return there.issuperset(listed or ())

    lists = dict(zip(years, side_by_side(read, years), strict=True))
    if never := [year for year, listed in lists.items() if listed is None]:
        raise PagesNotListedError(table, never, "no page was ever requested")
    whole = dict(zip(years, side_by_side(has_all, lists.values()), strict=True))
    if gone := [year for year in years if not whole[year]]:
        raise PagesNotListedError(table, gone, "pages were deleted since they were listed")
    return {year: [store.path(name) for name in listed or ()] for year, listed in lists.items()}


def rows_on_pages(
    store: PageStore, files: Iterable[str], read_rows: RowReader
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of pages, given by their full paths; `read_rows` reads a line of them."""

    def read(file: str) -> list[Mapping[str, Any]]:
        name = file.removeprefix(f"{store.root}/")
        # Titles may contain characters that Python takes for line ends, such as U+2028.
        lines = gzip.decompress(store.read(name)).decode(errors="replace").rstrip("\n").split("\n")
        return [row for line in lines for row in read_rows(line, name)]

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for rows in threads.map(read, files):
            yield from rows


def _list_of(table: str, year: str) -> str:
    return f"{_FOLDER}/{table}/release_year={year}.json"


def _year_of(name: str) -> str:
    return name.removeprefix("release_year=").removesuffix(".json")


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call a function for many files of a store at once; return the results in order."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(work, items))
