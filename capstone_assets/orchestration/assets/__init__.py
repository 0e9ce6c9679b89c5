"""The tables as Dagster assets: thin shells that call pure functions and let them be stored."""

import warnings

import dagster as dg

# A range of years runs as one step, which is what backfill policies are for; Dagster has called
# them beta for years, at every asset and every start.
warnings.filterwarnings("ignore", r"Parameter `backfill_policy`", dg.BetaWarning)
