"""Linking small catalogs with the very code that `capstone link` runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from capstone_assets.matching.linkage import link_files
from capstone_assets_tests.matching.catalog import Row, write_jsonl

Link = Callable[[Sequence[Row], Sequence[Row]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def link(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Link:
    """The links of some films and releases, as rows."""

    def run(films: Sequence[Row], releases: Sequence[Row]) -> list[dict[str, Any]]:
        folder: Path = tmp_path_factory.mktemp("catalog")
        found = link_files(
            spark,
            write_jsonl(folder / "films.jsonl", films),
            write_jsonl(folder / "releases.jsonl", releases),
        )
        return [row.asDict(recursive=True) for row in found.collect()]

    return run
