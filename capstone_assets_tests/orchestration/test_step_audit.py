"""What the audit records of a step say, and what they count of a launched one."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from capstone_assets.audit.records import compute_used, read_records, run_ids
from capstone_assets.environment import Launch, read_launch
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.step_audit import audited, seconds_of_the_start

SUBMITTED = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIRST_STEP = datetime(2026, 11, 26, 12, 5, tzinfo=UTC)


def launch(submitted: datetime) -> Launch:
    return Launch("run", None, True, "Standard_D4ds_v5", 5, 1.0, 0.572, submitted.timestamp())


def test_the_start_of_a_cluster_is_counted_once(monkeypatch):
    for name, value in launch(SUBMITTED).to_variables().items():
        monkeypatch.setenv(name, value)

    assert [seconds_of_the_start(FIRST_STEP) for _ in range(2)] == [300, 0]
    assert read_launch() == launch(SUBMITTED)


def test_a_clock_that_is_behind_makes_no_cost_negative(monkeypatch):
    ahead = datetime(2026, 11, 26, 12, 6, tzinfo=UTC)
    for name, value in launch(ahead).to_variables().items():
        monkeypatch.setenv(name, value)

    assert seconds_of_the_start(FIRST_STEP) == 0


def test_a_local_step_waited_for_nothing(monkeypatch):
    monkeypatch.delenv("CAPSTONE_LAUNCH", raising=False)

    assert seconds_of_the_start(FIRST_STEP) == 0
    assert compute_used(None, 60) == {}


def test_three_minutes_after_five_of_waiting_cost_eight_minutes_of_five_machines():
    used = compute_used(launch(SUBMITTED), 180, 300)

    assert used["node_hours"] == round(8 / 60 * 5, 6)
    assert used["dollars"] == round(8 / 60 * 5 * 0.572, 6)


class Limits(dg.Config):
    min_votes: int
    refresh: bool | None = None


@pytest.mark.parametrize(("fault", "outcome"), [(None, "success"), (OSError("full"), "failure")])
def test_every_record_of_a_step_has_the_parameters_that_it_ran_with(tmp_path, fault, outcome):
    lakehouse = Lakehouse(str(tmp_path))

    @dg.asset
    def pages(context: dg.AssetExecutionContext, config: Limits) -> None:
        with audited(context, lakehouse, "raw/pages") as audit:
            if fault:
                raise fault
            audit.end(records_out=config.min_votes)

    config = dg.RunConfig(ops={"pages": Limits(min_votes=5)})
    dg.materialize([pages], run_config=config, raise_on_error=False)

    [run_id] = run_ids(lakehouse)
    found = {each["outcome"]: each["parameters"] for each in read_records(lakehouse, run_id)}
    # A parameter that was not given is left out.
    assert found == {"started": {"min_votes": 5}, outcome: {"min_votes": 5}}
