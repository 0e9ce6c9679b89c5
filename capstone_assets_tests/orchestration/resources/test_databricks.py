"""Steps on Databricks, through the web UI's launch path, against a workspace that runs them."""

import base64
import io
import itertools
import json
import re
import subprocess
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from capstone_assets.orchestration.resources.staging import PACKAGE, package_files
from capstone_assets_tests.fake_databricks.workspace import (
    CHECKOUT,
    CLIENT_SECRET,
    POLICY_ID,
    TOKEN,
    Fault,
    Job,
    Workspace,
    running_workspace,
)
from capstone_assets_tests.instances import instance_of
from capstone_assets_tests.orchestration.resources.launching_machine import (
    LAKE,
    SETTINGS,
    SUBMIT,
    on_databricks,
)
from capstone_assets_tests.programs import BIN, environment
from capstone_assets_tests.web_ui import RUN_ENDS, RUN_STATUS, TERMINATE, WebUi, running_web_ui

ASSETS = ["raw/tmdb_pages", "bronze/tmdb_movies", "bronze/tmdb_movie_details"]
YEARS = ["1982", "1983"]
# The daemon looks for runs every second, not every five.
QUEUE = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {dequeue_interval_seconds: 1}
"""


@pytest.fixture(scope="module")
def launching(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("launching")
    (folder / "dagster").mkdir()
    (folder / "dagster/dagster.yaml").write_text(QUEUE)
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, launching) -> Iterator[Workspace]:
    with running_workspace(tmp_path_factory.mktemp("workspace"), away=[launching]) as running:
        yield running


@pytest.fixture(scope="module")
def web_ui(launching, workspace) -> Iterator[WebUi]:
    workspace.warm_up()
    with running_web_ui(launching, on_databricks(launching, workspace)) as running:
        yield running


@pytest.fixture(scope="module")
def remote(web_ui, workspace) -> str:
    """How the run ended on Databricks, where three things went wrong that may pass."""
    workspace.faults += [
        Fault("REQUEST_LIMIT_EXCEEDED", call=SUBMIT, status=429, message="slow down"),
        Fault("INTERNAL_ERROR", call=SUBMIT, status=500, message="a server stumbled"),
        Fault("CLOUD_FAILURE", message="a spot machine was evicted"),
    ]
    between = {
        "dagster/asset_partition_range_start": YEARS[0],
        "dagster/asset_partition_range_end": YEARS[-1],
    }
    run_id = web_ui.materialize(ASSETS, between, with_checks=True)
    return web_ui.wait(RUN_STATUS, RUN_ENDS, id=run_id)


@pytest.fixture(scope="module", autouse=True)
def started_locally(tmp_path_factory) -> Iterator[tuple[Path, subprocess.Popen]]:
    """The same without Databricks, under way while Databricks is waited for."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "dagster").mkdir()
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [
                *(str(BIN / "dagster"), "asset", "materialize"),
                *("-m", "capstone_assets.definitions", "--select", ",".join(ASSETS)),
                *("--partition-range", f"{YEARS[0]}...{YEARS[-1]}"),
            ],
            cwd=folder,
            env=environment(folder),
            stdout=log,
            stderr=log,
        )
    yield folder, running
    running.kill()
    running.wait()


@pytest.fixture(scope="module")
def local(started_locally) -> Path:
    """The folder of that run, once it is over."""
    folder, running = started_locally
    assert running.wait() == 0, (folder / "log").read_text()
    return folder


def rows(lake: Path, table: str) -> list[tuple]:
    # What differs from run to run: when a page was fetched, and so its name.
    files = f"read_parquet('{lake}/raw/{table}/*/*.parquet', hive_partitioning = true)"
    kept = "* exclude (fetched_at, raw_page)"
    return duckdb.execute(f"select {kept} from {files} order by all").fetchall()


def plain(value: Any, lake: str) -> str:
    """A value as text, without where and when."""
    text = str(value).replace(lake, "LAKE").replace(LAKE.format(container="raw"), "LAKE/raw")
    text = re.sub(r"'waited_seconds': [^,}]+", "", text)
    text = re.sub(r"\d{8}T\d{12}Z", "STAMP", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?", "MOMENT", text)


def metadata(home: Path, lake: str) -> dict[tuple[str, str | None], dict[str, str]]:
    """The metadata of every materialization."""
    found = {}
    with instance_of(home) as instance:
        for asset in ASSETS:
            for record in instance.fetch_materializations(
                dg.AssetKey(asset.split("/")), 100
            ).records:
                made = record.asset_materialization
                assert made is not None
                values = {name: each.value for name, each in made.metadata.items()}
                found[asset, made.partition] = {k: plain(v, lake) for k, v in values.items()}
    return found


def checks(home: Path, lake: str) -> dict[tuple[str, str], tuple[bool, str, str]]:
    """The outcome of every check."""
    with instance_of(home) as instance:
        records = instance.get_event_records(
            dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        )
        events = [record.event_log_entry.get_dagster_event() for record in records]
    evaluated = [event.asset_check_evaluation_data for event in events]
    return {
        (each.asset_key.to_user_string(), each.check_name): (
            each.passed,
            plain(each.description, lake),
            plain({name: value.value for name, value in each.metadata.items()}, lake),
        )
        for each in evaluated
    }


def audit(lake: Path) -> list[dict[str, Any]]:
    """The audit records, without what differs from run to run."""
    files = lake.glob("metrics/audit/*/*.jsonl")
    records = [json.loads(file.read_text()) for file in files]
    for record in records:
        for name in ("run_id", "dagster_run_id", "started", "finished", "duration_seconds"):
            del record[name]
        record["requests"].pop("waited_seconds", None)
        record["output"] = record["output"].split("/")[-1]
        record["checks"] = plain(record["checks"], str(lake))
    return sorted(records, key=lambda record: (record["step"], record["outcome"]))


def test_a_run_of_the_web_ui_gets_through_throttling_errors_and_eviction(remote, workspace):
    assert remote == "SUCCESS", workspace.driver_logs()
    assert workspace.faults == []


@pytest.mark.usefixtures("remote")
def test_the_tables_are_those_of_a_local_run(workspace, local):
    for asset in ASSETS[1:]:
        table = asset.split("/")[1]
        assert rows(workspace.store, table) == rows(local / "lake", table) != []


@pytest.mark.usefixtures("remote")
def test_the_metadata_and_the_checks_are_those_of_a_local_run(launching, local):
    lake = str(local / "lake")

    assert metadata(launching / "dagster", lake) == metadata(local / "dagster", lake) != {}
    assert checks(launching / "dagster", lake) == checks(local / "dagster", lake) != {}


@pytest.mark.usefixtures("remote")
def test_the_audit_records_are_those_of_a_local_run_with_the_cost(workspace, local):
    there, here = audit(workspace.store), audit(local / "lake")
    used = [record.pop("compute") for record in there]
    outcomes = {record["outcome"] for record in there}

    assert {str(record.pop("compute")) for record in here} == {"{}"}
    assert there == here
    assert outcomes == {"started", "success"}
    for each in filter(None, used):
        assert (each["node_type"], each["nodes"]) == ("Standard_D4ds_v5", 5)
        assert each["dollars"] == pytest.approx(each["node_hours"] * 0.572, abs=1e-5)
        assert 0 < each["dbus"] == pytest.approx(each["node_hours"], abs=1e-5)


@pytest.mark.usefixtures("remote")
def test_files_of_the_lake_are_moved_by_the_data_lake_api_alone(workspace):
    tables = {target.split("/")[1] for _, target in workspace.lake.renames}
    assert {"tmdb_movies", "tmdb_movie_details"} <= tables


@pytest.mark.usefixtures("remote")
def test_a_range_is_one_job_a_step(workspace):
    names = [
        json.loads(r.body)["run_name"].split(" ")[0] for r in workspace.requests if r.call == SUBMIT
    ]
    ran = [job for job in workspace.jobs if job.process]

    assert len(ran) == 1
    assert set(names) == {"films"}


@pytest.mark.usefixtures("remote")
def test_the_requests_are_the_documented_sequence(workspace):
    calls = [request.call.split(" ")[1].removeprefix("/api/") for request in workspace.requests]
    put = ["2.0/dbfs/create", "2.0/dbfs/add-block", "2.0/dbfs/close"]
    poll = {"2.2/jobs/runs/get", "2.0/dbfs/read"}
    sent = ["2.0/policies/clusters/list", *(put * 4), "2.2/jobs/runs/submit"]

    last = len(calls) - calls[::-1].index("2.2/jobs/runs/submit")
    before = [call for call in calls[:last] if call not in poll]
    # A file goes up in as many blocks as it needs.
    before = [call for call, _ in itertools.groupby(before)]
    steps = " ".join(before).split("2.0/policies/clusters/list")[1:]
    assert " ".join(sent[1:]) in steps[0].strip()
    assert set(calls[last:]) <= poll | {"2.2/jobs/runs/cancel"}


@pytest.mark.usefixtures("remote")
def test_the_cluster_is_the_one_of_the_settings_with_the_policys_id(workspace):
    [asked, *_] = [request.content for request in workspace.requests if request.call == SUBMIT]
    [task] = asked["tasks"]

    given = json.loads(SETTINGS.read_text())["cluster"]
    tags = task["new_cluster"]["custom_tags"]
    assert task["new_cluster"] | {"custom_tags": None} == given | {
        "custom_tags": None,
        "policy_id": POLICY_ID,
    }
    assert tags["project"] == "capstone-assets"
    # Libraries would bring a pyspark of their own; the init script installs without dependencies.
    assert "libraries" not in task


@pytest.mark.usefixtures("remote")
def test_the_staged_code_is_the_package_and_nothing_else(workspace):
    [archive, *_] = workspace.dbfs.rglob("code.zip")

    with zipfile.ZipFile(archive) as code:
        names = set(code.namelist())
    assert names == {f"{PACKAGE.name}/{file}" for file in package_files()}
    assert f"{PACKAGE.name}/matching/scorecard.json" in names
    assert archive.stat().st_size < 1_000_000


@pytest.mark.usefixtures("remote")
def test_no_secret_is_in_anything_staged_requested_or_logged(workspace, launching):
    secrets = [TOKEN.encode(), CLIENT_SECRET.encode()]
    seen = [request.body + request.query.encode() for request in workspace.requests]
    for file in workspace.dbfs.rglob("*"):
        if file.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as code:
                seen += [code.read(name) for name in code.namelist()]
        elif file.is_file():
            seen.append(file.read_bytes())
    seen += [
        base64.b64decode(request.content["data"])
        for request in workspace.requests
        if request.call.endswith("add-block")
    ]
    seen += [file.read_bytes() for file in launching.rglob("*") if file.is_file()]
    seen.append(workspace.driver_logs().encode())

    assert not any(secret in each for secret in secrets for each in seen)


@pytest.mark.usefixtures("remote")
def test_terminating_a_run_in_the_web_ui_cancels_its_job(web_ui, workspace):
    workspace.faults.append(Fault("HANGS"))
    run_id = web_ui.materialize(["bronze/discogs_masters"], {"dagster/partition": "1984"})
    jobs = len(workspace.jobs)
    deadline = time.monotonic() + 60
    while len(workspace.jobs) == jobs and time.monotonic() < deadline:
        time.sleep(0.2)

    web_ui.ask(TERMINATE, id=run_id)

    assert web_ui.wait(RUN_STATUS, RUN_ENDS, id=run_id) == "CANCELED"
    assert workspace.jobs[-1].ended == ("CANCELED", "USER_CANCELED", "canceled by a user")


def test_a_cluster_can_neither_import_nor_open_what_is_on_the_launching_machine(
    workspace, launching
):
    (launching / "there.txt").write_text("here")
    probe = workspace.folder / "probe.py"
    probe.write_text(
        f"""
import pyspark
for path in [{str(CHECKOUT / "README.md")!r}, {str(launching / "there.txt")!r}]:
    try:
        open(path)
    except PermissionError as error:
        print(error)
import capstone_assets
"""
    )

    done = subprocess.run(
        [str(workspace.python), str(probe)],
        cwd=workspace.folder,
        env=workspace.environment,
        capture_output=True,
        text=True,
    )

    assert done.stdout.count("is on the launching machine, not on the cluster") == 2
    assert "No module named 'capstone_assets'" in done.stderr


def longest_row(jobs: Sequence[Job]) -> int:
    """How many jobs at most ran in a row, each submitted when the one before was over."""
    rows: list[tuple[float, int]] = []
    for job in sorted(jobs, key=lambda job: job.submitted):
        before = max((size for finished, size in rows if finished <= job.submitted), default=0)
        rows.append((job.finished, before + 1))
    return max(size for _, size in rows)


@pytest.mark.slow
def test_a_decade_and_a_refresh_of_a_year_on_databricks_are_those_of_a_local_run(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        (folder / "dagster").mkdir(parents=True)
    command = [str(BIN / "capstone"), "run", "--years", "1980...1989"]
    for asked in (command, [*command[:-1], "1984"]):
        ran = subprocess.run(asked, cwd=here, env=environment(here), capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr

    with running_workspace(tmp_path / "workspace", away=[there]) as workspace:
        workspace.warm_up()
        ran = subprocess.run(
            command,
            cwd=there,
            env=on_databricks(there, workspace),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr + workspace.driver_logs()
        steps = [
            r.content["run_name"].split(" ")[0] for r in workspace.requests if r.call == SUBMIT
        ]
        # Links wait for the other two, which are side by side.
        assert sorted(steps) == ["films", "links", "soundtracks"]
        assert longest_row(workspace.jobs) == 2

        ran = subprocess.run(
            [*command[:-1], "1984"],
            cwd=there,
            env=on_databricks(there, workspace),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr + workspace.driver_logs()
        refresh = workspace.jobs[3:]
        assert len(refresh) == 3
        assert longest_row(refresh) == 2

    # Of the eighties nothing waits for review.
    for table in ("gold/matches", "gold/film_soundtracks"):
        # Pages are called by when they were fetched.
        pages = "* exclude (run_id, film_raw_page, release_raw_page)"
        kept = "*" if table == "gold/film_soundtracks" else pages
        found = [
            duckdb.execute(
                f"select {kept} from read_parquet('{lake}/{table}/*/*.parquet', "
                "hive_partitioning = true) order by all"
            ).fetchall()
            for lake in (here / "lake", workspace.store)
        ]
        assert found[0] == found[1] != []
    summaries = [*workspace.store.glob("metrics/pipeline_summary_*.json")]
    assert len(summaries) == 2
    for summary in summaries:
        assert 0 < json.loads(summary.read_text())["cost"]["dollars"] < 1
