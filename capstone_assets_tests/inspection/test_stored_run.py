import datetime as dt
import shutil
from typing import Any

import pytest

from capstone_assets.audit.records import STARTED, AuditRecord, write_record
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.inspection.summary import summarize_run
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.report.run_figures import count_run
from capstone_assets_tests.stored_rows import store_rows

RUN = "20261126T120000-1a2b3c4d"
MOMENT = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)


def pair(film: int, release: int, score: float, **weights: float) -> dict[str, Any]:
    evidence = [
        {"comparison": name, "level": "same", "weight": weight, "explanation": ""}
        for name, weight in weights.items()
    ]
    return {
        "film_id": film,
        "film_title": "The Third Man",
        "release_id": release,
        "release_title": "Anton Karas - The Third Man",
        "album_id": f"album:{release}",
        "score": score,
        "evidence": evidence,
    }


def record(lakehouse: Lakehouse, step: str, seconds: int = 2, **more: Any) -> None:
    written = AuditRecord(
        run_id=RUN,
        dagster_run_id="1a2b3c4d",
        step=step,
        layer="gold",
        partitions=["1949"],
        started=MOMENT,
        **{"finished": MOMENT + dt.timedelta(seconds=seconds), "records_out": 3, **more},
    )
    write_record(lakehouse, written)


@pytest.fixture
def linked(lakehouse: Lakehouse) -> Lakehouse:
    """Links of two years: the lowest score, .55, has two, of releases 4 and 3."""
    store_rows(lakehouse, MATCHES, "1949", [pair(1, 4, 0.55, title=3.0, year=-1.0)])
    store_rows(lakehouse, MATCHES, "1950", [pair(2, 3, 0.55, title=2.0), pair(2, 5, 0.9, year=0.5)])
    store_rows(lakehouse, REVIEW_QUEUE, "1949", [pair(1, 8, 0.2), pair(1, 9, 0.4)])
    store_rows(lakehouse, REVIEW_QUEUE, "1950", [])
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1949", [{"film_id": 1, "releases": 1}])
    store_rows(lakehouse, CANDIDATES, "1949", [{"film_id": 1, "release_id": 4}])
    store_rows(lakehouse, SOUNDTRACKS, "1949", [{"release_id": 4, "kind": "soundtrack"}])
    store_rows(lakehouse, GENRE_POPULARITY, "", [])
    store_rows(lakehouse, COMPOSER_POPULARITY, "", [])
    record(lakehouse, "gold/matches")
    return lakehouse


def test_the_pair_next_to_the_bound_is_found_in_any_year_and_weights_are_added_up(
    linked: Lakehouse,
):
    run = read_run(linked, RUN)

    assert run.links.closest is not None
    assert run.review.closest is not None
    assert run.links.closest["release_id"] == 3  # Of two alike, the one of the lower id.
    assert [each["comparison"] for each in run.links.closest["evidence"]] == ["title"]
    assert run.review.closest["release_id"] == 9
    assert run.links.weights == {"title": (5.0, 0.0), "year": (0.5, -1.0)}
    assert sorted(run.links.rows["release_id"].to_pylist()) == [3, 4, 5]


def test_summary_and_report_count_from_one_reading(linked: Lakehouse):
    run = read_run(linked, RUN)
    figures = count_run(run)

    for container in ("gold", "intermediate"):
        shutil.rmtree(linked.url(container))

    assert count_run(run) == figures
    links = summarize_run(run)["links"]
    assert (links["strong"] + links["probable"], links["review"]) == (3, figures.to_review)
    assert links["linked_share_of_soundtracks"] == figures.match_rate.linked_share_of_soundtracks


def test_a_table_of_pairs_without_rows_has_none_that_is_closest(lakehouse: Lakehouse):
    store_rows(lakehouse, MATCHES, "1949", [])

    links = read_run(lakehouse, RUN).links

    assert (links.rows.num_rows, links.closest, links.weights) == (0, None, {})


def test_a_step_that_has_not_ended_is_lost_unless_the_run_is_under_way(lakehouse: Lakehouse):
    record(lakehouse, "gold/matches", seconds=7)
    record(lakehouse, "gold/film_soundtracks", outcome=STARTED, finished=None)

    over, under_way = read_run(lakehouse, RUN), read_run(lakehouse, RUN, under_way=True)

    assert sorted(each["outcome"] for each in over.records) == ["lost", "success"]
    assert [each["step"] for each in under_way.records] == ["gold/matches"]
    assert (over.seconds, under_way.seconds) == (7.0, 7.0)
    assert read_run(lakehouse, "20261127T120000-1a2b3c4d").seconds == 0.0
