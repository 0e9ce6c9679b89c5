"""Fixtures that every test may ask for."""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pyspark.sql import DataFrame, SparkSession

from capstone_assets.lake.storage import Lakehouse, rows_of
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.resources.spark import start_local_spark

# An example's time says how busy the machine is, not whether the code is right.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")

# Dates are compared as written, whatever the machine's zone.
os.environ["TZ"] = "UTC"
time.tzset()


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = start_local_spark()
    yield session
    session.stop()


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
    plain = {column.name: _plain(column) for column in table.columns}
    return rows_of(spark, table, ({**plain, **row} for row in given))


def _plain(column: Any) -> Any:
    if column.nullable:
        return None
    return {
        "string": column.allowed[0] if column.allowed else "plain",
        "bigint": 1,
        "int": 2000,
        "double": 0.5,
        "boolean": False,
        "timestamp": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }.get(column.type.simpleString(), [])
