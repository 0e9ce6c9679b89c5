"""People's decisions as labels: how good each tier is by them, and which threshold they justify.

Belongs here: counting.
Not here: how a pair scores without decisions (cases.py), charts (report/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capstone_assets.matching.evaluation import Label, Share, judge_links, share
from capstone_assets.matching.overrides import LINK, Override
from capstone_assets.percent import percent
from capstone_assets.quality.thresholds import STRONG_PRECISION_FLOOR

TIERS = ("strong", "probable", "review", "rejected")
KIND = "reviewed"


@dataclass(frozen=True)
class Judgement:
    """Precision of each tier by the decisions, and the lowest score that they justify.

    `threshold` is the lowest score from which on even the lower end of the precision's interval
    reaches the floor; None if too few pairs were decided.
    """

    decided: int
    by_tier: dict[str, Share]
    threshold: float | None
    above_threshold: Share | None
    floor: float

    def render(self) -> str:
        """Return the judgement as lines for a terminal."""
        lines = [f"{self.decided:,} decided pairs, scored as if they were undecided:"]
        lines += [
            f"  {tier:9} people linked {found.hits:,} of {found.total:,}{_interval(found)}"
            for tier, found in self.by_tier.items()
        ]
        if self.threshold is None or self.above_threshold is None:
            lines.append(
                "No threshold is justified yet: whatever the threshold, the lower end of the "
                f"interval stays below {self.floor:.0%}. Decide more pairs."
            )
        else:
            lines.append(
                f"They justify a threshold of {self.threshold:.3f}: "
                f"people linked {self.above_threshold.hits:,} of {self.above_threshold.total:,} "
                f"pairs that score at least that{_interval(self.above_threshold)}."
            )
        return "\n".join(lines)


def as_labels(decisions: Sequence[Override]) -> list[Label]:
    """Each decision as a label: 1 for a link, 0 for a rejection."""
    return [Label(each.film_id, each.release_id, each.decision == LINK, KIND) for each in decisions]


def judge_decisions(
    scored: Sequence[Mapping[str, Any]],
    decisions: Sequence[Override],
    floor: float = STRONG_PRECISION_FLOOR,
) -> Judgement:
    """Judge scored pairs (`film_id`, `release_id`, `tier`, `score`) by the decisions on them."""
    labels = as_labels(decisions)
    by_tier = {}
    for tier in TIERS:
        judged = judge_links([row for row in scored if row["tier"] == tier], labels)
        if judged:
            by_tier[tier] = share(sum(each.right for each in judged), len(judged))
    threshold, above = _justified(scored, labels, floor)
    return Judgement(len(scored), by_tier, threshold, above, floor)


def _justified(
    scored: Sequence[Mapping[str, Any]], labels: Sequence[Label], floor: float
) -> tuple[float | None, Share | None]:
    judged = judge_links(scored, labels)
    for score in sorted({each.score for each in judged}):
        above = [each for each in judged if each.score >= score]
        found = share(sum(each.right for each in above), len(above))
        if found.low is not None and found.low >= floor:
            return score, found
    return None, None


def _interval(found: Share) -> str:
    if found.value is None or found.low is None or found.high is None:
        return ""
    return f": {percent(found.value)}, 95% interval {percent(found.low)} to {percent(found.high)}"
