"""Time every way to link on one generated catalog, side by side in one run.

Belongs here: running each way in a process of its own, in turn, and the table of seconds, memory
and F1. Not here: the ways themselves, measuring how good links are (compare.py), the seconds of a
whole run with HTTP and storage (its own medallion summary).

    python -m benchmarks.speed [--generated 10000x30000] [--repeat 3]

Seconds are those from the rows of the catalog files to links, normalizing counted for each way.
Not counted is what a run does once whatever it links: starting Python and Spark, reading JSON for
the ways that take plain rows. The whole process is timed too.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.catalogs import parse_size, read_catalog_folder
from benchmarks.compare import LINKERS, measure_one
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.orchestration.resources.spark import start_local_spark

RESULTS = Path(__file__).with_name("results")
OURS_ON_SPARK, SPLINK = "ours, on Spark", "Splink"


@dataclass(frozen=True)
class Timed:
    """A way to link, timed once: `seconds` from rows to links, `process_seconds` in all."""

    way: str
    seconds: float
    f1: float
    process_seconds: float = 0.0
    peak_mb: float = 0.0


def time_way(way: str, folder: Path) -> Timed:
    """Link the catalog in a folder by a way, in this process."""
    catalog = read_catalog_folder(folder)
    if way == OURS_ON_SPARK:
        from benchmarks.ours import ours

        start_local_spark()
        measured = measure_one(way, ours, catalog)
    else:
        measured = measure_one(way, LINKERS[way], catalog)
    # Splink is given titles that are normalized already: by our code, in seconds that count.
    normalizing = catalog.tables_seconds if way == SPLINK else 0.0
    return Timed(way, measured.seconds + normalizing, measured.evaluation.overall.f1 or 0.0)


def time_in_own_process(way: str, folder: Path) -> Timed:
    """The same in a process of its own; the peak is that of its largest process."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.speed", "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    timed = json.loads(done.stdout.splitlines()[-1])
    return Timed(
        way, timed["seconds"], timed["f1"], time.perf_counter() - started, timed["peak_mb"]
    )


def render(timed: Mapping[str, Sequence[Timed]], title: str) -> str:
    """A Markdown table: medians, and how many times as long as ours on Spark each way takes."""

    def median(way: str, figure: str) -> float:
        return float(statistics.median(getattr(each, figure) for each in timed[way]))

    ours = median(OURS_ON_SPARK, "seconds")
    repeats = len(timed[OURS_ON_SPARK])
    lines = [
        f"# {title}",
        "",
        f"Written by `python -m benchmarks.speed` on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}: medians of {repeats} runs, "
        "one way after the other, in turn. Seconds are from rows to links, normalizing counted; "
        "the process adds starting and reading files.",
        "",
        "| way | seconds | times ours | whole process, seconds | peak memory, MB | F1 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {way} | {median(way, 'seconds'):.1f} | {median(way, 'seconds') / ours:.2f} "
        f"| {median(way, 'process_seconds'):.1f} | {median(way, 'peak_mb'):,.0f} "
        f"| {median(way, 'f1'):.3f} |"
        for way in timed
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the ways and write the table to benchmarks/results/."""
    parser = argparse.ArgumentParser(description="Time linking beside other ways to link.")
    parser.add_argument(
        "--generated", type=parse_size, default="10000x30000", metavar="FILMSxRELEASES"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.way:
        timed = time_way(given.way, given.folder)
        usages = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        peak = max(resource.getrusage(who).ru_maxrss for who in usages) / 1024
        sys.stdout.write(json.dumps({**asdict(timed), "peak_mb": peak}) + "\n")
        return 0
    films, releases = given.generated
    ways = [OURS_ON_SPARK, *LINKERS]
    found: dict[str, list[Timed]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as written:
        write_catalog(generate_catalog(films, releases, seed=1), Path(written))
        for _ in range(given.repeat):
            for way in ways:
                found[way].append(time_in_own_process(way, Path(written)))
                sys.stderr.write(f"{way}: {found[way][-1].seconds:.1f} s\n")
    table = render(found, f"Linking {films:,} films and {releases:,} releases")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"speed-{films}x{releases}.md").write_text(table, "utf-8")
    sys.stdout.write(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
