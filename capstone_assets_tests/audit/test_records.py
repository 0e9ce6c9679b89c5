from datetime import UTC, datetime

from capstone_assets.audit.records import (
    AuditRecord,
    latest_records,
    read_records,
    run_ids,
    write_record,
)
from capstone_assets.lake.storage import Lakehouse

RUN = "20261124T120000-1a2b3c4d"


def record(step: str, run_id: str = RUN) -> AuditRecord:
    return AuditRecord(
        run_id=run_id,
        dagster_run_id="1a2b3c4d",
        step=step,
        layer="silver",
        partitions=["1999"],
        started=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


def test_a_half_written_record_is_passed_over_and_the_others_are_read(tmp_path, caplog):
    lakehouse = Lakehouse(str(tmp_path / "lake [2026]"))
    write_record(lakehouse, record("silver/films"))
    folder = tmp_path / "lake [2026]/metrics/audit" / f"run_id={RUN}"
    (folder / "20261124T120001-cut.jsonl").write_text('{"run_id": "2026')
    (folder / "20261124T120002-empty.jsonl").touch()

    assert [each["step"] for each in read_records(lakehouse, RUN)] == ["silver/films"]
    assert [each["outcome"] for each in latest_records(lakehouse, RUN)] == ["success"]
    assert "half-written audit record in 20261124T120001-cut.jsonl" in caplog.text


def test_runs_are_listed_newest_first_and_the_outbox_is_not_one(tmp_path):
    lakehouse = Lakehouse(str(tmp_path))
    for run in ("20261124T120000-a", "20261125T120000-b"):
        write_record(lakehouse, record("silver/films", run))
    (tmp_path / "metrics/audit/_outbox/adls").mkdir(parents=True)

    assert run_ids(lakehouse) == ["20261125T120000-b", "20261124T120000-a"]
    assert run_ids(Lakehouse(str(tmp_path / "empty"))) == []
