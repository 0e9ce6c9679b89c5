"""Land Discogs' monthly dump: the soundtracks of all years in one pass, with no request.

Belongs here: landing in chunks, the checkpoint after each, counting.
Not here: the file (dump/file.py), its records (dump/records.py), the layout of what lands
(landing.py).

The pages look like those of the search, under an origin of their own. The dump alone determines the
names and content of a chunk's files: a chunk that a kill interrupts lands again in the same files,
and the checkpoint after it says where to resume.
"""

import json
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from capstone_assets.ingest.client import Answer, RequestCounts
from capstone_assets.ingest.discogs import Kind
from capstone_assets.ingest.dump.file import (
    BrokenStreamError,
    ChangedContentError,
    DumpStream,
    name_of,
    open_dump,
)
from capstone_assets.ingest.dump.records import soundtrack_row, split_records
from capstone_assets.ingest.errors import BrokenDumpError, IngestSettingsError
from capstone_assets.ingest.landing import (
    ALL_SLICES,
    DUMP_ORIGIN,
    Landing,
    PageFile,
    PageStore,
    SliceFolder,
    SliceLanding,
    envelope,
)
from capstone_assets.ingest.loads import Now, utc_now
from capstone_assets.ingest.progress import Progress
from capstone_assets.ingest.quarantine import (
    MOST_NOTED,
    added,
    as_note,
    distinct,
    reasons_of,
    write_notes,
)
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import QUARANTINED, OddRow, decode, discogs_page
from capstone_assets.lake.years import UNKNOWN_YEAR

logger = logging.getLogger(__name__)

ROWS_A_PAGE = 1_000
# 25 MB that wait to land, and about a dozen chunks a dump, so that files are few.
ROWS_A_CHUNK = 50_000


def land_dump(
    kind: Kind,
    dump: str,
    store: PageStore,
    years: Sequence[str],
    *,
    rows_a_chunk: int = ROWS_A_CHUNK,
    now: Now = utc_now,
    storage_options: Mapping[str, Any] | None = None,
) -> Landing:
    """Land the soundtracks of a dump, unless they have landed, and return the files of `years`.

    `dump` is a path or URL of a `discogs_YYYYMMDD_releases.xml.gz`, or `..._masters.xml.gz` for
    masters; `storage_options` go to fsspec. A pass lands every year, because one year costs the
    same: `years` only select what is returned, and requesting others later reads nothing. A
    row counts as fetched on the dump's date, so that a later response of the API takes precedence.

    After a kill, run it again: it resumes after the last chunk of `rows_a_chunk` rows.

    Raises:
        IngestSettingsError: there is no such file, or its name has no date or is of the other kind.
        BrokenDumpError: the file is broken; says where, and what landed before stays.
    """
    target = _Target.of(kind, dump, store)
    done, is_complete = target.newest_checkpoint()
    if target.damaged(done, years if is_complete else list(done.slices)):
        logger.warning(
            "%s: some of its pages were damaged after they landed; reading it again", name_of(dump)
        )
        done, is_complete = _Checkpoint(), False
    counts = RequestCounts(from_cache=done.files)
    if not is_complete:
        with open_dump(dump, storage_options) as stream:
            try:
                done = _land_rest(target, stream, done, rows_a_chunk, now)
            except ChangedContentError:
                # A damaged file can seem sound until its last byte is read.
                logger.warning("%s is not the file that landed in part: starting over", stream.name)
                done = _land_rest(target, stream, _Checkpoint(), rows_a_chunk, now)
    slices = {year: done.slices.get(year, SliceLanding()) for year in years}
    write_notes(store, f"discogs_{kind}s", {year: each.odd for year, each in slices.items()}, now())
    return Landing(
        page_files={
            year: [target.folder(year).path(name) for name in each.files]
            for year, each in slices.items()
        },
        slices=slices,
        requests=counts,
        left_out=[],
    )


@dataclass(frozen=True)
class _Checkpoint:
    """How much of a dump has landed: up to which byte and record of its XML, in which files.

    `checksum` is of the XML up to that byte.
    """

    position: int = 0
    records: int = 0
    checksum: int = 0
    slices: Mapping[str, SliceLanding] = field(default_factory=dict)

    @property
    def files(self) -> int:
        return sum(len(each.files) for each in self.slices.values())

    @property
    def rows(self) -> int:
        return sum(each.landed for each in self.slices.values())

    def to_json(self) -> dict[str, Any]:
        slices = {year: each.to_json() for year, each in self.slices.items()}
        return {
            "position": self.position,
            "records": self.records,
            "checksum": self.checksum,
            "slices": slices,
        }

    @classmethod
    def from_json(cls, content: Any) -> "_Checkpoint | None":
        """None if the content is damaged, or written by a version with other accounts."""
        try:
            slices = {year: SliceLanding(**each) for year, each in content["slices"].items()}
            position, records = int(content["position"]), int(content["records"])
            return cls(position, records, int(content["checksum"]), slices)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class _Target:
    """Where the pages and checkpoints of one dump go."""

    store: PageStore
    kind: Kind
    published_at: datetime
    query: Query

    @classmethod
    def of(cls, kind: Kind, dump: str, store: PageStore) -> "_Target":
        name = name_of(dump)
        other: Kind = "release" if kind == "master" else "master"
        if f"{other}s" in name:
            raise IngestSettingsError(f"{name} is a dump of {other}s; a dump of {kind}s is needed.")
        return cls(
            store, kind, _published_at(name), Query("discogs", f"/{name}", (("type", kind),))
        )

    def folder(self, slice_name: str) -> SliceFolder:
        origin = f"{DUMP_ORIGIN}{self.published_at:%Y%m%d}"
        return SliceFolder(self.store, origin, f"discogs_{self.kind}s", slice_name)

    def newest_checkpoint(self) -> tuple[_Checkpoint, bool]:
        """How much has landed since a replay was last requested, and whether that is everything."""
        folder = self.folder(ALL_SLICES)
        notes = folder.newest_manifests(self.query.digest)
        again = [
            at for (asked, _), at in folder.asked_again().items() if asked == self.query.digest
        ]
        for kind in ("complete", "landed"):
            at, name = notes.get(kind, (None, ""))
            if at is None or any(each >= at for each in again):
                continue
            if checkpoint := _Checkpoint.from_json(folder.read_manifest(name)):
                return checkpoint, kind == "complete"
        return _Checkpoint(), False

    def damaged(self, checkpoint: _Checkpoint, years: Iterable[str]) -> set[str]:
        """The landed files of some slices whose content has changed since."""
        landed = {year: checkpoint.slices[year] for year in years if year in checkpoint.slices}
        return {
            name
            for year, each in landed.items()
            for name in self.folder(year).damaged(each.checksums)
        }

    def write_checkpoint(self, checkpoint: _Checkpoint, at: datetime, is_complete: bool) -> None:
        kind = "complete" if is_complete else "landed"
        folder = self.folder(ALL_SLICES)
        folder.write_manifest(kind, at, self.query.digest, checkpoint.to_json())

    def land(
        self, slice_name: str, rows: Sequence[bytes], before: SliceLanding, *, has_odd: bool
    ) -> SliceLanding:
        """Land a chunk's rows of a slice as the pages that follow those before."""
        folder = self.folder(slice_name)
        files, odd = list(before.files), list[tuple[str, OddRow]]()
        for begin in range(0, len(rows), ROWS_A_PAGE):
            number = len(files) + 1
            file = PageFile.made(self.published_at, self.query.digest, number)
            body = _page_body(rows[begin : begin + ROWS_A_PAGE], number)
            answer = Answer(200, body, None, self.published_at)
            folder.land(
                file, [envelope(self.query.with_params(page=str(number)), slice_name, answer)]
            )
            files.append(file.name)
            if has_odd:
                found = discogs_page(decode(body)).odd
                odd += distinct((folder.name(file.name), each) for each in found)
        set_aside = sum(each.treatment == QUARANTINED for _, each in odd)
        return replace(
            before,
            files=files,
            promised=before.promised + len(rows),
            landed=before.landed + len(rows) - set_aside,
            checksums={**before.checksums, **folder.checksums(files[len(before.files) :])},
            quarantined=before.quarantined + set_aside,
            mended=before.mended + len(odd) - set_aside,
            odd=[*before.odd, *(as_note(*each) for each in odd)][:MOST_NOTED],
            reasons=added(before.reasons, reasons_of(odd)),
        )


def _published_at(name: str) -> datetime:
    for digits in re.findall(r"(?<!\d)\d{8}(?!\d)", name):
        try:
            return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            continue
    raise IngestSettingsError(
        f"{name} has no date in its name, so its rows could not be distinguished from those "
        "of other months. Name it as Discogs does: discogs_YYYYMMDD_releases.xml.gz."
    )


def _page_body(rows: Sequence[bytes], number: int) -> bytes:
    """A page as the search answers it; how many rows a slice has is unknown before the end."""
    pagination = {"page": number, "pages": number, "per_page": ROWS_A_PAGE, "items": len(rows)}
    head = json.dumps({"pagination": pagination})
    return head[:-1].encode() + b', "results": [' + b", ".join(rows) + b"]}"


def _land_rest(
    target: _Target, stream: DumpStream, done: _Checkpoint, rows_a_chunk: int, now: Now
) -> _Checkpoint:
    """Read a dump from the checkpoint to its end, landing a chunk at a time."""
    began = time.monotonic()
    counter = _Counter(stream, done, Progress(stream.name, stream.size))
    try:
        for chunk in _chunks(target.kind, stream, counter, done, rows_a_chunk):
            landed = {
                year: target.land(
                    year, rows, done.slices.get(year, SliceLanding()), has_odd=year in chunk.odd
                )
                for year, rows in chunk.rows.items()
            }
            slices = {**done.slices, **landed}
            done = _Checkpoint(chunk.position, chunk.records, chunk.checksum or 0, slices)
            target.write_checkpoint(done, now(), is_complete=chunk.checksum is None)
    except BrokenStreamError as error:
        raise _broken(stream, counter, done, error) from None
    logger.info(
        "%s: kept %s of %s records in %s files of %s years, in %.1f s",
        stream.name,
        f"{done.rows:,}",
        f"{done.records:,}",
        f"{done.files:,}",
        len(done.slices),
        time.monotonic() - began,
    )
    return done


def _broken(
    stream: DumpStream, counter: "_Counter", done: _Checkpoint, error: BrokenStreamError
) -> BrokenDumpError:
    place = f"byte {counter.position:,} of its XML, where record {counter.records:,} ends"
    broken = BrokenDumpError(stream.name, place, str(error))
    broken.progress = (
        f"The {done.rows:,} rows that landed from its first {done.records:,} records stay: run "
        "again with an undamaged file to resume there."
    )
    return broken


@dataclass
class _Chunk:
    """Rows that wait to land, by slice, and how far the dump was read for them.

    `odd` are the slices with an odd row. `checksum` is of what was read; None for the last chunk,
    after which nothing is read.
    """

    rows: Mapping[str, list[bytes]]
    odd: set[str]
    position: int
    records: int
    checksum: int | None


def _chunks(
    kind: Kind, stream: DumpStream, counter: "_Counter", done: _Checkpoint, rows_a_chunk: int
) -> Iterator[_Chunk]:
    waiting, rows, odd = 0, defaultdict[str, list[bytes]](list), set[str]()
    blocks = counter.watched(stream.blocks(done.position, done.checksum))
    for record, end in split_records(blocks, kind, done.position):
        if row := soundtrack_row(record, kind):
            slice_name, is_odd = _slice_of(row)
            rows[slice_name].append(json.dumps(row, ensure_ascii=False).encode())
            if is_odd:
                odd.add(slice_name)
            waiting += 1
        counter.count(end, is_kept=row is not None)
        if waiting == rows_a_chunk:
            yield _Chunk(rows, odd, end, counter.records, stream.checksum(end))
            waiting = 0
            odd.clear()
            rows.clear()  # A new dict would add 25 MB: the consumer still holds this one.
    yield _Chunk(rows, odd, counter.position, counter.records, checksum=None)


def _slice_of(row: Mapping[str, Any]) -> tuple[str, bool]:
    """The slice of a row as responses.py will read it, and whether anything in it is odd."""
    page = discogs_page({"pagination": {"items": 1, "pages": 1, "per_page": 1}, "results": [row]})
    return page.rows[0].release_year if page.rows else UNKNOWN_YEAR, bool(page.odd)


class _Counter:
    """Counts what is read and reports it at intervals."""

    def __init__(self, stream: DumpStream, done: _Checkpoint, progress: Progress) -> None:
        self._stream, self._progress = stream, progress
        self.position, self.records, self.kept = done.position, done.records, done.rows

    def count(self, position: int, is_kept: bool) -> None:
        """A record was read, up to a byte of the XML."""
        self.position = position
        self.records += 1
        self.kept += is_kept

    def watched(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The stream's blocks; those that a resumed load passes over are progress too."""
        reported_at, reported = time.monotonic(), self.records
        for block in blocks:
            yield block
            if (elapsed := time.monotonic() - reported_at) >= self._progress.seconds_between:
                self._report((self.records - reported) / elapsed)
                reported_at, reported = time.monotonic(), self.records

    def _report(self, records_a_second: float) -> None:
        read, size = self._stream.bytes_read, self._stream.size
        self._progress.report(
            read,
            f"read {read / 1e6:.1f} of {f'{size / 1e6:.1f}' if size else '?'} MB; "
            f"{self.records:,} records seen, {self.kept:,} kept; {records_a_second:,.0f} a second",
        )
