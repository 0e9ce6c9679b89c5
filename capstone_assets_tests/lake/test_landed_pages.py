"""Landed pages as rows of bronze."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from capstone_assets.lake.bronze import DISCOGS_MASTERS
from capstone_assets.lake.landed_pages import newest_of_each_id, read_landed_rows
from capstone_assets_tests.conftest import Rows
from capstone_assets_tests.stored_rows import plain_value

FOLDER = "pages/discogs/discogs_masters/release_year=1984"


def one_row(line: str, page: str) -> Iterator[dict[str, Any]]:
    plain = {column.name: plain_value(column) for column in DISCOGS_MASTERS.columns}
    yield {**plain, **json.loads(line), "raw_page": page, "release_year": "1984"}


def test_a_row_has_the_name_of_its_page_wherever_the_lake_lies(spark: SparkSession, tmp_path: Path):
    # The lake's own path looks like a page's, and has what a glob would take for a pattern.
    page = tmp_path / "pages/my [old] lake" / FOLDER / "a.jsonl"
    page.parent.mkdir(parents=True)
    page.write_text('{"id": 1}\n')

    rows = read_landed_rows(spark, [str(page)], DISCOGS_MASTERS, one_row)

    assert [(row.id, row.raw_page) for row in rows.collect()] == [(1, f"{FOLDER}/a.jsonl")]


def test_without_pages_there_is_a_table_without_rows(spark: SparkSession):
    rows = read_landed_rows(spark, [], DISCOGS_MASTERS, one_row)

    assert rows.columns == DISCOGS_MASTERS.column_names
    assert rows.collect() == []


def test_of_rows_with_one_id_the_last_fetched_stays(rows: Rows):
    def fetched(row_id: int, day: int, page: str) -> dict[str, Any]:
        at = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
        return {"id": row_id, "fetched_at": at, "raw_page": page}

    table = rows(
        DISCOGS_MASTERS,
        [
            fetched(1, 1, "a"),
            fetched(1, 3, "b"),
            fetched(1, 2, "c"),
            *(fetched(2, 1, p) for p in "zy"),
        ],
    )

    kept = {row.id: row.raw_page for row in newest_of_each_id(table).collect()}

    # Of two that were fetched at once it is always the same one.
    assert kept == {1: "b", 2: "y"}
