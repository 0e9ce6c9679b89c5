"""Audit records on their way to Log Analytics and ADLS: real HTTP to servers of this machine."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest
from azure.core.credentials import AccessToken
from azure.storage.filedatalake import DataLakeServiceClient

from capstone_assets.audit.outbox import AdlsSink, LogAnalyticsSink, Outbox
from capstone_assets.audit.records import STARTED, AuditRecord, write_record
from capstone_assets.environment import SettingsError, SinkSettings, read_sinks
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.loopback import Request, answering

TOKEN = "a-token-for-no-service"


class Credential:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(TOKEN, int(time.time()) + 3600)


@dataclass
class Server:
    url: str = ""
    is_down: bool = False
    answers: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What a collection rule was given."""
        return [row for _, _, body in self.asked for row in json.loads(gzip.decompress(body))]


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    found.may_answer.set()

    def answer(request: Request) -> int:
        found.may_answer.wait(10)
        found.answers += 1
        if found.is_down:
            return 503
        found.asked.append((request.method, request.path, request.body))
        return {"PUT": 201, "PATCH": 202, "POST": 204}[request.method]

    of_a_file = {"Last-Modified": "Tue, 24 Nov 2026 12:00:00 GMT", "ETag": '"1"'}
    with answering(answer, of_a_file) as found.url:
        yield found


def record(step: str, outcome: str = "success") -> AuditRecord:
    return AuditRecord(
        run_id="20261124T120000-1a2b3c4d",
        dagster_run_id="1a2b3c4d",
        step=step,
        layer=step.split("/")[0],
        partitions=["1999"],
        started=datetime(2026, 11, 24, 12, tzinfo=UTC),
        outcome=outcome,
        records_out=7,
    )


def outbox(tmp_path: Path, *sinks: Any) -> Outbox:
    return Outbox(fsspec.filesystem("file"), f"{tmp_path}/outbox", sinks)


def post(box: Outbox, *records: AuditRecord) -> None:
    from dataclasses import asdict

    for each in records:
        line = json.dumps(asdict(each), default=datetime.isoformat)
        box.post(f"{each.step.replace('/', '.')}-{each.outcome}.jsonl", line)


def log_analytics(server: Server) -> LogAnalyticsSink:
    return LogAnalyticsSink(server.url, "dcr-1", "Custom-CapstoneAudit_CL", Credential())


def keys(server: Server) -> set[tuple[str, str, str]]:
    return {(row["run_id"], row["step"], row["outcome"]) for row in server.rows}


def test_log_analytics_gets_every_record_with_its_time(server: Server, tmp_path: Path):
    box = outbox(tmp_path, log_analytics(server))

    post(box, record("silver/films", STARTED), record("silver/films"))

    assert box.flush(20)
    assert {row["outcome"] for row in server.rows} == {"started", "success"}
    assert {row["TimeGenerated"] for row in server.rows} == {"2026-11-24T12:00:00+00:00"}
    assert {(method, path.split("?")[0]) for method, path, _ in server.asked} == {
        ("POST", "/dataCollectionRules/dcr-1/streams/Custom-CapstoneAudit_CL")
    }
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_an_outage_loses_nothing_and_delays_no_run(server: Server, tmp_path: Path):
    server.is_down = True
    box = outbox(tmp_path, log_analytics(server))
    server.may_answer.clear()
    post(box, record("silver/films"), record("gold/matches"))
    answers_while_posting = server.answers
    server.may_answer.set()
    assert box.flush(30)
    waiting = {file.name for file in tmp_path.rglob("*.jsonl")}

    server.is_down = False
    later = outbox(tmp_path, log_analytics(server))  # The next run, in a process of its own.
    post(later, record("gold/film_soundtracks"))

    assert later.flush(30)
    assert answers_while_posting == 0 < server.answers
    assert waiting == {"silver.films-success.jsonl", "gold.matches-success.jsonl"}
    assert {step for _, step, _ in keys(server)} == {
        *("silver/films", "gold/matches", "gold/film_soundtracks")
    }
    assert len(server.rows) == len(keys(server))
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_a_record_sent_twice_has_the_same_key(server: Server, tmp_path: Path):
    box = outbox(tmp_path, log_analytics(server))
    post(box, record("silver/films"))
    assert box.flush(20)
    post(box, record("silver/films"))  # As after a crash between the answer and the clearing.

    assert box.flush(20)
    assert (len(server.rows), len(keys(server))) == (2, 1)


def test_a_sink_that_is_down_does_not_keep_another_from_its_records(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    class Broken:
        name = "broken"

        def send(self, records: Any) -> None:
            raise ConnectionError(f"no way to {len(records)} records")

    box = outbox(tmp_path, Broken(), log_analytics(server))
    post(box, record("silver/films"))

    assert box.flush(20)
    assert len(server.rows) == 1
    assert [file.parent.name for file in tmp_path.rglob("*.jsonl")] == ["broken"]
    assert "broken" in caplog.text


@pytest.mark.parametrize("content", [b"", b'{"run_id": "2026', b"\x00" * 40, b"[]", b"\xff"])
def test_a_half_written_record_keeps_none_behind_it_from_being_sent(
    server: Server, tmp_path: Path, content: bytes
):
    folder = tmp_path / "outbox" / "log_analytics"
    folder.mkdir(parents=True)
    (folder / "0-first.jsonl").write_bytes(content)
    (folder / "1-still-written.jsonl.part").write_bytes(b'{"run')
    box = outbox(tmp_path, log_analytics(server))

    post(box, record("silver/films"))

    assert box.flush(20)
    assert [step for _, step, _ in keys(server)] == ["silver/films"]
    assert sorted(file.name for file in folder.iterdir()) == [
        *("0-first.jsonl.unreadable", "1-still-written.jsonl.part")
    ]


def test_an_outbox_below_a_folder_with_brackets_is_emptied(server: Server, tmp_path: Path):
    box = outbox(tmp_path / "lake [2026] {a}*", log_analytics(server))

    post(box, record("silver/films"))

    assert box.flush(20)
    assert len(server.rows) == 1
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_a_storage_account_gets_a_file_for_each_record(server: Server, tmp_path: Path):
    client = DataLakeServiceClient(f"{server.url}/account", credential="bm8ga2V5")
    box = outbox(tmp_path, AdlsSink(client, "audit-copy"))

    post(box, record("gold/matches"))

    assert box.flush(20)
    paths = {path.split("?")[0] for _, path, _ in server.asked}
    assert len(paths) == 1
    path = paths.pop()
    assert "audit-copy/audit/run_id" in path
    assert path.endswith("/gold.matches-success.jsonl")
    sent = b"".join(body for _, _, body in server.asked)
    assert json.loads(sent)["records_out"] == 7


def test_the_records_of_a_step_reach_the_sinks_of_the_environment(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from capstone_assets.audit import records as audit

    def sinks(settings: SinkSettings) -> list[LogAnalyticsSink]:
        assert settings.endpoint == server.url
        return [log_analytics(server)]

    monkeypatch.setenv("CAPSTONE_AUDIT_ENDPOINT", server.url)
    monkeypatch.setenv("CAPSTONE_AUDIT_RULE_ID", "dcr-1")
    monkeypatch.setenv("CAPSTONE_AUDIT_STREAM", "Custom-CapstoneAudit_CL")
    monkeypatch.setattr(audit, "sinks_of", sinks)
    lakehouse = Lakehouse(str(tmp_path / "lake"))

    write_record(lakehouse, record("gold/matches"))

    assert audit.outbox_of(lakehouse).flush(20)
    assert [row["step"] for row in server.rows] == ["gold/matches"]
    assert [file.name for file in tmp_path.rglob("*.jsonl")] == [
        "20261124T120000000000-gold.matches-success.jsonl"
    ]


def test_a_rule_that_is_named_in_part_is_refused():
    with pytest.raises(SettingsError, match="CAPSTONE_AUDIT_RULE_ID, CAPSTONE_AUDIT_STREAM"):
        read_sinks({"CAPSTONE_AUDIT_ENDPOINT": "https://rule.ingest.monitor.azure.com"})
    with pytest.raises(SettingsError, match="account/container"):
        read_sinks({"CAPSTONE_AUDIT_COPY": "account"})
    assert read_sinks({}) == SinkSettings()
