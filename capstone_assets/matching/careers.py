"""The span of years in which a composer worked, by the listed films.

Belongs here: the years of a name's films, and whether a film is far from them.
Not here: comparing a film's own composers with a credit (comparisons.py).

A film without composers in TMDB is not evidence against an artist. But the artist of an album
may be the composer of other films, and when all of those are decades away, the album is that of a
remake which the list does not have.
"""

from collections.abc import Iterable, Sequence

from capstone_assets.matching.text import words

# In two labeled catalogs with films withheld, no correct link of a film without known composers was
# that far away (0 of 75), but 14 of 40 wrong ones were.
_YEARS_APART = 20


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

    def far_from(self, film_year: int | None, names: Iterable[frozenset[str]]) -> str:
        """The years in which the names composed for films, if all of them are far away.

        `names` are the words of each name. Empty when one worked near that year, or none is known.
        """
        known = [span for name in names if (span := self._spans.get(name))]
        if film_year is None or not known:
            return ""
        near = [first - _YEARS_APART < film_year < last + _YEARS_APART for first, last in known]
        first, last = known[0]
        return "" if any(near) else str(first) if first == last else f"{first} to {last}"


NO_CAREERS = Careers()
