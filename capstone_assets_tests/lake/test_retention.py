"""What killed runs leave in a lake is deleted, and nothing that a run still writes."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capstone_assets.lake.retention import delete_leftovers, delete_records_of_runs
from capstone_assets.lake.storage import Lakehouse

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def write(file: Path, hours_ago: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    written = (NOW - timedelta(hours=hours_ago)).timestamp()
    os.utime(file, (written, written))
    return file


def test_a_record_that_was_never_finished_goes_and_finished_ones_stay(
    tmp_path: Path, lakehouse: Lakehouse
):
    outbox = tmp_path / "lake/metrics/audit/_outbox/run"
    dead = write(outbox / "1.jsonl.part", hours_ago=3)
    kept = [write(outbox / "2.jsonl.part", hours_ago=1), write(outbox / "3.jsonl", hours_ago=3)]

    assert delete_leftovers(lakehouse, NOW - timedelta(hours=2)) == 1

    assert not dead.exists()
    assert all(file.exists() for file in kept)


def test_staging_goes_as_a_whole_once_its_last_file_is_old(tmp_path: Path, lakehouse: Lakehouse):
    staging = tmp_path / "lake/intermediate/_staging"
    for name, hours_ago in (("dead/a", 9), ("dead/b", 5), ("running/a", 9), ("running/b", 1)):
        write(staging / name, hours_ago)

    assert delete_leftovers(lakehouse, NOW - timedelta(hours=2)) == 1

    assert sorted(f"{each.parent.name}/{each.name}" for each in staging.rglob("?")) == [
        "running/a",
        "running/b",
    ]


def test_everything_that_a_run_left_under_metrics_goes_and_that_of_others_stays(
    tmp_path: Path, lakehouse: Lakehouse
):
    metrics = tmp_path / "lake/metrics"
    for run in ("20260101T000000-aaaa", "20260102T000000-bbbb"):
        write(metrics / f"audit/run_id={run}/films.jsonl", 1)
        write(metrics / f"pipeline_summary_{run}.json", 1)
        write(metrics / f"report_{run}.html", 1)

    # One of them has left no record.
    gone = ["20260101T000000-aaaa", "20250101T000000-cccc"]
    assert delete_records_of_runs(lakehouse, gone) == 3

    assert {file.name for file in metrics.rglob("*") if file.is_file()} == {
        "films.jsonl",
        "pipeline_summary_20260102T000000-bbbb.json",
        "report_20260102T000000-bbbb.html",
    }
