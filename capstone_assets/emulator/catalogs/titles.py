"""Titles of invented films: unique unless meant to be shared, and true to their translations.

Belongs here: the shapes of titles, and the memory of which are taken.
Not here: the words (words.py), who made the film and when (films.py).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from capstone_assets.emulator.catalogs.words import (
    ADJECTIVES,
    AND,
    CITIES,
    FIRST_NAMES,
    LANGUAGE_COUNTRY,
    LANGUAGES,
    LAST_NAMES,
    NOUNS,
    THINGS,
)

SHORT_TITLES = ("It", "Up", "Her", "Us", "M", "Z", "If", "Ten", "Pi", "Ray", "Now", "You", "Run")
_TRIES = 4
_ARTICLES = frozenset(("the", "a", "an"))

Translations = dict[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """What a film is called: in English, in its own language, and elsewhere by country."""

    title: str
    original_title: str
    abroad: tuple[tuple[str, str], ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """Its titles that are not the English one."""
        titles = (self.original_title, *(title for _, title in self.abroad))
        return tuple(title for title in dict.fromkeys(titles) if title != self.title)


def title_key(title: str) -> str:
    """What two titles have in common that a reader takes for the same: no case, marks, articles."""
    bare = title.casefold().replace("&", " and ")
    if not bare.isascii():  # most titles are, and this is slow
        marked = unicodedata.normalize("NFKD", bare)
        bare = "".join(c for c in marked if not unicodedata.combining(c))
    words = re.findall(r"\w+", bare)
    return " ".join([word for word in words if word not in _ARTICLES] or words)


class TitleMaker:
    """Draws titles; remembers them, so that two films share one only on request."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def take(self, *titles: str) -> bool:
        """Take the titles if none of them is taken; return whether it did."""
        keys = {title_key(title) for title in titles}
        if keys & self._taken:
            return False
        self._taken |= keys
        return True

    def fresh(self, language: str) -> Naming:
        """A film's titles, none of them any other film's."""
        tries = 0
        while True:
            tries += 1
            naming = self._draw(language, long=tries > _TRIES)
            if self.take(naming.title, *naming.others):
                return naming

    def _draw(self, language: str, *, long: bool) -> Naming:
        rng = self._rng
        if language == "en" and rng.random() < 0.75:
            title = _english(rng, long=long)
            return Naming(title, title)
        names = _translated(rng, long=long)
        original = names[language]
        # La Strada is La Strada in English too; another script is always translated.
        keeps = language in ("fr", "it", "es", "de") and rng.random() < 0.25
        abroad = rng.sample([other for other in LANGUAGES if other != language], k=rng.randrange(4))
        if keeps and "en" not in abroad:
            abroad.append("en")
        return Naming(
            original if keeps else names["en"],
            original,
            tuple((LANGUAGE_COUNTRY[other], names[other]) for other in sorted(abroad)),
        )


def _translated(rng: Random, *, long: bool) -> Translations:
    """The same title in every language."""
    first, second, third = rng.sample(NOUNS, k=3)
    the = rng.choice(("The ", ""))
    draw = rng.random()
    if long:
        return {
            tongue: _listed(tongue, first[tongue], second[tongue], third[tongue])
            for tongue in LANGUAGES
        }
    if draw < 0.12:
        return {**first, "en": the + first["en"]}
    if draw < 0.4:
        city = rng.choice(CITIES)
        return {
            "en": f"{the}{first['en']} in {city['en']}",
            "fr": f"{first['fr']} à {city['fr']}",
            "it": f"{first['it']} a {city['it']}",
            "es": f"{first['es']} en {city['es']}",
            "de": f"{first['de']} in {city['de']}",
            "ja": f"{city['ja']}の{first['ja']}",
            "ru": f"{city['ru']}. {first['ru']}",
        }
    pair = {
        tongue: f"{first[tongue]} {AND[tongue]} {_inside(tongue, second[tongue])}"
        for tongue in LANGUAGES
    }
    pair["ja"] = f"{first['ja']}{AND['ja']}{second['ja']}"
    pair["en"] = f"{the}{first['en']} and {the.lower()}{second['en']}"
    return pair


def _listed(tongue: str, first: str, second: str, third: str) -> str:
    if tongue == "ja":
        return f"{first}、{second}、{third}"
    last = f"{AND[tongue]} {_inside(tongue, third)}"
    return f"{first}, {_inside(tongue, second)} {last}"


def _inside(tongue: str, noun: str) -> str:
    """A noun within a title: its article, or in Russian itself, begins with a small letter."""
    return noun if tongue in ("en", "ja") else noun[0].lower() + noun[1:]


ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def in_series(title: str, number: int, style: int) -> str:
    """The title of a sequel: `style` 0 is "Title 2", 1 "Title II", 2 "Title: Part II"."""
    if style == 0:
        return f"{title} {number}"
    return f"{title} {ROMAN[number]}" if style == 1 else f"{title}: Part {ROMAN[number]}"


def _english(rng: Random, *, long: bool) -> str:
    shape = rng.choices(_SHAPES, cum_weights=_SHAPE_WEIGHTS)[0]
    title = shape(rng)
    if not long:
        return title
    return f"{title}: {_the_thing_of_the_noun(rng)}"


def _short(rng: Random) -> str:
    return rng.choice(SHORT_TITLES)


def _first_name(rng: Random) -> str:
    return rng.choice(FIRST_NAMES["en"])


def _full_name(rng: Random) -> str:
    tongue = rng.choice(LANGUAGES)
    return f"{rng.choice(FIRST_NAMES[tongue])} {rng.choice(LAST_NAMES[tongue])}"


def _noun(rng: Random) -> str:
    return rng.choice(THINGS) if rng.random() < 0.6 else rng.choice(NOUNS)["en"]


def _the_thing(rng: Random) -> str:
    return rng.choice(("The ", "")) + _noun(rng)


def _adjective_thing(rng: Random) -> str:
    return f"{rng.choice(('The ', ''))}{rng.choice(ADJECTIVES)} {_noun(rng)}"


def _the_thing_of_the_noun(rng: Random) -> str:
    return f"The {_noun(rng)} of the {_noun(rng)}"


def _somebodys_thing(rng: Random) -> str:
    return f"{rng.choice(FIRST_NAMES['en'])}'s {_noun(rng)}"


def _thing_in_city(rng: Random) -> str:
    way = rng.choice(("Last {} in {}", "A {} in {}", "The {} from {}", "{} to {}"))
    return way.format(_noun(rng), rng.choice(CITIES)["en"])


def _two_things(rng: Random) -> str:
    return f"{_noun(rng)} and {_noun(rng)}"


def _number(rng: Random) -> str:
    way = rng.choice(("{}", "Room {}", "{} Days", "{} Miles", "District {}", "Apollo {}"))
    return way.format(rng.randrange(2, 2100))


def _small_number(rng: Random) -> str:
    """A number that records write as a word, too: Twelve Monkeys."""
    return f"{rng.randrange(2, 13)} {rng.choice(ADJECTIVES)} {_noun(rng)}s"


def _bracketed(rng: Random) -> str:
    """A title that opens with a bracket, as (500) Days of Summer does."""
    way = rng.choice(("({}) Days of {}", "({}) Nights of {}", "({}) Ways to {}"))
    return way.format(rng.randrange(2, 1000), rng.choice(THINGS))


def _subtitled(rng: Random) -> str:
    return f"{_adjective_thing(rng)}: {_the_thing_of_the_noun(rng)}"


_WEIGHTED_SHAPES: tuple[tuple[Callable[[Random], str], float], ...] = (
    (_short, 0.005),
    (_first_name, 0.02),
    (_the_thing, 0.09),
    (_adjective_thing, 0.3),
    (_the_thing_of_the_noun, 0.2),
    (_full_name, 0.1),
    (_somebodys_thing, 0.08),
    (_thing_in_city, 0.08),
    (_two_things, 0.055),
    (_number, 0.03),
    (_subtitled, 0.04),
    (_small_number, 0.03),
    (_bracketed, 0.02),
)
_SHAPES = tuple(shape for shape, _ in _WEIGHTED_SHAPES)
_SHAPE_WEIGHTS = tuple(
    sum(weight for _, weight in _WEIGHTED_SHAPES[: place + 1])
    for place in range(len(_WEIGHTED_SHAPES))
)
