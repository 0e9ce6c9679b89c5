"""What a run writes about itself."""

import base64
import json
import re

from capstone_assets.audit.records import run_ids
from capstone_assets.lake.metrics import ACCOUNTING, OUTPUT_INVENTORY, PIPELINE_SUMMARY
from capstone_assets.lake.schemas import TABLES
from capstone_assets.orchestration.assets.metrics import REPORT


def test_the_main_charts_are_metadata_that_the_web_ui_shows(made_lake):
    metadata = made_lake.metadata_of("metrics/pipeline_summary")

    for name in ("films_by_decade", "scores_by_tier"):
        image = re.fullmatch(r"!\[[a-z ]+\]\(data:image/png;base64,(.+)\)", metadata[name])
        assert image
        assert base64.b64decode(image[1]).startswith(b"\x89PNG")


def test_a_run_that_no_command_started_writes_its_report_and_names_it(made_lake):
    [run_id] = run_ids(made_lake.lakehouse)
    report = made_lake.folder / f"lake/metrics/report_{run_id}.html"

    assert "Toto - Dune" in report.read_text("utf-8")
    assert made_lake.tags[REPORT] == str(report)


def test_the_lineage_of_the_matches_names_the_run_of_every_table(made_lake):
    [run_id] = run_ids(made_lake.lakehouse)
    file = made_lake.folder / "lake/metrics/matches_lineage.json"

    steps = json.loads(file.read_text("utf-8"))["steps"]

    assert len(steps) == 8
    assert {step["run_id"] for step in steps} == {run_id}


def test_the_inventory_and_the_summary_have_the_rows_of_every_table_of_data(made_lake):
    lake = made_lake.lakehouse
    listed: dict[str, int] = {}
    for row in lake.scan(OUTPUT_INVENTORY).to_pylist():
        listed[row["table"]] = listed.get(row["table"], 0) + row["rows"]
    summed = {row["step"]: row["records_out"] for row in lake.scan(PIPELINE_SUMMARY).to_pylist()}

    data = [table for table in TABLES.values() if table.layer != "metrics"]
    stored = {table.name: sum(lake.row_counts(table).values()) for table in data}
    assert listed == stored
    assert {name: summed[name] for name in stored} == stored


def test_every_row_that_was_promised_is_accounted_for(made_lake):
    accounted = made_lake.lakehouse.scan(ACCOUNTING).to_pylist()

    films = [row for row in accounted if row["table"] == "bronze/tmdb_movies"]
    assert sum(row["rows"] for row in films if row["outcome"] == "kept") == 4
    assert sum(row["rows"] for row in accounted if row["outcome"] in ("missing", "lost")) == 0
