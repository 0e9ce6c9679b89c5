"""Read the brackets of a title in place.

Belongs here: whether a bracket belongs to the title, names a year, is an edition, or is an aside.
Not here: soundtrack phrases (phrases.py), the forms of a title (titles.py).

`[REC]²`, `(500) Days of Summer`, `(Dis)Honesty` and `A Quiet Place (Part II)` are titles that
include their brackets. `Suspiria (1977)` names the film's year. `(Hindi)` and `(Deluxe Edition)`
are tags that name no work. Everything else is an aside: a phrase, a translation, a subtitle.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from capstone_assets.matching.phrases import (
    NUMBERED_PIECES,
    adds_to_phrase,
    is_phrase,
    is_tag,
    names_reissue,
)
from capstone_assets.matching.text import tidy, words

_BRACKETED = re.compile(r"[(\[{【（]([^()\[\]{}【】（）]*)[)\]}】）]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ANNOUNCING = NUMBERED_PIECES | {"volume"}
# `Gremlins (2: The New Batch)`.
_NUMBER_AND_SUBTITLE = re.compile(r"(?:\d|[IVX]+):\s")


@dataclass(frozen=True)
class Brackets:
    """The parsed brackets of a title.

    `in_place` is the title with the words of all brackets in place; `outside` has those that belong
    to it, without tags and asides; `asides` are the texts of the latter; `year` is the year that a
    bracket names.
    """

    in_place: str
    outside: str
    asides: tuple[str, ...] = ()
    year: int | None = None


# An album's title is read for its forms, and again for its year.
@lru_cache(maxsize=1_000)
def read_brackets(text: str) -> Brackets:
    """Parse the brackets of a tidy title, inner ones first."""
    if not _BRACKETED.search(text):
        return Brackets(text, text)
    in_place = text
    while found := _BRACKETED.search(in_place):
        in_place = _join(in_place[: found.start()], found[1].strip(), in_place[found.end() :])
    outside = text
    asides: list[str] = []
    year: int | None = None
    while found := _BRACKETED.search(outside):
        group = found[1].strip()
        before, behind = outside[: found.start()], outside[found.end() :]
        year = year or year_named(group)
        if _belongs(before, group, behind):
            outside = _join(before, group, behind)
            continue
        if group and not _names_nothing(words(group)):
            asides.append(group)
        # `(Original Soundtrack) Featuring The Music Of Scott Joplin`, `(Original Soundtrack) 2xLP`.
        if is_phrase(words(group)) and _ends_with_phrase(words(before), words(behind)):
            behind = ""
        outside = f"{before} {behind}"
    return Brackets(tidy(in_place), tidy(outside), tuple(asides), year)


def _join(before: str, group: str, behind: str) -> str:
    """The text without the brackets; `(Dis)Honesty` is one word."""
    left = "" if before[-1:].isalpha() and group[:1].isalpha() else " "
    right = "" if group[-1:].isalpha() and behind[:1].isalpha() else " "
    return f"{before}{left}{group}{right}{behind}"


def _belongs(before: str, group: str, behind: str) -> bool:
    """Whether the bracket's words belong to the title where they stand."""
    # A numeral at the start of a text is not read: `I, Robot`.
    inside = words(f"x {group}")[1:]
    if not inside or is_phrase(inside):
        return False
    if inside[0] in _ANNOUNCING and len(inside) > 1:
        return inside[1].isdigit()
    if _NUMBER_AND_SUBTITLE.match(group):
        return True
    if len(inside) == 2 and inside[1] in _ANNOUNCING:
        return inside[0][0].isdigit()
    if all(word.isdigit() for word in inside):
        return not before.strip() or not any(map(_YEAR.fullmatch, inside))
    if is_tag(inside):
        return False
    glued = before[-1:].isalpha() or behind[:1].isalpha()
    return glued or not words(before)


def _ends_with_phrase(before: tuple[str, ...], behind: tuple[str, ...]) -> bool:
    """Whether the words behind a phrase in a bracket only say more of the record."""
    if adds_to_phrase(behind):
        return True
    is_year = len(behind) == 1 and bool(_YEAR.fullmatch(behind[0]))
    return bool(before and behind) and (is_year or is_tag(behind))


def _names_nothing(inside: tuple[str, ...]) -> bool:
    """Whether a bracket is a tag or a year, and neither a phrase nor a title."""
    is_year = len(inside) == 1 and _YEAR.fullmatch(inside[0])
    return bool(is_year) or (is_tag(inside) and not is_phrase(inside))


def year_named(group: str) -> int | None:
    """The year of the film that a bracket names, alone or in a phrase; None for that of a reissue.

    `(1977)` and `(Original 1972 Motion Picture Soundtrack)`, but not `(2018 Remaster)`.
    """
    inside = words(group)
    years = [word for word in inside if _YEAR.fullmatch(word)]
    if len(years) != 1 or names_reissue(inside):
        return None
    return int(years[0]) if len(inside) == 1 or is_phrase(inside) else None
