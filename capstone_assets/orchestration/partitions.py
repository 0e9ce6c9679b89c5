"""The one partitions definition that every partitioned asset shares.

Belongs here: Dagster's partitions.
Not here: which years there are (lake/years.py), which assets use them (assets/), how a partition is
stored (lake/storage.py).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from capstone_assets.lake.years import YEAR_KEYS

RELEASE_YEARS = dg.StaticPartitionsDefinition(YEAR_KEYS)


@contextmanager
def expecting_backfill_policies() -> Iterator[None]:
    """Declare assets without Dagster's warning that backfill policies are beta.

    They have been for years, and running a range of years as one step is their purpose.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Parameter `backfill_policy`", dg.BetaWarning)
        yield
