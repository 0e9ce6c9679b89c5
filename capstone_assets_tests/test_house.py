"""The borders between the rooms of the package, shown to hold and shown to be able to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from radon.complexity import cc_visit
from radon.visitors import Function

PROJECT = Path(__file__).parents[1]
# Cyclomatic complexity as radon counts it.
MOST_COMPLEX = 15
ROOTS = ("capstone_assets", "capstone_assets_tests", "benchmarks", "infrastructure")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for root in ROOTS:
        shutil.copytree(
            PROJECT / root,
            folder / root,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def broken_contracts(house: Path) -> list[str]:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache", "--no-logo"], cwd=house, capture_output=True, text=True, check=False
    )
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if "BROKEN" in line]


def test_every_import_goes_down_the_rooms(house: Path):
    assert broken_contracts(house) == []


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("capstone_assets/lake/years.py", "capstone_assets.run", "Imports go down the rooms"),
        (
            "capstone_assets/ingest/query.py",
            "capstone_assets.matching",
            "Imports go down the rooms",
        ),
        ("capstone_assets/report/svg.py", "dagster", "Only the orchestration wing"),
        ("capstone_assets/ingest/query.py", "pyspark", "Ingestion and the emulator know no Spark"),
        ("benchmarks/ours.py", "capstone_assets_tests.conftest", "Nothing but tests"),
        ("capstone_assets/lake/years.py", "benchmarks.ours", "The product imports neither"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    house: Path, module: str, forbidden: str, contract: str
):
    file = house / module
    clean = file.read_text("utf-8")
    file.write_text(f"{clean}\nimport {forbidden}\n", "utf-8")
    try:
        assert any(each.startswith(contract) for each in broken_contracts(house))
    finally:
        file.write_text(clean, "utf-8")


def test_no_function_of_the_product_is_more_complex_than_fifteen():
    found = {
        f"{file.relative_to(PROJECT)}: {block.fullname}": block.complexity
        for file in (PROJECT / "capstone_assets").rglob("*.py")
        for block in cc_visit(file.read_text("utf-8"))
        if isinstance(block, Function) and block.complexity > MOST_COMPLEX
    }
    assert found == {}
