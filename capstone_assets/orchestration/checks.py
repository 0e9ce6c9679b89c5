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
import pyarrow as pa
import pyarrow.compute as pc

from capstone_assets.lake.bronze import QUARANTINE, TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.metrics import ACCOUNTING
from capstone_assets.lake.schemas import TABLES
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
    MatchRate,
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
from capstone_assets.quality.validation import COLUMNS, Finding, claims, unexaminable, validate

Labels = Callable[[], Sequence[Label]]


class Subject:
    """A stored table that is examined: what several of its checks need is read once."""

    def __init__(self, lakehouse: Lakehouse, table: Table, run_id: str, labels: Labels) -> None:
        self.lakehouse, self.table, self.run_id, self.labels = lakehouse, table, run_id, labels

    def before(self, claim: str) -> Mapping[str, Any] | None:
        """Return the figures of a check in the previous run, None if there are none."""
        return found_before(self.lakehouse, self.run_id, self.table.name, claim)

    @functools.cached_property
    def profile(self) -> Profile:
        """What the rows are like."""
        return profile(self.lakehouse, self.table)

    @functools.cached_property
    def rows_of_source(self) -> Mapping[str, Finding]:
        """The findings about the source's rows, by claim."""
        found = judge_quarantined(count_quarantined(self.lakehouse, self.table))
        return {each.claim: each for each in found}

    @functools.cached_property
    def links(self) -> pa.Table:
        """Release, tier and score of each link."""
        return self.lakehouse.scan(MATCHES, ["release_id", "tier", "score"])

    @functools.cached_property
    def match_rate(self) -> MatchRate:
        """How many soundtracks and candidates are linked."""
        return match_rate(self.lakehouse, self.links)

    @functools.cached_property
    def films(self) -> pa.Table:
        """Year and best tier of each film."""
        return self.lakehouse.scan(FILM_SOUNDTRACKS, ["film_year", "best_tier"])


@dataclass(frozen=True)
class Check:
    """A check of some tables, beside those that their declarations imply.

    One that blocks ends the run when it fails; the others warn.
    """

    claim: str
    meaning: str
    tables: Collection[Table]
    examine: Callable[[Subject], Finding]
    blocking: bool = False


def _strong_precision(of: Subject) -> Finding:
    known = of.labels()
    # Labels judge only links of their releases: the others need not be read.
    is_judged = pc.field("release_id").isin([each.release_id for each in known])
    strong = of.lakehouse.scan(
        MATCHES, [*SHOWN_OF_A_LINK, "score"], where=(pc.field("tier") == STRONG) & is_judged
    )
    return judge_strong_precision(strong.to_pylist(), known)


def _film_coverage(of: Subject) -> Finding:
    without = of.films["best_tier"].null_count
    return judge_film_coverage(of.films.num_rows, of.films.num_rows - without)


def _scores(of: Subject) -> Finding:
    return judge_scores(of.links["score"].to_pylist(), load_scorecard().fitted_on["score_shares"])


# Fewer rows mean a loss here: metrics are of one run, and a queue is to become empty.
_COMPARED = [
    table
    for table in TABLES.values()
    if table.layer != "metrics" and table not in (QUARANTINE, REVIEW_QUEUE)
]
CHECKS = (
    Check(
        MATCH_RATE,
        "A plausible share of the film soundtracks is linked, not none, not all.",
        [MATCHES],
        lambda of: judge_match_rate(of.match_rate),
        blocking=True,
    ),
    Check(
        STRONG_PRECISION,
        "Strong links are right wherever the labels of the catalog in use judge them.",
        [MATCHES],
        _strong_precision,
        blocking=True,
    ),
    Check(
        READABLE,
        "All but a few of the source's rows can be read.",
        READERS,
        lambda of: of.rows_of_source[READABLE],
        blocking=True,
    ),
    Check(
        ACCOUNTED,
        "Every row is stored, or counted with the reason why not.",
        [ACCOUNTING],
        lambda of: judge_accounts(of.lakehouse),
        blocking=True,
    ),
    Check(
        ROWS,
        "The table did not lose many rows since the previous run.",
        _COMPARED,
        lambda of: compare_rows(of.profile.rows, of.before(ROWS)),
    ),
    Check(
        VALUES,
        "No column lost many values since the previous run.",
        _COMPARED,
        lambda of: compare_values(of.profile, of.table, of.before(VALUES)),
    ),
    Check(
        PAGES,
        "The source was fetched recently.",
        READERS,
        lambda of: compare_pages(of.profile.newest_page, datetime.now(UTC)),
    ),
    Check(
        FEW_QUARANTINED,
        "Hardly any of the source's rows are quarantined.",
        READERS,
        lambda of: of.rows_of_source[FEW_QUARANTINED],
    ),
    Check(
        DATES,
        "Films were released in the year that lists them.",
        [TMDB_MOVIES],
        lambda of: judge_dates(of.lakehouse),
    ),
    Check(
        TIERS,
        "As many of the links are strong as before.",
        [MATCHES],
        lambda of: compare_tiers(of.match_rate.strong, of.match_rate.probable, of.before(TIERS)),
    ),
    Check(
        SCORES,
        "Scores are distributed as those that the weights were fitted on.",
        [MATCHES],
        _scores,
    ),
    Check(COVERAGE, "Some of the films have a soundtrack.", [FILM_SOUNDTRACKS], _film_coverage),
    Check(
        DECADES,
        "As many films of each decade have a soundtrack as before.",
        [FILM_SOUNDTRACKS],
        lambda of: compare_decades(of.films, of.before(DECADES)),
    ),
)


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


def checks_of(table: Table) -> list[Check]:
    """Return the checks of a table beside those that its declaration implies."""
    return [check for check in CHECKS if table in check.tables]


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """Return the checks of a table as Dagster declares them."""
    named = [(claim, meaning, True) for claim, meaning in claims(table).items()]
    named += [(check.claim, check.meaning, check.blocking) for check in checks_of(table)]
    return [
        dg.AssetCheckSpec(claim, asset=asset_key(table), description=meaning, blocking=blocking)
        for claim, meaning, blocking in named
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
    of = Subject(lakehouse, table, run_id, labels)
    declared = validate(lakehouse, table, lambda: of.profile)
    columns = next(declared)
    if columns.claim in selected:
        yield Checked(table, _with_changes(columns, of), blocking=True)
    if {*selected} & ({*claims(table)} - {COLUMNS}):
        for finding in declared:
            if finding.claim in selected:
                yield Checked(table, finding, blocking=True)
    for check in checks_of(table):
        if check.claim in selected:
            yield Checked(
                table,
                check.examine(of) if columns.holds else unexaminable(check.claim),
                check.blocking,
            )


def _with_changes(finding: Finding, of: Subject) -> Finding:
    """Add to the finding about the columns what changed in them since the previous run."""
    declared = {column.name: column.type.simpleString() for column in of.table.columns}
    changes = compare_schema(declared, of.before(COLUMNS))
    changed = "; ".join(
        f"{kind} since the previous run: {', '.join(n)}" for kind, n in changes.items()
    )
    figures = {**finding.figures, "declared": declared, "changes": changes}
    summary = f"{finding.summary}; {changed}" if changed else finding.summary
    return replace(finding, figures=figures, summary=summary)
