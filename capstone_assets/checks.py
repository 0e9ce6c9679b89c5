"""The asset checks.

Belongs here: what is checked of which asset, whether it blocks, the bounds.
Not here: how a table is examined (validation.py), how links are judged (matching/evaluation.py).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import dagster as dg
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from capstone_assets.resources.lakehouse import LakehouseResource
from capstone_assets.resources.spark import SparkResource
from capstone_assets.schemas import CANDIDATES, MATCHES, SOUNDTRACKS, TABLES, Table
from capstone_assets.validation import Finding, claims, validate


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
    def check(
        context: dg.AssetCheckExecutionContext, lake: LakehouseResource, pyspark: SparkResource
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        for finding in validate(lake.lakehouse, pyspark.spark_session, table):
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


def match_rate(candidates: DataFrame, soundtracks: DataFrame, matches: DataFrame) -> MatchRate:
    """Count the links of stored tables silver/candidates, silver/soundtracks, gold/matches."""
    tiers = {row["tier"]: row["count"] for row in matches.groupBy("tier").count().collect()}
    return MatchRate(
        candidates=candidates.count(),
        soundtracks=soundtracks.where(F.col("kind").isin(*_OF_A_FILM)).count(),
        strong=tiers.get("strong", 0),
        probable=tiers.get("probable", 0),
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
def match_rate_is_within_bounds(
    lake: LakehouseResource, pyspark: SparkResource
) -> dg.AssetCheckResult:
    """Hold the stored links against the bounds."""
    tables = (
        lake.lakehouse.read(pyspark.spark_session, table)
        for table in (CANDIDATES, SOUNDTRACKS, MATCHES)
    )
    return _result(judge_match_rate(match_rate(*tables), MatchRateBounds()))


def _result(finding: Finding, asset: dg.AssetKey | None = None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.holds,
        asset_key=asset,
        check_name=finding.claim if asset else None,
        description=finding.summary,
        metadata=finding.figures,
    )


CHECKS = [*(schema_check(table) for table in TABLES.values()), match_rate_is_within_bounds]
