"""A lake's files in folders whose names fsspec and Spark would read as patterns."""

import errno
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from capstone_assets.lake.files import (
    files_below,
    is_local,
    names_in,
    opened,
    without_query,
    write_whole,
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/srv/what?/a::b.csv", "/srv/what?/a::b.csv"),
        ("file:///srv/what?/a::b.csv", "file:///srv/what?/a::b.csv"),
        ("https://host/a.csv?sig=s3cret", "https://host/a.csv"),
        ("abfss://raw@account/a.csv?sig=s3cret", "abfss://raw@account/a.csv"),
    ],
)
def test_only_a_web_address_ends_before_a_question_mark(url: str, shown: str):
    assert without_query(url) == shown
    if is_local(url):
        assert opened(url) == (LocalFileSystem(), "/srv/what?/a::b.csv")


@pytest.mark.parametrize("name", ["lake", "lake [2026]", "lake {a,b}", "what?", "sta*r", "100 %"])
def test_the_files_that_fit_are_found_below_a_folder_of_any_name(tmp_path: Path, name: str):
    folder = tmp_path / name
    for file in ("release_year=1999/part.parquet", "release_year=1984/part.parquet"):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_text(file)
    (folder / "release_year=1984" / "part.parquet.crc").write_text("")
    (folder / "release_year=1984" / "old").mkdir()
    (folder / "release_year=1984" / "old" / "part.parquet").write_text("")

    found = files_below(LocalFileSystem(), str(folder), "release_year=*/part.parquet")

    assert [path.removeprefix(f"{folder}/") for path in found] == [
        *("release_year=1984/part.parquet", "release_year=1999/part.parquet"),
    ]
    assert {info["size"] for info in found.values()} == {30}


def test_a_folder_that_does_not_exist_has_neither_files_nor_names(tmp_path: Path):
    assert files_below(LocalFileSystem(), f"{tmp_path}/absent", "*") == {}
    assert names_in(LocalFileSystem(), f"{tmp_path}/absent") == []


class _Guarded(LocalFileSystem):
    """Refuses to list a folder named `closed`, whoever asks: tests may run as root."""

    def ls(self, path: str, detail: bool = False, **options: Any) -> Any:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return super().ls(path, detail=detail, **options)


@pytest.mark.parametrize("closed", ["closed", "lake/release_year=closed"])
def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(tmp_path: Path, closed: str):
    for folder in ("lake/release_year=1999", closed):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "part.parquet").write_text("")
    root = tmp_path / closed.partition("/")[0]

    with pytest.raises(PermissionError, match="closed"):
        files_below(_Guarded(), str(root), "release_year=*/part.parquet")


def test_the_names_of_a_folder_come_in_order_without_those_of_its_subfolders(tmp_path: Path):
    for name in ("run_b", "run_a"):
        (tmp_path / name / "below").mkdir(parents=True)

    assert names_in(LocalFileSystem(), str(tmp_path)) == ["run_a", "run_b"]


@pytest.mark.parametrize("filesystem", [LocalFileSystem(), MemoryFileSystem()])
def test_a_small_file_is_written_whole_in_utf_8_and_replaces_the_one_before(
    tmp_path: Path, filesystem: LocalFileSystem | MemoryFileSystem
):
    path = f"{tmp_path}/lists/기생충.json"
    write_whole(filesystem, path, "first")
    write_whole(filesystem, path, "기생충")

    assert filesystem.cat_file(path).decode() == "기생충"
    assert names_in(filesystem, f"{tmp_path}/lists") == ["기생충.json"]
