"""Films that an album may belong to, with the evidence and weight of each.

Belongs here: weighing an album's candidates, best first.
Not here: comparisons (comparisons.py), weights (scorecard.py), what the weights lead to (tiers.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.comparisons import (
    compare_all,
)
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import (
    Evidence,
    Scorecard,
    match_weight,
    probability,
)


@dataclass(frozen=True)
class Candidate:
    """A film that an album may belong to, and how the pair was proposed."""

    film: FilmProfile
    block_key: str
    title_information: float

    @classmethod
    def of(cls, film: Mapping[str, Any], pair: Mapping[str, Any]) -> "Candidate":
        """Make one from a row of silver/films and one of silver/candidates."""
        return cls(FilmProfile.of(film), pair["block_key"], pair["title_information"])


@dataclass(frozen=True)
class ScoredFilm:
    """A candidate with its evidence."""

    film: FilmProfile
    block_key: str
    evidence: tuple[Evidence, ...]
    weight: float

    @property
    def score(self) -> float:
        """Probability that the release is the film's."""
        return probability(self.weight)

    def found(self, comparison: str) -> Evidence:
        """The evidence of one comparison."""
        return next(each for each in self.evidence if each.comparison == comparison)


def score_films(
    releases: Sequence[ReleaseProfile],
    candidates: Iterable[Candidate],
    scorecard: Scorecard,
    careers: Careers = NO_CAREERS,
) -> list[ScoredFilm]:
    """Weigh the candidates, best first.

    An album's pressings word its title differently: for each film the wording that fits it best
    counts.
    """
    listed = list(candidates)
    films = [(each.film, each.title_information) for each in listed]
    by_wording = [compare_all(films, release, careers) for release in releases]
    scored = []
    for candidate, wordings in zip(listed, zip(*by_wording, strict=True), strict=True):
        evidence = max(map(scorecard.weigh, wordings), key=match_weight)
        scored.append(
            ScoredFilm(candidate.film, candidate.block_key, evidence, match_weight(evidence))
        )
    # Of equals the best known comes first: it may lead by its fame (tiers.py).
    return sorted(
        scored, key=lambda each: (-each.weight, -(each.film.vote_count or 0), each.film.film_id)
    )
