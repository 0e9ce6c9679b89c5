"""Wait for the runs under way and cancel the rest, before the code location is replaced.

Belongs here: what the job `drain` of modules/dagster_host.bicep does.
Not here: keeping new runs from starting, for which deploy.sh stops the daemon first.

A canceled step cancels its Databricks job. A queued run stays queued: the new daemon starts it.
"""

import sys
import time
from collections.abc import Callable

import dagster as dg

_UNDER_WAY = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_SECONDS_TO_FINISH = 3600
_SECONDS_TO_CANCEL = 600
_SECONDS_BETWEEN_LOOKS = 15


def drain(
    instance: dg.DagsterInstance,
    *,
    seconds_to_finish: float = _SECONDS_TO_FINISH,
    seconds_to_cancel: float = _SECONDS_TO_CANCEL,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Return the ids of the runs that neither finished nor could be canceled in time."""

    def wait(seconds: float) -> list[str]:
        end = clock() + seconds
        while (runs := _under_way(instance)) and clock() < end:
            sleep(_SECONDS_BETWEEN_LOOKS)
        return runs

    for run in wait(seconds_to_finish):
        print(f"Canceling run {run}, which did not finish in {seconds_to_finish / 60:.0f} minutes.")
        instance.run_launcher.terminate(run)
    return wait(seconds_to_cancel)


def _under_way(instance: dg.DagsterInstance) -> list[str]:
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    return [run.run_id for run in runs]


if __name__ == "__main__":
    with dg.DagsterInstance.get() as production:
        left = drain(production)
    if left:
        sys.exit(f"Still under way after {_SECONDS_TO_CANCEL / 60:.0f} minutes: {', '.join(left)}.")
    print("No run is under way.")
