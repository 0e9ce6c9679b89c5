"""Replace a file by a finished one, so that a reader sees the old content or the new.

Belongs here: moving files, on a disk and on ADLS.
Not here: which files are moved (storage.py, ingest/landing.py).

On a disk it is `os.replace`. On ADLS it is the rename of the Data Lake API, atomic where the
account has a hierarchical namespace. The `mv` of adlfs is never used: it copies, does not wait for
the copy, and deletes the source in any case.
"""

import contextlib
import functools
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.storage.filedatalake import DataLakeFileClient, DataLakeServiceClient

# A key in a staged file's metadata, which a rename keeps: it identifies a rename whose response was
# lost.
_MARK = "publish"


class RenameLostError(OSError):
    """A file to be moved is missing, and its target is another file; retrying cannot help."""

    def __init__(self, source: str, target: str) -> None:
        super().__init__(source, target)
        self.source, self.target = source, target

    def __str__(self) -> str:
        return (
            f"{self.source} is gone, but {self.target}, which it should have become, is another "
            "file. Retrying cannot help: materialize the table again."
        )


def move(filesystem: fsspec.AbstractFileSystem, source: str, target: str) -> None:
    """Move a file to `target`, whose folder is created if necessary.

    Both are paths or URLs of the file system.

    Raises:
        RenameLostError: the source is missing, and was not moved.
        OSError: the disk, or the account, refuses.
    """
    source, target = filesystem._strip_protocol(source), filesystem._strip_protocol(target)
    if isinstance(filesystem, LocalFileSystem):
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)  # noqa: PTH105
    elif type(filesystem).__module__.startswith("adlfs"):
        credential = filesystem.sync_credential or filesystem.account_key
        service = data_lake_service(filesystem.account_name, credential)
        rename(service, source, target)
        filesystem.invalidate_cache()
    else:
        # `mv` may not be atomic elsewhere: the content is complete at the target before the source
        # is deleted.
        filesystem.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        filesystem.pipe_file(target, filesystem.cat_file(source))
        filesystem.rm_file(source)


@functools.cache
def data_lake_service(account: str, credential: Any = None) -> "DataLakeServiceClient":
    """Return the Data Lake API of an account; without a credential, as the process's identity."""
    from azure.identity import DefaultAzureCredential
    from azure.storage.filedatalake import DataLakeServiceClient

    return DataLakeServiceClient(
        f"https://{account}.dfs.core.windows.net", credential or DefaultAzureCredential()
    )


def rename(service: "DataLakeServiceClient", source: str, target: str) -> None:
    """Rename `container/path` over another by the Data Lake API; both are of one account.

    The client retries throttled and lost requests. If the first attempt did rename and only its
    response was lost, the second finds no source: the mark at the target then shows that the rename
    succeeded.
    """
    from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

    staged, mark = _file(service, source), uuid.uuid4().hex
    staged.set_metadata({_MARK: mark})
    try:
        try:
            staged.rename_file(target)
        except ResourceNotFoundError as missing:
            if _code(missing) != "RenameDestinationParentPathNotFound":
                raise
            # A rename creates no folders. Most targets have one, so it is created only when
            # missing.
            _make_folder(service, target.rpartition("/")[0])
            staged.rename_file(target)
    except ResourceNotFoundError as lost:
        found = _file(service, target)
        if not found.exists() or found.get_file_properties().metadata.get(_MARK) != mark:
            raise RenameLostError(source, target) from lost
    except HttpResponseError as refused:
        raise OSError(
            f"{source} cannot be renamed to {target}: HTTP {refused.status_code}, {_code(refused)}"
            ". The target is as it was; the next run moves it."
        ) from refused


def _file(service: "DataLakeServiceClient", path: str) -> "DataLakeFileClient":
    container, _, name = path.partition("/")
    return service.get_file_client(container, name)


def _make_folder(service: "DataLakeServiceClient", path: str) -> None:
    from azure.core import MatchConditions
    from azure.core.exceptions import ResourceExistsError

    container, _, name = path.partition("/")
    folder = service.get_directory_client(container, name)
    with contextlib.suppress(ResourceExistsError):  # Another process was quicker.
        folder.create_directory(match_condition=MatchConditions.IfMissing)


def _code(refusal: "AzureError") -> str | None:
    code = getattr(refusal, "error_code", None)
    found: str | None = getattr(code, "value", code)  # An enumeration if the client knows the code.
    return found
