"""Runs at fixed times, as an alternative to the sensors.

Belongs here: schedules.
Not here: following the sources (sensors.py), the jobs (jobs.py).
"""

import dagster as dg

from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START


@dg.schedule(
    job=LAKEHOUSE_JOB,
    cron_schedule="0 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every table of every year at 3:00 UTC. Off until you turn it on: the sensors "
    "materialize changed years much sooner.",
)
def nightly_refresh() -> dg.RunRequest:
    """Request a run of all years; pages that are still fresh are not fetched again."""
    return dg.RunRequest(tags={RANGE_START: YEAR_KEYS[0], RANGE_END: YEAR_KEYS[-1]})


SCHEDULES = (nightly_refresh,)
