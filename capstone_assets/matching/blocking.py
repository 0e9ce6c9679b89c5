"""Propose the film-release pairs worth scoring.

Belongs here: block keys, the index on them and how common a title is.
Not here: judging a pair (comparisons.py, scorecard.py), choosing among pairs (assignment.py).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)
from rapidfuzz import fuzz, process

from capstone_assets.lake.silver import BLOCK_KEYS, CANDIDATES
from capstone_assets.matching.spark_rows import Row, map_rows
from capstone_assets.matching.text import joined

CORE_TITLE, JOINED_TITLE, RARE_TOKENS = BLOCK_KEYS


@dataclass(frozen=True)
class BlockingSettings:
    """How widely pairs are proposed.

    `rare_tokens`: how many of a film's rarest words may propose a pair; two find what one typo
    hides. `most_albums`: a word in more albums than this proposes nothing, for it tells nothing.
    `least_ratio`: rapidfuzz `ratio` (0 to 100) below which a pair of a shared rare word is
    dropped.
    """

    rare_tokens: int = 2
    most_albums: int = 400
    least_ratio: float = 78.0


class TitleFrequencies:
    """How common a title and its words are among all films."""

    def __init__(self, title_keys: Iterable[Collection[str]]) -> None:
        self._films = 0
        self._bearers: Counter[str] = Counter()
        self._holders: Counter[str] = Counter()
        for keys in title_keys:
            self._films += 1
            self._bearers.update(set(keys))
            self._holders.update({word for key in keys for word in key.split()})

    def films_sharing(self, key: str) -> int:
        """How many films bear the key as a whole title; 1 when none does."""
        return max(self._bearers[key], 1)

    def information(self, key: str) -> float:
        """The rarity of the key's words added up: a word in every title adds 0, in one title 1.

        Relative to the number of films, so that a title means the same in a short and a long list.
        """
        films = max(self._films, 2)
        rarities = (
            1 - math.log(max(self._holders[word], 1)) / math.log(films) for word in key.split()
        )
        return sum(rarities, 0.0)


@dataclass(frozen=True)
class Proposal:
    """A film's key found at an album."""

    album: int
    block_key: str
    matched_key: str


class AlbumIndex:
    """Inverted index over albums: number of the album by key, by key without spaces, by word."""

    def __init__(
        self, albums: Iterable[tuple[Sequence[str], Sequence[str]]], settings: BlockingSettings
    ) -> None:
        """`albums` are (whole keys, partial keys); the position of an album is its number."""
        self._settings = settings
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._partial: dict[str, list[int]] = defaultdict(list)
        self._joined: dict[str, list[int]] = defaultdict(list)
        self._words: dict[str, list[int]] = defaultdict(list)
        self._first_keys: list[str] = []
        for number, (keys, partial_keys) in enumerate(albums):
            self._first_keys.append(keys[0] if keys else "")
            for key in keys:
                self._whole[key].append(number)
            for key in partial_keys:
                self._partial[key].append(number)
            for key in {joined(key) for key in keys}:
                self._joined[key].append(number)
            for word in {word for key in keys[:1] for word in key.split()}:
                self._words[word].append(number)

    def propose(self, keys: Sequence[str], partial_keys: Sequence[str]) -> list[Proposal]:
        """The albums that a film with these keys may belong to, each once, best key first."""
        found: dict[int, Proposal] = {}
        for key in keys:
            for album in (*self._whole.get(key, ()), *self._partial.get(key, ())):
                found.setdefault(album, Proposal(album, CORE_TITLE, key))
        for key in partial_keys:
            for album in self._whole.get(key, ()):
                found.setdefault(album, Proposal(album, CORE_TITLE, key))
        for key in keys:
            for album in self._joined.get(joined(key), ()):
                found.setdefault(album, Proposal(album, JOINED_TITLE, key))
        for key in keys:
            for album in self._by_rare_words(key):
                found.setdefault(album, Proposal(album, RARE_TOKENS, key))
        return list(found.values())

    def _by_rare_words(self, key: str) -> Iterator[int]:
        found = [word for word in dict.fromkeys(key.split()) if word in self._words]
        rarest = sorted(found, key=lambda word: (len(self._words[word]), word))
        albums: set[int] = set()
        for word in rarest[: self._settings.rare_tokens]:
            if len(self._words[word]) <= self._settings.most_albums:
                albums.update(self._words[word])
        if not albums:
            return
        ordered = sorted(albums)
        ratios = process.cdist(
            [key],
            [self._first_keys[album] for album in ordered],
            scorer=fuzz.ratio,
            score_cutoff=self._settings.least_ratio,
        )[0]
        yield from (album for album, ratio in zip(ordered, ratios, strict=True) if ratio)


_PROPOSED = StructType(
    [
        StructField("film_id", LongType(), False),
        StructField("album_id", StringType(), False),
        StructField("block_key", StringType(), False),
        StructField("matched_key", StringType(), False),
        StructField("films_sharing", IntegerType(), False),
        StructField("title_information", DoubleType(), False),
        StructField("release_year", StringType(), False),
    ]
)


def propose_pairs(
    films: DataFrame,
    all_films: DataFrame,
    soundtracks: DataFrame,
    settings: BlockingSettings | None = None,
) -> DataFrame:
    """silver/candidates of `films`: pairs that share a key with a release past the gate.

    `all_films` only tells how common a title is. The index on the albums' keys and the counts are
    collected and broadcast: that is the price of not comparing everything with everything, some
    150 bytes an album.
    """
    chosen = settings or BlockingSettings()
    past_gate = soundtracks.where(F.col("kind") != "not_soundtrack")
    # Sorted, so that an album's first key is the same in every run.
    pressings_in_order = F.array_sort(
        F.collect_list(F.struct("release_id", "title_keys", "partial_keys"))
    )
    albums = (
        past_gate.groupBy("album_id")
        .agg(pressings_in_order.alias("pressings"))
        .select(
            "album_id",
            F.array_distinct(F.flatten("pressings.title_keys")).alias("title_keys"),
            F.array_distinct(F.flatten("pressings.partial_keys")).alias("partial_keys"),
        )
    )
    rows = albums.orderBy("album_id").collect()
    context = films.sparkSession.sparkContext
    album_ids = context.broadcast([row.album_id for row in rows])
    index = context.broadcast(
        AlbumIndex(((row.title_keys, row.partial_keys) for row in rows), chosen)
    )
    frequencies = context.broadcast(
        TitleFrequencies(row.title_keys for row in all_films.select("title_keys").collect())
    )

    def propose(film_rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for film in film_rows:
            for found in index.value.propose(film["title_keys"], film["partial_keys"]):
                yield {
                    "film_id": film["film_id"],
                    "album_id": album_ids.value[found.album],
                    "block_key": found.block_key,
                    "matched_key": found.matched_key,
                    "films_sharing": frequencies.value.films_sharing(found.matched_key),
                    "title_information": frequencies.value.information(found.matched_key),
                    "release_year": film["release_year"],
                }

    keyed_films = films.select("film_id", "title_keys", "partial_keys", "release_year")
    proposed = map_rows(keyed_films, propose, _PROPOSED)
    pressings = past_gate.select("album_id", "release_id")
    return proposed.join(pressings, on="album_id", how="inner").select(*CANDIDATES.column_names)
