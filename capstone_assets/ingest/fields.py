"""Clean odd values: each kind of field has one rule, which cleans a value or makes it null.

Belongs here: the rules, field by field, and their messages. Plain values in and out.
Not here: which fields a row has, and which of them it needs (shapes.py).

A rule gets a value as parsed from JSON. It returns the cleaned value and a message: empty, how it
was cleaned, or why it is null. Messages do not name the value, so that they can be counted; the
value is in bronze/quarantine and in the raw page.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

# The most characters of a text and entries of a list that are parsed; the raw page has the rest.
MOST_CHARACTERS = 1_000
MOST_ENTRIES = 500
LARGEST_WHOLE = 2**63 - 1

# JSON allows both, escaped; Parquet cannot store half a surrogate, and no title has a control
# character.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,19}(?:\.0*)?\s*")

_NO_OBJECT = "not an object, so null"

# A field's value, and how it was changed; empty if it was not.
Ruled = tuple[Any, str]
Rule = Callable[[Any], Ruled]


def text(value: Any) -> Ruled:
    """Text: numbers are converted, control characters and half surrogates removed, the end cut."""
    if value is None or isinstance(value, bool):
        return None, "" if value is None else "not text, so null"
    if isinstance(value, (int, float)):
        short = _written(value)
        return short or None, "a number, read as text" if short else "not text, so null"
    if not isinstance(value, str):
        return None, "not text, so null"
    cut = value[:MOST_CHARACTERS]
    clean = _NO_TEXT.sub("", cut)
    if clean != cut:
        return clean, "characters that no text has were removed"
    return cut, f"cut after {MOST_CHARACTERS:,} characters" if len(cut) < len(value) else ""


def year_text(value: Any) -> Ruled:
    """A year, as text or as a number; 0 and empty mean none."""
    if value in ("", "0", 0) or value is None:
        return None, ""
    if type(value) is int or (isinstance(value, float) and value.is_integer()):
        return _written(int(value)) or None, ""
    return text(value)


def optional_text(value: Any) -> Ruled:
    """Text; empty and 0 mean none."""
    return (None, "") if value in ("", "0", 0) else text(value)


def none_or(rule: Rule, *empty: Any) -> Rule:
    """A rule for a field where null, or one of these values, means none."""
    return lambda value: (None, "") if value is None or value in empty else rule(value)


def without_non_text(written: str) -> str:
    """Text without the characters that no text has."""
    return _NO_TEXT.sub("", written)


def whole(lowest: int, highest: int = LARGEST_WHOLE) -> Rule:
    """A whole number within bounds; text and fractions that represent one are converted."""

    def rule(value: Any) -> Ruled:
        if value is None:
            return None, ""
        number = _whole(value)
        if number is None:
            return None, "not a whole number, so null"
        if not lowest <= number <= highest:
            return None, f"not from {lowest} to {highest}, so null"
        return number, "" if type(value) is int else "read as a whole number"

    return rule


def fraction(lowest: float, highest: float = math.inf) -> Rule:
    """A number within bounds; text that represents one is converted."""
    is_open = highest == math.inf
    outside = f"below {lowest:g}" if is_open else f"not from {lowest:g} to {highest:g}"

    def rule(value: Any) -> Ruled:
        if value is None:
            return None, ""
        number = _fraction(value)
        if number is None:
            return None, "not a number, so null"
        if not lowest <= number <= highest:
            return None, f"{outside}, so null"
        return number, "" if isinstance(value, (int, float)) else "read as a number"

    return rule


def truth(value: Any) -> Ruled:
    """True or false; 0 and 1 are converted."""
    if value is None or isinstance(value, bool):
        return value, ""
    if value in (0, 1):
        return bool(value), "a number, read as true or false"
    return None, "neither true nor false, so null"


def texts(value: Any) -> Ruled:
    """A list of texts: a bare one is a list of one, entries that are not text are left out."""
    listed, done = _listed(value, bare=str)
    return _each(listed, text, done)


def wholes(lowest: int, highest: int) -> Rule:
    """A list of whole numbers within bounds; other entries are left out."""
    entry = whole(lowest, highest)

    def rule(value: Any) -> Ruled:
        if value is None:
            return None, ""
        listed, done = _listed(value, bare=int)
        return _each(listed, entry, done)

    return rule


def objects(**rules: Rule) -> Rule:
    """A list of objects with these fields; entries that are not objects are left out."""

    entry = part(**rules)

    def rule(value: Any) -> Ruled:
        listed, done = _listed(value, bare=())
        return _each(listed, entry, done, most=None)

    return rule


def part(**rules: Rule) -> Rule:
    """An object with these fields."""

    def rule(value: Any) -> Ruled:
        if value is None:
            return None, ""
        return by_rules(value, rules) if isinstance(value, dict) else (None, _NO_OBJECT)

    return rule


def by_rules(value: Mapping[str, Any], rules: Mapping[str, Rule]) -> tuple[dict[str, Any], str]:
    """Return each field as its rule reads it, and the rules' messages, one a field and rule."""
    ruled = {name: rule(value.get(name)) for name, rule in rules.items()}
    said = (
        f"{name}: {one}" for name, (_, done) in ruled.items() if done for one in done.split("; ")
    )
    return {name: read for name, (read, _) in ruled.items()}, "; ".join(said)


def _listed(value: Any, bare: type | tuple[()]) -> tuple[list[Any], str]:
    if value is None:
        return [], ""
    if isinstance(value, list):
        return value, ""
    if isinstance(value, bare) and not isinstance(value, bool):
        return [value], ""
    return [], "not a list, so empty"


def _each(
    listed: list[Any], entry: Rule, done: str, most: int | None = MOST_ENTRIES
) -> tuple[list[Any], str]:
    ruled = [entry(value) for value in listed[:most]]
    said = [done] if done else []
    if any(read is None for read, _ in ruled):
        said.append("entries that cannot be read were left out")
    said += dict.fromkeys(note for read, note in ruled if note and read is not None)
    if most is not None and len(listed) > most:
        said.append(f"cut after {most:,} entries")
    return [read for read, _ in ruled if read is not None], "; ".join(said)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value.strip().partition(".")[0])
    return None


def _fraction(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value[:40] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _written(value: float) -> str:
    try:
        return repr(value) if math.isfinite(value) and abs(value) <= LARGEST_WHOLE else ""
    except OverflowError:
        return ""
