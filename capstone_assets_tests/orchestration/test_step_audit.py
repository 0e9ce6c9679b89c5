"""What a launched step's audit record counts."""

from datetime import UTC, datetime

from capstone_assets.audit.records import compute_used
from capstone_assets.environment import Launch, read_launch
from capstone_assets.orchestration.step_audit import seconds_of_the_start

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
