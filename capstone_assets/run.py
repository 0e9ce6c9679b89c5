"""Run the main job from the command line.

Belongs here: what surrounds the job: the lock on the lake, progress, Spark starting ahead.
Not here: Dagster's run of it (main_job.py), which is imported once Spark is starting; reading
arguments (commands/run.py).
"""

import contextlib
import importlib
import threading
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError
from pyspark import SparkContext

from capstone_assets.environment import Environment, read_settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import parse_years
from capstone_assets.orchestration.resources.java import JavaNotFoundError
from capstone_assets.orchestration.resources.local_spark import start_local_spark
from capstone_assets.orchestration.resources.spark_sizes import bytes_below
from capstone_assets.preflight import holding_lake, prepare_dagster_home
from capstone_assets.terminal import showing_run

if TYPE_CHECKING:
    from capstone_assets.main_job import RunResult

# The pages of TMDB and of Discogs, which are steps but not tables.
_RAW_STEPS = 2


class RunInterruptedError(Exception):
    """A person or a signal stopped the run; what it wrote stays."""


def run_lakehouse(years: str, layer: str | None = None) -> "RunResult":
    """Run the assets and checks for the years from this process, on the instance of DAGSTER_HOME.

    All layers, or one: bronze (with the raw pages), silver, gold or metrics. Progress
    is shown on stderr.

    Raises:
        YearsError: see `parse_years`.
        PreflightError: another process holds the lake; nothing was started.
        RunInterruptedError: a person or a signal stopped the run.
    """
    first, last = parse_years(years)
    settings = read_settings()
    home = prepare_dagster_home()
    tables = [table for table in TABLES.values() if layer in (None, table.layer)]
    steps = len(tables) + (_RAW_STEPS if layer in (None, "bronze") else 0)
    with holding_lake(settings.lake), showing_run(home / "last_run.log", _spark_tasks, steps):
        # The JVM takes seconds to start: meanwhile Dagster is imported, and the first steps send
        # requests to the APIs.
        if settings.environment is Environment.LOCAL:
            threading.Thread(target=_start_spark, args=[settings.lake], daemon=True).start()
        from capstone_assets.main_job import execute_main_job

        result = execute_main_job(first, last, layer, settings.lake)
    if result.was_interrupted:
        raise RunInterruptedError(result.run_id)
    return result


def _spark_tasks() -> str:
    """Return Spark's progress, "" if it is idle."""
    context = SparkContext._active_spark_context
    if context is None:
        return ""
    try:
        tracker = context.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    except (Py4JError, AttributeError, OSError):
        return ""  # The session is starting, or ending.
    known = [stage for stage in stages if stage]
    if not known:
        return ""
    done, tasks = sum(s.numCompletedTasks for s in known), sum(s.numTasks for s in known)
    return f"Spark: {done} of {tasks} tasks"


def _start_spark(lake: str) -> None:
    # A missing Java is reported by the check before the run, or by the step that needs it.
    with contextlib.suppress(JavaNotFoundError):
        start_local_spark(bytes_below(Lakehouse(lake).url("intermediate")))
    # The charts of the report: another second, while the first steps wait for Spark.
    importlib.import_module("capstone_assets.report.run_report")
