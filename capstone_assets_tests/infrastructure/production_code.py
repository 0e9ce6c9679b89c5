"""The code location of the production test: the product's own definitions, and jobs that only wait.

Waiting is what shows whether two runs go at once; the product's assets would need Spark for it.
"""

import time

import dagster as dg

from capstone_assets import definitions
from capstone_assets.assets.bronze import DISCOGS_POOL, TMDB_POOL


def _waiting_job(name: str, pool: str) -> dg.JobDefinition:
    @dg.op(name=f"wait_{name}", pool=pool)
    def wait() -> None:
        time.sleep(3)

    @dg.job(name=name, executor_def=dg.in_process_executor)
    def job() -> None:
        wait()

    return job


defs = dg.Definitions.merge(
    definitions.defs,
    dg.Definitions(
        jobs=[
            _waiting_job("ask_discogs", DISCOGS_POOL),
            _waiting_job("ask_discogs_too", DISCOGS_POOL),
            _waiting_job("ask_tmdb", TMDB_POOL),
        ]
    ),
)
