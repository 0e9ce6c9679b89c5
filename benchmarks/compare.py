"""Measure every way to link on one labeled catalog, and print one table.

Belongs here: running baselines and ours on the same files, and the table.
Not here: the baselines themselves (baselines.py), what a label judges (matching/evaluation.py).

    python -m benchmarks.compare FOLDER

The folder holds films.jsonl, releases.jsonl and labels.csv. Each way is measured twice: with every
film to choose from, and with 40 % of the labeled films withheld, whose releases then belong to no
film. The withheld films are the same for all.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.baselines import Link, exact_title, predecessor
from capstone_assets.matching.evaluation import (
    Evaluation,
    Label,
    Quality,
    evaluate,
    read_labels,
)
from capstone_assets.matching.linkage import link_files
from capstone_assets.resources.spark import start_local_spark

Row = Mapping[str, Any]
Linker = Callable[[Sequence[Row], Sequence[Row]], Iterable[Link]]
WITHHELD = 0.4


@dataclass(frozen=True)
class Measured:
    """One way to link, measured once."""

    name: str
    films: str
    seconds: float
    evaluation: Evaluation


def ours(films: Sequence[Row], releases: Sequence[Row]) -> list[Link]:
    """The links of `capstone link`."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, rows in (("films", films), ("releases", releases)):
            path = Path(folder) / f"{name}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
            paths.append(path)
        found = link_files(start_local_spark(), *paths).select("film_id", "release_id", "tier")
        return [row.asDict() for row in found.collect()]


LINKERS: Mapping[str, Linker] = {
    "predecessor's rule": predecessor,
    "exact cleaned title": exact_title,
    "ours": ours,
}


def withhold(
    films: Sequence[Row], labels: Sequence[Label], share: float, seed: int
) -> tuple[list[Row], list[Label]]:
    """Take a share of the labeled films away; their releases then belong to no film."""
    draw = Random(seed)
    labeled = sorted({each.film_id for each in labels if each.is_match and each.film_id})
    gone = {film_id for film_id in labeled if draw.random() < share}
    kept_films = [film for film in films if film["id"] not in gone]
    kept_labels = [
        replace(each, film_id=None) if each.is_match and each.film_id in gone else each
        for each in labels
        if each.is_match or each.film_id not in gone
    ]
    return kept_films, kept_labels


def measure(
    films: Sequence[Row], releases: Sequence[Row], labels: Sequence[Label]
) -> Iterator[Measured]:
    """Every way to link, with all films and with some withheld."""
    some_films, some_labels = withhold(films, labels, WITHHELD, seed=1)
    for name, linker in LINKERS.items():
        for told, given, judged in (
            (f"all {len(films):,}", films, labels),
            (f"{WITHHELD:.0%} withheld", some_films, some_labels),
        ):
            started = time.perf_counter()
            links = list(linker(given, releases))
            seconds = time.perf_counter() - started
            yield Measured(name, told, seconds, evaluate(links, judged))


def render(measured: Iterable[Measured]) -> str:
    """One table: precision, recall and F1 with 95 % intervals, and seconds."""
    head = (
        f"{'':22} {'films':14} {'precision':>22} {'recall':>22} {'F1':>22} {'strong':>22} {'s':>6}"
    )
    lines = [head]
    for each in measured:
        overall = each.evaluation.overall
        strong = each.evaluation.by_tier.get("strong")
        lines.append(
            f"{each.name:22} {each.films:14} {_precision(overall):>22} {_recall(overall):>22} "
            f"{_f1(overall):>22} {_precision(strong):>22} {each.seconds:6.1f}"
        )
    return "\n".join(lines)


def _precision(quality: Quality | None) -> str:
    share = quality.precision if quality else None
    return _told(share.value, share.low, share.high) if share else "-"


def _recall(quality: Quality) -> str:
    return _told(quality.recall.value, quality.recall.low, quality.recall.high)


def _f1(quality: Quality) -> str:
    return _told(quality.f1, quality.f1_low, quality.f1_high)


def _told(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "-"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of a labeled catalog folder."""
    parser = argparse.ArgumentParser(description="Measure every way to link on one catalog.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    rows = {
        name: [
            json.loads(line)
            for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
            if line.strip()
        ]
        for name in ("films", "releases")
    }
    table = render(measure(rows["films"], rows["releases"], read_labels(folder / "labels.csv")))
    sys.stdout.write(table + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
