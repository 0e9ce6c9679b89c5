"""A cluster gets the files that an installed package has."""

import tomllib
import zipfile
from pathlib import Path

from capstone_assets.orchestration.resources.staging import (
    PACKAGE,
    archive_package,
    staged_package,
)


def installed_files() -> set[str]:
    """The files that pyproject.toml declares for the wheel, from the package on."""
    declared = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    patterns = ["**/*.py", *declared["tool"]["setuptools"]["package-data"][PACKAGE.name]]
    found = {file for pattern in patterns for file in PACKAGE.glob(pattern)}
    return {file.relative_to(PACKAGE.parent).as_posix() for file in found}


def test_every_file_of_an_installed_package_is_staged_and_nothing_else():
    with staged_package() as folder:
        staged = {
            file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
        }

    # The report is made of a template, and Spark's log has a configuration of its own.
    assert "capstone_assets/report/run_report.jinja" in staged
    assert staged == installed_files()


def test_the_archive_holds_the_same_files(tmp_path: Path):
    with zipfile.ZipFile(archive_package(tmp_path)) as archive:
        assert {*archive.namelist()} == installed_files()
