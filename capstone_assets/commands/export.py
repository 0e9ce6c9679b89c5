"""Export gold for other tools.

Belongs here: the command export: arguments, exit codes, printing.
Not here: writing the files (inspection/gold_export.py).
"""

from pathlib import Path

import click

from capstone_assets.commands.common import CommandError, require_replaceable
from capstone_assets.environment import read_settings

FORMATS = ("duckdb", "csv", "parquet")


@click.command()
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    default="duckdb",
    show_default=True,
    help="One DuckDB database, or a CSV or Parquet file for each table.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The database file, or the folder of the files. Default: soundtracks.duckdb, or "
    "soundtracks_FORMAT.",
)
def export(file_format: str, out: Path | None) -> None:
    """Write the gold tables and their data dictionary to files that other tools open.

    A datapackage.json beside them describes each column; that of soundtracks.duckdb is called
    soundtracks.datapackage.json. In CSV a text that a spreadsheet would run
    as a formula gets an apostrophe in front.

    
    Example: capstone export --format duckdb --out soundtracks.duckdb

    Exit codes: 0 written, 1 gold is not stored or the files cannot be written, 2 the arguments
    cannot be used.
    """
    from capstone_assets.inspection.gold_export import export_gold, foreign_file
    from capstone_assets.lake.attribution import ATTRIBUTION
    from capstone_assets.lake.storage import Lakehouse, LakehouseError

    out = out or Path(
        "soundtracks.duckdb" if file_format == "duckdb" else f"soundtracks_{file_format}"
    )
    if (file_format == "duckdb" and out.is_dir()) or (file_format != "duckdb" and out.is_file()):
        wanted = "a file" if file_format == "duckdb" else "a folder"
        raise click.BadParameter(f"{out} must be {wanted} for {file_format}.", param_hint="--out")
    if file_format == "duckdb":
        require_replaceable(out, "DuckDB", b"DUCK", at=8)
    if foreign := foreign_file(file_format, out):
        raise click.BadParameter(
            f"{foreign} exists and was not written by an export as {file_format}, so it stays. "
            "Give another name or folder.",
            param_hint="--out",
        )
    lake = read_settings().lake
    try:
        written = export_gold(Lakehouse(lake), file_format, out)
    except LakehouseError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise _of_a_file(error, lake, out) from None
    for file in written:
        click.echo(f"{file}  {file.stat().st_size:,} bytes")
    click.echo(ATTRIBUTION, err=True)


def _of_a_file(error: OSError, lake: str, out: Path) -> Exception:
    """The error to raise where a file of the lake cannot be read, or `out` not be written."""
    if str(error.filename or "").startswith(f"{lake}/"):
        return error
    why = error.strerror or type(error).__name__
    return CommandError(f"{out} cannot be written: {why}. Give another --out.")
