"""A cluster gets the files that an installed package has."""

import tomllib
import zipfile
from pathlib import Path

import pytest

from capstone_assets.orchestration.resources.staging import (
    PACKAGE,
    StagingError,
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


def test_a_staged_package_is_gone_after_its_use(monkeypatch):
    # The launcher leaves out paths with "pytest" in them, as the folders of tests have.
    monkeypatch.setattr("tempfile.tempdir", "/tmp")

    with staged_package() as folder:
        assert [each.name for each in folder.iterdir()] == [PACKAGE.name]
        assert (folder / PACKAGE.name / "definitions.py").is_file()

    assert not folder.exists()


def test_code_that_the_launcher_would_leave_out_is_refused_before_it_is_sent(
    monkeypatch, tmp_path: Path
):
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "logs"))

    with pytest.raises(StagingError, match=r"would send 0 files .* Set TMPDIR"), staged_package():
        pytest.fail("it is refused")
