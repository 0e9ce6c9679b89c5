"""The Spark session that every asset uses.

Belongs here: the session as a Dagster resource, on this machine and on a cluster.
Not here: how it starts on this machine (local_spark.py), what runs on it.
"""

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from dagster_pyspark import LazyPySparkResource
from pyspark.sql import SparkSession

from capstone_assets.orchestration.resources.local_spark import local_session
from capstone_assets.orchestration.resources.staging import archive_package


class SparkResource(LazyPySparkResource):
    """A Spark session that starts at its first use, with a matching Java runtime."""

    @property
    def spark_session(self) -> SparkSession:
        """The session.

        Raises: see `local_session`.
        """
        if self._spark_session is None:
            if "DATABRICKS_RUNTIME_VERSION" in os.environ:
                self._init_session()
                send_package(self._spark_session)
            else:
                self._spark_session = local_session(self.spark_config)
        return cast("SparkSession", self._spark_session)


@cache
def send_package(session: SparkSession) -> None:
    """Send the package to a cluster's workers: the step launcher brings it to the driver only."""
    # It stays until the cluster goes: workers fetch it when they get their first task.
    folder = Path(mkdtemp(prefix="capstone-"))
    session.sparkContext.addPyFile(str(archive_package(folder)))
