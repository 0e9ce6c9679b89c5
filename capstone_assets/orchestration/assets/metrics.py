"""The metrics recipes: what the run wrote, where it is, and whether it is as declared.

They read audit records and files, and make a few hundred rows: none of them needs Spark.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import dagster as dg

from capstone_assets.audit.records import SUCCESS, report_path
from capstone_assets.inspection.stored_run import StoredRun, read_run
from capstone_assets.inspection.summary import summarize_run, write_summary
from capstone_assets.inspection.table_lineage import trace_lineage, write_lineage
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.metrics import (
    ACCOUNTING,
    OUTPUT_INVENTORY,
    PIPELINE_SUMMARY,
    SCHEMA_ALIGNMENT,
)
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.table_metadata import asset_key, link_to_report
from capstone_assets.orchestration.table_steps import Making, Rows, recipe
from capstone_assets.quality.accounting import account_for, records_of
from capstone_assets.quality.last_run import VALUES, found_last
from capstone_assets.quality.validation import align_schemas

# Tags of a run: where its report is, and that the run's starter writes it at the end.
REPORT, WRITES_REPORT = "capstone/report", "capstone/writes_report"
DATA_TABLES = [table for table in TABLES.values() if table.layer != "metrics"]
_READ_BY_OTHERS = {
    source.split(".")[0]
    for table in DATA_TABLES
    for column in table.columns
    for source in column.sources
}
# After the tables that no other is made of, and so after all, with few edges in the graph.
AFTER_ALL_DATA = tuple(
    asset_key(table) for table in DATA_TABLES if table.name not in _READ_BY_OTHERS
)


@recipe(SCHEMA_ALIGNMENT, after=AFTER_ALL_DATA)
def schema_alignment(making: Making) -> dict[Table, Rows]:
    """Compare every stored column with its declaration and its sources."""
    lakehouse = making.lakehouse

    def counted(table: Table) -> Mapping[str, Any] | None:
        return found_last(lakehouse, table.name, VALUES)

    return {SCHEMA_ALIGNMENT: list(align_schemas(lakehouse, DATA_TABLES, counted))}


@recipe(OUTPUT_INVENTORY, after=AFTER_ALL_DATA)
def output_inventory(making: Making) -> dict[Table, Rows]:
    """List every stored partition."""
    stored = [asdict(partition) for partition in making.lakehouse.inventory(DATA_TABLES)]
    return {OUTPUT_INVENTORY: stored}


@recipe(ACCOUNTING, after=AFTER_ALL_DATA)
def accounting(making: Making) -> dict[Table, Rows]:
    """Count what became of every row of the run's years, or of all years."""
    years = making.years or YEAR_KEYS
    return {ACCOUNTING: records_of(account_for(making.lakehouse, years), making.run_id)}


@recipe(PIPELINE_SUMMARY, after=AFTER_ALL_DATA)
def pipeline_summary(making: Making) -> dict[Table, Rows]:
    """Sum up the run's steps, as a table and as `metrics/pipeline_summary_<run_id>.json`.

    The main charts of the report are among the metadata, and the run links to the report itself,
    which `capstone run` writes at its end and a run of the web UI here.
    """
    lakehouse = making.lakehouse
    run = read_run(lakehouse, making.run_id, under_way=True)
    summary = summarize_run(run)
    write_summary(lakehouse, summary)
    write_lineage(lakehouse, trace_lineage(lakehouse, MATCHES))
    context = making.context
    context.add_asset_metadata(
        {**_charts(run), **link_to_report(context, lakehouse, making.run_id)},
        asset_key=asset_key(PIPELINE_SUMMARY),
    )
    context.instance.add_run_tags(
        context.run.run_id, {REPORT: report_path(lakehouse, making.run_id)}
    )
    if WRITES_REPORT not in context.run.tags:
        from capstone_assets.report.run_report import write_report

        write_report(run, context.resources.apis.labels())
    steps = [step for step in summary["steps"] if step["outcome"] == SUCCESS]
    return {PIPELINE_SUMMARY: [{"run_id": making.run_id, **step} for step in steps]}


def _charts(run: StoredRun) -> dict[str, dg.MetadataValue]:
    # It takes a second to import: only the step that draws pays for it.
    from capstone_assets.report.plots import data_url
    from capstone_assets.report.run_figures import count_decades, scores_by_tier
    from capstone_assets.report.run_plots import decades_plot, scores_plot

    charts = {
        "films_by_decade": decades_plot(count_decades(run.films)),
        "scores_by_tier": scores_plot(scores_by_tier(run)),
    }
    return {
        name: dg.MetadataValue.md(f"![{name.replace('_', ' ')}]({data_url(chart)})")
        for name, chart in charts.items()
    }
