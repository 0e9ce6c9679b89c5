"""Read a response: its rows, how many the list has, and which of them are odd.

Belongs here: bodies in, rows and odd rows out, for every kind of response.
Not here: the shape of one row (shapes.py), cleaning one odd value (fields.py), fetching and landing
(client.py, landing.py), rows of bronze tables (rows.py).

An odd value never costs the rest of its row: the rule of its field cleans it or makes it null. Only
a row that cannot be distinguished from others (no id) or be linked by anything (no title) is
quarantined, and the others of its page are read.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from capstone_assets.ingest import fields
from capstone_assets.ingest.artist_credits import artist_credit
from capstone_assets.ingest.shapes import (
    DETAIL_PARTS,
    DETAIL_RULES,
    DISCOGS_RULES,
    ID_RULE,
    MASTER_RULES,
    MOVIE_RULES,
    YEAR,
    Count,
    DiscogsRow,
    Id,
    MovieDetail,
    MovieRow,
    Strict,
    T,
    has_letters,
    slice_of_year,
)
from capstone_assets.lake.years import UNKNOWN_YEAR, YEAR_KEYS

TMDB_PAGE_ROWS = 20
# Change it when known pages would be read differently: slices are then read again.
READER = 2

QUARANTINED, MENDED, UNSERVED = "quarantined", "mended", "unserved"
MOST_RAW_CHARACTERS = 2_000
_UNREADABLE, _ODD = "_unreadable", "_odd"
# Whole strings, whose brackets do not nest; no API nests its values more than five times.
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_MOST_NESTED = 100
_PARTITIONS = frozenset(YEAR_KEYS) - {UNKNOWN_YEAR}


class UnreadableBodyError(ValueError):
    """A body is not JSON or does not have the promised shape; `faults` names each field once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True)
class OddRow:
    """An odd row: not read (`quarantined`), or read with a change (`mended`).

    `row` counts from 1 within its page, `raw` is the row as JSON, cut to a length. `release_year`
    is the slice that it belongs to, empty if the row does not say.
    """

    row: int
    row_id: int | None
    treatment: str
    reason: str
    raw: str
    release_year: str = ""


@dataclass(frozen=True)
class Item:
    """The response for one film or master, as far as its load needs it."""

    odd: OddRow | None = None
    absent_parts: tuple[str, ...] = ()


# A count that cannot be read leaves nothing to compare a list with: then its page is refused.
PageCount = Annotated[Count, BeforeValidator(lambda value: fields.whole(0)(value)[0])]


class _TmdbList(Strict):
    total_results: PageCount
    total_pages: PageCount
    results: list[Any]


class _Pagination(Strict):
    items: PageCount
    pages: PageCount
    per_page: Annotated[PageCount, Field(gt=0)]


class _DiscogsList(Strict):
    pagination: _Pagination
    results: list[Any]


class _Configuration(Strict):
    images: dict[str, Any]


class _ChangedMovie(Strict):
    id: Id


Row = TypeVar("Row", MovieRow, DiscogsRow)


@dataclass(frozen=True)
class ListPage(Generic[T]):
    """A page of a list: its rows, and how many the whole list is said to have.

    `capacity` is how many rows a page has, except the last. `odd` are the quarantined rows, and the
    changes to others.
    """

    total: int
    pages: int
    capacity: int
    rows: Sequence[T]
    odd: Sequence[OddRow] = ()


_TMDB_LIST = TypeAdapter(_TmdbList)
_DISCOGS_LIST = TypeAdapter(_DiscogsList)
_MOVIES, _RELEASES = TypeAdapter(list[MovieRow]), TypeAdapter(list[DiscogsRow])
_CONFIGURATION = TypeAdapter(_Configuration)
_CHANGES = TypeAdapter(list[_ChangedMovie])
_DETAIL = TypeAdapter(MovieDetail)


def decode(body: bytes | str) -> Any:
    """The JSON value in `body`. Raises UnreadableBodyError.

    Half a surrogate, NaN, a bare control character or bytes that are not UTF-8 make one value odd,
    not the whole body; what is nested too deeply is null. A byte order mark before it is skipped.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        fault = f"it is not JSON ({error})"
    text = body if isinstance(body, str) else body.decode("utf-8-sig", errors="replace")
    try:
        flat = _without_deep_values(text)
        return json.loads(flat, strict=False, parse_constant=float, parse_int=_parse_int)
    except ValueError:
        raise UnreadableBodyError((fault,)) from None


def _without_deep_values(text: str) -> str:
    """JSON with null in place of the values that are nested too deeply.

    How deeply Python can read depends on who calls it, so a page that landed could not be read by
    the step that parses it.
    """
    kept: list[str] = []
    depth = end = 0
    for found in _NESTING.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == _MOST_NESTED + 1:
                kept += text[end : found.start()], "null"
        elif found[0] in "]}":
            depth -= 1
            if depth == _MOST_NESTED:
                end = found.end()
    return "".join([*kept, text[end:]]) if depth <= _MOST_NESTED else "".join(kept)


def _parse_int(digits: str) -> int | float:
    # Python refuses to read whole numbers of thousands of digits.
    return int(digits) if len(digits) < 400 else float("inf")


def movie_page(body: Any) -> ListPage[MovieRow]:
    """Read the body of `/discover/movie`. Raises UnreadableBodyError."""
    page = _validated(_TMDB_LIST, body)
    try:
        rows: Sequence[MovieRow] = _MOVIES.validate_python(page.results)
        odd: Sequence[OddRow] = ()
    except ValidationError:
        rows, odd = _read_each(page.results, MovieRow, MOVIE_RULES)
    if any(row.name is None for row in rows):
        rows, odd = _read_each(page.results, MovieRow, MOVIE_RULES)
    return ListPage(page.total_results, page.total_pages, TMDB_PAGE_ROWS, rows, odd)


def changes_page(body: Any) -> ListPage[_ChangedMovie]:
    """Read the body of `/movie/changes`; a row without a film's id changes nothing.

    Raises UnreadableBodyError.
    """
    page = _validated(_TMDB_LIST, body)
    try:
        rows = _CHANGES.validate_python(page.results)
    except ValidationError:
        ids = [ID_RULE(row.get("id"))[0] for row in page.results if isinstance(row, dict)]
        rows = [_ChangedMovie(id=movie_id) for movie_id in ids if movie_id]
    return ListPage(page.total_results, page.total_pages, 100, rows)


def configuration(body: Any) -> _Configuration:
    """Read the body of `/configuration`. Raises UnreadableBodyError."""
    return _validated(_CONFIGURATION, body)


def discogs_page(body: Any) -> ListPage[DiscogsRow]:
    """Read the body of `/database/search`. Raises UnreadableBodyError."""
    page = _validated(_DISCOGS_LIST, body)
    said = page.pagination
    try:
        rows: Sequence[DiscogsRow] = _RELEASES.validate_python(page.results)
        odd: Sequence[OddRow] = ()
    except ValidationError:
        rows, odd = _read_each(page.results, DiscogsRow, DISCOGS_RULES)
    if not all(has_letters(row.title) for row in rows):
        rows, odd = _read_each(page.results, DiscogsRow, DISCOGS_RULES)
    return ListPage(said.items, said.pages, said.per_page, rows, _with_notes(odd, page.results))


def _read_each(
    results: list[Any], shape: type[Row], rules: Mapping[str, fields.Rule]
) -> tuple[list[Row], list[OddRow]]:
    """Read the rows of a page with an odd one; each row is read or quarantined."""
    rows: list[Row] = []
    odd: list[OddRow] = []
    for number, raw in enumerate(results, start=1):
        ruled, said = _ruled(raw, rules)
        if fault := _why_unusable(raw, ruled):
            set_aside = _odd_row(number, raw, ruled.get("id"), QUARANTINED, fault)
            if ruled and "year" in rules:
                set_aside = replace(set_aside, release_year=slice_of_year(ruled["year"]))
            odd.append(set_aside)
            continue
        rows.append(shape.model_validate(ruled))
        if said:
            odd.append(_odd_row(number, raw, ruled["id"], MENDED, said))
    return rows, odd


def _ruled(raw: Any, rules: Mapping[str, fields.Rule]) -> tuple[dict[str, Any], str]:
    """A row's fields as their rules read them, and what the rules did."""
    if not isinstance(raw, dict):
        return {}, ""
    return fields.by_rules(raw, rules)


def _why_unusable(raw: Any, ruled: Mapping[str, Any]) -> str:
    """Why a row is quarantined; empty if it can be used."""
    if not isinstance(raw, dict):
        return "not an object"
    if _UNREADABLE in raw:
        return str(raw[_UNREADABLE])
    if ruled["id"] is None:
        return "id: absent" if raw.get("id") is None else "id: not a whole number from 1 to 2^63-1"
    if not (has_letters(ruled["title"]) or has_letters(ruled.get("original_title"))):
        return "title: absent, or not text"
    return ""


def _odd_row(number: int, raw: Any, row_id: int | None, treatment: str, reason: str) -> OddRow:
    written = json.dumps(raw, ensure_ascii=False)[:MOST_RAW_CHARACTERS]
    return OddRow(number, row_id, treatment, reason, fields.without_non_text(written))


def _with_notes(odd: Sequence[OddRow], results: Sequence[Any]) -> list[OddRow]:
    """The odd rows of a page, one for each row, with what was noted of them."""
    by_row = {each.row: each for each in odd}
    for note in _noted(results):
        known = by_row.setdefault(note.row, note)
        if known is not note and known.treatment == MENDED:
            by_row[note.row] = replace(known, reason=f"{known.reason}; {note.reason}")
    return [by_row[row] for row in sorted(by_row)]


def _noted(results: Sequence[Any]) -> Iterator[OddRow]:
    """What the writer of a record found odd in it, and years without a partition."""
    for number, raw in enumerate(results, start=1):
        if not isinstance(raw, dict) or _UNREADABLE in raw:
            continue
        year = raw.get("year")
        if isinstance(year, str) and year in _PARTITIONS and _ODD not in raw:
            continue  # As in almost every row.
        # A field of this name in an API's row may hold anything.
        reasons = [str(each) for each in fields.texts(raw.get(_ODD))[0]]
        reasons += _noted_year(raw)
        if reasons:
            yield _odd_row(number, raw, ID_RULE(raw.get("id"))[0], MENDED, "; ".join(reasons))


def _noted_year(raw: Mapping[str, Any]) -> list[str]:
    year = fields.year_text(raw.get("year"))[0] or ""
    if slice_of_year(year) != UNKNOWN_YEAR or not year.strip("0"):
        return []
    return [f"year: {'no partition has it' if YEAR.fullmatch(year) else 'not a year, so unknown'}"]


def unreadable_row(reason: str, raw: str) -> dict[str, Any]:
    """The stand-in for a record that cannot be read: it is quarantined for this reason."""
    return {_UNREADABLE: reason, "record": raw[:MOST_RAW_CHARACTERS]}


def noting_odd(row: dict[str, Any], reasons: Sequence[str]) -> dict[str, Any]:
    """A row with what its writer found odd in the record."""
    return {**row, _ODD: list(reasons)} if reasons else row


def movie_item(movie_id: int, body: Any) -> Item:
    """Read the response for a film. Raises UnreadableBodyError, also for that of another film."""
    detail, said = _movie_detail(body)
    absent = tuple(part for part in DETAIL_PARTS if getattr(detail, part) is None)
    return Item(_odd_item(movie_id, detail.id, body, said), absent)


def master_item(master_id: int, body: Any) -> Item:
    """Read the response for a master. Raises UnreadableBodyError, also for that of another."""
    master, said = _master_detail(body)
    return Item(_odd_item(master_id, master.id, body, said))


def _odd_item(asked: int, answered: int, body: Any, said: str) -> OddRow | None:
    if answered != asked:
        raise UnreadableBodyError((f"id: {answered}, where {asked} was requested",))
    # Only what is odd: the details of a film are long.
    names = dict.fromkeys(each.partition(":")[0] for each in said.split("; "))
    return _odd_row(0, {name: body[name] for name in names}, asked, MENDED, said) if said else None


def movie_detail(body: Any) -> MovieDetail:
    """Read the body of `/movie/{id}`; an odd value in one of its parts does not cost the others.

    Raises UnreadableBodyError.
    """
    return _movie_detail(body)[0]


def _movie_detail(body: Any) -> tuple[MovieDetail, str]:
    try:
        return _DETAIL.validate_python(body), ""
    except ValidationError:
        ruled, said = _ruled(body, DETAIL_RULES)
        return _validated(_DETAIL, ruled or body), said


def master_detail(body: Any) -> DiscogsRow:
    """Read the body of `/masters/{id}` as the row that the search would show.

    It has no country, format or label. Raises UnreadableBodyError.
    """
    return _master_detail(body)[0]


def _master_detail(body: Any) -> tuple[DiscogsRow, str]:
    read, said = _ruled(body, MASTER_RULES)
    if fault := _why_unusable(body, read):
        raise UnreadableBodyError((fault,))
    listed, _ = _ruled(_as_listed(read), DISCOGS_RULES)
    return DiscogsRow.model_validate(listed), "; ".join(filter(None, [said, *_noted_year(body)]))


def _as_listed(master: Mapping[str, Any]) -> dict[str, Any]:
    artists = [
        (artist["name"] or "", artist["anv"] or "", artist["join"] or "")
        for artist in master["artists"]
    ]
    credit, title = artist_credit(artists), master["title"]
    return {
        "id": master["id"],
        "title": f"{credit} - {title}" if credit else title,
        "year": master["year"],
        "genre": master["genres"],
        "style": master["styles"],
    }


def _validated(shape: TypeAdapter[T], body: Any) -> T:
    try:
        return shape.validate_python(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        # Rows are counted, not listed: one renamed field is one fault of a hundred rows.
        counted = Counter((_field(fault["loc"]), fault["msg"]) for fault in found)
        faults = tuple(
            f"{field}: {message}" + (f" ({count} x)" if count > 1 else "")
            for (field, message), count in counted.items()
        )
        raise UnreadableBodyError(faults) from None


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(part for part in location if isinstance(part, str)) or "body"
