"""The jobs: which assets run together, and how.

Belongs here: job definitions. Not here: starting one (run.py, the web UI).
"""

import dagster as dg

# One process, one Spark session for all steps of a run.
EXECUTOR = dg.in_process_executor

LAKEHOUSE_JOB = dg.define_asset_job(
    "lakehouse",
    selection=dg.AssetSelection.all(),
    executor_def=EXECUTOR,
    description="Every table, from both APIs to explained links.",
)
