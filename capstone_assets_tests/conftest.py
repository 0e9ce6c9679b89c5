"""Fixtures that every test may ask for."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pyspark.sql import DataFrame, SparkSession

from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.resources.local_spark import start_local_spark
from capstone_assets_tests.stored_rows import plain_value, rows_of

# An example's time says how busy the machine is, not whether the code is right.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")

# Dates are compared as written, whatever the machine's zone.
os.environ["TZ"] = "UTC"
time.tzset()


# Settings of the shell are not the tests': with its keys they would ask the real APIs.
for _name in [*os.environ]:
    if _name.startswith(("CAPSTONE_", "DAGSTER_", "TMDB_", "DISCOGS_", "DATABRICKS_", "AZURE_")):
        del os.environ[_name]

# A shell's background job starts with Ctrl-C ignored, and so would each program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The files that take longest, longest first: `make test` hands out whole files in this order, so
# that no process is left with minutes of work when the others are done.
LONGEST_FIRST = (
    "test_run",
    "test_sensors",
    "test_web_ui",
    "test_databricks",
    "test_due_partitions",
    "test_check",
    "test_loads",
    "test_production_instance",
    "test_moves",
    "test_odd_rows",
    "test_bulk",
    "test_databricks_faults",
    "test_blocking",
    "test_run_report",
    "test_silver",
    "test_in_process",
    "test_table_steps",
    "test_kill",
    "test_cleanup",
    "test_scripts",
)
# They read the lake of the fixture `made_lake`, so one process has all of them.
OF_THE_MADE_LAKE = (
    *("test_sensors", "test_secrets", "test_film_trace", "test_explained_links"),
    *("test_raw", "test_bronze", "test_gold", "test_metrics"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a Spark session (`-m "not spark"`), and order the files."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker("spark")
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    places |= dict.fromkeys(OF_THE_MADE_LAKE, places["test_sensors"])
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file in one process, and the files of a shared lake in the same one."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "made" if Path(file).stem in OF_THE_MADE_LAKE else file

    return Scheduling(config, log)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, of playwright's type."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = start_local_spark()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def made_lake(spark, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ARG001
    """The small lake that several test modules read and copy; a MadeLake."""
    from capstone_assets_tests.orchestration.world import make_lake

    return make_lake(tmp_path_factory.mktemp("made"))


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    return Lakehouse(str(tmp_path / "lake"))


Rows = Callable[[Table, Sequence[dict[str, Any]]], DataFrame]


@pytest.fixture
def rows(spark: SparkSession) -> Rows:
    """Rows of a table from the columns that a test cares about; the others get a plain value."""

    return partial(plain_rows, spark)


def plain_rows(spark: SparkSession, table: Table, given: Sequence[dict[str, Any]]) -> DataFrame:
    """Rows of a table, with a plain value in every column that is not given."""
    plain = {column.name: plain_value(column) for column in table.columns}
    return rows_of(spark, table, ({**plain, **row} for row in given))
