"""Find stored films and releases by their titles.

Belongs here: matching a person's search text with titles.
Not here: linking (matching/), printing (commands/).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
from capstone_assets.matching.text import key_of

# Titles that differ in a letter or two score more; below it they are different titles.
_CLOSE_ENOUGH = 80.0
# The largest id that a table can hold.
MOST_ID = 2**63 - 1
_YEAR_BEHIND = re.compile(r"^(?P<title>.*?)[\s,]*[(\s](?P<year>\d{4})\)?$")


class TitleError(LookupError):
    """No stored film has the title, or several have it."""


@dataclass(frozen=True)
class FoundFilm:
    """A stored film; `likeness` is 100 if the text is its title."""

    film_id: int
    title: str
    film_year: int | None
    original_title: str
    popularity: float
    likeness: float

    def __str__(self) -> str:
        return f"{self.title} ({self.film_year or 'year unknown'}), film {self.film_id}"


@dataclass(frozen=True)
class FoundRelease:
    """A stored release and the film it is linked to, if any."""

    release_id: int
    title: str
    pressing_year: int | None
    kind: str
    linked_to: str | None
    likeness: float


def find_films(lakehouse: Lakehouse, text: str, most: int = 10) -> list[FoundFilm]:
    """Return the films whose titles are most similar to the text, then the most popular first.

    A year after the text selects among films of that title: `Suspiria 1977`, `Suspiria (1977)`.

    Raises:
        NotMaterializedError: silver was never materialized.
    """
    columns = ["film_id", "title", "original_title", "alternative_titles", "film_year"]
    films = lakehouse.scan(FILMS, [*columns, "popularity"]).to_pylist()
    found = _films_called(films, text, None)
    if (not found or found[0].likeness < 100) and (parts := _YEAR_BEHIND.match(text.strip())):
        dated = _films_called(films, parts["title"], int(parts["year"]))
        found = dated or found
    return found[:most]


def find_releases(lakehouse: Lakehouse, text: str, most: int = 10) -> list[FoundRelease]:
    """Return the releases whose `Artist - Title` is most similar to the text.

    Raises:
        NotMaterializedError: silver was never materialized.
    """
    columns = ["release_id", "title", "album_title", "pressing_year", "kind"]
    rows = lakehouse.scan(SOUNDTRACKS, columns).to_pylist()
    closest = sorted(
        ((_likeness(text, (row["title"], row["album_title"])), row) for row in rows),
        key=lambda each: (-each[0], each[1]["release_id"]),
    )
    chosen = [(like, row) for like, row in closest[:most] if like >= _CLOSE_ENOUGH]
    films = _linked(lakehouse, [row["release_id"] for _, row in chosen])
    return [
        FoundRelease(
            row["release_id"],
            row["title"],
            row["pressing_year"],
            row["kind"],
            films.get(row["release_id"]),
            like,
        )
        for like, row in chosen
    ]


def film_called(lakehouse: Lakehouse, text: str) -> FoundFilm:
    """Return the one film of that title; a numeric id is accepted, too.

    Raises:
        TitleError: there is none, or several; the message lists the most similar ones.
        NotMaterializedError: silver was never materialized.
    """
    found = find_films(lakehouse, text)
    exact = [film for film in found if film.likeness == 100]
    if not exact and text.strip().isdecimal() and int(text) <= MOST_ID:
        of_id = lakehouse.select(FILMS, "film_id", [int(text)])
        exact = [_film(row, 100.0) for row in of_id]
    if len(exact) == 1:
        return exact[0]
    if not found and (parts := _YEAR_BEHIND.match(text.strip())):
        found = find_films(lakehouse, parts["title"])
    listed = "".join(f"\n  {film}" for film in exact or found)
    if exact:
        raise TitleError(
            f"{len(exact)} films are called {text!r}. Add the year, as in "
            f"'{exact[0].title} ({exact[0].film_year})', or give --film and an id:{listed}"
        )
    if found:
        raise TitleError(f"No stored film is called {text!r}. The closest titles are:{listed}")
    raise TitleError(
        f"No stored film is called {text!r}, or anything like it. Search with `capstone search`, "
        "or materialize its year."
    )


def _films_called(
    films: Iterable[Mapping[str, Any]], text: str, year: int | None
) -> list[FoundFilm]:
    found = []
    for row in films:
        if year is not None and row["film_year"] != year:
            continue
        titles = (row["title"], row["original_title"], *(row["alternative_titles"] or ()))
        if (like := _likeness(text, titles)) >= _CLOSE_ENOUGH:
            found.append(_film(row, like))
    return sorted(found, key=lambda film: (-film.likeness, -film.popularity, film.film_id))


def _film(row: Mapping[str, Any], likeness: float) -> FoundFilm:
    return FoundFilm(
        row["film_id"],
        row["title"],
        row["film_year"],
        row["original_title"],
        row["popularity"] or 0.0,
        likeness,
    )


def _likeness(text: str, titles: Sequence[str | None]) -> float:
    """0 to 100: 100 for the same words, 95 when all words of the text are among the title's."""
    typed = key_of(text)
    if not typed:
        return 0.0
    words = set(typed.split())
    best = 0.0
    for key in _keys(titles):
        if key == typed:
            return 100.0
        if words <= set(key.split()):
            best = max(best, 95.0)
        elif best < 95.0:
            best = max(best, min(94.0, fuzz.ratio(typed, key)))
    return best


def _keys(titles: Sequence[str | None]) -> Iterator[str]:
    yield from {key for title in titles if title and (key := key_of(title))}


def _linked(lakehouse: Lakehouse, release_ids: Sequence[int]) -> dict[int, str]:
    try:
        rows = lakehouse.select(MATCHES, "release_id", release_ids) if release_ids else []
    except NotMaterializedError:
        return {}
    return {
        row["release_id"]: f"{row['film_title']} ({row['film_year'] or '?'}), {row['tier']}"
        for row in rows
    }
