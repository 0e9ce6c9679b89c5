"""Weigh the outcomes of a pair's comparisons: additive weights, a score, the evidence for it.

Belongs here: reading the scorecard file, the sum of weights and its probability.
Not here: fitting the weights (benchmarks/fit_scorecard.py), which film wins (assignment.py).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from capstone_assets.matching.comparisons import Outcome

PRIOR = "prior"


@dataclass(frozen=True)
class Evidence:
    """A comparison's outcome with its match weight in natural log odds."""

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
    fitted_on: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the scorecard in the format of its file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def weigh(self, outcomes: Sequence[Outcome]) -> tuple[Evidence, ...]:
        """Return the evidence of a pair, the prior first; its weights sum to the match weight."""
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
                for found in outcomes
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


@lru_cache(maxsize=2)
def _read(name: str) -> Scorecard:
    text = resources.files("capstone_assets.matching").joinpath(name).read_text("utf-8")
    return Scorecard(**json.loads(text))


def load_scorecard() -> Scorecard:
    """Return the scorecard that links are made with."""
    return _read("scorecard.json")


def load_prior_scorecard() -> Scorecard:
    """Return the hand-set weights that a fit starts from and stays close to."""
    return _read("scorecard_prior.json")
