"""Propose the film-release pairs worth scoring.

Belongs here: block keys, the index on them and how common a title is.
Not here: judging a pair (comparisons.py, scorecard.py), choosing among pairs (assignment.py).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
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

from capstone_assets.lake.silver import BLOCK_KEYS, CANDIDATES
from capstone_assets.lake.spark_rows import Row, map_rows
from capstone_assets.matching.phrases import SMALL_WORDS
from capstone_assets.matching.text import joined

CORE_TITLE, JOINED_TITLE, TELLING_WORDS, ONE_SLIP, ALL_BUT_ONE_WORD = BLOCK_KEYS

# One slip in a shorter title makes another title, see comparisons.py.
_SHORTEST_WITH_SLIP = 7
# What numbers a title, with or without its number: Back to the Future (Part) III.
_NUMBERING = frozenset({"part", "chapter", "episode", "book", "volume"})


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


@lru_cache(maxsize=100_000)
def similar_keys(key: str) -> tuple[tuple[str, str], ...]:
    """The block keys, with their kind, that the titles share that are nearly this one.

    Every key is nearly the whole title, so the pairs that share one grow with the data; a shared
    word would pair every film with every album that has it.
    """
    found = [(TELLING_WORDS, telling)] if (telling := _telling_words(key)) else []
    if len(key) >= _SHORTEST_WITH_SLIP:
        found.extend((ONE_SLIP, each) for each in _without_one_letter(joined(key)))
    found.extend((ALL_BUT_ONE_WORD, each) for each in _without_one_word(telling.split()))
    return tuple(found)


def _telling_words(key: str) -> str:
    """The words in their order, without small ones and the number of a sequel.

    A longer number is the title's own: Apollo 11, Apollo 13.
    """
    words = (word for word in key.split() if word not in SMALL_WORDS and word not in _NUMBERING)
    return " ".join(word for word in words if len(word) > 1 or not word.isdigit())


def _without_one_letter(text: str) -> set[str]:
    """The text, and what is left of it without any one of its letters.

    Two texts share one of these when one letter was left out, added, changed, or changed places
    with its neighbor. Another digit makes another number, so no digit is left out.
    """
    left = (text[:n] + text[n + 1 :] for n, letter in enumerate(text) if not letter.isdigit())
    return {text, *left}


def _without_one_word(words: Sequence[str]) -> Iterator[str]:
    """The words, and what is left of them without any one; never fewer than four.

    Three words are shared by every `Last ... in New York`.
    """
    if len(words) > 3:
        yield " ".join(words)
    if len(words) > 4:
        for left_out in range(len(words)):
            yield " ".join((*words[:left_out], *words[left_out + 1 :]))


@dataclass(frozen=True)
class Proposal:
    """A film's key found at an album."""

    album: int
    block_key: str
    matched_key: str


class AlbumIndex:
    """Inverted index over albums: the numbers of the albums by block key."""

    def __init__(self, albums: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        """`albums` are (whole keys, partial keys); the position of an album is its number."""
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._partial: dict[str, list[int]] = defaultdict(list)
        self._joined: dict[str, list[int]] = defaultdict(list)
        self._similar: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, (keys, partial_keys) in enumerate(albums):
            for key in keys:
                self._whole[key].append(number)
            for key in partial_keys:
                self._partial[key].append(number)
            for key in {joined(key) for key in keys}:
                self._joined[key].append(number)
            for similar in {similar for key in keys for similar in similar_keys(key)}:
                self._similar[similar].append(number)

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
            for similar in similar_keys(key):
                for album in self._similar.get(similar, ()):
                    found.setdefault(album, Proposal(album, similar[0], key))
        return list(found.values())


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
) -> DataFrame:
    """silver/candidates of `films`: pairs that share a key with a release past the gate.

    `all_films` only tells how common a title is. The index on the albums' keys and the counts are
    collected and broadcast: that is the price of not comparing everything with everything, some
    150 bytes an album.
    """
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
    index = context.broadcast(AlbumIndex((row.title_keys, row.partial_keys) for row in rows))
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
