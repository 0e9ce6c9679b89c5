"""The lake on ADLS: the real adlfs and the real Data Lake client, on an account on loopback."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.audit.outbox import AdlsSink, Outbox
from capstone_assets.audit.records import STARTED, AuditRecord, read_records, write_record
from capstone_assets.ingest.landing import PageStore
from capstone_assets.lake import renames, storage
from capstone_assets.lake.retention import delete_leftovers, delete_records_of_runs
from capstone_assets.lake.silver import CANDIDATES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.lake.azurite import LAKE, Account, running_account


@pytest.fixture(scope="module")
def running() -> Iterator[Account]:
    with running_account() as account:
        yield account


@pytest.fixture
def account(running: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", running.connection)
    monkeypatch.setattr(renames, "data_lake_service", lambda *_: running.data_lake)
    for container in ("raw", "intermediate", "metrics"):
        there = running.blobs.get_container_client(container)
        for blob in list(there.list_blobs()):
            there.delete_blob(blob.name)
    return running


@pytest.fixture
def lake(account: Account) -> Lakehouse:  # noqa: ARG001
    """The lake as a process of its own sees it: with no listing of an earlier one."""
    url_to_fs(LAKE.format(container="raw"))[0].clear_instance_cache()
    return Lakehouse(LAKE)


class Killed(BaseException):
    """The process is gone."""


def write(lake: Lakehouse, **film_ids: int) -> None:
    """Publish one row a year, as `write` does with what Spark has staged."""
    years = {name.removeprefix("y"): film_id for name, film_id in film_ids.items()}
    schema = to_arrow_schema(CANDIDATES.spark_schema)
    folder = lake.url(f"intermediate/_staging/{'-'.join(map(str, years.values()))}")
    staged = {}
    for year, film_id in years.items():
        plain = {field.name: "" if field.type == pa.string() else 1 for field in schema}
        table = pa.Table.from_pylist([plain | {"film_id": film_id}], schema=schema)
        content = pa.BufferOutputStream()
        pq.write_table(table.drop(["release_year"]), content)
        staged[lake._stage_file(content.getvalue().to_pybytes(), f"{folder}/{year}")] = year
    try:
        lake._publish(CANDIDATES, staged, folder)
    finally:
        lake._remove_unless_committed(CANDIDATES, folder)


def stored(lake: Lakehouse) -> dict[str, int]:
    rows = lake.scan(CANDIDATES, ["release_year", "film_id"]).to_pylist()
    return {row["release_year"]: row["film_id"] for row in rows}


def test_a_partition_is_replaced_and_its_folder_is_made_at_its_first_write(lake):
    write(lake, y1999=1, y2000=2)
    write(lake, y1999=3)

    assert stored(lake) == {"1999": 3, "2000": 2}
    assert lake.partitions(CANDIDATES) == ["1999", "2000"]
    assert lake.filesystem.find(lake.url("intermediate/_staging/")) == []


def test_a_publish_that_is_killed_between_two_partitions_is_completed_by_the_next_run(
    lake, monkeypatch
):
    write(lake, y1999=1, y2000=2)

    def die_at_2000(filesystem: AbstractFileSystem, source: str, target: str) -> None:
        if "2000" in target:
            raise Killed
        renames.move(filesystem, source, target)

    monkeypatch.setattr(storage, "move", die_at_2000)
    with pytest.raises(Killed):
        write(lake, y1999=3, y2000=4)
    monkeypatch.setattr(storage, "move", renames.move)

    # A reader in another process sees whole partitions, and which of them are still the old ones.
    lake.filesystem.clear_instance_cache()
    reader = Lakehouse(LAKE)
    assert stored(reader) == {"1999": 3, "2000": 2}
    assert reader.unfinished_partitions(CANDIDATES) == ["2000"]
    write(reader, y2001=5)
    assert stored(reader) == {"1999": 3, "2000": 4, "2001": 5}
    assert reader.unfinished_partitions(CANDIDATES) == []
    assert reader.filesystem.find(reader.url("intermediate/_staging/")) == []


def test_a_process_that_lists_the_lake_sees_what_another_has_written_since(lake):
    write(lake, y1999=1)
    lake.filesystem.clear_instance_cache()
    other = Lakehouse(LAKE)
    folder = f"{CANDIDATES.path.split('/')[1]}/release_year=1999"
    lake.filesystem.ls(lake.url(f"intermediate/{folder}"))
    lake.filesystem.ls(lake.url(CANDIDATES.path))

    write(other, y1999=2, y2000=3)

    assert lake.filesystem is not other.filesystem
    assert lake.partitions(CANDIDATES) == ["1999", "2000"]
    assert stored(lake) == {"1999": 2, "2000": 3}


@pytest.mark.usefixtures("account")
def test_landed_pages_appear_whole_and_are_found_by_another_process():
    store = PageStore(LAKE.format(container="raw"))
    store.write("pages/tmdb/a.jsonl.gz", b"1")

    other = PageStore(LAKE.format(container="raw"), skip_instance_cache=True)
    assert other.names("pages/tmdb") == ["a.jsonl.gz"]
    store.write("pages/tmdb/b.jsonl.gz", b"22")

    assert other.names("pages/tmdb") == ["a.jsonl.gz", "b.jsonl.gz"]
    assert other.read("pages/tmdb/b.jsonl.gz") == b"22"
    assert other.find("pages") == ["pages/tmdb/a.jsonl.gz", "pages/tmdb/b.jsonl.gz"]
    assert other.names("pages/discogs") == []


def test_audit_records_are_read_by_another_process_and_deleted_with_their_run(lake):
    record = AuditRecord(
        run_id="20261126T120000-ab12cd34",
        dagster_run_id="ab12cd34",
        step="gold/matches",
        layer="gold",
        partitions=["1999"],
        started=datetime(2026, 11, 26, 12, tzinfo=UTC),
        outcome=STARTED,
        parameters={},
    )
    write_record(lake, record)
    lake.filesystem.clear_instance_cache()
    other = Lakehouse(LAKE)

    assert [each["step"] for each in read_records(other, record.run_id)] == ["gold/matches"]
    write_record(lake, replace(record, step="gold/review_queue"))
    assert len(read_records(other, record.run_id)) == 2
    assert delete_records_of_runs(other, [record.run_id]) == 1
    assert read_records(other, record.run_id) == []
    assert delete_records_of_runs(lake, [record.run_id]) == 0


class Down(AdlsSink):
    """Takes nothing as long as it is down."""

    down = True

    def send(self, records: Mapping[str, str]) -> None:
        if self.down:
            raise OSError("the other account does not answer")
        super().send(records)


def test_audit_records_wait_in_the_lake_until_another_account_takes_them(lake, account):
    sink = Down(account.data_lake, "copies")
    folder = lake.url("metrics/audit/_outbox")
    outbox = Outbox(lake.filesystem, folder, [sink])
    records = {f"{step}.jsonl": json.dumps({"run_id": "r", "step": step}) for step in "ab"}
    # Left by a power cut: it keeps none behind it from being sent.
    lake.filesystem.pipe_file(f"{folder}/adls/0.jsonl", b'{"run_id": "r", "st')

    outbox.post("a.jsonl", records["a.jsonl"])
    assert outbox.flush(30)
    waiting = [file.rpartition("/")[2] for file in lake.filesystem.find(folder)]
    assert waiting == ["0.jsonl.unreadable", "a.jsonl"]
    sink.down = False
    outbox.post("b.jsonl", records["b.jsonl"])
    assert outbox.flush(30)

    sent = account.blobs.get_container_client("copies")
    assert {
        blob.name: sent.download_blob(blob.name).readall().decode() for blob in sent.list_blobs()
    } == {f"audit/run_id=r/{name}": record for name, record in records.items()}
    assert [file.rpartition("/")[2] for file in lake.filesystem.find(folder)] == waiting[:1]


def test_leftovers_of_a_killed_write_are_deleted_by_age(lake):
    lake.filesystem.pipe_file(lake.url("intermediate/_staging/1/part.parquet"), b"1")
    now = datetime.now(UTC)

    assert delete_leftovers(lake, now - timedelta(hours=1)) == 0
    assert delete_leftovers(lake, now + timedelta(hours=1)) == 1
    assert lake.filesystem.find(lake.url("intermediate/_staging/")) == []
