"""Read responses: what a row must have, what may be absent, and what is quarantined.

Belongs here: the shapes of responses, reading landed lines into bronze rows.
Not here: cleaning one odd value (fields.py), fetching and landing (client.py, landing.py), judging
a row (matching/).

Unknown fields stay in the raw page; an absent optional field is null. An odd value never costs the
rest of its row: the rule of its field cleans it or makes it null. Only a row that cannot be
distinguished from others (no id) or be linked by anything (no title) is quarantined, and the others
of its page are read. The row readers are plain functions of a landed line, so that Spark's
executors can call them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from capstone_assets.ingest import fields
from capstone_assets.ingest.artist_credits import artist_credit
from capstone_assets.ingest.errors import MalformedResponseError
from capstone_assets.lake.years import FIRST_YEAR, LAST_YEAR, UNKNOWN_YEAR

TMDB_PAGE_ROWS = 20
MASTERS_PATH = "/masters"  # The path of a master's own page starts with it.
# `Music Director` is the composer of an Indian film. Who wrote its songs counts where no one else
# is named.
COMPOSER_JOBS = frozenset({"Original Music Composer", "Composer", "Music", "Music Director"})
SONG_JOBS = frozenset({"Songs"})
# Change it when known pages would be read differently: slices are then read again.
READER = 1

QUARANTINED, MENDED, UNSERVED = "quarantined", "mended", "unserved"
MOST_RAW_CHARACTERS = 2_000
_UNREADABLE, _ODD = "_unreadable", "_odd"
_INT32 = 2**31 - 1


class UnreadableBodyError(ValueError):
    """A body is not JSON or does not have the promised shape; `faults` names each field once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


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


def _as_list(value: object) -> object:
    # Rows of years ago have a bare string where today's have a list.
    return [value] if isinstance(value, str) else [] if value is None else value


def _as_text(value: object) -> object:
    return str(value) if type(value) is int else value


def _none_if_empty(value: object) -> object:
    return None if value in ("", "0", 0) else value


def _none_means_none_given(value: object) -> object:
    return [] if value is None else value


Id = Annotated[int, Field(gt=0, lt=2**63)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
# Values that the rules of fields.py would not change; they read all others.
Text = Annotated[
    str,
    Field(max_length=fields.MOST_CHARACTERS, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"),
]
Texts = Annotated[list[Text], Field(max_length=fields.MOST_ENTRIES)]
Strings = Annotated[Texts, BeforeValidator(_as_list)]
OptionalText = Annotated[Text | None, BeforeValidator(_none_if_empty)]
GenreId = Annotated[int, Field(ge=0, le=_INT32)]
# Longer than any film: the longest known runs for 857 hours.
_MOST_MINUTES = 60_000
# TMDB writes 0 where it has none.
Minutes = Annotated[
    Annotated[int, Field(ge=1, le=_MOST_MINUTES)] | None, BeforeValidator(_none_if_empty)
]
T = TypeVar("T")
ListOf = Annotated[list[T], BeforeValidator(_none_means_none_given)]


class MovieRow(_Strict):
    """A film as `/discover/movie` lists it."""

    id: Id
    title: Text | None = None
    original_title: Text | None = None
    original_language: Text | None = None
    release_date: Text | None = None
    genre_ids: Annotated[list[GenreId], Field(max_length=fields.MOST_ENTRIES)] | None = None
    popularity: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    vote_average: Annotated[float, Field(ge=0, le=10)] | None = None
    vote_count: Count | None = None
    adult: bool | None = None
    video: bool | None = None


class DiscogsRow(_Strict):
    """A release or a master as `/database/search` lists it, or as we write a record of a dump.

    `credits` are names credited with composing it: empty if there are none, null if the page does
    not say, as no page of the search does.
    """

    id: Id
    title: Annotated[Text, Field(min_length=1)]
    year: Annotated[OptionalText, BeforeValidator(_as_text)] = None
    country: OptionalText = None
    genre: Strings = []
    style: Strings = []
    format: Strings = []
    label: Strings = []
    catno: OptionalText = None
    # Discogs writes 0 for "has none".
    master_id: Annotated[Id | None, BeforeValidator(_none_if_empty)] = None
    credits: Texts | None = None

    @property
    def release_year(self) -> str:
        """The slice it belongs to: its year, or `unknown` when no partition has that year."""
        return _slice_of_year(self.year)


_YEAR = re.compile("[0-9]{4}")


def _slice_of_year(year: str | None) -> str:
    known = year and _YEAR.fullmatch(year) and FIRST_YEAR <= int(year) <= LAST_YEAR
    return year if year and known else UNKNOWN_YEAR


def is_of_slice(release_year: str, slice_name: str) -> bool:
    """Whether a row of this year, maybe empty, belongs to the slice that lists it.

    A row without a year belongs to the year that lists it. A page at the end of the undated
    releases continues with dated ones, which other slices own.
    """
    return release_year in ("", UNKNOWN_YEAR, slice_name)


# The rule of each field of a row that differs from the above.
_ID = fields.whole(1)
MOVIE_RULES: Mapping[str, fields.Rule] = {
    "id": _ID,
    "title": fields.text,
    "original_title": fields.text,
    "original_language": fields.text,
    "release_date": fields.text,
    "genre_ids": fields.wholes(0, _INT32),
    "popularity": fields.fraction(0),
    "vote_average": fields.fraction(0, 10),
    "vote_count": fields.whole(0),
    "adult": fields.truth,
    "video": fields.truth,
}
DISCOGS_RULES: Mapping[str, fields.Rule] = {
    "id": _ID,
    "title": fields.text,
    "year": fields.year_text,
    "country": fields.optional_text,
    "genre": fields.texts,
    "style": fields.texts,
    "format": fields.texts,
    "label": fields.texts,
    "catno": fields.optional_text,
    "master_id": fields.none_or(_ID, "", "0", 0),
    "credits": fields.none_or(fields.texts),
}


class _Crew(_Strict):
    name: Text | None = None
    job: Text | None = None
    department: Text | None = None

    def did(self, jobs: frozenset[str]) -> bool:
        """Whether the credit is for one of these jobs, in the department of sound if it says so."""
        return self.job in jobs and self.department in {None, "", "Sound"}


class _Credits(_Strict):
    crew: ListOf[_Crew] = []


class _AlternativeTitle(_Strict):
    iso_3166_1: Text | None = None
    title: Text | None = None
    type: Text | None = None


class _AlternativeTitles(_Strict):
    titles: ListOf[_AlternativeTitle] = []


class _ExternalIds(_Strict):
    imdb_id: OptionalText = None
    wikidata_id: OptionalText = None


class _Genre(_Strict):
    name: OptionalText = None


class _Country(_Strict):
    iso_3166_1: OptionalText = None


class MovieDetail(_Strict):
    """A film's details with credits, alternative titles and external ids appended."""

    id: Id
    imdb_id: OptionalText = None
    credits: _Credits | None = None
    alternative_titles: _AlternativeTitles | None = None
    external_ids: _ExternalIds | None = None
    genres: ListOf[_Genre] = []
    production_countries: ListOf[_Country] = []
    runtime: Minutes = None

    @property
    def composers(self) -> list[str]:
        """Who is credited with the music, in the order of the credits, each once."""
        crew = self.credits.crew if self.credits else []
        named = [each for each in crew if each.name]
        composing = [each for each in named if each.did(COMPOSER_JOBS)]
        credited = composing or [each for each in named if each.did(SONG_JOBS)]
        return list(dict.fromkeys(each.name for each in credited if each.name))


# The parts that are requested with a film: details without one of them are incomplete.
_PARTS = ("credits", "alternative_titles", "external_ids")
_DETAIL_RULES: Mapping[str, fields.Rule] = {
    "id": _ID,
    "imdb_id": fields.optional_text,
    "credits": fields.part(
        crew=fields.objects(name=fields.text, job=fields.text, department=fields.text)
    ),
    "alternative_titles": fields.part(
        titles=fields.objects(iso_3166_1=fields.text, title=fields.text, type=fields.text)
    ),
    "external_ids": fields.part(imdb_id=fields.optional_text, wikidata_id=fields.optional_text),
    "genres": fields.objects(name=fields.optional_text),
    "production_countries": fields.objects(iso_3166_1=fields.optional_text),
    "runtime": fields.none_or(fields.whole(1, _MOST_MINUTES), "", "0", 0),
}
# A master's own response has other names than the search.
_MASTER_RULES: Mapping[str, fields.Rule] = {
    "id": _ID,
    "title": fields.text,
    "year": fields.year_text,
    "artists": fields.objects(name=fields.text, anv=fields.text, join=fields.text),
    "genres": fields.texts,
    "styles": fields.texts,
}


@dataclass(frozen=True)
class Item:
    """The response for one film or master, as far as its load needs it."""

    odd: OddRow | None = None
    absent_parts: tuple[str, ...] = ()


class _TmdbList(_Strict):
    total_results: Count
    total_pages: Count
    results: list[Any]


class _Pagination(_Strict):
    items: Count
    pages: Count
    per_page: Annotated[int, Field(gt=0)]


class _DiscogsList(_Strict):
    pagination: _Pagination
    results: list[Any]


class _ChangedMovie(_Strict):
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
_CHANGES = TypeAdapter(list[_ChangedMovie])
_DETAIL = TypeAdapter(MovieDetail)


def decode(body: bytes | str) -> Any:
    """The JSON value in `body`. Raises UnreadableBodyError.

    Half a surrogate, NaN, a bare control character or bytes that are not UTF-8 make one value odd,
    not the whole body.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        fault = f"it is not JSON ({error})"
    try:
        text = body if isinstance(body, str) else body.decode(errors="replace")
        return json.loads(text, strict=False, parse_constant=float, parse_int=_parse_int)
    except (ValueError, RecursionError):
        raise UnreadableBodyError((fault,)) from None


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
    if any(not (row.title or row.original_title) for row in rows):
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
        ids = [_ID(row.get("id"))[0] for row in page.results if isinstance(row, dict)]
        rows = [_ChangedMovie(id=movie_id) for movie_id in ids if movie_id]
    return ListPage(page.total_results, page.total_pages, 100, rows)


def discogs_page(body: Any) -> ListPage[DiscogsRow]:
    """Read the body of `/database/search`. Raises UnreadableBodyError."""
    page = _validated(_DISCOGS_LIST, body)
    said = page.pagination
    try:
        rows: Sequence[DiscogsRow] = _RELEASES.validate_python(page.results)
        odd: Sequence[OddRow] = ()
    except ValidationError:
        rows, odd = _read_each(page.results, DiscogsRow, DISCOGS_RULES)
    return ListPage(said.items, said.pages, said.per_page, rows, [*odd, *_noted(page.results)])


RowModel = TypeVar("RowModel", MovieRow, DiscogsRow)


def _read_each(
    results: list[Any], shape: type[RowModel], rules: Mapping[str, fields.Rule]
) -> tuple[list[RowModel], list[OddRow]]:
    """Read the rows of a page with an odd one; each row is read or quarantined."""
    rows: list[RowModel] = []
    odd: list[OddRow] = []
    for number, raw in enumerate(results, start=1):
        ruled, said = _ruled(raw, rules)
        if fault := _why_unusable(raw, ruled):
            set_aside = _odd_row(number, raw, ruled.get("id"), QUARANTINED, fault)
            if ruled and "year" in rules:
                set_aside = replace(set_aside, release_year=_slice_of_year(ruled["year"]))
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
    if not (ruled["title"] or ruled.get("original_title")):
        return "title: absent, or not text"
    return ""


def _odd_row(number: int, raw: Any, row_id: int | None, treatment: str, reason: str) -> OddRow:
    written = json.dumps(raw, ensure_ascii=False)[:MOST_RAW_CHARACTERS]
    return OddRow(number, row_id, treatment, reason, fields.without_non_text(written))


def _noted(results: Sequence[Any]) -> Iterator[OddRow]:
    """What the writer of a record found odd in it, and years without a partition."""
    for number, raw in enumerate(results, start=1):
        if not isinstance(raw, dict) or _UNREADABLE in raw:
            continue
        reasons = list(raw.get(_ODD) or ())
        year = str(raw.get("year") or "")
        if _YEAR.fullmatch(year) and year > "0000" and not FIRST_YEAR <= int(year) <= LAST_YEAR:
            reasons.append("year: no partition has it")
        if reasons:
            yield _odd_row(number, raw, _ID(raw.get("id"))[0], MENDED, "; ".join(reasons))


def unreadable_row(reason: str, raw: str) -> dict[str, Any]:
    """The stand-in for a record that cannot be read: it is quarantined for this reason."""
    return {_UNREADABLE: reason, "record": raw[:MOST_RAW_CHARACTERS]}


def noting_odd(row: dict[str, Any], reasons: Sequence[str]) -> dict[str, Any]:
    """A row with what its writer found odd in the record."""
    return {**row, _ODD: list(reasons)} if reasons else row


def movie_item(movie_id: int, body: Any) -> Item:
    """Read the response for a film. Raises UnreadableBodyError, also for that of another film."""
    detail, said = _movie_detail(body)
    absent = tuple(part for part in _PARTS if getattr(detail, part) is None)
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
        ruled, said = _ruled(body, _DETAIL_RULES)
        return _validated(_DETAIL, ruled or body), said


def master_detail(body: Any) -> DiscogsRow:
    """Read the body of `/masters/{id}` as the row that the search would show.

    It has no country, format or label. Raises UnreadableBodyError.
    """
    return _master_detail(body)[0]


def _master_detail(body: Any) -> tuple[DiscogsRow, str]:
    read, said = _ruled(body, _MASTER_RULES)
    if fault := _why_unusable(body, read):
        raise UnreadableBodyError((fault,))
    listed, _ = _ruled(_as_listed(read), DISCOGS_RULES)
    return DiscogsRow.model_validate(listed), said


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


def movie_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/tmdb_movies in one landed line; `raw_page` names the file it is in.

    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    for row in landed.parsed(movie_page).rows:
        yield {
            **row.model_dump(),
            "title": row.title or row.original_title,
            **landed.lineage,
            # The slice was queried by `primary_release_date`, so it is the year of the date.
            "release_year": landed.slice,
        }


def movie_detail_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """The row of bronze/tmdb_movie_details in one landed line, none if TMDB dropped the film.

    A file may hold films that were not requested this time: keep those of bronze/tmdb_movies.
    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    if landed.status == 404:
        return
    detail = landed.parsed(movie_detail)
    titles = detail.alternative_titles.titles if detail.alternative_titles else []
    external_ids = detail.external_ids or _ExternalIds()
    yield {
        "id": detail.id,
        "imdb_id": detail.imdb_id or external_ids.imdb_id,
        "composers": detail.composers,
        "alternative_titles": [title.model_dump() for title in titles if title.title],
        "wikidata_id": external_ids.wikidata_id,
        "genres": [genre.name for genre in detail.genres if genre.name],
        "countries": [each.iso_3166_1 for each in detail.production_countries if each.iso_3166_1],
        "runtime_minutes": detail.runtime,
        **landed.lineage,
        "release_year": landed.slice,
    }


def release_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/discogs_releases in one landed line, only those of the line's slice.

    Raises MalformedResponseError with every fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    for row in landed.parsed(discogs_page).rows:
        if is_of_slice(row.release_year, landed.slice):
            yield {**row.model_dump(), **landed.lineage, "release_year": landed.slice}


def master_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/discogs_masters in one landed line, only those of the line's slice.

    A line is a page of the search, or the response for one master, which belongs to the slice whose
    releases name it; there is none if Discogs deleted it. Raises MalformedResponseError with every
    fault of the line.
    """
    landed = _Landed.read(line, raw_page)
    if not landed.path.startswith(f"{MASTERS_PATH}/"):
        rows = [row for row in landed.parsed(discogs_page).rows if row.release_year == landed.slice]
    else:
        rows = [] if landed.status == 404 else [landed.parsed(master_detail)]
    for row in rows:
        # A master's id is its own, and it credits no one.
        shown = row.model_dump(exclude={"master_id", "credits"})
        yield {**shown, **landed.lineage, "release_year": landed.slice}


@dataclass(frozen=True)
class _Landed:
    """A landed line, opened; landing.py writes them."""

    path: str
    status: int
    slice: str
    fetched_at: datetime
    body: Any
    file: str

    @classmethod
    def read(cls, line: str, file: str) -> "_Landed":
        try:
            envelope = decode(line)
            return cls(
                path=envelope["path"],
                status=envelope["status"],
                slice=envelope["slice"],
                fetched_at=datetime.fromisoformat(envelope["fetched_at"]),
                body=envelope["body"],
                file=file,
            )
        except UnreadableBodyError as error:
            raise MalformedResponseError("a landed page", error.faults, file) from None
        except (KeyError, TypeError, ValueError) as error:
            fault = f"its envelope is broken ({type(error).__name__}: {error})"
            raise MalformedResponseError("a landed page", (fault,), file) from None

    @property
    def lineage(self) -> dict[str, Any]:
        return {"raw_page": self.file, "fetched_at": self.fetched_at}

    def parsed(self, read: Any) -> Any:
        try:
            return read(self.body)
        except UnreadableBodyError as error:
            raise MalformedResponseError(self.path, error.faults, self.file) from None


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
