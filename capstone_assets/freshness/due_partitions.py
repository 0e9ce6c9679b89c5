"""Work out which partitions of silver and gold are due: what they are made of has changed.

Belongs here: a digest of all that a partition is made of, and the comparison of digests. Plain
functions of stored rows, without Spark.
Not here: reading the rows (orchestration/sensors.py), what an API's change concerns
(source_changes.py).

A partition is not made of its own year alone. A release of 2016 may belong to a film of 1984; a
master of 1984 gives a pressing of 2016 its original year; an album goes to the best of all films
that compete for it, so a film of 2021 may take it from one of 1984. A digest covers all of these
and nothing else, so the partitions whose digest differs are the ones that a whole run would change.

One thing is left to the next whole run: how rare a title's words are among all films moves, by
very little, with every film that is added.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from capstone_assets.freshness.cursors import JsonCursor
from capstone_assets.lake.years import PARTITION_COLUMN
from capstone_assets.matching.blocking import AlbumIndex, TitleFrequencies
from capstone_assets.matching.comparisons import FilmProfile, compare_renown
from capstone_assets.matching.soundtracks import clean_release
from capstone_assets.matching.spark_rows import Row

# Where a row came from: it changes whenever a page is fetched again, and nothing rests on it.
_LINEAGE = frozenset({"raw_page", "fetched_at"})
_OF_MASTER = {"master_year": "year", "master_genre": "genre", "master_style": "style"}
_COMPARED_OF_RIVAL = (
    "film_id",
    "title",
    "original_title",
    "alternative_titles",
    "film_year",
    "composers",
)


def digest_of(*facts: Any) -> str:
    """16 hexadecimal digits that tell these facts from any others."""
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class DigestsKnown(JsonCursor):
    """What partitions were last known to be made of: the cursor of the sensor of what is due.

    `seen` is the digest of everything that was written when the sensor looked last; `steps` has
    for each job the digests of the partitions that it makes.
    """

    seen: str = ""
    steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of_step(self, job: str) -> Mapping[str, str]:
        """The digests of the partitions that a job makes."""
        return self.steps.get(job, {})

    def after(
        self, job: str, now: Mapping[str, str], due: Collection[str], seen: str
    ) -> "DigestsKnown":
        """What to remember of a step: of a partition that is due, still what was known before."""
        before = self.of_step(job)
        known = {year: before.get(year) if year in due else digest for year, digest in now.items()}
        step = {year: digest for year, digest in known.items() if digest}
        return DigestsKnown(seen, {**self.steps, job: step})


def soundtrack_digests(
    years: Collection[str], releases: Iterable[Row], masters: Iterable[Row]
) -> dict[str, str]:
    """What each partition of silver/soundtracks is made of, from all rows of bronze.

    A release's row, its master's, and what its other pressings say about the original's year.
    """
    master_of = {master["id"]: master for master in masters}
    cleaned = [clean_release({**row, **_master_columns(row, master_of)}) for row in releases]
    of_master: dict[Any, list[Row]] = defaultdict(list)
    of_identity: dict[Any, list[Row]] = defaultdict(list)
    for row in cleaned:
        of_master[row["master_id"]].append(row)
        of_identity[row["identity"]].append(row)
    master_facts = {key: _year_facts(rows) for key, rows in of_master.items() if key}
    identity_facts = {key: _year_facts(rows) for key, rows in of_identity.items() if key}
    parts: dict[str, list[str]] = {year: [] for year in years}
    for row in cleaned:
        elsewhere = master_facts.get(row["master_id"]), identity_facts.get(row["identity"])
        parts[row[PARTITION_COLUMN]].append(digest_of(_content(row), elsewhere))
    return {year: digest_of(sorted(digests)) for year, digests in parts.items()}


def link_digests(
    years: Collection[str],
    films: Iterable[Row],
    soundtracks: Iterable[Row],
) -> dict[str, str]:
    """What the links of each film year are made of, from all rows of silver.

    The year's films, every album that a block key proposes for them, and its other proposed films.
    """
    known = list(films)
    albums = _albums(soundtracks)
    index = AlbumIndex(_keys(pressings) for pressings in albums)
    frequencies = TitleFrequencies(film["title_keys"] for film in known)
    proposals = [index.propose(film["title_keys"], film["partial_keys"]) for film in known]
    rivals: dict[int, list[str]] = defaultdict(list)
    for film, proposed in zip(known, proposals, strict=True):
        for each in proposed:
            sharing = frequencies.films_sharing(each.matched_key)
            rivals[each.album].append(digest_of(_compared(film), each.block_key, sharing))
    album_digests = {
        album: digest_of(sorted(found), [_content(pressing) for pressing in albums[album]])
        for album, found in rivals.items()
    }
    parts: dict[str, list[str]] = {year: [] for year in years}
    for film, proposed in zip(known, proposals, strict=True):
        of_film = sorted(album_digests[each.album] for each in proposed)
        parts[film[PARTITION_COLUMN]].append(digest_of(_content(film), of_film))
    return {year: digest_of(sorted(digests)) for year, digests in parts.items()}


def due_years(
    now: Mapping[str, str],
    before: Mapping[str, str],
    written: Mapping[str, float],
    inputs_written: float,
) -> list[str]:
    """The partitions that have to be made again, or for the first time.

    Args:
        now: the digest of what each partition would be made of now.
        before: the digest of what it was last known to be made of, as far as that is known.
        written: when it was written, if ever (seconds since 1970).
        inputs_written: when the newest of its inputs was written.

    A partition younger than all its inputs is never due: a person has made it again already.
    """
    return [
        year
        for year, digest in now.items()
        if year not in written or (digest != before.get(year) and written[year] < inputs_written)
    ]


def _master_columns(release: Row, masters: Mapping[int, Row]) -> dict[str, Any]:
    master = masters.get(release["master_id"])
    return {ours: master[theirs] if master else None for ours, theirs in _OF_MASTER.items()}


def _year_facts(pressings: Sequence[Row]) -> tuple[int | None, int | None, bool]:
    """What pressings of one album say of its original: earliest year, master's, whether several."""
    of_masters = {row["master_year"] for row in pressings} - {None}
    of_pressings = {row["pressing_year"] for row in pressings} - {None}
    return (
        min(of_masters | of_pressings, default=None),
        max(of_masters, default=None),
        len(of_pressings) > 1,
    )


def _albums(soundtracks: Iterable[Row]) -> list[list[Row]]:
    """The pressings of each album past the gate, in the order of their ids."""
    albums: dict[str, list[Row]] = defaultdict(list)
    for release in soundtracks:
        if release["kind"] != "not_soundtrack":
            albums[release["album_id"]].append(release)
    return [sorted(albums[key], key=lambda row: row["release_id"]) for key in sorted(albums)]


def _keys(pressings: Sequence[Row]) -> tuple[list[str], list[str]]:
    whole = dict.fromkeys(key for row in pressings for key in row["title_keys"])
    partial = dict.fromkeys(key for row in pressings for key in row["partial_keys"])
    return list(whole), list(partial)


def _compared(film: Row) -> list[Any]:
    """What of a film decides whether it wins an album; its popularity does not."""
    profile = FilmProfile(film["film_id"], film["title"], None, (), (), film["vote_count"])
    return [*(film[name] for name in _COMPARED_OF_RIVAL), compare_renown(profile).level]


def _content(row: Row) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in row.items() if name not in _LINEAGE)
