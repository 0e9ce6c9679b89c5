"""A small lake with a review queue: real titles, written without Spark."""

import datetime as dt

import pytest

from capstone_assets.lake.gold import REVIEW_QUEUE
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.stored_rows import store_rows

TODAY = dt.date(2026, 11, 26)
PINOCCHIO, DEL_TORO, WILLOW = 10895, 555604, 847


def film(film_id: int, title: str, year: int, composers: list[str]) -> dict:
    key = title.lower()
    return {
        "film_id": film_id,
        "title": title,
        "original_title": title,
        "film_year": year,
        "title_keys": [key],
        "partial_keys": [],
        "composers": composers,
        "popularity": 9.0,
        "vote_count": 300,
        "alternative_titles": [],
        "release_date": dt.date(year, 2, 1),
    }


def soundtrack(release_id: int, title: str, year: int) -> dict:
    artist, _, album = title.partition(" - ")
    return {
        "release_id": release_id,
        "title": title,
        "artist": artist,
        "album_title": album,
        "title_keys": [album.lower()],
        "partial_keys": [],
        "kind": "soundtrack",
        "claim": "soundtrack",
        "album_id": "master:77",
        "master_id": 77,
        "credits": [],
        "pressing_year": year,
        "original_year": year,
        "year_basis": "pressing",
        "genres": ["Stage & Screen"],
        "styles": ["Soundtrack"],
        "formats": ["CD"],
    }


def pair(film_id: int, release_id: int) -> dict:
    return {
        "film_id": film_id,
        "release_id": release_id,
        "block_key": "core_title",
        "matched_key": "pinocchio",
        "films_sharing": 2,
        "title_information": 6.0,
    }


def waiting(film_id: int, release_id: int, title: str, score: float) -> dict:
    return {
        "film_id": film_id,
        "release_id": release_id,
        "score": score,
        "match_weight": -0.2,
        "margin": 1.0,
        "relation": "soundtrack",
        "reason": "too little speaks for it",
        "film_title": "Pinocchio",
        "release_title": title,
        "album_id": "master:77",
        "film_year": 1940,
        "block_key": "core_title",
    }


@pytest.fixture
def lake(lakehouse: Lakehouse) -> Lakehouse:
    """Two pressings of an album that wait for one film, which competes with its remake."""
    name = "Various - Pinocchio"
    store_rows(lakehouse, FILMS, "1940", [film(PINOCCHIO, "Pinocchio", 1940, ["Leigh Harline"])])
    store_rows(lakehouse, FILMS, "2022", [film(DEL_TORO, "Pinocchio", 2022, ["A. Desplat"])])
    store_rows(lakehouse, FILMS, "1988", [film(WILLOW, "Willow", 1988, ["James Horner"])])
    store_rows(lakehouse, SOUNDTRACKS, "1993", [soundtrack(501, name, 1993)])
    store_rows(lakehouse, SOUNDTRACKS, "1995", [soundtrack(502, name, 1993)])
    store_rows(lakehouse, CANDIDATES, "1940", [pair(PINOCCHIO, 501), pair(PINOCCHIO, 502)])
    store_rows(lakehouse, CANDIDATES, "2022", [pair(DEL_TORO, 501), pair(DEL_TORO, 502)])
    queue = [waiting(PINOCCHIO, 501, name, 0.44), waiting(PINOCCHIO, 502, name, 0.44)]
    store_rows(lakehouse, REVIEW_QUEUE, "1940", queue)
    return lakehouse
