"""One step over several tables: what it writes, what it records, where it stops."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from capstone_assets.audit.records import latest_records, read_records, run_ids
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.inspection.summary import render_summary, summarize_run
from capstone_assets.inspection.table_lineage import trace_lineage, upstream
from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, GENRE_POPULARITY, MATCHES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.table_steps import Making, Recipe, Rows, recipe
from capstone_assets_tests.orchestration.steps import materialize


def records_of(lakehouse: Lakehouse) -> list[dict[str, Any]]:
    """The latest record of each table of the last run."""
    return latest_records(lakehouse, run_ids(lakehouse)[0])


def giving(table: Table, rows: Any) -> Recipe:
    @recipe(table)
    def make(_: Making) -> dict[Table, Rows]:
        return {table: rows}

    return make


def failing(table: Table, error: Exception) -> Recipe:
    @recipe(table)
    def make(_: Making) -> dict[Table, Rows]:
        raise error

    return make


JAZZ = {"tag": "genre", "name": "Jazz"}


def test_a_table_leaves_its_start_and_its_end_with_its_rows_and_checks(lakehouse, rows):
    materialize(lakehouse, [giving(GENRE_POPULARITY, rows(GENRE_POPULARITY, [JAZZ]))])

    [record] = records_of(lakehouse)
    assert (record["outcome"], record["records_out"]) == ("success", 1)
    assert {check["asset"] for check in record["checks"]} == {"gold/genre_popularity"}
    assert {check["name"]: check["passed"] for check in record["checks"]}["key_is_unique"]
    both = read_records(lakehouse, record["run_id"])
    assert [each["outcome"] for each in both] == ["started", "success"]
    assert len({each["started"] for each in both}) == 1


def test_a_failure_is_recorded_in_a_sentence_without_the_keys(
    lakehouse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMDB_API_TOKEN", "sesame-0123456789")
    error = ValueError("no music for sesame-0123456789\nand more of it")

    materialize(lakehouse, [failing(GENRE_POPULARITY, error)])

    [record] = records_of(lakehouse)
    assert record["outcome"] == "failure"
    assert record["error"] == "ValueError: no music for ***"
    assert record["duration_seconds"] >= 0


def test_rows_that_cannot_be_stored_are_recorded_as_a_failure(lakehouse, rows):
    short = rows(GENRE_POPULARITY, [{"name": "Jazz"}]).drop("name")

    materialize(lakehouse, [giving(GENRE_POPULARITY, short)])

    [record] = records_of(lakehouse)
    assert record["outcome"] == "failure"
    assert record["error"].startswith("SchemaMismatchError: gold/genre_popularity: name is missing")
    assert summarize_run(read_run(lakehouse, record["run_id"]))["steps"][0]["outcome"] == "failure"


def test_of_two_tables_made_at_once_the_records_say_which_was_stored(lakehouse, rows):
    @recipe(TMDB_MOVIES, DISCOGS_RELEASES)
    def both(_: Making) -> dict[Table, Rows]:
        releases = rows(DISCOGS_RELEASES, []).drop("id")
        return {TMDB_MOVIES: rows(TMDB_MOVIES, []), DISCOGS_RELEASES: releases}

    materialize(lakehouse, [both], partition_key="1999")

    assert {record["step"]: record["outcome"] for record in records_of(lakehouse)} == {
        "bronze/tmdb_movies": "success",
        "bronze/discogs_releases": "failure",
    }


def test_a_blocking_check_that_fails_ends_the_step_before_the_next_table(lakehouse, rows):
    repeated = giving(GENRE_POPULARITY, rows(GENRE_POPULARITY, [JAZZ, JAZZ]))
    next_one = giving(TMDB_MOVIES, rows(TMDB_MOVIES, []))

    ran = materialize(lakehouse, [repeated, next_one], partition_key="1999")

    assert not ran.success
    assert [record["step"] for record in records_of(lakehouse)] == ["gold/genre_popularity"]
    checks = {each.check_name: each.passed for each in ran.get_asset_check_evaluations()}
    # Its other checks are reported, too.
    assert checks["key_is_unique"] is False
    assert checks["rows_are_as_many_as_before"] is True
    assert lakehouse.partitions(TMDB_MOVIES) == []


def test_a_warning_does_not_end_the_step(lakehouse, rows):
    many = [{"id": n, "release_year": "1999"} for n in range(1, 101)]
    genres = giving(GENRE_POPULARITY, rows(GENRE_POPULARITY, [JAZZ]))
    materialize(lakehouse, [giving(TMDB_MOVIES, rows(TMDB_MOVIES, many))], partition_key="1999")
    time.sleep(1.1)  # A run is named for its second, too.

    few = giving(TMDB_MOVIES, rows(TMDB_MOVIES, many[:2]))
    ran = materialize(lakehouse, [few, genres], partition_key="1999")

    checks = {
        (each.asset_key.path[-1], each.check_name): each.passed
        for each in ran.get_asset_check_evaluations()
    }
    assert ran.success
    assert checks["tmdb_movies", "rows_are_as_many_as_before"] is False
    assert lakehouse.partitions(GENRE_POPULARITY) == [""]


def test_only_the_selected_tables_of_a_step_are_made(lakehouse, rows):
    recipes = [
        failing(TMDB_MOVIES, ValueError("not selected")),
        giving(GENRE_POPULARITY, rows(GENRE_POPULARITY, [JAZZ])),
    ]

    ran = materialize(lakehouse, recipes, GENRE_POPULARITY)

    assert ran.success
    assert [record["step"] for record in records_of(lakehouse)] == ["gold/genre_popularity"]


def test_inputs_that_were_never_written_are_recorded_as_a_failure(lakehouse):
    @recipe(GENRE_POPULARITY, every_year=(FILM_SOUNDTRACKS,))
    def genres(making: Making) -> dict[Table, Rows]:
        return {GENRE_POPULARITY: making.read(FILM_SOUNDTRACKS)}

    materialize(lakehouse, [genres])

    [record] = records_of(lakehouse)
    assert (record["step"], record["outcome"]) == ("gold/genre_popularity", "failure")
    assert "gold/film_soundtracks was never materialized" in record["error"]


def test_a_table_that_is_not_declared_as_an_input_is_not_read(lakehouse):
    @recipe(GENRE_POPULARITY)
    def genres(making: Making) -> dict[Table, Rows]:
        return {GENRE_POPULARITY: making.read(FILM_SOUNDTRACKS)}

    materialize(lakehouse, [genres])

    [record] = records_of(lakehouse)
    assert "gold/film_soundtracks is not declared as an input" in record["error"]


def test_a_partitioned_table_without_a_year_is_refused(lakehouse, rows):
    ran = materialize(lakehouse, [giving(TMDB_MOVIES, rows(TMDB_MOVIES, []))])

    assert not ran.success
    assert lakehouse.partitions(TMDB_MOVIES) == []


PROGRAM = """
import sys, time
import dagster as dg
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.table_steps import recipe
from capstone_assets_tests.orchestration.steps import materialize

@recipe(GENRE_POPULARITY)
def genres(making):
    print("asleep", flush=True)
    time.sleep(60)

materialize(Lakehouse(sys.argv[1]), [genres])
"""


@pytest.mark.parametrize(
    ("sent", "outcome", "sentence"),
    [
        (signal.SIGINT, "canceled", "gold/genre_popularity was canceled"),
        (signal.SIGKILL, "lost", "gold/genre_popularity started but never finished"),
    ],
)
def test_an_interruption_is_recorded_and_a_kill_is_known_by_the_missing_end(
    sent: signal.Signals, outcome: str, sentence: str, tmp_path: Path
):
    lakehouse = Lakehouse(str(tmp_path / "lake"))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, lakehouse.root],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        time.sleep(0.2)
        process.send_signal(sent)
        process.wait(30)

    [run_id] = run_ids(lakehouse)
    summary = summarize_run(read_run(lakehouse, run_id))
    assert [(s["step"], s["outcome"]) for s in summary["steps"]] == [
        ("gold/genre_popularity", outcome)
    ]
    assert sentence in render_summary(summary)


def test_two_runs_are_two_and_each_is_whole(lakehouse, rows):
    genres = giving(GENRE_POPULARITY, rows(GENRE_POPULARITY, [JAZZ]))
    materialize(lakehouse, [genres])
    time.sleep(1.1)  # A run is named for its second, too.
    materialize(lakehouse, [genres])

    assert len(run_ids(lakehouse)) == 2
    for run_id in run_ids(lakehouse):
        summary = summarize_run(read_run(lakehouse, run_id))
        assert [(s["step"], s["records_out"]) for s in summary["steps"]] == [
            ("gold/genre_popularity", 1)
        ]


def test_the_lineage_of_matches_reaches_all_bronze_and_has_the_last_write(lakehouse, rows):
    chain = [table.name for table in upstream(MATCHES)]
    assert chain[0] == "gold/matches"
    assert {name for name in chain if name.startswith("bronze/")} == {
        *("bronze/tmdb_movies", "bronze/tmdb_movie_details"),
        *("bronze/discogs_releases", "bronze/discogs_masters"),
    }
    movies = giving(TMDB_MOVIES, rows(TMDB_MOVIES, [{"id": 1, "release_year": "1999"}]))

    materialize(lakehouse, [movies], partition_key="1999")

    steps = {step["step"]: step for step in trace_lineage(lakehouse, MATCHES)["steps"]}
    assert steps["bronze/tmdb_movies"]["records_out"] == 1
    assert steps["bronze/tmdb_movies"]["partitions"] == ["1999"]
    assert "run_id" not in steps["gold/matches"]
