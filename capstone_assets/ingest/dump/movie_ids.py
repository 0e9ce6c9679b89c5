"""Read TMDB's daily list of every film id: a cheap way to know what exists.

Belongs here: the export's lines, and which of them a lake is missing.
Not here: films themselves, which only the API has (tmdb.py).

The file is `movie_ids_MM_DD_YYYY.json.gz`, JSON lines, about a million of them.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capstone_assets.ingest import fields
from capstone_assets.ingest.dump.file import BrokenStreamError, open_dump
from capstone_assets.ingest.errors import BrokenDumpError
from capstone_assets.ingest.responses import UnreadableBodyError, decode
from capstone_assets.text_files import MOST_FAULTS, cut_lines

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


# How a line is read that is not quite as documented.
_RULES: Mapping[str, fields.Rule] = {
    "id": fields.whole(1),
    "original_title": fields.text,
    "popularity": fields.fraction(0),
    "adult": fields.truth,
    "video": fields.truth,
}


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
    export: str, faults: list[str], storage_options: Mapping[str, Any] | None = None
) -> Iterator[ListedMovie]:
    """Every film of an export, a path or URL, in constant memory.

    The number of a line that is not a film is added to `faults`, and the next one is read.

    Raises:
        IngestSettingsError: the file does not exist.
        BrokenDumpError: the file is broken, or of another kind; says at which line.
    """
    number, films = 0, 0
    with open_dump(export, storage_options) as stream:
        try:
            for number, line in enumerate(cut_lines(stream.blocks(), _MOST_LINE_BYTES), start=1):
                if line is not None and not line.strip():
                    continue
                if film := _listed(line):
                    films += 1
                    yield film
                elif len(faults) == MOST_FAULTS:
                    break
                else:
                    faults.append(f"line {number:,}")
        except BrokenStreamError as error:
            place = f"line {number:,}" if number else "its beginning"
            raise BrokenDumpError(stream.name, place, str(error)) from None
        if len(faults) == MOST_FAULTS or not films:
            fault = f"{len(faults):,} lines up to there are not films with an id"
            raise BrokenDumpError(stream.name, f"line {number:,}", fault)


def _listed(line: bytes | None) -> ListedMovie | None:
    """The film of a line; None if it is not one, or if the line was too long to keep."""
    if line is None:
        return None
    try:
        return ListedMovie.model_validate_json(line)
    except ValidationError:
        with suppress(UnreadableBodyError):
            return _listed_oddly(decode(line))
        return None


def _listed_oddly(row: Any) -> ListedMovie | None:
    read, _ = fields.by_rules(row if isinstance(row, dict) else {}, _RULES)
    known = {name: value for name, value in read.items() if value is not None}
    return ListedMovie(**known) if "id" in known else None
