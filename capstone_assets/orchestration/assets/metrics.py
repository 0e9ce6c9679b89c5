"""The metrics assets: what the run wrote, where it lies, and whether it is as declared."""

from dataclasses import asdict

import dagster as dg
from pyspark.sql import DataFrame

from capstone_assets.audit.records import LOST, SUCCESS
from capstone_assets.inspection.summary import summarize_run, write_summary
from capstone_assets.inspection.table_lineage import trace_lineage, write_lineage
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.metrics import OUTPUT_INVENTORY, PIPELINE_SUMMARY, SCHEMA_ALIGNMENT
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse, rows_of
from capstone_assets.orchestration.assets.table_asset import asset_key, table_asset
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.spark import SparkResource
from capstone_assets.orchestration.step_audit import run_id_of
from capstone_assets.quality.validation import align_schemas

DATA_TABLES = [table for table in TABLES.values() if table.layer != "metrics"]
_READ_BY_OTHERS = {
    source.split(".")[0]
    for table in DATA_TABLES
    for column in table.columns
    for source in column.sources
}
# After the tables that no other is made of, and so after all: the graph stays readable.
AFTER_ALL_DATA = [asset_key(table) for table in DATA_TABLES if table.name not in _READ_BY_OTHERS]


@table_asset(SCHEMA_ALIGNMENT, deps=AFTER_ALL_DATA)
def schema_alignment(lake: LakehouseResource, pyspark: SparkResource) -> DataFrame:
    """Hold every stored column against its declaration and its sources."""
    alignment = align_schemas(lake.lakehouse, DATA_TABLES)
    return rows_of(pyspark.spark_session, SCHEMA_ALIGNMENT, alignment)


@table_asset(OUTPUT_INVENTORY, deps=AFTER_ALL_DATA)
def output_inventory(lake: LakehouseResource, pyspark: SparkResource) -> DataFrame:
    """List every stored partition."""
    stored = (asdict(partition) for partition in lake.lakehouse.inventory(DATA_TABLES))
    return rows_of(pyspark.spark_session, OUTPUT_INVENTORY, stored)


@table_asset(PIPELINE_SUMMARY, deps=AFTER_ALL_DATA)
def pipeline_summary(
    context: dg.AssetExecutionContext, lake: LakehouseResource, pyspark: SparkResource
) -> dg.Output[DataFrame]:
    """Sum up the run's steps, as a table and as `metrics/pipeline_summary_<run_id>.json`.

    The main charts of the report are among the metadata.
    """
    run_id = run_id_of(context.instance, context.run.run_id)
    summary = summarize_run(lake.lakehouse, run_id)
    # The steps that run beside this one, and this one, have yet to tell their end.
    summary["steps"] = [step for step in summary["steps"] if step["outcome"] != LOST]
    write_summary(lake.lakehouse, summary)
    write_lineage(lake.lakehouse, trace_lineage(lake.lakehouse, MATCHES))
    steps = ({"run_id": run_id, **step} for step in summary["steps"] if step["outcome"] == SUCCESS)
    table = rows_of(pyspark.spark_session, PIPELINE_SUMMARY, steps)
    return dg.Output(table, metadata=_charts(lake.lakehouse))


def _charts(lakehouse: Lakehouse) -> dict[str, dg.MetadataValue]:
    # A second to import: only the step that draws pays for it.
    from capstone_assets.report.plots import data_url
    from capstone_assets.report.run_figures import count_links
    from capstone_assets.report.run_plots import decades_plot, scores_plot

    links = count_links(lakehouse)
    charts = {
        "films_by_decade": decades_plot(links.by_decade),
        "scores_by_tier": scores_plot(links.scores_by_tier),
    }
    return {
        name: dg.MetadataValue.md(f"![{name.replace('_', ' ')}]({data_url(chart)})")
        for name, chart in charts.items()
    }
