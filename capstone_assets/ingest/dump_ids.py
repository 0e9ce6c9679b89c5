"""Read TMDB's daily list of every film id: a cheap way to know what exists.

Belongs here: the export's lines. Not here: films themselves, which only the API tells (tmdb.py).

The file is `movie_ids_MM_DD_YYYY.json.gz`, JSON lines, about a million of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capstone_assets.ingest.dump_file import BrokenStreamError, open_dump
from capstone_assets.ingest.errors import BrokenDumpError


class ListedMovie(BaseModel):
    """A film that TMDB has, as its daily export lists it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: int = Field(gt=0)
    original_title: str | None = None
    popularity: float = 0.0
    adult: bool = False
    video: bool = False


def read_movie_ids(
    export: str, storage_options: Mapping[str, Any] | None = None
) -> Iterator[ListedMovie]:
    """Every film of an export, a path or URL, in constant memory.

    Raises SettingsError if there is no such file, BrokenDumpError with the line if it is broken.
    """
    number = 0
    with open_dump(export, storage_options) as stream:
        try:
            for line in _lines(stream.blocks()):
                yield _listed(line)
                number += 1
        except BrokenStreamError as error:
            raise BrokenDumpError(stream.name, f"line {number:,}", str(error)) from None


def _listed(line: bytes) -> ListedMovie:
    try:
        return ListedMovie.model_validate_json(line)
    except ValidationError as error:
        faults = (fault["msg"] for fault in error.errors(include_url=False))
        raise BrokenStreamError(f"the next is no film ({'; '.join(faults)})") from None


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest
