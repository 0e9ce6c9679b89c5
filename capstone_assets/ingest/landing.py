"""Land responses in immutable compressed files, which are found again by their names.

Belongs here: the file layout, the envelope around a body, manifests, and what a load reports.
Not here: requests (client.py), which pages a slice needs (slices.py).

A page file is `pages/<origin>/<table>/release_year=<slice>/<fetched>_<query>_p<page>.jsonl.gz`: the
name says which response it holds, so that a folder's listing is the checkpoint of a load that was
killed. A manifest, a `.manifest.json` under `manifests/` in folders of the same names, is written
once a slice is complete and lists the files that make it up, with checksums. Neither is ever
rewritten; pages are deleted when they may not be kept any longer (retention.py). Notes about pages
have `manifest` in their names, too.
"""

import gzip
import json
import logging
import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from fsspec.implementations.local import LocalFileSystem

from capstone_assets.ingest.client import Answer, RequestCounts
from capstone_assets.ingest.query import Query
from capstone_assets.lake.files import opened
from capstone_assets.lake.renames import move

logger = logging.getLogger(__name__)

# The origin of what the emulator serves, before the digest of its catalog.
EMULATOR_ORIGIN = "emulator-"
# The origin of a dump's pages, before its date; its checkpoints cover all slices.
DUMP_ORIGIN, ALL_SLICES = "discogs-dump-", "any"

_STAMP = "%Y%m%dT%H%M%S%fZ"
_PAGE_NAME = re.compile(r"(\d{8}T\d{12}Z)_([0-9a-f]{16})_p(\d{5})\.jsonl\.gz")
_MANIFEST_NAME = re.compile(r"(\d{8}T\d{12}Z)_([a-z]+)_([0-9a-f]{16})(?:\.manifest)?\.json")


class PageStore:
    """Files under a root: a local folder or any URL that fsspec knows, `abfss://...` included.

    `storage_options` go to fsspec: credentials belong there, not in the URL.
    """

    def __init__(self, root: str | Path, **storage_options: Any) -> None:
        self._fs, base = opened(str(root), **storage_options)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._base = base.rstrip("/")
        self.root = self._base if self._is_local else str(root).rstrip("/")

    def path(self, name: str) -> str:
        """The full path or URL of a file of this store, as Spark reads it."""
        return f"{self.root}/{name}"

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, oldest first; none if there is no such folder.

        What a killed `write` left half-written is not among them; `find` has it.
        """
        location = f"{self._base}/{folder}"
        self._fs.invalidate_cache(location)  # Another process may have landed more.
        try:
            found = self._fs.ls(location, detail=False)
        except FileNotFoundError:
            return []
        names = sorted(path.rsplit("/", 1)[1] for path in found)
        return [name for name in names if not name.startswith(".")]

    def find(self, folder: str) -> list[str]:
        """Names, from the root on, of all files under a folder, oldest first within theirs."""
        location = f"{self._base}/{folder}"
        self._fs.invalidate_cache(location)
        return sorted(path[len(self._base) + 1 :] for path in self._fs.find(location))

    def delete(self, name: str) -> None:
        """Delete a file."""
        self._fs.rm_file(f"{self._base}/{name}")

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return bytes(self._fs.cat_file(f"{self._base}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """Write a file atomically: a killed write leaves nothing that `names` would list."""
        location = f"{self._base}/{name}"
        if not self._is_local:
            self._fs.pipe_file(location, content)  # An object appears once it is whole.
            return
        folder, _, last = location.rpartition("/")
        self._fs.makedirs(folder, exist_ok=True)
        unfinished = f"{folder}/.{last}.{uuid4().hex}"
        try:
            with Path(unfinished).open("wb") as file:
                file.write(content)
                file.flush()
                # A file that is renamed before a sync is empty after a power cut.
                os.fsync(file.fileno())
            move(self._fs, unfinished, location)
        except OSError:
            # On a full disk, half a page would take up room.
            Path(unfinished).unlink(missing_ok=True)
            raise

    def sync(self, folder: str) -> None:
        """Make the names in a folder outlive a power cut, as their files' contents do."""
        location = f"{self._base}/{folder}"
        if not self._is_local or not Path(location).is_dir():
            return
        descriptor = os.open(location, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def why_not_from(store: PageStore, origin: str) -> str:
    """Why pages of an origin must not join those of a store; empty if they may.

    The emulator's ids name other films than TMDB's: in a lake of both, one would be looked up in
    the other.
    """
    is_emulated = origin.startswith(EMULATOR_ORIGIN)
    for other in store.names("pages"):
        if other.startswith(DUMP_ORIGIN) or other.startswith(EMULATOR_ORIGIN) == is_emulated:
            continue
        here, now, remedy = (
            ("the real APIs", "without keys the emulator's rows would join them", "set the keys")
            if is_emulated
            else ("the emulator", "with keys the real APIs' rows would join them", "unset the keys")
        )
        return (
            f"The lake of {store.root} was filled from {here}, and {now}: the same ids mean other "
            f"films and releases there. Set CAPSTONE_LAKE to another folder, or {remedy}."
        )
    return ""


@dataclass(frozen=True)
class PageFile:
    """The parts of a page file's name."""

    name: str
    fetched_at: datetime
    digest: str
    number: int

    @classmethod
    def made(cls, fetched_at: datetime, digest: str, number: int) -> Self:
        """The file for a response; `number` is the page, or a batch's number of lines."""
        name = f"{fetched_at.strftime(_STAMP)}_{digest}_p{number:05}.jsonl.gz"
        return cls(name, fetched_at, digest, number)

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The file of that name; None if it is not a page's, for example of a half-written file."""
        if not (parts := _PAGE_NAME.fullmatch(name)):
            return None
        return cls(name, _moment(parts[1]), parts[2], int(parts[3]))


@dataclass(frozen=True)
class SliceFolder:
    """The files of one slice of one table."""

    store: PageStore
    origin: str
    table: str
    slice: str
    # A clock that was ahead leaves moments that later loads would never reach: they are ignored.
    latest: datetime | None = None
    # Of the files that this process landed.
    _checksums: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def is_believed(self, moment: datetime) -> bool:
        """Whether a file can have landed at that moment."""
        return self.latest is None or moment <= self.latest

    def checksums(self, names: Iterable[str]) -> dict[str, str]:
        """Length and CRC-32 of page files by name; missing files are left out."""
        found = {}
        for name in names:
            with suppress(FileNotFoundError):
                known = self._checksums.get(name)
                found[name] = known or _checksum(self.store.read(self.name(name)))
        return found

    def damaged(self, noted: Mapping[str, str]) -> set[str]:
        """The page files that are missing, or differ from the recorded checksums."""
        found = self.checksums(noted)
        damaged = {name for name, checksum in noted.items() if found.get(name) != checksum}
        for name in sorted(damaged):
            logger.warning("%s is not what landed: its content is fetched again", self.path(name))
        return damaged

    @property
    def _pages(self) -> str:
        return f"pages/{self.origin}/{self.table}/release_year={self.slice}"

    @property
    def _manifests(self) -> str:
        return f"manifests/{self.origin}/{self.table}/release_year={self.slice}"

    def name(self, file_name: str) -> str:
        """The name of one of its page files from the store's root on."""
        return f"{self._pages}/{file_name}"

    def path(self, file_name: str) -> str:
        """The full path of one of its page files."""
        return self.store.path(self.name(file_name))

    def page_files(self) -> list[PageFile]:
        """All its page files, oldest first."""
        named = map(PageFile.named, self.store.names(self._pages))
        return [file for file in named if file and self.is_believed(file.fetched_at)]

    def land(self, file: PageFile, lines: Iterable[bytes]) -> None:
        """Write a page file."""
        content = gzip.compress(b"".join(lines), compresslevel=6, mtime=0)
        self.store.write(f"{self._pages}/{file.name}", content)
        self._checksums[file.name] = _checksum(content)

    def lines(self, file_name: str) -> list[bytes]:
        """The envelopes in one of its page files; none if it is damaged.

        A load never leaves such a file, but a machine that loses its power can.
        """
        try:
            content = gzip.decompress(self.store.read(f"{self._pages}/{file_name}"))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            logger.warning("%s is damaged: its content is fetched again", self.path(file_name))
            return []
        return [line for line in content.split(b"\n") if line]

    def write_manifest(self, kind: str, at: datetime, asked: str, content: Any) -> None:
        """Record a fact of a kind, such as `complete`, about the slice once its pages are safe."""
        self.store.sync(self._pages)
        name = f"{at.strftime(_STAMP)}_{kind}_{asked}.manifest.json"
        self.store.write(f"{self._manifests}/{name}", json.dumps(content).encode())

    def newest_manifests(self, asked: str) -> dict[str, tuple[datetime, str]]:
        """The newest manifest of each kind for a query: its moment and its name."""
        named = map(_MANIFEST_NAME.fullmatch, self.store.names(self._manifests))
        return {
            m[2]: (moment, m[0])
            for m in named
            if m and m[3] == asked and self.is_believed(moment := _moment(m[1]))
        }

    def asked_again(self) -> dict[tuple[str, int], datetime]:
        """The pages, by query and number, whose replay a person requested, and when.

        Older copies of them are invalid.
        """
        found: dict[tuple[str, int], datetime] = {}
        for name in self.store.names(self._manifests):
            parts = _MANIFEST_NAME.fullmatch(name)
            if parts and parts[2] == "again" and (content := self.read_manifest(name)):
                found[parts[3], int(content["page"])] = _moment(parts[1])
        return found

    def read_manifest(self, name: str) -> Any:
        """The content of a manifest; None if it is damaged."""
        try:
            return json.loads(self.store.read(f"{self._manifests}/{name}"))
        except ValueError:
            logger.warning("%s is damaged: the pages of its slice are read again", name)
            return None


def envelope(query: Query, slice_name: str, answer: Answer[Any]) -> bytes:
    """One landed line: the origin of the response, then its unchanged body.

    Line breaks of a body become spaces: in JSON they can only stand between tokens. Bytes that are
    not UTF-8 become U+FFFD: one of them would keep Spark from reading the whole page. A byte order
    mark, which may only stand at the beginning of a text, is left out.
    """
    head = json.dumps(
        {
            "source": query.source,
            "path": query.path,
            "params": dict(query.params),
            "status": answer.status,
            "fetched_at": answer.fetched_at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "slice": slice_name,
        }
    )
    text = answer.body.decode("utf-8-sig", errors="replace")
    body = text.replace("\n", " ").replace("\r", " ").encode()
    return head[:-1].encode() + b', "body": ' + body + b"}\n"


@dataclass(frozen=True)
class SliceLanding:
    """The pages of a slice, and how its rows compare with the API's count.

    The API counted `promised` rows, `landed` different ones were received, and `duplicates` repeat
    one. `below_floor` rows were not requested, because of min_votes or min_popularity, and no query
    reaches `unreachable` rows; None if they were not counted. `quarantined` rows cannot be read; in
    `mended` ones a value was cleaned or is null: `odd` has the first of both, `reasons` counts all
    by treatment and reason. `checksums` are of the files, by name.
    """

    files: Sequence[str] = ()
    promised: int = 0
    landed: int = 0
    duplicates: int = 0
    below_floor: int = 0
    unreachable: int | None = None
    left_out: Sequence[str] = ()
    complete: bool = True
    quarantined: int = 0
    mended: int = 0
    odd: Sequence[Mapping[str, Any]] = ()
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Promised rows that were not received."""
        return max(0, self.promised - self.landed - self.quarantined)

    def to_json(self) -> dict[str, Any]:
        """The content of a manifest."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class Landing:
    """The result of a load: the files of every requested slice, counts, and what is missing."""

    page_files: dict[str, list[str]]
    slices: Mapping[str, SliceLanding]
    requests: RequestCounts
    left_out: list[str]

    @property
    def rows_promised(self) -> int:
        """Rows that the API promised."""
        return sum(each.promised for each in self.slices.values())

    @property
    def rows_landed(self) -> int:
        """The distinct rows of the slices."""
        return sum(each.landed for each in self.slices.values())

    @property
    def rows_quarantined(self) -> int:
        """Rows that cannot be read."""
        return sum(each.quarantined for each in self.slices.values())

    @property
    def rows_mended(self) -> int:
        """Rows of which a value was cleaned, or is null."""
        return sum(each.mended for each in self.slices.values())

    @property
    def duplicates(self) -> int:
        """Rows that repeat another of their slice."""
        return sum(each.duplicates for each in self.slices.values())

    @property
    def films_without_a_date(self) -> int | None:
        """Films that no year's query finds; None unless `unknown` films were requested."""
        counts = [each.unreachable for each in self.slices.values()]
        return next((count for count in counts if count is not None), None)

    @property
    def complete(self) -> bool:
        """Whether every slice was read to its end; if not, the next load resumes there."""
        return all(each.complete for each in self.slices.values())


def _checksum(content: bytes) -> str:
    return f"{len(content)}-{zlib.crc32(content):08x}"


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
