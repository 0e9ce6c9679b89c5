"""The product's programs as a user starts them, each in an environment of its own."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from capstone_assets.cli import capstone as group

BIN = Path(sys.executable).parent
PROJECT = Path(__file__).parents[1]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables of a process that has its lake and Dagster's home in a folder."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    return {
        **keep,
        "DAGSTER_HOME": str(folder / "dagster"),
        "CAPSTONE_LAKE": str(folder / "lake"),
        **more,
    }


def capstone(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process, with a folder as its own."""
    (folder / "dagster").mkdir(exist_ok=True)
    return subprocess.run(
        [str(BIN / "capstone"), *arguments],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
    )


def run_id_of(printed: str) -> str:
    """The run whose summary was printed first."""
    return re.findall(r"^run (\S+) of ", printed, re.MULTILINE)[0]


def called(*arguments: str, typed: str | None = None) -> Result:
    """What a command prints and its exit code, run in this process."""
    with process_as_it_was():
        return CliRunner().invoke(group, list(arguments), typed)


@contextmanager
def process_as_it_was() -> Iterator[None]:
    """Take back what a command sets for its whole process: logging, and variables of `.env`."""
    root, factory, variables = logging.getLogger(), logging.getLogRecordFactory(), {**os.environ}
    handlers, levels = root.handlers[:], {each: each.level for each in (root, *own_loggers())}
    try:
        yield
    finally:
        logging.setLogRecordFactory(factory)
        root.handlers[:] = handlers
        for each in (root, *own_loggers()):
            each.setLevel(levels.get(each, logging.NOTSET))
        os.environ.clear()
        os.environ.update(variables)


def own_loggers() -> list[logging.Logger]:
    """The product's loggers that there are so far."""
    known = [*logging.getLogger().manager.loggerDict]
    return [logging.getLogger(name) for name in known if name.startswith("capstone_assets")]
