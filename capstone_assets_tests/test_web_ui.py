"""What pressing Materialize in the web UI does, through the web server's own GraphQL API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from capstone_assets_tests.test_run import environment
from capstone_assets_tests.web_ui import RUN_ENDS, RUN_STATUS, WebUi, running_web_ui

_MATERIALIZED = """
query Asset($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetMaterializations {
        partition
        metadataEntries { label ... on IntMetadataEntry { intValue } }
      }
    }
  }
}
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ui")
    (folder / "dagster").mkdir()
    return folder


@pytest.fixture(scope="module")
def web_ui(lake) -> Iterator[WebUi]:
    with running_web_ui(lake, environment(lake)) as running:
        yield running


def test_materializing_a_partition_in_the_web_ui_writes_it(web_ui, lake):
    run_id = web_ui.materialize(
        ["raw/tmdb_pages", "bronze/tmdb_movies"], {"dagster/partition": "1999"}
    )

    status = web_ui.wait(RUN_STATUS, RUN_ENDS, id=run_id)

    assert status == "SUCCESS"
    assert (lake / "lake/raw/tmdb_movies/release_year=1999/part.parquet").exists()
    [made] = web_ui.ask(_MATERIALIZED, key={"path": ["bronze", "tmdb_movies"]})[
        "assetMaterializations"
    ]
    figures = {entry["label"]: entry.get("intValue") for entry in made["metadataEntries"]}
    assert made["partition"] == "1999"
    assert figures["dagster/partition_row_count"] > 0
    assert {"dagster/column_schema", "dagster/column_lineage", "path", "sample"} <= set(figures)


def test_materializing_a_range_in_the_web_ui_runs_it_as_one_backfill(web_ui, lake):
    status = web_ui.backfill(
        ["raw/discogs_pages", "bronze/discogs_releases"], ["1982", "1983", "1984"]
    )

    assert status == "COMPLETED_SUCCESS"
    found = sorted(
        path.parent.name
        for path in (lake / "lake/raw/discogs_releases").glob("release_year=198?/part.parquet")
    )
    assert found == ["release_year=1982", "release_year=1983", "release_year=1984"]
