"""Mix odd rows into a catalog: what sources send on a bad day, one of every kind in turn.

Belongs here: the kinds, and placing them in years of the catalog.
Not here: the valid rows (generator.py, bundled.py), serving them (tmdb.py, discogs.py).

An odd row is carried by a valid one, which has its year and its id: `listed_as` is the JSON that
the API lists in its place, `detailed_as` the response for the film's id.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from capstone_assets.emulator.catalogs.catalog import Catalog, Row, year_of
from capstone_assets.emulator.discogs import Record, search_row
from capstone_assets.emulator.tmdb import film_row

_ABSENT = object()
_TOO_LONG = "An odd title of forty thousand letters " + "a" * 40_000
_DEEP: Any = "x"
for _ in range(200):
    _DEEP = [_DEEP]

# The changes to a valid row, by the name of the kind.
_OF_ANY: Mapping[str, Mapping[str, Any]] = {
    "no id": {"id": _ABSENT},
    "id is null": {"id": None},
    "id is 0": {"id": 0},
    "id is negative": {"id": -7},
    "id is a fraction": {"id": 12.5},
    "id is true": {"id": True},
    "id is a word": {"id": "tt0083658"},
    "id is beyond 64 bits": {"id": 2**70},
    "id is a list": {"id": [7]},
    "no title": {"title": _ABSENT, "original_title": _ABSENT},
    "title is null": {"title": None, "original_title": None},
    "title is empty": {"title": "", "original_title": ""},
    "title is an object": {"title": {"en": "An odd title"}, "original_title": None},
    "title is a list": {"title": ["An odd title"], "original_title": None},
    "title is too long": {"title": _TOO_LONG},
    "title has half a surrogate": {"title": "An odd \ud83c title"},
    "title has a NUL": {"title": "An odd\x00 title"},
    "title has a mark for right to left": {"title": "\u202eAn odd\u202c title\u200f"},
    "title has a line separator": {"title": "An odd\u2028title\x85here"},
    "an unknown field": {"unannounced": _DEEP},
}
_OF_FILMS: Mapping[str, Mapping[str, Any]] = {
    "title is a number": {"title": 7350913, "original_title": 7350913},
    "vote_average is 99.9": {"vote_average": 99.9},
    "vote_average is not a number": {"vote_average": float("nan")},
    "vote_average is text": {"vote_average": "7.5"},
    "vote_count is a fraction": {"vote_count": 12.0},
    "vote_count is negative": {"vote_count": -1},
    "vote_count is true": {"vote_count": True},
    "vote_count is beyond 64 bits": {"vote_count": 10**30},
    "popularity is infinite": {"popularity": float("inf")},
    "popularity is negative": {"popularity": -3.5},
    "popularity is a word": {"popularity": "high"},
    "genre_ids has a null": {"genre_ids": [18, None]},
    "genre_ids has objects": {"genre_ids": [{"id": 18, "name": "Drama"}]},
    "genre_ids is text": {"genre_ids": "18,35"},
    "genre_ids is nested": {"genre_ids": _DEEP},
    "the date is zero": {"release_date": "0000-00-00"},
    "the date is impossible": {"release_date": "2020-13-45"},
    "the date is a number": {"release_date": 19820625},
    "the date is null": {"release_date": None},
    "the date is an object": {"release_date": {"iso": "1982-06-25"}},
    "adult is text": {"adult": "no"},
    "video is 2": {"video": 2},
    "the language is a list": {"original_language": ["en"]},
}
_OF_RELEASES: Mapping[str, Mapping[str, Any]] = {
    "master_id is a word": {"master_id": "Correct"},
    "master_id is negative": {"master_id": -5},
    "the year is beyond the partitions": {"year": "2099"},
    "the year is a number": {"year": 0},
    "the year is a word": {"year": "unknown"},
    "the year is an object": {"year": {"from": 1999}},
    "genre has a null": {"genre": [None, "Stage & Screen"]},
    "genre is an object": {"genre": {"name": "Stage & Screen"}},
    "style is text": {"style": "Soundtrack"},
    "format has numbers": {"format": ["CD", 2]},
    "format has a thousand entries": {"format": ["CD"] * 1_000},
    "label is null": {"label": None},
    "country is a list": {"country": ["US"]},
    "catno is a number": {"catno": 12345},
}
# In place of a row.
_NO_ROWS: Mapping[str, Any] = {
    "null": None,
    "an empty object": {},
    "text": "not a row",
    "a number": 7,
    "a list": [],
    "true": True,
}
_DUPLICATE = "a duplicate"

_DETAILS: Sequence[Mapping[str, Any]] = (
    {"credits": {"crew": [None, 7, {"name": None, "job": "Composer"}, {"name": ["A"], "job": 1}]}},
    {"credits": {"crew": {"name": "Odd"}}, "alternative_titles": {"titles": [{"title": 7}, None]}},
    {"genres": "Drama", "production_countries": [{"iso_3166_1": 7}, "US"], "runtime": "long"},
    {"imdb_id": 83658, "external_ids": {"imdb_id": {}, "wikidata_id": ["Q184843"]}},
    {"runtime": -1, "genres": [{"name": None}, {}], "credits": {"crew": None}},
)


def kinds_of_films() -> list[str]:
    """The names of the kinds of odd films."""
    return [*_OF_ANY, *_OF_FILMS, *_NO_ROWS, _DUPLICATE]


def kinds_of_releases() -> list[str]:
    """The names of the kinds of odd releases."""
    return [*_OF_ANY, *_OF_RELEASES, *_NO_ROWS, _DUPLICATE]


def with_odd_rows(catalog: Catalog, count: int) -> Catalog:
    """A catalog with `count` odd rows more, of every kind in turn: films, releases alternately.

    They are filed under the years that the catalog has, each in turn. Equal arguments, equal rows.
    """
    films = list(islice(_films(catalog), count - count // 2))
    releases = list(islice(_releases(catalog), count // 2))
    return replace(catalog, films=[*catalog.films, *films], releases=[*catalog.releases, *releases])


def _films(catalog: Catalog) -> Iterator[Row]:
    of_year: dict[Any, Row] = {}
    for film in catalog.films:
        if film.get("release_date"):
            of_year.setdefault(film["release_date"][:4], film)
    details = cycle(_DETAILS)
    for number, kind, year in _filed(kinds_of_films(), sorted(of_year), _next_id(catalog.films)):
        filed = {
            "id": number,
            "title": f"Odd row {number}",
            "release_date": f"{year}-07-01",
            "genre_ids": [18],
            "odd": kind,
        }
        parts: Row = {
            "credits": {"crew": []},
            "alternative_titles": {"titles": []},
            "external_ids": {},
        }
        detailed = json.dumps({"id": number, **parts, **next(details)})
        listed = _listed(kind, film_row(filed), _OF_FILMS, film_row(of_year[year]))
        yield {**filed, "listed_as": listed, "detailed_as": detailed}


def _releases(catalog: Catalog) -> Iterator[Row]:
    of_year: dict[Any, Row] = {}
    for row in catalog.releases:
        if year := year_of(row):
            of_year.setdefault(year, row)
    kinds = kinds_of_releases()
    for number, kind, year in _filed(kinds, sorted(of_year), _next_id(catalog.releases)):
        filed = {
            "id": number,
            "title": f"Nobody - Odd row {number}",
            "year": str(year),
            "genre": ["Stage & Screen"],
            "style": ["Soundtrack"],
            "format": ["CD"],
            "odd": kind,
        }
        sound, of_same_year = (search_row(Record("release", row)) for row in (filed, of_year[year]))
        yield {**filed, "listed_as": _listed(kind, sound, _OF_RELEASES, of_same_year)}


def _filed(
    kinds: Sequence[str], years: Sequence[Any], first: int
) -> Iterator[tuple[int, str, Any]]:
    """Numbers from `first` on, each with a kind and a year, both in turn."""
    for turn, kind in enumerate(cycle(kinds)):
        # Not in step: in a catalog of few years, a kind does not come in the same year each time.
        yield first + turn, kind, years[(turn + turn // len(kinds)) % len(years)]


def _next_id(rows: Sequence[Row]) -> int:
    highest: int = max(row["id"] for row in rows)
    return highest + 1


def _listed(
    kind: str, sound: Row, changes: Mapping[str, Mapping[str, Any]], listed_already: Row
) -> str:
    if kind in _NO_ROWS:
        return json.dumps(_NO_ROWS[kind])
    if kind == _DUPLICATE:
        return json.dumps(listed_already)
    changed = {**sound, **(_OF_ANY.get(kind) or changes[kind])}
    return json.dumps({name: value for name, value in changed.items() if value is not _ABSENT})
