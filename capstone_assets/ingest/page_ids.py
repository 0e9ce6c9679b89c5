"""Remember the ids of the rows on listed pages, so that each page is read only once.

Belongs here: the ids of a page's rows, the masters that they name, and remembering both.
Not here: which pages make up a slice (page_lists.py), what follows from the ids (masters.py).

The ids of `pages/<origin>/<table>/release_year=<slice>` are under `ids/` with the same names, one
JSON file for each slice. It is written as soon as the slice's pages have been read, so that a
killed run resumes. Pages never change, so the ids stay valid as long as the rules that read rows
are the same.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.page_lists import RowReader, rows_on_pages, side_by_side
from capstone_assets.ingest.responses import READER

_FOLDER = "ids"


class RowId(NamedTuple):
    """A row of a page: its id, when it was fetched (seconds since 1970), and its master, or 0."""

    id: int
    year: str
    fetched_at: float
    master_id: int


IdsOfPages = Mapping[str, Sequence[RowId]]


def ids_of_pages(
    store: PageStore, page_files: Mapping[str, Sequence[str]], read_rows: RowReader
) -> dict[str, dict[str, list[RowId]]]:
    """Return the rows by slice and page, pages by name; `read_rows` reads a line of a page.

    `page_files` are full paths by slice. Only pages that no earlier load has read are opened.
    """
    names = {
        year: [file.removeprefix(f"{store.root}/") for file in files]
        for year, files in page_files.items()
    }
    folders: dict[str, list[str]] = defaultdict(list)
    for name in (name for each in names.values() for name in each):
        folders[_folder_of(name)].append(name)
    remembered = side_by_side(lambda folder: _remembered(store, folder), folders)
    rows: dict[str, list[RowId]] = {}
    for (folder, listed), known in zip(folders.items(), remembered, strict=True):
        kept = {name: known[name] for name in listed if name in known}
        new = [name for name in listed if name not in kept]
        of_folder = kept | _read(store, new, read_rows)
        if new or len(kept) < len(known):
            content = {"reader": READER, "pages": of_folder}
            store.write(_file(folder), json.dumps(content).encode())
        rows |= of_folder
    return {year: {name: rows[name] for name in each} for year, each in names.items()}


def listed_ids(
    store: PageStore, page_files: Mapping[str, Sequence[str]], read_rows: RowReader
) -> dict[str, list[int]]:
    """Return the ids of the rows that pages list, by slice.

    A row on several pages belongs to the slice of the page fetched last, as in bronze.
    """
    newest: dict[int, tuple[float, str, str]] = {}
    for pages in ids_of_pages(store, page_files, read_rows).values():
        for name, rows in pages.items():
            for row in rows:
                order = (-row.fetched_at, name, row.year)
                newest[row.id] = min(order, newest.get(row.id, order))
    found: dict[str, list[int]] = {year: [] for year in page_files}
    for row_id, (_, _, year) in newest.items():
        found[year].append(row_id)
    return found


def _read(store: PageStore, names: Sequence[str], read_rows: RowReader) -> dict[str, list[RowId]]:
    found: dict[str, list[RowId]] = {name: [] for name in names}
    for row in rows_on_pages(store, names, read_rows):
        fetched_at, master_id = row["fetched_at"].timestamp(), row.get("master_id") or 0
        found[row["raw_page"]].append(RowId(row["id"], row["release_year"], fetched_at, master_id))
    return found


def _remembered(store: PageStore, folder: str) -> dict[str, list[RowId]]:
    """The remembered ids of a folder's pages; none if damaged, or if other rules read them."""
    try:
        content = json.loads(store.read(_file(folder)))
        if content["reader"] != READER:
            return {}
        return {name: [RowId(*row) for row in rows] for name, rows in content["pages"].items()}
    except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError):
        return {}


def _folder_of(page: str) -> str:
    return page.rpartition("/")[0]


def _file(folder: str) -> str:
    return f"{_FOLDER}/{folder.removeprefix('pages/')}.json"
