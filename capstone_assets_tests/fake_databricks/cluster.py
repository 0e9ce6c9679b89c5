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
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem
from pyspark.sql import SparkSession

ACCOUNT = "lake.dfs.core.windows.net"
CONTAINERS = ("raw", "intermediate", "gold", "metrics")
STORE = os.environ["FAKE_STORE"]


class FakeAbfss(fsspec.AbstractFileSystem):
    """The lake as adlfs shows it: paths are `container/...`, and folders need not be made."""

    protocol = "abfss"
    _files = LocalFileSystem()

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        url = urlsplit(str(path))
        if url.scheme:
            assert url.hostname == ACCOUNT, path
            path = f"{url.username}{url.path}"
        return str(path).strip("/")

    def _local(self, path: str) -> str:
        return f"{STORE}/{self._strip_protocol(path)}"

    def _shown(self, path: str, info: dict[str, Any]) -> dict[str, Any]:
        changed = datetime.fromtimestamp(info["mtime"], UTC)
        return {"name": path, "size": info["size"], "type": info["type"], "last_modified": changed}

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        return self._shown(path, self._files.info(self._local(path)))

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        path = self._strip_protocol(path)
        found = [
            self._shown(f"{path}/{each['name'].rsplit('/', 1)[1]}", each)
            for each in self._files.ls(self._local(path), detail=True)
        ]
        return found if detail else [each["name"] for each in found]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        local = self._local(path)
        if "w" in mode:
            self._files.makedirs(local.rsplit("/", 1)[0], exist_ok=True)
        return Path(local).open(mode)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self._files.makedirs(self._local(path), exist_ok=exist_ok)

    def rm(self, path: str, recursive: bool = False, **_: Any) -> None:
        self._files.rm(self._local(path), recursive=recursive)

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        Path(self._local(path1)).replace(self._local(path2))


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
