from collections.abc import Sequence
from typing import Any

import dagster as dg

from capstone_assets.main_job import failures_of


def events_of_a_run(
    *checks: dg.AssetCheckResult, fault: Exception | None = None
) -> Sequence[dg.DagsterEvent]:
    """The events of a run of one asset with these checks; those that are errors block."""
    error = dg.AssetCheckSeverity.ERROR

    @dg.asset(
        check_specs=[
            dg.AssetCheckSpec(str(each.check_name), asset="films", blocking=each.severity is error)
            for each in checks
        ]
    )
    def films() -> Any:
        if fault:
            raise fault
        yield dg.MaterializeResult()
        yield from checks

    return dg.materialize([films], raise_on_error=False).all_events


def check_that_does_not_hold(name: str, severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, check_name=name, severity=severity, description="3 of 9 rows"
    )


def test_only_a_blocking_check_that_does_not_hold_fails_a_run():
    warning = check_that_does_not_hold("coverage_is_plausible", dg.AssetCheckSeverity.WARN)
    blocking = check_that_does_not_hold("key_is_unique", dg.AssetCheckSeverity.ERROR)

    assert list(failures_of(events_of_a_run(warning))) == []
    assert list(failures_of(events_of_a_run(warning, blocking))) == [
        "films: key_is_unique failed: 3 of 9 rows"
    ]


def test_a_step_that_fails_is_reported_with_what_first_went_wrong():
    fault = RuntimeError("the step failed")
    fault.__cause__ = OSError("No space left on device")

    assert list(failures_of(events_of_a_run(fault=fault))) == [
        "films: No space left on device. What was stored before is whole: make room, and run again."
    ]
