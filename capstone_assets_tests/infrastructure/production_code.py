"""The code location of the production test: the product's own definitions, and three small jobs.

The jobs show which runs go at once; the product's assets would need Spark for it.
"""

import os
import time
from pathlib import Path

import dagster as dg

from capstone_assets import definitions
from capstone_assets.orchestration.assets.raw import DISCOGS_POOL, TMDB_POOL

MEETING = "CAPSTONE_TEST_MEETING"


@dg.op(pool=DISCOGS_POOL)
def meet_the_run_that_asks_tmdb() -> None:
    _meet("discogs", "tmdb")


@dg.op(pool=TMDB_POOL)
def meet_the_run_that_asks_discogs() -> None:
    _meet("tmdb", "discogs")


@dg.op(pool=DISCOGS_POOL)
def wait() -> None:
    time.sleep(3)


@dg.job(executor_def=dg.in_process_executor)
def ask_discogs() -> None:
    meet_the_run_that_asks_tmdb()


@dg.job(executor_def=dg.in_process_executor)
def ask_discogs_too() -> None:
    wait()


@dg.job(executor_def=dg.in_process_executor)
def ask_tmdb() -> None:
    meet_the_run_that_asks_discogs()


def _meet(me: str, other: str) -> None:
    """Wait for another run, which comes only if both may run at once."""
    folder = Path(os.environ[MEETING])
    (folder / me).touch()
    end = time.monotonic() + 60
    while not (folder / other).exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{other} did not run while {me} did")
        time.sleep(0.1)
    # The other one must be visible when both are compared.
    time.sleep(1)


defs = dg.Definitions.merge(
    definitions.defs(), dg.Definitions(jobs=[ask_discogs, ask_discogs_too, ask_tmdb])
)
