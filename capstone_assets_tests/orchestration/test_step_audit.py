"""What the audit records of a step say: with what it ran, how it ended."""

import contextlib
from typing import Any

import dagster as dg
import pytest

from capstone_assets.audit.records import latest_records, read_records, run_ids
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.orchestration.step_audit import audited


def run_step(lakehouse: Lakehouse, config: dict[str, Any], fault: Exception | None = None) -> None:
    """Run an asset that fetches nothing, or fails."""

    @dg.asset(
        key=["raw", "tmdb_pages"],
        partitions_def=RELEASE_YEARS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        config_schema=dg.Permissive(),
    )
    def pages(context: dg.AssetExecutionContext) -> None:
        with audited(context, lakehouse, "raw/tmdb_pages") as audit:
            if fault:
                raise fault
            audit.end(records_out=3)

    dg.materialize(
        [pages],
        partition_key="1984",
        run_config={"ops": {"raw__tmdb_pages": {"config": config}}},
        raise_on_error=False,
    )


def test_the_settings_of_a_step_are_in_its_first_record_and_in_its_last(lakehouse):
    run_step(lakehouse, {"refresh": True, "freshness_days": 7.0, "changed": {}, "note": None})

    [run_id] = run_ids(lakehouse)
    records = read_records(lakehouse, run_id)
    assert [record["outcome"] for record in records] == ["started", "success"]
    assert [record["parameters"] for record in records] == [
        {"refresh": True, "freshness_days": 7.0}
    ] * 2


def test_a_step_without_settings_has_none_in_its_record(lakehouse):
    run_step(lakehouse, {})

    [record] = latest_records(lakehouse, run_ids(lakehouse)[0])
    assert record["parameters"] == {}
    assert (record["step"], record["layer"], record["partitions"]) == (
        *("raw/tmdb_pages", "raw", ["1984"]),
    )
    assert record["records_out"] == 3


@pytest.mark.parametrize(
    ("fault", "outcome", "sentence"),
    [
        (ValueError("page 3 is damaged\nmore"), "failure", "ValueError: page 3 is damaged"),
        (ValueError(), "failure", "ValueError: "),
        (KeyboardInterrupt(), "canceled", "KeyboardInterrupt: "),
    ],
)
def test_how_a_step_failed_is_recorded_in_one_line(lakehouse, fault, outcome, sentence):
    with contextlib.suppress(KeyboardInterrupt):
        run_step(lakehouse, {"refresh": True}, fault)

    [record] = latest_records(lakehouse, run_ids(lakehouse)[0])
    assert (record["outcome"], record["error"]) == (outcome, sentence)
    assert record["parameters"] == {"refresh": True}
    assert record["finished"] >= record["started"]
