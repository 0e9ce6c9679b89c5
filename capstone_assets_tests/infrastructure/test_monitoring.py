"""The monitoring queries, run on DuckDB over audit records of runs that went well and badly."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb_kql
import pytest

from capstone_assets.audit.records import AuditRecord
from capstone_assets.quality.judgements import MatchRate, judge_match_rate
from infrastructure.check.templates import deployed
from infrastructure.monitoring.assemble import ALERTS, CHARTS, FOLDER, alerts, query, workbook

NOW = datetime.now(UTC)
# The types of Log Analytics, and DuckDB's.
TYPES = {
    "datetime": "TIMESTAMP",
    "string": "VARCHAR",
    "long": "BIGINT",
    "real": "DOUBLE",
    "dynamic": "JSON",
}
COLUMNS = {
    column["name"]: TYPES[column["type"]]
    for column in json.loads((FOLDER / "audit_columns.json").read_text("utf-8"))
}
REQUESTS = {"made": 300, "retried": 4, "throttled": 3, "waited_seconds": 2.5}
Rows = list[dict[str, Any]]
Ask = Callable[[str, Iterable[AuditRecord]], Rows]


def record(step: str, run: str = "a", hours_ago: float = 1.0, **known: Any) -> AuditRecord:
    """The record of a step that took a minute, so many hours ago."""
    started = NOW - timedelta(hours=hours_ago)
    usual: dict[str, Any] = {
        "partitions": ["1984", "1985"],
        "records_in": None,
        "records_out": 10,
        "duration_seconds": 60.0,
        "output": "abfss://gold@lake.dfs.core.windows.net/matches",
        "schema_fingerprint": "5265af915387",
        "started": started,
        "finished": started + timedelta(minutes=1),
        "git_commit": "0a3cba0",
    }
    return AuditRecord(
        run_id=run, dagster_run_id=run, step=step, layer=step.split("/")[0], **(usual | known)
    )


def linked(run: str, hours_ago: float, links: int, **known: Any) -> list[AuditRecord]:
    """A run after which so many of 1,000 film soundtracks are linked."""
    rate = judge_match_rate(MatchRate(5000, 1000, links, links, 0))
    found = {"name": rate.claim, "passed": rate.holds, "figures": rate.figures}
    another = {"name": "key_is_unique", "passed": True, "figures": {}}
    return [
        record("silver/candidates", run, hours_ago + 0.1, records_out=5000, checks=[another]),
        record("gold/matches", run, hours_ago, **known, checks=[another, found]),
    ]


@pytest.fixture
def ask() -> Ask:
    """What a query answers when the audit table holds these records.

    Their moments are counted from now: the tests may have been collected long before.
    """

    def answer(text: str, records: Iterable[AuditRecord]) -> Rows:
        since = datetime.now(UTC) - NOW
        with duckdb_kql.connect() as connection:
            columns = ", ".join(f'"{column}" {kind}' for column, kind in COLUMNS.items())
            connection.sql(f"CREATE TABLE CapstoneAudit_CL ({columns})")
            for each in records:
                sent = {
                    name: value + since if isinstance(value, datetime) else value
                    for name, value in (asdict(each) | {"TimeGenerated": each.finished}).items()
                }
                values = [
                    json.dumps(sent[column]) if kind == "JSON" else sent[column]
                    for column, kind in COLUMNS.items()
                ]
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO CapstoneAudit_CL VALUES ({marks})", values)
            found = duckdb_kql.query(connection, text)
            names = found.columns
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return answer


def test_a_run_is_shown_with_its_length_rows_requests_and_cost(ask: Ask):
    [found] = ask(
        query("runs"),
        [
            record("bronze/tmdb_movies", hours_ago=2, records_out=70, requests=REQUESTS),
            record("gold/matches", records_out=30, compute={"dollars": 0.204, "node_hours": 1.0}),
        ],
    )
    assert found["minutes"] == 61
    assert (found["steps"], found["not_done"], found["rows"]) == (2, 0, 100)
    assert (found["requests"], found["dollars"]) == (300, 0.2)
    assert found["git_commit"] == "0a3cba0"


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("runs", "rows", 1000),
        ("durations", "duration_seconds", 60),
        ("slowest_steps", "runs", 1),
        ("records_per_layer", "rows", 1000),
        ("throttling", "made", 300),
        ("cost", "dollars", 0.2),
    ],
)
def test_a_record_that_was_sent_twice_counts_once(ask: Ask, name: str, column: str, value: float):
    sent = record(
        "silver/candidates", records_out=1000, requests=REQUESTS, compute={"dollars": 0.2}
    )
    [found] = ask(query(name), [sent, sent])
    assert found[column] == value


def test_requests_are_shown_for_the_steps_that_made_some(ask: Ask):
    [found] = ask(
        query("throttling"), [record("bronze/tmdb_movies", requests=REQUESTS), record("x/y")]
    )
    assert found["step"] == "bronze/tmdb_movies"
    assert [found[name] for name in REQUESTS] == [300, 4, 3, 2.5]


def test_the_rate_is_that_of_linked_soundtracks(ask: Ask):
    found = ask(query("match_rate"), [*linked("a", 5, 700), *linked("b", 1, 655)])
    assert [row["linked_percent"] for row in found] == [70, 65.5]


def test_freshness_counts_from_the_last_success(ask: Ask):
    found = ask(
        query("freshness"),
        [
            record("gold/matches", "a", 9),
            record("gold/matches", "b", 5),
            record("gold/matches", "c", 1, outcome="failure"),
            record("silver/films", "b", 2),
        ],
    )
    assert [(row["step"], row["hours"]) for row in found] == [
        ("gold/matches", 5),
        ("silver/films", 2),
    ]


def test_failed_canceled_and_lost_steps_are_failures_and_running_ones_are_not(ask: Ask):
    found = ask(
        query("failures"),
        [
            record("gold/matches", "a", 1, outcome="failure", error="no space left"),
            record("gold/matches", "b", 2, outcome="canceled"),
            record("gold/matches", "c", 30, outcome="started", finished=None),
            record("gold/matches", "d", 0.5, outcome="started", finished=None),
            record("gold/matches", "e", 30, outcome="started", finished=None),
            record("gold/matches", "e", 30),
        ],
    )
    assert [(row["run_id"], row["ended"], row["error"]) for row in found] == [
        ("a", "failure", "no space left"),
        ("b", "canceled", None),
        ("c", "lost", None),
    ]


FAILED = record("gold/matches", "a", 3, outcome="failure", error="no space left")
USUAL = [*linked("a", 20, 700), *linked("b", 10, 720)]

# By alert: records that call a person, and records that do not, each on its side of the bound.
CALLING: dict[str, dict[str, list[AuditRecord]]] = {
    "failed-steps": {
        "failed": [FAILED, record("silver/films", "b", 1)],
        "canceled": [record("gold/matches", outcome="canceled")],
        "lost": [record("gold/matches", hours_ago=24.1, outcome="started", finished=None)],
    },
    "stale-gold": {
        "never": [],
        "two days ago": [record("gold/matches", hours_ago=48.1)],
        "failed since": [record("gold/matches", hours_ago=1, outcome="failure")],
        "only silver": [record("silver/films", hours_ago=1)],
    },
    "match-rate-drop": {
        "a fifth less": [*USUAL, *linked("c", 1, 567)],
    },
}
QUIET: dict[str, dict[str, list[AuditRecord]]] = {
    "failed-steps": {
        "nothing": [],
        "repeated with success": [FAILED, record("gold/matches", "b", 1)],
        "running": [record("gold/matches", hours_ago=23.9, outcome="started", finished=None)],
    },
    "stale-gold": {
        "yesterday": [record("gold/matches", hours_ago=47.9)],
        "failed since": [
            record("gold/matches", "a", 20),
            record("gold/matches", "b", 1, outcome="failure"),
        ],
    },
    "match-rate-drop": {
        "nothing": [],
        "the first run": linked("a", 1, 1),
        "not quite a fifth less": [*USUAL, *linked("c", 1, 569)],
        "failed": [*USUAL, *linked("c", 1, 100, outcome="failure")],
    },
}


def calls(ask: Ask, alert: dict[str, Any], records: list[AuditRecord]) -> bool:
    """Whether the rule that Azure loads calls a person; the query is the alert's own text."""
    rows = len(ask(alert["query"], records))
    operators = {"GreaterThan": rows > alert["threshold"], "LessThan": rows < alert["threshold"]}
    return operators[alert["operator"]]


def cases(of: dict[str, dict[str, list[AuditRecord]]]) -> list[Any]:
    return [
        pytest.param(alert, records, id=f"{alert['name']}: {name}")
        for alert in alerts()
        for name, records in of[alert["name"]].items()
    ]


@pytest.mark.parametrize(("alert", "records"), cases(CALLING))
def test_an_alert_calls(ask: Ask, alert: dict[str, Any], records: list[AuditRecord]):
    assert calls(ask, alert, records)


@pytest.mark.parametrize(("alert", "records"), cases(QUIET))
def test_an_alert_stays_quiet(ask: Ask, alert: dict[str, Any], records: list[AuditRecord]):
    assert not calls(ask, alert, records)


def test_the_rate_that_dropped_is_reported_beside_the_usual_one(ask: Ask):
    [found] = ask(query("match_rate_drop"), [*USUAL, *linked("c", 1, 560)])
    assert (found["run_id"], found["linked_share"], found["usual"]) == (
        "c",
        0.56,
        pytest.approx(0.71),
    )


def test_a_failure_stays_open_until_a_person_closes_it_and_the_rest_resolve_themselves():
    stays = {
        alert["name"]: alert["pauseBetweenActions"]
        for alert in alerts()
        if not alert["resolvesItself"]
    }
    assert stays == {"failed-steps": "P1D"}


def test_only_where_the_sensors_are_on_is_gold_expected():
    assert [alert["name"] for alert in alerts() if alert["needsSensors"]] == ["stale-gold"]
    for sensors in (True, False):
        rules = {
            rule.name.partition("}-")[2]: rule.get("properties", "enabled")
            for rule in deployed(FOLDER.parent, {"sensorsRunning": sensors})
            if rule.type == "Microsoft.Insights/scheduledQueryRules"
        }
        assert rules == {"failed-steps": True, "stale-gold": sensors, "match-rate-drop": True}


def test_azure_loads_the_queries_as_they_are_in_their_files():
    assert json.loads((FOLDER / "workbook.json").read_text("utf-8")) == workbook()
    assert json.loads((FOLDER / "alerts.json").read_text("utf-8")) == alerts()


def test_every_query_is_shown_or_calls():
    used = {each.query for each in (*CHARTS, *ALERTS)}
    assert used == {path.stem for path in (FOLDER / "queries").glob("*.kql")}
