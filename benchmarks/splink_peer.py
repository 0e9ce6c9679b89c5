"""Splink as a peer: its model, trained without labels, on our normalizer's keys.

Belongs here: Splink's settings, training and prediction.
Not here: the threshold, which compare.py chooses by the labels.

Splink gets what our normalizer makes: title keys, artist and composer names, the year of the
original, and our gate (no studio album is offered). Its seconds leave out making these. It blocks
on the keys that ours blocks on, compares with term-frequency adjustment, and learns by expectation
maximization as its guide describes. Needs the optional extra `bench`.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from benchmarks.catalogs import LabeledCatalog
from benchmarks.found import Found
from capstone_assets.matching.credits import is_various, split_names
from capstone_assets.matching.gate import SILENT_KINDS
from capstone_assets.matching.text import joined, key_of

_COLUMNS = pa.schema(
    [
        ("unique_id", pa.int64()),
        ("title", pa.string()),
        ("title_keys", pa.list_(pa.string())),
        ("any_keys", pa.list_(pa.string())),
        ("joined", pa.string()),
        ("rare_words", pa.list_(pa.string())),
        ("names", pa.list_(pa.string())),
        ("year", pa.int32()),
    ]
)
# Far below any threshold that could be chosen: it only excludes pairs that share one word.
_LEAST_WEIGHT = -15.0
# What Splink blocks by beside titles: a film's rarest words, and how many albums may share one.
_RARE_WORDS = 2
_MOST_ALBUMS = 400
_SAMPLED_PAIRS = 1e7
_SEED = 1


def splink(catalog: LabeledCatalog) -> Found:
    """Every pair that Splink scores, by match probability."""
    tables = catalog.tables
    films = list(tables.films.values())
    albums = [
        row
        for pressings in tables.albums.values()
        for row in pressings
        if row["kind"] not in SILENT_KINDS
    ]
    started = time.perf_counter()
    holders = Counter(word for album in albums for word in _words(album["title_keys"][:1]))
    film_rows = [
        _row(
            film["film_id"],
            film["title_keys"],
            film["partial_keys"],
            film["composers"],
            film["film_year"],
            _rare(_words(film["title_keys"]), holders)[:_RARE_WORDS],
        )
        for film in films
    ]
    release_rows = [
        _row(
            album["release_id"],
            album["title_keys"],
            album["partial_keys"],
            () if is_various(album["artist_credit"]) else split_names(album["artist_credit"]),
            album["original_year"],
            _rare(_words(album["title_keys"][:1]), holders),
        )
        for album in albums
    ]
    links = list(_predict(film_rows, release_rows))
    return Found(links, time.perf_counter() - started, needs_threshold=True)


def _row(
    record_id: int,
    keys: Sequence[str],
    partial_keys: Sequence[str],
    people: Iterable[str],
    year: int | None,
    rare_words: Sequence[str],
) -> dict[str, Any]:
    """A record for Splink: missing values are null, which Splink weighs as nothing."""
    names = list(dict.fromkeys(filter(None, map(key_of, people))))
    return {
        "unique_id": record_id,
        "title": keys[0] if keys else None,
        "title_keys": list(keys) or None,
        "any_keys": list(dict.fromkeys([*keys, *partial_keys])) or None,
        "joined": joined(keys[0]) if keys else None,
        "rare_words": list(rare_words) or None,
        "names": names or None,
        "year": year,
    }


def _words(keys: Iterable[str]) -> set[str]:
    return {word for key in keys for word in key.split()}


def _rare(words: Iterable[str], holders: Counter[str]) -> list[str]:
    return sorted(
        (word for word in words if 0 < holders[word] <= _MOST_ALBUMS),
        key=lambda word: (holders[word], word),
    )


def _predict(
    films: list[dict[str, Any]], releases: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_level_library as levels
    from splink import comparison_library as comparisons

    title = comparisons.CustomComparison(
        output_column_name="title",
        comparison_levels=[
            levels.NullLevel("title"),
            levels.ExactMatchLevel("title", term_frequency_adjustments=True),
            levels.ArrayIntersectLevel("title_keys", 1),
            levels.ArrayIntersectLevel("any_keys", 1),
            levels.JaroWinklerLevel("joined", 0.92),
            levels.JaroWinklerLevel("joined", 0.8),
            levels.ElseLevel(),
        ],
    )
    year = comparisons.CustomComparison(
        output_column_name="year",
        comparison_levels=[
            levels.NullLevel("year"),
            *(levels.AbsoluteDifferenceLevel("year", years) for years in (0, 1, 3, 10)),
            levels.ElseLevel(),
        ],
    )
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[title, comparisons.ArrayIntersectAtSizes("names", [1]), year],
        blocking_rules_to_generate_predictions=[
            block_on("any_keys", arrays_to_explode=["any_keys"]),
            block_on("joined"),
            block_on("rare_words", arrays_to_explode=["rare_words"]),
        ],
        retain_matching_columns=False,
    )
    database = DuckDBAPI()
    tables = [
        database.register(pa.Table.from_pylist(rows, _COLUMNS), table_name=name)
        for name, rows in (("films", films), ("releases", releases))
    ]
    linker = Linker(tables, settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("title", "year")], recall=0.6)
    training.estimate_u_using_random_sampling(
        max_pairs=_SAMPLED_PAIRS, seed=_SEED, min_count_per_level=1000
    )
    # Each pass learns what the other blocks on: names and years, then titles.
    for rule in ("l.title = r.title", "l.names[1] = r.names[1] and l.year = r.year"):
        training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT)
    for pair in predicted.as_record_list():
        ends = {pair["source_dataset_l"]: "l", pair["source_dataset_r"]: "r"}
        yield {
            "film_id": pair[f"unique_id_{ends['films']}"],
            "release_id": pair[f"unique_id_{ends['releases']}"],
            "tier": "strong",
            "score": pair["match_probability"],
        }
