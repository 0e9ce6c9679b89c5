"""What steps leave behind that fail, are canceled or are killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pyspark.sql import DataFrame

from capstone_assets.audit.records import latest_records, read_records, run_ids
from capstone_assets.environment import Environment
from capstone_assets.inspection.summary import render_summary, summarize_run
from capstone_assets.inspection.table_lineage import trace_lineage, upstream
from capstone_assets.lake.bronze import TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, GENRE_POPULARITY, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.assets.table_asset import asset_key, every_year, table_asset
from capstone_assets.orchestration.io_managers import TableIOManager
from capstone_assets.orchestration.launching import STEP_LAUNCHER, launched
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.spark import SparkResource, spark_config
from capstone_assets.orchestration.step_audit import audited


def resources(root: str) -> dict[str, Any]:
    lake = LakehouseResource(root=root)
    pyspark = SparkResource(spark_config=spark_config(Environment.LOCAL))
    return {
        "lake": lake,
        "io_manager": TableIOManager(lake=lake, pyspark=pyspark),
        STEP_LAUNCHER: dg.ResourceDefinition.none_resource(),
    }


def materialize(lakehouse: Lakehouse, asset: dg.AssetsDefinition) -> dict[str, Any]:
    """The latest record of the only step of a run."""
    dg.materialize([asset], resources=resources(lakehouse.root), raise_on_error=False)
    [record] = latest_records(lakehouse, run_ids(lakehouse)[0])
    return record


def test_a_step_that_ends_well_tells_its_start_and_its_rows(lakehouse, rows):
    @table_asset(GENRE_POPULARITY)
    def genres() -> DataFrame:
        return rows(GENRE_POPULARITY, [{"tag": "genre", "name": "Jazz"}])

    record = materialize(lakehouse, genres)

    assert (record["outcome"], record["records_out"]) == ("success", 1)
    both = read_records(lakehouse, record["run_id"])
    assert [each["outcome"] for each in both] == ["started", "success"]
    assert len({each["started"] for each in both}) == 1


def test_a_step_that_fails_tells_its_error_in_a_sentence_without_the_keys(
    lakehouse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMDB_API_TOKEN", "sesame-0123456789")

    @table_asset(GENRE_POPULARITY)
    def genres() -> DataFrame:
        raise ValueError("no music for sesame-0123456789\nand more of it")

    record = materialize(lakehouse, genres)

    assert record["outcome"] == "failure"
    assert record["error"] == "ValueError: no music for ***"
    assert record["duration_seconds"] >= 0


def test_rows_that_cannot_be_stored_are_told_as_a_failure(lakehouse, rows):
    @table_asset(GENRE_POPULARITY)
    def genres() -> DataFrame:
        return rows(GENRE_POPULARITY, [{"name": "Jazz"}]).drop("name")

    record = materialize(lakehouse, genres)

    assert record["outcome"] == "failure"
    assert record["error"].startswith("SchemaMismatchError: gold/genre_popularity: name is missing")
    assert summarize_run(lakehouse, record["run_id"])["steps"][0]["outcome"] == "failure"


def test_a_step_of_two_tables_tells_which_of_them_was_stored(lakehouse, rows):
    keys = {"matches": MATCHES, "review_queue": REVIEW_QUEUE}

    @dg.multi_asset(
        outs={name: dg.AssetOut(key=asset_key(table)) for name, table in keys.items()},
        partitions_def=RELEASE_YEARS,
    )
    @launched
    @audited
    def links() -> tuple[dg.Output[DataFrame], dg.Output[DataFrame]]:
        return (
            dg.Output(rows(MATCHES, []), output_name="matches"),
            dg.Output(rows(REVIEW_QUEUE, []).drop("film_id"), output_name="review_queue"),
        )

    dg.materialize(
        [links],
        resources=resources(lakehouse.root),
        partition_key="1999",
        raise_on_error=False,
    )

    records = latest_records(lakehouse, run_ids(lakehouse)[0])
    assert {record["step"]: record["outcome"] for record in records} == {
        "gold/matches": "success",
        "gold/review_queue": "failure",
    }


def test_inputs_that_were_never_written_are_told_as_a_failure(lakehouse):
    @table_asset(GENRE_POPULARITY, ins={"films": every_year(FILM_SOUNDTRACKS)})
    def genres(films: DataFrame) -> DataFrame:
        return films

    films = dg.AssetSpec(dg.AssetKey(["gold", "film_soundtracks"]))
    dg.materialize(
        [genres, films],
        selection=[genres],
        resources=resources(lakehouse.root),
        raise_on_error=False,
    )

    [record] = latest_records(lakehouse, run_ids(lakehouse)[0])
    assert (record["step"], record["outcome"]) == ("gold/genre_popularity", "failure")
    assert "gold/film_soundtracks was never materialized" in record["error"]


PROGRAM = """
import sys, time
import dagster as dg
from pyspark.sql import DataFrame
from capstone_assets.orchestration.assets.table_asset import table_asset
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets_tests.orchestration.test_step_audit import resources

@table_asset(GENRE_POPULARITY)
def genres() -> DataFrame:
    print("asleep", flush=True)
    time.sleep(60)

dg.materialize([genres], resources=resources(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("sent", "outcome", "told"),
    [
        (signal.SIGINT, "canceled", "gold/genre_popularity was canceled"),
        (signal.SIGKILL, "lost", "gold/genre_popularity started and was lost"),
    ],
)
def test_a_step_that_is_interrupted_or_killed_is_told_as_that(
    sent: signal.Signals, outcome: str, told: str, tmp_path: Path
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
    summary = summarize_run(lakehouse, run_id)
    assert [(s["step"], s["outcome"]) for s in summary["steps"]] == [
        ("gold/genre_popularity", outcome)
    ]
    assert told in render_summary(lakehouse, summary)


def test_two_runs_are_two_and_each_is_whole(lakehouse, rows):
    @table_asset(GENRE_POPULARITY)
    def genres() -> DataFrame:
        return rows(GENRE_POPULARITY, [{"name": "Jazz"}])

    first = materialize(lakehouse, genres)
    time.sleep(1.1)  # A run is named for its second, too.
    second = materialize(lakehouse, genres)

    assert len(run_ids(lakehouse)) == 2
    for record in (first, second):
        summary = summarize_run(lakehouse, record["run_id"])
        assert [(s["step"], s["records_out"]) for s in summary["steps"]] == [
            ("gold/genre_popularity", 1)
        ]


def test_the_lineage_of_matches_reaches_all_bronze_and_tells_the_last_write(lakehouse, rows):
    chain = [table.name for table in upstream(MATCHES)]
    assert chain[0] == "gold/matches"
    assert {name for name in chain if name.startswith("bronze/")} == {
        *("bronze/tmdb_movies", "bronze/tmdb_movie_details"),
        *("bronze/discogs_releases", "bronze/discogs_masters"),
    }

    @table_asset(TMDB_MOVIES)
    def movies() -> DataFrame:
        return rows(TMDB_MOVIES, [{"id": 1, "release_year": "1999"}])

    dg.materialize([movies], resources=resources(lakehouse.root), partition_key="1999")

    steps = {step["step"]: step for step in trace_lineage(lakehouse, MATCHES)["steps"]}
    assert steps["bronze/tmdb_movies"]["records_out"] == 1
    assert steps["bronze/tmdb_movies"]["partitions"] == ["1999"]
    assert "run_id" not in steps["gold/matches"]
