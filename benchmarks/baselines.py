"""The rules that ours must beat: the predecessor's, and exact cleaned titles.

Belongs here: baselines as plain functions of film and release rows of catalog files.
Not here: reading files and measuring (compare.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from capstone_assets.matching.credits import split_artist
from capstone_assets.matching.text import key_of, read_year
from capstone_assets.matching.titles import read_album_title

Row = Mapping[str, Any]
Link = dict[str, Any]

# The predecessor stripped what it considered noise, including numbers and roman numerals.
_PREDECESSOR_NOISE = re.compile(
    r"\b(original|motion|picture|soundtrack|score|ost|music|from|the|film|movie|deluxe|edition"
    r"|remastered|version|expanded)\b|\b[ivx]+\b|\d+|[^\w\s]",
)
_BLOCK_DISTANCE = 10
_MATCH_RATIO = 85.0
# Of the two limits, 2 to be a candidate and 3 to match, the first decides.
_NEAR_YEARS = 2


def predecessor_title(title: str) -> str:
    """A title as the predecessor compared it: artist and title as one string."""
    return " ".join(_PREDECESSOR_NOISE.sub(" ", title.casefold()).split())


def predecessor(films: Sequence[Row], releases: Iterable[Row]) -> Iterator[Link]:
    """The predecessor's rule, the best film of each release.

    Cross join; a pair is a candidate when one title holds the other or at most 10 edits lie
    between them, and the years differ by at most 2; it matches at `token_set_ratio` 85 and 3 years.
    Releases and films without a year never matched.
    """
    of_year: dict[int, list[tuple[Row, str]]] = defaultdict(list)
    for film in films:
        if title := predecessor_title(film["title"]):
            of_year[read_year(film.get("release_date")) or 0].append((film, title))
    near: dict[int, tuple[list[Row], list[str]]] = {}
    for release in releases:
        title, year = predecessor_title(release["title"]), read_year(_text(release.get("year")))
        if not title or year is None:
            continue
        if year not in near:
            years = range(year - _NEAR_YEARS, year + _NEAR_YEARS + 1)
            found = [pair for each in years for pair in of_year.get(each, ())]
            near[year] = [film for film, _ in found], [named for _, named in found]
        near_films, titles = near[year]
        blocked = _candidates(titles, title)
        if not blocked:
            continue
        ratios = process.cdist([title], [titles[n] for n in blocked], scorer=fuzz.token_set_ratio)[
            0
        ]
        best = int(np.argmax(ratios))
        if ratios[best] >= _MATCH_RATIO:
            yield _link(near_films[blocked[best]], release, float(ratios[best]) / 100)


def _candidates(titles: Sequence[str], release_title: str) -> list[int]:
    """The numbers of the titles that hold the release's, are in it, or are near to it."""
    if not titles:
        return []
    distances = process.cdist(
        [release_title], titles, scorer=Levenshtein.distance, score_cutoff=_BLOCK_DISTANCE
    )[0]
    is_near = distances <= _BLOCK_DISTANCE
    return [
        number
        for number, title in enumerate(titles)
        if is_near[number] or title in release_title or release_title in title
    ]


def exact_title(films: Sequence[Row], releases: Iterable[Row]) -> Iterator[Link]:
    """Equal cleaned titles; of namesakes the nearest in time, then the most popular.

    It has our title parser, and none of our gate, evidence or doubt.
    """
    by_key: dict[str, list[Row]] = defaultdict(list)
    for film in films:
        for key in {key_of(film["title"]), key_of(film.get("original_title") or film["title"])}:
            if key:
                by_key[key].append(film)
    for release in releases:
        _, album = split_artist(release["title"])
        namesakes = by_key.get(read_album_title(album).core, [])
        if namesakes:
            year = read_year(_text(release.get("year")))
            yield _link(min(namesakes, key=lambda film: _order(film, year)), release, 1.0)


def _order(film: Row, year: int | None) -> tuple[float, float, int]:
    film_year = read_year(film.get("release_date"))
    distance = abs(film_year - year) if film_year and year else 1000
    return distance, -(film.get("popularity") or 0.0), film["id"]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _link(film: Row, release: Row, score: float) -> Link:
    return {"film_id": film["id"], "release_id": release["id"], "tier": "strong", "score": score}
