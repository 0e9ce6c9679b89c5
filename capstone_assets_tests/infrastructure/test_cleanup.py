"""The cleanup against a workspace on loopback and a lake in a folder.

The workspace's DBFS answers as the REST API's reference says: folders have no time, a path that
does not exist is RESOURCE_DOES_NOT_EXIST, and a large folder is deleted in part (PARTIAL_DELETE).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import fsspec
import httpx
import pytest
from dagster_databricks import databricks_pyspark_step_launcher

from capstone_assets_tests.infrastructure.conftest import serve
from infrastructure.check.__main__ import ROOT
from infrastructure.functionapp.cleanup import (
    DBFS_EXPIRIES,
    CleanupRecord,
    Clusters,
    Dbfs,
    Lake,
    clean_up,
)

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


class Workspace:
    """Clusters, two on a page, and the requests that they got; `broken` answers 500."""

    def __init__(self) -> None:
        self.clusters: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.terminated: list[str] = []
        # Milliseconds since 1970 by path.
        self.files: dict[str, int] = {}
        self.most_deleted_at_once = 1000

    def put(self, path: str, *, days: float) -> None:
        self.files[path] = int((NOW - timedelta(days=days)).timestamp() * 1000)

    def list_dbfs(self, path: str) -> tuple[int, dict[str, Any]]:
        [folder] = parse_qs(urlsplit(path).query)["path"]
        inside = {f: t for f, t in self.files.items() if f.startswith(f"{folder}/")}
        if not inside:
            return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": folder}
        children: dict[str, dict[str, Any]] = {}
        for file, time in inside.items():
            name, _, rest = file.removeprefix(f"{folder}/").partition("/")
            child = f"{folder}/{name}"
            moment = 0 if rest else time
            children[child] = {"path": child, "is_dir": bool(rest), "modification_time": moment}
        return 200, {"files": list(children.values())}

    def delete_dbfs(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        inside = [f for f in self.files if f.startswith(f"{body['path']}/")]
        for file in inside[: self.most_deleted_at_once]:
            del self.files[file]
        if len(inside) > self.most_deleted_at_once:
            return 503, {"error_code": "PARTIAL_DELETE", "message": "call again"}
        return 200, {}

    def add(self, name: str, *, hours: float, state: str = "RUNNING", **tags: str) -> None:
        started = int((NOW - timedelta(hours=hours)).timestamp() * 1000)
        self.clusters[name] = {
            "cluster_id": name,
            "cluster_name": f"{name} cluster",
            "state": state,
            "start_time": started,
            "custom_tags": tags,
        }

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        if "list" in self.broken:
            return 500, {"message": "try later"}
        asked = parse_qs(urlsplit(path).query)
        first = int(asked.get("page_token", ["0"])[0])
        answer = list(self.clusters.values())[first : first + 2]
        more = first + 2 < len(self.clusters)
        return 200, {"clusters": answer, "next_page_token": str(first + 2) if more else ""}

    def post(self, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if body["cluster_id"] in self.broken:
            return 500, {"message": "try later"}
        self.terminated.append(body["cluster_id"])
        return 200, {}


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def clusters(workspace: Workspace) -> Iterator[Clusters]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/api/2.1/clusters/list": workspace.get,
                "/api/2.0/dbfs/list": workspace.list_dbfs,
            }
            self._answer(*answers[urlsplit(self.path).path](self.path))

        def do_POST(self) -> None:
            answers = {
                "/api/2.1/clusters/delete": workspace.post,
                "/api/2.0/dbfs/delete": workspace.delete_dbfs,
            }
            length = int(self.headers["Content-Length"])
            self._answer(*answers[self.path](json.loads(self.rfile.read(length))))

        def _answer(self, status: int, answer: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serve(Handler) as url, httpx.Client(base_url=url) as client:
        yield Clusters(client, tag="capstone-assets")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(fsspec.filesystem("file"), f"{tmp_path}/lake/{{container}}")


def put(lake: Lake, path: str, *, days: float) -> Path:
    """A file that was written so many days ago."""
    file = Path(lake.path(path))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("rows")
    moment = (NOW - timedelta(days=days)).timestamp()
    os.utime(file, (moment, moment))
    return file


def written_record(lake: Lake) -> dict[str, Any]:
    [file] = Path(lake.path("metrics/audit/cleanup")).iterdir()
    [line] = file.read_text("utf-8").splitlines()
    return json.loads(line)


def names(record: CleanupRecord) -> set[str]:
    return {leftover.name for leftover in record.removed}


def test_clusters_left_behind_are_terminated_and_others_are_not(
    workspace: Workspace, clusters: Clusters, lake: Lake
):
    workspace.add("forgotten", hours=26, project="capstone-assets")
    workspace.add("in use", hours=24, project="capstone-assets")
    workspace.add("another project's", hours=500, project="website")
    workspace.add("untagged", hours=500)
    workspace.add("stopped", hours=500, state="TERMINATED", project="capstone-assets")
    workspace.add("forgotten too", hours=300, state="RESIZING", project="capstone-assets")

    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert workspace.terminated == ["forgotten", "forgotten too"]
    assert names(record) == {"forgotten", "forgotten too"}
    assert record.outcome == "success"


def test_what_died_writes_left_is_removed_and_tables_are_not(clusters: Clusters, lake: Lake):
    died = put(lake, "gold/_staging/3f2a/release_year=1999/part-0.parquet", days=1.2)
    put(lake, "gold/_staging/3f2a/_SUCCESS", days=3)
    writing = put(lake, "gold/_staging/77b0/part-0.parquet", days=5)
    put(lake, "gold/_staging/77b0/part-1.parquet", days=0.9)
    table = put(lake, "gold/matches/release_year=1999/part.parquet", days=400)
    audit = put(lake, "metrics/audit/run_id=1/a.jsonl", days=400)

    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert names(record) == {"gold/_staging/3f2a"}
    assert not died.exists()
    assert all(file.exists() for file in (writing, table, audit))


def test_compute_logs_are_kept_for_ninety_days(clusters: Clusters, lake: Lake):
    old = put(lake, "metrics/compute-logs/storage/run-1/compute_logs/a.out", days=91)
    kept = put(lake, "metrics/compute-logs/storage/run-2/compute_logs/a.out", days=89)

    clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert (old.exists(), kept.exists()) == (False, True)


def test_staged_files_and_cluster_logs_are_deleted_by_age(
    workspace: Workspace, clusters: Clusters, lake: Lake
):
    workspace.put("/dagster_staging/old/bronze__tmdb_movies/code.zip", days=1.1)
    workspace.put("/dagster_staging/old/bronze__tmdb_movies/1_events.pkl", days=1.05)
    workspace.put("/dagster_staging/under-way/silver__films/code.zip", days=3)
    workspace.put("/dagster_staging/under-way/silver__films/1_events.pkl", days=0.9)
    workspace.put("/cluster-logs/capstone/1126-old/driver/stderr", days=30.1)
    workspace.put("/cluster-logs/capstone/1127-new/driver/stderr", days=29.9)
    workspace.put("/cluster-logs/someone-elses/1/driver/stderr", days=500)

    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert names(record) == {"/dagster_staging/old", "/cluster-logs/capstone/1126-old"}
    assert {path.split("/")[-3] for path in workspace.files} == {"under-way", "1127-new", "1"}


def test_a_large_folder_is_deleted_in_as_many_calls_as_databricks_wants(
    workspace: Workspace, clusters: Clusters, lake: Lake
):
    workspace.most_deleted_at_once = 3
    for number in range(10):
        workspace.put(f"/dagster_staging/old/step/{number}", days=5)

    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert record.outcome == "success"
    assert workspace.files == {}


def test_files_expire_where_the_launcher_and_the_clusters_put_them():
    schema: Any = databricks_pyspark_step_launcher.config_schema.config_type
    staging = schema.fields["staging_prefix"].default_value
    cluster = json.loads((ROOT / "databricks/job_cluster.json").read_text("utf-8"))["cluster"]
    logs = cluster["cluster_log_conf"]["dbfs"]["destination"].removeprefix("dbfs:")
    assert {expiry.folder for expiry in DBFS_EXPIRIES} == {staging, logs}


def test_a_dry_run_reports_everything_and_deletes_nothing(
    workspace: Workspace, clusters: Clusters, lake: Lake
):
    workspace.add("forgotten", hours=26, project="capstone-assets")
    died = put(lake, "raw/_staging/3f2a/part-0.parquet", days=2)

    clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=True)

    assert workspace.terminated == []
    assert died.exists()
    record = written_record(lake)
    assert record["dry_run"] is True
    assert [found["name"] for found in record["found"]] == ["forgotten", "raw/_staging/3f2a"]
    assert record["removed"] == []


def test_a_cluster_that_cannot_be_terminated_does_not_keep_the_rest(
    workspace: Workspace, clusters: Clusters, lake: Lake
):
    workspace.add("stubborn", hours=30, project="capstone-assets")
    workspace.add("forgotten", hours=30, project="capstone-assets")
    workspace.broken.add("stubborn")
    died = put(lake, "raw/_staging/3f2a/part-0.parquet", days=2)

    clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert workspace.terminated == ["forgotten"]
    assert not died.exists()
    record = written_record(lake)
    assert record["outcome"] == "failure"
    assert [failed["name"] for failed in record["failed"]] == ["stubborn"]
    assert "500" in record["failed"][0]["error"]


@pytest.mark.parametrize("down", [True, False], ids=["not reachable", "answering 500"])
def test_the_lake_is_cleaned_while_the_workspace_is_down(
    workspace: Workspace, clusters: Clusters, lake: Lake, down: bool
):
    workspace.broken.add("list")
    if down:
        clusters.client.base_url = "http://127.0.0.1:9"
    died = put(lake, "raw/_staging/3f2a/part-0.parquet", days=2)

    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert not died.exists()
    dbfs = ["dbfs:/dagster_staging", "dbfs:/cluster-logs/capstone"] if down else []
    assert [failed["name"] for failed in record.failed] == ["clusters", *dbfs]


def test_a_folder_that_cannot_be_deleted_is_reported(
    clusters: Clusters, lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    put(lake, "raw/_staging/aaaa/part-0.parquet", days=2)
    put(lake, "raw/_staging/bbbb/part-0.parquet", days=2)
    remove = lake.filesystem.rm

    def leased(path: str, **given: Any) -> None:
        if path.endswith("aaaa"):
            raise PermissionError(path)
        remove(path, **given)

    monkeypatch.setattr(lake.filesystem, "rm", leased)
    record = clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)

    assert names(record) == {"raw/_staging/bbbb"}
    assert [failed["name"] for failed in record.failed] == ["raw/_staging/aaaa"]


def test_every_night_leaves_a_record_of_its_own(clusters: Clusters, lake: Lake):
    clean_up(lake, clusters, Dbfs(clusters.client), NOW, dry_run=False)
    clean_up(lake, clusters, Dbfs(clusters.client), NOW + timedelta(days=1), dry_run=False)

    files = sorted(file.name for file in Path(lake.path("metrics/audit/cleanup")).iterdir())
    assert files == ["cleanup-20261124T030000.jsonl", "cleanup-20261125T030000.jsonl"]


def test_azure_finds_one_timer_at_night():
    """The very files that are deployed, imported from their own folder as Azure does."""
    code = (
        "import json, function_app\n"
        "[f] = function_app.app.get_functions()\n"
        "trigger = f.get_trigger().get_dict_repr()\n"
        "print(json.dumps([f.get_function_name(), trigger['type'], trigger['schedule']]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "functionapp",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == ["cleanup_timer", "timerTrigger", "0 0 3 * * *"]
    assert json.loads((ROOT / "functionapp/host.json").read_text("utf-8"))["version"] == "2.0"


def test_the_function_deletes_only_where_its_setting_says_false():
    code = (
        "import json, os, types, function_app\n"
        "dry = []\n"
        "def clean_up(*parts, dry_run):\n"
        "    dry.append(dry_run)\n"
        "    return types.SimpleNamespace(failed=False)\n"
        "function_app.clean_up = clean_up\n"
        "function_app.DefaultAzureCredential = lambda: None\n"
        "function_app.AzureBlobFileSystem = lambda **account: None\n"
        "[f] = function_app.app.get_functions()\n"
        "for value in ('false', 'true', 'False', ''):\n"
        "    os.environ['CLEANUP_DRY_RUN'] = value\n"
        "    f.get_user_function()(None)\n"
        "print(json.dumps(dry))"
    )
    settings = {
        "CLEANUP_LAKE": "abfss://{container}@lake.dfs.core.windows.net",
        "CLEANUP_DATABRICKS_HOST": "https://adb.example.org",
        "CLEANUP_CLUSTER_TAG": "capstone-assets",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "functionapp",
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == [False, True, True, True]


def test_the_logs_of_job_clusters_lie_where_old_ones_are_deleted():
    job = json.loads((ROOT / "databricks/job_cluster.json").read_text("utf-8"))

    logs = job["cluster"]["cluster_log_conf"]["dbfs"]["destination"]
    assert logs.removeprefix("dbfs:") in {expiry.folder for expiry in DBFS_EXPIRIES}
