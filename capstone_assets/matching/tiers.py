"""Decide how sure a link is: strong, probable, or for a person to review.

Belongs here: where the tiers begin, what keeps a link from one, in words.
Not here: which film is the best (assignment.py), weights (scorecard.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from capstone_assets.matching.comparisons import (
    EQUAL_TITLE_LEVELS,
    NOT_APART,
    OTHER_TITLE_LEVELS,
    PIECE_LEVELS,
    SUBTITLE_LEVELS,
    WHOLE_TITLE_LEVELS,
    WITH_THE_FILM,
    far_better_known,
)
from capstone_assets.matching.scored_films import ScoredFilm

STRONG, PROBABLE, REVIEW = "strong", "probable", "review"
REJECTED = "rejected"
TOO_LITTLE = "too little speaks for it"
# Levels that mean that the album belongs to another work.
_OTHER_WORK = {
    "title": dict.fromkeys(OTHER_TITLE_LEVELS, "its title is another"),
    "year": {
        "another_year": "its title names another year",
        # A concept album that was filmed later shares the composer: Jesus Christ Superstar.
        **dict.fromkeys(("earlier", "much_earlier"), "it came out long before the film"),
    },
    "kind": {kind: f"it is typed as {kind}" for kind in ("tv", "game", "stage", "tribute")},
}
# By how late an album came out: the renown of films that hardly get one without their composer.
_TOO_LITTLE_KNOWN = {
    "later": frozenset({"obscure", "little_known", "known"}),
    "original_later": frozenset({"obscure", "little_known"}),
    "reissue": frozenset({"obscure", "little_known"}),
}


@dataclass(frozen=True)
class TierSettings:
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


def lead(
    best: ScoredFilm, rival: ScoredFilm, settings: TierSettings, *, by_fame: bool = True
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


def tier_of(
    best: ScoredFilm,
    rivals: Sequence[ScoredFilm],
    margin: float | None,
    settings: TierSettings,
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
    if _is_too_little_known(best):
        return "it came out late for a film that few know, and no composer is credited on both"
    return None


def _is_too_little_known(best: ScoredFilm) -> bool:
    """Whether an album so late is seldom that of a film so little known.

    A title that no other film is likely to have makes up for that, unless hardly anyone knows it.
    """
    renown, year = best.found("renown").level, best.found("year").level
    if renown != "obscure" and best.found("title_rarity").level == "distinctive":
        return False
    return renown in _TOO_LITTLE_KNOWN.get(year, ())


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
    is_shared = best.found("title_rarity").level in {"shared", "shared_by_many"}
    if is_shared and composer == "unknown" and year != "same":
        return "other films share the title, and nothing says that its artist composed for this one"
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
