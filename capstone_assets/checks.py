"""The asset checks.

Belongs here: what is checked of which asset, whether it blocks, the bounds.
Not here: how a table is examined (validation.py), how links are judged (matching/evaluation.py).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from capstone_assets.auditing import audited
from capstone_assets.lakehouse import Lakehouse
from capstone_assets.launching import launched
from capstone_assets.matching.assignment import PROBABLE, STRONG
from capstone_assets.matching.evaluation import Label, judge_links, share
from capstone_assets.resources.apis import ApisResource
from capstone_assets.resources.lakehouse import LakehouseResource
from capstone_assets.schemas import CANDIDATES, MATCHES, SOUNDTRACKS, TABLES, Table
from capstone_assets.validation import SAMPLE_ROWS, Finding, claims, validate

# What strong promises when some films are not in the list, which is how every user's list is. Links
# measure .98 and more there: below .97 it is not chance, something broke.
STRONG_PRECISION_FLOOR = 0.97
# Of fewer links one wrong one would be below the floor: there the whole interval has to be.
FEWEST_JUDGED = 50


def schema_check(table: Table) -> dg.AssetChecksDefinition:
    """Return the blocking checks that hold a table against its declaration, one a claim."""
    asset = dg.AssetKey(table.name.split("/"))

    @dg.multi_asset_check(
        name=f"{table.name.replace('/', '_')}_schema",
        specs=[
            dg.AssetCheckSpec(name=claim, asset=asset, description=meaning, blocking=True)
            for claim, meaning in claims(table).items()
        ],
        can_subset=True,
    )
    @launched
    @audited
    def check(
        context: dg.AssetCheckExecutionContext, lake: LakehouseResource
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        for finding in validate(lake.lakehouse, table):
            if finding.claim in selected:
                yield _result(finding, asset)

    return check


@dataclass(frozen=True)
class MatchRateBounds:
    """How many of the film soundtracks may be linked before a person should look.

    Shares, 0 to 1. Almost none means that a source or the normalizer broke. All of them means
    that the gate or the score lets everything through: some films are always missing.
    """

    lowest: float = 0.05
    highest: float = 0.99


@dataclass(frozen=True)
class MatchRate:
    """How many releases were linked: counts, and the shares made of them (0 to 1)."""

    candidates: int
    soundtracks: int
    strong: int
    probable: int

    @property
    def linked_share(self) -> float:
        """Film soundtracks that were linked."""
        return (self.strong + self.probable) / self.soundtracks if self.soundtracks else 0.0

    @property
    def strong_share_of_candidates(self) -> float:
        """Strong links by candidate pair: the predecessor's match rate, 47.4 % there."""
        return self.strong / self.candidates if self.candidates else 0.0


# The kinds that are a film's, or may be.
_OF_A_FILM = ("film_score", "film_songs", "title_song", "soundtrack")


def match_rate(lakehouse: Lakehouse) -> MatchRate:
    """Count the links of the stored tables silver/candidates, silver/soundtracks, gold/matches."""
    tiers = Counter(lakehouse.scan(MATCHES, ["tier"])["tier"].to_pylist())
    kinds = Counter(lakehouse.scan(SOUNDTRACKS, ["kind"])["kind"].to_pylist())
    return MatchRate(
        candidates=sum(lakehouse.row_counts(CANDIDATES).values()),
        soundtracks=sum(kinds[kind] for kind in _OF_A_FILM),
        strong=tiers[STRONG],
        probable=tiers[PROBABLE],
    )


def judge_match_rate(rate: MatchRate, bounds: MatchRateBounds) -> Finding:
    """Say whether the share of linked film soundtracks lies within the bounds."""
    return Finding(
        "match_rate_is_within_bounds",
        bounds.lowest <= rate.linked_share <= bounds.highest,
        f"{rate.strong + rate.probable:,} of {rate.soundtracks:,} film soundtracks are linked "
        f"({rate.linked_share:.1%}; bounds {bounds.lowest:.0%} to {bounds.highest:.0%})",
        {
            **asdict(rate),
            "linked_share": rate.linked_share,
            "strong_share_of_candidates": rate.strong_share_of_candidates,
        },
    )


@dg.asset_check(
    asset=dg.AssetKey(["gold", "matches"]),
    blocking=True,
    description="A plausible share of the film soundtracks is linked, neither none nor all.",
)
@launched
@audited
def match_rate_is_within_bounds(lake: LakehouseResource) -> dg.AssetCheckResult:
    """Hold the stored links against the bounds."""
    return _result(judge_match_rate(match_rate(lake.lakehouse), MatchRateBounds()))


_SHOWN_OF_A_LINK = ("film_id", "film_title", "film_year", "release_id", "release_title", "reason")


def judge_strong_precision(
    strong_links: Sequence[Mapping[str, Any]], labels: Sequence[Label]
) -> Finding:
    """Say whether enough of the strong links that labels judge are right.

    Without labels, or where they judge nothing, the claim holds and the summary says why.
    """
    claim = "labelled_pairs_hold_strong_precision"
    if not labels:
        return Finding(
            claim,
            True,
            "Not applicable: the source has no labels. Those of the bundled catalog are of its own "
            "ids, which no other source knows.",
        )
    judged = judge_links(strong_links, labels)
    precision = share(sum(each.right for each in judged), len(judged))
    if precision.value is None or precision.high is None or precision.low is None:
        return Finding(
            claim,
            True,
            f"Not applicable: none of {len(strong_links):,} strong links is judged by a label.",
            {"judged": 0},
        )
    at_most = precision.value if len(judged) >= FEWEST_JUDGED else precision.high
    wrong = {(each.film_id, each.release_id) for each in judged if not each.right}
    sample = [
        {name: link[name] for name in _SHOWN_OF_A_LINK}
        for link in strong_links
        if (link["film_id"], link["release_id"]) in wrong
    ][:SAMPLE_ROWS]
    return Finding(
        claim,
        at_most >= STRONG_PRECISION_FLOOR,
        f"{precision.hits:,} of {precision.total:,} judged strong links are right: "
        f"{precision.value:.1%}, 95 % interval {precision.low:.1%} to {precision.high:.1%}; the "
        f"floor is {STRONG_PRECISION_FLOOR:.0%}",
        {
            "precision": precision.value,
            "precision_low": precision.low,
            "precision_high": precision.high,
            "floor": STRONG_PRECISION_FLOOR,
            "judged": len(judged),
            "wrong": len(wrong),
            "wrong_links": sample,
        },
    )


@dg.asset_check(
    asset=dg.AssetKey(["gold", "matches"]),
    blocking=True,
    description="Strong links are right wherever the labels of the catalog in use judge them.",
)
@launched
@audited
def labelled_pairs_hold_strong_precision(
    lake: LakehouseResource, apis: ApisResource
) -> dg.AssetCheckResult:
    """Hold the stored strong links against the labels of the source they came from."""
    strong_links = lake.lakehouse.scan(
        MATCHES, [*_SHOWN_OF_A_LINK, "score"], where=pc.field("tier") == STRONG
    )
    return _result(judge_strong_precision(strong_links.to_pylist(), apis.labels()))


def _result(finding: Finding, asset: dg.AssetKey | None = None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.holds,
        asset_key=asset,
        check_name=finding.claim if asset else None,
        description=finding.summary,
        metadata=finding.figures,
    )


CHECKS = [
    *(schema_check(table) for table in TABLES.values()),
    match_rate_is_within_bounds,
    labelled_pairs_hold_strong_precision,
]
