"""The medallion summary of a run.

Belongs here: adding up a run's records and links, and both as a table to print.
Not here: reading them (stored_run.py).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from capstone_assets.audit.records import CANCELED, FAILURE, LOST, SUCCESS
from capstone_assets.inspection.stored_run import StoredRun
from capstone_assets.lake.files import write_whole
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.percent import percent
from capstone_assets.quality.validation import failure

# Of quarantined rows; `capstone quarantine` lists them all.
_MOST_REASONS = 5
_LAYERS = ("raw", "bronze", "silver", "gold", "metrics")
_STEP_FIELDS = (
    *("step", "layer", "records_in", "records_out", "duration_seconds", "output"),
    *("outcome", "error"),
)
_CHECK_FIELDS = ("name", "asset", "passed", "severity", "description")


def summarize_run(run: StoredRun) -> dict[str, Any]:
    """Add up a run's audit records and count the links that it made.

    Returns:
        `run_id`, `years` in words, `seconds` from the first step's start to the last one's end, and
        `steps`: each with step, layer, records_in, records_out, duration_seconds, output, outcome
        and error, in the order of the layers. An outcome is `success`, `failure`, `canceled`, or
        `lost`: started but never finished. `checks` has the name, asset, severity and description
        of each check with whether it passed. `cost` is what the steps that ran on Databricks used
        at most, None when none did. `outcomes` is what became of the rows: metrics/accounting, its
        years added up. `unfetched` pages and films were not served, however often they were
        requested. `links` counts links, pairs to review and what they are shares of; None when the
        run made no links.
    """
    steps = [{name: record[name] for name in _STEP_FIELDS} for record in run.records]
    steps.sort(key=lambda step: _LAYERS.index(step["layer"]))
    return {
        "run_id": run.run_id,
        "years": run.years,
        "seconds": round(run.seconds, 3),
        "steps": [step for step in steps if step["outcome"] != SUCCESS or _wrote_rows(step)],
        "checks": [{name: check[name] for name in _CHECK_FIELDS} for check in run.checks],
        "cost": _cost(run.records),
        "outcomes": run.outcomes,
        "unfetched": sum(record["requests"].get("unfetched", 0) for record in run.records),
        # What an earlier run wrote would pass for this run's.
        "links": _links(run) if run.made_links else None,
    }


def _wrote_rows(step: Mapping[str, Any]) -> bool:
    """Whether a step is of a table or of landed pages; a step of checks writes no rows."""
    return step["records_out"] is not None


def write_summary(lakehouse: Lakehouse, summary: Mapping[str, Any]) -> str:
    """Write a run's summary to `metrics/pipeline_summary_<run_id>.json`; return the path."""
    path = lakehouse.url(f"metrics/pipeline_summary_{summary['run_id']}.json")
    write_whole(lakehouse.filesystem, path, json.dumps(summary, indent=2))
    return path


def _links(run: StoredRun) -> dict[str, float]:
    rate = run.match_rate
    return {
        "strong": rate.strong,
        "probable": rate.probable,
        "review": run.review.rows.num_rows,
        "review_albums": run.albums_to_review,
        "soundtracks": rate.soundtracks,
        "linked_soundtracks": rate.linked_soundtracks,
        "candidates": rate.candidates,
        "linked_share_of_soundtracks": rate.linked_share_of_soundtracks,
        "strong_share_of_candidates": rate.strong_share_of_candidates,
    }


def _cost(records: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    used = [record["compute"] for record in records if record.get("compute")]
    names = ("node_hours", "dbus", "dollars")
    return {name: round(sum(each[name] for each in used), 4) for name in names} if used else None


def _cost_lines(cost: Mapping[str, float] | None) -> list[str]:
    if cost is None:
        return []
    return [
        f"cost: at most {cost['node_hours']:.2f} node hours, {cost['dbus']:.2f} DBUs, "
        f"{cost['dollars']:.2f} US dollars; checks and the start of clusters counted"
    ]


def render_summary(summary: Mapping[str, Any], width: int | None = None) -> str:
    """Return the summary as lines to print: a row a step, then the links by tier.

    The column of outputs is left out where a row would be wider than `width` characters.
    """
    rows = [("step", "layer", "records out", "seconds", "output")]
    rows += [
        (
            step["step"],
            step["layer"],
            f"{step['records_out']:,}",
            f"{step['duration_seconds']:.1f}",
            step["output"].removeprefix(f"{Path.cwd()}/"),
        )
        for step in summary["steps"]
        if step["outcome"] == SUCCESS
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    if width is not None and sum(widths) + 2 * 4 > width:
        rows = [(*row[:4], "") for row in rows]
    lines = [
        f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  "
        f"{row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(len(line) for line in lines))
    notes = [
        *_failed_steps(summary["steps"]),
        *_row_lines(summary["outcomes"], summary["unfetched"]),
        *_link_lines(summary["links"]),
        *_check_lines(summary["checks"]),
        *_cost_lines(summary["cost"]),
        f"run {summary['run_id']} of {summary['years']}",
    ]
    return "\n".join([*lines, "", *notes])


def _failed_steps(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    how = {
        FAILURE: "failed",
        CANCELED: "was canceled",
        LOST: "started but never finished: its process or machine died",
    }
    return [
        f"{step['step']} {how[step['outcome']]}" + (f": {step['error']}" if step["error"] else "")
        for step in steps
        if step["outcome"] != SUCCESS
    ]


def _check_lines(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    if not checks:
        return []
    failed = [check for check in checks if not check["passed"]]
    return [
        f"checks: {len(checks) - len(failed):,} of {len(checks):,} passed",
        *(
            f"  {check['severity'].lower()}: "
            f"{failure(check['asset'], check['name'], check['description'])}"
            for check in failed
        ),
    ]


def _row_lines(outcomes: Sequence[Mapping[str, Any]], unfetched: int) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for each in outcomes:
        if each["table"] != MATCHES.name:  # Whose rows are releases.
            counts[each["outcome"]] += each["rows"]
    if counts["quarantined"]:
        yield (
            f"quarantined: {counts['quarantined']:,} rows cannot be read; `capstone quarantine` "
            "lists them"
        )
        for each in [each for each in outcomes if each["outcome"] == "quarantined"][:_MOST_REASONS]:
            yield f"  {each['rows']:,} x {each['table']}: {each['reason']}"
    if counts["unkeyed"]:
        yield f"no key: {counts['unkeyed']:,} films have titles like $ or ?, which find no release"
    if unfetched:
        yield (
            f"not served: {unfetched:,} pages or films; later runs fetch them again, after a "
            "day, two, four"
        )


def _link_lines(links: Mapping[str, Any] | None) -> list[str]:
    if links is None:
        return []
    return [
        f"links: {links['strong']:,} strong, {links['probable']:,} probable",
        f"to review: {links['review']:,} pairs of a release and a film "
        f"({links['review_albums']:,} of an album and a film)",
        f"linked: {percent(links['linked_share_of_soundtracks'])} of {links['soundtracks']:,} film "
        "soundtracks (linked_share_of_soundtracks)",
        f"compared: {links['candidates']:,} pairs of a release and a film, of which "
        f"{percent(links['strong_share_of_candidates'])} are strong links",
    ]
