"""The only place where assets, checks, jobs, schedules, sensors and resources come together."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from capstone_assets.environment import (
    Environment,
    Settings,
    read_sensors_running,
    read_settings,
    read_webhook,
)
from capstone_assets.orchestration.assets.steps import ASSETS
from capstone_assets.orchestration.code_references import linked_to_git
from capstone_assets.orchestration.jobs import JOBS
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.materialize_arguments import check_materialize_arguments
from capstone_assets.orchestration.notifications import notifications
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.job_cluster import read_databricks_settings
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.resources.local_spark import spark_config
from capstone_assets.orchestration.resources.overrides import OverridesResource
from capstone_assets.orchestration.resources.spark import SparkResource
from capstone_assets.orchestration.resources.spark_sizes import bytes_below
from capstone_assets.orchestration.schedules import SCHEDULES
from capstone_assets.orchestration.sensors import change_sensors
from capstone_assets.orchestration.upkeep import upkeep_sensor
from capstone_assets.redaction import redact_logs


def build_defs(
    settings: Settings,
    resource_overrides: Mapping[str, Any] | None = None,
    *,
    notify: bool = False,
    follow_changes: bool = True,
) -> dg.Definitions:
    """Assemble the code location for an environment.

    Args:
        settings: where to run, which lake, which catalog.
        resource_overrides: resources that take the place of those of the same key.
        notify: whether the sensors that report failures run unless a person stops them.
        follow_changes: the same for the sensors that request what changed at the sources.

    Nothing is started or connected to until a step needs it, and only one file is read here: the
    Databricks settings, which are validated.

    Raises:
        DatabricksSettingsError: that file is missing or wrong.
    """
    lake = LakehouseResource(root=settings.lake)
    config = spark_config(settings.environment, bytes_below(lake.lakehouse.url("intermediate")))
    pyspark = SparkResource(spark_config=config)
    resources: dict[str, Any] = {
        "lake": lake,
        "pyspark": pyspark,
        "apis": ApisResource(
            catalog=str(settings.catalog) if settings.catalog else None,
            dump=_unsigned("CAPSTONE_DISCOGS_DUMP", settings.discogs_dump),
        ),
        "overrides": OverridesResource(
            path=_unsigned("CAPSTONE_OVERRIDES", settings.overrides),
            review_file=None if "://" in settings.lake else settings.review_file,
        ),
        STEP_LAUNCHER: dg.ResourceDefinition.none_resource("Steps run in this process."),
    }
    assets: Sequence[dg.AssetsDefinition] = ASSETS
    # One process, one Spark session for all steps of a run.
    executor = dg.in_process_executor
    if settings.environment is Environment.DATABRICKS:
        # Only then: Databricks' client takes a second to import.
        from capstone_assets.orchestration.resources.databricks import (
            split_backfills,
            step_launcher,
        )

        how = read_databricks_settings(settings.databricks_settings)
        resources[STEP_LAUNCHER] = step_launcher(settings, how)
        assets = split_backfills(assets, how.partitions_per_run)
        # Steps that do not need each other have their clusters side by side.
        executor = dg.multiprocess_executor.configured({"max_concurrent": how.steps_at_once})
    return dg.Definitions(
        assets=linked_to_git(assets),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[*change_sensors(follow_changes), *notifications(notify), upkeep_sensor],
        executor=executor,
        resources={**resources, **(resource_overrides or {})},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the code location for the environment of this process, read when Dagster loads it."""
    # The process that loads the code location also logs: the web server, the daemon, a run.
    redact_logs()
    check_materialize_arguments()
    return build_defs(
        read_settings(),
        notify=read_webhook() is not None,
        follow_changes=read_sensors_running(),
    )


def _unsigned(variable: str, value: str | None) -> str | None:
    """The value, or the variable that has it where it may be signed: the UI shows configuration."""
    return dg.EnvVar(variable) if value and "?" in value else value
