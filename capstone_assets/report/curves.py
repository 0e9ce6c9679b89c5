"""Quality by score: curves by threshold, calibration.

Belongs here: the numbers for charts and checks. Plain rows in, numbers out.
Not here: what counts as right, tiers and kinds (matching/evaluation.py), drawing (plots.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from capstone_assets.matching.evaluation import (
    JudgedLink,
    Label,
    Link,
    Share,
    judge_links,
    share,
)

TENTHS = 10


@dataclass(frozen=True)
class Point:
    """The quality of all links that score at least `threshold`."""

    threshold: float
    precision: Share
    recall: Share

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        found = self.precision.total + self.recall.total
        return 2 * self.precision.hits / found if found else 0.0


@dataclass(frozen=True)
class Bin:
    """The judged links of a tenth of the score: their mean score and their share that is right."""

    lowest: float
    mean_score: float
    right: Share


def best_links(links: Iterable[Link]) -> list[Link]:
    """Return the best link of each release; of equal ones, that of the lowest film id."""
    best: dict[int, Link] = {}
    for link in sorted(links, key=lambda each: (-each["score"], each["film_id"])):
        best.setdefault(link["release_id"], link)
    return list(best.values())


def curve(links: Iterable[Link], labels: Sequence[Label]) -> list[Point]:
    """Return a point for every score, the highest first, by the best film of each release."""
    wanted = len({each.release_id for each in labels if each.is_match and each.film_id is not None})
    judged = sorted(judge_links(best_links(links), labels), key=lambda each: -each.score)
    points, right, total = [], 0, 0
    for score, equals in groupby(judged, key=lambda each: each.score):
        group = list(equals)
        right += sum(each.right for each in group)
        total += len(group)
        points.append(Point(score, share(right, total), share(right, wanted)))
    return points


def best_point(points: Sequence[Point]) -> Point | None:
    """Return the point of the best F1, at the highest threshold; None without points."""
    return max(points, key=lambda each: (each.f1, each.threshold), default=None)


def at_recall(points: Sequence[Point], recall: float) -> Point | None:
    """The highest threshold that reaches the recall (0 to 1); None when none does."""
    return next((each for each in points if (each.recall.value or 0.0) >= recall), None)


def at_threshold(points: Sequence[Point], threshold: float) -> Point | None:
    """The quality of the links that score at least the threshold; None when none does."""
    return next((each for each in reversed(points) if each.threshold >= threshold), None)


def calibration(links: Iterable[Link], labels: Sequence[Label]) -> list[Bin]:
    """By tenth of the score: the mean score of the judged links, and the share that is right."""
    tenths: dict[int, list[JudgedLink]] = defaultdict(list)
    for each in judge_links(best_links(links), labels):
        tenths[min(int(each.score * TENTHS), TENTHS - 1)].append(each)
    return [
        Bin(
            tenth / TENTHS,
            sum(each.score for each in group) / len(group),
            share(sum(each.right for each in group), len(group)),
        )
        for tenth, group in sorted(tenths.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0 to 1: the mean distance of score and truth over the links.

    None without links.
    """
    total = sum(each.right.total for each in bins)
    if not total:
        return None
    return sum(abs(each.mean_score * each.right.total - each.right.hits) for each in bins) / total
