"""A lake's files on whatever file system: listed by literal names, written whole.

Belongs here: opening paths and URLs, a replacement for fsspec's `glob`, the option that disables
Spark's, and writing small files atomically.
Not here: what the files are (storage.py, audit/records.py).

A lake may lie in `/srv/lake [2026]`; fsspec and Spark both read brackets, braces and question marks
of a path as a pattern, and would find nothing there, or another folder's files.
"""

from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from capstone_assets.lake.renames import move

# Spark's internal name for it (DataSource.GLOB_PATHS_KEY).
LITERAL_PATHS = {"__globPaths__": "false"}


def is_local(url: str) -> bool:
    """Whether a path or URL names a file of this machine, where `?` and `::` are letters."""
    return "://" not in url or url.startswith("file://")


def opened(url: str, **options: Any) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a path or URL, and the path in it; `options` go to fsspec."""
    if not is_local(url):
        files, path = fsspec.core.url_to_fs(url, **options)
        return files, path
    local = LocalFileSystem()
    return local, local._strip_protocol(url)


def without_query(url: str) -> str:
    """A path or URL as it may be shown: what follows `?` in a web address may be a signature."""
    return url if is_local(url) else url.partition("?")[0]


def files_below(
    filesystem: fsspec.AbstractFileSystem, folder: str, pattern: str
) -> dict[str, dict[str, Any]]:
    """Return the file system's info of each matching file below `folder`, by path, in order.

    `pattern` is relative, `release_year=*/part.parquet`: a star stands for a part of one name. A
    folder that does not exist has no files; one that may not be read raises PermissionError.
    """
    parts = pattern.split("/")
    root = filesystem._strip_protocol(folder).rstrip("/")
    if isinstance(filesystem, LocalFileSystem):
        found = _below(filesystem, root, parts)
        return {path: found[path] for path in sorted(found)}
    found = filesystem.find(root, maxdepth=len(parts), detail=True)
    return {path: found[path] for path in sorted(found) if _fits(path[len(root) + 1 :], parts)}


def _below(filesystem: LocalFileSystem, folder: str, parts: list[str]) -> dict[str, dict[str, Any]]:
    """Like `find`, which skips folders that may not be read: their rows would seem to be gone."""
    first, *rest = parts
    try:
        listed = filesystem.ls(folder, detail=True)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for each in listed:
        if not fnmatchcase(each["name"].rpartition("/")[2], first):
            continue
        if (each["type"] == "directory") != bool(rest):
            continue
        found |= _below(filesystem, each["name"], rest) if rest else {each["name"]: each}
    return found


def _fits(path: str, parts: list[str]) -> bool:
    names = path.split("/")
    return len(names) == len(parts) and all(map(fnmatchcase, names, parts))


def names_in(filesystem: fsspec.AbstractFileSystem, folder: str) -> list[str]:
    """Return the names in a folder, in order, not below it; none if it does not exist."""
    filesystem.invalidate_cache(folder)  # Another process may have added some.
    try:
        found = filesystem.ls(folder, detail=False)
    except FileNotFoundError:
        return []
    return sorted(path.rstrip("/").rpartition("/")[2] for path in found)


def write_whole(filesystem: fsspec.AbstractFileSystem, path: str, text: str) -> None:
    """Write a small file in UTF-8 atomically: a listing shows all of it or nothing.

    A write that is killed leaves `<name>.part` behind.
    """
    content = text.encode()
    filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
    if not isinstance(filesystem, LocalFileSystem):
        filesystem.pipe_file(path, content)  # An object appears once it is whole.
        return
    part = f"{path}.part"
    try:
        filesystem.pipe_file(part, content)
    except OSError:
        with suppress(FileNotFoundError):  # On a full disk, half a file would take up room.
            filesystem.rm_file(part)
        raise
    move(filesystem, part, path)
