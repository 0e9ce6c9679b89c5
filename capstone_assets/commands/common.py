"""What several commands share: the types of their arguments and the error they end with."""

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class CommandError(click.ClickException):
    """A sentence for the user and exit code 1."""
