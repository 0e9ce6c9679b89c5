"""The product's programs as a user starts them, each in an environment of its own."""

import os
import subprocess
import sys
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


def called(*arguments: str, typed: str | None = None) -> Result:
    """What a command prints and its exit code, run in this process."""
    return CliRunner().invoke(group, list(arguments), typed)
