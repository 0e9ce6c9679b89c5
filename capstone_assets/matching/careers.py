"""The span of years in which a composer worked, by the listed films.

Belongs here: the years of a name's films, and whether a film is far from them.
Not here: comparing a film's own composers with a credit (comparisons.py).

A film without composers in TMDB is not evidence against an artist. But the artist of an album
may be the composer of other films, and when all of those are decades away, the album is that of a
remake which the list does not have.
"""

from collections.abc import Iterable, Sequence

from capstone_assets.matching.text import words

# How far from the first or the last other film of a composer a film is of another era. In two
# labeled catalogs 2 of 550 albums by composers of several other films are of a film ten years from
# those; of 51 by the composer of a single other film, who may be a singer, 11 are, and 9 of a film
# twenty years from it.
_YEARS_APART = 10
_YEARS_APART_FROM_ONE = 20
# Singers compose for a film, too; whose films are so many years apart is a composer of films.
_YEARS_OF_A_COMPOSER = 3


class Careers:
    """The first and the last year of the films that each name composed for."""

    def __init__(self, films: Iterable[tuple[Sequence[str], int | None]] = ()) -> None:
        """`films` are the composers and the year of each film; a film without year is skipped."""
        self._spans: dict[frozenset[str], tuple[int, int]] = {}
        for composers, film_year in films:
            if film_year is None:
                continue
            for name in composers:
                key = frozenset(words(name))
                first, last = self._spans.get(key, (film_year, film_year))
                self._spans[key] = min(first, film_year), max(last, film_year)

    def is_composer(self, name: frozenset[str]) -> bool:
        """Whether the name, given as its words, composed for films of several years."""
        first, last = self._spans.get(name, (0, 0))
        return last - first >= _YEARS_OF_A_COMPOSER

    def far_from(self, film_year: int | None, names: Iterable[frozenset[str]]) -> str:
        """The years in which the names composed for films, if all of them are far away.

        `names` are the words of each name. Empty when one worked near that year, or none is known.
        """
        known = [span for name in names if (span := self._spans.get(name))]
        if film_year is None or not known:
            return ""
        if any(_is_near(film_year, first, last) for first, last in known):
            return ""
        first, last = known[0]
        return str(first) if first == last else f"{first} to {last}"


def _is_near(film_year: int, first: int, last: int) -> bool:
    apart = _YEARS_APART_FROM_ONE if first == last else _YEARS_APART
    return first - apart < film_year < last + apart


NO_CAREERS = Careers()
