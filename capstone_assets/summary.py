"""The medallion summary of a run, made of its audit records.

Belongs here: adding the records up, writing the JSON file, printing the table.
Not here: the records themselves (audit.py).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from capstone_assets.audit import read_records
from capstone_assets.lakehouse import Lakehouse

_LAYERS = ("bronze", "silver", "gold", "metrics")


def summarize_run(lakehouse: Lakehouse, run_id: str) -> dict[str, Any]:
    """Add up a run's audit records.

    Returns:
        `run_id`, `seconds` from the first step's start to the last one's end, and `steps`: each
        with step, layer, records_out, duration_seconds, output, in the order of the layers.
    """
    records = read_records(lakehouse, run_id)
    fields = ("step", "layer", "records_out", "duration_seconds", "output")
    steps = [{name: record[name] for name in fields} for record in records]
    steps.sort(key=lambda step: _LAYERS.index(step["layer"]))
    return {"run_id": run_id, "seconds": _seconds(records), "steps": steps}


def write_summary(lakehouse: Lakehouse, summary: Mapping[str, Any]) -> str:
    """Write a run's summary to `metrics/pipeline_summary_<run_id>.json`; return where."""
    path = lakehouse.url(f"metrics/pipeline_summary_{summary['run_id']}.json")
    with lakehouse.filesystem.open(path, "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2)
    return path


def _seconds(records: Sequence[Mapping[str, Any]]) -> float:
    if not records:
        return 0.0
    began = min(datetime.fromisoformat(record["started"]) for record in records)
    ended = max(datetime.fromisoformat(record["finished"]) for record in records)
    return round((ended - began).total_seconds(), 3)
