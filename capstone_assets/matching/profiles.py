"""A film and a release, prepared for comparing.

Belongs here: what of a row of silver/films or silver/soundtracks is compared, read once.
Not here: comparing (comparisons.py), reading titles (titles.py), whose name it is (people.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from capstone_assets.matching.credits import split_artist, split_names
from capstone_assets.matching.films import film_titles
from capstone_assets.matching.people import NamedPerson, is_one_of
from capstone_assets.matching.text import fold, numbers, words
from capstone_assets.matching.titles import TitleForm, read_album_title, sequel_numbers

# The columns that profiles are made of.
COMPARED_OF_RELEASE = (
    "title",
    "album_title",
    "artist_credit",
    "kind",
    "claim",
    "original_year",
    "year_basis",
    "credits",
    "genres",
    "styles",
    "formats",
)
COMPARED_OF_FILM = (
    "film_id",
    "title",
    "original_title",
    "alternative_titles",
    "film_year",
    "composers",
    "vote_count",
)
# Genres of songs: a soundtrack that is filed under one of them as well is by who performs it.
# Electronic, jazz and classical are those of scores, too.
_GENRES_OF_SONGS = frozenset(
    {
        *("rock", "pop", "funk / soul", "hip hop", "blues", "reggae", "latin"),
        *("folk, world, & country", "children's"),
    }
)
_ANNIVERSARY = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
# What Discogs calls an older album that is pressed again; a repress may be of the same year.
_OF_REISSUES = frozenset({"reissue", "remastered", "remaster"})


@dataclass(frozen=True)
class FilmProfile:
    """The properties of a film that are compared."""

    film_id: int
    title: str
    film_year: int | None
    forms: tuple[tuple[str, TitleForm], ...]
    composers: tuple[NamedPerson, ...]
    vote_count: int | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "FilmProfile":
        """Make one from a row of silver/films."""
        return _film_profile(
            row["film_id"],
            row["title"],
            row["original_title"],
            tuple(row["alternative_titles"]),
            row["film_year"],
            tuple(row["composers"]),
            row["vote_count"],
        )

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers in any form of its title."""
        return frozenset().union(*(numbers(form.key) for _, form in self.forms))

    def opens_with(self, name: tuple[str, ...]) -> bool:
        """Whether a form of its title starts with those words and continues."""
        end = len(name)
        return bool(end) and any(
            len(form.words) > end and form.words[:end] == name for _, form in self.forms
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.film_year or 'year unknown'})"


@lru_cache(maxsize=50_000)
def _film_profile(
    film_id: int,
    title: str,
    original_title: str | None,
    alternative_titles: tuple[str, ...],
    film_year: int | None,
    composers: tuple[str, ...],
    vote_count: int | None,
) -> FilmProfile:
    forms = tuple(
        (origin, form)
        for origin, parsed in film_titles(title, original_title, alternative_titles)
        for form in parsed.forms
    )
    people = tuple(NamedPerson(name) for name in composers)
    return FilmProfile(film_id, title, film_year, forms, people, vote_count)


@dataclass(frozen=True)
class ReleaseProfile:
    """The properties of a release that are compared; equal for equal pressings."""

    title: str
    album_title: str
    artist_credit: str | None
    kind: str
    claim: str
    original_year: int | None
    year_basis: str
    credits: tuple[str, ...] = ()
    is_filed_under_songs: bool = False
    is_reissue: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ReleaseProfile":
        """Make one from a row of silver/soundtracks."""
        return cls(
            row["title"],
            row["album_title"],
            row["artist_credit"],
            row["kind"],
            row["claim"],
            row["original_year"],
            row["year_basis"],
            tuple(row.get("credits") or ()),
            _is_filed_under_songs(row.get("genres") or (), row.get("styles") or ()),
            row["year_basis"] == "pressing"
            and _is_reissue(row.get("formats") or (), row["album_title"]),
        )

    @cached_property
    def forms(self) -> tuple[TitleForm, ...]:
        """The ways to read its title."""
        return read_album_title(self.album_title).forms

    @cached_property
    def asides(self) -> frozenset[str]:
        """The keys of brackets that are neither a phrase nor a tag: subtitles and translations."""
        parsed = read_album_title(self.album_title)
        return frozenset(
            form.key
            for form in parsed.forms
            if form.form == "bracket" and not any(form.full in each for each in parsed.phrases)
        )

    @cached_property
    def further_artists(self) -> tuple[NamedPerson, ...]:
        """Who its title opens with, in case artists are joined by dashes: `A - B - Title`."""
        names, _ = split_artist(self.album_title)
        return tuple(NamedPerson(name) for name in split_names(names))

    def forms_for(self, film: FilmProfile) -> tuple[TitleForm, ...]:
        """The ways to read its title as one of that film.

        Without its composers in front, and with the artist in front where the film's title opens
        with that name: the album of Amy Winehouse: At the BBC is called At The BBC.
        """
        forms = self.forms
        if film.opens_with(self.artist_words):
            named = (form for form in forms if form.form == "whole")
            forms = (
                *(TitleForm((*self.artist_words, *form.words), "whole") for form in named),
                *forms,
            )
        people = self.further_artists
        if not people or not all(is_one_of(person, film.composers) for person in people):
            return forms
        return (*forms, *read_album_title(split_artist(self.album_title)[1]).forms)

    @cached_property
    def artist_words(self) -> tuple[str, ...]:
        """The words of the one artist it is credited to; empty for several and for Various."""
        return words(self.artists[0].name) if len(self.artists) == 1 else ()

    @cached_property
    def named_year(self) -> int | None:
        """The film's year as its title names it: `Suspiria (1977)`."""
        return read_album_title(self.album_title).year

    @cached_property
    def celebrated_year(self) -> int | None:
        """What a lone pressing of 2014 celebrates by its `30th Anniversary Edition`: 1984."""
        if self.original_year is None or self.year_basis != "pressing":
            return None
        ages = (
            age
            for age, following in pairwise(words(self.album_title))
            if following == "anniversary" and _ANNIVERSARY.fullmatch(age)
        )
        age = next(ages, None)
        return self.original_year - int(age[:-2]) if age else None

    @cached_property
    def sequel_numbers(self) -> frozenset[str]:
        """The numbers in any form of its title that distinguish a film from its sequel."""
        return frozenset().union(*(sequel_numbers(form.words) for form in self.forms))

    @cached_property
    def artists(self) -> tuple[NamedPerson, ...]:
        """Who it is credited to; no one for Various."""
        return tuple(NamedPerson(name) for name in split_names(self.artist_credit))

    @cached_property
    def composers(self) -> tuple[NamedPerson, ...]:
        """Who is credited with composing it, maybe without being its artist."""
        return tuple(NamedPerson(name) for name in self.credits if words(name))

    @cached_property
    def credit_words(self) -> frozenset[str]:
        """All words of the credit, for names that splitting cut in two."""
        return frozenset(words(self.artist_credit or ""))


def _is_filed_under_songs(genres: Sequence[str], styles: Sequence[str]) -> bool:
    """Whether its genres are also those of songs, and no style says that it is a score."""
    return not _GENRES_OF_SONGS.isdisjoint(map(fold, genres)) and "score" not in map(fold, styles)


def _is_reissue(formats: Sequence[str], album_title: str) -> bool:
    """Whether the release says that an older album is pressed again."""
    return not _OF_REISSUES.isdisjoint((*map(fold, formats), *words(album_title)))
