"""Judge the links: how many there are, and how many of those with labels are right.

Belongs here: plain functions that count links and return findings.
Not here: thresholds (thresholds.py), one table's schema (validation.py), comparisons with the
previous run (last_run.py), Dagster's checks (orchestration/checks.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.evaluation import Label, judge_links, share
from capstone_assets.matching.gate import UNMARKED
from capstone_assets.matching.tiers import PROBABLE, STRONG
from capstone_assets.percent import percent
from capstone_assets.quality.profile import SAMPLE_ROWS
from capstone_assets.quality.thresholds import (
    FEWEST_JUDGED,
    FEWEST_SOUNDTRACKS,
    HIGHEST_LINKED_SHARE,
    LOWEST_FILM_COVERAGE,
    LOWEST_LINKED_SHARE,
    MOST_SCORES_MOVED,
    STRONG_PRECISION_FLOOR,
)
from capstone_assets.quality.validation import Finding

MATCH_RATE, COVERAGE = "match_rate_is_within_bounds", "film_coverage_is_plausible"
STRONG_PRECISION = "labeled_strong_links_are_right"
SCORES = "scores_are_as_fitted"
# Where the bands of a link's score begin; most links score above .9.
SCORE_BANDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# The columns that show a wrong link.
SHOWN_OF_A_LINK = ("film_id", "film_title", "film_year", "release_id", "release_title", "reason")


@dataclass(frozen=True)
class MatchRate:
    """How many releases were linked: counts, and the shares made of them (0 to 1).

    A link may be of another kind of release, a compilation for example: the `linked_soundtracks`
    are the linked ones among the `soundtracks`, and fewer than the links by tier.
    `soundtracks_with_master` name a Discogs master. Those `without_its_year` found no year there:
    the year of their original is a guess.
    """

    candidates: int
    soundtracks: int
    linked_soundtracks: int
    strong: int
    probable: int
    soundtracks_with_master: int = 0
    without_its_year: int = 0

    @property
    def linked_share_of_soundtracks(self) -> float:
        """Film soundtracks that were linked."""
        return self.linked_soundtracks / self.soundtracks if self.soundtracks else 0.0

    @property
    def strong_share_of_candidates(self) -> float:
        """Strong links by candidate pair: the predecessor's match rate, 47.4 % there."""
        return self.strong / self.candidates if self.candidates else 0.0


# The kinds that belong to a film, or may.
OF_A_FILM = ("film_score", "film_songs", "title_song", "soundtrack")


def match_rate(lakehouse: Lakehouse, links: pa.Table) -> MatchRate:
    """Compare `release_id` and `tier` of gold/matches with silver's candidates and soundtracks."""
    tiers = _counted(links["tier"])
    columns = ["release_id", "kind", "master_id", "year_basis"]
    stored = lakehouse.scan(
        SOUNDTRACKS, columns, where=pc.field("kind").isin([*OF_A_FILM, UNMARKED])
    )
    is_linked = pc.is_in(stored["release_id"], value_set=links["release_id"])
    # Of the albums without tags only those that are linked are known to be soundtracks.
    is_soundtrack = pc.or_(pc.not_equal(stored["kind"], UNMARKED), is_linked)
    stored, is_linked = stored.filter(is_soundtrack), is_linked.filter(is_soundtrack)
    bases = _counted(stored.filter(pc.field("master_id").is_valid())["year_basis"])
    return MatchRate(
        candidates=sum(lakehouse.row_counts(CANDIDATES).values()),
        soundtracks=stored.num_rows,
        linked_soundtracks=pc.sum(is_linked).as_py() or 0,
        strong=tiers[STRONG],
        probable=tiers[PROBABLE],
        soundtracks_with_master=bases.total(),
        without_its_year=bases.total() - bases["master"],
    )


def _counted(values: pa.ChunkedArray) -> Counter[str]:
    counts = pc.value_counts(values).to_pylist()
    return Counter({each["values"]: each["counts"] for each in counts})


def judge_match_rate(rate: MatchRate) -> Finding:
    """Say whether the share of linked film soundtracks lies within the bounds."""
    is_judged = rate.soundtracks >= FEWEST_SOUNDTRACKS
    verdict = (
        f"bounds {LOWEST_LINKED_SHARE:.0%} to {HIGHEST_LINKED_SHARE:.0%}"
        if is_judged
        else f"too few to judge: the bounds apply from {FEWEST_SOUNDTRACKS:,} on"
    )
    return Finding(
        MATCH_RATE,
        not is_judged
        or LOWEST_LINKED_SHARE <= rate.linked_share_of_soundtracks <= HIGHEST_LINKED_SHARE,
        f"{rate.linked_soundtracks:,} of {rate.soundtracks:,} film soundtracks are linked "
        f"({percent(rate.linked_share_of_soundtracks)}; {verdict})",
        {
            **asdict(rate),
            "linked_share_of_soundtracks": rate.linked_share_of_soundtracks,
            "strong_share_of_candidates": rate.strong_share_of_candidates,
        },
    )


def judge_film_coverage(films: int, with_soundtrack: int) -> Finding:
    """Say whether enough of the films have a soundtrack for the links to be useful."""
    share_of_films = with_soundtrack / films if films else 0.0
    return Finding(
        COVERAGE,
        share_of_films >= LOWEST_FILM_COVERAGE or not films,
        f"{with_soundtrack:,} of {films:,} films have a soundtrack "
        f"({percent(share_of_films)}; at least {LOWEST_FILM_COVERAGE:.0%} should)",
        {"films": films, "with_soundtrack": with_soundtrack, "coverage": share_of_films},
    )


def judge_strong_precision(
    strong_links: Sequence[Mapping[str, Any]], labels: Sequence[Label]
) -> Finding:
    """Say whether enough of the strong links that labels judge are right.

    `strong_links` may leave out those of releases without a label.
    Without labels, or if they judge no link, the claim holds and the summary says why.
    """
    if not labels:
        return Finding(
            STRONG_PRECISION,
            True,
            "Not applicable: the source has no labels. Those of the bundled catalog are of its own "
            "ids, which no other source knows.",
        )
    judged = judge_links(strong_links, labels)
    precision = share(sum(each.right for each in judged), len(judged))
    if precision.value is None or precision.high is None or precision.low is None:
        return Finding(
            STRONG_PRECISION,
            True,
            "Not applicable: no strong link is judged by a label.",
            {"judged": 0},
        )
    at_most = precision.value if len(judged) >= FEWEST_JUDGED else precision.high
    wrong = {(each.film_id, each.release_id) for each in judged if not each.right}
    sample = [
        {name: link[name] for name in SHOWN_OF_A_LINK}
        for link in strong_links
        if (link["film_id"], link["release_id"]) in wrong
    ][:SAMPLE_ROWS]
    return Finding(
        STRONG_PRECISION,
        at_most >= STRONG_PRECISION_FLOOR,
        f"{precision.hits:,} of {precision.total:,} judged strong links are right: "
        f"{percent(precision.value)}, 95% interval {percent(precision.low)} to "
        f"{percent(precision.high)}; at least {STRONG_PRECISION_FLOOR:.0%} should be",
        {
            "precision": precision.value,
            "precision_low": precision.low,
            "precision_high": precision.high,
            "lowest_precision": STRONG_PRECISION_FLOOR,
            "judged": len(judged),
            "wrong": len(wrong),
            "wrong_links": sample,
        },
    )


def score_shares(scores: Sequence[float]) -> list[float]:
    """Return the share of the scores in each of SCORE_BANDS; a lower score counts in the first."""
    if not len(scores):
        return []
    bands = np.clip(np.searchsorted(SCORE_BANDS, np.asarray(scores), side="right") - 1, 0, None)
    counted = np.bincount(bands, minlength=len(SCORE_BANDS))
    return [float(count) / len(scores) for count in counted]


def judge_scores(scores: Sequence[float], fitted: Sequence[float]) -> Finding:
    """Say whether the links' scores are distributed as those that the weights were fitted on.

    A score is a probability only for data like that. `fitted` are the shares of score_shares();
    too few links are not judged.
    """
    if len(scores) < FEWEST_JUDGED:
        return Finding(
            SCORES,
            True,
            f"Not applicable: {len(scores):,} links; fewer than {FEWEST_JUDGED} say nothing.",
            {"links": len(scores)},
        )
    found = score_shares(scores)
    moved = sum(abs(ours - theirs) for ours, theirs in zip(found, fitted, strict=True)) / 2
    return Finding(
        SCORES,
        moved <= MOST_SCORES_MOVED,
        f"{moved:.0%} of {len(scores):,} links score in another band than those that the weights "
        f"were fitted on, where up to {MOST_SCORES_MOVED:.0%} is usual. Beyond it a score may "
        "promise too much or too little: are composers or years missing? If not, refit the weights",
        {
            "links": len(scores),
            "share_in_another_band": round(moved, 4),
            "bands_begin_at": list(SCORE_BANDS),
            "share_by_band": [round(share_of_band, 4) for share_of_band in found],
            "share_by_band_when_fitted": list(fitted),
        },
    )
