"""Steps of tables, run in the process of a test."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from capstone_assets.environment import Environment
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.local_spark import spark_config
from capstone_assets.orchestration.resources.overrides import OverridesResource
from capstone_assets.orchestration.resources.spark import SparkResource
from capstone_assets.orchestration.table_metadata import asset_key
from capstone_assets.orchestration.table_steps import Recipe, table_step


def resources(root: str) -> dict[str, Any]:
    return {
        "lake": LakehouseResource(root=root),
        "pyspark": SparkResource(spark_config=spark_config(Environment.LOCAL)),
        "apis": ApisResource(),
        "overrides": OverridesResource(),
        STEP_LAUNCHER: dg.ResourceDefinition.none_resource(),
    }


def materialize(
    lakehouse: Lakehouse, recipes: Sequence[Recipe], *only: Table, **more: Any
) -> dg.ExecuteInProcessResult:
    """Run a step of recipes, or of some of their tables, without what a test leaves out."""
    return dg.materialize(
        [table_step("step", recipes)],
        resources=resources(lakehouse.root),
        selection=[asset_key(t) for t in only] or None,
        raise_on_error=False,
        **more,
    )
