"""Run the lakehouse, and show a run.

Belongs here: the commands run and report: arguments, exit codes, printing.
Not here: the work (each command's own module).
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capstone_assets.commands.common import CommandError, Interruption
from capstone_assets.environment import read_settings
from capstone_assets.lake.years import ALL_YEARS, YearsError, parse_years

if TYPE_CHECKING:
    from capstone_assets.inspection.stored_run import StoredRun
    from capstone_assets.lake.storage import Lakehouse

_RECENT = 50
INTERRUPTED = "Interrupted; what was written is kept. Run again to resume."


@click.command()
@click.argument("named", metavar="[YEARS]", nargs=-1)
@click.option(
    "--years",
    default=ALL_YEARS,
    show_default=True,
    help="The same: a year (1999), a range (1990...1999), 'unknown', or all.",
)
@click.option(
    "--layer",
    type=click.Choice(["bronze", "silver", "gold", "metrics"]),
    help="Only this layer, from the stored tables of the layers before it.",
)
def run(named: tuple[str, ...], years: str, layer: str | None) -> None:
    """Materialize every table for the years and print the medallion summary.

    YEARS is a year (1999), a range (1990...1999), 'unknown', or all.

    Without API keys the films and releases come from the emulator.

    \b
    Example: capstone run 1990...1999

    Exit codes: 0 done, 1 a step or a blocking check failed or the run cannot start, 2 the years
    cannot be used, 130 interrupted.
    """
    if named and years != ALL_YEARS:
        raise click.UsageError("Give the years once.")
    run_and_report(" ".join(named) or years, layer)


def run_and_report(years: str, layer: str | None = None) -> None:
    """Run the years, print the summary and write the report; exit as `capstone run` does."""
    from capstone_assets.preflight import PreflightError, check_before_run

    try:
        parse_years(years)
        check_before_run(read_settings())
    except YearsError as error:
        raise click.BadParameter(str(error), param_hint="YEARS") from None
    except PreflightError as error:
        raise CommandError(str(error)) from None
    _require_layer_before(layer)
    from capstone_assets.terminal import showing_wait

    with showing_wait("Loading Dagster and Spark"):
        from capstone_assets.inspection.stored_run import read_run
        from capstone_assets.inspection.summary import summarize_run, write_summary
        from capstone_assets.lake.attribution import ATTRIBUTION
        from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
        from capstone_assets.run import RunInterruptedError, run_lakehouse

    try:
        result = run_lakehouse(years, layer)
    except PreflightError as error:
        raise CommandError(str(error)) from None
    except RunInterruptedError:
        raise Interruption(INTERRUPTED) from None
    except (KeyboardInterrupt, click.Abort):
        raise Interruption(INTERRUPTED) from None
    lakehouse = Lakehouse(read_settings().lake)
    with showing_wait("Adding up the run"):
        stored = read_run(lakehouse, result.run_id)
        summary = summarize_run(stored)
        write_summary(lakehouse, summary)
    click.echo(_rendered(summary))
    if not result.failures:
        try:
            with showing_wait("Writing the report"):
                report_file = _write_report(stored)
            click.echo(f"report: {_shown(report_file)}")
        except NotMaterializedError as error:
            click.echo(f"no report yet: {error}")
    if result.failures:
        click.echo(ATTRIBUTION, err=True)
        raise CommandError("\n".join(result.failures))
    click.echo(_next_steps(), err=True)
    click.echo(ATTRIBUTION, err=True)


def _require_layer_before(layer: str | None) -> None:
    from capstone_assets.lake.schemas import TABLES
    from capstone_assets.lake.storage import Lakehouse, NotMaterializedError

    lakehouse = Lakehouse(read_settings().lake)
    layers = list(dict.fromkeys(table.layer for table in TABLES.values()))
    for before, after in pairwise(layers):
        for table in TABLES.values():
            if (table.layer, layer) == (before, after) and not lakehouse.partitions(table):
                raise CommandError(f"{NotMaterializedError(table.name, [])} Nothing was started.")


@click.command()
@click.option(
    "--run",
    "run_id",
    help="The run, as `capstone run` prints it. Default: the last of all gold tables.",
)
def report(run_id: str | None) -> None:
    """Print the medallion summary of a run and write its report, an HTML file.

    \b
    Example: capstone report

    Exit codes: 0 written, 1 the run or its tables are not in the lake.
    """
    from capstone_assets.audit.records import run_ids
    from capstone_assets.inspection.stored_run import read_run
    from capstone_assets.inspection.summary import summarize_run
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    lakehouse = Lakehouse(read_settings().lake)
    known = run_ids(lakehouse)
    if not known:
        raise CommandError(f"No run left records in {lakehouse.root}. Run `make run` first.")
    if run_id and run_id not in known:
        raise CommandError(f"No run {run_id} is in {lakehouse.root}; the last is {known[0]}.")
    stored = read_run(lakehouse, run_id) if run_id else _last_run(lakehouse, known)
    click.echo(_rendered(summarize_run(stored)))
    if not run_id and stored.run_id != known[0]:
        click.echo(
            f"Later runs wrote some tables only; the last is {known[0]}, which --run shows.",
            err=True,
        )
    try:
        click.echo(f"report: {_shown(_write_report(stored))}")
    except LakehouseError as error:
        raise CommandError(f"There is no report yet: {error}") from None


def _last_run(lakehouse: "Lakehouse", known: Sequence[str]) -> "StoredRun":
    """The last run that wrote all of gold; one table materialized in the web UI is a run, too.

    If no recent one did: the last that made links, or else the last.
    """
    from capstone_assets.inspection.stored_run import read_run

    recent = []
    for each in known[:_RECENT]:
        stored = read_run(lakehouse, each)
        if stored.made_gold:
            return stored
        recent.append(stored)
    return next((each for each in recent if each.made_links), recent[0])


def _write_report(run: "StoredRun") -> str:
    from capstone_assets.orchestration.resources.apis import ApisResource
    from capstone_assets.report.run_report import write_report

    settings = read_settings()
    apis = ApisResource(
        catalog=str(settings.catalog) if settings.catalog else None, dump=settings.discogs_dump
    )
    return write_report(run, apis.labels())


def _rendered(summary: "Mapping[str, Any]") -> str:
    """Render the summary, in a terminal as wide as that is."""
    from capstone_assets.inspection.summary import render_summary

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return render_summary(summary, width)


def _next_steps() -> str:
    on_path = shutil.which("capstone") is not None
    first = "" if on_path else f"source {_shown(sys.prefix)}/bin/activate, then "
    return f"next: {first}capstone explain TITLE, capstone review, or make ui"


def _shown(path: str) -> str:
    return path.removeprefix(f"{Path.cwd()}/")
