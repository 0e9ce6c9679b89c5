"""Invented catalogs of any size, with the phenomena of the real ones and with known truth.

Belongs here: how many of each kind a catalog holds, its ids and labels, and writing it to a folder.
Not here: the films (films.py), the records (releases.py), reading a catalog back (catalog.py), the
catalog of real films (bundled.py).

The truth can always be derived: films that share a title are years apart and by other composers,
and their records credit the composer and bear a year; a release that is not a film's
soundtrack has another genre or other words, or a title, year and composer of no listed film.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path
from random import Random

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.catalogs.bundled import label_row
from capstone_assets.emulator.catalogs.catalog import Catalog, Row
from capstone_assets.emulator.catalogs.films import Film, FilmBook
from capstone_assets.emulator.catalogs.lookalikes import LookalikeMaker
from capstone_assets.emulator.catalogs.releases import (
    Album,
    Pressed,
    RecordMaker,
    number_of_pressings,
)

FEWEST_FILMS = 10
FEWEST_RELEASES = 25

# About a third of the films of TMDB have a soundtrack; some have several albums.
FILMS_WITH_SOUNDTRACK = 1 / 3
ALBUMS_A_FILM = (1.0, 0.25, 0.08)

DECOY_SHARES = {
    "absent": 0.16,
    "studio": 0.08,
    "television": 0.06,
    "stage": 0.05,
    "compilation": 0.05,
    "game": 0.04,
    "sequel_in_brackets": 0.01,
    "unmarked_television": 0.015,
    "platform_game": 0.01,
    "concept_album": 0.01,
}
_TWO_FILMS_SHARE = 0.02
_DECOY_PRESSINGS = 1.6
_MOST_MEAN_PRESSINGS = 4.5

_README = """# A catalog for the emulator
{films:,} films and {releases:,} releases, with {masters:,} masters and {labels:,} labels.
Ids are the catalog's own: neither TMDB nor Discogs knows them. Popularity, votes and ratings are
illustrative.
- `films.jsonl`, `releases.jsonl`, `masters.jsonl`: a film, a pressing, an album a line
- `labels.csv`: label 1 = the release is this film's soundtrack, or no listed film's where the film
  is blank; label 0 = not this film's. `kind` says what makes the pair easy or hard.
"""


class GeneratorError(EmulatorError, ValueError):
    """A catalog cannot be generated at the requested size."""

    def __init__(self, films: int, releases: int) -> None:
        super().__init__(films, releases)
        self.films, self.releases = films, releases

    def __str__(self) -> str:
        return (
            f"A catalog of {self.films:,} films and {self.releases:,} releases cannot hold every "
            f"kind of match and decoy: request at least {FEWEST_FILMS} films and "
            f"{FEWEST_RELEASES} releases."
        )


def generate_catalog(films: int, releases: int, seed: int) -> Catalog:
    """A catalog of exactly these numbers; equal arguments, equal catalogs.

    Ids count from 1. About 8 % of 10,000 films share a title, 17 % of 86,000.

    Raises:
        GeneratorError: with fewer than 10 films or 25 releases.
    """
    if films < FEWEST_FILMS or releases < FEWEST_RELEASES:
        raise GeneratorError(films, releases)
    rng = Random(seed)
    book = FilmBook(rng, films)
    rows = list(book.rows())
    albums = list(_albums(rng, book, releases))
    return _numbered(rng, rows, albums)


def write_catalog(catalog: Catalog, folder: Path) -> None:
    """Write the folder that `read_catalog` reads, with a README; files there are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("films", catalog.films),
        ("releases", catalog.releases),
        ("masters", catalog.masters),
        ("changes", catalog.changes),
    ):
        _write_lines(folder / f"{name}.jsonl", rows)
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        columns = ["film_tmdb_id", "release_id", "label", "kind"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(catalog.labels)
    readme = _README.format(
        films=len(catalog.films),
        releases=len(catalog.releases),
        masters=len(catalog.masters),
        labels=len(catalog.labels),
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")


def _write_lines(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _albums(rng: Random, book: FilmBook, releases: int) -> Iterator[Pressed]:
    """Albums with exactly `releases` pressings in all."""
    maker, lookalikes = RecordMaker(rng, book), LookalikeMaker(rng, book)
    shuffled = rng.sample(book.films, k=len(book.films))
    with_soundtrack = shuffled[: max(1, int(len(shuffled) * FILMS_WITH_SOUNDTRACK))]
    # A withheld namesake of a film that has a soundtrack would leave the truth to chance.
    without = shuffled[len(with_soundtrack) :]
    decoys: dict[str, tuple[Callable[[Film], Album], list[Film]]] = {
        "absent": (maker.of_absent_film, without),
        "studio": (maker.studio_album, shuffled),
        "television": (maker.television, shuffled),
        "stage": (maker.stage, shuffled),
        "compilation": (maker.compilation, shuffled),
        "game": (maker.game, shuffled),
        "sequel_in_brackets": (lookalikes.sequel_in_brackets, without),
        "unmarked_television": (lookalikes.unmarked_television, without),
        "platform_game": (lookalikes.platform_game, shuffled),
        "concept_album": (lookalikes.concept_album, without),
    }
    left = releases
    for name, share in DECOY_SHARES.items():
        make, films = decoys[name]
        count = max(1, int(releases * share))
        left -= count
        yield from _pressed(rng, maker, map(make, _drawn(rng, films)), count)
    of_films = list(_film_albums(rng, maker, with_soundtrack))
    mean = min(_MOST_MEAN_PRESSINGS, left / len(of_films))
    for pressed in _pressed(rng, maker, of_films, left, mean):
        left -= len(pressed.releases)
        yield pressed
    # The films are exhausted before the releases: the rest is of films that are not listed.
    more = map(maker.of_absent_film, _drawn(rng, without))
    yield from _pressed(rng, maker, more, left)


def _drawn(rng: Random, films: list[Film]) -> Iterator[Film]:
    """Films at random, without end."""
    return (rng.choice(films) for _ in repeat(None))


def _film_albums(rng: Random, maker: RecordMaker, films: list[Film]) -> Iterator[Album]:
    """First an album for each film, then a second for some, so that a small catalog has many."""
    for share in ALBUMS_A_FILM:
        for film in films:
            if rng.random() >= share:
                continue
            other = rng.choice(films)
            if rng.random() < _TWO_FILMS_SHARE and maker.may_share_a_record(film, other):
                yield maker.two_films(film, other)
            else:
                yield maker.soundtrack(film)


def _pressed(
    rng: Random,
    maker: RecordMaker,
    albums: Iterable[Album],
    count: int,
    mean: float = _DECOY_PRESSINGS,
) -> Iterator[Pressed]:
    """The albums in turn, until they have `count` pressings in all or there are no more."""
    if count <= 0:
        return
    for album in albums:
        pressings = min(count, number_of_pressings(rng, mean))
        yield maker.pressed(album, pressings)
        count -= pressings
        if count == 0:
            return


def _numbered(rng: Random, films: list[Row], albums: list[Pressed]) -> Catalog:
    """Give out ids, in no order that shows which pressings belong together."""
    release_ids = list(range(1, sum(len(pressed.releases) for pressed in albums) + 1))
    rng.shuffle(release_ids)
    next_id = iter(release_ids)
    releases: list[Row] = []
    masters: list[Row] = []
    labels: list[Row] = []
    for pressed in albums:
        master_id = None
        if pressed.master is not None:
            master_id = len(masters) + 1
            masters.append({**pressed.master, "id": master_id})
        for row, kind in zip(pressed.releases, pressed.kinds, strict=True):
            release = {**row, "id": next(next_id), "master_id": master_id}
            releases.append(release)
            labels.extend(_labels(pressed.album, release["id"], kind))
    releases.sort(key=lambda row: row["id"])
    return Catalog(films=films, releases=releases, masters=masters, labels=labels)


def _labels(album: Album, release_id: int, kind: str) -> Iterator[Row]:
    if not album.films:
        yield label_row(None, release_id, 1, kind)
    for film_id in album.films:
        yield label_row(film_id, release_id, 1, kind)
    for film_id in album.not_films:
        yield label_row(film_id, release_id, 0, kind)
