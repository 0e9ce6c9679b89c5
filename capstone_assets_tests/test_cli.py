import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from capstone_assets import __version__
from capstone_assets.cli import capstone
from capstone_assets_tests.programs import called

HEAVY = ["dagster", "pyspark", "pandas", "pyarrow", "numpy", "matplotlib", "httpx"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_is_shown_without_loading_dagster_spark_or_pandas(arguments: list[str]):
    script = (
        "import json, sys\n"
        "from click.testing import CliRunner\n"
        "from capstone_assets.cli import capstone\n"
        f"assert CliRunner().invoke(capstone, {arguments}).exit_code == 0\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert json.loads(done.stdout) == []


def test_linking_files_and_starting_spark_need_no_dagster():
    script = (
        "import sys, capstone_assets.run, capstone_assets.matching.linkage\n"
        "print('dagster' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]


def test_the_version_is_the_package_version():
    assert __version__ in called("--version").output


def test_every_listed_command_has_help_with_an_example_and_exit_codes():
    for name in capstone.list_commands(click.Context(capstone)):
        shown = called(name, "--help").output
        assert "Example:" in shown, name
        # An example stays on its line, so that it can be copied.
        wide = [line for line in shown.splitlines() if len(line) > 80]
        assert all("Example: " in line for line in wide), name
        assert re.search("Exit codes: [01]", shown), name


def test_an_unknown_command_is_a_usage_error():
    result = called("frobnicate")
    assert result.exit_code == 2
    assert "No such command 'frobnicate'" in result.output


@pytest.mark.parametrize(
    ("typed", "meant"), [("rnu", "run"), ("serach", "search"), ("reveiw", "review")]
)
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(typed: str, meant: str):
    result = called(typed)
    assert result.exit_code == 2
    assert f"No such command {typed!r}. Did you mean {meant!r}?" in result.output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no /dev/full.")
def test_a_full_disk_ends_a_command_with_a_sentence(tmp_path: Path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "capstone_assets", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: The disk is full. Make room, and run the command again.\n"


def test_a_full_disk_below_dagsters_database_ends_a_command_with_a_sentence():
    script = (
        "import sqlite3, sys\n"
        "from capstone_assets import cli\n"
        "def fill(**_):\n"
        "    database = sqlite3.connect(':memory:')\n"
        "    database.execute('pragma max_page_count = 1')\n"
        "    try:\n"
        "        database.execute('create table runs (id)')\n"
        "    except sqlite3.Error as error:\n"
        "        raise RuntimeError('an event was not stored') from error\n"
        "cli.capstone = fill\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr == (
        "Error: The disk of Dagster's history cannot be written: perhaps it is full. "
        "Make room, and run the command again.\n"
    )


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_file_that_cannot_be_written_ends_a_command_with_a_sentence(number: int):
    script = (
        "from capstone_assets import cli\n"
        "def command(**_):\n"
        f"    raise OSError({number}, 'Not permitted here', 'report.html')\n"
        "cli.capstone = command\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "Error: report.html cannot be read or written: Not permitted here. Change its permissions, "
        "or name another.\n"
    )


def test_a_pipe_that_closed_early_gets_no_traceback(tmp_path: Path):
    script = f"{sys.executable} -m capstone_assets --help | true"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_working_directory_that_was_deleted_gets_a_sentence(tmp_path: Path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"rmdir {gone} && {sys.executable} -m capstone_assets search dune"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=gone)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The working directory was deleted.")


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1", "ascii"])
def test_what_a_code_page_cannot_show_is_replaced_and_ends_nothing(encoding: str):
    script = (
        "import click\n"
        "from capstone_assets.cli import show_every_character\n"
        "show_every_character()\n"
        "click.echo('Amelie 天')\n"
    )
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environ)
    assert (done.returncode, done.stdout[:7]) == (0, b"Amelie ")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("raised", ["time.sleep(60)", "disguised()"])
def test_an_interrupted_command_ends_with_a_line_and_130(sent: signal.Signals, raised: str):
    # numpy, interrupted while it is imported, raises an error of its own.
    script = (
        "import sys, time\n"
        "from capstone_assets import cli\n"
        "def disguised():\n"
        "    try:\n"
        "        time.sleep(60)\n"
        "    except KeyboardInterrupt as error:\n"
        "        raise RuntimeError('cannot be configured') from error\n"
        "def command(**_):\n"
        "    print('working', flush=True)\n"
        f"    {raised}\n"
        "cli.capstone = command\n"
        "cli.main()\n"
    )
    working = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert working.stdout is not None
    assert working.stdout.readline() == "working\n"
    working.send_signal(sent)
    _, shown = working.communicate()

    assert (working.returncode, shown) == (130, "Interrupted.\n")
