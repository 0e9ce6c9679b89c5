"""The asset checks.

Belongs here: what is checked of which asset, and whether it blocks. The bounds are in
quality/thresholds.py.
Not here: how a table is examined (quality/validation.py), how it is compared with the last run
(quality/last_run.py), how links are judged (matching/evaluation.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.matching.assignment import STRONG
from capstone_assets.orchestration.launching import launched
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.step_audit import audited, run_id_of
from capstone_assets.quality.judgements import (
    COVERAGE,
    MATCH_RATE,
    SHOWN_OF_A_LINK,
    judge_film_coverage,
    judge_match_rate,
    judge_strong_precision,
    match_rate,
)
from capstone_assets.quality.last_run import (
    DECADES,
    PAGES,
    ROWS,
    TIERS,
    VALUES,
    compare_decades,
    compare_pages,
    compare_rows,
    compare_schema,
    compare_tiers,
    compare_values,
    found_before,
)
from capstone_assets.quality.thresholds import MatchRateBounds
from capstone_assets.quality.validation import COLUMNS, Finding, claims, validate


def warnings(table: Table) -> dict[str, str]:
    """Return what is held against the run before, or the clock, with what each means."""
    if table.layer == "metrics":
        return {}
    meaning = {
        ROWS: "The table did not lose many rows since the previous run.",
        VALUES: "No column lost many values since the previous run.",
    }
    if table.layer == "bronze":
        meaning[PAGES] = "The source was asked lately."
    return meaning


def table_checks(table: Table) -> dg.AssetChecksDefinition:
    """Return the checks of a table: blocking ones against its declaration, and warnings."""
    asset = dg.AssetKey(table.name.split("/"))

    @dg.multi_asset_check(
        name=f"{table.name.replace('/', '_')}_schema",
        specs=[
            *(
                dg.AssetCheckSpec(name=claim, asset=asset, description=meaning, blocking=True)
                for claim, meaning in claims(table).items()
            ),
            *(
                dg.AssetCheckSpec(name=claim, asset=asset, description=meaning)
                for claim, meaning in warnings(table).items()
            ),
        ],
        can_subset=True,
    )
    @launched
    @audited
    def check(
        context: dg.AssetCheckExecutionContext, lake: LakehouseResource
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        run_id = run_id_of(context.instance, context.run.run_id)
        readable = True
        for finding in validate(lake.lakehouse, table):
            readable = readable and (finding.holds or finding.claim != COLUMNS)
            if finding.claim in selected:
                known = _with_changes(finding, lake.lakehouse, run_id, table)
                yield _result(known, asset)
        if selected & {*warnings(table)}:
            for finding in _compared(lake.lakehouse, run_id, table, readable=readable):
                if finding.claim in selected:
                    yield _result(finding, asset, dg.AssetCheckSeverity.WARN)

    return check


def _with_changes(finding: Finding, lakehouse: Lakehouse, run_id: str, table: Table) -> Finding:
    """Let the finding about the columns say what changed in them since the previous run."""
    if finding.claim != COLUMNS:
        return finding
    declared = {column.name: column.type.simpleString() for column in table.columns}
    changes = compare_schema(declared, found_before(lakehouse, run_id, table.name, COLUMNS))
    told = "; ".join(
        f"{kind} since the previous run: {', '.join(n)}" for kind, n in changes.items()
    )
    figures = {**finding.figures, "declared": declared, "changes": changes}
    return replace(
        finding, figures=figures, summary=f"{finding.summary}; {told}" if told else finding.summary
    )


def _compared(
    lakehouse: Lakehouse, run_id: str, table: Table, *, readable: bool
) -> Iterator[Finding]:
    if not readable:
        for claim in warnings(table):
            yield Finding(claim, False, "not examined: the columns are not as declared")
        return

    def before(check: str) -> Mapping[str, Any] | None:
        return found_before(lakehouse, run_id, table.name, check)

    rows = lakehouse.scan(table)
    yield compare_rows(rows.num_rows, before(ROWS))
    yield compare_values(rows, table, before(VALUES))
    if table.layer == "bronze":
        yield compare_pages(rows, datetime.now(UTC))


_MATCHES, _FILM_SOUNDTRACKS = (dg.AssetKey(t.name.split("/")) for t in (MATCHES, FILM_SOUNDTRACKS))


@dg.multi_asset_check(
    name="gold_matches_rates",
    specs=[
        dg.AssetCheckSpec(
            MATCH_RATE,
            asset=_MATCHES,
            blocking=True,
            description="A plausible share of the film soundtracks is linked, not none, not all.",
        ),
        dg.AssetCheckSpec(
            TIERS, asset=_MATCHES, description="As many of the links are strong as before."
        ),
    ],
    can_subset=True,
)
@launched
@audited
def match_rates(
    context: dg.AssetCheckExecutionContext, lake: LakehouseResource
) -> Iterator[dg.AssetCheckResult]:
    """Hold the stored links against the bounds and against the last run."""
    selected = {key.name for key in context.selected_asset_check_keys}
    rate = match_rate(lake.lakehouse)
    if MATCH_RATE in selected:
        yield _result(judge_match_rate(rate, MatchRateBounds()), _MATCHES)
    if TIERS in selected:
        run_id = run_id_of(context.instance, context.run.run_id)
        before = found_before(lake.lakehouse, run_id, MATCHES.name, TIERS)
        found = compare_tiers(rate.strong, rate.probable, before)
        yield _result(found, _MATCHES, dg.AssetCheckSeverity.WARN)


@dg.multi_asset_check(
    name="gold_film_soundtracks_coverage",
    specs=[
        dg.AssetCheckSpec(
            COVERAGE, asset=_FILM_SOUNDTRACKS, description="Some of the films have a soundtrack."
        ),
        dg.AssetCheckSpec(
            DECADES,
            asset=_FILM_SOUNDTRACKS,
            description="As many films of each decade have a soundtrack as before.",
        ),
    ],
    can_subset=True,
)
@launched
@audited
def film_coverage(
    context: dg.AssetCheckExecutionContext, lake: LakehouseResource
) -> Iterator[dg.AssetCheckResult]:
    """Hold the films with a soundtrack against the bound and, by decade, against the last run."""
    selected = {key.name for key in context.selected_asset_check_keys}
    films = lake.lakehouse.scan(FILM_SOUNDTRACKS, ["film_year", "best_tier"])
    run_id = run_id_of(context.instance, context.run.run_id)
    before = found_before(lake.lakehouse, run_id, FILM_SOUNDTRACKS.name, DECADES)
    with_soundtrack = films.num_rows - films["best_tier"].null_count
    for finding in (
        judge_film_coverage(films.num_rows, with_soundtrack),
        compare_decades(films, before),
    ):
        if finding.claim in selected:
            yield _result(finding, _FILM_SOUNDTRACKS, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=dg.AssetKey(["gold", "matches"]),
    blocking=True,
    description="Strong links are right wherever the labels of the catalog in use judge them.",
)
@launched
@audited
def labeled_strong_links_are_right(
    lake: LakehouseResource, apis: ApisResource
) -> dg.AssetCheckResult:
    """Hold the stored strong links against the labels of the source they came from."""
    strong_links = lake.lakehouse.scan(
        MATCHES, [*SHOWN_OF_A_LINK, "score"], where=pc.field("tier") == STRONG
    )
    return _result(judge_strong_precision(strong_links.to_pylist(), apis.labels()))


def _result(
    finding: Finding,
    asset: dg.AssetKey | None = None,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.holds,
        asset_key=asset,
        check_name=finding.claim if asset else None,
        severity=severity,
        description=finding.summary,
        metadata=finding.figures,
    )


CHECKS = [
    *(table_checks(table) for table in TABLES.values()),
    match_rates,
    film_coverage,
    labeled_strong_links_are_right,
]
