"""Trace a table through the steps that made it, by the audit records.

Belongs here: the chain of tables that a table is made of, each with the record of its last write,
as `metrics/matches_lineage.json`.
Not here: the trace of a single film (film_trace.py), columns (orchestration/table_metadata.py).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from capstone_assets.audit.records import SUCCESS, latest_records, run_ids
from capstone_assets.lake.files import write_whole
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table

_FIELDS = (
    *("run_id", "dagster_run_id", "started", "finished", "partitions", "records_in"),
    *("records_out", "output", "schema_fingerprint", "package_version", "git_commit"),
)


def upstream(table: Table) -> Iterator[Table]:
    """Yield a table and all tables that it is derived from, each once and before its sources."""
    seen: dict[str, None] = {}
    waiting = [table.name]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen[name] = None
        columns = TABLES[name].columns
        waiting += sorted({source.split(".")[0] for c in columns for source in c.sources})
    yield from (TABLES[name] for name in seen)


def trace_lineage(lakehouse: Lakehouse, table: Table) -> dict[str, Any]:
    """Return the last successful writes of a table and of all tables that it is made of.

    Returns:
        `table`, and `steps`: for each table of the chain its name, `made_of` (names) and, if a
        record was found, its run, times, partitions, rows, schema, version and commit.
    """
    chain = list(upstream(table))
    found = _last_writes(lakehouse, {each.name for each in chain})
    return {
        "table": table.name,
        "steps": [
            {
                "step": each.name,
                "made_of": sorted({s.split(".")[0] for c in each.columns for s in c.sources}),
                **{name: found[each.name][name] for name in _FIELDS if each.name in found},
            }
            for each in chain
        ],
    }


def write_lineage(lakehouse: Lakehouse, lineage: Mapping[str, Any]) -> str:
    """Write a lineage to `metrics/<table>_lineage.json`; return the path."""
    name = lineage["table"].split("/")[1]
    path = lakehouse.url(f"metrics/{name}_lineage.json")
    write_whole(lakehouse.filesystem, path, json.dumps(lineage, indent=2))
    return path


def _last_writes(lakehouse: Lakehouse, names: set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for run_id in run_ids(lakehouse):
        for record in latest_records(lakehouse, run_id):
            if record["step"] in names and record["outcome"] == SUCCESS:
                found.setdefault(record["step"], record)
        if len(found) == len(names):
            break
    return found
