"""The borders between the rooms of the package, shown to hold and shown to be able to fail."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from radon.complexity import cc_visit
from radon.visitors import Function

from capstone_assets_tests.conftest import LONGEST_FIRST, OF_THE_MADE_LAKE

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


def modules_with_behavior() -> Iterator[str]:
    """Modules of the product that define a public function or class, as `lake/storage`."""
    package = PROJECT / "capstone_assets"
    for file in package.rglob("*.py"):
        defined = {
            node.name
            for node in ast.parse(file.read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        if not file.stem.startswith("__") and any(not name.startswith("_") for name in defined):
            yield file.relative_to(package).with_suffix("").as_posix()


def test_every_module_has_a_test_module_of_its_name():
    folder = PROJECT / "capstone_assets_tests"

    def has_test(module: str) -> bool:
        room, _, name = module.rpartition("/")
        return (folder / room / f"test_{name}.py").is_file()

    assert [module for module in modules_with_behavior() if not has_test(module)] == []


def test_no_test_module_imports_another():
    found = {
        f"{file.relative_to(PROJECT)}: {line}"
        for file in (PROJECT / "capstone_assets_tests").rglob("*.py")
        for line in re.findall(
            r"^from capstone_assets_tests\S*\.test_\w+ import .*", file.read_text(), re.M
        )
    }

    # Their helpers have modules of their own.
    assert found == set()


def test_the_order_and_the_groups_of_test_modules_name_them():
    modules = {file.stem: file for file in (PROJECT / "capstone_assets_tests").rglob("test_*.py")}
    of_the_made_lake = {
        name
        for name, file in modules.items()
        if re.search(r"^def \w+\((?:[^)]*\W)?made_lake\b", file.read_text("utf-8"), re.MULTILINE)
    }

    assert [each for each in LONGEST_FIRST if each not in modules] == []
    assert {*OF_THE_MADE_LAKE} == of_the_made_lake


@pytest.mark.parametrize("file", ["Makefile", "CONTRIBUTING.md", "pyproject.toml"])
def test_every_path_of_the_project_that_is_named_exists(file: str):
    named = re.findall(
        r"\bcapstone_assets(?:_tests)?/[\w/.]+\b", (PROJECT / file).read_text("utf-8")
    )

    assert named
    assert [each for each in named if not (PROJECT / each.rstrip("/")).exists()] == []
