"""Read people's decisions about single pairs, which take precedence.

Belongs here: the overrides file, its rules and its errors.
Not here: applying an override (assignment.py, linkage.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from capstone_assets.lake.files import opened, without_query
from capstone_assets.matching.errors import FaultyFileError
from capstone_assets.text_files import numbered_lines, quoted, read_table, whole_number

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
    name = without_query(str(path))
    faults: list[str] = []
    overrides: list[Override] = []
    try:
        with _opened(str(path)) as file:
            for number, row in read_table(numbered_lines(file, faults), COLUMNS, faults):
                found = _row_faults(row)
                faults.extend(f"line {number}: {fault}" for fault in found)
                if not found:
                    overrides.append(_override(row))
    except FileNotFoundError:
        raise InvalidOverridesError(name, ["there is no such file"]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidOverridesError(name, [f"it cannot be opened ({reason})"]) from None
    faults.extend(_contradictions(overrides))
    if faults:
        raise InvalidOverridesError(name, faults)
    return tuple(overrides)


def _opened(path: str) -> IO[bytes]:
    files, location = opened(path)
    file: IO[bytes] = files.open(location, "rb")
    return file


def _override(row: Mapping[str, str]) -> Override:
    film, release = whole_number(row["film"]), whole_number(row["release"])
    assert film is not None
    assert release is not None
    when = date.fromisoformat(row["when"])
    return Override(film, release, row["decision"].lower(), row["who"], when, row["why"])


def _row_faults(row: Mapping[str, str]) -> list[str]:
    faults = [
        f"{name} is {quoted(row[name])}, it must be an id (digits)"
        for name in ("film", "release")
        if (whole_number(row[name]) or 0) < 1
    ]
    if row["decision"].lower() not in {LINK, REJECT}:
        faults.append(f"decision is {quoted(row['decision'])}, it must be {LINK} or {REJECT}")
    faults.extend(f"{name} is empty" for name in ("who", "why") if not row[name])
    try:
        date.fromisoformat(row["when"])
    except ValueError:
        faults.append(f"when is {quoted(row['when'])}, it must be a date such as 2026-03-31")
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
