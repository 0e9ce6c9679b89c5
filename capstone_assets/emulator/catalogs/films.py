"""Invented films: titles, years, composers, and which of them share a title.

Belongs here: the films that a catalog lists, and those that it withholds.
Not here: their records (releases.py).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from capstone_assets.emulator.catalogs.catalog import Row
from capstone_assets.emulator.catalogs.titles import Naming, TitleMaker, in_series, title_key
from capstone_assets.emulator.catalogs.words import FIRST_NAMES, LANGUAGE_COUNTRY, LAST_NAMES

FIRST_YEAR, LAST_YEAR = 1920, 2026
# Below this distance a year cannot distinguish two films of the same title.
REMAKE_YEARS = 8
LONGEST_SERIES = 9

_LANGUAGE_SHARES = {
    "en": 0.56,
    "fr": 0.11,
    "it": 0.08,
    "es": 0.08,
    "de": 0.06,
    "ja": 0.07,
    "ru": 0.04,
}
_GENRES = (28, 12, 16, 35, 80, 99, 18, 10751, 14, 36, 27, 10402, 9648, 10749, 878, 53, 10752, 37)
_SEQUEL_SHARE = 0.03
_TRIES = 6
_NO_COMPOSER_SHARE = 0.06
_WORKING_TITLE_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Film:
    """A film; `film_id` is None when the catalog withholds it.

    `part` is its place in a series and `first_id` the film that the series began with.
    """

    film_id: int | None
    naming: Naming
    year: int
    language: str
    composers: tuple[str, ...]
    director: str
    part: int = 1
    first_id: int | None = None


class People:
    """Names of people; prolific ones recur within a language and an era."""

    def __init__(self, rng: Random, films: int) -> None:
        self._rng = rng
        self._pools: dict[tuple[str, int], tuple[list[str], list[float]]] = {}
        self._size = max(12, films // 120)
        self._named: set[str] = set()

    def composers(self, language: str, year: int) -> tuple[str, ...]:
        """No one when unknown, one, or two who work together regularly."""
        names, weights = self._pool(language, year)
        place = self._rng.choices(range(len(names)), cum_weights=weights)[0]
        draw = self._rng.random()
        if draw < _NO_COMPOSER_SHARE:
            return ()
        if draw < 0.85:
            return (names[place],)
        return (names[place], names[(place * 7 + 1) % len(names)])

    def anybody(self, language: str) -> str:
        """Return a name that the catalog may not have."""
        return f"{self._rng.choice(FIRST_NAMES[language])} {self._rng.choice(LAST_NAMES[language])}"

    def _pool(self, language: str, year: int) -> tuple[list[str], list[float]]:
        key = language, (year - 1900) // 30
        if key not in self._pools:
            names = list(self._new_names(language, self._size))
            weights = accumulate(1 / (rank + 3) for rank in range(self._size))
            self._pools[key] = names, list(weights)
        return self._pools[key]

    def _new_names(self, language: str, count: int) -> Iterator[str]:
        # Two composers of one name would make the truth a guess: add initials until it is new.
        for _ in range(count):
            name = self.anybody(language)
            while name in self._named:
                first, last = name.split(" ", 1)
                name = f"{first} {self._rng.choice('ABCDEFGHJKLMNPRSTW')}. {last}"
            self._named.add(name)
            yield name


class FilmBook:
    """The films of a catalog, and their shared titles and series."""

    def __init__(self, rng: Random, count: int) -> None:
        self._rng = rng
        self.titles = TitleMaker(rng)
        self.people = People(rng, count)
        self.films: list[Film] = []
        self._same_title: dict[str, list[int]] = defaultdict(list)
        self._sequels: dict[int, list[int]] = defaultdict(list)
        reuse = shared_title_share(count) / 1.9  # a reuse makes nearly two films share
        for number in range(count):
            draw = rng.random()
            film = None
            if number > 0 and draw < reuse:
                film = self._remake(number + 1)
            elif number > 0 and draw < reuse + _SEQUEL_SHARE:
                film = self._sequel(number + 1)
            self._add(film or self.fresh(number + 1))

    def rows(self) -> Iterator[Row]:
        """The films as lines of films.jsonl."""
        for film in self.films:
            yield self._row(film)

    def same_title(self, film: Film) -> list[int]:
        """Ids of the other listed films of its title."""
        return [n for n in self._same_title[title_key(film.naming.title)] if n != film.film_id]

    def series_of(self, film: Film) -> list[int]:
        """Ids of the other listed films of its series."""
        first = film.first_id or film.film_id or 0
        members = (first, *self._sequels[first]) if first in self._sequels else ()
        return [member for member in members if member != film.film_id]

    def fresh(self, film_id: int | None) -> Film:
        """A film whose titles are its own; with no id, one that the catalog withholds."""
        rng = self._rng
        language = rng.choices(*_LANGUAGES)[0]
        year = self._year()
        return Film(
            film_id,
            self.titles.fresh(language),
            year,
            language,
            self.people.composers(language, year),
            self.people.anybody(language),
        )

    def namesake(self, film: Film, film_id: int | None) -> Film | None:
        """Another film of the same title, years apart and by another composer; None if unlucky."""
        year = self._year()
        others = [self.films[n - 1] for n in (*self.same_title(film), film.film_id or 0) if n]
        if any(abs(year - other.year) < REMAKE_YEARS for other in others):
            return None
        composers = self.people.composers("en", year)
        if not composers or any(set(composers) & set(other.composers) for other in others):
            return None
        title = film.naming.title
        director = self.people.anybody("en")
        return Film(film_id, Naming(title, title), year, "en", composers, director)

    def successor(self, film: Film, film_id: int | None) -> Film | None:
        """The next film of its series, mostly by the same composer; None if there can be none."""
        rng = self._rng
        year = film.year + rng.randrange(2, 8)
        part = 2 + len(self._sequels.get(film.film_id or 0, ()))
        if film.part > 1 or part > LONGEST_SERIES or year > LAST_YEAR:
            return None
        title = in_series(film.naming.title, part, style=rng.randrange(3))
        if not self.titles.take(title):
            return None
        composers = film.composers
        if rng.random() < 0.3:
            composers = self.people.composers(film.language, year)
        return Film(
            film_id,
            Naming(title, title),
            year,
            film.language,
            composers,
            film.director,
            part,
            film.film_id,
        )

    def _remake(self, film_id: int) -> Film | None:
        for film in self._rng.choices(self.films, k=_TRIES):
            alone = film.part == 1 and film.film_id not in self._sequels
            if alone and film.composers and (remake := self.namesake(film, film_id)):
                return remake
        return None

    def _sequel(self, film_id: int) -> Film | None:
        for film in self._rng.choices(self.films, k=_TRIES):
            if not self.same_title(film) and (sequel := self.successor(film, film_id)):
                self._sequels[film.film_id or 0].append(film_id)
                return sequel
        return None

    def _add(self, film: Film) -> None:
        self.films.append(film)
        self._same_title[title_key(film.naming.title)].append(film.film_id or 0)

    def _year(self) -> int:
        return max(FIRST_YEAR, LAST_YEAR - int(self._rng.expovariate(1 / 24)))

    def _row(self, film: Film) -> Row:
        rng = self._rng
        popularity = min(400.0, 0.6 * rng.paretovariate(1.15))
        votes = int(12 * popularity**1.3 * rng.lognormvariate(0, 0.7))
        alternatives = [
            {"iso_3166_1": country, "title": title, "type": ""}
            for country, title in film.naming.abroad
        ]
        if rng.random() < _WORKING_TITLE_SHARE:
            # A working title is often another film's title: matching by it gives wrong links.
            other = rng.choice(self.films).naming.title
            country = LANGUAGE_COUNTRY[film.language]
            alternatives.append({"iso_3166_1": country, "title": other, "type": "working title"})
        month, day = rng.randrange(1, 13), rng.randrange(1, 29)
        return {
            "id": film.film_id,
            "title": film.naming.title,
            "original_title": film.naming.original_title,
            "original_language": film.language,
            "release_date": f"{film.year}-{month:02}-{day:02}",
            "genre_ids": rng.sample(_GENRES, k=rng.randrange(1, 4)),
            "origin_country": [LANGUAGE_COUNTRY[film.language]],
            "popularity": round(popularity, 3),
            "vote_count": votes,
            "vote_average": round(min(9.0, max(2.0, rng.gauss(6.3, 0.9))), 1) if votes else 0.0,
            "imdb_id": None,
            "composers": list(film.composers),
            "alternative_titles": alternatives,
        }


def shared_title_share(films: int) -> float:
    """Share of films whose title another has: 8 % among 10,000 and 17 % among 86,000, measured."""
    share = 0.08 + 0.09 * math.log(max(films, 1) / 10_000) / math.log(8.6)
    return min(0.2, max(0.04, share))


_LANGUAGES = list(_LANGUAGE_SHARES), list(_LANGUAGE_SHARES.values())
