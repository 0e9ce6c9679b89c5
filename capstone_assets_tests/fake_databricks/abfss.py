"""The lake's URLs in a test: adlfs' paths over folders, for a cluster and for the host.

`FAKE_STORE` names the folder that has the containers as its folders. Files are moved by the Data
Lake API alone, which the workspace's server speaks (data_lake.py) at the URL in `FAKE_DATA_LAKE`;
adlfs has no rename, and its `mv` must not be used.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
from azure.core.credentials import AzureNamedKeyCredential
from fsspec.implementations.local import LocalFileSystem

ACCOUNT = "lake.dfs.core.windows.net"
CONTAINERS = ("raw", "intermediate", "gold", "metrics")
STORE = os.environ["FAKE_STORE"]


class FakeAbfss(fsspec.AbstractFileSystem):
    """The lake as adlfs shows it: paths are `container/...`, and folders need not be made."""

    # Of adlfs, as who moves files asks.
    __module__ = "adlfs.fake"
    protocol = "abfss"
    sync_credential = AzureNamedKeyCredential("lake", "a2V5")
    _files = LocalFileSystem()

    @property
    def account_name(self) -> str:
        """The account, whose Data Lake API is the test's server from now on."""
        from azure.storage.filedatalake import DataLakeServiceClient

        if DataLakeServiceClient.__init__ is not _reach_the_server:
            global _reach
            _reach = DataLakeServiceClient.__init__
            DataLakeServiceClient.__init__ = _reach_the_server  # type: ignore[method-assign]
        return "lake"

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

    def mv(self, *paths: str, **_: Any) -> None:
        raise AssertionError(f"{paths}: copied and deleted, whatever became of the copy")


_reach: Any = None


def _reach_the_server(self: Any, account_url: str, credential: Any = None, **more: Any) -> None:
    assert account_url == f"https://{ACCOUNT}", account_url
    _reach(self, os.environ["FAKE_DATA_LAKE"], credential, **more)
