"""Time our own linking on a generated catalog.

Belongs here: repeating it and printing the seconds. Not here: quality (evaluate.py), the seconds of
a whole run with HTTP and storage (its own medallion summary).

    python -m benchmarks.speed [--generated 10000x30000] [--repeat 3]
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.catalogs import LabeledCatalog, invented_catalog, parse_size
from benchmarks.ours import ours


@dataclass(frozen=True)
class Timed:
    """Seconds from files to candidate pairs, and from these to links."""

    proposing: float
    deciding: float
    links: int

    @property
    def total(self) -> float:
        """Seconds from files to links."""
        return self.proposing + self.deciding


def time_linking(catalog: LabeledCatalog, repeat: int) -> Iterator[Timed]:
    """Link the catalog anew each time; the first time Spark and its workers are cold."""
    for _ in range(repeat):
        fresh = replace(catalog)
        found = ours(fresh)
        yield Timed(fresh.silver.seconds, found.seconds - fresh.silver.seconds, len(found.links))
        fresh.silver.release()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a repetition."""
    parser = argparse.ArgumentParser(description="Time linking a generated catalog.")
    parser.add_argument(
        "--generated", type=parse_size, default="10000x30000", metavar="FILMSxRELEASES"
    )
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args(arguments)
    films, releases = given.generated
    catalog = invented_catalog(films, releases)
    sys.stdout.write(f"{films:,} films, {releases:,} releases; seconds\n")
    sys.stdout.write(f"{'to candidates':>14} {'to links':>9} {'total':>6} {'links':>7}\n")
    for each in time_linking(catalog, given.repeat):
        sys.stdout.write(
            f"{each.proposing:14.1f} {each.deciding:9.1f} {each.total:6.1f} {each.links:7,}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
