"""A bulk file that an API publishes, read as a stream from a path or URL.

Belongs here: finding it and opening it through fsspec, unpacking it block by block, the reading
position.
Not here: what is in it (dump/records.py, dump/movie_ids.py).
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from capstone_assets.ingest.errors import IngestSettingsError, NetworkError
from capstone_assets.lake.files import opened, without_query

_BLOCK_BYTES = 1 << 20
_DUMP_NAME = re.compile(r"discogs_(?P<date>\d{8})_(?P<kind>releases|masters)\.xml\.gz")


class BrokenStreamError(ValueError):
    """The content of a bulk file ends early or is damaged here; its reader knows the position."""


class ChangedContentError(Exception):
    """A bulk file is not the one whose first part was read before."""


class DumpStream:
    """A gzip file that is being read from its beginning, by one reader."""

    def __init__(self, file: IO[bytes], name: str, size: int | None) -> None:
        self._file, self.name = file, name
        self.size = size  # Compressed bytes; None if the server does not say.
        self._begin, self._before, self._block = 0, 0, b""

    @property
    def bytes_read(self) -> int:
        """Compressed bytes read so far."""
        return self._file.tell()

    def blocks(self, begin: int = 0, checksum: int = 0) -> Iterator[bytes]:
        """Yield the unpacked content from byte `begin` on; an empty block for each that is skipped.

        Raises BrokenStreamError, NetworkError, or ChangedContentError if what comes before `begin`
        does not have the `checksum` that it had.
        """
        self._file.seek(0)
        self._begin, self._before, self._block = 0, 0, b""
        with gzip.GzipFile(fileobj=self._file) as content:
            while block := self._next_block(content):
                self._before = zlib.crc32(self._block, self._before)
                self._begin += len(self._block)
                self._block = block
                end = self._begin + len(block)
                if self._begin < begin <= end and self.checksum(begin) != checksum:
                    raise ChangedContentError
                yield block[max(0, begin - self._begin) :]
        if self._begin + len(self._block) < begin:
            raise ChangedContentError

    def checksum(self, end: int) -> int:
        """The CRC-32 of the content up to byte `end`, which is in the block that came last."""
        return zlib.crc32(self._block[: end - self._begin], self._before)

    def _next_block(self, content: gzip.GzipFile) -> bytes:
        try:
            return content.read1(_BLOCK_BYTES)
        except EOFError:
            raise BrokenStreamError("the file is cut short") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BrokenStreamError(f"it is not a valid gzip file ({error})") from None
        except Exception as error:
            raise _unreachable(self.name, error) from None


def name_of(url: str) -> str:
    """The file's own name: what may be logged of a URL, whose rest may hold a signature."""
    return without_query(url).rstrip("/").rpartition("/")[2]


def newest_dumps(folder: str, storage_options: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return both files of the newest month in a folder by their content: `releases` and `masters`.

    `folder` is a path or a URL that fsspec can list, to which `storage_options` go.

    Raises:
        IngestSettingsError: no two files of one date have Discogs' names.
        NetworkError: its server does not answer.
    """
    try:
        files, path = opened(folder, **(storage_options or {}))
        listed = files.ls(path, detail=False)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        listed = []
    except Exception as error:
        raise _unreachable(name_of(folder), error) from None
    named = [(match, path) for path in listed if (match := _DUMP_NAME.fullmatch(name_of(path)))]
    months: dict[str, dict[str, str]] = {}
    for match, path in named:
        months.setdefault(match["date"], {})[match["kind"]] = files.unstrip_protocol(path)
    whole = [date for date, found in months.items() if len(found) == 2]
    if not whole:
        raise IngestSettingsError(
            f"The folder {name_of(folder)} for Discogs' dumps lacks the files of one date that are "
            "needed, discogs_YYYYMMDD_releases.xml.gz and discogs_YYYYMMDD_masters.xml.gz: it "
            f"has {len(named)} files with such names. Download both, or check the setting."
        )
    return months[max(whole)]


@contextmanager
def open_dump(url: str, storage_options: Mapping[str, Any] | None = None) -> Iterator[DumpStream]:
    """Open a gzip file: a path or any URL that fsspec knows, to which `storage_options` go.

    Raises IngestSettingsError if there is none, NetworkError if its server does not answer.
    """
    name = name_of(url)
    try:
        files, path = opened(url, **(storage_options or {}))
        file, size = files.open(path, "rb"), files.size(path)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise IngestSettingsError(
            f"There is no file {name} that can be read where the setting says "
            f"({type(error).__name__}), so nothing was read. Check the path or the URL."
        ) from None
    except ImportError as error:
        raise IngestSettingsError(
            f"{name} cannot be read from such an address here: {error}."
        ) from None
    except Exception as error:
        raise _unreachable(name, error) from None
    with file:
        yield DumpStream(file, name, size)


def _unreachable(name: str, error: Exception) -> NetworkError:
    # Each of fsspec's backends has errors of its own, whose text may quote a signed URL.
    return NetworkError("its server", name, type(error).__name__, attempts=1)
