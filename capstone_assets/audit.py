"""What every step leaves behind about itself, and the summary made of it.

Belongs here: the audit record, its files, the medallion summary of a run.
Not here: Dagster's own event log, the inventory of tables (lakehouse.py).
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from capstone_assets import __version__
from capstone_assets.environment import Launch, read_launch
from capstone_assets.lakehouse import Lakehouse


@cache
def git_commit() -> str | None:
    """Return the commit that the package runs from, None outside a checkout."""
    if launch := read_launch():
        return launch.git_commit
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout.strip() or None


@dataclass(frozen=True)
class AuditRecord:
    """One step's record: what it read, wrote and took.

    `run_id` is `YYYYMMDDTHHMMSS` (UTC, when the run began) and the first 8 characters of Dagster's
    run id. `requests` counts an ingesting step's calls; it is empty for other steps. `compute` is
    what a step on Databricks used at most (`compute_used`); it is empty for local steps.
    """

    run_id: str
    dagster_run_id: str
    step: str
    layer: str
    partitions: Sequence[str]
    records_in: int | None
    records_out: int
    duration_seconds: float
    output: str
    schema_fingerprint: str
    started: datetime
    finished: datetime
    outcome: str = "success"
    error: str | None = None
    requests: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    compute: dict[str, Any] = field(default_factory=dict)
    package_version: str = __version__
    git_commit: str | None = field(default_factory=git_commit)


def compute_used(launch: Launch | None, seconds: float) -> dict[str, Any]:
    """Return what a step of so many seconds used at most: as if its cluster had all its nodes.

    `node_hours`, `dbus` and `dollars`, with the `node_type` and the `nodes`; nothing for a step
    that was not launched. The minutes in which a cluster starts are not in it.
    """
    if launch is None:
        return {}
    node_hours = seconds / 3600 * launch.nodes
    return {
        "node_type": launch.node_type,
        "nodes": launch.nodes,
        "node_hours": round(node_hours, 6),
        "dbus": round(node_hours * launch.dbus_per_node_hour, 6),
        "dollars": round(node_hours * launch.dollars_per_node_hour, 6),
    }


def short_run_id(dagster_run_id: str, began: datetime) -> str:
    """Return the run id of the audit records, `20251107T023645-1a2b3c4d`."""
    return f"{began:%Y%m%dT%H%M%S}-{dagster_run_id[:8]}"


def write_record(lakehouse: Lakehouse, record: AuditRecord) -> None:
    """Write a record as a line of its own file: nothing is ever rewritten."""
    folder = _folder(lakehouse, record.run_id)
    lakehouse.filesystem.makedirs(folder, exist_ok=True)
    name = f"{record.started:%Y%m%dT%H%M%S%f}-{record.step.replace('/', '.')}.jsonl"
    line = json.dumps(asdict(record), default=datetime.isoformat, ensure_ascii=False)
    with lakehouse.filesystem.open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(line + "\n")


def read_records(lakehouse: Lakehouse, run_id: str) -> list[dict[str, Any]]:
    """Return a run's records in the order in which the steps started."""
    files = sorted(lakehouse.filesystem.glob(f"{_folder(lakehouse, run_id)}/*.jsonl"))
    records = []
    for name in files:
        with lakehouse.filesystem.open(name, "r", encoding="utf-8") as file:
            records += [json.loads(line) for line in file]
    return records


def _folder(lakehouse: Lakehouse, run_id: str) -> str:
    return f"{lakehouse.url('metrics/audit')}/run_id={run_id}"
