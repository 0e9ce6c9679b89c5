"""A history of years, made up in the seconds of a test."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from capstone_assets.audit.records import AuditRecord, run_ids, write_record
from capstone_assets.ingest.landing import PageFile, PageStore
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.jobs import RANGE_END, RANGE_START
from capstone_assets.orchestration.upkeep import (
    FinishedRun,
    Retention,
    superseded_runs,
    tidy_if_due,
    trim_runs,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SLICE = "emulator/tmdb_movies/release_year=1999"


def run(
    number: int,
    days_ago: int,
    years: Sequence[str],
    assets: Sequence[str] = ("films",),
    *,
    succeeded: bool = True,
) -> FinishedRun:
    created = NOW - timedelta(days=days_ago)
    return FinishedRun(str(number), created, succeeded, frozenset(assets), frozenset(years))


def test_a_run_is_deleted_once_it_is_old_and_newer_runs_made_all_of_it_again():
    runs = [
        run(1, 200, ["1998", "1999"]),
        run(2, 150, ["1999"]),
        run(3, 120, ["1998"]),
        run(4, 10, ["1999"]),
    ]

    # 3 is the newest of 1998, and 2 is superseded by 4 as 1 is by both.
    assert superseded_runs(runs, NOW - timedelta(days=90)) == ["1", "2"]


def test_a_failed_run_is_deleted_by_age_and_supersedes_nothing():
    runs = [run(1, 200, ["1999"]), run(2, 150, ["1999"], succeeded=False)]

    assert superseded_runs(runs, NOW - timedelta(days=90)) == ["2"]


def test_a_run_of_an_asset_that_no_newer_run_made_stays():
    runs = [run(1, 200, ["1999"], ["films", "links"]), run(2, 100, ["1999"], ["films"])]

    assert superseded_runs(runs, NOW - timedelta(days=90)) == []


def test_a_run_is_deleted_on_the_day_after_its_last():
    runs = [run(1, 90, ["1999"]), run(2, 1, ["1999"])]

    assert superseded_runs(runs, NOW - timedelta(days=90)) == []
    assert superseded_runs(runs, NOW - timedelta(days=89)) == ["1"]


@dg.asset
def films() -> None:
    pass


def test_dagsters_storage_stays_the_same_size_however_many_runs_there_were(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.Definitions([films], jobs=[dg.define_asset_job("all", [films])])
        made = job.resolve_job_def("all")
        tags = {RANGE_START: "1999", RANGE_END: "1999"}
        ids = [made.execute_in_process(instance=instance, tags=tags).run_id for _ in range(4)]

        in_the_future = datetime.now(UTC) + timedelta(days=1)
        at_once = trim_runs(instance, in_the_future, most=2)
        rest = trim_runs(instance, in_the_future, most=2)

        assert (at_once, rest) == (2, 1)
        assert [kept.run_id for kept in instance.get_runs()] == ids[-1:]
        latest = instance.get_latest_materialization_event(dg.AssetKey("films"))
        assert latest is not None
        assert latest.run_id == ids[-1]


def land_page(lake: Path, fetched: datetime, digest: str = "a" * 16) -> str:
    name = PageFile.made(fetched, digest, 1).name
    PageStore(lake / "raw").write(f"pages/{SLICE}/{name}", b"page")
    return name


def land_manifest(lake: Path, at: datetime, files: Sequence[str], kind: str = "complete") -> None:
    name = f"{at:%Y%m%dT%H%M%S%fZ}_{kind}_{'b' * 16}.manifest.json"
    content = json.dumps({"files": files}).encode()
    PageStore(lake / "raw").write(f"manifests/{SLICE}/{name}", content)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


def tidy(lake: Path, now: datetime = NOW, retention: Retention | None = None) -> str:
    with dg.DagsterInstance.ephemeral() as instance:
        return tidy_if_due(Lakehouse(str(lake)), instance, now, retention)


def test_pages_that_a_newer_load_replaced_go_and_those_of_a_broken_off_one_stay(tmp_path):
    day = timedelta(days=1)
    land_page(tmp_path, NOW - 400 * day)
    land_manifest(tmp_path, NOW - 399 * day, ["gone.jsonl.gz"])
    still_named = land_page(tmp_path, NOW - 100 * day)
    replaced_lately = land_page(tmp_path, NOW - 20 * day)
    land_manifest(tmp_path, NOW - 19 * day, [still_named])
    broken_off = land_page(tmp_path, NOW - 2 * day)

    said = tidy(tmp_path)

    assert names(tmp_path / "raw/pages") == sorted([still_named, replaced_lately, broken_off])
    assert len(names(tmp_path / "raw/manifests")) == 1
    assert "2 superseded raw pages" in said


def test_without_a_readable_complete_manifest_no_page_is_deleted(tmp_path):
    old = land_page(tmp_path, NOW - timedelta(days=100))
    land_manifest(tmp_path, NOW - timedelta(days=1), [], "refreshing")
    tidy(tmp_path)
    assert names(tmp_path / "raw/pages") == [old]

    manifest = f"{NOW:%Y%m%dT%H%M%S%fZ}_complete_{'b' * 16}.manifest.json"
    PageStore(tmp_path / "raw").write(f"manifests/{SLICE}/{manifest}", b'{"files": [')
    tidy(tmp_path, NOW + timedelta(days=2))

    assert names(tmp_path / "raw/pages") == [old]


def test_staging_of_killed_writes_is_deleted_after_two_days_and_that_of_a_running_one_stays(
    tmp_path,
):
    for name, hours in (("killed", 49), ("running", 47)):
        file = tmp_path / f"gold/_staging/{name}/part-0.parquet"
        file.parent.mkdir(parents=True)
        file.touch()
        written = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(file, (written, written))

    tidy(tmp_path)

    assert [folder.name for folder in (tmp_path / "gold/_staging").iterdir()] == ["running"]


def test_records_of_old_runs_go_with_their_reports_and_the_newest_stay(tmp_path):
    lakehouse = Lakehouse(str(tmp_path))
    began = [NOW - timedelta(days=days) for days in (900, 500, 401, 399)]
    ids = [f"{moment:%Y%m%dT%H%M%S}-1a2b3c4d" for moment in began]
    for run_id, moment in zip(ids, began, strict=True):
        write_record(
            lakehouse, AuditRecord(run_id, "1a2b3c4d", "silver/films", "silver", ["1999"], moment)
        )
        (tmp_path / f"metrics/report_{run_id}.html").touch()

    tidy(tmp_path, retention=Retention(least_runs=2))

    assert run_ids(lakehouse) == [ids[3], ids[2]]
    assert [name for name in names(tmp_path / "metrics") if name.startswith("report_")] == [
        f"report_{run_id}.html" for run_id in ids[2:]
    ]


def test_the_upkeep_is_done_once_a_day_and_again_when_the_clock_was_wrong(tmp_path):
    assert "Deleted 0 leftovers" in tidy(tmp_path)
    assert tidy(tmp_path, NOW + timedelta(hours=23)).startswith("Deleted nothing")
    assert "Deleted 0 leftovers" in tidy(tmp_path, NOW + timedelta(hours=24))
    # The last was noted by a clock that ran ahead.
    assert "Deleted 0 leftovers" in tidy(tmp_path, NOW - timedelta(days=300))
