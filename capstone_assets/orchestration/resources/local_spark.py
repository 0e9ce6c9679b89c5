"""Spark on this machine: its settings, and starting it.

Belongs here: how a local session is configured and started.
Not here: its size (spark_sizes.py), its environment (spark_environment.py), Dagster, which takes a
second to import (spark.py).
"""

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

from capstone_assets.environment import Environment
from capstone_assets.lake.spark_rows import map_rows
from capstone_assets.orchestration.resources.class_archive import sharing_classes
from capstone_assets.orchestration.resources.java import find_java_home
from capstone_assets.orchestration.resources.spark_environment import (
    java_options,
    name_the_user,
    prepare_environment,
)
from capstone_assets.orchestration.resources.spark_sizes import sized_for

# Settings that the transforms need wherever they run.
SESSION_CONFIG = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # INT96, Spark 3.5's default, is read by few other tools.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # A table has one file a year: list them here rather than by a distributed job.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
}

LOCAL_CONFIG = {
    "spark.master": "local[*]",
    "spark.app.name": "capstone-assets",
    # A path without a scheme is one of this machine.
    "spark.hadoop.fs.defaultFS": "file:///",
    # Both: with bindAddress alone the driver still advertises the machine's outside address.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.python.daemon.module": "capstone_assets.orchestration.resources.worker_daemon",
    # Hadoop starts a chmod process for every local file and folder, and for its checksum if it has
    # one: leave out the checksums, and start the rest without a helper process (VFORK below).
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.driver.extraJavaOptions": "-Djdk.lang.Process.launchMechanism=VFORK",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}

# Starting changes the environment of the process.
_STARTING = threading.Lock()


def spark_config(environment: Environment, input_bytes: int = 0) -> dict[str, Any]:
    """Return the Spark settings for an environment; a cluster brings its own sizes.

    `input_bytes` is what there is to read, as far as it is known.
    """
    if environment is Environment.ON_CLUSTER:
        return dict(SESSION_CONFIG)
    options = "spark.driver.extraJavaOptions"
    sizes = sized_for(input_bytes)
    own = {options: f"{sizes[options]} {LOCAL_CONFIG[options]} {java_options()}"}
    return {**LOCAL_CONFIG, **sizes, **own, **SESSION_CONFIG}


def start_local_spark(input_bytes: int = 0) -> SparkSession:
    """Start, or return, the local session outside of Dagster: for commands and tests.

    Raises: see `local_session`.
    """
    return local_session(spark_config(Environment.LOCAL, input_bytes))


def local_session(config: Mapping[str, Any]) -> SparkSession:
    """Start a session, or return the one of this process; from any thread.

    Raises:
        JavaNotFoundError: there is no Java runtime that Spark runs on.
        ForeignSparkError: Python imported another PySpark than the project's.
    """
    # The first step may come while `capstone run` starts the session ahead of it.
    with _STARTING:
        is_first = SparkContext._active_spark_context is None
        prepare_environment()
        java_home = find_java_home()
        os.environ["JAVA_HOME"] = str(java_home)
        if is_first:
            # PySpark imports it with its first function of rows: meanwhile, the JVM starts.
            _in_background(importlib.import_module, "pandas")
        with sharing_classes(java_home, Path(os.environ["SPARK_HOME"]) / "jars"):
            session = SparkSession.builder.config(map=dict(config)).getOrCreate()
        name_the_user(session)
        if is_first:
            _in_background(_start_workers, session)
    return session


def _in_background(work: Callable[[Any], object], argument: object) -> None:
    threading.Thread(target=work, args=[argument]).start()


def _start_workers(session: SparkSession) -> None:
    """Start Python's workers, which takes a second, while the first table is being read."""
    # The session may be stopped meanwhile; any other fault the first table will report.
    with contextlib.suppress(Exception):
        rows = session.range(1)
        map_rows(rows, iter, rows.schema).collect()
