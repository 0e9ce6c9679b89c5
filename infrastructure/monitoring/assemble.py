"""Make workbook.json and alerts.json, which Azure loads, out of the queries beside them.

Belongs here: what the workbook shows in which order, and which query sends an alert, and when.
Not here: the queries themselves (queries/*.kql), loading the two files (modules/monitoring.bicep).

Bicep cannot read a file whose name is in another file, so both hold copies of the queries:
`python -m infrastructure.monitoring.assemble` writes them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
WEEK_MS = 7 * 24 * 60 * 60 * 1000
DAY_MS = 24 * 60 * 60 * 1000
_TIME = "TimeRange"
_WORKSPACES = "microsoft.operationalinsights/workspaces"


@dataclass(frozen=True)
class Chart:
    """A part of the workbook: a query, and how its rows are shown; `width` is in percent."""

    query: str
    title: str
    visualization: str
    width: int = 100
    settings: dict[str, Any] | None = None


@dataclass(frozen=True)
class Alert:
    """An alert rule: it fires when the number of the query's rows meets the condition.

    Severity 1 is an error, 2 a warning. Frequency and window are ISO 8601 durations; Azure looks
    back two days at most. One that `resolves_itself` is closed once its condition is over; another
    reminds once a day until a person closes it. One that `needs_sensors` is off where nothing is
    scheduled.
    """

    name: str
    title: str
    description: str
    severity: int
    frequency: str
    window: str
    query: str
    operator: str
    threshold: int
    resolves_itself: bool = True
    needs_sensors: bool = False


CHARTS = (
    Chart("runs", "Runs", "table"),
    Chart("failures", "Steps that failed, were canceled or were lost", "table"),
    Chart("freshness", "Hours since each table was written", "table", 50),
    Chart("slowest_steps", "What each step takes", "table", 50),
    Chart("durations", "Seconds by step", "timechart", 50),
    Chart("records_per_layer", "Rows written by layer", "timechart", 50),
    Chart(
        "match_rate",
        "Percent of film soundtracks that are linked",
        "timechart",
        50,
        {"xAxis": "began", "yAxis": ["linked_percent"]},
    ),
    Chart(
        "throttling",
        "Requests that an API refused",
        "barchart",
        50,
        {"xAxis": "day", "yAxis": ["throttled"], "group": "step"},
    ),
    Chart("cost", "US dollars for clusters, at most", "barchart", 50, {"yAxis": ["dollars"]}),
)

ALERTS = (
    Alert(
        "failed-steps",
        "A step failed",
        "The latest attempt at a step failed, was canceled or was lost; its audit record has the "
        "error. Close the alert when the step succeeds. After two days the query no longer "
        "sees the record, whether or not anyone acted.",
        severity=1,
        frequency="PT15M",
        # A record that was spooled while the sink was down comes late.
        window="P2D",
        query="failed_steps",
        operator="GreaterThan",
        threshold=0,
        resolves_itself=False,
    ),
    Alert(
        "stale-gold",
        "Gold is two days old",
        "The sensors are on and gold/matches was not materialized for two days. See whether the "
        "daemon runs and what its sensors report.",
        severity=2,
        frequency="PT6H",
        window="P2D",
        query="stale_gold",
        operator="LessThan",
        threshold=1,
        needs_sensors=True,
    ),
    Alert(
        "match-rate-drop",
        "Fewer soundtracks are linked",
        "The share of film soundtracks that are linked is a fifth lower after the latest run than "
        "after the runs in the two days before.",
        severity=2,
        frequency="PT1H",
        window="P2D",
        query="match_rate_drop",
        operator="GreaterThan",
        threshold=0,
    ),
)


def query(name: str) -> str:
    """The text of a query."""
    return (FOLDER / f"queries/{name}.kql").read_text("utf-8").strip()


def alerts() -> list[dict[str, Any]]:
    """The alert rules as modules/monitoring.bicep takes them."""
    return [
        {
            "name": alert.name,
            "displayName": alert.title,
            "description": alert.description,
            "severity": alert.severity,
            "evaluationFrequency": alert.frequency,
            "windowSize": alert.window,
            "query": query(alert.query),
            "operator": alert.operator,
            "threshold": alert.threshold,
            "resolvesItself": alert.resolves_itself,
            # Azure takes a pause only from rules that do not resolve themselves.
            "pauseBetweenActions": None if alert.resolves_itself else "P1D",
            "needsSensors": alert.needs_sensors,
        }
        for alert in ALERTS
    ]


def workbook() -> dict[str, Any]:
    """The workbook: a choice of time, then a part for each chart."""
    return {
        "version": "Notebook/1.0",
        "items": [_time_range(), *(_part(chart) for chart in CHARTS)],
        "fallbackResourceIds": [],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }


def _time_range() -> dict[str, Any]:
    parameter = {
        "name": _TIME,
        "label": "Time",
        "type": 4,  # a range of time
        "version": "KqlParameterItem/1.0",
        "isRequired": True,
        "value": {"durationMs": WEEK_MS},
        "typeSettings": {
            "selectableValues": [{"durationMs": days * DAY_MS} for days in (1, 2, 7, 14, 30, 90)],
            "allowCustom": True,
        },
    }
    return {
        "type": 9,  # parameters
        "name": "parameters",
        "content": {
            "version": "KqlParameterItem/1.0",
            "parameters": [parameter],
            "style": "pills",
            "queryType": 0,
            "resourceType": _WORKSPACES,
        },
    }


def _part(chart: Chart) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "title": chart.title,
        "query": query(chart.query),
        "size": 0,
        "timeContextFromParameter": _TIME,
        "queryType": 0,
        "resourceType": _WORKSPACES,
        "visualization": chart.visualization,
        "noDataMessage": "Nothing in this time.",
    }
    if chart.settings:
        content["chartSettings"] = chart.settings
    part = {"type": 3, "name": chart.query, "content": content}
    return part if chart.width == 100 else part | {"customWidth": str(chart.width)}


def write(folder: Path = FOLDER) -> None:
    """Write both files."""
    for name, content in (("workbook", workbook()), ("alerts", alerts())):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    write()
