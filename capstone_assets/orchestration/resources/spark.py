"""The Spark session that every asset uses.

Belongs here: how a session is configured and started.
Not here: what runs on it.
"""

import contextlib
import importlib
import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from dagster_pyspark import LazyPySparkResource
from py4j.protocol import Py4JError
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
from capstone_assets.orchestration.resources.staging import archive_package

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


class SparkResource(LazyPySparkResource):
    """A Spark session that starts at its first use, with a matching Java runtime."""

    @property
    def spark_session(self) -> SparkSession:
        """The session.

        Raises:
            JavaNotFoundError: there is no Java runtime that Spark runs on.
            ForeignSparkError: Python imported another PySpark than the project's.
        """
        session: SparkSession
        if self._spark_session is None and "DATABRICKS_RUNTIME_VERSION" in os.environ:
            session = super().spark_session
            send_package(session)
            return session
        if self._spark_session is None:
            # The first step may come while `capstone run` starts the session ahead of it.
            with _STARTING:
                prepare_environment()
                java_home = find_java_home()
                os.environ["JAVA_HOME"] = str(java_home)
                # PySpark imports it with its first function of rows: meanwhile, the JVM starts.
                _in_background(importlib.import_module, "pandas")
                with sharing_classes(java_home, Path(os.environ["SPARK_HOME"]) / "jars"):
                    session = super().spark_session
                name_the_user(session)
                _in_background(_start_workers, session)
            return session
        session = super().spark_session
        return session


def _in_background(work: Callable[[Any], object], argument: object) -> None:
    threading.Thread(target=work, args=[argument]).start()


def _start_workers(session: SparkSession) -> None:
    """Start Python's workers, which takes a second, while the first table is being read."""
    with contextlib.suppress(Py4JError, OSError):  # A command may have ended before.
        rows = session.range(1)
        map_rows(rows, iter, rows.schema).collect()


@cache
def send_package(session: SparkSession) -> None:
    """Send the package to a cluster's workers: the step launcher brings it to the driver only."""
    # It stays until the cluster goes: workers fetch it when they get their first task.
    folder = Path(mkdtemp(prefix="capstone-"))
    session.sparkContext.addPyFile(str(archive_package(folder)))


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
    """Start, or return, the local session outside of Dagster: for commands and tests."""
    config = spark_config(Environment.LOCAL, input_bytes)
    return SparkResource(spark_config=config).spark_session
