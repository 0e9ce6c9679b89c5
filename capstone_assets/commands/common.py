"""Shared by several commands: the types of their arguments and their errors."""

import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any

import click

from capstone_assets.redaction import without_secrets

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
# As tables hold it.
ID = click.IntRange(1, 2**63 - 1)


class CommandError(click.ClickException):
    """A sentence for the user and exit code 1."""

    def format_message(self) -> str:
        """Return the message without keys and signed URLs, which a library's error may quote."""
        return without_secrets(self.message)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence on stderr, its first word in red in a terminal."""
        message = f"Error: {self.format_message()}"
        if sys.stderr.isatty():
            message = _wrapped(message)
        click.secho("Error:", fg="red", bold=True, nl=False, err=True, file=file)
        click.echo(message.removeprefix("Error:"), err=True, file=file)


def sentence_of(error: Exception) -> str:
    """Return an error's message, of the system's errors without their number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'A file'} cannot be read or written: {error.strerror}."
    return str(error)


class Interruption(click.ClickException):
    """Ctrl-C: one line, and the exit code that shells expect."""

    exit_code = 130

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line on stderr, in a terminal below the ^C."""
        if sys.stderr.isatty():
            click.echo(err=True, file=file)
        click.secho(self.format_message(), fg="yellow", err=True, file=file)


def require_replaceable(out: Path, kind: str, sign: bytes, at: int = 0) -> None:
    """Refuse to overwrite a file of another kind: one without the `sign` of this kind at byte `at`.

    Raises:
        click.BadParameter: it is of another kind.
    """
    if not out.is_file():
        return
    with out.open("rb") as file:
        found = file.read(at + len(sign))[at:]
    if found != sign:
        raise click.BadParameter(
            f"{out} exists and is not a {kind} file, so it is not replaced. Give another name.",
            param_hint="--out",
        )


def print_wrapped(text: str) -> None:
    """Print lines, in a terminal broken between words and indented below their beginning."""
    click.echo(_wrapped(text) if sys.stdout.isatty() else text)


def _wrapped(text: str) -> str:
    width = max(20, shutil.get_terminal_size().columns)
    return "\n".join(
        textwrap.fill(
            line,
            width,
            subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.split("\n")
    )


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[object]], right: Collection[int] = ()
) -> None:
    """Print aligned columns, those of `right` to the right; a narrow terminal folds long values."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, name in enumerate(header):
        is_number = number in right
        # An id that is folded cannot be copied.
        table.add_column(
            name,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=number == 0,
        )
    for row in rows:
        table.add_row(*(str(value) for value in row))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 10_000  # A program reads it: a row stays a line.
    with console.capture() as printed:
        console.print(table)
    # rich fills the last column up.
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))
