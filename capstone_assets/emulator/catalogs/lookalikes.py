"""Records that look like a film's soundtrack but are not: another medium, a sequel, an older work.

Belongs here: the title, artist and year of such a record.
Not here: ordinary decoys and soundtracks (releases.py), how many of each a catalog has
(generator.py).

Each can be recognized: by a word of its title, or by its year and composer together.
"""

from collections.abc import Sequence
from random import Random

from capstone_assets.emulator.catalogs import words
from capstone_assets.emulator.catalogs.films import LAST_YEAR, Film, FilmBook
from capstone_assets.emulator.catalogs.releases import Album, as_on_records
from capstone_assets.emulator.catalogs.titles import ROMAN

_STAGE_AND_SCREEN = "Stage & Screen"
_LONG_BEFORE = 12
_FIRST_RECORDS = 1930


class LookalikeMaker:
    """Makes records that are easily confused with those of a book's films."""

    def __init__(self, rng: Random, book: FilmBook) -> None:
        self._rng = rng
        self._book = book

    def sequel_in_brackets(self, film: Film) -> Album:
        """The record of a sequel that is not listed: `A Quiet Place (Part II)`."""
        rng = self._rng
        # A later part than the catalog has of any series.
        part = rng.choice((7, 8, 9))
        wording = rng.choice(words.SEQUELS_IN_BRACKETS)
        title = wording.format(t=as_on_records(film.naming.title), n=part, r=ROMAN[part])
        phrase = rng.choice(words.SOUNDTRACK_PHRASES["en"])
        return self._album(
            film,
            kind="absent_sequel_in_brackets",
            artist=self._composer(film),
            title=phrase.format(t=title),
            year=min(LAST_YEAR, film.year + rng.randrange(1, 6)),
            styles=("Soundtrack", "Score"),
        )

    def unmarked_television(self, film: Film) -> Album:
        """A series of a film's title, marked by a season or by nothing but year and composer."""
        rng = self._rng
        year = film.year + rng.choice((-1, 1)) * rng.randrange(6, 30)
        year = min(LAST_YEAR, max(_FIRST_RECORDS, year))
        if abs(year - film.year) < 6 or self._book.same_title(film) or rng.random() < 0.7:
            phrases: Sequence[str] = words.SEASON_PHRASES
        else:
            phrases = words.SOUNDTRACK_PHRASES["en"][:2]
        return self._album(
            film,
            kind="decoy_tv_unmarked",
            artist=self._somebody_else(film),
            title=rng.choice(phrases).format(
                t=as_on_records(film.naming.title), n=rng.randrange(1, 6)
            ),
            year=year,
            styles=("Soundtrack",),
            dated=True,
        )

    def platform_game(self, film: Film) -> Album:
        """The record of a game of a film's title, with the name of its platform."""
        rng = self._rng
        return self._album(
            film,
            kind="decoy_game_platform",
            artist=self._somebody_else(film) if rng.random() < 0.5 else "Various",
            title=rng.choice(words.PLATFORM_PHRASES).format(t=as_on_records(film.naming.title)),
            year=min(LAST_YEAR, max(1985, film.year + rng.randrange(-1, 3))),
            styles=("Soundtrack",),
        )

    def concept_album(self, film: Film) -> Album:
        """An album or a stage work that a film was made from decades later, with its composer."""
        rng = self._rng
        return self._album(
            film,
            kind="decoy_concept_album",
            artist=self._composer(film),
            title=as_on_records(film.naming.title) + rng.choice(("", " (A Concept Album)")),
            year=film.year - rng.randrange(_LONG_BEFORE, 40),
            styles=("Soundtrack",) if rng.random() < 0.5 else ("Musical",),
            dated=True,
        )

    def _composer(self, film: Film) -> str:
        return ", ".join(film.composers) or self._somebody_else(film)

    def _somebody_else(self, film: Film) -> str:
        names = (self._book.people.anybody("en") for _ in range(100))
        return next(name for name in names if name not in film.composers)

    def _album(
        self,
        film: Film,
        *,
        kind: str,
        artist: str,
        title: str,
        year: int,
        styles: tuple[str, ...],
        dated: bool = False,
    ) -> Album:
        return Album(
            artist=artist,
            title=title,
            year=year,
            language="en",
            kind=kind,
            genres=(_STAGE_AND_SCREEN,),
            styles=styles,
            not_films=(film.film_id or 0,),
            dated=dated,
        )
