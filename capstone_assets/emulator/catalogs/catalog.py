"""Read a catalog folder: the films, releases and masters that the emulator serves.

Belongs here: the files, their formats, and every check of a line.
Not here: rows as the APIs return them (tmdb.py, discogs.py), making catalogs (generator.py,
bundled.py).

A folder holds films.jsonl and releases.jsonl, and may hold masters.jsonl, labels.csv and
changes.jsonl; each .jsonl may be a .jsonl.gz instead. Fields without a check are not read.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from capstone_assets.emulator import EmulatorError
from capstone_assets.text_files import (
    MOST_FAULTS,
    numbered_lines,
    quoted,
    read_objects,
    read_table,
    whole_number,
)

Row = dict[str, Any]

FAULTS_LISTED = 20


class CatalogError(EmulatorError):
    """A catalog folder cannot be served; lists its faults, each with its file and line."""

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        super().__init__(folder, faults)
        self.folder, self.faults = folder, faults

    def __str__(self) -> str:
        total = len(self.faults)
        listed = [f"  {fault}" for fault in self.faults[:FAULTS_LISTED]]
        if total > MOST_FAULTS:  # Files with so many faults are not read to their end.
            counted, others = f"more than {MOST_FAULTS} faults", "  and others"
        else:
            counted = "1 fault" if total == 1 else f"{total} faults"
            others = f"  and {total - FAULTS_LISTED} more"
        if total > FAULTS_LISTED:
            listed.append(others)
        return "\n".join(
            [
                f"The catalog {self.folder} has {counted}, so none of it is served:",
                *listed,
                "Correct the files and start again.",
            ]
        )


@dataclass(frozen=True)
class Catalog:
    """The content of a catalog. Rows keep the fields of their files.

    `labels` are the known pairs of film and release, `changes` the days on which a film changed.
    """

    films: list[Row]
    releases: list[Row]
    masters: list[Row] = field(default_factory=list)
    labels: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)


def read_catalog(folder: Path) -> Catalog:
    """Read and check a catalog folder.

    Raises:
        CatalogError: with every fault of every file at once.
    """
    if not folder.is_dir():
        raise CatalogError(folder, ["there is no such folder"])
    faults: list[str] = []
    catalog = Catalog(
        films=_read_rows(folder, "films", _FILM, faults, required=True),
        releases=_read_rows(folder, "releases", _RELEASE, faults, required=True),
        masters=_read_rows(folder, "masters", _MASTER, faults),
        labels=_read_labels(folder, faults),
        changes=_read_rows(folder, "changes", _CHANGE, faults, unique=False),
    )
    if faults:
        raise CatalogError(folder, faults)
    return catalog


def year_of(row: Row) -> int | None:
    """The year of a release or a master as a number; None when it has none (null, "" or 0)."""
    year = row.get("year")
    return int(year) or None if year else None


class _Check(NamedTuple):
    holds: Callable[[Any], bool]
    wanted: str
    required: bool = False


_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_date(text: str) -> bool:
    """Whether the text is a day that exists, written YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_id(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text_or_texts(value: Any) -> bool:
    return _is_text(value) or _is_texts(value)


def _is_counts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and is_date(value)


def _is_day_or_blank(value: Any) -> bool:
    return value == "" or _is_day(value)


def _is_year(value: Any) -> bool:
    if isinstance(value, str):
        return value == "" or _YEAR.fullmatch(value) is not None
    return _is_count(value) and value <= 9999


def _is_json(value: Any) -> bool:
    try:
        json.loads(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_alternative_titles(value: Any) -> bool:
    return isinstance(value, list) and all(
        _is_text(title) or (isinstance(title, dict) and _is_text(title.get("title")))
        for title in value
    )


# What the API lists in place of an odd row (odd_rows.py).
_ODD: Mapping[str, _Check] = {"listed_as": _Check(_is_json, "JSON as text")}
_FILM: Mapping[str, _Check] = {
    "id": _Check(_is_id, "a positive whole number", required=True),
    "title": _Check(_is_name, "a title", required=True),
    "original_title": _Check(_is_text, "a string"),
    "release_date": _Check(_is_day_or_blank, "a day as YYYY-MM-DD, or an empty string"),
    "genre_ids": _Check(_is_counts, "a list of whole numbers"),
    "original_language": _Check(_is_text, "a string"),
    "overview": _Check(_is_text, "a string"),
    "popularity": _Check(_is_number, "a number"),
    "vote_count": _Check(_is_count, "a whole number"),
    "vote_average": _Check(_is_number, "a number"),
    "imdb_id": _Check(_is_text, "a string"),
    "composers": _Check(_is_texts, "a list of strings"),
    "alternative_titles": _Check(
        _is_alternative_titles, "a list of strings or of objects with a title"
    ),
    **_ODD,
    "detailed_as": _Check(_is_json, "JSON as text"),
}
_MASTER: Mapping[str, _Check] = {
    "id": _Check(_is_id, "a positive whole number", required=True),
    "title": _Check(_is_name, "a title", required=True),
    "year": _Check(_is_year, "a year of four digits"),
    "genre": _Check(_is_texts, "a list of strings"),
    "style": _Check(_is_texts, "a list of strings"),
    "format": _Check(_is_texts, "a list of strings"),
    "country": _Check(_is_text, "a string"),
    "label": _Check(_is_text_or_texts, "a string or a list of strings"),
    "catno": _Check(_is_text, "a string"),
}
_RELEASE: Mapping[str, _Check] = {
    **_MASTER,
    "master_id": _Check(_is_count, "a whole number"),
    **_ODD,
}
_CHANGE: Mapping[str, _Check] = {
    "id": _Check(_is_id, "a positive whole number", required=True),
    "date": _Check(_is_day, "a day as YYYY-MM-DD", required=True),
}
_LABEL_COLUMNS = ("film_tmdb_id", "release_id", "label")


def _read_rows(
    folder: Path,
    name: str,
    checks: Mapping[str, _Check],
    faults: list[str],
    *,
    required: bool = False,
    unique: bool = True,
) -> list[Row]:
    """Return the valid rows of a .jsonl or .jsonl.gz, and add the faults of others to `faults`.

    `unique`: no id may be on two lines, because the API could show only one of the rows.
    """
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    if plain.exists() and packed.exists():
        faults.append(f"{plain.name} and {packed.name} are both there: remove one")
        return []
    path = packed if packed.exists() else plain
    if not path.exists():
        if required:
            faults.append(f"{plain.name} is missing, and so is {packed.name}")
        return []

    rows: list[Row] = []
    line_of_id: dict[int, int] = {}
    found: list[str] = []
    with path.open("rb") as file:
        lines = numbered_lines(file, found, is_gzip=path.suffix == ".gz")
        for number, row in read_objects(lines, found):
            try:
                _read_whole_numbers(row, checks)
                _check(row, checks)
                if unique and (earlier := line_of_id.setdefault(row["id"], number)) != number:
                    raise ValueError(f"id {row['id']} is already on line {earlier}")
            except ValueError as wrong:
                found.append(f"line {number}: {wrong}")
            else:
                rows.append(row)
    faults.extend(f"{path.name} {fault}" for fault in found)
    return rows


def _read_whole_numbers(row: Row, checks: Mapping[str, _Check]) -> None:
    """Convert 12.0 to 12: pandas writes whole numbers that way if their column has gaps."""
    for name, check in checks.items():
        value = row.get(name)
        if check.holds in (_is_id, _is_count) and isinstance(value, float):
            row[name] = value if (number := whole_number(value)) is None else number


def _check(row: Row, checks: Mapping[str, _Check]) -> None:
    """Raise ValueError that names every invalid field of the row."""
    wrong = []
    for name, check in checks.items():
        value = row.get(name)
        if value is None:
            if check.required:
                wrong.append(f"{name} is missing, wanted {check.wanted}")
        elif not check.holds(value):
            wrong.append(f"{name} is {quoted(value)}, wanted {check.wanted}")
    if wrong:
        raise ValueError("; ".join(wrong))


def _read_labels(folder: Path, faults: list[str]) -> list[Row]:
    path = folder / "labels.csv"
    if not path.exists():
        return []
    rows: list[Row] = []
    found: list[str] = []
    with path.open("rb") as file:
        for number, row in read_table(numbered_lines(file, found), _LABEL_COLUMNS, found):
            wrong = _label_faults(row)
            found.extend(f"line {number}: {fault}" for fault in wrong)
            if not wrong:
                rows.append(row)
    faults.extend(f"{path.name} {fault}" for fault in found)
    return rows


def _label_faults(row: Mapping[str, str]) -> list[str]:
    film_id, release_id, label = (row[name] for name in _LABEL_COLUMNS)
    wrong = []
    if film_id and whole_number(film_id) is None:
        wrong.append(f"film_tmdb_id is {quoted(film_id)}, wanted a whole number or nothing")
    if whole_number(release_id) is None:
        wrong.append(f"release_id is {quoted(release_id)}, wanted a whole number")
    if label not in ("0", "1"):
        wrong.append(f"label is {quoted(label)}, wanted 0 or 1")
    return wrong
