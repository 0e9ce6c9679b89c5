"""Weigh a pair's findings: additive match weights, a score, and the evidence for it.

Belongs here: the scorecard file and how it is read, the sum and its probability.
Not here: how weights come about (fit.py), which film wins (assignment.py).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from capstone_assets.matching.comparisons import Finding

PRIOR = "prior"


@dataclass(frozen=True)
class Evidence:
    """A comparison's finding with its match weight in natural log odds."""

    comparison: str
    level: str
    weight: float
    explanation: str


@dataclass(frozen=True)
class Scorecard:
    """Match weights by comparison and level, and the log odds before any evidence."""

    version: str
    prior: float
    weights: Mapping[str, Mapping[str, float]]

    def weigh(self, findings: Sequence[Finding]) -> tuple[Evidence, ...]:
        """The evidence of a pair, the prior first; its weights add up to the match weight."""
        prior = Evidence(PRIOR, self.version, self.prior, "a candidate before any evidence")
        return (
            prior,
            *(
                Evidence(
                    found.comparison,
                    found.level,
                    self.weights[found.comparison][found.level],
                    found.explanation,
                )
                for found in findings
            ),
        )


def match_weight(evidence: Sequence[Evidence]) -> float:
    """The weights added up: log odds that the release is the film's."""
    return math.fsum(each.weight for each in evidence)


def probability(weight: float) -> float:
    """The score of a match weight, 0 to 1: its logistic."""
    if weight >= 0:
        return 1 / (1 + math.exp(-weight))
    return math.exp(weight) / (1 + math.exp(weight))


@lru_cache(maxsize=1)
def load_scorecard() -> Scorecard:
    """The scorecard that the package ships."""
    text = resources.files("capstone_assets.matching").joinpath("scorecard.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(text)
    return Scorecard(read["version"], read["prior"], read["weights"])
