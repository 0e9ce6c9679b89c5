"""The `capstone` command.

Belongs here: arguments, exit codes, printing. Not here: the work (each command's own module).

Results go to stdout, progress to stderr. Exit codes: 0 done, 1 failed with a sentence that says
why, 2 the arguments cannot be used.
"""

import logging
import sys
from pathlib import Path

import click
from dotenv import load_dotenv

from capstone_assets.environment import SettingsError, read_settings
from capstone_assets.run import ALL_YEARS, YearsError, run_lakehouse

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


@capstone.command()
@click.option(
    "--years",
    default=ALL_YEARS,
    show_default=True,
    help="A year (1999), a range (1990...1999), 'unknown', or all.",
)
def run(years: str) -> None:
    """Run every table for the years and print the medallion summary.

    Without API keys the films and releases come from the emulator.

    \b
    Example: capstone run --years 1990...1999
    Exit codes: 0 done, 1 a step or a blocking check failed, 2 the years cannot be used.
    """
    from capstone_assets.lakehouse import Lakehouse
    from capstone_assets.summary import render_summary, summarize_run

    try:
        result = run_lakehouse(years)
    except YearsError as error:
        raise click.BadParameter(str(error), param_hint="--years") from None
    lakehouse = Lakehouse(read_settings().lake)
    click.echo(render_summary(lakehouse, summarize_run(lakehouse, result.run_id)))
    if result.failures:
        raise CommandError("\n".join(result.failures))


def main() -> None:
    """Run the command; a mistake of the user's gets a sentence, no traceback."""
    try:
        capstone()
    except SettingsError as error:
        CommandError(str(error)).show()
        sys.exit(1)
