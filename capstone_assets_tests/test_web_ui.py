"""What pressing Materialize in the web UI does, through the web server's own GraphQL API."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from capstone_assets_tests.test_run import BIN, PROJECT, environment

_DEADLINE_SECONDS = 240

_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
_LAUNCH_RANGE = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_RUN_STATUS = """
query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }
"""
_BACKFILL_STATUS = """
query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""
_MATERIALIZED = """
query Asset($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetMaterializations {
        partition
        metadataEntries { label ... on IntMetadataEntry { intValue } }
      }
    }
  }
}
"""


class WebUi:
    """The running web UI."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the one field that a query or mutation asks for."""
        told = self._client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in told, told
        [field] = told["data"].values()
        return field

    def wait(self, query: str, until: set[str], **variables: Any) -> str:
        """Wait until a run or a backfill has ended; return its status."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        status = ""
        while status not in until and time.monotonic() < deadline:
            time.sleep(1)
            status = self.ask(query, **variables)["status"]
        return status


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ui")
    (folder / "dagster").mkdir()
    return folder


@pytest.fixture(scope="module")
def web_ui(lake) -> Iterator[WebUi]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (lake / "ui.log").open("w")
    server = subprocess.Popen(
        [
            *(str(BIN / "dagster"), "dev", "--workspace", str(PROJECT / "workspace.yaml")),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        cwd=lake,
        env=environment(lake),
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(_DEADLINE_SECONDS):
            assert server.poll() is None, (lake / "ui.log").read_text()
            try:
                httpx.get(f"{url}/server_info").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(1)
        yield WebUi(url)
    finally:
        server.terminate()
        server.wait(60)
        log.close()


def test_materializing_a_partition_in_the_web_ui_writes_it(web_ui, lake):
    launched = web_ui.ask(
        _LAUNCH,
        params={
            "selector": {
                "repositoryLocationName": "capstone_assets",
                "repositoryName": "__repository__",
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [{"path": ["bronze", "tmdb_movies"]}],
                "assetCheckSelection": [],
            },
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "1999"}]},
            "runConfigData": {},
        },
    )
    assert launched["__typename"] == "LaunchRunSuccess", launched

    status = web_ui.wait(
        _RUN_STATUS, {"SUCCESS", "FAILURE", "CANCELED"}, id=launched["run"]["runId"]
    )

    assert status == "SUCCESS"
    assert (lake / "lake/raw/tmdb_movies/release_year=1999/part.parquet").exists()
    [made] = web_ui.ask(_MATERIALIZED, key={"path": ["bronze", "tmdb_movies"]})[
        "assetMaterializations"
    ]
    figures = {entry["label"]: entry.get("intValue") for entry in made["metadataEntries"]}
    assert made["partition"] == "1999"
    assert figures["dagster/partition_row_count"] > 0
    assert {"dagster/column_schema", "dagster/column_lineage", "path", "sample"} <= set(figures)


def test_materializing_a_range_in_the_web_ui_runs_it_as_one_backfill(web_ui, lake):
    launched = web_ui.ask(
        _LAUNCH_RANGE,
        params={
            "assetSelection": [{"path": ["bronze", "discogs_releases"]}],
            "partitionNames": ["1982", "1983", "1984"],
        },
    )
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    ended = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED", "COMPLETED"}
    status = web_ui.wait(_BACKFILL_STATUS, ended, id=launched["backfillId"])

    assert status == "COMPLETED_SUCCESS"
    found = sorted(
        path.parent.name
        for path in (lake / "lake/raw/discogs_releases").glob("release_year=198?/part.parquet")
    )
    assert found == ["release_year=1982", "release_year=1983", "release_year=1984"]
