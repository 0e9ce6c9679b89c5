"""The event log of one machine records what Dagster's own does."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from capstone_assets.orchestration.event_log import BatchedSqliteEventLogStorage

YEARS = dg.StaticPartitionsDefinition([str(year) for year in range(1990, 2000)])
EVENT_LOG = {
    "module": "capstone_assets.orchestration.event_log",
    "class": "BatchedSqliteEventLogStorage",
}


@dg.asset(partitions_def=YEARS, backfill_policy=dg.BackfillPolicy.single_run())
def rows(context: dg.AssetExecutionContext) -> None:
    for year in context.partition_keys:
        context.add_asset_metadata({"year": year}, partition_key=year)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "100")
    reference = InstanceRef.from_dir(str(tmp_path), overrides={"event_log_storage": EVENT_LOG})
    with dg.DagsterInstance.from_ref(reference) as instance:
        yield instance


def materialize_all_years(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    tags = {
        "dagster/asset_partition_range_start": "1990",
        "dagster/asset_partition_range_end": "1999",
    }
    job = dg.Definitions(assets=[rows]).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, tags=tags)


def test_every_year_is_recorded_with_its_own_metadata(instance: dg.DagsterInstance) -> None:
    result = materialize_all_years(instance)
    found = instance.fetch_materializations(rows.key, limit=100).records
    years = {record.partition_key for record in found}
    assert years == set(YEARS.get_partition_keys())
    for record in found:
        assert record.asset_materialization is not None
        assert record.asset_materialization.metadata["year"].value == record.partition_key
    assert instance.get_materialized_partitions(rows.key) == years
    of_the_run = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert {event.get_dagster_event().partition for event in of_the_run} == years


def test_a_run_is_recorded_after_the_history_was_wiped(instance: dg.DagsterInstance) -> None:
    materialize_all_years(instance)
    instance.wipe()

    assert instance.get_materialized_partitions(rows.key) == set()
    materialize_all_years(instance)

    assert instance.get_materialized_partitions(rows.key) == set(YEARS.get_partition_keys())


def test_a_batch_that_fails_halfway_is_stored_once(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_one, calls = BatchedSqliteEventLogStorage.store_event, []

    def fail_once(self: BatchedSqliteEventLogStorage, event: dg.EventLogEntry) -> None:
        if event.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            calls.append(event)
            if len(calls) == 5:
                raise OSError("disk full")
        store_one(self, event)

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "store_event", fail_once)
    result = materialize_all_years(instance)
    assert len(instance.fetch_materializations(rows.key, limit=100).records) == 10
    of_the_run = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert len(of_the_run) == 10
