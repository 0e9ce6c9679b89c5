"""Decide which film an album belongs to, how sure that is, and why.

Belongs here: the best film, the margin to the next, reasons, near misses, overrides.
Not here: the tiers (tiers.py), weights (scorecard.py), Spark (linkage.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.comparisons import (
    parts_naming,
)
from capstone_assets.matching.overrides import LINK, Override
from capstone_assets.matching.profiles import ReleaseProfile
from capstone_assets.matching.scorecard import (
    PRIOR,
    Evidence,
    Scorecard,
    match_weight,
    probability,
)
from capstone_assets.matching.scored_films import Candidate, ScoredFilm, score_films
from capstone_assets.matching.tiers import (
    REVIEW,
    STRONG,
    TOO_LITTLE,
    TierSettings,
    lead,
    tier_of,
)

_OVERRIDE_WEIGHT = 20.0
_SAYS_LITTLE = frozenset({PRIOR, "title_rarity", "kind", "claim", "renown"})


@dataclass(frozen=True)
class NearMiss:
    """A film that came close to the best, and why it lost."""

    film_id: int
    title: str
    film_year: int | None
    score: float
    reason: str


@dataclass(frozen=True)
class Decision:
    """An album's film, or one of the films that it may belong to when the tier is `review`."""

    film_id: int
    tier: str
    score: float
    match_weight: float
    margin: float | None
    relation: str
    reason: str
    evidence: tuple[Evidence, ...]
    near_misses: tuple[NearMiss, ...]
    block_key: str


def decide_album(
    releases: Sequence[ReleaseProfile],
    candidates: Sequence[Candidate],
    scorecard: Scorecard,
    settings: TierSettings,
    overrides: Sequence[Override] = (),
    careers: Careers = NO_CAREERS,
) -> list[Decision]:
    """Decide an album: no film, a strong or probable one, or those to review.

    `releases` are the distinct wordings of its pressings; `overrides` those on this album alone;
    `careers` are those of all films.
    """
    scored = score_films(releases, candidates, scorecard, careers)
    rejected = {each.film_id: each for each in overrides if each.decision != LINK}
    lost = [each for each in scored if each.film.film_id in rejected]
    scored = [each for each in scored if each.film.film_id not in rejected]
    relation = relation_of(releases[0])
    for override in overrides:
        if override.decision == LINK:
            return [_by_hand(override, scored, lost, relation, settings)]
    if not scored or scored[0].score < settings.review_score:
        return []
    best, rivals = _best_and_rivals(scored, releases, settings)
    rivals.sort(key=lambda each: lead(best, each, settings))
    margin = lead(best, rivals[0], settings) if rivals else None
    tier, doubt = tier_of(best, rivals, margin, settings)
    shown = _shown(best, rivals, settings) if tier == REVIEW else [best]
    misses = [*scored, *lost]
    return [
        Decision(
            film_id=each.film.film_id,
            tier=tier,
            score=each.score,
            match_weight=each.weight,
            margin=margin if each is best else -lead(best, each, settings),
            relation=relation,
            reason=_reason(each, best, tier, doubt),
            evidence=each.evidence,
            near_misses=near_misses(each, misses, rejected, settings.near_misses),
            block_key=each.block_key,
        )
        for each in shown
    ]


def _shown(
    best: ScoredFilm, rivals: Iterable[ScoredFilm], settings: TierSettings
) -> list[ScoredFilm]:
    """The films that a person has to review: the best and those too close to it."""
    close = [each for each in rivals if lead(best, each, settings) < settings.least_margin]
    return [best, *close][: settings.most_in_review]


def relation_of(release: ReleaseProfile) -> str:
    """Return the relation of a linked release to its film (RELATIONS in lake/gold.py)."""
    if release.kind in {"film_score", "film_songs", "title_song", "compilation"}:
        return release.kind
    return "soundtrack"


def _best_and_rivals(
    scored: Sequence[ScoredFilm], releases: Sequence[ReleaseProfile], settings: TierSettings
) -> tuple[ScoredFilm, list[ScoredFilm]]:
    """Return the film that the album belongs to, and its rivals.

    The film that a release of two films (`A / B`) names beside the best is not a rival, because
    both are right; of two equally likely ones the one named first is the best.
    """
    first_part = {
        each.film.film_id: min(parts)
        for each in scored
        if (parts := [part for release in releases for part in parts_naming(each.film, release)])
    }
    named = [
        each
        for each in scored
        if each.film.film_id in first_part
        and scored[0].weight - each.weight < settings.least_margin
    ]
    if scored[0] not in named:
        return scored[0], list(scored[1:])
    # Sorting is stable: of namesakes in one part the best stays first.
    best = min(named, key=lambda each: first_part[each.film.film_id])
    part = first_part[best.film.film_id]
    return best, [
        each
        for each in scored
        if each is not best and first_part.get(each.film.film_id, part) == part
    ]


def _reason(chosen: ScoredFilm, best: ScoredFilm, tier: str, doubt: str | None) -> str:
    """The outcomes for and against the film, heaviest first, and the doubt if there is one."""
    if chosen is not best:
        doubt = f"too close to {best.film}"
    decisive = [each for each in chosen.evidence if each.comparison not in _SAYS_LITTLE]
    decisive.sort(key=lambda each: -abs(each.weight))
    said = "; ".join(each.explanation for each in decisive if each.weight > 0)
    if against := "; ".join(each.explanation for each in decisive if each.weight < 0):
        said = f"{said}; against it: {against}" if said else f"against it: {against}"
    if tier == REVIEW:
        return f"{doubt}: {said}"
    return f"{said}; not strong, because {doubt}" if doubt else said


def why_it_lost(loser: ScoredFilm, winner: ScoredFilm) -> str:
    """The outcome that set the loser back most against the winner."""
    gaps = [
        (ours.weight - theirs.weight, theirs)
        for ours, theirs in zip(winner.evidence, loser.evidence, strict=False)
    ]
    gap, outcome = max(gaps, key=lambda each: each[0])
    return outcome.explanation if gap > 0 else "nothing speaks against it"


def why_no_link(best: ScoredFilm) -> str:
    """The outcome that weighs most against a film that nothing but its low score ruled out."""
    found = [each for each in best.evidence if each.comparison != PRIOR]
    heaviest = min(found, key=lambda each: each.weight)
    return heaviest.explanation if heaviest.weight < 0 else TOO_LITTLE


def near_misses(
    winner: ScoredFilm,
    scored: Sequence[ScoredFilm],
    rejected: Mapping[int, Override],
    most: int,
) -> tuple[NearMiss, ...]:
    """The best of the other films, and why each lost."""
    others = [each for each in scored if each.film.film_id != winner.film.film_id]
    return tuple(
        NearMiss(
            each.film.film_id,
            each.film.title,
            each.film.film_year,
            each.score,
            str(rejected[each.film.film_id])
            if each.film.film_id in rejected
            else why_it_lost(each, winner),
        )
        for each in others[:most]
    )


def _by_hand(
    override: Override,
    scored: Sequence[ScoredFilm],
    lost: Sequence[ScoredFilm],
    relation: str,
    settings: TierSettings,
) -> Decision:
    """Return a person's link; the override's weight lifts the sum to near certainty."""
    chosen = next(each for each in scored if each.film.film_id == override.film_id)
    word = Evidence("override", LINK, _OVERRIDE_WEIGHT - chosen.weight, str(override))
    evidence = (*chosen.evidence, word)
    weight = match_weight(evidence)
    return Decision(
        film_id=override.film_id,
        tier=STRONG,
        score=probability(weight),
        match_weight=weight,
        margin=None,
        relation=relation,
        reason=str(override),
        evidence=evidence,
        near_misses=near_misses(chosen, [*scored, *lost], {}, settings.near_misses),
        block_key=chosen.block_key,
    )
