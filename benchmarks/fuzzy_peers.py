"""Simple peers: fuzzy titles by RapidFuzz, with blocks by DuckDB or without.

Belongs here: these peers as plain functions of film and release rows of catalog files.
Not here: rules that decide by themselves (baselines.py), Splink (splink_peer.py), measuring
(compare.py), which also chooses their thresholds by the labels.

Titles are normalized by our parser, in seconds that count, and releases pass no gate.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from rapidfuzz import fuzz, process

from benchmarks.catalogs import LabeledCatalog, Row
from benchmarks.found import Found
from capstone_assets.matching.credits import split_artist
from capstone_assets.matching.text import key_of, read_year
from capstone_assets.matching.titles import read_album_title

# A word that more releases have proposes no pair.
_MOST_RELEASES = 400
# Below this ratio no pair is kept: the thresholds that the labels choose are far above it.
_LEAST_RATIO = 60
# What a year apart costs, in points of the ratio, and the years from which on it costs no more.
_POINTS_A_YEAR, _MOST_YEARS = 1.0, 10
# Releases compared at once with every film: 1,000 x 100,000 ratios have 100 MB.
_RELEASES_AT_ONCE = 1_000

_PAIRS = """
with words as (
    select id, unnest(string_split(title, ' ')) as word from releases
), rare as (
    select word from words group by word having count(*) <= $most
), keys as (
    select id, title as key from releases
    union
    select id, word as key from words semi join rare using (word)
), film_keys as (
    select id, title as key from films
    union
    select id, unnest(string_split(title, ' ')) as key from films
)
select distinct film_keys.id as film_id, keys.id as release_id
from film_keys join keys using (key)
"""


def duckdb_and_rapidfuzz(catalog: LabeledCatalog) -> Found:
    """Pairs that share a title or a rare word, joined by DuckDB, by `token_sort_ratio`."""
    started = time.perf_counter()
    films, releases = _film_titles(catalog.films), _release_titles(catalog.releases)
    with duckdb.connect() as database:
        database.register("films", pa.table(films))
        database.register("releases", pa.table(releases))
        pairs = database.execute(_PAIRS, {"most": _MOST_RELEASES}).fetchnumpy()
    place_of_film = {film_id: place for place, film_id in enumerate(films["id"])}
    place_of_release = {release_id: place for place, release_id in enumerate(releases["id"])}
    film_places = np.array([place_of_film[each] for each in pairs["film_id"].tolist()], int)
    places = np.array([place_of_release[each] for each in pairs["release_id"].tolist()], int)
    ratios = process.cpdist(
        [films["title"][place] for place in film_places],
        [releases["title"][place] for place in places],
        scorer=fuzz.token_sort_ratio,
        score_cutoff=_LEAST_RATIO,
        workers=-1,
    )
    scores = ratios - _years_apart(films, releases, film_places, places) * _POINTS_A_YEAR
    best = _best_of_each(places, scores, ratios >= _LEAST_RATIO)
    links = list(_links(films, releases, film_places[best], places[best], scores[best]))
    return Found(links, time.perf_counter() - started, needs_threshold=True)


def brute_force(catalog: LabeledCatalog) -> Found:
    """Every film against every release by `ratio`: `cdist`, the best film of each release."""
    started = time.perf_counter()
    films, releases = _film_titles(catalog.films), _release_titles(catalog.releases)
    links: list[dict[str, Any]] = []
    for first in range(0, len(releases["id"]), _RELEASES_AT_ONCE):
        places = np.arange(first, min(first + _RELEASES_AT_ONCE, len(releases["id"])))
        ratios = process.cdist(
            [releases["title"][place] for place in places],
            films["title"],
            scorer=fuzz.ratio,
            score_cutoff=_LEAST_RATIO,
            dtype=np.uint8,
            workers=-1,
        )
        rows, film_places = np.nonzero(ratios)
        found = ratios[rows, film_places].astype(float)
        apart = _years_apart(films, releases, film_places, places[rows])
        scores = found - apart * _POINTS_A_YEAR
        best = _best_of_each(rows, scores, np.ones(len(rows), bool))
        links += _links(films, releases, film_places[best], places[rows[best]], scores[best])
    return Found(links, time.perf_counter() - started, needs_threshold=True)


def _film_titles(films: Sequence[Row]) -> dict[str, list[Any]]:
    return {
        "id": [film["id"] for film in films],
        "title": [key_of(film["title"]) for film in films],
        "year": [read_year(film.get("release_date")) or 0 for film in films],
    }


def _release_titles(releases: Sequence[Row]) -> dict[str, list[Any]]:
    years = (release.get("year") for release in releases)
    return {
        "id": [release["id"] for release in releases],
        "title": [read_album_title(split_artist(each["title"])[1]).core or "" for each in releases],
        "year": [read_year(str(year)) or 0 if year is not None else 0 for year in years],
    }


def _years_apart(
    films: dict[str, list[Any]], releases: dict[str, list[Any]], film_places: Any, places: Any
) -> Any:
    """Years between film and release, at most ten; five where one of them is not known."""
    film_years, years = np.array(films["year"])[film_places], np.array(releases["year"])[places]
    apart = np.minimum(np.abs(film_years - years), _MOST_YEARS)
    return np.where((film_years == 0) | (years == 0), _MOST_YEARS / 2, apart)


def _best_of_each(groups: Any, scores: Any, is_kept: Any) -> Any:
    """Where the best score of each group is."""
    kept = np.nonzero(is_kept)[0]
    order = kept[np.lexsort((-scores[kept], groups[kept]))]
    _, first = np.unique(groups[order], return_index=True)
    return order[first]


def _links(
    films: dict[str, list[Any]],
    releases: dict[str, list[Any]],
    film_places: Any,
    places: Any,
    scores: Any,
) -> Iterator[dict[str, Any]]:
    for film, release, score in zip(film_places, places, scores, strict=True):
        yield {
            "film_id": films["id"][film],
            "release_id": releases["id"][release],
            "tier": "strong",
            "score": float(score) / 100,
        }
