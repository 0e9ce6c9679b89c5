"""The years that tables are partitioned by, as plain values: Spark's workers import them.

Belongs here: the partition column, its keys.
Not here: Dagster's view of them (orchestration/partitions.py).
"""

from datetime import UTC, datetime

PARTITION_COLUMN = "release_year"
UNKNOWN_YEAR = "unknown"
FIRST_YEAR = 1900
# Films and soundtracks are announced up to a year ahead.
LAST_YEAR = datetime.now(UTC).year + 1
YEAR_KEYS = [UNKNOWN_YEAR, *(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))]
