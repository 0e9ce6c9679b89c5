from pathlib import Path

import pytest

from capstone_assets.orchestration.resources.spark_sizes import (
    LARGE_BYTES,
    bytes_below,
    driver_gib,
    memory_bytes,
    sized_for,
)

GIB = 1024**3


@pytest.mark.parametrize(
    ("machine", "expected"),
    [(2 * GIB, 1), (5 * GIB, 1), (6 * GIB, 2), (24 * GIB, 8), (92 * GIB, 30), (512 * GIB, 31)],
)
def test_the_jvm_gets_a_third_of_the_machine(machine: int, expected: int):
    assert driver_gib(machine) == expected


@pytest.mark.parametrize(
    ("written", "limited"), [("3221225472\n", True), ("max\n", False), (None, False)]
)
def test_a_containers_limit_counts_as_its_memory(
    tmp_path: Path, written: str | None, limited: bool
):
    limit = tmp_path / "memory.max"
    if written:
        limit.write_text(written)

    assert (memory_bytes((limit,)) == 3 * GIB) is (limited or memory_bytes(()) == 3 * GIB)


@pytest.mark.parametrize(
    ("input_bytes", "adaptive"), [(LARGE_BYTES - 1, "false"), (LARGE_BYTES, "true")]
)
def test_spark_replans_stages_only_for_large_tables(input_bytes: int, adaptive: str):
    settings = sized_for(input_bytes)

    assert settings["spark.sql.adaptive.enabled"] == adaptive
    assert settings["spark.sql.codegen.wholeStage"] == adaptive


def test_the_bytes_of_a_folder_are_those_of_all_its_files(tmp_path: Path):
    (tmp_path / "films" / "release_year=1999").mkdir(parents=True)
    (tmp_path / "films" / "release_year=1999" / "part.parquet").write_bytes(b"12345")
    (tmp_path / "one").write_bytes(b"123")

    assert bytes_below(str(tmp_path)) == 8
    assert bytes_below("abfss://intermediate@account.dfs.core.windows.net/") == 0
