"""The transforms of the assets over plain rows, in this process and without Spark.

Belongs here: what Spark does between the plain functions of `matching/`: joining masters, dating
and typing albums, grouping, deciding. It makes a trial of a whole catalog a matter of seconds, so
that evaluating can afford many; a test holds its links equal to those of the assets.
Not here: those plain functions, reading files (catalogs.py), measuring (compare.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from capstone_assets.lake.years import FIRST_YEAR, LAST_YEAR, UNKNOWN_YEAR
from capstone_assets.matching.assignment import Decision
from capstone_assets.matching.blocking import AlbumIndex, TitleFrequencies, crowded_pieces
from capstone_assets.matching.careers import Careers
from capstone_assets.matching.films import clean_film
from capstone_assets.matching.gate import OTHER_MEDIA, SILENT_KINDS
from capstone_assets.matching.linkage import decide_rows
from capstone_assets.matching.scorecard import Scorecard
from capstone_assets.matching.soundtracks import clean_release
from capstone_assets.matching.text import read_year
from capstone_assets.matching.tiers import TierSettings

Row = Mapping[str, Any]
Link = dict[str, Any]
_NOT_SOUNDTRACK = "not_soundtrack"
_READ_OF_FILM = (
    "title",
    "composers",
    "original_title",
    "original_language",
    "release_date",
    "popularity",
    "vote_average",
    "vote_count",
    "imdb_id",
    "genre_ids",
)


@dataclass(frozen=True)
class Tables:
    """Silver rows of a catalog: films by id, pressings and candidate pairs by album."""

    films: Mapping[int, Row]
    albums: Mapping[str, Sequence[Row]]
    candidates: Mapping[str, Mapping[int, Row]]

    @cached_property
    def careers(self) -> Careers:
        """The span of years in which each composer of the films worked."""
        return Careers((film["composers"], film["film_year"]) for film in self.films.values())


def tables_of(films: Sequence[Row], releases: Sequence[Row], masters: Sequence[Row] = ()) -> Tables:
    """What the silver assets make of the rows of catalog files."""
    film_rows = {film["id"]: film_row(film) for film in films}
    albums: dict[str, list[Row]] = defaultdict(list)
    for row in soundtrack_rows(releases, masters):
        albums[row["album_id"]].append(row)
    return Tables(film_rows, albums, candidate_rows(film_rows, albums))


def film_row(film: Row) -> Row:
    """A row of silver/films."""
    return _film_row(
        film["id"],
        tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in film.items()
            if name in _READ_OF_FILM
        ),
        tuple(_alternatives(film)),
    )


def _alternatives(film: Row) -> Iterator[tuple[str | None, str | None]]:
    for each in film.get("alternative_titles") or ():
        yield (each, None) if isinstance(each, str) else (each.get("title"), each.get("type"))


# A catalog is tried in many variants, which differ in few films.
@lru_cache(maxsize=250_000)
def _film_row(
    film_id: int, fields: tuple[tuple[str, Any], ...], alternatives: tuple[Any, ...]
) -> Row:
    row = {**dict.fromkeys(_READ_OF_FILM), **dict(fields)}
    return clean_film(
        {
            **row,
            "id": film_id,
            "alternative_titles": [
                {"title": title, "type": kind} for title, kind in alternatives if title
            ],
            "raw_page": "",
            "release_year": _partition(row["release_date"]),
        }
    )


def soundtrack_rows(releases: Sequence[Row], masters: Sequence[Row] = ()) -> list[Row]:
    """The rows of silver/soundtracks."""
    by_id = {master["id"]: master for master in masters}
    tags = {name: _tags_of_masters(releases, by_id, name) for name in ("genre", "style")}
    parsed = []
    for release in releases:
        master_id = release.get("master_id") or 0
        master = by_id.get(master_id, {})
        parsed.append(
            _clean_release(
                release["id"],
                release["title"],
                _text(release.get("year")),
                release.get("country"),
                *(tuple(release.get(name) or ()) for name in ("genre", "style", "format")),
                tuple(release.get("credits") or ()),
                master_id,
                _text(master.get("year")),
                *(tuple(tags[name].get(master_id, ())) for name in ("genre", "style")),
            )
        )
    return list(_typed(_dated(parsed)))


@lru_cache(maxsize=250_000)
def _clean_release(
    release_id: int,
    title: str,
    year: str | None,
    country: str | None,
    genres: tuple[str, ...],
    styles: tuple[str, ...],
    formats: tuple[str, ...],
    credited: tuple[str, ...],
    master_id: int,
    master_year: str | None,
    master_genres: tuple[str, ...],
    master_styles: tuple[str, ...],
) -> Row:
    return clean_release(
        {
            "id": release_id,
            "title": title,
            "year": year,
            "country": country,
            "genre": genres,
            "style": styles,
            "format": formats,
            "credits": credited,
            "master_id": master_id,
            "master_genre": master_genres,
            "master_style": master_styles,
            "master_year": master_year,
            "raw_page": "",
            "release_year": _partition(year),
        }
    )


def _tags_of_masters(
    releases: Iterable[Row], masters: Mapping[int, Row], name: str
) -> dict[int, list[str]]:
    tags: dict[int, set[str]] = defaultdict(set)
    for release in releases:
        if master_id := release.get("master_id"):
            tags[master_id].update(release.get(name) or ())
            tags[master_id].update(masters.get(master_id, {}).get(name) or ())
    return {master_id: sorted(found) for master_id, found in tags.items()}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _partition(written: str | None) -> str:
    year = read_year(written)
    return str(year) if year and FIRST_YEAR <= year <= LAST_YEAR else UNKNOWN_YEAR


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


@dataclass
class _Years:
    """What the pressings that share a master, or an identity, say of their years."""

    has_master: bool = False
    pressed: set[int] = field(default_factory=set)
    earliest: int | None = None

    def add(self, row: Row) -> None:
        """Count a pressing."""
        if row["pressing_year"]:
            self.pressed.add(row["pressing_year"])
        self.has_master |= bool(row["master_year"])
        years = filter(None, (self.earliest, row["master_year"], row["pressing_year"]))
        self.earliest = min(years, default=None)


def _dated(parsed: Sequence[Row]) -> Iterator[Row]:
    """Album, original year and its basis, as with_original_year() gives them."""
    of_master: dict[object, _Years] = defaultdict(_Years)
    of_identity: dict[object, _Years] = defaultdict(_Years)
    for row in parsed:
        own = ("release", row["release_id"])
        of_master[row["master_id"] or own].add(row)
        of_identity[row["identity"] or own].add(row)
    for row in parsed:
        own = ("release", row["release_id"])
        master, identity = of_master[row["master_id"] or own], of_identity[row["identity"] or own]
        if row["master_id"]:
            album_id = f"master:{row['master_id']}"
        elif row["identity"]:
            album_id = f"album:{row['identity']}"
        else:
            album_id = f"release:{row['release_id']}"
        year = master.earliest if master.has_master else identity.earliest or master.earliest
        if master.has_master or identity.has_master:
            basis = "master"
        elif year is None:
            basis = "none"
        else:
            basis = "earliest_pressing" if len(identity.pressed) > 1 else "pressing"
        yield {**row, "album_id": album_id, "original_year": year, "year_basis": basis}


def _typed(rows: Iterable[Row]) -> Iterator[Row]:
    """The kind and claim that an album's pressings share, as with_one_kind() gives them."""
    for pressings in _grouped(rows, lambda row: row["album_id"]).values():
        spoken = sorted(
            (row for row in pressings if row["kind"] not in SILENT_KINDS),
            key=lambda row: (row["claim"] != "film", row["release_id"]),
        )
        is_of_film = any(row["claim"] == "film" for row in pressings)
        other = [row for row in spoken if row["kind"] in OTHER_MEDIA]
        for row in pressings:
            was_silent = row["kind"] in SILENT_KINDS
            source = row
            if other and not is_of_film:
                source = other[0]
            elif was_silent and spoken:
                source = spoken[0]
            claim = source["claim"] if was_silent else row["claim"]
            yield {**row, "kind": source["kind"], "claim": claim}


def candidate_rows(
    films: Mapping[int, Row],
    albums: Mapping[str, Sequence[Row]],
) -> dict[str, dict[int, Row]]:
    """The pairs of silver/candidates, by album and film."""
    past_gate = {
        album_id: sorted(kept, key=lambda row: row["release_id"])
        for album_id, rows in albums.items()
        if (kept := [row for row in rows if row["kind"] != _NOT_SOUNDTRACK])
    }
    album_ids = sorted(past_gate)
    keys_of_albums = [
        (_keys(past_gate[album_id], "title_keys"), _keys(past_gate[album_id], "partial_keys"))
        for album_id in album_ids
    ]
    index = AlbumIndex(keys_of_albums)
    frequencies = TitleFrequencies(film["title_keys"] for film in films.values())
    crowded = crowded_pieces(film["partial_keys"] for film in films.values())
    pairs: dict[str, dict[int, Row]] = defaultdict(dict)
    for film_id, film in films.items():
        for found in index.propose(film["title_keys"], film["partial_keys"], crowded):
            pairs[album_ids[found.album]][film_id] = {
                "block_key": found.block_key,
                "title_information": frequencies.information(found.matched_key),
            }
    return pairs


def proposed_pairs(tables: Tables) -> Iterator[tuple[int, int]]:
    """The film and the release of every candidate pair."""
    for album_id, pairs in tables.candidates.items():
        for row in tables.albums[album_id]:
            if row["kind"] != _NOT_SOUNDTRACK:
                yield from ((film_id, row["release_id"]) for film_id in pairs)


def _keys(pressings: Iterable[Row], name: str) -> list[str]:
    return list(dict.fromkeys(key for row in pressings for key in row[name]))


def decisions_of(
    tables: Tables, scorecard: Scorecard, settings: TierSettings | None = None
) -> Iterator[tuple[Sequence[Row], list[Decision]]]:
    """The pressings past the gate of each album that has candidates, and its decisions."""
    for album_id, pairs in tables.candidates.items():
        pressings = [row for row in tables.albums[album_id] if row["kind"] != _NOT_SOUNDTRACK]
        rivals = [{**tables.films[film_id], **pair} for film_id, pair in pairs.items()]
        chosen = settings or TierSettings()
        yield pressings, decide_rows(pressings, rivals, scorecard, chosen, (), tables.careers)


def links_of(
    tables: Tables, scorecard: Scorecard, settings: TierSettings | None = None
) -> list[Link]:
    """The links of every pressing, those in review too."""
    return [
        {
            "film_id": decision.film_id,
            "release_id": pressing["release_id"],
            "tier": decision.tier,
            "score": decision.score,
            "reason": decision.reason,
        }
        for pressings, decisions in decisions_of(tables, scorecard, settings)
        for decision in decisions
        for pressing in pressings
    ]
