"""Delete what runs left behind: clusters, unfinished writes, old logs and staged files.

Belongs here: what counts as left behind, and deleting it.
Not here: Azure's timer and identities (function_app.py), expiry of raw pages (the lake's lifecycle
rules in main.bicep).

One thing that cannot be deleted does not block the others: the record names it, and the next night
tries again.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

VARIABLES = (
    "CLEANUP_LAKE",
    "CLEANUP_DATABRICKS_HOST",
    "CLEANUP_CLUSTER_TAG",
    "CLEANUP_DRY_RUN",
)
CONTAINERS = ("raw", "intermediate", "gold", "metrics")
CLUSTER_TAG = "project"

# Dagster ends a run after a day (max_runtime_seconds in dagster.yaml), so whatever is older than
# that and an hour for clocks and retries belongs to no run.
LONGEST_RUN = timedelta(hours=25)
_MOST_DELETIONS = 100
_COSTS_MONEY = {"PENDING", "RUNNING", "RESTARTING", "RESIZING"}


@dataclass(frozen=True)
class Expiry:
    """A folder whose children expire `after` the last write into them."""

    folder: str
    after: timedelta


EXPIRIES = (
    *(Expiry(f"{container}/_staging", LONGEST_RUN) for container in CONTAINERS),
    # Where dagster.yaml writes compute logs, one folder for each run.
    Expiry("metrics/compute-logs/storage", timedelta(days=90)),
)


DBFS_EXPIRIES = (
    # Code, events and output of each step, one folder for each run: the step launcher puts them
    # there.
    Expiry("/dagster_staging", LONGEST_RUN),
    # Logs of the job clusters, one folder for each cluster (cluster_log_conf in job_cluster.json).
    Expiry("/cluster-logs/capstone", timedelta(days=30)),
)


@dataclass(frozen=True)
class Leftover:
    """Something to remove, and why nothing needs it."""

    kind: str
    name: str
    reason: str


@dataclass
class CleanupRecord:
    """What one cleanup found and did; `failed` has the error beside each leftover.

    In a dry run `removed` stays empty.
    """

    run_id: str
    started: datetime
    dry_run: bool
    step: str = "cleanup"
    found: list[Leftover] = field(default_factory=list)
    removed: list[Leftover] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    finished: datetime | None = None

    @property
    def outcome(self) -> str:
        """`success`, or `failure` if anything could not be listed or removed."""
        return "failure" if self.failed else "success"

    def to_json(self) -> str:
        """The record as one line."""
        fields = {**asdict(self), "outcome": self.outcome}
        return json.dumps(fields, default=datetime.isoformat, ensure_ascii=False)


@dataclass(frozen=True)
class Lake:
    """The containers on a file system; `root` has `{container}` where a container's name goes."""

    filesystem: AbstractFileSystem
    root: str

    def path(self, inside: str) -> str:
        """The full path of `container/...`."""
        container, _, rest = inside.partition("/")
        return f"{self.root.format(container=container)}/{rest}"

    def expired(self, expiry: Expiry, now: datetime) -> Iterator[Leftover]:
        """The children of a folder that nothing was written into for too long."""
        folder = self.path(expiry.folder)
        if not self.filesystem.exists(folder):
            return
        for child in sorted(self.filesystem.ls(folder, detail=False)):
            written = self._last_write(child)
            if written is not None and now - written > expiry.after:
                reason = _expired(written, expiry)
                name = f"{expiry.folder}/{child.rstrip('/').rpartition('/')[2]}"
                yield Leftover("folder", name, reason)

    def remove(self, leftover: Leftover) -> None:
        """Delete a folder and all in it."""
        self.filesystem.rm(self.path(leftover.name), recursive=True)

    def write_record(self, record: CleanupRecord) -> str:
        """Write the record beside the audit records of runs; return where."""
        folder = self.path("metrics/audit/cleanup")
        self.filesystem.makedirs(folder, exist_ok=True)
        path = f"{folder}/{record.run_id}.jsonl"
        with self.filesystem.open(path, "w", encoding="utf-8") as file:
            file.write(record.to_json() + "\n")
        return path

    def _last_write(self, path: str) -> datetime | None:
        """The newest write into a folder; None where a store keeps no time for an empty folder."""
        files = self.filesystem.find(path, detail=True).values()
        moments = [moment for info in files if (moment := _written(info))]
        return max(moments, default=None) or _written(self.filesystem.info(path))


@dataclass(frozen=True)
class Clusters:
    """The clusters of a Databricks workspace that carry the project's tag."""

    client: httpx.Client
    tag: str

    def left_behind(self, now: datetime) -> Iterator[Leftover]:
        """Those that have been up for longer than any run takes."""
        for cluster in self._all():
            ours = cluster.get("custom_tags", {}).get(CLUSTER_TAG) == self.tag
            if not ours or cluster.get("state") not in _COSTS_MONEY:
                continue
            started = datetime.fromtimestamp(cluster["start_time"] / 1000, UTC)
            if now - started > LONGEST_RUN:
                reason = f"{cluster['cluster_name']}, up since {started:%Y-%m-%d %H:%M}"
                yield Leftover("cluster", cluster["cluster_id"], reason)

    def remove(self, leftover: Leftover) -> None:
        """Terminate a cluster. A person's keeps its settings and can be started again."""
        body = {"cluster_id": leftover.name}
        self.client.post("/api/2.1/clusters/delete", json=body).raise_for_status()

    def _all(self) -> Iterator[Mapping[str, Any]]:
        page: dict[str, str] = {}
        while True:
            answer = self.client.get("/api/2.1/clusters/list", params={"page_size": 100, **page})
            answer.raise_for_status()
            found = answer.json()
            yield from found.get("clusters", [])
            if not found.get("next_page_token"):
                return
            page = {"page_token": found["next_page_token"]}


@dataclass(frozen=True)
class Dbfs:
    """The workspace's own file system, where the step launcher and clusters leave files."""

    client: httpx.Client

    def expired(self, expiry: Expiry, now: datetime) -> Iterator[Leftover]:
        """The children of a folder that nothing was written into for too long."""
        for child in self._list(expiry.folder):
            written = self._last_write(child, now - expiry.after)
            if written is not None and now - written > expiry.after:
                yield Leftover("dbfs", child["path"], _expired(written, expiry))

    def remove(self, leftover: Leftover) -> None:
        """Delete a folder and all in it, in as many calls as Databricks needs.

        Raises:
            httpx.HTTPStatusError: it refused, or was not done after many calls.
        """
        body = {"path": leftover.name, "recursive": True}
        for _ in range(_MOST_DELETIONS):
            answer = self.client.post("/api/2.0/dbfs/delete", json=body)
            # A large folder is deleted in part, which Databricks says by this error.
            if answer.json().get("error_code") != "PARTIAL_DELETE":
                break
        answer.raise_for_status()

    def _list(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get("/api/2.0/dbfs/list", params={"path": path})
        if answer.json().get("error_code") == "RESOURCE_DOES_NOT_EXIST":
            return []
        answer.raise_for_status()
        files: list[dict[str, Any]] = answer.json().get("files", [])
        return files

    def _last_write(self, file: Mapping[str, Any], cutoff: datetime) -> datetime | None:
        """The newest write, or any after the cutoff; None where there is no time."""
        if not file["is_dir"]:
            return _moment(file)
        # Folders have no time of their own, so an empty one has none.
        newest: datetime | None = None
        for child in self._list(file["path"]):
            written = self._last_write(child, cutoff)
            if written is not None and (newest is None or written > newest):
                newest = written
                if newest > cutoff:
                    break
        return newest or _moment(file)


def clean_up(
    lake: Lake, clusters: Clusters, dbfs: Dbfs, now: datetime, *, dry_run: bool
) -> CleanupRecord:
    """Find what is left behind, remove it unless this is a dry run, and write the record."""
    record = CleanupRecord(f"cleanup-{now:%Y%m%dT%H%M%S}", now, dry_run)
    _clear(record, "clusters", lambda: clusters.left_behind(now), clusters.remove)
    for expiry in EXPIRIES:
        _clear(record, expiry.folder, lambda e=expiry: lake.expired(e, now), lake.remove)  # type: ignore[misc]
    for expiry in DBFS_EXPIRIES:
        folder = f"dbfs:{expiry.folder}"
        _clear(record, folder, lambda e=expiry: dbfs.expired(e, now), dbfs.remove)  # type: ignore[misc]
    record.finished = datetime.now(UTC)
    path = lake.write_record(record)
    log.info(
        "Found %d leftovers, removed %d, failed at %d%s; recorded in %s.",
        len(record.found),
        len(record.removed),
        len(record.failed),
        " (dry run)" if dry_run else "",
        path,
    )
    return record


def _clear(
    record: CleanupRecord,
    where: str,
    find: Callable[[], Iterator[Leftover]],
    remove: Callable[[Leftover], None],
) -> None:
    try:
        found = list(find())
    except Exception as error:
        log.exception("Cannot list %s.", where)
        record.failed.append({"name": where, "error": _reason(error)})
        return
    record.found += found
    for leftover in [] if record.dry_run else found:
        try:
            remove(leftover)
        except Exception as error:
            log.exception("Cannot remove %s.", leftover.name)
            record.failed.append({"name": leftover.name, "error": _reason(error)})
        else:
            record.removed.append(leftover)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _written(info: Mapping[str, Any]) -> datetime | None:
    moment = info.get("mtime") or info.get("last_modified")
    if isinstance(moment, int | float):
        return datetime.fromtimestamp(moment, UTC)
    return moment


def _moment(file: Mapping[str, Any]) -> datetime | None:
    milliseconds = file.get("modification_time")
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _expired(written: datetime, expiry: Expiry) -> str:
    return f"last written {written:%Y-%m-%d %H:%M}, kept for {_words(expiry.after)}"


def _words(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
