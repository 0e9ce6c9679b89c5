"""Stage the code that is sent along with a step.

Belongs here: a clean copy of the package, its archive, and what an archive must hold.
Not here: sending it (resources/databricks.py, resources/spark.py).
"""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_pyspark.utils import build_pyspark_zip

import capstone_assets

PACKAGE = Path(capstone_assets.__file__).parent
# What a checkout holds beside the files of an installed package.
_NOT_INSTALLED = {"__pycache__", ".DS_Store", "README.md"}


class StagingError(RuntimeError):
    """The code could not be staged correctly."""


@contextmanager
def staged_package() -> Iterator[Path]:
    """A folder that holds nothing but a fresh copy of the package.

    Raises:
        StagingError: the launcher's archive of the folder would not hold the whole package.
    """
    with TemporaryDirectory(prefix="capstone-") as folder:
        for file in package_files():
            copy = Path(folder) / PACKAGE.name / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PACKAGE / file, copy)
        _require_whole(Path(folder))
        yield Path(folder)


def package_files() -> list[Path]:
    """The package's files, relative to it."""
    files = (file.relative_to(PACKAGE) for file in PACKAGE.rglob("*") if file.is_file())
    return sorted(file for file in files if _NOT_INSTALLED.isdisjoint(file.parts))


def archive_package(folder: Path) -> Path:
    """Write the package to an archive in `folder`; return it."""
    archive = folder / f"{PACKAGE.name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in package_files():
            target.write(PACKAGE / file, Path(PACKAGE.name) / file)
    return archive


def _require_whole(folder: Path) -> None:
    # The launcher leaves out files by patterns on their whole path: below a folder called "logs" or
    # "pytest-of-me" its archive is empty, and the step fails on the cluster only.
    with TemporaryDirectory() as elsewhere:
        archive = Path(elsewhere) / "code.zip"
        build_pyspark_zip(str(archive), str(folder))
        with zipfile.ZipFile(archive) as source:
            packed = set(source.namelist())
    wanted = {str(Path(PACKAGE.name) / file) for file in package_files()}
    if packed != wanted:
        raise StagingError(
            f"The step launcher would send {len(packed)} files instead of the package's "
            f"{len(wanted)}, because it leaves out paths with 'pytest', '/venv/' or '/logs/' in "
            f"them and the code is staged in {folder}. Nothing was sent. Set TMPDIR to a folder "
            "whose path has none of these."
        )
