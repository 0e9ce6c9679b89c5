"""Propose the film-release pairs worth scoring.

Belongs here: block keys, their index, and how common a title is.
Not here: judging a pair (comparisons.py, scorecard.py), choosing among pairs (assignment.py).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Self

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from capstone_assets.lake.silver import BLOCK_KEYS, CANDIDATES
from capstone_assets.lake.spark_rows import Row, map_rows, on_every_core
from capstone_assets.matching.phrases import SMALL_WORDS
from capstone_assets.matching.text import joined

CORE_TITLE, JOINED_TITLE, TELLING_WORDS, ONE_SLIP, ALL_BUT_ONE_WORD = BLOCK_KEYS

_KEYS = ("title_keys", "partial_keys")
# A shorter list does not show how common a word is: two films of a series share all but a number.
_FEWEST_FILMS = 1_000
# `Movie` is a piece of the titles of some 2,000 films: an album of that name would meet them all.
_MOST_FILMS_OF_PIECE = 200
# A typo in a shorter title would be another title, see comparisons.py.
_SHORTEST_WITH_SLIP = 5
# Words that announce a title's number: Back to the Future (Part) III.
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

    @classmethod
    def counted(cls, films: int, holders: Mapping[str, int]) -> Self:
        """From the number of films and how many of them have each word in a title."""
        frequencies = cls(())
        frequencies._films, frequencies._holders = films, Counter(holders)
        return frequencies

    def films_sharing(self, key: str) -> int:
        """How many films have the key as a whole title; 1 if none has."""
        return max(self._bearers[key], 1)

    def information(self, key: str) -> float:
        """The rarity of the key's words added up: a word in every title adds 0, in one title 1.

        It is relative to the number of films, so that a short and a long list give a title the same
        value.
        """
        films = max(self._films, _FEWEST_FILMS)
        rarities = (
            1 - math.log(max(self._holders[word], 1)) / math.log(films) for word in key.split()
        )
        return sum(rarities, 0.0)


@lru_cache(maxsize=100_000)
def similar_keys(key: str) -> tuple[tuple[str, str], ...]:
    """Return the kinds of block keys that nearly equal titles share, and what to look up.

    Every key is nearly the whole title, so the number of pairs grows with the data; a single shared
    word would pair every film with every album that has it.
    """
    found = [(TELLING_WORDS, telling)] if (telling := _telling_words(key)) else []
    if len(key) >= _SHORTEST_WITH_SLIP:
        # `Thee Usual Suspects`, `TheHunter`: a key has no article, unless it is misspelled.
        bare = joined(key).removeprefix("the")
        found.extend((ONE_SLIP, each) for each in _without_one_letter(bare))
    found.extend((ALL_BUT_ONE_WORD, each) for each in _without_one_word(telling.split()))
    return tuple((kind, f"{kind}:{each}") for kind, each in found)


def _telling_words(key: str) -> str:
    """The significant words, sorted: without small words and the number of a sequel.

    A longer number is the title's own: Apollo 11, Apollo 13. Sorted, because `Omen II: Damien` is
    Damien: Omen II.
    """
    words = (word for word in key.split() if word not in SMALL_WORDS and word not in _NUMBERING)
    return " ".join(sorted(word for word in words if len(word) > 1 or not word.isdigit()))


def _without_one_letter(text: str) -> set[str]:
    """Return the text, and the texts without any one of its letters.

    Two texts share one of these when one letter was left out, added, changed, or changed places
    with its neighbor. Another digit makes another number, so no digit is left out.
    """
    left = [text[:n] + text[n + 1 :] for n, letter in enumerate(text) if not letter.isdigit()]
    return {text, *left}


def _without_one_word(words: Sequence[str]) -> Iterator[str]:
    """Return the words, and the words without any one; never fewer than four.

    Three words are shared by every `Last ... in New York`.
    """
    if len(words) > 3:
        yield " ".join(words)
    if len(words) > 4:
        for left_out in range(len(words)):
            yield " ".join((*words[:left_out], *words[left_out + 1 :]))


def _letters(key: str) -> str:
    """The key without spaces and dots: W.E. is proposed for WE, and compared in comparisons.py."""
    return joined(key).replace(".", "")


@dataclass(frozen=True)
class Proposal:
    """A film's key found at an album."""

    album: int
    block_key: str
    matched_key: str


class Probe(NamedTuple):
    """A lookup of a film among the albums: a key, and the title that it is from."""

    lookup: str
    block_key: str
    matched_key: str


def crowded_pieces(
    partial_keys: Iterable[Collection[str]], most: int = _MOST_FILMS_OF_PIECE
) -> dict[str, int]:
    """Return the pieces of titles that more than `most` films share, and how many do.

    `partial_keys` are those of all films. Such a piece says so little that it proposes no pair; a
    whole title always does, however many films have it.
    """
    films = Counter(key for keys in partial_keys for key in set(keys))
    return {key: sharing for key, sharing in films.items() if sharing > most}


def crowded_pieces_of(films: DataFrame) -> dict[str, int]:
    """The same of rows of silver/films."""
    pieces = films.select("partial_keys").where(F.size("partial_keys") > 0)
    return crowded_pieces(row["partial_keys"] for row in pieces.toLocalIterator())


def probes(
    keys: Sequence[str],
    partial_keys: Sequence[str],
    crowded: Collection[str] = (),
    known: Container[str] | None = None,
) -> Iterator[Probe]:
    """Return the lookups for a film with these keys, best first; none by a crowded piece.

    With `known`, the many by nearly equal titles are left out unless they are in it.
    """
    for key in keys:
        yield Probe(f"whole:{key}", CORE_TITLE, key)
        yield Probe(f"partial:{key}", CORE_TITLE, key)
    for key in partial_keys:
        if key not in crowded:
            yield Probe(f"whole:{key}", CORE_TITLE, key)
    for key in keys:
        yield Probe(f"joined:{_letters(key)}", JOINED_TITLE, key)
    for key in keys:
        for kind, lookup in similar_keys(key):
            if known is None or lookup in known:
                yield Probe(lookup, kind, key)


def entries(keys: Sequence[str], partial_keys: Sequence[str]) -> set[str]:
    """Return the block keys of an album with these keys."""
    similar = {lookup for key in keys for _, lookup in similar_keys(key)}
    return similar.union(
        (f"whole:{key}" for key in keys),
        (f"partial:{key}" for key in partial_keys),
        (f"joined:{_letters(key)}" for key in keys),
    )


class AlbumIndex:
    """Inverted index over albums: the numbers of the albums by block key."""

    def __init__(self, albums: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        """`albums` are (whole keys, partial keys); the position of an album is its number."""
        self._albums: dict[str, list[int]] = defaultdict(list)
        for number, (keys, partial_keys) in enumerate(albums):
            for entry in entries(keys, partial_keys):
                self._albums[entry].append(number)

    def propose(
        self, keys: Sequence[str], partial_keys: Sequence[str], crowded: Collection[str] = ()
    ) -> list[Proposal]:
        """Return the albums that may belong to a film with these keys, each once, best first."""
        found: dict[int, Proposal] = {}
        for lookup, block_key, matched_key in probes(keys, partial_keys, crowded, self._albums):
            for album in self._albums.get(lookup, ()):
                if album not in found:
                    found[album] = Proposal(album, block_key, matched_key)
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
# A film has some 66 probes, best first. What proposed a pair is a number, not texts: the place of
# the key among the film's own, times the kinds of block keys, plus the kind.
_PROBES = StructType(
    [
        StructField("film_id", LongType(), False),
        StructField("lookups", ArrayType(StringType(), False), False),
        StructField("origins", ArrayType(IntegerType(), False), False),
    ]
)
_ENTRIES = StructType(
    [
        StructField("album_id", StringType(), False),
        StructField("lookups", ArrayType(StringType(), False), False),
    ]
)
_COUNTED = StructType(
    [
        StructField("matched_key", StringType(), False),
        StructField("films_sharing", IntegerType(), False),
        StructField("title_information", DoubleType(), False),
    ]
)


def propose_pairs(
    films: DataFrame,
    all_films: DataFrame,
    soundtracks: DataFrame,
    crowded: Collection[str] = (),
    most_in_one_task: int = 120_000,
) -> DataFrame:
    """silver/candidates of `films`: pairs that share a key with a release past the gate.

    `all_films` only gives how common a title is; `crowded` are pieces of titles that propose no
    pair. Up to `most_in_one_task` films and releases, one
    task holds an index of the albums' keys, some 4 kB an album; beyond that Spark joins the keys,
    on as many tasks as there are. The pairs are the same.
    """
    past_gate = soundtracks.where(F.col("kind") != "not_soundtrack")
    albums = past_gate.select("album_id", *_KEYS).distinct()
    rows = films.count() + past_gate.count()
    propose = _propose_in_one_task if rows <= most_in_one_task else _propose_by_join
    proposed = propose(films, all_films, albums, frozenset(crowded))
    pressings = past_gate.select("album_id", "release_id")
    return proposed.join(pressings, on="album_id", how="inner").select(*CANDIDATES.column_names)


def _propose_in_one_task(
    films: DataFrame, all_films: DataFrame, albums: DataFrame, crowded: frozenset[str]
) -> DataFrame:
    """Columns of `_PROPOSED`, by an index in memory."""

    def propose(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        by_role: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_role[row["role"]].append(row)
        known = by_role["album"]
        index = AlbumIndex((row["title_keys"], row["partial_keys"]) for row in known)
        frequencies = TitleFrequencies(row["title_keys"] for row in by_role["any_film"])
        for film in by_role["film"]:
            # Of an album's wordings the one with the best key counts.
            found: dict[str, Proposal] = {}
            for each in index.propose(film["title_keys"], film["partial_keys"], crowded):
                found.setdefault(known[each.album]["album_id"], each)
            for album_id, each in found.items():
                yield {
                    "film_id": film["film_id"],
                    "album_id": album_id,
                    "block_key": each.block_key,
                    "matched_key": each.matched_key,
                    "films_sharing": frequencies.films_sharing(each.matched_key),
                    "title_information": frequencies.information(each.matched_key),
                    "release_year": film["release_year"],
                }

    def in_role(role: str, rows: DataFrame, *columns: str) -> DataFrame:
        empty = {"film_id": "long", "album_id": "string", "release_year": "string"}
        others = [F.lit(None).cast(kind).alias(n) for n, kind in empty.items() if n not in columns]
        return rows.select(F.lit(role).alias("role"), *_KEYS, *columns, *others)

    rows = (
        in_role("film", films, "film_id", "release_year")
        .unionByName(in_role("any_film", all_films))
        .unionByName(in_role("album", albums, "album_id"))
    )
    return map_rows(rows.repartition(1), propose, _PROPOSED)


def _propose_by_join(
    films: DataFrame, all_films: DataFrame, albums: DataFrame, crowded: frozenset[str]
) -> DataFrame:
    """The same by a join on the keys, spread over all tasks.

    The keys are joined as hashes of 64 bits: sorting texts took most of the time. Two keys of whole
    catalogs have the same hash once in 10,000 runs, and then propose a pair that is not linked.
    """
    kinds = {name: number for number, name in enumerate(BLOCK_KEYS)}

    def looked_up(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for film in rows:
            keys = [*film["title_keys"], *film["partial_keys"]]
            places = {key: place * len(kinds) for place, key in enumerate(keys)}
            found = list(probes(film["title_keys"], film["partial_keys"], crowded))
            yield {
                "film_id": film["film_id"],
                "lookups": [each.lookup for each in found],
                "origins": [places[each.matched_key] + kinds[each.block_key] for each in found],
            }

    def found_by(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for album in rows:
            found = entries(album["title_keys"], album["partial_keys"])
            yield {"album_id": album["album_id"], "lookups": list(found)}

    probed = (
        map_rows(on_every_core(films.select("film_id", *_KEYS)), looked_up, _PROBES)
        .select("film_id", "origins", F.posexplode("lookups").alias("number", "lookup"))
        .select(
            F.xxhash64("lookup").alias("lookup"),
            "film_id",
            "number",
            F.col("origins")[F.col("number")].alias("origin"),
        )
    )
    entered = map_rows(on_every_core(albums), found_by, _ENTRIES).select(
        "album_id", F.explode("lookups").alias("lookup")
    )
    best = (
        probed.join(entered.withColumn("lookup", F.xxhash64("lookup")), on="lookup", how="inner")
        .groupBy("film_id", "album_id")
        .agg(F.min(F.struct("number", "origin")).getField("origin").alias("origin"))
    )
    names = F.array(*map(F.lit, BLOCK_KEYS))
    keys = films.select("film_id", "release_year", F.concat(*_KEYS).alias("keys"))
    pairs = best.join(keys, on="film_id", how="inner").select(
        "film_id",
        "album_id",
        "release_year",
        names[F.col("origin") % len(kinds)].alias("block_key"),
        F.col("keys")[F.floor(F.col("origin") / len(kinds)).cast("int")].alias("matched_key"),
    )
    counted = _counted(pairs.select("matched_key").distinct(), all_films)
    return pairs.join(counted, on="matched_key", how="inner")


def _counted(matched: DataFrame, all_films: DataFrame) -> DataFrame:
    """How common each matched key and its words are among all films."""
    words = F.array_distinct(F.split(F.array_join("title_keys", " "), " "))
    holders = all_films.select(F.explode(words).alias("word")).groupBy("word").count()
    bearers = all_films.select(F.explode(F.array_distinct("title_keys")).alias("matched_key"))
    counts = {row["word"]: row["count"] for row in holders.collect()}
    frequencies = all_films.sparkSession.sparkContext.broadcast(
        TitleFrequencies.counted(all_films.count(), counts)
    )

    def counted(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for row in rows:
            yield {
                "matched_key": row["matched_key"],
                "films_sharing": max(row["films"] or 0, 1),
                "title_information": frequencies.value.information(row["matched_key"]),
            }

    sharing = bearers.groupBy("matched_key").agg(F.count("*").alias("films"))
    return map_rows(matched.join(sharing, on="matched_key", how="left"), counted, _COUNTED)
