"""Delete what accumulates in a lake besides its tables.

Belongs here: staging of killed writes, half-written files, the records of old runs under metrics/.
Not here: raw pages (ingest/retention.py), Dagster's storage and the schedule
(orchestration/upkeep.py).
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import fsspec

from capstone_assets.lake.files import files_below, names_in
from capstone_assets.lake.storage import Lakehouse

_CONTAINERS = ("raw", "intermediate", "gold", "metrics")


def delete_leftovers(lakehouse: Lakehouse, written_before: datetime) -> int:
    """Delete staging folders and half-written records without a write since a moment.

    A moment (UTC) before which no run that is still under way can have begun. Returns how many.
    """
    filesystem = lakehouse.filesystem
    staging = [
        f"{folder}/{name}"
        for container in _CONTAINERS
        for folder in [lakehouse.url(f"{container}/_staging")]
        for name in names_in(filesystem, folder)
    ]
    outbox = files_below(filesystem, lakehouse.url("metrics/audit/_outbox"), "*/*.part")
    old = [path for path in [*staging, *outbox] if _is_older(filesystem, path, written_before)]
    for path in old:
        filesystem.rm(path, recursive=True)
    return len(old)


def delete_records_of_runs(lakehouse: Lakehouse, run_ids: Iterator[str] | list[str]) -> int:
    """Delete the audit records, the summary and the report of runs; return how many files."""
    filesystem, metrics = lakehouse.filesystem, lakehouse.url("metrics")
    deleted = 0
    names = names_in(filesystem, metrics)
    for run_id in run_ids:
        of_run = [f"{metrics}/{name}" for name in names if run_id in name]
        for path in [f"{metrics}/audit/run_id={run_id}", *of_run]:
            # Another process may do the same.
            with contextlib.suppress(FileNotFoundError):
                filesystem.rm(path, recursive=True)
                deleted += 1
    return deleted


def _is_older(filesystem: fsspec.AbstractFileSystem, path: str, moment: datetime) -> bool:
    """Whether everything below a path was last written before a moment; False if unknown."""
    found = filesystem.find(path, detail=True) or {path: filesystem.info(path)}
    written = [_written(info) for info in found.values()]
    return all(each is not None and each < moment for each in written)


def _written(info: dict[str, Any]) -> datetime | None:
    moment = info.get("mtime") or info.get("last_modified")
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return None if moment is None else datetime.fromtimestamp(float(moment), UTC)
