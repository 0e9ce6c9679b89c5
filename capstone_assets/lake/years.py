"""The years that tables are partitioned by, as plain values that Spark's workers can import.

Belongs here: the partition column and its keys.
Not here: Dagster's view of them (orchestration/partitions.py).
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime

PARTITION_COLUMN = "release_year"
UNKNOWN_YEAR = "unknown"
FIRST_YEAR = 1900
# Films and soundtracks are announced up to a year ahead. The clock is read once: partitions must
# not change during a run. A service that runs through New Year has the new one when it restarts.
LAST_YEAR = datetime.now(UTC).year + 1
YEAR_KEYS = [UNKNOWN_YEAR, *(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))]
PARTITIONS = f"The partitions are '{UNKNOWN_YEAR}' and the years {FIRST_YEAR} to {LAST_YEAR}"

ALL_YEARS = "all"
# Ranges as other tools write them: 1990-1999, 1990..1999, 1990 to 1999, 1990:1999.
_OTHER_RANGE = re.compile(r"\s*(\d{4})\s*(?:[-–—:,]|\.\.|to|…)\s*(\d{4})\s*")


class YearsError(ValueError):
    """A range of years cannot be read, or has no partitions."""


def years_in_words(keys: Collection[str]) -> str:
    """Return partition keys as a reader sees them: `all years`, `1999`, `1990 to 1999`.

    Years with gaps between them are counted: `2 years from 1984 to 2016`.
    """
    if len(keys) == len(YEAR_KEYS):
        return "all years"
    dated = sorted(key for key in keys if key != UNKNOWN_YEAR)
    parts = []
    if len(dated) > 1:
        span = f"{dated[0]} to {dated[-1]}"
        has_gaps = int(dated[-1]) - int(dated[0]) >= len(dated)
        parts.append(f"{len(dated)} years from {span}" if has_gaps else span)
    parts += dated if len(dated) == 1 else []
    parts += ["unknown"] if UNKNOWN_YEAR in keys else []
    return " and ".join(parts) or "no year"


def parse_years(years: str) -> tuple[str, str]:
    """Return the first and last partition key of `all`, `1999` or `1990...1999`.

    Raises:
        YearsError: it is none of these, is reversed, or has years without a partition.
    """
    if years == ALL_YEARS:
        return YEAR_KEYS[0], YEAR_KEYS[-1]
    if written := _OTHER_RANGE.fullmatch(years):
        earlier, later = sorted(written.groups())
        raise YearsError(f"{years!r} is not a range: write {earlier}...{later}.")
    first, dots, last = years.partition("...")
    if not dots:
        last = first
    for key in (first, last):
        if key not in YEAR_KEYS:
            raise YearsError(
                f"{key!r} is not a partition. {PARTITIONS}: give one (1999), a range "
                f"(1990...1999), or '{ALL_YEARS}'."
            )
    if YEAR_KEYS.index(first) > YEAR_KEYS.index(last):
        raise YearsError(f"The range {years} is reversed. Give {last}...{first}.")
    return first, last
