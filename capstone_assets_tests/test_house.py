"""The borders between the rooms of the package, shown to hold and shown to be able to fail."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from radon.complexity import cc_visit
from radon.visitors import Function

PROJECT = Path(__file__).parents[1]
# Cyclomatic complexity as radon counts it.
MOST_COMPLEX = 15
# Modules without a test module of their name, and where their behavior is tested: what a command
# does, by running it; what is made from others, with the whole that it is a part of.
TESTED_IN = {
    "commands": "test_run",
    "emulator/answers": "emulator/test_tmdb",
    "emulator/app": "emulator/test_faults",
    "emulator/catalogs": "emulator/catalogs/test_generator",
    "emulator/spoiling": "emulator/test_faults",
    "ingest/counts": "orchestration/test_sensors",
    "ingest/dump": "ingest/dump/test_landing",
    "ingest/errors": "ingest/test_client",
    "ingest/loads": "ingest/test_loads",
    "ingest/page_lists": "ingest/test_landing",
    "ingest/settings": "ingest/test_client",
    "ingest/slices": "ingest/test_tmdb",
    "ingest/tmdb": "ingest/test_tmdb",
    "inspection/explained_links": "test_run",
    "inspection/film_trace": "test_run",
    "lake/attribution": "test_definitions",
    "lake/gold": "lake/test_schemas",
    "lake/landed_pages": "ingest/test_loads",
    "lake/retention": "orchestration/test_upkeep",
    "lake/tables": "lake/test_schemas",
    "matching/linkage": "matching/test_files",
    "orchestration/assets": "test_definitions",
    "orchestration/jobs": "orchestration/test_sensors",
    "orchestration/launching": "orchestration/test_table_steps",
    "orchestration/partitions": "test_definitions",
    "orchestration/resources": "orchestration/resources/test_databricks",
    "orchestration/schedules": "orchestration/test_upkeep",
    "orchestration/table_metadata": "orchestration/test_table_steps",
}
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
    """Modules of the product that define a function, as `lake/storage`."""
    package = PROJECT / "capstone_assets"
    for file in package.rglob("*.py"):
        if not file.stem.startswith("__") and "def " in file.read_text("utf-8"):
            yield file.relative_to(package).with_suffix("").as_posix()


def expected_test(module: str) -> Path:
    folder, _, name = module.rpartition("/")
    return PROJECT / "capstone_assets_tests" / folder / f"test_{name}.py"


def test_every_module_has_a_test_module_of_its_name_or_says_where_it_is_tested():
    without = {each for each in modules_with_behavior() if not expected_test(each).is_file()}

    excused = {each for each in without if {each, each.rpartition("/")[0]} & {*TESTED_IN}}
    assert without == excused
    # No entry for what has tests of its name by now, or is gone.
    assert {*TESTED_IN} <= excused | {each.rpartition("/")[0] for each in excused}
    folder = PROJECT / "capstone_assets_tests"
    assert [each for each in TESTED_IN.values() if not (folder / f"{each}.py").is_file()] == []


@pytest.mark.parametrize("file", ["Makefile", "CONTRIBUTING.md", "pyproject.toml"])
def test_every_path_of_the_project_that_is_named_exists(file: str):
    named = re.findall(
        r"\bcapstone_assets(?:_tests)?/[\w/.]+\b", (PROJECT / file).read_text("utf-8")
    )

    assert named
    assert [each for each in named if not (PROJECT / each.rstrip("/")).exists()] == []
