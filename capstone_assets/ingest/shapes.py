"""The shape of a film, a release and a master in the responses of the two APIs.

Belongs here: the fields, what of them may be absent, and the rule that reads an odd value of each.
Not here: the rules themselves (fields.py), reading a whole response (responses.py), rows of bronze
tables (rows.py).

Unknown fields stay in the raw page; an absent optional field is null.
"""

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from capstone_assets.ingest import fields
from capstone_assets.lake.years import FIRST_YEAR, LAST_YEAR, UNKNOWN_YEAR

MASTERS_PATH = "/masters"  # The path of a master's own page starts with it.
# `Music Director` is the composer of an Indian film. Who wrote its songs counts where no one else
# is named.
COMPOSER_JOBS = frozenset({"Original Music Composer", "Composer", "Music", "Music Director"})
SONG_JOBS = frozenset({"Songs"})
_INT32 = 2**31 - 1


class Strict(BaseModel):
    """A part of a response: values of other types than declared are refused."""

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


def has_letters(text: str | None) -> bool:
    """Whether a text has more than spaces."""
    return bool(text and text.strip())


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


class MovieRow(Strict):
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

    @property
    def name(self) -> str | None:
        """The title, or the original one in place of a title that is absent or blank."""
        return next(filter(has_letters, (self.title, self.original_title)), None)


class DiscogsRow(Strict):
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
        return slice_of_year(self.year)


YEAR = re.compile("[0-9]{4}")


def slice_of_year(year: str | None) -> str:
    """The slice of a written year: that year, or `unknown` when no partition has it."""
    known = year and YEAR.fullmatch(year) and FIRST_YEAR <= int(year) <= LAST_YEAR
    return year if year and known else UNKNOWN_YEAR


def is_of_slice(release_year: str, slice_name: str) -> bool:
    """Whether a row of this year, maybe empty, belongs to the slice that lists it.

    A row without a year belongs to the year that lists it. A page at the end of the undated
    releases continues with dated ones, which other slices own.
    """
    return release_year in ("", UNKNOWN_YEAR, slice_name)


# The rule of each field of a row that differs from the above.
ID_RULE = fields.whole(1)
MOVIE_RULES: Mapping[str, fields.Rule] = {
    "id": ID_RULE,
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
    "id": ID_RULE,
    "title": fields.text,
    "year": fields.year_text,
    "country": fields.optional_text,
    "genre": fields.texts,
    "style": fields.texts,
    "format": fields.texts,
    "label": fields.texts,
    "catno": fields.optional_text,
    "master_id": fields.none_or(ID_RULE, "", "0", 0),
    "credits": fields.none_or(fields.texts),
}


class _Crew(Strict):
    name: Text | None = None
    job: Text | None = None
    department: Text | None = None

    def did(self, jobs: frozenset[str]) -> bool:
        """Whether the credit is for one of these jobs, in the department of sound if it says so."""
        return self.job in jobs and self.department in {None, "", "Sound"}


class _Credits(Strict):
    crew: ListOf[_Crew] = []


class _AlternativeTitle(Strict):
    iso_3166_1: Text | None = None
    title: Text | None = None
    type: Text | None = None


class _AlternativeTitles(Strict):
    titles: ListOf[_AlternativeTitle] = []


class ExternalIds(Strict):
    """The ids of a film in other catalogs."""

    imdb_id: OptionalText = None
    wikidata_id: OptionalText = None


class _Genre(Strict):
    name: OptionalText = None


class _Country(Strict):
    iso_3166_1: OptionalText = None


class MovieDetail(Strict):
    """A film's details with credits, alternative titles and external ids appended."""

    id: Id
    imdb_id: OptionalText = None
    credits: _Credits | None = None
    alternative_titles: _AlternativeTitles | None = None
    external_ids: ExternalIds | None = None
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
DETAIL_PARTS = ("credits", "alternative_titles", "external_ids")
DETAIL_RULES: Mapping[str, fields.Rule] = {
    "id": ID_RULE,
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
MASTER_RULES: Mapping[str, fields.Rule] = {
    "id": ID_RULE,
    "title": fields.text,
    "year": fields.year_text,
    "artists": fields.objects(name=fields.text, anv=fields.text, join=fields.text),
    "genres": fields.texts,
    "styles": fields.texts,
}
