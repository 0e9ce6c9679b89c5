"""`capstone export`: arguments and exit codes."""

from pathlib import Path

import pytest

from capstone_assets_tests.programs import called


def test_an_export_replaces_no_file_of_another_kind(tmp_path: Path):
    notes = tmp_path / "notes.md"
    notes.write_text("Notes of mine")

    done = called("export", "--out", str(notes))

    assert done.exit_code == 2
    assert "exists and is not a DuckDB file" in done.output
    assert notes.read_text() == "Notes of mine"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--out", "gold.duckdb"], "gold.datapackage.json"),
        (["--format", "csv", "--out", "."], "datapackage.json"),
        (["--format", "csv", "--out", "."], "matches.csv"),
    ],
)
def test_an_export_replaces_no_description_or_table_that_another_program_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], name: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text('{"name": "tides"}')

    done = called("export", *options)

    assert done.exit_code == 2
    assert f"{name} exists and was not written by an export as" in done.output
    assert [path.name for path in tmp_path.iterdir()] == [name]
