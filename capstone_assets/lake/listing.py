"""List files below a folder whose own name is taken literally.

Belongs here: what takes the place of fsspec's `glob`, and the option that stops Spark's.
Not here: what the files are (storage.py, audit/records.py).

A lake may lie in `/srv/lake [2026]`; fsspec and Spark both read brackets, braces and question marks
of a path as a pattern, and would find nothing there, or another folder's files.
"""

from fnmatch import fnmatchcase
from typing import Any

import fsspec

# Spark's own name for it (DataSource.GLOB_PATHS_KEY), kept from the writers of its file sources.
LITERAL_PATHS = {"__globPaths__": "false"}


def files_below(
    filesystem: fsspec.AbstractFileSystem, folder: str, pattern: str
) -> dict[str, dict[str, Any]]:
    """Return what is known of each file below `folder` that fits, by its path, in order.

    `pattern` is relative, `release_year=*/part.parquet`: a star stands for a part of one name. A
    folder that does not exist has no files.
    """
    parts = pattern.split("/")
    root = filesystem._strip_protocol(folder).rstrip("/")
    found = filesystem.find(root, maxdepth=len(parts), detail=True)
    return {path: found[path] for path in sorted(found) if _fits(path[len(root) + 1 :], parts)}


def _fits(path: str, parts: list[str]) -> bool:
    names = path.split("/")
    return len(names) == len(parts) and all(map(fnmatchcase, names, parts))
