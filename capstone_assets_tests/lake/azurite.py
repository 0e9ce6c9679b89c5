"""A storage account on loopback: Azurite for blobs, and our own server for some Data Lake calls.

Files are written, listed and read by the real adlfs on Azurite (npm's package `azurite`). A rename
is answered as Path - Create documents it, on the same blobs: no folder is made, and the content at
the target is the old one or the new one. A file that is written by the Data Lake API is empty once
created, and has what was appended once that is flushed (Path - Update).
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient

from capstone_assets_tests.ports import free_port

AZURITE = "azurite@3.37.0"
CONTAINERS = ("raw", "intermediate", "gold", "metrics", "copies")
# Azurite's own, the same everywhere.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
LAKE = f"abfss://{{container}}@{ACCOUNT}.dfs.core.windows.net"
_SECONDS_TO_INSTALL = 240


class Account:
    """The account's blobs, and its clients."""

    def __init__(self, url: str) -> None:
        self.connection = (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={url};"
        )
        self.blobs = BlobServiceClient.from_connection_string(self.connection)
        self.data_lake: DataLakeServiceClient
        # What was appended to a file and is not flushed yet.
        self.appended: dict[str, bytes] = {}

    def blob(self, path: str) -> BlobClient:
        container, _, name = path.partition("/")
        return self.blobs.get_blob_client(container, name)

    def has_folder(self, path: str) -> bool:
        container, _, name = path.partition("/")
        listed = self.blobs.get_container_client(container)
        return any(listed.list_blobs(name_starts_with=f"{name}/", results_per_page=1))

    def append(self, path: str, position: int, content: bytes) -> int:
        if position != len(self.appended.get(path, b"")):
            return 400
        self.appended[path] = self.appended.get(path, b"") + content
        return 202

    def flush(self, path: str, position: int) -> int:
        content = self.appended.pop(path, b"")
        if position != len(content):
            return 400
        self.blob(path).upload_blob(content, overwrite=True)
        return 200

    def rename(self, source: str, target: str) -> tuple[int, str]:
        try:
            moved = self.blob(source).download_blob()
        except ResourceNotFoundError:
            return 404, "SourcePathNotFound"
        if not self.has_folder(target.rpartition("/")[0]):
            return 404, "RenameDestinationParentPathNotFound"
        properties = moved.properties
        self.blob(target).upload_blob(moved.readall(), overwrite=True, metadata=properties.metadata)
        self.blob(source).delete_blob()
        return 201, ""


@contextmanager
def running_account() -> Iterator[Account]:
    """Serve an account; skip the test where Azurite cannot be installed or started."""
    with _running_azurite() as url, _running_data_lake(account := Account(url)) as data_lake:
        for container in CONTAINERS:
            account.blobs.create_container(container)
        account.data_lake = data_lake
        yield account


@contextmanager
def _running_azurite() -> Iterator[str]:
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not installed, so Azurite cannot be")
    port = free_port()
    command = [npx, "--yes", "--package", AZURITE, "azurite-blob", "--inMemoryPersistence"]
    process = subprocess.Popen(
        [*command, "--skipApiVersionCheck", "--silent", "--blobPort", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + _SECONDS_TO_INSTALL
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("Azurite did not start; npm may have no access to its registry")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # Nothing to keep; TERM waits for clients.
        process.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextmanager
def _running_data_lake(account: Account) -> Iterator[DataLakeServiceClient]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @property
        def name(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix(f"/{ACCOUNT}").lstrip("/")

        def answer(self, status: int, code: str = "", **headers: str) -> None:
            self.send_response(status)
            if code:
                self.send_header("x-ms-error-code", code)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("ETag", '"0x1"')
            self.send_header("Last-Modified", "Thu, 26 Nov 2026 12:00:00 GMT")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_PUT(self) -> None:
            if source := self.headers.get("x-ms-rename-source"):
                return self.answer(*account.rename(unquote(source).lstrip("/"), self.name))
            if "resource=directory" in self.path:
                if account.has_folder(self.name):
                    return self.answer(409, "PathAlreadyExists")
                # A folder is a blob that says so, as in an account with a namespace.
                account.blob(f"{self.name}/").upload_blob(b"", metadata={"hdi_isfolder": "true"})
                return self.answer(201)
            if "resource=file" in self.path:
                account.appended.pop(self.name, None)
                account.blob(self.name).upload_blob(b"", overwrite=True)
                return self.answer(201)
            marks = {
                name.removeprefix("x-ms-meta-"): value
                for name, value in self.headers.items()
                if name.startswith("x-ms-meta-")
            }
            account.blob(self.name).set_blob_metadata(marks)
            return self.answer(200)

        def do_PATCH(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            [action], [position] = asked["action"], asked["position"]
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if action == "append":
                return self.answer(account.append(self.name, int(position), content))
            return self.answer(account.flush(self.name, int(position)))

        def do_HEAD(self) -> None:
            try:
                metadata = account.blob(self.name).get_blob_properties().metadata
            except ResourceNotFoundError:
                return self.answer(404, "BlobNotFound")
            marks = {f"x-ms-meta-{name}": value for name, value in metadata.items()}
            return self.answer(200, **{"x_ms_blob_type": "BlockBlob", **marks})

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/{ACCOUNT}"
    try:
        yield DataLakeServiceClient(url, {"account_name": ACCOUNT, "account_key": KEY})
    finally:
        server.shutdown()
