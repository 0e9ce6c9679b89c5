"""The bundled catalog: well-known films and their soundtracks, with known truth.

Belongs here: reading the hand-written list in bundled/ (its README describes the columns) and
deriving pressings, masters and labels from it.
Not here: serving a catalog (app.py), invented catalogs of any size (generator.py).
"""

import csv
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from capstone_assets.emulator.catalogs.catalog import Catalog, Row

BUNDLED_FOLDER = Path(__file__).with_name("bundled")

GENRE_IDS = {
    "Action": 28,
    "Adventure": 12,
    "Animation": 16,
    "Comedy": 35,
    "Crime": 80,
    "Documentary": 99,
    "Drama": 18,
    "Family": 10751,
    "Fantasy": 14,
    "History": 36,
    "Horror": 27,
    "Music": 10402,
    "Mystery": 9648,
    "Romance": 10749,
    "Science Fiction": 878,
    "Thriller": 53,
    "War": 10752,
    "Western": 37,
}

# Discogs writes countries' names, also of some that no longer exist.
DISCOGS_COUNTRIES = {
    "AR": "Argentina",
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "BR": "Brazil",
    "CA": "Canada",
    "CZ": "Czech Republic",
    "DE": "Germany",
    "ES": "Spain",
    "EU": "Europe",
    "FI": "Finland",
    "FR": "France",
    "GR": "Greece",
    "HK": "Hong Kong",
    "HU": "Hungary",
    "IN": "India",
    "IS": "Iceland",
    "IT": "Italy",
    "JP": "Japan",
    "KR": "South Korea",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NO": "Norway",
    "NZ": "New Zealand",
    "PL": "Poland",
    "RU": "Russia",
    "SE": "Sweden",
    "SU": "USSR",
    "TR": "Turkey",
    "TW": "Taiwan",
    "UK": "UK",
    "US": "US",
    "YU": "Yugoslavia",
}

DISCOGS_FORMATS = {
    "LP": ("Vinyl", "LP", "Album"),
    "CD": ("CD", "Album"),
    "Cass": ("Cassette", "Album"),
    "File": ("File", "Album"),
    "7in": ("Vinyl", '7"', "45 RPM"),
    "10in": ("Vinyl", '10"', "LP"),
    "12in": ("Vinyl", '12"', "45 RPM"),
    "CDS": ("CD", "Single"),
    "10S": ("Shellac", '10"', "78 RPM"),
}

# The catalog's own ids, far above those that TMDB and Discogs have given out. A hash of the name
# keeps an id when others are added or removed.
_FIRST_FILM_ID = 900_000_000
_FIRST_RECORD_ID = 1_000_000_000

# A score that came out this much later than its film was rediscovered or rerecorded.
LATE_ALBUM_YEARS = 3
REISSUE_YEARS = 3

_ALTERNATIVE_TITLE = re.compile(r"(?P<country>[A-Z]{2})(?: \((?P<type>[^)]+)\))?: (?P<title>.+)")


@dataclass(frozen=True)
class Pressing:
    """One pressing of an album; `year` is None when it has none, `label` when unknown."""

    written: str
    year: int | None
    country: str
    formats: tuple[str, ...]
    label: str | None
    title: str | None

    @classmethod
    def read(cls, written: str) -> "Pressing":
        """Read `1975 FR LP MCA Records ~ Les Dents De La Mer`; raises ValueError if unreadable."""
        pressed, _, title = written.partition(" ~ ")
        try:
            year, country, discs, *label = pressed.split(" ")
            code = discs if discs in DISCOGS_FORMATS else discs.lstrip("0123456789")
            return cls(
                written=written,
                year=None if year == "?" else int(year),
                country=DISCOGS_COUNTRIES[country],
                formats=DISCOGS_FORMATS[code],
                label=" ".join(label) or None,
                title=title or None,
            )
        except (KeyError, ValueError):
            raise ValueError(
                f"{written!r} is not a pressing: year, country, format, label, ~ title"
            ) from None


@dataclass(frozen=True)
class Film:
    """A film of the list; `name`, its title and year, is the reference for albums."""

    name: str
    title: str
    original_title: str
    released: str
    language: str
    countries: tuple[str, ...]
    genres: tuple[str, ...]
    composers: tuple[str, ...]
    alternative_titles: tuple[Row, ...]

    @property
    def film_id(self) -> int:
        """The catalog's own id."""
        return _FIRST_FILM_ID + _hash(self.name) % 90_000_000

    @property
    def year(self) -> int:
        """Year of release."""
        return int(self.released[:4])

    def is_named_in(self, album_title: str) -> bool:
        """Whether the album title holds the English title, whatever its case and punctuation."""
        return _words(self.title) in _words(album_title)


@dataclass(frozen=True)
class Album:
    """An album of the list, its films and those that it is easily confused with."""

    films: tuple[str, ...]
    artist: str
    title: str
    pressings: tuple[Pressing, ...]
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    kind: str
    not_films: tuple[str, ...]

    @cached_property
    def original_year(self) -> int | None:
        """Year of the earliest pressing that has one."""
        return min((p.year for p in self.pressings if p.year is not None), default=None)

    @property
    def master_id(self) -> int | None:
        """The catalog's own id; None for an album of one pressing: Discogs gives it no master."""
        return self._record_id("master") if len(self.pressings) > 1 else None

    def release_id(self, pressing: Pressing) -> int:
        """The catalog's own id of one of its pressings."""
        return self._record_id(pressing.written)

    def _record_id(self, *parts: str) -> int:
        name = "\n".join((*self.films, self.artist, self.title, *parts))
        return _FIRST_RECORD_ID + _hash(name) % 1_000_000_000


def bundled_catalog() -> Catalog:
    """The catalog of the hand-written list: the same rows and ids at every call.

    Every release has at least one label. Popularity, votes and ratings are illustrative.
    """
    films, albums = read_films(), read_albums()
    film_of = {film.name: film for film in films}
    return Catalog(
        films=[_film_row(film) for film in films],
        releases=[_release_row(album, p) for album in albums for p in album.pressings],
        masters=[_master_row(album) for album in albums if album.master_id is not None],
        labels=[row for album in albums for row in _label_rows(album, film_of)],
    )


def read_films() -> list[Film]:
    """The films of the list, in the order of its files."""
    return [
        Film(
            name=f"{row['title']} ({row['released'][:4]})",
            title=row["title"],
            original_title=row["original_title"] or row["title"],
            released=row["released"],
            language=row["language"],
            countries=_listed(row["countries"]),
            genres=_listed(row["genres"]),
            composers=_listed(row["composers"]),
            alternative_titles=tuple(
                _alternative_title(written) for written in _listed(row["alternative_titles"])
            ),
        )
        for row in _rows_of("films")
    ]


def read_albums() -> list[Album]:
    """The albums of the list, in the order of its files."""
    return [
        Album(
            films=_listed(row["films"]),
            artist=row["artist"],
            title=row["title"],
            pressings=tuple(Pressing.read(written) for written in _listed(row["pressings"])),
            genres=_listed(row["genres"]) or ("Stage & Screen",),
            styles=_listed(row["styles"]) or ("Soundtrack", "Score"),
            kind=row["kind"],
            not_films=_listed(row["not_films"]),
        )
        for row in _rows_of("albums")
    ]


def _rows_of(folder: str) -> Iterator[dict[str, str]]:
    for path in sorted((BUNDLED_FOLDER / folder).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(" | ")) if cell else ()


def _alternative_title(written: str) -> Row:
    match = _ALTERNATIVE_TITLE.fullmatch(written)
    if match is None:
        raise ValueError(f"{written!r} is not an alternative title: country, type, title")
    country = {"UK": "GB"}.get(match["country"], match["country"])
    return {"iso_3166_1": country, "title": match["title"], "type": match["type"] or ""}


def _hash(name: str) -> int:
    return zlib.crc32(name.encode())


def _words(text: str) -> str:
    """The text as lower-case words between spaces, so that "It" is not found in "Italian"."""
    words = re.findall(r"[^\W_]+", text.casefold().replace("&", " and "))
    return f" {' '.join(words)} "


def _film_row(film: Film) -> Row:
    # Skewed as on TMDB: many films with few votes. Illustrative, and the README says so.
    draw = _hash(film.name) / 2**32
    votes = round(40 * 700**draw)
    return {
        "id": film.film_id,
        "title": film.title,
        "original_title": film.original_title,
        "original_language": film.language,
        "release_date": film.released if len(film.released) > 4 else f"{film.released}-01-01",
        "genre_ids": [GENRE_IDS[genre] for genre in film.genres],
        "origin_country": list(film.countries),
        "popularity": round(0.6 * 120**draw, 3),
        "vote_count": votes,
        "vote_average": round(5.4 + _hash(film.title) % 32 / 10, 1),
        "imdb_id": None,
        "composers": list(film.composers),
        "alternative_titles": list(film.alternative_titles),
    }


def _release_row(album: Album, pressing: Pressing) -> Row:
    formats = list(pressing.formats)
    if '7"' in formats or '12"' in formats:
        formats.append("Single" if album.kind == "title_song" else "EP")
    if _is_reissue(album, pressing):
        formats.append("Reissue")
    return {
        "id": album.release_id(pressing),
        "title": f"{album.artist} - {pressing.title or album.title}",
        "year": None if pressing.year is None else str(pressing.year),
        "country": pressing.country,
        "genre": list(album.genres),
        "style": list(album.styles),
        "format": formats,
        "label": [pressing.label] if pressing.label else [],
        "master_id": album.master_id,
    }


def _master_row(album: Album) -> Row:
    original = min(album.pressings, key=lambda p: p.year or 9999)
    return {
        "id": album.master_id,
        "title": f"{album.artist} - {album.title}",
        "year": None if album.original_year is None else str(album.original_year),
        "country": original.country,
        "genre": list(album.genres),
        "style": list(album.styles),
        "format": list(original.formats),
        "label": [original.label] if original.label else [],
    }


def _is_reissue(album: Album, pressing: Pressing) -> bool:
    if album.original_year is None or pressing.year is None:
        return False
    return pressing.year - album.original_year >= REISSUE_YEARS


def _label_rows(album: Album, film_of: dict[str, Film]) -> Iterator[Row]:
    """The labels of each pressing: which films it belongs to, and which not.

    A record of two films is the soundtrack of each, so it has a row for both.
    """
    not_ids = [film_of[name].film_id for name in album.not_films]
    for pressing in album.pressings:
        release_id = album.release_id(pressing)
        films = [film_of[name] for name in album.films]
        kind = _kind(album, pressing, films)
        if not films:
            yield label_row(None, release_id, 1, kind)
        for film in films:
            yield label_row(film.film_id, release_id, 1, kind)
        for film_id in not_ids:
            yield label_row(film_id, release_id, 0, kind)


def label_row(film_id: int | None, release_id: int, label: int, kind: str) -> Row:
    """A row of labels.csv, in text as the file holds it; None means no film and is left blank."""
    return {
        "film_tmdb_id": "" if film_id is None else str(film_id),
        "release_id": str(release_id),
        "label": str(label),
        "kind": kind,
    }


# Kinds that a pressing's own title or year cannot change.
_LASTING_KINDS = ("two_films", "title_song")


def _kind(album: Album, pressing: Pressing, films: Sequence[Film]) -> str:
    """What makes the release easy or hard to link: the kind in the list, or from the row."""
    if not films or album.kind in _LASTING_KINDS:
        return album.kind
    [film] = films
    if pressing.title and not film.is_named_in(pressing.title):
        return "foreign_title"
    if album.kind and not pressing.title:
        return album.kind
    if not film.is_named_in(pressing.title or album.title):
        return "foreign_title"
    return _kind_by_year(album, pressing, film) or _kind_by_artist(album.artist, film.composers)


def _kind_by_year(album: Album, pressing: Pressing, film: Film) -> str | None:
    if pressing.year is None:
        return "no_year"
    if _is_reissue(album, pressing):
        return "reissue"
    if pressing.year - film.year > LATE_ALBUM_YEARS:
        return "late_album"
    return None


def _kind_by_artist(artist: str, composers: Iterable[str]) -> str:
    named = any(_words(composer) in _words(artist) for composer in composers)
    return "exact_title" if named else "no_composer"
