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

ALL_YEARS = "all"


class YearsError(ValueError):
    """A range of years cannot be read, or has no partitions."""


def parse_years(years: str) -> tuple[str, str]:
    """Return the first and last partition key of `all`, `1999` or `1990...1999`.

    Raises:
        YearsError: it is none of these, is reversed, or has years without a partition.
    """
    if years == ALL_YEARS:
        return YEAR_KEYS[0], YEAR_KEYS[-1]
    first, _, last = years.partition("...")
    last = last or first
    for key in (first, last):
        if key not in YEAR_KEYS:
            raise YearsError(
                f"{key!r} is not a partition. The partitions are '{UNKNOWN_YEAR}' and the years "
                f"{FIRST_YEAR} to {LAST_YEAR}: give one (1999), a range (1990...1999), or "
                f"'{ALL_YEARS}'."
            )
    if YEAR_KEYS.index(first) > YEAR_KEYS.index(last):
        raise YearsError(f"The range {years} is reversed. Give {last}...{first}.")
    return first, last
