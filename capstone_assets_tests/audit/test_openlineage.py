"""OpenLineage events over real HTTP to a server of this machine that validates them.

The schema says what https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets' pages demand
of what is sent, in words of our own.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from capstone_assets.audit import records as audit
from capstone_assets.audit.openlineage import OpenLineageSink, as_event
from capstone_assets.audit.records import CANCELED, FAILURE, STARTED, AuditRecord, write_record
from capstone_assets.environment import OpenLineageServer, SettingsError, read_openlineage
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets_tests.loopback import Request, answering

DAGSTER_RUN = "8b95689a-39f1-4a7b-9c5e-1c1c3a0c2b11"
BEGAN = datetime(2026, 11, 26, 12, tzinfo=UTC)

FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {
            "_producer": {"type": "string", "pattern": "^[a-z]+:"},
            "_schemaURL": {"pattern": r"^https://openlineage\.io/spec/facets/\d-\d-\d/(\w+)\.json"},
        },
    },
}
NAMED = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "namespace": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        **dict.fromkeys(("facets", "inputFacets", "outputFacets"), FACETS),
    },
}
UUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
RUN = {"type": "object", "required": ["runId"], "properties": {"runId": UUID, "facets": FACETS}}
EVENT = Draft202012Validator(
    {
        "type": "object",
        "required": ["eventType", "eventTime", "producer", "schemaURL", "run", "job"],
        "additionalProperties": False,
        "properties": {
            "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
            "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT.*([+]\d\d:\d\d|Z)$"},
            "producer": {"type": "string", "pattern": "^[a-z]+:"},
            "schemaURL": {"pattern": r"/OpenLineage\.json#/\$defs/RunEvent$"},
            "run": RUN,
            "job": NAMED,
            "inputs": {"type": "array", "items": NAMED},
            "outputs": {"type": "array", "items": NAMED},
        },
    }
)


def record(step: str, outcome: str = "success", **more: Any) -> AuditRecord:
    return AuditRecord(
        **{
            "run_id": "20261126T120000-8b95689a",
            "dagster_run_id": DAGSTER_RUN,
            "step": step,
            "layer": step.split("/")[0],
            "partitions": ["1999"],
            "started": BEGAN,
            "finished": None if outcome == STARTED else BEGAN.replace(minute=1),
            "outcome": outcome,
            **more,
        }
    )


def event(found: AuditRecord, locate: Any = lambda table: f"/lake/{table.path}") -> dict[str, Any]:
    line = json.loads(json.dumps(asdict(found), default=datetime.isoformat))
    made = as_event(line, "films", locate)
    EVENT.validate(made)
    return made


@pytest.mark.parametrize(
    ("outcome", "kind", "minute"),
    [
        (STARTED, "START", "00"),
        ("success", "COMPLETE", "01"),
        (FAILURE, "FAIL", "01"),
        (CANCELED, "ABORT", "01"),
    ],
)
def test_a_start_and_its_end_are_events_of_one_run(outcome: str, kind: str, minute: str):
    made = event(record("silver/films", outcome))

    assert (made["eventType"], made["eventTime"]) == (kind, f"2026-11-26T12:{minute}:00+00:00")
    assert made["run"]["runId"] == event(record("silver/films"))["run"]["runId"]
    assert made["run"]["runId"] != event(record("silver/soundtracks"))["run"]["runId"]
    assert made["run"]["facets"]["parent"]["run"] == {"runId": DAGSTER_RUN}
    assert made["job"]["name"] == "silver/films"


def test_a_table_is_written_from_the_tables_that_its_columns_are_derived_from():
    made = event(record("gold/film_soundtracks", records_out=1014))

    [written] = made["outputs"]
    read = [each["name"] for each in made["inputs"]]
    assert (written["namespace"], written["name"]) == ("file", "/lake/gold/film_soundtracks")
    assert {"/lake/intermediate/films", "/lake/gold/matches"} <= {*read}
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 1014
    fields = {each["name"]: each for each in written["facets"]["schema"]["fields"]}
    assert fields["best_release_id"]["type"] == "bigint"
    sources = written["facets"]["columnLineage"]["fields"]["best_release_id"]["inputFields"]
    assert {"namespace": "file", "name": "/lake/gold/matches", "field": "release_id"} in sources


def test_a_lake_in_azure_is_named_by_its_container():
    def in_azure(table: Table) -> str:
        return f"abfss://gold@account.dfs.core.windows.net/lake/{table.path}"

    [written] = event(record("gold/matches"), in_azure)["outputs"]

    assert written["namespace"] == "abfss://gold@account.dfs.core.windows.net"
    assert written["name"] == "/lake/gold/matches"


def test_checks_are_assertions_about_the_table_that_they_examined():
    check = {
        "name": "key_is_unique",
        "asset": "gold/matches",
        "passed": False,
        "severity": "ERROR",
        "description": "2 keys are repeated",
        "figures": {},
    }

    made = event(record("gold_matches_checks", layer="gold", checks=[check]))

    assert made["outputs"] == []
    [checked] = made["inputs"]
    assert checked["name"] == "/lake/gold/matches"
    [assertion] = checked["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (assertion["assertion"], assertion["success"]) == ("key_is_unique", False)


def test_a_failure_says_why():
    made = event(record("gold/matches", FAILURE, error="OSError: no room"))

    assert made["run"]["facets"]["errorMessage"]["message"] == "OSError: no room"


class Server:
    """An OpenLineage server: what it was sent, and what it answers first."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str | None]] = []
        self.answers: list[int] = []
        self.url = ""


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()

    def answer(request: Request) -> int:
        body = json.loads(request.body)
        found.asked.append((request.path, request.headers.get("Authorization")))
        status = found.answers.pop(0) if found.answers else 201
        if status == 201:
            EVENT.validate(body)
            found.events.append(body)
        return status

    with answering(answer) as found.url:
        yield found


def test_a_step_of_a_lake_reaches_the_server_that_the_environment_names(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENLINEAGE_URL", f"{server.url}/")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "films")
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "a-key-for-no-service")
    lakehouse = Lakehouse(str(tmp_path / "lake"))

    write_record(lakehouse, record("silver/films", STARTED))
    write_record(lakehouse, record("silver/films"))

    assert audit.outbox_of(lakehouse).flush(20)
    assert [each["eventType"] for each in server.events] == ["START", "COMPLETE"]
    assert {each["job"]["namespace"] for each in server.events} == {"films"}
    assert {*server.asked} == {("/api/v1/lineage", "Bearer a-key-for-no-service")}
    [written] = server.events[-1]["outputs"]
    assert written["name"] == f"{tmp_path}/lake/intermediate/films"


def test_an_event_that_the_server_refuses_is_dropped_and_one_that_it_cannot_take_is_kept(
    server: Server, caplog: pytest.LogCaptureFixture
):
    sink = OpenLineageSink(OpenLineageServer(server.url), lambda table: f"/lake/{table.path}")
    line = json.dumps(asdict(record("silver/films")), default=datetime.isoformat)
    server.answers = [422, 201, 503]

    sink.send({"refused": line, "taken": line})
    with pytest.raises(Exception, match="503"):
        sink.send({"down": line})

    assert "The OpenLineage server refused refused: 422" in caplog.text
    assert len(server.events) == 1


def test_without_a_setting_there_is_no_server_and_a_wrong_one_is_refused():
    assert read_openlineage({}) is None
    assert read_openlineage({"OPENLINEAGE_URL": "http://127.0.0.1:5000/"}) == OpenLineageServer(
        "http://127.0.0.1:5000"
    )
    with pytest.raises(SettingsError, match="OPENLINEAGE_URL is 'marquez'"):
        read_openlineage({"OPENLINEAGE_URL": "marquez"})
    assert "secret" not in repr(OpenLineageServer("http://x", api_key="secret"))
