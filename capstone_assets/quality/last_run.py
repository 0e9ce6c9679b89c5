"""Compare a table with the previous run's findings about it.

Belongs here: reading an earlier run's findings, comparing, the message about it.
Not here: the thresholds (thresholds.py), Dagster's checks (orchestration/checks.py).

Every finding has the figures that the next run compares itself with. The audit records hold them,
so nothing else has to be stored.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa

from capstone_assets.audit.records import latest_records, run_ids
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.percent import percent
from capstone_assets.quality.profile import Profile, null_shares
from capstone_assets.quality.thresholds import (
    FEWEST_FILMS,
    MOST_ROWS_LOST,
    MOST_SHARE_LOST,
    MOST_VALUES_LOST,
    OLDEST_NEWEST_PAGE,
)
from capstone_assets.quality.validation import Finding

ROWS, VALUES, PAGES = (
    "rows_are_as_many_as_before",
    "values_are_present_as_before",
    "pages_are_fresh",
)
DECADES, TIERS = "links_by_decade_are_as_before", "tier_shares_are_as_before"
# Runs of other tables may lie between; older runs than this are not comparable.
_RUNS_BACK = 25
# Where this has no value, all is well: it says why a film has no soundtrack.
_BETTER_EMPTY = {"no_soundtrack_because"}
_FIRST = "nothing to compare with: no earlier run examined it"

Figures = Mapping[str, Any]


def found_before(lakehouse: Lakehouse, run_id: str, table: str, check: str) -> Figures | None:
    """Return the figures of a check of a table in the last run before `run_id` that has them."""
    earlier = [each for each in run_ids(lakehouse) if each < run_id][:_RUNS_BACK]
    for each in earlier:
        found = _checks_of(lakehouse, each).get((table, check))
        if found is not None:
            return found
    return None


def found_last(lakehouse: Lakehouse, table: str, check: str) -> Figures | None:
    """Return the figures of a check of a table in the last run that has them, this one included."""
    for each in run_ids(lakehouse)[:_RUNS_BACK]:
        for record in latest_records(lakehouse, each):
            for made in record["checks"]:
                if (made["asset"], made["name"]) == (table, check):
                    figures: Figures = made["figures"]
                    return figures
    return None


@lru_cache(maxsize=_RUNS_BACK)
def _checks_of(lakehouse: Lakehouse, run_id: str) -> dict[tuple[str, str], Figures]:
    return {
        (check["asset"], check["name"]): check["figures"]
        for record in latest_records(lakehouse, run_id)
        for check in record["checks"]
    }


def compare_rows(rows: int, before: Figures | None) -> Finding:
    """Say whether a table lost more rows since the previous run than sources usually delete."""
    figures = {"rows": rows, "rows_before": before and before["rows"]}
    if not before:
        return Finding(ROWS, True, _FIRST, figures)
    lost = 1 - rows / before["rows"] if before["rows"] else 0.0
    return Finding(
        ROWS,
        lost <= MOST_ROWS_LOST,
        f"{rows:,} rows, {before['rows']:,} in the previous run; up to {MOST_ROWS_LOST:.0%} "
        "fewer are allowed",
        figures,
    )


def compare_values(found: Profile, table: Table, before: Figures | None) -> Finding:
    """Say which columns lost values since the previous run; the figures have their null shares."""
    shares = null_shares(found, table)
    figures: dict[str, Any] = {
        "null_shares": shares,
        "rows": found.rows,
        "nulls": {name: count for name, count in found.nulls.items() if count},
    }
    if not before:
        return Finding(VALUES, True, _FIRST, figures)
    worse = {
        name: (before["null_shares"][name], share)
        for name, share in shares.items()
        if share - before["null_shares"].get(name, 1.0) > MOST_VALUES_LOST
        and name not in _BETTER_EMPTY
    }
    changes = ", ".join(
        f"{name} {percent(was)} to {percent(now)}" for name, (was, now) in worse.items()
    )
    if worse:
        with_null = found.samples_of_nulls[next(iter(worse))]
        figures["sample"] = [{name: row[name] for name in table.unique_key} for row in with_null]
    return Finding(
        VALUES,
        not worse,
        f"more nulls than in the previous run: {changes}"
        if worse
        else f"none of {len(shares)} columns lost more than {MOST_VALUES_LOST:.0%} of its values",
        figures,
    )


def compare_pages(newest: datetime | None, now: datetime) -> Finding:
    """Say whether the source of a bronze table was fetched recently: when its newest page was."""
    figures = {"newest_page": newest and newest.isoformat()}
    if newest is None:
        return Finding(PAGES, True, "no rows", figures)
    age = now - newest
    fresh = age <= OLDEST_NEWEST_PAGE
    summary = f"the newest page is {age.days} days old; {OLDEST_NEWEST_PAGE.days} are allowed"
    if not fresh:
        summary += ". Materialize the table again"
    return Finding(PAGES, fresh, summary, figures)


def compare_decades(films: pa.Table, before: Figures | None) -> Finding:
    """Say in which decades fewer films have a soundtrack, from their `film_year`, `best_tier`."""
    linked: dict[str, list[int]] = {}
    groups = films.group_by("film_year").aggregate([([], "count_all"), ("best_tier", "count")])
    for row in groups.to_pylist():
        year = row["film_year"]
        counted = linked.setdefault(f"{year // 10 * 10}s" if year else "unknown", [0, 0])
        counted[0] += row["count_all"]
        counted[1] += row["best_tier_count"]
    figures = {"decades": dict(sorted(linked.items()))}
    if not before:
        return Finding(DECADES, True, _FIRST, figures)
    worse = {}
    for decade, (count, with_soundtrack) in figures["decades"].items():
        count_before, with_before = before["decades"].get(decade, (0, 0))
        if min(count, count_before) >= FEWEST_FILMS:
            was, now = with_before / count_before, with_soundtrack / count
            if was - now > MOST_SHARE_LOST:
                worse[decade] = (was, now)
    changes = ", ".join(
        f"{decade} {percent(was)} to {percent(now)}" for decade, (was, now) in worse.items()
    )
    return Finding(
        DECADES,
        not worse,
        f"fewer films have a soundtrack than in the previous run: {changes}"
        if worse
        else f"no decade fell by more than {MOST_SHARE_LOST:.0%} of its films",
        figures,
    )


def compare_tiers(strong: int, probable: int, before: Figures | None) -> Finding:
    """Say whether a smaller share of the links is strong than in the previous run."""
    links = strong + probable
    figures = {"strong": strong, "probable": probable, "strong_share": strong / (links or 1)}
    if not before or not links:
        return Finding(TIERS, True, _FIRST if links else "no links", figures)
    was, now = before["strong_share"], figures["strong_share"]
    return Finding(
        TIERS,
        was - now <= MOST_SHARE_LOST,
        f"{percent(now)} of {links:,} links are strong, {percent(was)} in the previous run",
        figures,
    )


def compare_schema(declared: Mapping[str, str], before: Figures | None) -> dict[str, list[str]]:
    """Return what changed in a table's declaration since the previous run, by kind of change."""
    known = before["declared"] if before and "declared" in before else declared
    changes = {
        "added": [name for name in declared if name not in known],
        "removed": [name for name in known if name not in declared],
        "retyped": [
            f"{name}: {known[name]} to {type_}"
            for name, type_ in declared.items()
            if known.get(name, type_) != type_
        ],
    }
    return {kind: names for kind, names in changes.items() if names}
