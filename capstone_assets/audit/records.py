"""The audit records of the steps.

Belongs here: the audit record, its files, the latest record of each step.
Not here: when a step writes one (orchestration/step_audit.py), sums over them (inspection/).
"""

import json
import logging
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from capstone_assets import __version__
from capstone_assets.audit.outbox import Outbox, read_line, sinks_of
from capstone_assets.environment import (
    Launch,
    read_git_commit,
    read_launch,
    read_openlineage,
    read_sinks,
)
from capstone_assets.lake.files import files_below, names_in, write_whole
from capstone_assets.lake.storage import Lakehouse

log = logging.getLogger(__name__)


@cache
def git_commit() -> str | None:
    """Return the commit that the package runs from, None outside a checkout."""
    if launch := read_launch():
        return launch.git_commit
    if commit := read_git_commit():
        return commit
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


_RUN = "run_id="
STARTED, SUCCESS, FAILURE, CANCELED = "started", "success", "failure", "canceled"
# Never written: started but never finished, because the process or its machine died.
LOST = "lost"


@dataclass(frozen=True)
class AuditRecord:
    """What one step records of itself: that it started, and later how it ended.

    A step that writes several tables has a record for each. `run_id` is `YYYYMMDDTHHMMSS` (UTC,
    when the run began) and the first 8 characters of Dagster's run id; with `step` and `outcome` it
    identifies a record. `step` is a table's name, or that of the checks of a table, which have
    `checks` (name, asset, passed, severity, description, figures) and no `output`. `requests`
    counts an ingesting step's calls; it is empty for other steps. `compute` is what a step on
    Databricks used at most (`compute_used`); it is empty for local steps.
    """

    run_id: str
    dagster_run_id: str
    step: str
    layer: str
    partitions: Sequence[str]
    started: datetime
    outcome: str = SUCCESS
    finished: datetime | None = None
    duration_seconds: float | None = None
    records_in: int | None = None
    records_out: int | None = None
    output: str = ""
    schema_fingerprint: str = ""
    error: str | None = None
    requests: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    compute: dict[str, Any] = field(default_factory=dict)
    checks: Sequence[dict[str, Any]] = ()
    package_version: str = __version__
    git_commit: str | None = field(default_factory=git_commit)


def compute_used(launch: Launch | None, seconds: float, start_seconds: float = 0) -> dict[str, Any]:
    """Return what a step of so many seconds used at most: as if its cluster had all its nodes.

    `node_hours`, `dbus` and `dollars`, with the `node_type` and the `nodes`; nothing for a step
    that was not launched. `start_seconds` is how long the job waited for its cluster: its first
    step pays for them.
    """
    if launch is None:
        return {}
    node_hours = (seconds + start_seconds) / 3600 * launch.nodes
    return {
        "node_type": launch.node_type,
        "nodes": launch.nodes,
        "start_seconds": round(start_seconds, 3),
        "node_hours": round(node_hours, 6),
        "dbus": round(node_hours * launch.dbus_per_node_hour, 6),
        "dollars": round(node_hours * launch.dollars_per_node_hour, 6),
    }


def short_run_id(dagster_run_id: str, began: datetime) -> str:
    """Return the run id of the audit records, `20251107T023645-1a2b3c4d`."""
    return f"{began:%Y%m%dT%H%M%S}-{dagster_run_id[:8]}"


def report_path(lakehouse: Lakehouse, run_id: str) -> str:
    """Return where the report of a run is written (report/run_report.py)."""
    return lakehouse.url(f"metrics/report_{run_id}.html")


def write_record(lakehouse: Lakehouse, record: AuditRecord) -> None:
    """Write a record to a file of its own: no file is ever rewritten."""
    step = record.step.replace("/", ".")
    name = f"{record.started:%Y%m%dT%H%M%S%f}-{step}-{record.outcome}.jsonl"
    line = json.dumps(asdict(record), default=datetime.isoformat, ensure_ascii=False)
    write_whole(lakehouse.filesystem, f"{_folder(lakehouse, record.run_id)}/{name}", line + "\n")
    outbox_of(lakehouse).post(name, line)


@cache
def outbox_of(lakehouse: Lakehouse) -> Outbox:
    """Return the outbox that sends the records of a lake to the sinks of the environment."""
    folder = lakehouse.url("metrics/audit/_outbox")
    sinks = sinks_of(read_sinks())
    if server := read_openlineage():
        # With httpx it takes a tenth of a second to import.
        from capstone_assets.audit.openlineage import OpenLineageSink

        sinks.append(OpenLineageSink(server, lambda table: lakehouse.url(table.path)))
    return Outbox(lakehouse.filesystem, folder, sinks)


def read_records(lakehouse: Lakehouse, run_id: str) -> list[dict[str, Any]]:
    """Return a run's records in the order in which the steps started."""
    records: list[dict[str, Any]] = []
    for name in files_below(lakehouse.filesystem, _folder(lakehouse, run_id), "*.jsonl"):
        content = lakehouse.filesystem.cat_file(name).decode(errors="replace")
        for line in content.splitlines():
            if (record := read_line(line)) is None:
                log.warning("Skipped a half-written audit record in %s", name.rpartition("/")[2])
            else:
                # Records of older versions have no checks.
                records.append({"checks": [], **record})
    return records


def latest_records(lakehouse: Lakehouse, run_id: str) -> list[dict[str, Any]]:
    """Return the last record of each step of a run, in the order in which the steps started.

    The outcome of a step that started but never finished is `lost`.
    """
    latest: dict[str, dict[str, Any]] = {}
    for record in read_records(lakehouse, run_id):
        known = latest.get(record["step"])
        if known is None or _moment(record) >= _moment(known):
            latest[record["step"]] = record
    return [
        {**record, "outcome": LOST} if record["outcome"] == STARTED else record
        for record in latest.values()
    ]


def run_ids(lakehouse: Lakehouse) -> list[str]:
    """Return the runs that left records, the newest first."""
    names = names_in(lakehouse.filesystem, lakehouse.url("metrics/audit"))
    found = (name.removeprefix(_RUN) for name in names if name.startswith(_RUN))
    return sorted(found, reverse=True)


def _moment(record: Mapping[str, Any]) -> tuple[str, bool]:
    # A step may end within the clock's tick of its start.
    return record["finished"] or record["started"], record["outcome"] != STARTED


def _folder(lakehouse: Lakehouse, run_id: str) -> str:
    return f"{lakehouse.url('metrics/audit')}/{_RUN}{run_id}"
