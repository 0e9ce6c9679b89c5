"""Invented records: soundtracks worded as on real records, and decoys.

Belongs here: an album's artist and title, its pressings over the decades, and its truth.
Not here: the films (films.py), how many of each a catalog has (generator.py).
"""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from capstone_assets.emulator.catalogs import words
from capstone_assets.emulator.catalogs.catalog import Row
from capstone_assets.emulator.catalogs.films import LAST_YEAR, Film, FilmBook
from capstone_assets.emulator.catalogs.titles import in_series

REISSUE_YEARS = 3
MOST_PRESSINGS = 8
NEGATIVES_LISTED = 3

_STAGE_AND_SCREEN = "Stage & Screen"


@dataclass(frozen=True, slots=True)
class Album:
    """A record before it is pressed.

    `films` are those it belongs to, `not_films` those it is easily confused with. `dated` holds
    when only the year or the composer identifies the film, so every pressing needs its year.
    """

    artist: str
    title: str
    year: int
    language: str
    kind: str
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    films: tuple[int, ...] = ()
    not_films: tuple[int, ...] = ()
    dated: bool = False
    single: bool = False
    film_title: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """An album's rows: its master, if it has one, and its pressings with the kind of each."""

    album: Album
    master: Row | None
    releases: list[Row]
    kinds: list[str]


class RecordMaker:
    """Makes records of the films of a book, and decoys beside them."""

    def __init__(self, rng: Random, book: FilmBook) -> None:
        self._rng = rng
        self._book = book
        self._first_names = {name for names in words.FIRST_NAMES.values() for name in names}
        self._named_as_people = [
            film for film in book.films if film.naming.title in self._first_names
        ]

    def soundtrack(self, film: Film) -> Album:
        """A record of the film's music, easy to link or hard."""
        ambiguous = bool(self._book.same_title(film))
        kind, title = self._variant(film, ambiguous=ambiguous)
        performed = not ambiguous and kind == "exact_title" and self._rng.random() < 0.04
        confused = [*self._book.same_title(film), *self._book.series_of(film)]
        artist = self._credit(film, certain=ambiguous)
        if performed:
            kind, artist = "performer", self._band()
            title = self._rng.choice(words.PERFORMER_PHRASES).format(
                t=as_on_records(film.naming.title)
            )
        if kind == "exact_title" and not any(composer in artist for composer in film.composers):
            kind = "no_composer"
        if kind in ("exact_title", "no_composer"):
            kind = "remake" if ambiguous else "sequel" if film.part > 1 else kind
        genres, styles = self._soundtrack_tags(kind)
        return Album(
            artist=artist,
            title=title,
            # Songs sung by a band are not a reissue of the score: they come out with the film.
            year=film.year if performed else self._album_year(film.year),
            language=film.language if kind == "foreign_title" else "en",
            kind=kind,
            genres=genres,
            styles=styles,
            films=(film.film_id,) if film.film_id else (),
            not_films=tuple(confused[:NEGATIVES_LISTED]),
            dated=ambiguous,
            single=kind == "title_song",
            film_title=film.naming.title,
        )

    def may_share_a_record(self, first: Film, second: Film) -> bool:
        """Whether a record of both films would identify them without doubt."""
        alone = not self._book.same_title(first) and not self._book.same_title(second)
        return alone and first is not second

    def two_films(self, first: Film, second: Film) -> Album:
        """A record with the music of two films on it, "A / B"."""
        credit = [*first.composers, *(c for c in second.composers if c not in first.composers)]
        title = f"{as_on_records(first.naming.title)} / {as_on_records(second.naming.title)}"
        genres, styles = self._soundtrack_tags("two_films")
        return Album(
            artist=" / ".join(credit) or "Various",
            title=title + self._rng.choice(("", " (Original Motion Picture Soundtracks)")),
            year=self._album_year(max(first.year, second.year)),
            language="en",
            kind="two_films",
            genres=genres,
            styles=styles,
            films=tuple(film.film_id for film in (first, second) if film.film_id),
        )

    def of_absent_film(self, film: Film) -> Album:
        """The soundtrack of a film that the catalog withholds, or of a near namesake of `film`.

        `film` must have no soundtrack of its own: its title must not decide.
        """
        rng = self._rng
        draw = rng.random()
        absent, kind = None, "absent_film"
        if draw < 0.2 and film.composers:
            absent, kind = self._book.namesake(film, None), "absent_remake"
        elif draw < 0.35:
            absent, kind = self._book.successor(film, None), "absent_sequel"
        elif draw < 0.45 and self._book.titles.take(f"{film.naming.title} Returns"):
            return self._absent(
                self._book.fresh(None), "absent_near_title", f"{film.naming.title} Returns", film
            )
        if absent is None:
            absent = self._book.fresh(None)
            return self._absent(absent, "absent_film", absent.naming.title, None)
        return self._absent(absent, kind, absent.naming.title, film)

    def studio_album(self, film: Film) -> Album:
        """An ordinary album that shares the film's title, or whose artist shares its name."""
        rng = self._rng
        if rng.random() < 0.15 and self._named_as_people:
            return self._by_a_namesake_of_the_film(rng.choice(self._named_as_people))
        genre, style = rng.choice(words.MUSIC)
        return Album(
            artist=self._band() if rng.random() < 0.7 else self._book.people.anybody("en"),
            title=as_on_records(film.naming.title),
            year=rng.randrange(1955, LAST_YEAR + 1),
            language="en",
            kind="decoy_studio_album",
            genres=(genre,),
            styles=(style,),
            not_films=(film.film_id or 0,),
        )

    def television(self, film: Film) -> Album:
        """Music of a television series, half of them of a film's title."""
        return self._not_a_film(film, "decoy_tv", words.TELEVISION_PHRASES, ("Soundtrack", "Score"))

    def game(self, film: Film) -> Album:
        """Music of a game, half of them of a film's title."""
        styles = ("Video Game Music", "Score")
        return self._not_a_film(film, "decoy_game", words.GAME_PHRASES, styles)

    def stage(self, film: Film) -> Album:
        """A cast recording, half of them of a film's title."""
        return self._not_a_film(film, "decoy_cast", words.STAGE_PHRASES, ("Musical",))

    def compilation(self, film: Film) -> Album:
        """Music of many films by one composer, at times named for one of the films."""
        rng = self._rng
        composer = film.composers[0] if film.composers else self._book.people.anybody("en")
        named_for_film = rng.random() < 0.25
        if named_for_film:
            film_title = as_on_records(film.naming.title)
            title = f"{film_title}: The Classic Film Scores Of {composer}"
        else:
            title = rng.choice(words.COMPILATION_PHRASES).format(t=composer)
        return Album(
            artist=composer,
            title=title,
            year=rng.randrange(1965, LAST_YEAR + 1),
            language="en",
            kind="decoy_compilation",
            genres=(_STAGE_AND_SCREEN,),
            styles=("Soundtrack", "Score"),
            not_films=(film.film_id or 0,) if named_for_film else (),
        )

    def pressed(self, album: Album, pressings: int) -> Pressed:
        """The rows of an album with 1 to 8 pressings; their ids are given later."""
        rng = self._rng
        years = sorted(self._pressing_years(album, pressings))
        has_master = album.dated or (rng.random() < 0.9 if pressings > 1 else rng.random() < 0.2)
        releases, kinds = [], []
        for place, year in enumerate(years):
            undated = not album.dated and rng.random() < 0.12
            title, kind = self._wording(album, year, first=place == 0)
            releases.append(self._release_row(album, title, None if undated else year, year))
            kinds.append("no_year" if undated and kind == "exact_title" else kind)
        master = None
        if has_master:
            first = releases[0]
            title = f"{album.artist} - {album.title}"
            master = {**first, "title": title, "year": str(album.year)}
        return Pressed(album, master, releases, kinds)

    # -- soundtracks --------------------------------------------------------------------------

    def _variant(self, film: Film, *, ambiguous: bool) -> tuple[str, str]:
        """Return the kind of the record's title, and the title."""
        rng = self._rng
        title = as_on_records(film.naming.title)
        variants: list[tuple[float, str, str]] = [(0.68, "exact_title", title)]
        if film.part == 1:
            phrase = rng.choice(words.YEAR_PHRASES)
            variants.append((0.03, "year_in_brackets", phrase.format(t=title, y=film.year)))
        # Only films with a title of their own get blurred titles.
        if not ambiguous:
            variants += self._blurred(film, title)
        weights = [weight for weight, _, _ in variants]
        _, kind, name = rng.choices(variants, weights)[0]
        if kind == "title_song":
            return kind, rng.choice(words.SINGLE_PHRASES).format(t=name)
        if kind in ("two_scripts", "year_in_brackets"):
            return kind, name
        if kind == "exact_title" and title.startswith("("):
            kind = "leading_bracket"
        phrases = words.SOUNDTRACK_PHRASES[film.language if kind == "foreign_title" else "en"]
        if kind == "exact_title" and rng.random() < 0.25:
            phrases = rng.choice((words.SCORE_PHRASES, words.SONG_PHRASES))
        return kind, rng.choice(phrases).format(t=name)

    def _blurred(self, film: Film, title: str) -> Iterator[tuple[float, str, str]]:
        rng = self._rng
        yield 0.06, "title_song", title
        yield 0.03, "possessive_brand", f"{film.director}'s {title}"
        original = as_on_records(film.naming.original_title)
        if original != title:
            yield 0.14, "foreign_title", original
            yield 0.05, "two_scripts", f"{original} = {title}"
        first, _, rest = title.partition(" ")
        if first.isdigit() and int(first) < len(words.NUMBER_WORDS) and rest:
            yield 0.7, "number_words", f"{words.NUMBER_WORDS[int(first)]} {rest}"
        if title.startswith("The "):
            yield 0.02, "trailing_article", f"{title[4:]}, The"
        if " And " in title:
            yield 0.06, "ampersand", title.replace(" And ", " & ")
        if not title.isascii():
            yield 0.1, "diacritics", _without_marks(title)
        if len(title) >= 10 and film.part == 1:
            yield 0.006, "typo", _mistyped(title, rng)
        if film.part > 1:
            number = next(t for t in _other_numerals(film) if t != title)
            yield 0.12, "numeral", number
        main, colon, subtitle = title.partition(": ")
        if colon and film.part == 1:
            yield 0.1, "subtitle", f"{main} - {subtitle}"

    def _credit(self, film: Film, *, certain: bool) -> str:
        """Return the record's credit: composers, a band, or Various."""
        rng = self._rng
        if not film.composers:
            return "Various" if rng.random() < 0.6 else self._band()
        draw = rng.random()
        if certain or draw < 0.8:
            return rng.choice((", ", " & ")).join(film.composers)
        return "Various" if draw < 0.96 else self._band()

    def _soundtrack_tags(self, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        rng = self._rng
        style = "Theme" if kind == "title_song" else rng.choice(("Soundtrack", "Score"))
        draw = rng.random()
        if draw < 0.5:
            return (_STAGE_AND_SCREEN,), (style,)
        genre, music_style = rng.choice(words.MUSIC)
        # Some records are filed under their music alone: only the style identifies them.
        if draw > 0.96:
            return (genre,), (music_style, style)
        return (genre, _STAGE_AND_SCREEN), (music_style, style)

    def _album_year(self, film_year: int) -> int:
        """The original record is of the film's year or the next; a few are dug out much later."""
        rng = self._rng
        late = rng.randrange(10, 45) if rng.random() < 0.03 else 0
        near = rng.choices((-1, 0, 1, 2), (0.03, 0.74, 0.19, 0.04))[0]
        return min(LAST_YEAR, film_year + near + late)

    # -- decoys -------------------------------------------------------------------------------

    def _absent(self, absent: Film, kind: str, title: str, mistaken_for: Film | None) -> Album:
        genres, styles = self._soundtrack_tags(kind)
        certain = kind == "absent_remake"
        phrase = self._rng.choice(words.SOUNDTRACK_PHRASES["en"])
        if kind == "absent_film" and absent.language != "en" and self._rng.random() < 0.5:
            phrase = self._rng.choice(words.SOUNDTRACK_PHRASES[absent.language])
            title = absent.naming.original_title
        return Album(
            artist=self._credit(absent, certain=certain),
            title=phrase.format(t=as_on_records(title)),
            # A record that is released late could coincide with a film that it does not belong to.
            year=absent.year if certain else self._album_year(absent.year),
            language=absent.language,
            kind=kind,
            genres=genres,
            styles=styles,
            not_films=(mistaken_for.film_id or 0,) if mistaken_for else (),
            dated=certain,
        )

    def _by_a_namesake_of_the_film(self, film: Film) -> Album:
        """The film is "Joe", the artist Joe and a surname, the record that of another film."""
        name = f"{film.naming.title} {self._rng.choice(words.LAST_NAMES['en'])}"
        absent = self._book.fresh(None)
        return Album(
            artist=name,
            title=self._rng.choice(words.SOUNDTRACK_PHRASES["en"]).format(
                t=as_on_records(absent.naming.title)
            ),
            year=self._album_year(absent.year),
            language="en",
            kind="decoy_artist_name",
            genres=(_STAGE_AND_SCREEN,),
            styles=("Soundtrack",),
            not_films=(film.film_id or 0,),
        )

    def _not_a_film(
        self, film: Film, kind: str, phrases: Sequence[str], styles: tuple[str, ...]
    ) -> Album:
        rng = self._rng
        collides = rng.random() < 0.5
        naming = film.naming if collides else self._book.titles.fresh("en")
        return Album(
            artist=self._book.people.anybody("en") if rng.random() < 0.7 else "Various",
            title=rng.choice(phrases).format(t=as_on_records(naming.title)),
            year=rng.randrange(1960, LAST_YEAR + 1),
            language="en",
            kind=kind,
            genres=(_STAGE_AND_SCREEN,),
            styles=styles,
            not_films=(film.film_id or 0,) if collides else (),
        )

    def _band(self) -> str:
        word, noun = self._rng.choice(words.BAND_WORDS), self._rng.choice(words.BAND_NOUNS)
        return f"The {word} {noun}"

    # -- pressings ----------------------------------------------------------------------------

    def _pressing_years(self, album: Album, count: int) -> Iterator[int]:
        """The original's year, then a cluster around it and reissues decades later."""
        rng = self._rng
        yield album.year
        for _ in range(count - 1):
            later = 0 if rng.random() < 0.4 else int(rng.expovariate(1 / 16))
            yield min(LAST_YEAR, album.year + later)

    def _wording(self, album: Album, year: int, *, first: bool) -> tuple[str, str]:
        """A pressing's title and kind: a reissue at times says it in new words."""
        if first or year - album.year < REISSUE_YEARS or album.kind != "exact_title":
            return album.title, album.kind
        if self._rng.random() < 0.3:
            phrase = self._rng.choice(words.REISSUE_PHRASES)
            return phrase.format(t=as_on_records(album.film_title)), "reissue"
        return album.title, "reissue"

    def _release_row(self, album: Album, title: str, shown_year: int | None, year: int) -> Row:
        rng = self._rng
        formats = _formats(year, rng, single=album.single)
        if year - album.year >= REISSUE_YEARS:
            formats.append("Reissue")
        label = rng.choice(words.RECORD_LABELS)
        return {
            "id": 0,
            "title": f"{album.artist} - {title}",
            "year": None if shown_year is None else str(shown_year),
            "country": rng.choice(words.PRESSING_COUNTRIES[album.language]),
            "genre": list(album.genres),
            "style": list(album.styles),
            "format": formats,
            "label": [label],
            "catno": f"{label[:2].upper()} {rng.randrange(100, 99_999)}",
        }


def number_of_pressings(rng: Random, mean: float) -> int:
    """1 to 8, rarely many: geometric, with about the given mean."""
    if mean <= 1:
        return 1
    scale = 1 / math.log(1 + 1 / (mean - 1))
    return min(MOST_PRESSINGS, 1 + int(rng.expovariate(1 / scale)))


def _formats(year: int, rng: Random, *, single: bool) -> list[str]:
    if single:
        return ["CD", "Single"] if 1989 <= year < 2010 else ["Vinyl", '7"', "45 RPM", "Single"]
    if year < 1984:
        return ["Vinyl", "LP", "Album"]
    if year < 2006:
        return rng.choice((["CD", "Album"], ["CD", "Album"], ["Cassette", "Album"]))
    return rng.choice((["CD", "Album"], ["Vinyl", "LP", "Album"], ["File", "Album"]))


def as_on_records(title: str) -> str:
    """Discogs begins every word with a capital, "And" and "Of" too."""
    return " ".join(word[:1].upper() + word[1:] for word in title.split(" "))


def _without_marks(title: str) -> str:
    bare = unicodedata.normalize("NFKD", title)
    return "".join(c for c in bare if not unicodedata.combining(c))


def _mistyped(title: str, rng: Random) -> str:
    """The title with one letter doubled, dropped or exchanged with the next."""
    place = rng.randrange(1, len(title) - 2)
    way = rng.randrange(3)
    if way == 0:
        return title[:place] + title[place] + title[place:]
    if way == 1:
        return title[:place] + title[place + 1 :]
    return title[:place] + title[place + 1] + title[place] + title[place + 2 :]


def _other_numerals(sequel: Film) -> Iterator[str]:
    """The title of a sequel with its number written in other ways."""
    title = as_on_records(sequel.naming.title)
    for style in range(3):
        ending = in_series("", sequel.part, style)
        if title.endswith(ending):
            main = title[: -len(ending)]
            yield from (in_series(main, sequel.part, other) for other in (0, 1) if other != style)
