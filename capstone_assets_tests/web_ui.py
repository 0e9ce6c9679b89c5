"""The web UI as a test uses it: `dagster dev` with its daemon, asked through GraphQL."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from capstone_assets_tests.ports import free_port
from capstone_assets_tests.programs import BIN, PROJECT

DEADLINE_SECONDS = 240

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
LAUNCH_RANGE = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
TERMINATE = """
mutation Terminate($id: String!) { terminateRun(runId: $id) { __typename } }
"""
RUN_STATUS = """
query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }
"""
BACKFILL_STATUS = """
query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""
RUN_ENDS = {"SUCCESS", "FAILURE", "CANCELED"}
BACKFILL_ENDS = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED", "COMPLETED"}


class WebUi:
    """The running web UI."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process
        self._client = httpx.Client(base_url=url, timeout=30)

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the one field that a query or mutation asks for."""
        answered = self._client.post(
            "/graphql", json={"query": query, "variables": variables}
        ).json()
        assert "errors" not in answered, answered
        [field] = answered["data"].values()
        return field

    def wait(self, query: str, until: set[str], **variables: Any) -> str:
        """Wait until a run or a backfill has ended; return its status."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        status = ""
        while status not in until and time.monotonic() < deadline:
            time.sleep(0.3)
            status = self.ask(query, **variables)["status"]
        return status

    def materialize(
        self, assets: list[str], tags: Mapping[str, str], *, with_checks: bool = False
    ) -> str:
        """Press Materialize for the partitions that the tags name; return the run's id."""
        launched = self.ask(
            LAUNCH,
            params={
                "selector": {
                    "repositoryLocationName": "capstone_assets",
                    "repositoryName": "__repository__",
                    "pipelineName": "__ASSET_JOB",
                    "assetSelection": [{"path": asset.split("/")} for asset in assets],
                    **({} if with_checks else {"assetCheckSelection": []}),
                },
                "executionMetadata": {
                    "tags": [{"key": key, "value": value} for key, value in tags.items()]
                },
                "runConfigData": {},
            },
        )
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def backfill(self, assets: list[str], partitions: list[str]) -> str:
        """Press Materialize for partitions of assets, with their checks; return the backfill's id.

        The daemon looks at it every 30 seconds.
        """
        launched = self.ask(
            LAUNCH_RANGE,
            params={
                "assetSelection": [{"path": asset.split("/")} for asset in assets],
                "partitionNames": partitions,
            },
        )
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])


DAGSTER_DEV = (
    *(str(BIN / "dagster"), "dev", "--workspace", str(PROJECT / "workspace.yaml")),
    *("--host", "127.0.0.1"),
)
CAPSTONE_UI = (str(BIN / "capstone"), "ui")


@contextmanager
def running_web_ui(
    folder: Path, environment: Mapping[str, str], command: Sequence[str] = DAGSTER_DEV
) -> Iterator[WebUi]:
    """Run the web UI with its daemon on loopback; what it prints is in `folder/ui.log`."""
    port = free_port()
    log = (folder / "ui.log").open("w")
    server = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        env=dict(environment),
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            assert server.poll() is None, (folder / "ui.log").read_text()
            try:
                httpx.get(f"{url}/server_info").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.3)
        yield WebUi(url, server)
    finally:
        server.terminate()
        try:
            server.wait(60)
        finally:
            # It ends its programs by SIGINT, which those started in the background ignore.
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            log.close()
