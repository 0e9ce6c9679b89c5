"""Time every way to link on one generated catalog, side by side in one run.

Belongs here: running each way in a process of its own, in turn, and the table of seconds, memory
and F1.
Not here: the ways themselves, measuring how good links are (compare.py), the seconds of a whole run
with HTTP and storage (its own medallion summary).

    python -m benchmarks.speed [--generated 10000x30000] [--repeat 3] [--ways NAME ...]

Seconds are those from the rows of the catalog files to links, normalizing counted for each way.
Not counted is what a run does once whatever it links: starting Python and Spark, reading JSON for
the ways that take plain rows. The whole process is timed too, and its memory with that of all the
processes that it starts.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.catalogs import parse_size, read_catalog_folder
from benchmarks.compare import LINKERS, Linker, measure_one
from benchmarks.fuzzy_peers import brute_force, duckdb_and_rapidfuzz
from benchmarks.process_tree import run_measured
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog

RESULTS = Path(__file__).with_name("results")
OURS_ON_SPARK, SPLINK, BRUTE_FORCE = "ours, on Spark", "Splink", "every pair by RapidFuzz"
# More pairs than this take hours one by one.
_MOST_PAIRS_BY_FORCE = 1_000_000_000
PEERS: Mapping[str, Linker] = {
    **LINKERS,
    "DuckDB and RapidFuzz": duckdb_and_rapidfuzz,
    BRUTE_FORCE: brute_force,
}


@dataclass(frozen=True)
class Timed:
    """A way to link, timed once: `seconds` from rows to links, the other two of all its processes.

    `stages` are seconds by stage and `rows` what each made, known of ours on Spark.
    """

    way: str
    seconds: float
    f1: float
    process_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


def time_way(way: str, folder: Path) -> Timed:
    """Link the catalog in a folder by a way, in this process."""
    catalog = read_catalog_folder(folder)
    # The input rows are never garbage: the collector need not look through them.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # As in the workers of Spark.
    measured = measure_one(way, PEERS[way], catalog)
    # Splink is given titles that are normalized already: by our code, in seconds that count.
    normalizing = catalog.tables_seconds if way == SPLINK else 0.0
    return Timed(way, measured.seconds + normalizing, measured.evaluation.overall.f1 or 0.0)


def time_in_own_process(way: str, folder: Path) -> Timed:
    """The same in a process of its own."""
    arguments = ["benchmarks.speed", "--way", way, "--folder", str(folder)]
    if way == OURS_ON_SPARK:
        arguments = ["benchmarks.staged", str(folder)]
    ran = run_measured([sys.executable, "-m", *arguments])
    timed = json.loads(ran.output.splitlines()[-1])
    return Timed(
        way,
        timed["seconds"],
        timed["f1"],
        ran.seconds,
        ran.cpu_seconds,
        ran.peak_mb,
        timed["stages"],
        timed["rows"],
    )


def peers_for(films: int, releases: int) -> list[str]:
    """The ways that finish at this size."""
    is_few = films * releases <= _MOST_PAIRS_BY_FORCE
    return [way for way in PEERS if way != BRUTE_FORCE or is_few]


def render(timed: Mapping[str, Sequence[Timed]], title: str) -> str:
    """A Markdown table: medians, and how many times as long as ours on Spark each way takes."""

    def median(way: str, figure: str) -> float:
        return float(statistics.median(getattr(each, figure) for each in timed[way]))

    ours = median(OURS_ON_SPARK, "seconds")
    repeats = len(timed[OURS_ON_SPARK])
    measured = "one run" if repeats == 1 else f"medians of {repeats} runs"
    lines = [
        f"# {title}",
        "",
        f"Written by `python -m benchmarks.speed` on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}: {measured}, "
        "one way after the other, in turn. Seconds are from rows to links, normalizing counted; "
        "the process adds starting and reading files. CPU seconds, which hardly depend on what "
        "else the machine does, and peak memory are those of all its processes.",
        "",
        "| way | seconds | times ours | whole process, seconds | CPU seconds | peak MB | F1 |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {way} | {median(way, 'seconds'):.1f} | {median(way, 'seconds') / ours:.2f} "
        f"| {median(way, 'process_seconds'):.1f} | {median(way, 'cpu_seconds'):.1f} "
        f"| {median(way, 'peak_mb'):,.0f} "
        f"| {median(way, 'f1'):.3f} |"
        for way in timed
    ]
    return "\n".join([*lines, *_stage_lines(timed[OURS_ON_SPARK])]) + "\n"


def _stage_lines(timed: Sequence[Timed]) -> list[str]:
    """A table of the stages of ours on Spark."""
    lines = ["", "| stage of ours, on Spark | seconds | rows |", "|---|---:|---:|"]
    for stage in timed[0].stages:
        seconds = statistics.median(each.stages[stage] for each in timed)
        rows = f"{timed[0].rows[stage]:,}" if stage in timed[0].rows else ""
        lines.append(f"| {stage} | {seconds:.1f} | {rows} |")
    return lines


def draw(timed: Mapping[str, Sequence[Timed]], title: str) -> Figure:
    """Seconds against F1, a point for each way; above and to the left is better."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for way, each in timed.items():
        seconds = statistics.median(one.seconds for one in each)
        f1 = statistics.median(one.f1 for one in each)
        axes.scatter(seconds, f1, s=60)
        axes.annotate(way, (seconds, f1), xytext=(6, 4), textcoords="offset points")
    axes.set(xscale="log", xlabel="seconds from files to links (log)", ylabel="F1", title=title)
    axes.margins(0.25)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the ways and write the table to benchmarks/results/."""
    parser = argparse.ArgumentParser(description="Time linking beside other ways to link.")
    parser.add_argument(
        "--generated", type=parse_size, default="10000x30000", metavar="FILMSxRELEASES"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ways", nargs="*", choices=list(PEERS), help="the ways beside ours")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.way:
        timed = time_way(given.way, given.folder)
        sys.stdout.write(json.dumps(asdict(timed)) + "\n")
        return 0
    films, releases = given.generated
    peers = peers_for(films, releases) if given.ways is None else given.ways
    ways = [OURS_ON_SPARK, *peers]
    title = f"Linking {films:,} films and {releases:,} releases"
    table = ""
    with tempfile.TemporaryDirectory() as written:
        write_catalog(generate_catalog(films, releases, seed=1), Path(written))
        try:
            for found in timings(ways, given.repeat, Path(written)):
                table = keep(found, title, RESULTS / f"speed-{films}x{releases}")
        finally:  # An interrupted run keeps the ways that finished.
            sys.stdout.write(table)
    return 0


def timings(
    ways: Sequence[str], repeat: int, folder: Path
) -> Iterator[Mapping[str, Sequence[Timed]]]:
    """Time the ways in turn, `repeat` times; after each, yield what is known so far, ours first."""
    found: dict[str, list[Timed]] = {}
    for _ in range(repeat):
        for way in ways:
            timed = time_in_own_process(way, folder)
            found.setdefault(way, []).append(timed)
            sys.stderr.write(f"{way}: {timed.seconds:.1f} s\n")
            yield found


def keep(found: Mapping[str, Sequence[Timed]], title: str, path: Path) -> str:
    """Write the table and the plot of what was timed; return the table."""
    path.parent.mkdir(exist_ok=True)
    draw(found, title).savefig(path.with_suffix(".svg"))
    table = render(found, title)
    path.with_suffix(".md").write_text(table, "utf-8")
    return table


if __name__ == "__main__":
    sys.exit(main())
