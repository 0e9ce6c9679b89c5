"""Measure every way to link on one labeled catalog, and tell it in one table.

Belongs here: running baselines, peers and ours on the same rows, and the table.
Not here: the ways themselves (baselines.py, splink_peer.py, ours.py), what a label judges
(matching/evaluation.py), the command (evaluate.py).

Each way is measured twice: with every film to choose from, and with 40 % of the labeled films
withheld, whose releases then belong to no film. The withheld films are the same for all.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks.baselines import Link, exact_title, predecessor
from benchmarks.catalogs import LabeledCatalog, Row, withhold
from benchmarks.found import Found
from benchmarks.ours import candidate_recall, ours
from benchmarks.splink_peer import splink
from capstone_assets.matching.evaluation import Evaluation, Label, Quality, Share, evaluate
from capstone_assets.report.curves import Point, at_recall, best_links, best_point, curve

Linker = Callable[[LabeledCatalog], Found]
WITHHELD = 0.4
OURS = "ours"
_SEED = 1


@dataclass(frozen=True)
class Measured:
    """One way to link, measured once.

    `threshold` is the score that was chosen by these very labels; None where the way decides by
    itself. `candidates` is the share of the known films that blocking proposed, known of ours only.
    """

    name: str
    films: str
    seconds: float
    evaluation: Evaluation
    links: Sequence[Mapping[str, Any]]
    labels: Sequence[Label]
    points: Sequence[Point]
    threshold: float | None = None
    candidates: Share | None = None


def _of_rows(way: Callable[[Sequence[Row], Sequence[Row]], Iterable[Link]]) -> Linker:
    def link(catalog: LabeledCatalog) -> Found:
        started = time.perf_counter()
        links = list(way(catalog.films, catalog.releases))
        return Found(links, time.perf_counter() - started)

    return link


# Splink is optional: `make evaluate` installs it, tests do without.
LINKERS: Mapping[str, Linker] = {
    "predecessor's rule": _of_rows(predecessor),
    "exact cleaned title": _of_rows(exact_title),
    **({"Splink": splink} if find_spec("splink") else {}),
    OURS: ours,
}


def measure(
    films: Sequence[Row],
    releases: Sequence[Row],
    labels: Sequence[Label],
    masters: Sequence[Row] = (),
) -> Iterator[Measured]:
    """Every way to link, with all films and with some withheld."""
    some_films, some_labels = withhold(films, labels, WITHHELD, _SEED)
    for told, given, judged in (
        (f"all {len(films):,}", films, labels),
        (f"{WITHHELD:.0%} withheld", some_films, some_labels),
    ):
        catalog = LabeledCatalog(told, given, releases, judged, masters)
        for name, linker in LINKERS.items():
            yield measure_one(name, linker, catalog)
        catalog.silver.release()


def measure_one(name: str, linker: Linker, catalog: LabeledCatalog) -> Measured:
    """One way on one catalog; one that needs a threshold gets that of its best F1 on the labels.

    So its figures are an upper bound: on other data it would have to choose without labels.
    """
    found = linker(catalog)
    points = curve(found.links, catalog.labels)
    links, threshold = found.links, None
    if found.needs_threshold and (best := best_point(points)):
        threshold = best.threshold
        links = [each for each in best_links(links) if each["score"] >= threshold]
    return Measured(
        name,
        catalog.name,
        found.seconds,
        evaluate(links, catalog.labels, catalog.film_years),
        links,
        catalog.labels,
        points,
        threshold,
        candidate_recall(catalog) if name == OURS else None,
    )


def render(measured: Iterable[Measured]) -> str:
    """One table: precision, recall, F1 with 95 % intervals, seconds, and ours at equal recall."""
    listed = list(measured)
    lines = [
        f"{'':20} {'films':13} {'precision':>20} {'recall':>20} {'F1':>20} "
        f"{'strong precision':>20} {'ours at its recall':>20} {'seconds':>8}"
    ]
    for each in listed:
        overall = each.evaluation.overall
        strong = each.evaluation.by_tier.get("strong") if each.name == OURS else None
        equal = ours_at_equal_recall(each, listed)
        lines.append(
            f"{each.name:20} {each.films:13} {_told(overall.precision):>20} "
            f"{_told(overall.recall):>20} {_f1(overall):>20} "
            f"{_told(strong.precision if strong else None):>20} "
            f"{_told(equal.precision if equal else None):>20} {each.seconds:8.1f}"
        )
    lines.extend(
        f"Blocking proposed the film of {_told(each.candidates)} of the releases with a known film "
        f"({each.films})."
        for each in listed
        if each.candidates
    )
    lines.extend(
        f"{each.name}'s threshold ({each.threshold:.4f}) is the best for these very labels "
        f"({each.films})."
        for each in listed
        if each.threshold is not None
    )
    return "\n".join(lines)


def ours_at_equal_recall(peer: Measured, measured: Iterable[Measured]) -> Point | None:
    """Ours on the same films, cut at the highest score that finds as much as the peer finds."""
    if peer.name == OURS:
        return None
    own = next((each for each in measured if (each.name, each.films) == (OURS, peer.films)), None)
    return at_recall(own.points, peer.evaluation.overall.recall.value or 0.0) if own else None


def as_figures(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """The same as plain values, ready for JSON; curves hold at most about 200 points."""
    return [
        {
            "way": each.name,
            "films": each.films,
            "seconds": round(each.seconds, 2),
            "threshold": each.threshold,
            "candidate_recall": asdict(each.candidates) if each.candidates else None,
            "ours_at_equal_recall": _point(ours_at_equal_recall(each, measured)),
            "evaluation": each.evaluation.as_dict(),
            "curve": [_point(point) for point in _thinned(each.points)],
        }
        for each in measured
    ]


def _point(point: Point | None) -> dict[str, Any] | None:
    return {**asdict(point), "f1": point.f1} if point else None


def _thinned(points: Sequence[Point], most: int = 200) -> Sequence[Point]:
    return points[:: max(1, -(-len(points) // most))]


def _f1(quality: Quality) -> str:
    return _shown(quality.f1, quality.f1_low, quality.f1_high)


def _told(share: Share | None) -> str:
    return _shown(share.value, share.low, share.high) if share else "-"


def _shown(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "-"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
