"""A small lake with a run, written without Spark, and its figures."""

from datetime import UTC, datetime
from typing import Any

import pytest

from capstone_assets.audit.records import AuditRecord, write_record
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.evaluation import Label
from capstone_assets.report.run_figures import RunFigures, count_run
from capstone_assets_tests.stored_rows import store_rows

RUN = "20261124T120000-1a2b3c4d"
# From right to left with a Latin end, markup of two kinds, and one that is not to be broken.
ODD_TITLES = (
    "المومياء (The Mummy)",
    "![x](http://127.0.0.1:9/x.png)<script>document.title = 'run'</script>",
    "Donaudampfschiff" * 200,
)
EVIDENCE = [
    {"comparison": "prior", "level": "1", "weight": -4.0, "explanation": "a candidate"},
    {"comparison": "title", "level": "same", "weight": 5.0, "explanation": "both are called 'x'"},
    {"comparison": "year", "level": "far", "weight": -0.5, "explanation": "ten years apart"},
]


def link(film: int, release: int, score: float, **more: Any) -> dict[str, Any]:
    return {
        "film_id": film,
        "release_id": release,
        "score": score,
        "match_weight": 0.5,
        "evidence": EVIDENCE,
        "film_title": f"Film <{film}> & more",
        "film_year": 1999,
        "release_title": f"Composer - Album {release}",
        "album_id": f"album:{release}",
        "release_year": "1999",
        **more,
    }


def write_lake(lakehouse: Lakehouse) -> None:
    matches = [link(n, n, 0.5 + n / 20, tier="strong" if n > 3 else "probable") for n in range(8)]
    store_rows(lakehouse, MATCHES, "1999", matches)
    review = [
        link(20 + n, 20 + n, 0.3 + n / 100, film_title=title) for n, title in enumerate(ODD_TITLES)
    ]
    store_rows(lakehouse, REVIEW_QUEUE, "1999", review)
    films = [
        {
            "film_id": n,
            "film_year": 1985 + n,
            "title": f"Film <{n}> & more",
            "best_tier": ("strong" if n > 3 else "probable") if n < 8 else None,
            "best_release_id": n if n < 8 else None,
            "best_album": f"Composer - Album {n}" if n < 8 else None,
            "releases": 1 if n < 8 else 0,
            "albums": 1 if n < 8 else 0,
            "no_soundtrack_because": None if n < 8 else "none_found",
            "release_year": "1999",
        }
        for n in range(12)
    ]
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1999", films)
    pairs = [{"film_id": n, "release_id": n, "release_year": "1999"} for n in range(16)]
    store_rows(lakehouse, CANDIDATES, "1999", pairs)
    kinds = ["film_score"] * 10 + ["tv"] * 2
    soundtracks = [
        {"release_id": n, "kind": kind, "release_year": "1999"} for n, kind in enumerate(kinds)
    ]
    store_rows(lakehouse, SOUNDTRACKS, "1999", soundtracks)
    music = [
        {
            "tag": "genre",
            "name": name,
            "films": films,
            "median_popularity": 5.0,
            "popularity_low": 4.0,
            "popularity_high": 7.0,
            "popularity_p_value": p_value,
            "median_rating": 6.5,
            "rating_low": 6.1,
            "rating_high": 6.9,
            "rating_p_value": 0.5,
        }
        for name, films, p_value in (("Jazz", 40, 0.001), ("Rock", 60, 0.02))
    ]
    store_rows(lakehouse, GENRE_POPULARITY, "", music)
    composers = [
        {
            "name": name,
            "films": 9,
            "rated_films": 9,
            "median_rating": median,
            "rating_low": low,
            "rating_high": 8.0,
            "rating_p_value": 0.01,
        }
        for name, median, low in (
            ("Of a few films by chance", 7.9, 5.5),
            ("Jerry Goldsmith", 7.5, 7.0),
            ("Of too few films", 7.5, None),
        )
    ]
    store_rows(lakehouse, COMPOSER_POPULARITY, "", composers)


def record(step: str, rows: int | None, run: str = RUN, **more: Any) -> AuditRecord:
    began = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)
    known: dict[str, Any] = {
        "layer": step.split("/")[0],
        "partitions": ["1999"],
        "started": began,
        "finished": began.replace(second=15),
        "duration_seconds": 10.0,
        **more,
    }
    return AuditRecord(run_id=run, dagster_run_id="1", step=step, records_out=rows, **known)


CHECK = {
    "name": "rows_are_as_many_as_before",
    "asset": "gold/matches",
    "passed": False,
    "severity": "WARN",
    "description": "8 rows, 90 in the previous run",
    "figures": {},
}
REQUESTS = {"made": 31, "from_cache": 2, "retried": 4, "throttled": 1, "bytes_received": 5_000_000}


@pytest.fixture
def figures(lakehouse: Lakehouse) -> RunFigures:
    write_lake(lakehouse)
    write_record(lakehouse, record("bronze/tmdb_movies", 100, requests=REQUESTS))
    write_record(lakehouse, record("gold/matches", 8))
    write_record(lakehouse, record("gold_matches_schema", None, layer="gold", checks=[CHECK]))
    before = "20261123T120000-00000000"
    write_record(lakehouse, record("bronze/tmdb_movies", 90, before))
    write_record(lakehouse, record("gold/matches", 8, before))
    labels = [Label(n, n, True, "score") for n in range(6)] + [Label(99, 7, True, "score")]
    return count_run(read_run(lakehouse, RUN), labels)
