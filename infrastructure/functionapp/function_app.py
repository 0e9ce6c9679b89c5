"""Azure's edge of the cleanup: the timer, the identity and the settings.

Belongs here: what only Azure Functions needs.
Not here: what is cleaned up (cleanup.py).
"""

import os
from collections.abc import Generator
from datetime import UTC, datetime

import azure.functions as func
import httpx
from adlfs import AzureBlobFileSystem
from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential
from cleanup import Clusters, Dbfs, Lake, clean_up  # type: ignore[import-not-found]

# Databricks' id in Entra, the same in every tenant.
_DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"

app = func.FunctionApp()


class CleanupIncompleteError(RuntimeError):
    """Something could not be listed or removed; the record says what."""


class _SignedIn(httpx.Auth):
    """A fresh token for each request; the credential keeps it while it is good."""

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._credential.get_token(_DATABRICKS).token
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


# At three at night (UTC) no one waits for a cluster, and a day's runs are over.
@app.timer_trigger(schedule="0 0 3 * * *", arg_name="timer", run_on_startup=False)
def cleanup_timer(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Clean up, and fail the invocation if anything is left that should not be."""
    root = os.environ["CLEANUP_LAKE"]
    account = root.partition("@")[2].partition(".")[0]
    credential = DefaultAzureCredential()
    filesystem = AzureBlobFileSystem(account_name=account, anon=False)
    with httpx.Client(
        base_url=os.environ["CLEANUP_DATABRICKS_HOST"], auth=_SignedIn(credential), timeout=30
    ) as client:
        record = clean_up(
            Lake(filesystem, root),
            Clusters(client, os.environ["CLEANUP_CLUSTER_TAG"]),
            Dbfs(client),
            datetime.now(UTC),
            # With an invalid value nothing is deleted.
            dry_run=os.environ["CLEANUP_DRY_RUN"] != "false",
        )
    if record.failed:
        raise CleanupIncompleteError(record.to_json())
