"""The only place where assets, checks, jobs, schedules, sensors and resources come together."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from capstone_assets.environment import Environment, Settings, read_settings
from capstone_assets.orchestration.assets import bronze, gold, metrics, silver
from capstone_assets.orchestration.checks import CHECKS
from capstone_assets.orchestration.io_managers import TableIOManager
from capstone_assets.orchestration.jobs import EXECUTOR, JOBS
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.notifications import NOTIFICATIONS
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.job_cluster import read_databricks_settings
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.overrides import OverridesResource
from capstone_assets.orchestration.resources.spark import SparkResource, spark_config
from capstone_assets.orchestration.schedules import SCHEDULES
from capstone_assets.orchestration.sensors import SENSORS
from capstone_assets.redaction import redact_logs


def build_defs(
    settings: Settings, resource_overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """Assemble the code location for an environment.

    Args:
        settings: where to run, which lake, which catalog.
        resource_overrides: resources that take the place of those of the same key.

    Nothing is started or connected to until a step asks for it, and nothing is read but the file
    of Databricks settings, which is judged here.

    Raises:
        DatabricksSettingsError: that file is missing or wrong.
    """
    lake = LakehouseResource(root=settings.lake)
    pyspark = SparkResource(spark_config=spark_config(settings.environment))
    resources: dict[str, Any] = {
        "lake": lake,
        "pyspark": pyspark,
        "apis": ApisResource(
            catalog=str(settings.catalog) if settings.catalog else None, dump=settings.discogs_dump
        ),
        "overrides": OverridesResource(
            path=settings.overrides,
            review_file=None if "://" in settings.lake else settings.review_file,
        ),
        "io_manager": TableIOManager(lake=lake, pyspark=pyspark),
        STEP_LAUNCHER: dg.ResourceDefinition.none_resource("Steps run in this process."),
    }
    assets = dg.load_assets_from_modules([bronze, silver, gold, metrics])
    if settings.environment is Environment.DATABRICKS:
        # Only then: Databricks' client takes a second to import.
        from capstone_assets.orchestration.resources.databricks import (
            split_backfills,
            step_launcher,
        )

        how = read_databricks_settings(settings.databricks_settings)
        resources[STEP_LAUNCHER] = step_launcher(settings, how)
        assets = split_backfills(assets, how.partitions_per_run)
    return dg.Definitions(
        assets=assets,
        asset_checks=CHECKS,
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[*SENSORS, *NOTIFICATIONS],
        executor=EXECUTOR,
        resources={**resources, **(resource_overrides or {})},
    )


# What loads the code location logs for it: the web server, the daemon, a run.
redact_logs()
defs = build_defs(read_settings())
