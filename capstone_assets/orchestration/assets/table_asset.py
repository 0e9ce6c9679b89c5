"""How a declared table becomes a Dagster asset.

Belongs here: what all assets share: key, partitions, group, tags, freshness, records.
Not here: any single asset (bronze.py, silver.py, gold.py, metrics.py).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
from pyspark.sql import DataFrame

from capstone_assets.lake.attribution import attribution_of
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.io_managers import column_lineage, column_schema
from capstone_assets.orchestration.launching import launched
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.orchestration.step_audit import audited

OWNERS = ["team:lakehouse"]
KINDS = {"pyspark", "parquet"}

# A page is good for a week (LandingConfig), so bronze that nobody has made for longer is stale; the
# sensors make it much sooner. What is made from it may be a day behind.
FRESHNESS = {
    layer: dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=days), warn_window=timedelta(days=days / 2)
    )
    for layer, days in {"bronze": 7, "silver": 8, "gold": 8, "metrics": 8}.items()
}

Transform = Callable[..., DataFrame | dg.Output[DataFrame]]


def every_year(table: Table) -> dg.AssetIn:
    """Return an input that is read whole, whichever partitions are materialized."""
    return dg.AssetIn(key=asset_key(table), partition_mapping=dg.AllPartitionMapping())


def same_years(table: Table) -> dg.AssetIn:
    """Return an input of which the partitions being materialized are read."""
    return dg.AssetIn(key=asset_key(table))


def asset_key(table: Table) -> dg.AssetKey:
    """Return a table's asset key: layer, then name."""
    return dg.AssetKey(table.name.split("/"))


def table_asset(
    table: Table,
    *,
    ins: Mapping[str, dg.AssetIn] | None = None,
    deps: Sequence[dg.AssetKey] = (),
    kinds: set[str] = KINDS,
    pool: str | None = None,
) -> Callable[[Transform], dg.AssetsDefinition]:
    """Make a table's asset out of the function that returns its rows.

    `pool` names the API that it asks, whose rate limit two runs must not share.
    """

    def decorate(transform: Transform) -> dg.AssetsDefinition:
        return dg.asset(
            key=asset_key(table),
            ins=ins,
            deps=deps,
            partitions_def=RELEASE_YEARS if table.partitioned else None,
            backfill_policy=dg.BackfillPolicy.single_run(),
            io_manager_key="io_manager",
            pool=pool,
            **describe(table, kinds),
        )(launched(audited(transform)))

    return decorate


def describe(table: Table, kinds: set[str] = KINDS) -> dict[str, Any]:
    """Return what the asset graph shows of a table."""
    return {
        "group_name": table.layer,
        "description": f"{table.description} {attribution_of(table)}".rstrip(),
        "kinds": kinds,
        "owners": OWNERS,
        "freshness_policy": FRESHNESS[table.layer],
        "tags": {"layer": table.layer},
        "metadata": {
            "dagster/column_schema": column_schema(table),
            "dagster/column_lineage": column_lineage(table),
        },
    }
