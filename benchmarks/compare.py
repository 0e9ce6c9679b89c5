"""Measure every way to link on one labeled catalog, and report it in one table.

Belongs here: running baselines, peers and ours on the same rows, and the table.
Not here: the ways themselves (baselines.py, splink_peer.py, ours.py), judging by labels
(matching/evaluation.py), the command (evaluate.py).

Each way is measured on three lists: every film to choose from, and with 15 % and 40 % of the
labeled films withheld, whose releases then belong to no film. The withheld films are the same for
all ways.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from typing import Any

from benchmarks.baselines import Link, exact_title, predecessor
from benchmarks.catalogs import LabeledCatalog, Row
from benchmarks.found import Found
from benchmarks.ours import candidate_recall, ours_in_process
from benchmarks.splink_peer import splink
from capstone_assets.matching.evaluation import (
    ACCEPTED_TIERS,
    Evaluation,
    Label,
    Quality,
    Share,
    evaluate,
    share,
)
from capstone_assets.report.curves import (
    Bin,
    Point,
    at_recall,
    best_links,
    best_point,
    calibration,
    calibration_error,
    curve,
)

Linker = Callable[[LabeledCatalog], Found]
WITHHELD = (0.15, 0.4)
OURS = "ours"
SEED = 1


@dataclass(frozen=True)
class Measured:
    """One way to link, measured once.

    `thresholds` are the scores that each half of the labels chose for the other; none where the way
    decides by itself. `candidates` is the share of the known films that blocking proposed; only
    ours has it.
    """

    name: str
    films: str
    seconds: float
    evaluation: Evaluation
    links: Sequence[Mapping[str, Any]]
    labels: Sequence[Label]
    points: Sequence[Point]
    thresholds: Sequence[float] = ()
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
    OURS: ours_in_process,
}


def measure(catalog: LabeledCatalog) -> Iterator[Measured]:
    """Every way to link, on every list of films."""
    lists = [replace(catalog, name=f"all {len(catalog.films):,}")]
    lists += [
        replace(catalog.without_films(share, SEED), name=f"{share:.0%} withheld")
        for share in WITHHELD
    ]
    for each in lists:
        for name, linker in LINKERS.items():
            yield measure_one(name, linker, each)


def measure_one(name: str, linker: Linker, catalog: LabeledCatalog) -> Measured:
    """One way on one list; one that needs a threshold gets those of cut_by_halves()."""
    found = linker(catalog)
    links: Sequence[Mapping[str, Any]] = found.links
    thresholds: Sequence[float] = ()
    if found.needs_threshold:
        links, thresholds = cut_by_halves(found.links, catalog.labels)
    return Measured(
        name,
        catalog.name,
        found.seconds,
        evaluate(links, catalog.labels, catalog.film_years),
        links,
        catalog.labels,
        curve(found.links, catalog.labels),
        thresholds,
        candidate_recall(catalog) if name == OURS else None,
    )


def cut_by_halves(
    links: Iterable[Mapping[str, Any]], labels: Sequence[Label]
) -> tuple[list[Mapping[str, Any]], tuple[float, ...]]:
    """The best link of each release, cut at the score of the best F1 on the other half.

    So no way is judged by the labels that chose its threshold. All releases of a film are
    in one half. Also returned: the thresholds that were found, one or two.
    """
    half_of: dict[int, int] = {}
    for label in labels:
        half_of.setdefault(label.release_id, _half(label.film_id or label.release_id))
    best = best_links(links)
    kept: list[Mapping[str, Any]] = []
    thresholds = []
    for half in (0, 1):
        others = [each for each in labels if half_of[each.release_id] != half]
        point = best_point(curve(best, others))
        if point:
            thresholds.append(point.threshold)
        kept += [
            link
            for link in best
            if half_of.get(link["release_id"], 0) == half
            and (point is None or link["score"] >= point.threshold)
        ]
    return kept, tuple(thresholds)


def _half(identifier: int) -> int:
    """0 or 1 by a fixed scramble of the id, because ids follow the year of entry."""
    return (identifier * 2654435761 % 2**32) >> 31


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
        f"{each.name}'s thresholds ({', '.join(f'{score:.4f}' for score in each.thresholds)}): "
        f"each half of the labels chose the other's ({each.films})."
        for each in listed
        if each.thresholds
    )
    return "\n".join([*lines, "", *_calibration_lines(listed), "", *_kind_lines(listed)])


def _calibration_lines(measured: Iterable[Measured]) -> Iterator[str]:
    """The calibration of our scores, a line a list of films."""
    for each in measured:
        if each.name != OURS:
            continue
        bins = calibration(each.links, each.labels)
        error = calibration_error(bins)
        if error is None:
            continue
        bands = (
            ("below .5", [one for one in bins if one.lowest < 0.5]),
            (".5 to .9", [one for one in bins if 0.5 <= one.lowest < 0.9]),
            ("from .9", [one for one in bins if one.lowest >= 0.9]),
        )
        bands_text = "; ".join(f"{name} {_band(found)}" for name, found in bands if found)
        yield f"Expected calibration error {error:.3f} ({each.films}). Scores {bands_text}."


def right_by_kind(links: Iterable[Mapping[str, Any]], labels: Sequence[Label]) -> dict[str, Share]:
    """For each kind of label, the share of its releases that are treated as the labels say.

    They are linked to their film, or to none if they belong to none. Precision and recall cannot
    show this for a kind without right links.
    """
    linked = {
        link["release_id"]: link["film_id"] for link in links if link["tier"] in ACCEPTED_TIERS
    }
    truths: dict[int, set[int | None]] = defaultdict(set)
    kinds: dict[int, str] = {}
    for label in labels:
        if label.is_match:
            truths[label.release_id].add(label.film_id)
            kinds.setdefault(label.release_id, label.kind)
    counted = Counter(kinds.values())
    right = Counter(
        kinds[release_id] for release_id, films in truths.items() if linked.get(release_id) in films
    )
    return {kind: share(right[kind], counted[kind]) for kind in sorted(counted)}


def _kind_lines(measured: Iterable[Measured]) -> Iterator[str]:
    """Our results by kind of label with all films, the worst first."""
    own = next((each for each in measured if each.name == OURS), None)
    if own is None:
        return
    found = right_by_kind(own.links, own.labels)
    yield f"Releases of each kind that ours treats as the labels say ({own.films}):"
    for kind, right in sorted(found.items(), key=lambda each: (each[1].value or 0.0, each[0])):
        yield f"  {kind:36} {_told(right)} of {right.total:,}"


def _band(bins: Sequence[Bin]) -> str:
    total = sum(each.right.total for each in bins)
    promised = sum(each.mean_score * each.right.total for each in bins) / total
    held = sum(each.right.hits for each in bins) / total
    return f"promise {promised:.2f} and hold {held:.2f} of {total:,}"


def ours_at_equal_recall(peer: Measured, measured: Iterable[Measured]) -> Point | None:
    """Ours on the same films, cut at the highest score that finds as much as the peer finds."""
    if peer.name == OURS:
        return None
    own = next((each for each in measured if (each.name, each.films) == (OURS, peer.films)), None)
    return at_recall(own.points, peer.evaluation.overall.recall.value or 0.0) if own else None


def as_figures(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """The figures as plain values for JSON; curves hold at most about 200 points."""
    return [
        {
            "way": each.name,
            "films": each.films,
            "seconds": round(each.seconds, 2),
            "thresholds": list(each.thresholds),
            "calibration_error": calibration_error(calibration(each.links, each.labels))
            if each.name == OURS
            else None,
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
