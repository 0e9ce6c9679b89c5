"""Note odd rows: where each was seen, why it is odd, and since when.

Belongs here: the notes of a slice, written when it landed, reading them all, and asking for pages
again.
Not here: judging a row (responses.py, fields.py), the table made of the notes (lake/bronze.py).

A note is `odd_rows/<table>/release_year=<slice>.manifest.json`. It says what is odd in the pages
that make up the slice now, so a row that its source has corrected disappears once its page is read
again.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from capstone_assets.ingest.landing import (
    ALL_SLICES,
    DUMP_ORIGIN,
    PageFile,
    PageStore,
    SliceFolder,
)
from capstone_assets.ingest.responses import OddRow

# Of one slice; more are only counted: so many mean that the source's format has changed.
MOST_NOTED = 1_000
_FOLDER = "odd_rows"

Note = dict[str, Any]


def distinct(odd: Iterable[tuple[str, OddRow]]) -> list[tuple[str, OddRow]]:
    """Return odd rows with their pages, each once even if several looks and queries returned it.

    Rows without an id cannot be distinguished: there are as many as one query returns.
    """
    found: dict[tuple[Any, ...], tuple[str, OddRow]] = {}
    shown: Counter[tuple[Any, ...]] = Counter()
    # For each query, equal rows by page number and by place among the equal ones on it.
    alike: dict[tuple[Any, ...], dict[tuple[str, int], tuple[str, OddRow]]] = {}
    for page, each in odd:
        key: tuple[Any, ...] = (each.treatment, each.reason, each.raw)
        if each.row_id is not None:
            found[key] = page, each
            continue
        shown[page, key] += 1
        # A page file's name is the moment, the query, the number.
        question, _, number = page.rpartition("/")[2].partition("_")[2].partition("_")
        alike.setdefault((*key, question), {})[number, shown[page, key]] = page, each
    for (*alike_key, _), rows in alike.items():
        for place, row in enumerate(rows[each] for each in sorted(rows)):
            found[*alike_key, place] = row
    return sorted(found.values(), key=lambda each: (each[0], each[1].row, each[1].reason))


Reasons = Mapping[str, Mapping[str, int]]


def added(*counts: Reasons) -> dict[str, dict[str, int]]:
    """Add up what `reasons_of` counted."""
    total: dict[str, Counter[str]] = {}
    for each in counts:
        for treatment, counted in each.items():
            total.setdefault(treatment, Counter()).update(counted)
    return {treatment: dict(counted) for treatment, counted in total.items()}


def reasons_of(odd: Iterable[tuple[str, OddRow]]) -> dict[str, dict[str, int]]:
    """How many rows there are by treatment and reason; a row with two reasons counts for both."""
    counts: dict[str, Counter[str]] = {}
    for _, each in odd:
        counts.setdefault(each.treatment, Counter()).update(each.reason.split("; "))
    return {treatment: dict(counted) for treatment, counted in counts.items()}


def as_note(page: str, odd: OddRow) -> Note:
    """Return an odd row as a manifest stores it; `page` is a name from the store's root on."""
    return {"page": page, **vars(odd)}


def write_notes(
    store: PageStore, table: str, odd: Mapping[str, Sequence[Mapping[str, Any]]], at: datetime
) -> None:
    """Replace the notes of a table's slices; known rows keep when they were first seen."""
    # Older versions named them without `manifest`.
    noted = {_slice_of(file): file for file in store.names(f"{_FOLDER}/{table}")}
    for slice_name, rows in odd.items():
        name = f"{_FOLDER}/{table}/release_year={slice_name}.manifest.json"
        old = f"{_FOLDER}/{table}/{noted[slice_name]}" if slice_name in noted else ""
        if not rows:
            if old:
                store.delete(old)
            continue
        before = {_identity(row): row for row in _read(store, old)} if old else {}
        seen = at.astimezone(UTC).isoformat()
        notes = [
            {**row, "first_seen": before.get(_identity(row), {}).get("first_seen", seen)}
            for row in rows
        ]
        if old != name or [_without_last(row) for row in before.values()] != notes:
            content = [{**row, "last_seen": seen} for row in notes]
            store.write(name, json.dumps(content).encode())
            if old not in ("", name):
                store.delete(old)


def ask_again(store: PageStore, page: str) -> str:
    """Make the next load of a page's slice fetch that page again; return the slice.

    `page` is named as in a note. The landed page stays until the source serves a better one. A
    dump has no single pages: all of it is read again.
    """
    parts, file = page.split("/"), PageFile.named(page.rpartition("/")[2])
    if file is None or len(parts) < 4:
        raise ValueError(f"{page!r} is not a landed page: the next run that is due fetches it.")
    origin, table, folder = parts[-4:-1]
    slice_name = folder.removeprefix("release_year=")
    of_slice = ALL_SLICES if origin.startswith(DUMP_ORIGIN) else slice_name
    again = SliceFolder(store, origin, table, of_slice)
    again.write_manifest("again", datetime.now(UTC), file.digest, {"page": file.number})
    return slice_name


def read_notes(store: PageStore) -> Iterator[Note]:
    """Yield every odd row of every table and slice, with `table` and `slice`."""
    for name in store.find(_FOLDER):
        _, table, file = name.split("/")
        for row in _read(store, name):
            yield {"table": table, "slice": _slice_of(file), **row}


def as_rows(
    notes: Iterable[Note], before: Iterable[Mapping[str, Any]], run_id: str
) -> list[dict[str, Any]]:
    """Return notes as rows of bronze/quarantine; a row that was in it before keeps its run."""

    def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (*(row[name] for name in ("source", "slice", "page", "row")), _identity(row))

    runs = {(*key(row), row["last_seen"]): row["run_id"] for row in before}
    rows = []
    for note in notes:
        moments = {each: datetime.fromisoformat(note[each]) for each in ("first_seen", "last_seen")}
        row = {**note, "source": note["table"], **moments}
        rows.append({**row, "run_id": runs.get((*key(row), row["last_seen"]), run_id)})
    return rows


def _slice_of(file: str) -> str:
    return file.removeprefix("release_year=").partition(".")[0]


def _read(store: PageStore, name: str) -> list[Note]:
    try:
        content = json.loads(store.read(name))
    except ValueError:
        return []  # Damaged: the next landing of the slice replaces it.
    return content if isinstance(content, list) else []


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["treatment"], row["reason"], row["raw"]


def _without_last(row: Note) -> Note:
    return {name: value for name, value in row.items() if name != "last_seen"}
