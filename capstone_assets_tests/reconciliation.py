"""Whether what a run printed and recorded agrees with its tables."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.programs import run_id_of


def audit_records(folder: Path) -> list[dict[str, Any]]:
    files = (folder / "lake" / "metrics" / "audit").rglob("*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def assert_reconciled(folder: Path, printed: str) -> None:
    """The summary of the only run of a lake against its tables."""
    summary = folder / f"lake/metrics/pipeline_summary_{run_id_of(printed)}.json"
    content = json.loads(summary.read_text("utf-8"))
    rows = {step["step"]: step["records_out"] for step in content["steps"]}
    lakehouse = Lakehouse(str(folder / "lake"))

    assert rows.keys() == {*TABLES, "raw/tmdb_pages", "raw/discogs_pages"}
    data = [table for table in TABLES.values() if table.layer != "metrics"]
    assert {t.name: rows[t.name] for t in data} == {
        t.name: sum(lakehouse.row_counts(t).values()) for t in data
    }
    assert rows["silver/candidates"] >= rows["gold/matches"] + rows["gold/review_queue"]
    assert rows["gold/matches"] <= rows["bronze/discogs_releases"]
    assert {step["outcome"] for step in content["steps"]} == {"success"}
    for step in content["steps"]:
        line = rf"{step['step']} +{step['layer']} +{step['records_out']:,} +[\d.]+ +\S+"
        assert re.search(line, printed)
    strong = lakehouse.scan(MATCHES, where=pc.field("tier") == "strong").num_rows
    assert f"links: {strong:,} strong, {rows['gold/matches'] - strong:,} probable" in printed
    pairs, share = rows["silver/candidates"], strong / rows["silver/candidates"]
    assert f"compared: {pairs:,} pairs of a release and a film, of which {share:.1%}" in printed
    assert f"to review: {rows['gold/review_queue']:,} pairs of a release and a film (" in printed
    assert "(linked_share_of_soundtracks)" in printed
    checks = [check for record in audit_records(folder) for check in record["checks"]]
    assert {check["asset"] for check in checks} == TABLES.keys()
