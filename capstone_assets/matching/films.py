"""Clean films: from bronze rows to silver/films.

Belongs here: typing a film's fields, its titles and their match keys.
Not here: reading one title (titles.py), pairs (blocking.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pyspark.sql import DataFrame

from capstone_assets.lake.landed_pages import newest_of_each_id
from capstone_assets.lake.silver import FILMS
from capstone_assets.lake.spark_rows import Row, map_rows, on_every_core
from capstone_assets.matching.text import read_year
from capstone_assets.matching.titles import ParsedTitle, read_film_title

# A working title is often the real title of another film.
_UNRELIABLE_TITLE = re.compile(
    r"working|unofficial|fake|production|shooting|script|pre-?release|parody|informal",
    re.IGNORECASE,
)
# Columns that only a film's details have.
_OF_DETAILS = (
    *("composers", "alternative_titles", "imdb_id", "wikidata_id"),
    *("genres", "countries", "runtime_minutes"),
)
# Credits that name no one.
_NOBODY = frozenset({"", "unknown", "various", "various artists", "n/a", "none", "traditional"})


def read_date(written: str | None) -> date | None:
    """An ISO date; None for an empty, absent or impossible one."""
    try:
        return date.fromisoformat((written or "")[:10]) if read_year(written) else None
    except ValueError:
        return None


def reliable_titles(alternatives: Iterable[Mapping[str, Any]]) -> list[str]:
    """The alternative titles, each once, without working titles and the like."""
    titles = (
        (row["title"] or "").strip()
        for row in alternatives
        if not _UNRELIABLE_TITLE.search(row.get("type") or "")
    )
    return list(dict.fromkeys(title for title in titles if title))


def film_titles(
    title: str, original_title: str | None, alternative_titles: Iterable[str]
) -> Iterator[tuple[str, ParsedTitle]]:
    """Parse every title of a film, with its origin: main, then alternative.

    The English and the original title are equally its own; both are `main`.
    """
    main = dict.fromkeys(t for t in (title, original_title) if t)
    for each in main:
        yield "main", read_film_title(each)
    for each in dict.fromkeys(alternative_titles):
        if each and each not in main:
            yield "alternative", read_film_title(each)


def title_keys(readings: Iterable[ParsedTitle]) -> tuple[list[str], list[str]]:
    """The keys of whole titles, best first, and those of pieces of titles."""
    parsed = list(readings)
    whole = list(dict.fromkeys(key for reading in parsed for key in reading.whole_keys))
    pieces = dict.fromkeys(key for reading in parsed for key in reading.partial_keys)
    known = set(whole)
    return whole, [key for key in pieces if key not in known]


def _named(people: Iterable[str | None]) -> list[str]:
    """The names, each once, without credits that name no one."""
    names = dict.fromkeys(name.strip() for name in people if name)
    return [name for name in names if name.casefold() not in _NOBODY]


def _own_titles(row: Row) -> tuple[str, str | None]:
    original_title = (row["original_title"] or "").strip() or None
    return (row["title"] or "").strip() or original_title or "", original_title


def clean_film(row: Row) -> dict[str, Any]:
    """A row of silver/films from a joined row of bronze/tmdb_movies and its details."""
    title, original_title = _own_titles(row)
    alternatives = reliable_titles(row["alternative_titles"] or [])
    readings = film_titles(title, original_title, alternatives)
    keys, partial_keys = title_keys(reading for _, reading in readings)
    votes = row["vote_count"]
    return {
        "film_id": row["id"],
        "title": title,
        "original_title": original_title,
        "alternative_titles": alternatives,
        "title_keys": keys,
        "partial_keys": partial_keys,
        # The year that lists the film; the date may be that of a region or of a re-release.
        "film_year": read_year(row["release_year"]) or read_year(row["release_date"]),
        "release_date": read_date(row["release_date"]),
        "original_language": row["original_language"] or None,
        "genre_ids": list(row["genre_ids"] or []),
        "genres": list(row.get("genres") or []),
        "countries": list(row.get("countries") or []),
        "runtime_minutes": row.get("runtime_minutes"),
        "popularity": row["popularity"],
        # The API writes 0 when no one voted; that is not a rating of zero.
        "vote_average": row["vote_average"] if votes else None,
        "vote_count": votes,
        "composers": _named(row["composers"] or []),
        "imdb_id": row["imdb_id"] or None,
        "wikidata_id": row.get("wikidata_id"),
        "raw_page": row["raw_page"],
        "release_year": row["release_year"],
    }


def prepare_films(movies: DataFrame, details: DataFrame) -> DataFrame:
    """silver/films from bronze/tmdb_movies and bronze/tmdb_movie_details; details may be missing.

    Popular lists shift between pages, so a film may come twice: the row fetched last stays.
    """
    movies = newest_of_each_id(on_every_core(movies, "id"))
    details = newest_of_each_id(on_every_core(details, "id"))
    joined = movies.join(details.select("id", *_OF_DETAILS), on="id", how="left")
    return map_rows(
        joined.drop("fetched_at"), lambda rows: map(clean_film, rows), FILMS.spark_schema
    )
