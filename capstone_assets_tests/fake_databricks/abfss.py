"""The lake's URLs in a test: adlfs' paths over folders, for a cluster and for the host.

`FAKE_STORE` names the folder that has the containers as its folders. Its `mv` is a rename, as the
real file system's is not: what moves files on ADLS is tested in lake/test_renames.py.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

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

    def rm_file(self, path: str) -> None:
        self._files.rm_file(self._local(path))

    def rm(self, path: str, recursive: bool = False, **_: Any) -> None:
        self._files.rm(self._local(path), recursive=recursive)

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        Path(self._local(path1)).replace(self._local(path2))
