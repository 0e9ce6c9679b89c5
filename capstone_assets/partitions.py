"""The partitions that every table shares.

Belongs here: the one partitions definition, and what its keys mean.
Not here: which assets use it (assets/), how a partition is stored (io_managers.py).
"""

from datetime import UTC, datetime

import dagster as dg

UNKNOWN_YEAR = "unknown"
FIRST_YEAR = 1900
# Films and soundtracks are announced up to a year ahead.
LAST_YEAR = datetime.now(UTC).year + 1

PARTITION_COLUMN = "release_year"
RELEASE_YEARS = dg.StaticPartitionsDefinition(
    [UNKNOWN_YEAR, *(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))]
)
