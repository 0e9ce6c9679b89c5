"""Labeled catalogs to measure on, with all films and with some withheld.

Belongs here: reading a folder, making the project's own, withholding films, silver tables.
Not here: linking (ours.py, baselines.py, splink_peer.py) and measuring (compare.py).
"""

import gzip
import json
import re
import tempfile
import time
from argparse import ArgumentTypeError
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from pyspark.sql import DataFrame

from benchmarks.in_process import Tables, tables_of
from capstone_assets.emulator.catalogs.bundled import bundled_catalog
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.matching.blocking import crowded_pieces_of, propose_pairs
from capstone_assets.matching.evaluation import Label, read_labels
from capstone_assets.matching.files import read_films, read_masters, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.matching.text import read_year
from capstone_assets.orchestration.resources.local_spark import start_local_spark

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Silver:
    """The silver tables of a catalog, held in memory, and the seconds that making them took."""

    films: DataFrame
    soundtracks: DataFrame
    candidates: DataFrame
    seconds: float

    def release(self) -> None:
        """Free the memory."""
        for table in (self.films, self.soundtracks, self.candidates):
            table.unpersist()


@dataclass(frozen=True)
class LabeledCatalog:
    """Rows of catalog files, and their labels."""

    name: str
    films: Sequence[Row]
    releases: Sequence[Row]
    labels: Sequence[Label]
    masters: Sequence[Row] = ()

    @property
    def film_years(self) -> dict[int, int | None]:
        """The year of each film, by its id."""
        return {film["id"]: read_year(film.get("release_date")) for film in self.films}

    @property
    def tables(self) -> Tables:
        """The silver rows, made in this process."""
        return self._timed_tables[0]

    @property
    def tables_seconds(self) -> float:
        """How long making them took; a title that another list had before is not read again."""
        return self._timed_tables[1]

    @cached_property
    def _timed_tables(self) -> tuple[Tables, float]:
        started = time.perf_counter()
        made = tables_of(self.films, self.releases, self.masters)
        return made, time.perf_counter() - started

    def without_films(self, share: float, seed: int) -> "LabeledCatalog":
        """The catalog without some of its films: see withhold()."""
        films, labels = withhold(self.films, self.labels, share, seed)
        return replace(self, films=films, labels=labels)

    @cached_property
    def silver(self) -> Silver:
        """The tables that the assets would make of the rows: made once, the seconds kept.

        From reading the files to the tables. Starting Spark is not counted: a run starts it once,
        whatever it links; nor is writing the files that the rows come from.
        """
        spark = start_local_spark()
        with tempfile.TemporaryDirectory() as written:
            folder = Path(written)
            for name in ("films", "releases", "masters"):
                _write_rows(folder / f"{name}.jsonl", getattr(self, name))
            started = time.perf_counter()
            movies, details = read_films(spark, folder / "films.jsonl")
            releases, no_masters = read_releases(spark, folder / "releases.jsonl")
            masters = read_masters(spark, folder / "masters.jsonl") if self.masters else no_masters
            films = prepare_films(movies, details).cache()
            soundtracks = prepare_soundtracks(releases, masters).cache()
            candidates = propose_pairs(films, films, soundtracks, crowded_pieces_of(films))
            candidates = candidates.cache()
            # The files are gone afterwards: what is cached must be whole.
            for table in (films, soundtracks, candidates):
                table.count()
        return Silver(films, soundtracks, candidates, time.perf_counter() - started)


def read_catalog_folder(folder: Path, name: str | None = None) -> LabeledCatalog:
    """Read films, releases and, if it is there, masters (.jsonl or .jsonl.gz), and labels.csv."""
    return LabeledCatalog(
        name or folder.resolve().name,
        _read_rows(folder, "films"),
        _read_rows(folder, "releases"),
        read_labels(folder / "labels.csv"),
        _read_rows(folder, "masters"),
    )


def own_catalog() -> LabeledCatalog:
    """The catalog that the package brings: well-known films."""
    with tempfile.TemporaryDirectory() as folder:
        write_catalog(bundled_catalog(), Path(folder))
        return read_catalog_folder(Path(folder), "bundled")


def invented_catalog(films: int, releases: int, seed: int = 1) -> LabeledCatalog:
    """A generated catalog of that size; no weight was fitted to its seed."""
    with tempfile.TemporaryDirectory() as folder:
        write_catalog(generate_catalog(films, releases, seed), Path(folder))
        return read_catalog_folder(Path(folder), f"generated-{films}x{releases}")


def parse_size(written: str) -> tuple[int, int]:
    """Films and releases of a size written 10000x30000; ArgumentTypeError for anything else."""
    if not (size := re.fullmatch(r"([0-9]+)x([0-9]+)", written)):
        raise ArgumentTypeError(
            f"{written!r} is not a size: write films x releases, as in 10000x30000"
        )
    return int(size[1]), int(size[2])


def withhold(
    films: Sequence[Row], labels: Sequence[Label], share: float, seed: int
) -> tuple[list[Row], list[Label]]:
    """Take a share of the labeled films away; their releases then belong to no film.

    A release of two films still belongs to the one that stays.
    """
    draw = Random(seed)
    labeled = sorted({each.film_id for each in labels if each.is_match and each.film_id})
    gone = {film_id for film_id in labeled if draw.random() < share}
    kept_films = [film for film in films if film["id"] not in gone]
    kept_labels = [each for each in labels if each.film_id not in gone]
    still_linked = {each.release_id for each in kept_labels if each.is_match}
    orphaned = {
        each.release_id: replace(each, film_id=None)
        for each in labels
        if each.is_match and each.film_id in gone and each.release_id not in still_linked
    }
    return kept_films, [*kept_labels, *orphaned.values()]


def _read_rows(folder: Path, name: str) -> list[Row]:
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    if packed.is_file():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    if not plain.is_file():
        return []
    with plain.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _write_rows(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
