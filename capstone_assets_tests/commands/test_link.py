from pathlib import Path

from capstone_assets_tests.programs import called


def test_a_missing_output_folder_is_found_before_anything_is_linked(tmp_path: Path):
    for name in ("films.jsonl", "releases.jsonl"):
        (tmp_path / name).write_text("")
    out = tmp_path / "missing" / "links.parquet"

    done = called(
        *("link", "--films", str(tmp_path / "films.jsonl")),
        *("--releases", str(tmp_path / "releases.jsonl"), "--out", str(out)),
    )

    assert done.exit_code == 1
    assert f"{out} cannot be written: its folder does not exist. Nothing was linked." in done.output


def test_a_missing_input_is_found_before_anything_is_linked(tmp_path: Path):
    arguments = ["--films", "none.jsonl", "--releases", "r.jsonl", "--out", str(tmp_path / "l")]

    done = called("link", *arguments)

    assert done.exit_code == 1
    assert "There is no file none.jsonl" in done.output


def test_a_file_of_another_kind_is_not_written_over(tmp_path: Path):
    for name in ("films.jsonl", "releases.jsonl", "notes.md"):
        (tmp_path / name).write_text("Notes of mine")

    done = called(
        *("link", "--films", str(tmp_path / "films.jsonl")),
        *("--releases", str(tmp_path / "releases.jsonl"), "--out", str(tmp_path / "notes.md")),
    )

    assert done.exit_code == 2
    assert "exists and is not a Parquet file" in done.output
    assert (tmp_path / "notes.md").read_text() == "Notes of mine"
