"""Read an API's answer strictly: what a row must have, what it may lack, and what is wrong with it.

Belongs here: the shapes of the answers, the reading of landed lines into bronze rows.
Not here: fetching and landing (client.py, landing.py), judging a row (matching/).

Unknown fields stay in the raw page; a missing optional field is null. The row readers are plain
functions of a landed line, so that Spark's executors can call them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from capstone_assets.ingest.errors import MalformedResponseError

UNKNOWN_YEAR = "unknown"  # The partition key of orchestration/partitions.py, which imports Dagster.
TMDB_PAGE_ROWS = 20
# `Music Director` is the composer of an Indian film. Who wrote its songs counts where no one else
# is named.
COMPOSER_JOBS = frozenset({"Original Music Composer", "Composer", "Music", "Music Director"})
SONG_JOBS = frozenset({"Songs"})


class UnreadableBodyError(ValueError):
    """A body is not JSON or lacks the promised shape; `faults` names each field once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _as_list(value: object) -> object:
    # Rows of years ago have a bare string where today's have a list.
    return [value] if isinstance(value, str) else [] if value is None else value


def _as_text(value: object) -> object:
    return str(value) if type(value) is int else value


def _none_if_empty(value: object) -> object:
    return None if value in ("", "0", 0) else value


def _none_means_none_given(value: object) -> object:
    return [] if value is None else value


# Longer than any film: the longest known runs for 857 hours.
_MOST_MINUTES = 60_000


def _minutes(value: object) -> int | None:
    # TMDB writes 0 where it has none.
    if isinstance(value, (int, float)) and 1 <= value <= _MOST_MINUTES:
        return int(value)
    return None


Id = Annotated[int, Field(gt=0, lt=2**63)]
Count = Annotated[int, Field(ge=0)]
Strings = Annotated[list[str], BeforeValidator(_as_list)]
OptionalText = Annotated[str | None, BeforeValidator(_none_if_empty)]
# A length that cannot be right is no reason to lose the film.
Minutes = Annotated[int | None, BeforeValidator(_minutes)]
T = TypeVar("T")
ListOf = Annotated[list[T], BeforeValidator(_none_means_none_given)]


class MovieRow(_Strict):
    """A film as `/discover/movie` lists it."""

    id: Id
    title: str | None = None
    original_title: str | None = None
    original_language: str | None = None
    release_date: str | None = None
    genre_ids: list[int] | None = None
    popularity: float | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    adult: bool | None = None
    video: bool | None = None


class DiscogsRow(_Strict):
    """A release or a master as `/database/search` lists it, or as we write a record of a dump.

    `credits` are names credited with composing it: empty if there are none, null if the page does
    not say, as no page of the search does.
    """

    id: Id
    title: str
    year: Annotated[OptionalText, BeforeValidator(_as_text)] = None
    country: OptionalText = None
    genre: Strings = []
    style: Strings = []
    format: Strings = []
    label: Strings = []
    catno: OptionalText = None
    # Discogs writes 0 for "has none".
    master_id: Annotated[Id | None, BeforeValidator(_none_if_empty)] = None
    credits: list[str] | None = None

    @property
    def release_year(self) -> str:
        """The slice it belongs to: its year, or `unknown` when that is not a year of a film."""
        known = self.year and re.fullmatch(r"(19|20)\d\d", self.year)
        return self.year if self.year and known else UNKNOWN_YEAR


class _Crew(_Strict):
    name: str | None = None
    job: str | None = None
    department: str | None = None

    def did(self, jobs: frozenset[str]) -> bool:
        """Whether the credit is for one of these jobs, in the department of sound if it says so."""
        return self.job in jobs and self.department in {None, "", "Sound"}


class _Credits(_Strict):
    crew: ListOf[_Crew] = []


class _AlternativeTitle(_Strict):
    iso_3166_1: str | None = None
    title: str | None = None
    type: str | None = None


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
    def absent_parts(self) -> tuple[str, ...]:
        """The parts that are asked for with a film and did not come."""
        parts = ("credits", "alternative_titles", "external_ids")
        return tuple(part for part in parts if getattr(self, part) is None)

    @property
    def composers(self) -> list[str]:
        """Who is credited with the music, in the order of the credits, each once."""
        crew = self.credits.crew if self.credits else []
        named = [each for each in crew if each.name]
        composing = [each for each in named if each.did(COMPOSER_JOBS)]
        credited = composing or [each for each in named if each.did(SONG_JOBS)]
        return list(dict.fromkeys(each.name for each in credited if each.name))


class _TmdbList(_Strict, Generic[T]):
    total_results: Count
    total_pages: Count
    results: list[T]


class _Pagination(_Strict):
    items: Count
    pages: Count
    per_page: Annotated[int, Field(gt=0)]


class _DiscogsList(_Strict):
    pagination: _Pagination
    results: list[DiscogsRow]


class _ChangedMovie(_Strict):
    id: Id


Row = TypeVar("Row", MovieRow, DiscogsRow)


@dataclass(frozen=True)
class ListPage(Generic[T]):
    """A page of a list: its rows, and how many the whole list is said to have.

    `capacity` is how many rows a page has, except the last.
    """

    total: int
    pages: int
    capacity: int
    rows: Sequence[T]


_MOVIES = TypeAdapter(_TmdbList[MovieRow])
_CHANGES = TypeAdapter(_TmdbList[_ChangedMovie])
_DISCOGS = TypeAdapter(_DiscogsList)
_DETAIL = TypeAdapter(MovieDetail)


def decode(body: bytes | str) -> Any:
    """The JSON value in `body`. Raises UnreadableBodyError."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableBodyError((f"it is not JSON ({error})",)) from None


def movie_page(body: Any) -> ListPage[MovieRow]:
    """Read the body of `/discover/movie`. Raises UnreadableBodyError."""
    page = _validated(_MOVIES, body)
    untitled = sum(not (row.title or row.original_title) for row in page.results)
    if untitled:
        raise UnreadableBodyError((f"results.title: missing, original_title too ({untitled} x)",))
    return ListPage(page.total_results, page.total_pages, TMDB_PAGE_ROWS, page.results)


def changes_page(body: Any) -> ListPage[_ChangedMovie]:
    """Read the body of `/movie/changes`. Raises UnreadableBodyError."""
    page = _validated(_CHANGES, body)
    return ListPage(page.total_results, page.total_pages, 100, page.results)


def discogs_page(body: Any) -> ListPage[DiscogsRow]:
    """Read the body of `/database/search`. Raises UnreadableBodyError."""
    page = _validated(_DISCOGS, body)
    told = page.pagination
    return ListPage(told.items, told.pages, told.per_page, page.results)


def movie_detail(body: Any) -> MovieDetail:
    """Read the body of `/movie/{id}`. Raises UnreadableBodyError."""
    return _validated(_DETAIL, body)


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
            # The slice was asked by `primary_release_date`, so it is the year of the date.
            "release_year": landed.slice,
        }


def movie_detail_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """The row of bronze/tmdb_movie_details in one landed line, none if TMDB dropped the film.

    A file may hold films that were not asked for this time: keep those of bronze/tmdb_movies.
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
        # A page at the end of the undated releases goes on with dated ones, which other slices own.
        if row.release_year == landed.slice:
            yield {**row.model_dump(), **landed.lineage, "release_year": landed.slice}


def master_rows(line: str, raw_page: str) -> Iterator[dict[str, Any]]:
    """Rows of bronze/discogs_masters in one landed line, only those of the line's slice.

    Raises MalformedResponseError with every fault of the line.
    """
    for row in release_rows(line, raw_page):
        del row["master_id"], row["credits"]  # A master's id is its own, and it credits nobody.
        yield row


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
