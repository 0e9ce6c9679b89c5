"""The one partitions definition that every partitioned asset shares.

Belongs here: Dagster's partitions.
Not here: which years there are (lake/years.py), which assets use them (assets/), how a partition is
stored (lake/storage.py).
"""

import dagster as dg

from capstone_assets.lake.years import YEAR_KEYS

RELEASE_YEARS = dg.StaticPartitionsDefinition(YEAR_KEYS)
