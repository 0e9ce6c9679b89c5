"""Read TMDB's daily list of every film id: a cheap way to know what exists.

Belongs here: the export's lines, and which of them a lake is missing.
Not here: films themselves, which only the API has (tmdb.py).

The file is `movie_ids_MM_DD_YYYY.json.gz`, JSON lines, about a million of them.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capstone_assets.ingest.dump.file import BrokenStreamError, open_dump
from capstone_assets.ingest.errors import BrokenDumpError
from capstone_assets.text_files import LineTooLongError, split_lines

# A line has some 120 bytes: a file with much longer ones is not this export.
_MOST_LINE_BYTES = 1 << 20


class ListedMovie(BaseModel):
    """A film that TMDB has, as its daily export lists it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: int = Field(gt=0)
    original_title: str | None = None
    popularity: float = 0.0
    adult: bool = False
    video: bool = False


@dataclass(frozen=True)
class Coverage:
    """How the films of a lake compare with those that TMDB has.

    `absent` counts the listed films that are not stored, and `foremost` are the most popular of
    them; `withdrawn` counts the stored ones that are not listed any more.
    """

    listed: int
    stored: int
    absent: int
    foremost: Sequence[ListedMovie]
    withdrawn: int

    def render(self) -> str:
        """As sentences to print."""
        names = "; ".join(f"{film.original_title} ({film.id})" for film in self.foremost)
        return (
            f"TMDB lists {self.listed:,} films; of these {self.stored:,} are stored and "
            f"{self.absent:,} are not{f', first {names}' if names else ''}. "
            f"{self.withdrawn:,} stored films are not listed."
        )


def compare_with_stored(
    listed: Iterable[ListedMovie], stored: Collection[int], most: int = 5
) -> Coverage:
    """Compare an export with the ids of stored films, in one pass.

    Adult and video-only films do not count: they are never requested.
    """
    left, found, absent = set(stored), 0, 0
    foremost: list[tuple[float, int, ListedMovie]] = []
    for film in listed:
        if film.adult or film.video:
            continue
        if film.id in left:
            left.remove(film.id)
            found += 1
            continue
        absent += 1
        add = heapq.heappush if len(foremost) < most else heapq.heappushpop
        add(foremost, (film.popularity, -film.id, film))
    first = [film for _, _, film in sorted(foremost, reverse=True)]
    return Coverage(found + absent, found, absent, first, len(left))


def read_movie_ids(
    export: str, storage_options: Mapping[str, Any] | None = None
) -> Iterator[ListedMovie]:
    """Every film of an export, a path or URL, in constant memory.

    Raises IngestSettingsError if the file does not exist, BrokenDumpError with a broken line.
    """
    number = 0
    with open_dump(export, storage_options) as stream:
        try:
            for line in split_lines(stream.blocks(), _MOST_LINE_BYTES):
                yield _listed(line)
                number += 1
        except (BrokenStreamError, LineTooLongError) as error:
            raise BrokenDumpError(stream.name, f"line {number:,}", str(error)) from None


def _listed(line: bytes) -> ListedMovie:
    try:
        return ListedMovie.model_validate_json(line)
    except ValidationError as error:
        faults = (fault["msg"] for fault in error.errors(include_url=False))
        raise BrokenStreamError(f"the next line is not a film ({'; '.join(faults)})") from None
