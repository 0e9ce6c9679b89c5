"""The driver of a fake cluster: a Spark session, `sc` and `dbutils`, then the submitted file.

It starts before it is needed, as a machine of a pool does, and reads the task from its input:
one line of JSON with the Python file, its parameters, the secret scopes and the environment.

The lake is at abfss:// URLs, and its containers are folders that nothing but a cluster knows:
Hadoop reaches them by views of the file system, fsspec by a class of its own.
"""

import builtins
import importlib
import json
import os
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import fsspec
from pyspark.sql import SparkSession

# Beside this file, which is all of the checkout that a cluster sees.
sys.path.append(str(Path(__file__).parent))
from abfss import ACCOUNT, CONTAINERS, STORE, FakeAbfss  # type: ignore[import-not-found]


def start_session() -> SparkSession:
    """Start Spark as a cluster has it running before the first job."""
    views = "spark.hadoop.fs.viewfs.mounttable"
    settings = {
        "spark.master": "local[2]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.hadoop.fs.abfss.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        **{
            f"{views}.{name}@{ACCOUNT}.linkFallback": f"file://{STORE}/{name}"
            for name in CONTAINERS
        },
    }
    builder = SparkSession.builder
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


if __name__ == "__main__":
    fsspec.register_implementation("abfss", FakeAbfss, clobber=True)
    session = start_session()
    for module in ("dagster_databricks", "dagster_pyspark", "pandas", "pyarrow.parquet", "httpx"):
        importlib.import_module(module)  # Their time is the pool's, not the job's.

    print("ready", flush=True)
    task = json.loads(sys.stdin.readline())
    os.environ.update(task["environment"])
    scopes = task["secrets"]
    builtins.dbutils = SimpleNamespace(  # type: ignore[attr-defined]
        secrets=SimpleNamespace(get=lambda scope, key: scopes[scope][key])
    )
    builtins.sc = session.sparkContext  # type: ignore[attr-defined]
    sys.argv = [task["python_file"], *task["parameters"]]
    runpy.run_path(task["python_file"], run_name="__main__")
