"""Decide which film an album belongs to, how sure that is, and why.

Belongs here: the best film, the margin to the next, tiers, reasons, near misses, overrides.
Not here: weights (scorecard.py), Spark (linkage.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capstone_assets.matching.careers import NO_CAREERS, Careers
from capstone_assets.matching.comparisons import (
    EQUAL_TITLE_LEVELS,
    NOT_APART,
    OTHER_TITLE_LEVELS,
    PIECE_LEVELS,
    SUBTITLE_LEVELS,
    WHOLE_TITLE_LEVELS,
    WITH_THE_FILM,
    compare_all,
    far_better_known,
    parts_naming,
)
from capstone_assets.matching.overrides import LINK, Override
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import (
    PRIOR,
    Evidence,
    Scorecard,
    match_weight,
    probability,
)

STRONG, PROBABLE, REVIEW = "strong", "probable", "review"
REJECTED = "rejected"
TOO_LITTLE = "too little speaks for it"
_OVERRIDE_WEIGHT = 20.0
# Levels that mean that the album belongs to another work.
_OTHER_WORK = {
    "title": dict.fromkeys(OTHER_TITLE_LEVELS, "its title is another"),
    "year": {
        "another_year": "its title names another year",
        "much_earlier": "it came out long before the film",
    },
    "kind": {kind: f"it is typed as {kind}" for kind in ("tv", "game", "stage", "tribute")},
}
# By how late an album came out: the renown of films that hardly get one without their composer.
_TOO_LITTLE_KNOWN = {
    "later": frozenset({"obscure", "little_known", "known"}),
    "original_later": frozenset({"obscure", "little_known"}),
    "reissue": frozenset({"obscure", "little_known"}),
}
_SAYS_LITTLE = frozenset({PRIOR, "title_rarity", "kind", "claim", "renown"})


@dataclass(frozen=True)
class AssignmentSettings:
    """Where the tiers begin.

    Scores are probabilities, margins are differences of match weight (natural log odds; 2 is 7:1).
    Renown adds at most `most_from_renown` to a margin, less than the least margin: renown alone
    never decides between namesakes. But a film far better known than its namesake leads by
    `from_fame`, which makes a link probable and never strong.
    """

    strong_score: float = 0.8
    probable_score: float = 0.5
    review_score: float = 0.2
    clear_margin: float = 2.0
    least_margin: float = 1.0
    most_from_renown: float = 0.7
    from_fame: float = 2.0
    most_in_review: int = 3
    near_misses: int = 3


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
    return sorted(scored, key=lambda each: (-each.weight, each.film.film_id))


def decide_album(
    releases: Sequence[ReleaseProfile],
    candidates: Sequence[Candidate],
    scorecard: Scorecard,
    settings: AssignmentSettings,
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
    best: ScoredFilm, rivals: Iterable[ScoredFilm], settings: AssignmentSettings
) -> list[ScoredFilm]:
    """The films that a person has to review: the best and those too close to it."""
    close = [each for each in rivals if lead(best, each, settings) < settings.least_margin]
    return [best, *close][: settings.most_in_review]


def relation_of(release: ReleaseProfile) -> str:
    """Return the relation of a linked release to its film (RELATIONS in lake/gold.py)."""
    if release.kind in {"film_score", "film_songs", "title_song", "compilation"}:
        return release.kind
    return "soundtrack"


def lead(
    best: ScoredFilm, rival: ScoredFilm, settings: AssignmentSettings, *, by_fame: bool = True
) -> float:
    """Return how far a film leads a rival in match weight, with renown counted in part.

    Between namesakes, one well known and one hardly known, the well-known film is likelier; that
    counts if `by_fame`.
    """
    total = best.weight - rival.weight
    from_renown = best.found("renown").weight - rival.found("renown").weight
    if by_fame and far_better_known(best.film, rival.film):
        return total - from_renown + settings.from_fame
    return min(total, total - from_renown + settings.most_from_renown)


def _best_and_rivals(
    scored: Sequence[ScoredFilm], releases: Sequence[ReleaseProfile], settings: AssignmentSettings
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


def tier_of(
    best: ScoredFilm,
    rivals: Sequence[ScoredFilm],
    margin: float | None,
    settings: AssignmentSettings,
) -> tuple[str, str | None]:
    """Return the tier, and in words what keeps the link from a better one."""
    if margin is not None and margin < settings.least_margin:
        return REVIEW, f"too close to {rivals[0].film}"
    if best.score < settings.probable_score:
        return REVIEW, TOO_LITTLE
    if objection := objection_to(best):
        return REVIEW, objection
    if best.score < settings.strong_score:
        return PROBABLE, f"its score is below {settings.strong_score:.0%}"
    for rival in rivals:
        if lead(best, rival, settings, by_fame=False) < settings.clear_margin:
            return PROBABLE, f"{rival.film} is not far behind"
    if not is_corroborated(best):
        return PROBABLE, "too little but the title supports it"
    return STRONG, None


def objection_to(best: ScoredFilm) -> str | None:
    """Return, in words, what keeps a film in review whatever the other evidence.

    A score adds up evidence; these facts outweigh any sum. A film that is not in the list, or a
    stage work, can share all other evidence.
    """
    if another_work := _another_work(best):
        return another_work
    if another_artist := _another_artist(best):
        return another_artist
    title, composer, year = (best.found(each).level for each in ("title", "composer", "year"))
    # Of the year after may be a sequel by the same composer: The Purge: Anarchy.
    may_be_sequel = title == "with_more_words" and year in {"year_before", "year_after"}
    if may_be_sequel or (title in PIECE_LEVELS and year not in NOT_APART):
        return "only a piece of the title agrees, and the years are apart"
    if composer in {"same", "alike"}:
        return None
    if title in SUBTITLE_LEVELS:
        return "only a piece of the film's title agrees, and no composer is credited on both"
    if year == "generations_later":
        return "it came out generations after the film, and no composer is credited on both"
    if best.found("renown").level in _TOO_LITTLE_KNOWN.get(year, ()):
        return "it came out late for a film that few know, and no composer is credited on both"
    return None


def _another_artist(best: ScoredFilm) -> str | None:
    """Return, in words, what shows that the album is of a namesake with another composer."""
    composer, year = best.found("composer").level, best.found("year").level
    if composer == "different" and year not in NOT_APART:
        return "another composer is credited, and the years are apart"
    is_distinctive = best.found("title_rarity").level == "distinctive"
    if composer in {"different", "performer"} and year == "year_before" and not is_distinctive:
        return "another artist is credited, and it came out before the film"
    if composer == "another_era" and year not in WITH_THE_FILM:
        return "its artist composed for films of another era"
    return None


def _another_work(best: ScoredFilm) -> str | None:
    """Return, in words, what shows that the album is of a sequel, of television or of the stage."""
    for comparison, levels in _OTHER_WORK.items():
        if (found := best.found(comparison)).level in levels and not _is_television_film(best):
            return levels[found.level]
    is_volume = best.found("title").level == "another_volume"
    if is_volume and best.found("year").level not in WITH_THE_FILM:
        return "a volume of its name may be a sequel's"
    return None


def _is_television_film(best: ScoredFilm) -> bool:
    """Whether an album typed as television belongs to a listed film, because all else agrees.

    Its exact title, its composer and its year: a series of that name has another year.
    """
    agrees = {"title": "same", "composer": "same", "year": "same", "kind": "tv"}
    return all(best.found(name).level == level for name, level in agrees.items())


def is_corroborated(best: ScoredFilm) -> bool:
    """Whether more than a title supports the film: a strong link needs further evidence.

    The composer is enough, or the year unless another composer is credited. If only a piece of the
    film's title agrees, both are needed, because sequels share pieces of titles and often the
    composer. The film that is not in the list is the main source of wrong links, and it often has a
    namesake that is: so a distinctive title that only one well-known film has counts as evidence,
    too.
    """
    title, composer = best.found("title").level, best.found("composer").level
    same_composer = composer in {"same", "alike"}
    year = best.found("year").level
    near = year in WITH_THE_FILM
    if title not in WHOLE_TITLE_LEVELS:
        return title in EQUAL_TITLE_LEVELS and same_composer and near
    rarity, renowned = best.found("title_rarity").level, best.found("renown").level == "renowned"
    is_distinctive = rarity == "distinctive"
    if same_composer or composer in {"different", "another_era"}:
        return same_composer
    if composer == "performer":
        of_the_year = year == "same" and renowned and rarity == "ordinary"
        return (near and is_distinctive) or of_the_year
    # An album of the year before may belong to a namesake that no list has.
    return year in {"same", "year_after"} or (is_distinctive and renowned)


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
    settings: AssignmentSettings,
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
