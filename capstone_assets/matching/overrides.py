"""Read what people decided about single pairs; their word always wins.

Belongs here: the overrides file, its rules and its errors.
Not here: how an override enters a decision (assignment.py, linkage.py).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fsspec.core import url_to_fs

from capstone_assets.matching.errors import FaultyFileError

COLUMNS = ("film", "release", "decision", "who", "when", "why")
LINK, REJECT = "link", "reject"


class InvalidOverridesError(FaultyFileError):
    """The overrides file breaks its rules; nothing of it was used."""

    what = "overrides file"
    rules = f"Its columns are {', '.join(COLUMNS)}."


@dataclass(frozen=True)
class Override:
    """A person's decision: this release is this film's (`link`), or is not (`reject`)."""

    film_id: int
    release_id: int
    decision: str
    who: str
    when: date
    why: str

    def __str__(self) -> str:
        done = "linked" if self.decision == LINK else "rejected"
        return f"{done} by {self.who} on {self.when}: {self.why}"


def read_overrides(path: str | Path) -> tuple[Override, ...]:
    """Read and validate the CSV, a local path or any URL that fsspec knows.

    Raises:
        InvalidOverridesError: all faults, with their lines.
    """
    files, location = url_to_fs(str(path))
    if not files.isfile(location):
        raise InvalidOverridesError(str(path), ["there is no such file"])
    faults: list[str] = []
    overrides: list[Override] = []
    with files.open(location, "r", encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise InvalidOverridesError(str(path), [f"line 1: no column {', '.join(missing)}"])
        for row in reader:
            found = _row_faults(row)
            faults.extend(f"line {reader.line_num}: {fault}" for fault in found)
            if not found:
                overrides.append(_override(row))
    faults.extend(_contradictions(overrides))
    if faults:
        raise InvalidOverridesError(str(path), faults)
    return tuple(overrides)


def _override(row: Mapping[str, str]) -> Override:
    film, release, decision, who, when, why = (row[name].strip() for name in COLUMNS)
    return Override(int(film), int(release), decision.lower(), who, date.fromisoformat(when), why)


def _row_faults(row: Mapping[str, str | None]) -> list[str]:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    faults = [
        f"{name} is {values[name]!r}, it must be an id (digits)"
        for name in ("film", "release")
        if not (values[name].isascii() and values[name].isdigit())
    ]
    if values["decision"].lower() not in {LINK, REJECT}:
        faults.append(f"decision is {values['decision']!r}, it must be {LINK} or {REJECT}")
    faults.extend(f"{name} is empty" for name in ("who", "why") if not values[name])
    try:
        date.fromisoformat(values["when"])
    except ValueError:
        faults.append(f"when is {values['when']!r}, it must be a date such as 2026-03-31")
    return faults


def _contradictions(overrides: Sequence[Override]) -> list[str]:
    faults = []
    linked: dict[int, int] = {}
    decided: dict[tuple[int, int], str] = {}
    for each in overrides:
        pair = (each.film_id, each.release_id)
        if decided.setdefault(pair, each.decision) != each.decision:
            faults.append(f"film {pair[0]} and release {pair[1]} are both linked and rejected")
        if (
            each.decision == LINK
            and linked.setdefault(each.release_id, each.film_id) != each.film_id
        ):
            faults.append(
                f"release {each.release_id} is linked to films {linked[each.release_id]} and "
                f"{each.film_id}; a release has at most one film"
            )
    return faults
