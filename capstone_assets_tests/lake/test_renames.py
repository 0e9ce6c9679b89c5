"""Moving files by the Data Lake API, with the real client against a loopback server.

The server answers as the REST documentation has Path - Create do for a rename (PUT with
`x-ms-rename-source`), Path - Update for properties and Path - Get Properties; nothing of it is
taken from the project's code.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec
import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.filedatalake import DataLakeServiceClient
from fsspec.implementations.memory import MemoryFileSystem

from capstone_assets.lake.renames import RenameLostError, move, rename

CODES = {404: "SourcePathNotFound", 409: "DestinationPathIsBeingDeleted", 412: "ConditionNotMet"}
NO_FOLDER = "RenameDestinationParentPathNotFound"
STAGED, FINAL = "raw/_staging/1/part.parquet", "raw/films/release_year=1999/part.parquet"


class Account:
    """Files by `container/path`: content and properties. `faults` answer the next renames."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, str]] = {}
        self.folders = {FINAL.rpartition("/")[0]}
        self.faults: list[int | str] = []
        self.renames = 0


@pytest.fixture
def account() -> Iterator[tuple[Account, DataLakeServiceClient]]:
    account = Account()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @property
        def name(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix("/devstore").lstrip("/")

        def answer(self, status: int, code: str = "", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if status >= 400:
                self.send_header("x-ms-error-code", code or CODES.get(status, "ServerBusy"))
            self.send_header("ETag", '"0x1"')
            self.send_header("Last-Modified", "Thu, 26 Nov 2026 12:00:00 GMT")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_PUT(self) -> None:
            if "resource=directory" in self.path:
                return self.make_folder()
            if "x-ms-rename-source" not in self.headers:
                return self.set_metadata()
            account.renames += 1
            fault = account.faults.pop(0) if account.faults else None
            if isinstance(fault, int):
                return self.answer(fault)
            source = unquote(self.headers["x-ms-rename-source"]).lstrip("/").split("?")[0]
            if source not in account.files:
                return self.answer(404)
            if self.name.rpartition("/")[0] not in account.folders:
                return self.answer(404, NO_FOLDER)
            account.files[self.name] = account.files.pop(source)
            if fault == "lost":
                self.close_connection = True
                return self.connection.close()
            self.answer(201)
            return None

        def make_folder(self) -> None:
            if self.headers.get("If-None-Match") == "*" and self.name in account.folders:
                return self.answer(409, "PathAlreadyExists")
            account.folders.add(self.name)
            return self.answer(201)

        def set_metadata(self) -> None:
            content, _ = account.files[self.name]
            account.files[self.name] = (content, self.headers.get("x-ms-meta-publish", ""))
            self.answer(200)

        def do_HEAD(self) -> None:
            if self.name not in account.files:
                return self.answer(404)
            _, mark = account.files[self.name]
            self.answer(200, x_ms_meta_publish=mark, x_ms_blob_type="BlockBlob")
            return None

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = DataLakeServiceClient(
        f"http://127.0.0.1:{server.server_address[1]}/devstore",
        AzureNamedKeyCredential("devstore", "a2V5"),
        retry_total=2,
        initial_backoff=0,
        increment_base=0,
        retry_to_secondary=False,
    )
    yield account, client
    server.shutdown()


def test_a_renamed_file_takes_the_place_of_the_old_one_in_one_call(account):
    there, client = account
    there.files |= {STAGED: ("new", ""), FINAL: ("old", "")}

    rename(client, STAGED, FINAL)

    assert {name: content for name, (content, _) in there.files.items()} == {FINAL: "new"}
    assert there.renames == 1


def test_the_first_file_of_a_partition_gets_its_folder_made(account):
    there, client = account
    there.files[STAGED] = ("new", "")
    there.folders.clear()

    rename(client, STAGED, FINAL)

    assert {name: content for name, (content, _) in there.files.items()} == {FINAL: "new"}
    assert there.folders == {"raw/films/release_year=1999"}


@pytest.mark.parametrize("fault", [503, "lost"])
def test_what_is_throttled_or_whose_answer_is_lost_is_renamed_once(account, fault):
    there, client = account
    there.files |= {STAGED: ("new", ""), FINAL: ("old", "")}
    there.faults.append(fault)

    rename(client, STAGED, FINAL)

    assert {name: content for name, (content, _) in there.files.items()} == {FINAL: "new"}
    assert there.renames == 2


@pytest.mark.parametrize("status", [409, 412])
def test_a_refused_rename_leaves_both_files_and_says_why(account, status):
    there, client = account
    there.files |= {STAGED: ("new", ""), FINAL: ("old", "")}
    there.faults += [status]

    with pytest.raises(OSError, match=f"HTTP {status}, {CODES[status]}"):
        rename(client, STAGED, FINAL)

    assert {name: content for name, (content, _) in there.files.items()} == {
        STAGED: "new",
        FINAL: "old",
    }


def test_a_source_that_vanished_is_not_taken_for_a_rename_that_succeeded(account):
    there, client = account
    there.files |= {STAGED: ("new", ""), FINAL: ("old", "")}
    there.faults.append(404)

    with pytest.raises(RenameLostError, match="materialize the table again"):
        rename(client, STAGED, FINAL)


class Unknown(MemoryFileSystem):
    """A file system that nothing is known of but how to read and write."""

    protocol = "unknown"

    def mv(self, source: str, *_: Any, **__: Any) -> None:
        """Copy, not wait for the copy, and delete: as adlfs does."""
        self.rm_file(source)


def test_what_an_unknown_file_system_calls_a_move_is_not_relied_on():
    unknown = Unknown()
    unknown.pipe_file("/renames/staged", b"new")
    unknown.pipe_file("/renames/films/final", b"old")

    move(unknown, "/renames/staged", "/renames/films/final")

    assert unknown.cat_file("/renames/films/final") == b"new"
    assert not unknown.exists("/renames/staged")


def test_a_local_file_is_moved_over_another_into_a_folder_that_is_made(tmp_path):
    (tmp_path / "staged").write_text("new")

    move(fsspec.filesystem("file"), f"file://{tmp_path}/staged", str(tmp_path / "a/b/final"))

    assert (tmp_path / "a/b/final").read_text() == "new"
    assert not (tmp_path / "staged").exists()
