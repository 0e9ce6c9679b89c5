"""The only place where assets, checks, jobs, sensors and resources come together."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from capstone_assets.assets import bronze, gold, metrics, silver
from capstone_assets.checks import CHECKS
from capstone_assets.environment import Environment, Settings, read_settings
from capstone_assets.io_managers import TableIOManager
from capstone_assets.jobs import EXECUTOR, JOBS
from capstone_assets.launching import STEP_LAUNCHER
from capstone_assets.resources.apis import ApisResource
from capstone_assets.resources.lakehouse import LakehouseResource
from capstone_assets.resources.overrides import OverridesResource
from capstone_assets.resources.spark import SparkResource, spark_config
from capstone_assets.sensors import SENSORS


def build_defs(
    settings: Settings, resource_overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """Assemble the code location for an environment.

    Args:
        settings: where to run, which lake, which catalog.
        resource_overrides: resources that take the place of those of the same key.

    Nothing is started, read or connected to until a step asks for it.
    """
    lake = LakehouseResource(root=settings.lake)
    pyspark = SparkResource(spark_config=spark_config(settings.environment))
    resources = {
        "lake": lake,
        "pyspark": pyspark,
        "apis": ApisResource(
            catalog=str(settings.catalog) if settings.catalog else None, dump=settings.discogs_dump
        ),
        "overrides": OverridesResource(path=settings.overrides),
        "io_manager": TableIOManager(lake=lake, pyspark=pyspark),
        STEP_LAUNCHER: _step_launcher(settings),
    }
    return dg.Definitions(
        assets=dg.load_assets_from_modules([bronze, silver, gold, metrics]),
        asset_checks=CHECKS,
        jobs=JOBS,
        sensors=SENSORS,
        executor=EXECUTOR,
        resources={**resources, **(resource_overrides or {})},
    )


def _step_launcher(settings: Settings) -> dg.ResourceDefinition:
    """Where steps run: on Databricks from the machine that launches them, else in this process."""
    if settings.environment is not Environment.DATABRICKS:
        return dg.ResourceDefinition.none_resource("Steps run in this process.")
    # Only then: Databricks' client takes a second to import.
    from capstone_assets.resources.databricks import step_launcher

    return step_launcher(settings)


defs = build_defs(read_settings())
