"""What several commands share: the types of their arguments and the errors they end with."""

from pathlib import Path
from typing import IO, Any

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class CommandError(click.ClickException):
    """A sentence for the user and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence on stderr, its first word in red in a terminal."""
        click.secho("Error: ", fg="red", bold=True, nl=False, err=True, file=file)
        click.echo(self.format_message(), err=True, file=file)


class Interruption(click.ClickException):
    """Ctrl-C: one line, and the exit code that shells expect."""

    exit_code = 130

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line on stderr."""
        click.secho(self.format_message(), fg="yellow", err=True, file=file)
