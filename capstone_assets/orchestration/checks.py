"""The asset checks.

Belongs here: which checks a table has, and which of them block. The bounds are in
quality/thresholds.py.
Not here: how a table is examined (quality/validation.py), how it is compared with the previous run
(quality/last_run.py), how links are judged (quality/judgements.py), when a step examines its tables
(table_steps.py).

A table is checked in the step that makes it. Comparisons with earlier runs read the lake, so that
they work on a cluster, too.
"""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from capstone_assets.lake.bronze import QUARANTINE, TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.metrics import ACCOUNTING
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.matching.evaluation import Label
from capstone_assets.matching.scorecard import load_scorecard
from capstone_assets.matching.tiers import STRONG
from capstone_assets.orchestration.table_metadata import asset_key
from capstone_assets.quality.accounting import (
    ACCOUNTED,
    DATES,
    FEW_QUARANTINED,
    READABLE,
    READERS,
    count_quarantined,
    judge_accounts,
    judge_dates,
    judge_quarantined,
)
from capstone_assets.quality.judgements import (
    COVERAGE,
    MATCH_RATE,
    SCORES,
    SHOWN_OF_A_LINK,
    STRONG_PRECISION,
    judge_film_coverage,
    judge_match_rate,
    judge_scores,
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
from capstone_assets.quality.profile import Profile, profile
from capstone_assets.quality.validation import COLUMNS, Finding, claims, validate

Labels = Callable[[], Sequence[Label]]

_BLOCKING_OF_LINKS = {
    MATCH_RATE: "A plausible share of the film soundtracks is linked, not none, not all.",
    STRONG_PRECISION: (
        "Strong links are right wherever the labels of the catalog in use judge them."
    ),
}


@dataclass(frozen=True)
class Checked:
    """A finding as the outcome of a check of a table."""

    table: Table
    finding: Finding
    blocking: bool

    @property
    def blocks(self) -> bool:
        """Whether the steps after the table may not run."""
        return self.blocking and not self.finding.holds

    @property
    def _severity(self) -> dg.AssetCheckSeverity:
        return dg.AssetCheckSeverity.ERROR if self.blocking else dg.AssetCheckSeverity.WARN

    @property
    def result(self) -> dg.AssetCheckResult:
        """The result that Dagster records."""
        return dg.AssetCheckResult(
            passed=self.finding.holds,
            asset_key=asset_key(self.table),
            check_name=self.finding.claim,
            severity=self._severity,
            description=self.finding.summary,
            metadata=self.finding.figures,
        )

    @property
    def record(self) -> dict[str, Any]:
        """The entry in an audit record, with whose figures the next run compares itself."""
        return {
            "name": self.finding.claim,
            "asset": self.table.name,
            "passed": self.finding.holds,
            "severity": self._severity.value,
            "description": self.finding.summary,
            "figures": self.finding.figures,
        }


def blocking_checks(table: Table) -> dict[str, str]:
    """Return the checks whose failure ends a run, with what each means."""
    more = {}
    if table == MATCHES:
        more = _BLOCKING_OF_LINKS
    elif table in READERS:
        more = {READABLE: "All but a few of the source's rows can be read."}
    elif table == ACCOUNTING:
        more = {ACCOUNTED: "Every row is stored, or counted with the reason why not."}
    return {**claims(table), **more}


def warnings(table: Table) -> dict[str, str]:
    """Return the checks that only warn, with their meaning; most compare with the previous run."""
    if not _is_compared(table):
        return {}
    meaning = {
        ROWS: "The table did not lose many rows since the previous run.",
        VALUES: "No column lost many values since the previous run.",
    }
    if table.layer == "bronze":
        meaning[PAGES] = "The source was fetched recently."
        meaning[FEW_QUARANTINED] = "Hardly any of the source's rows are quarantined."
    if table == TMDB_MOVIES:
        meaning[DATES] = "Films were released in the year that lists them."
    if table == MATCHES:
        meaning[TIERS] = "As many of the links are strong as before."
        meaning[SCORES] = "Scores are distributed as those that the weights were fitted on."
    if table == FILM_SOUNDTRACKS:
        meaning[COVERAGE] = "Some of the films have a soundtrack."
        meaning[DECADES] = "As many films of each decade have a soundtrack as before."
    return meaning


def _is_compared(table: Table) -> bool:
    """Whether fewer rows mean a loss: metrics are of one run, and a queue is to become empty."""
    return table.layer != "metrics" and table not in (QUARANTINE, REVIEW_QUEUE)


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """Return the checks of a table as Dagster declares them."""
    asset = asset_key(table)
    return [
        dg.AssetCheckSpec(name, asset=asset, description=meaning, blocking=blocking)
        for blocking, named in ((True, blocking_checks(table)), (False, warnings(table)))
        for name, meaning in named.items()
    ]


def examine(
    lakehouse: Lakehouse, table: Table, run_id: str, selected: Collection[str], labels: Labels
) -> Iterator[Checked]:
    """Yield the outcome of each selected check of a stored table.

    Args:
        lakehouse: where the table is.
        table: the table.
        run_id: the audit run id of this run, which is not compared with itself.
        selected: names of checks.
        labels: returns the known links of the source in use.
    """
    blocking = blocking_checks(table)
    for finding in _findings(lakehouse, table, run_id, {*selected}, labels):
        if finding.claim in selected:
            yield Checked(table, finding, finding.claim in blocking)


def _findings(
    lakehouse: Lakehouse, table: Table, run_id: str, selected: set[str], labels: Labels
) -> Iterator[Finding]:
    read = functools.cache(lambda: profile(lakehouse, table))
    declared = validate(lakehouse, table, read)
    columns = next(declared)
    yield _with_changes(columns, lakehouse, run_id, table)
    if selected & ({*claims(table)} - {COLUMNS}):
        yield from declared
    others = ({*blocking_checks(table)} - {*claims(table)}) | {*warnings(table)}
    if not columns.holds:
        for claim in sorted(others):
            yield Finding(claim, False, "not examined: the columns are not as declared")
    elif selected & others:
        yield from _compared(lakehouse, run_id, table, read)
        if table == MATCHES:
            yield from _judged_links(lakehouse, run_id, labels)
        if table == FILM_SOUNDTRACKS:
            yield from _judged_films(lakehouse, run_id)
        yield from _judged_rows(lakehouse, table)


def _with_changes(finding: Finding, lakehouse: Lakehouse, run_id: str, table: Table) -> Finding:
    """Add to the finding about the columns what changed in them since the previous run."""
    declared = {column.name: column.type.simpleString() for column in table.columns}
    changes = compare_schema(declared, found_before(lakehouse, run_id, table.name, COLUMNS))
    changed = "; ".join(
        f"{kind} since the previous run: {', '.join(n)}" for kind, n in changes.items()
    )
    figures = {**finding.figures, "declared": declared, "changes": changes}
    summary = f"{finding.summary}; {changed}" if changed else finding.summary
    return replace(finding, figures=figures, summary=summary)


def _compared(
    lakehouse: Lakehouse, run_id: str, table: Table, read: Callable[[], Profile]
) -> Iterator[Finding]:
    if not _is_compared(table):
        return

    def before(check: str) -> Mapping[str, Any] | None:
        return found_before(lakehouse, run_id, table.name, check)

    found = read()
    yield compare_rows(found.rows, before(ROWS))
    yield compare_values(found, table, before(VALUES))
    if table.layer == "bronze":
        yield compare_pages(found.newest_page, datetime.now(UTC))


def _judged_rows(lakehouse: Lakehouse, table: Table) -> Iterator[Finding]:
    if table in READERS:
        yield from judge_quarantined(count_quarantined(lakehouse, table))
    if table == TMDB_MOVIES:
        yield judge_dates(lakehouse)
    if table == ACCOUNTING:
        yield judge_accounts(lakehouse)


def _judged_links(lakehouse: Lakehouse, run_id: str, labels: Labels) -> Iterator[Finding]:
    links = lakehouse.scan(MATCHES, ["tier", "score"])
    rate = match_rate(lakehouse, links["tier"])
    yield judge_match_rate(rate)
    before = found_before(lakehouse, run_id, MATCHES.name, TIERS)
    yield compare_tiers(rate.strong, rate.probable, before)
    yield judge_scores(links["score"].to_pylist(), load_scorecard().fitted_on["score_shares"])
    known = labels()
    # Labels judge only links of their releases: the others need not be read.
    is_judged = pc.field("release_id").isin([each.release_id for each in known])
    strong = lakehouse.scan(
        MATCHES, [*SHOWN_OF_A_LINK, "score"], where=(pc.field("tier") == STRONG) & is_judged
    )
    yield judge_strong_precision(strong.to_pylist(), known)


def _judged_films(lakehouse: Lakehouse, run_id: str) -> Iterator[Finding]:
    films = lakehouse.scan(FILM_SOUNDTRACKS, ["film_year", "best_tier"])
    yield judge_film_coverage(films.num_rows, films.num_rows - films["best_tier"].null_count)
    yield compare_decades(films, found_before(lakehouse, run_id, FILM_SOUNDTRACKS.name, DECADES))
