"""Time a refresh of one year beside a whole run, and compare the gold that each makes.

Belongs here: changing a generated catalog in one year, ticking the sensors until nothing is due.
Not here: what a sensor requests (orchestration/sensors.py), linking alone (speed.py).

    python -m benchmarks.refresh [--generated 10000x30000] [--year 1984]

A lake is made of the catalog, which then changes: a tenth of the films of the year have more votes,
and a tenth of its releases are pressed again. One process ticks the sensors and runs what they
request, as Dagster's daemon would. A second lake is made of the changed catalog by one whole run.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.catalogs import parse_size
from benchmarks.process_tree import Ran, run_measured
from capstone_assets.definitions import build_defs
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.environment import read_settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse

SENSORS = ("tmdb_changes_sensor", "discogs_new_releases_sensor", "soundtracks_changed_sensor")
# Columns that say by which run and from which page a row came.
_OF_A_RUN = frozenset({"run_id", "film_raw_page", "release_raw_page"})
_ONE_IN = 10


@dataclass(frozen=True)
class Refreshed:
    """A whole run, a refresh and a whole run of what changed; rows of gold that differ by table."""

    whole: Ran
    refresh: Ran
    afresh: Ran
    differing: Mapping[str, int]


def changed_in(catalog: Catalog, year: int) -> Catalog:
    """The catalog after a day on which both APIs changed something in a year."""
    films, changes = [], []
    for film in catalog.films:
        if film["release_date"].startswith(f"{year}-") and film["id"] % _ONE_IN == 0:
            film = {**film, "vote_count": film["vote_count"] + 1}
            changes.append({"id": film["id"], "date": str(datetime.now(UTC).date())})
        films.append(film)
    of_year = [release for release in catalog.releases if release["year"] == str(year)]
    first = max(release["id"] for release in catalog.releases) + 1
    pressed = [{**each, "id": first + n} for n, each in enumerate(of_year[::_ONE_IN])]
    return replace(catalog, films=films, releases=[*catalog.releases, *pressed], changes=changes)


def measure(folder: Path, catalog: Catalog, year: int) -> Refreshed:
    """Make both lakes below a folder, and refresh the first."""
    served, one, other = folder / "catalog", folder / "refreshed", folder / "afresh"
    write_catalog(catalog, served)
    whole = _run(one, served, ["-m", "capstone_assets", "run"])
    # What the APIs count now is what later ticks compare with.
    _run(one, served, ["-m", "benchmarks.refresh", "--tick"])
    write_catalog(changed_in(catalog, year), served)
    refresh = _run(one, served, ["-m", "benchmarks.refresh", "--tick"])
    afresh = _run(other, served, ["-m", "capstone_assets", "run"])
    return Refreshed(whole, refresh, afresh, differing_rows(one / "lake", other / "lake"))


def _run(folder: Path, catalog: Path, arguments: list[str]) -> Ran:
    home = folder / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        CAPSTONE_LAKE=str(folder / "lake"), CAPSTONE_CATALOG=str(catalog), DAGSTER_HOME=str(home)
    )
    return run_measured([sys.executable, *arguments])


def differing_rows(lake: Path, other: Path) -> dict[str, int]:
    """How many rows of each table of gold are in one of two lakes only."""
    return {
        table.name: len(set(_rows(lake, table.name)) ^ set(_rows(other, table.name)))
        for table in TABLES.values()
        if table.layer == "gold"
    }


def _rows(lake: Path, name: str) -> Iterator[bytes]:
    table, lakehouse = TABLES[name], Lakehouse(str(lake))
    columns = [each.name for each in table.columns if each.name not in _OF_A_RUN]
    for batch in lakehouse.scan(table, columns).to_batches(10_000):
        for row in batch.to_pylist():
            yield hashlib.sha256(json.dumps(row, default=str).encode()).digest()


def tick_until_quiet() -> list[str]:
    """Tick the sensors of DAGSTER_HOME, and run what they request, until they request nothing.

    Their cursors are files of that folder. Returns the job and years of each run.
    """
    definitions, home = build_defs(read_settings()), Path(os.environ["DAGSTER_HOME"])
    ran = []
    with dg.DagsterInstance.get() as instance:
        while requests := [*_requests(definitions, instance, home)]:
            for request in requests:
                _execute(definitions, instance, request)
                ran.append(request.run_key or "")
    return ran


def _requests(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Path
) -> Iterator[dg.RunRequest]:
    resources = {name: (definitions.resources or {})[name] for name in ("apis", "lake")}
    for sensor in SENSORS:
        kept = home / f"{sensor}.cursor"
        cursor = kept.read_text() if kept.exists() else None
        with dg.build_sensor_context(
            instance=instance, cursor=cursor, definitions=definitions, resources=resources
        ) as context:
            ticked = definitions.resolve_sensor_def(sensor).evaluate_tick(context)
        if ticked.cursor:
            kept.write_text(ticked.cursor)
        yield from ticked.run_requests or ()


def _execute(
    definitions: dg.Definitions, instance: dg.DagsterInstance, request: dg.RunRequest
) -> None:
    job: Any = definitions.resolve_job_def(request.job_name or "")
    if request.asset_selection:
        job = job.get_subset(
            asset_selection=set(request.asset_selection),
            asset_check_selection=set(request.asset_check_keys or ()),
        )
    job.execute_in_process(instance=instance, run_config=request.run_config, tags=request.tags)


def render(measured: Refreshed, title: str) -> str:
    """A Markdown table of the three runs, and whether gold is the same."""
    lines = [f"# {title}", "", "| what | seconds | CPU seconds | peak MB |", "|---|---:|---:|---:|"]
    for name, ran in (
        ("a whole run", measured.whole),
        ("refresh of one year", measured.refresh),
        ("a whole run of the changed catalog", measured.afresh),
    ):
        lines.append(f"| {name} | {ran.seconds:.1f} | {ran.cpu_seconds:.1f} | {ran.peak_mb:,.0f} |")
    runs = ", ".join(json.loads(measured.refresh.output.splitlines()[-1]))
    share = measured.refresh.seconds / measured.afresh.seconds
    differing = ", ".join(f"{name} {n:,}" for name, n in measured.differing.items())
    lines += ["", f"The refresh takes {share:.2f} of a whole run, in these runs: {runs}.", ""]
    lines += [f"Rows that differ: {differing}."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=parse_size, default=(10_000, 30_000))
    parser.add_argument("--year", type=int, default=1984)
    parser.add_argument("--tick", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.tick:
        sys.stdout.write(json.dumps(tick_until_quiet()) + "\n")
        return
    films, releases = arguments.generated
    title = f"Refreshing {arguments.year} among {films:,} films and {releases:,} releases"
    with tempfile.TemporaryDirectory() as folder:
        catalog = generate_catalog(films, releases, seed=1)
        measured = measure(Path(folder), catalog, arguments.year)
    sys.stdout.write(render(measured, title))


if __name__ == "__main__":
    main()
