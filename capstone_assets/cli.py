"""The `capstone` command.

Belongs here: arguments, exit codes, printing. Not here: the work (each command's own module).

Results go to stdout, progress to stderr. Exit codes: 0 done, 1 failed with a sentence that says
why, 2 the arguments cannot be used.
"""

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from dotenv import load_dotenv

from capstone_assets.environment import SettingsError, read_settings
from capstone_assets.lake.attribution import ATTRIBUTION
from capstone_assets.run import ALL_YEARS, YearsError, run_lakehouse

if TYPE_CHECKING:
    from capstone_assets.lake.storage import Lakehouse

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class CommandError(click.ClickException):
    """A sentence for the user and exit code 1."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def capstone() -> None:
    """Link the films of TMDB to their soundtrack releases on Discogs."""
    load_dotenv(Path.cwd() / ".env")
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s  %(message)s", datefmt="%X"
    )
    logging.getLogger("capstone_assets").setLevel(logging.INFO)
    # A line a slice is for the logs of a long load; here the summary every ten seconds will do.
    for module in ("slices", "details"):
        logging.getLogger(f"capstone_assets.ingest.{module}").setLevel(logging.WARNING)


@capstone.command()
@click.option(
    "--years",
    default=ALL_YEARS,
    show_default=True,
    help="A year (1999), a range (1990...1999), 'unknown', or all.",
)
@click.option(
    "--layer",
    type=click.Choice(["bronze", "silver", "gold", "metrics"]),
    help="Only the tables of a layer, from what is stored of those before it.",
)
def run(years: str, layer: str | None) -> None:
    """Run every table for the years and print the medallion summary.

    Without API keys the films and releases come from the emulator.

    \b
    Example: capstone run --years 1990...1999
    Exit codes: 0 done, 1 a step or a blocking check failed, 2 the years cannot be used.
    """
    from capstone_assets.inspection.summary import render_summary, summarize_run, write_summary
    from capstone_assets.lake.storage import Lakehouse, NotMaterializedError

    try:
        result = run_lakehouse(years, layer)
    except YearsError as error:
        raise click.BadParameter(str(error), param_hint="--years") from None
    lakehouse = Lakehouse(read_settings().lake)
    summary = summarize_run(lakehouse, result.run_id)
    write_summary(lakehouse, summary)
    click.echo(render_summary(lakehouse, summary))
    if not result.failures:
        try:
            click.echo(f"report: {_shown(_write_report(lakehouse, result.run_id))}")
        except NotMaterializedError as error:
            click.echo(f"no report yet: {error}")
    click.echo(ATTRIBUTION, err=True)
    if result.failures:
        raise CommandError("\n".join(result.failures))


@capstone.command()
@click.option("--run", "run_id", help="The run, as `capstone run` prints it. Default: the last.")
def report(run_id: str | None) -> None:
    """Print the medallion summary of a run and write its report, an HTML file.

    \b
    Example: capstone report --run 20261124T063242-b70d4131
    Exit codes: 0 written, 1 the run or its tables are not in the lake.
    """
    from capstone_assets.audit.records import run_ids
    from capstone_assets.inspection.summary import render_summary, summarize_run
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    lakehouse = Lakehouse(read_settings().lake)
    known = run_ids(lakehouse)
    if not known:
        raise CommandError(f"No run left records in {lakehouse.root}. Run `make run` first.")
    if run_id and run_id not in known:
        raise CommandError(f"No run {run_id} is in {lakehouse.root}; the last is {known[0]}.")
    chosen = run_id or known[0]
    click.echo(render_summary(lakehouse, summarize_run(lakehouse, chosen)))
    try:
        click.echo(f"report: {_shown(_write_report(lakehouse, chosen))}")
    except LakehouseError as error:
        raise CommandError(f"There is no report yet: {error}") from None


def _write_report(lakehouse: "Lakehouse", run_id: str) -> str:
    from capstone_assets.orchestration.resources.apis import ApisResource
    from capstone_assets.report.run_report import write_report

    settings = read_settings()
    apis = ApisResource(
        catalog=str(settings.catalog) if settings.catalog else None, dump=settings.discogs_dump
    )
    return write_report(lakehouse, run_id, apis.labels())


def _shown(path: str) -> str:
    return path.removeprefix(f"{Path.cwd()}/")


@capstone.command()
@click.option("--catalog", type=FOLDER, help="Folder to serve. Default: the bundled catalog.")
@click.option("--port", type=click.IntRange(0, 65535), default=8123, show_default=True)
@click.option("--enforce-limits", is_flag=True, help="Keep the APIs' rate limits.")
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times faster the limits' time passes.",
)
@click.option("--latency-ms", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--faults", type=FILE, help="File with faults to inject.")
def emulator(
    catalog: Path | None,
    port: int,
    enforce_limits: bool,
    time_scale: float,
    latency_ms: int,
    faults: Path | None,
) -> None:
    """Serve both APIs over a catalog on loopback, until interrupted.

    \b
    Example: capstone emulator --port 8123 --enforce-limits
    Exit codes: 0 interrupted, 1 it cannot be started, 2 the arguments cannot be used.
    """
    from capstone_assets.emulator import EmulatorError
    from capstone_assets.emulator.server import serve

    try:
        serve(
            catalog,
            port=port,
            enforce_limits=enforce_limits,
            time_scale=time_scale,
            latency_ms=latency_ms,
            faults=faults,
        )
    except EmulatorError as error:
        raise CommandError(str(error)) from None


@capstone.command()
@click.option("--films", type=int, help="Number of films.")
@click.option("--releases", type=int, help="Number of releases.")
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds, equal catalogs.")
@click.option("--bundled", is_flag=True, help="Write the bundled catalog instead.")
@click.option("--out", type=FOLDER, required=True, help="Folder to write.")
def catalog(films: int | None, releases: int | None, seed: int, bundled: bool, out: Path) -> None:
    """Write a catalog with known truth: generated at any size, or the bundled one.

    \b
    Example: capstone catalog --films 10000 --releases 30000 --seed 1 --out data/catalog
    Exit codes: 0 written, 1 it cannot be generated, 2 the arguments cannot be used.
    """
    from capstone_assets.emulator.catalogs.bundled import bundled_catalog
    from capstone_assets.emulator.catalogs.generator import (
        GeneratorError,
        generate_catalog,
        write_catalog,
    )

    if bundled == (films is not None or releases is not None):
        raise click.UsageError("Give --films and --releases, or --bundled.")
    try:
        made = bundled_catalog() if bundled else generate_catalog(films or 0, releases or 0, seed)
        write_catalog(made, out)
    except (GeneratorError, OSError) as error:
        raise CommandError(str(error)) from None
    click.echo(f"{len(made.films):,} films and {len(made.releases):,} releases in {out}")


@capstone.command()
@click.option("--films", type=FILE, required=True, help="Films, .jsonl or .jsonl.gz.")
@click.option("--releases", type=FILE, required=True, help="Releases, .jsonl or .jsonl.gz.")
@click.option("--out", type=FILE, required=True, help="Parquet file to write.")
@click.option("--overrides", type=FILE, help="CSV of a person's decisions.")
def link(films: Path, releases: Path, out: Path, overrides: Path | None) -> None:
    """Link two files with the very code of the assets.

    \b
    Example: capstone link --films films.jsonl --releases releases.jsonl --out links.parquet
    Exit codes: 0 written, 1 a file cannot be read or written, 2 the arguments cannot be used.
    """
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.linkage import link_files
    from capstone_assets.orchestration.resources.java import JavaNotFoundError
    from capstone_assets.orchestration.resources.spark import start_local_spark

    try:
        links = link_files(start_local_spark(), films, releases, overrides).toPandas()
        unfinished = out.with_name(f".{out.name}.unfinished")
        links.to_parquet(unfinished, index=False)
        unfinished.replace(out)
    except (MatchingError, JavaNotFoundError, OSError) as error:
        raise CommandError(str(error)) from None
    tiers = links["tier"].value_counts()
    told = ", ".join(f"{count:,} {tier}" for tier, count in tiers.items()) or "no links"
    click.echo(f"{told} in {out}")


@capstone.command()
@click.option("--links", type=FILE, required=True, help="Parquet file of `capstone link`.")
@click.option("--labels", type=FILE, required=True, help="CSV: film_tmdb_id,release_id,label,kind.")
@click.option("--films", type=FILE, help="The films linked, .jsonl or .jsonl.gz: for decades.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--plots", type=FOLDER, help="Folder to write charts (PNG) to.")
def evaluate(
    links: Path, labels: Path, films: Path | None, as_json: bool, plots: Path | None
) -> None:
    """Measure precision, recall and F1 of links, with 95 % intervals.

    A label of 1 says that the release is the film's, or belongs to no film where the film is
    blank; 0 says that it is not that film's.

    \b
    Example: capstone evaluate --links links.parquet --labels labels.csv --plots charts
    Exit codes: 0 measured, 1 a file cannot be read, 2 the arguments cannot be used.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.evaluation import evaluate as measure
    from capstone_assets.matching.evaluation import read_labels
    from capstone_assets.orchestration.resources.java import JavaNotFoundError

    if not links.is_file():
        raise CommandError(f"There is no file {links}. Write one with `capstone link`.")
    try:
        columns = ["film_id", "release_id", "tier", *(["score"] if plots else [])]
        # Without threads: Arrow's now and then abort a process that ends with an error.
        found = pq.ParquetFile(links).read(columns, use_threads=False).to_pylist()
        known = read_labels(labels)
        measured = measure(found, known, _film_years(films) if films else None)
        if plots:
            from capstone_assets.report.plots import evaluation_plots, write_plots

            written = write_plots(evaluation_plots(found, known, measured), plots)
            click.echo(f"{len(written)} charts in {plots}", err=True)
    except (MatchingError, JavaNotFoundError, OSError, pa.ArrowException) as error:
        raise CommandError(str(error)) from None
    click.echo(json.dumps(measured.as_dict(), indent=2) if as_json else measured.render())


def _film_years(films: Path) -> dict[int, int | None]:
    from capstone_assets.matching.files import read_films
    from capstone_assets.matching.text import read_year
    from capstone_assets.orchestration.resources.spark import start_local_spark

    movies, _ = read_films(start_local_spark(), films)
    dated = movies.select("id", "release_date").collect()
    return {row.id: read_year(row.release_date) for row in dated}


@capstone.command()
@click.option("--release", type=int, help="Discogs id of a release.")
@click.option("--film", type=int, help="TMDB id of a film.")
def explain(release: int | None, film: int | None) -> None:
    """Show why a release or a film is linked as it is: evidence, weights, near misses.

    \b
    Example: capstone explain --release 8353709
    Exit codes: 0 shown, 1 it is not in the lake, 2 the arguments cannot be used.
    """
    from capstone_assets.inspection.explained_links import (
        UnknownIdError,
        explain_stored_film,
        explain_stored_release,
    )
    from capstone_assets.lake.storage import Lakehouse, LakehouseError
    from capstone_assets.matching.errors import MatchingError
    from capstone_assets.matching.overrides import read_overrides

    if (release is None) == (film is None):
        raise click.UsageError("Give --release or --film, one of them.")
    settings = read_settings()
    lakehouse = Lakehouse(settings.lake)
    try:
        overrides = read_overrides(settings.overrides) if settings.overrides else ()
        if release is not None:
            told = explain_stored_release(lakehouse, release, overrides)
        else:
            told = explain_stored_film(lakehouse, cast(int, film), overrides)
    except (UnknownIdError, LakehouseError, MatchingError) as error:
        raise CommandError(str(error)) from None
    click.echo(told)
    click.echo(ATTRIBUTION, err=True)


@capstone.command()
@click.option("--film", type=int, required=True, help="TMDB id of a film.")
def trace(film: int) -> None:
    """Follow a film's gold rows back to the raw pages, requests and runs they came from.

    \b
    Example: capstone trace --film 27205
    Exit codes: 0 shown, 1 it is not in the lake, 2 the arguments cannot be used.
    """
    from capstone_assets.inspection.explained_links import UnknownIdError
    from capstone_assets.inspection.film_trace import trace_film
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    try:
        click.echo(trace_film(Lakehouse(read_settings().lake), film).render())
    except (UnknownIdError, LakehouseError) as error:
        raise CommandError(str(error)) from None
    click.echo(ATTRIBUTION, err=True)


@capstone.command()
@click.option("--movie-ids", help="TMDB's daily movie_ids_MM_DD_YYYY.json.gz, a path or a URL.")
def inventory(movie_ids: str | None) -> None:
    """List every table and partition: files, bytes, rows, last write.

    With TMDB's daily export of ids, also what of all films there are is stored.

    \b
    Example: CAPSTONE_LAKE=data/lake capstone inventory
    Exit codes: 0 listed, 1 nothing is stored, or the export cannot be read.
    """
    from capstone_assets.ingest.dump.movie_ids import compare_with_stored, read_movie_ids
    from capstone_assets.ingest.errors import IngestError
    from capstone_assets.lake.bronze import TMDB_MOVIES
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    lakehouse = Lakehouse(read_settings().lake)
    stored = list(lakehouse.inventory())
    if not stored:
        raise CommandError(f"Nothing is stored in {lakehouse.root}. Run `make run` first.")
    click.echo(f"{'table':26} {'partition':9} {'files':>5} {'bytes':>12} {'rows':>9}  last write")
    for part in stored:
        click.echo(
            f"{part.table:26} {part.partition:9} {part.files:5,} {part.bytes:12,} {part.rows:9,}  "
            f"{part.last_write:%Y-%m-%d %H:%M:%S}"
        )
    total = sum(part.bytes for part in stored)
    click.echo(f"{len(stored):,} partitions, {total:,} bytes")
    if movie_ids:
        try:
            films = frozenset(lakehouse.scan(TMDB_MOVIES, ["id"])["id"].to_pylist())
            click.echo(compare_with_stored(read_movie_ids(movie_ids), films).render())
        except (IngestError, LakehouseError) as error:
            raise CommandError(str(error)) from None


def job() -> None:
    """Run the command as a wheel task of Databricks: an error is raised, a good end returns."""
    capstone(standalone_mode=False)


def main() -> None:
    """Run the command; a mistake in the settings gets a sentence, no traceback."""
    try:
        capstone()
    except SettingsError as error:
        CommandError(str(error)).show()
        sys.exit(1)
