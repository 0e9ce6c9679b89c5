"""DBFS as its REST API has it: handles, limits, and files that appear when they are closed."""

import base64
import binascii
import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capstone_assets_tests.fake_databricks.rest import Refusal, invalid

MOST_BYTES = 1024**2
IDLE_SECONDS = 600


@dataclass
class _Stream:
    path: Path
    content: bytearray = field(default_factory=bytearray)
    used: float = field(default_factory=time.monotonic)


class Dbfs:
    """Files below a folder. `expire_handles` makes the open streams unknown, as idleness does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._streams: dict[int, _Stream] = {}
        self._handles = itertools.count(7_000_001)

    def file(self, path: str) -> Path:
        """Return where a file of an absolute path is kept."""
        if not path.startswith("/"):
            raise invalid(f"Path must be absolute: {path}")
        return self.root / path.strip("/")

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        path = self.file(asked["path"])
        if path.is_dir() or (path.exists() and not asked.get("overwrite", False)):
            raise Refusal(400, "RESOURCE_ALREADY_EXISTS", f"{asked['path']} already exists")
        handle = next(self._handles)
        self._streams[handle] = _Stream(path)
        return {"handle": handle}

    def add_block(self, asked: dict[str, Any]) -> dict[str, Any]:
        stream = self._stream(asked["handle"])
        try:
            block = base64.b64decode(asked["data"], validate=True)
        except binascii.Error as wrong:
            raise invalid(f"data is not base64: {wrong}") from None
        # The reference speaks of the block and of its encoding; the smaller limit is kept.
        if max(len(block), len(asked["data"])) > MOST_BYTES:
            raise Refusal(400, "MAX_BLOCK_SIZE_EXCEEDED", f"a block of {len(block)} bytes")
        stream.content += block
        return {}

    def close(self, asked: dict[str, Any]) -> dict[str, Any]:
        stream = self._stream(asked["handle"])
        del self._streams[asked["handle"]]
        stream.path.parent.mkdir(parents=True, exist_ok=True)
        stream.path.write_bytes(stream.content)
        return {}

    def read(self, asked: dict[str, Any]) -> dict[str, Any]:
        path, start, length = (
            self.file(asked["path"]),
            asked.get("offset", 0),
            asked.get("length", 512 * 1024),
        )
        if path.is_dir() or start < 0 or length < 0:
            raise invalid(f"{asked['path']} from {start}, {length} bytes")
        if length > MOST_BYTES:
            raise Refusal(400, "MAX_READ_SIZE_EXCEEDED", f"{length} bytes are more than 1 MB")
        if not path.exists():
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"No file or directory {asked['path']}")
        block = path.read_bytes()[start : start + length]
        # Nothing left is an answer without data.
        data = {"data": base64.b64encode(block).decode()} if block else {}
        return {"bytes_read": len(block), **data}

    def expire_handles(self) -> None:
        for stream in self._streams.values():
            stream.used -= IDLE_SECONDS + 1

    def _stream(self, handle: int) -> _Stream:
        stream = self._streams.get(handle)
        if stream is None or time.monotonic() - stream.used > IDLE_SECONDS:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"No open stream with handle {handle}")
        stream.used = time.monotonic()
        return stream
