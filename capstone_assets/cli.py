"""The `capstone` command: its subcommands by name, and what holds for all of them.

Belongs here: the group, settings from `.env`, logging.
Not here: a subcommand (commands/).

Results go to stdout, progress to stderr. Exit codes: 0 done, 1 failed with a sentence that says
why, 2 the arguments cannot be used.
"""

import errno
import importlib
import io
import logging
import os
import re
import signal
import sqlite3
import sys
import threading
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import click

from capstone_assets import __version__
from capstone_assets.commands.common import CommandError, Interruption, sentence_of
from capstone_assets.environment import EnvFileError, SettingsError, load_env_file
from capstone_assets.orchestration.resources.spark_environment import drop_foreign_spark
from capstone_assets.redaction import redact_logs

# A module is imported when its command is called: Dagster takes seconds to load.
_MODULES = {
    "run": "run",
    "report": "run",
    "link": "link",
    "evaluate": "link",
    "explain": "lake",
    "trace": "lake",
    "search": "lake",
    "review": "review",
    "inventory": "lake",
    "quarantine": "lake",
    "export": "export",
    "ui": "serve",
    "emulator": "serve",
    "catalog": "serve",
}


class LazyGroup(click.Group):
    """A group that imports the module of a subcommand when the subcommand is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order of `_MODULES`: what is used first comes first."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand; None if there is none of that name."""
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"capstone_assets.commands.{_MODULES[cmd_name]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command that was meant where one is like what was typed."""
        close = get_close_matches(args[0], _MODULES, n=1)
        if args[0] not in _MODULES and close:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)


@click.group(
    name="capstone",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="capstone")
def capstone() -> None:
    """Link the films of TMDB to their soundtrack releases on Discogs."""
    show_every_character()
    try:
        load_env_file(Path.cwd() / ".env")
    except FileNotFoundError:
        gone = (
            "The working directory was deleted. Change to another one, and run the command again."
        )
        raise CommandError(gone) from None
    except EnvFileError as error:
        raise click.UsageError(str(error)) from None
    drop_foreign_spark()
    redact_logs()
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s  %(message)s", datefmt="%X"
    )
    logging.getLogger("capstone_assets").setLevel(logging.INFO)
    # It warns that it cannot keep its cache in a home that cannot be written.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # A line a slice is for the logs of a long load; here a summary every ten seconds is enough.
    for module in ("slices", "details"):
        logging.getLogger(f"capstone_assets.ingest.{module}").setLevel(logging.WARNING)


def show_every_character() -> None:
    """Print a question mark for what a one-byte code page cannot show, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def job() -> None:
    """Run the command as a wheel task of Databricks: an error is raised, success returns."""
    capstone(standalone_mode=False)


def main() -> None:
    """Run the command; a mistake in the settings gets a sentence, no traceback."""
    interrupted = _on_interruption()
    try:
        # Not click's own ending, which calls an interruption exit code 1.
        sys.exit(capstone(standalone_mode=False))
    except (click.Abort, KeyboardInterrupt):
        _end(Interruption("Interrupted."))
    except click.ClickException as error:
        _end(error)
    except SettingsError as error:
        _end(CommandError(str(error)))
    except Exception as error:
        if full := _full_disk(error):
            # What Python would still flush at its end goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _end(CommandError(f"{full} is full. Make room, and run the command again."))
        if isinstance(error, OSError) and error.errno in _NOT_PERMITTED:
            _end(CommandError(f"{sentence_of(error)} Change its permissions, or name another."))
        # A library that is interrupted while it is imported may call that an error of its own.
        if not interrupted.is_set():
            raise
        _end(Interruption("Interrupted."))


_NOT_PERMITTED = (errno.EROFS, errno.EACCES, errno.EPERM)


def _full_disk(error: BaseException | None) -> str:
    """Which disk is full, if that led to an error; Dagster's database reports it in its own way."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"The disk of {error.filename}" if error.filename else "The disk"
        # SQLite calls it an I/O error where it has no room for the file that readers share.
        if isinstance(error, sqlite3.Error) and re.search("disk (is full|I/O error)", str(error)):
            return "The disk of Dagster's history cannot be written: perhaps it"
        error = error.__cause__ or error.__context__
    return ""


def _on_interruption() -> threading.Event:
    """End the command on Ctrl-C, and as quietly on SIGTERM and when its terminal closes.

    Returns what is set by then.
    """
    interrupted = threading.Event()

    def interrupt(_signal: int, _frame: object) -> NoReturn:
        interrupted.set()
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A job in a shell's background ignores Ctrl-C: leave that as it is.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, interrupt)
    return interrupted


def _end(error: click.ClickException) -> NoReturn:
    error.show()
    sys.exit(error.exit_code)
