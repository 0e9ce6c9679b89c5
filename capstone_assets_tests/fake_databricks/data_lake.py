"""The Data Lake API of the lake's account, as far as files are moved by it.

Belongs here: a rename with its documented refusals, folders, properties that a rename keeps.
Not here: reading and writing, which go by folders (abfss.py).
"""

from collections.abc import Mapping
from pathlib import Path

MARK = "x-ms-meta-"


class DataLake:
    """Renames below a folder that has the containers as its folders."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._properties: dict[str, dict[str, str]] = {}
        self.renames: list[tuple[str, str]] = []

    def answer(
        self, verb: str, path: str, query: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        """Return status and headers of a call; of a refusal, its code is among them."""
        if verb == "HEAD":
            if not (self._root / path).exists():
                return _refused(404, "PathNotFound")
            return 200, {"x-ms-blob-type": "BlockBlob", **self._properties.get(path, {})}
        if "resource=directory" in query:
            if (self._root / path).exists():
                return _refused(409, "PathAlreadyExists")
            (self._root / path).mkdir(parents=True)
            return 201, {}
        if source := headers.get("x-ms-rename-source"):
            return self._rename(source.lstrip("/").partition("?")[0], path)
        if not (self._root / path).exists():
            return _refused(404, "BlobNotFound")
        self._properties[path] = {k: v for k, v in headers.items() if k.startswith(MARK)}
        return 200, {}

    def _rename(self, source: str, target: str) -> tuple[int, dict[str, str]]:
        if not (self._root / source).exists():
            return _refused(404, "SourcePathNotFound")
        if not (self._root / target).parent.is_dir():
            return _refused(404, "RenameDestinationParentPathNotFound")
        (self._root / source).replace(self._root / target)
        self._properties[target] = self._properties.pop(source, {})
        self.renames.append((source, target))
        return 201, {}


def _refused(status: int, code: str) -> tuple[int, dict[str, str]]:
    return status, {"x-ms-error-code": code}
