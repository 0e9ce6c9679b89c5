"""What the web UI shows and what pressing Materialize does, through GraphQL and in a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from capstone_assets_tests.programs import PROJECT, environment
from capstone_assets_tests.web_ui import (
    BACKFILL_ENDS,
    BACKFILL_STATUS,
    CAPSTONE_UI,
    RUN_ENDS,
    RUN_STATUS,
    WebUi,
    running_web_ui,
)

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
_RUNS_OF_TAG = """
query Runs($key: String!, $value: String!) {
  runsOrError(filter: {tags: [{key: $key, value: $value}]}) {
    ... on Runs { results { runId } }
  }
}
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ui")
    (folder / "dagster").mkdir()
    # As `make ui` has it: no dialog that asks for an e-mail address.
    shutil.copy(PROJECT / ".dagster/dagster.yaml", folder / "dagster")
    shutil.copy(PROJECT / "workspace.yaml", folder)
    return folder


@pytest.fixture(scope="module")
def web_ui(lake) -> Iterator[WebUi]:
    with running_web_ui(lake, environment(lake), CAPSTONE_UI) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def backfill(web_ui) -> str:
    """A backfill of three years, under way during the other tests: its daemon takes a minute."""
    years = ["1982", "1983", "1984"]
    return web_ui.backfill(["raw/discogs_pages", "bronze/discogs_releases"], years)


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


@pytest.fixture
def page(browser, web_ui) -> Iterator[Any]:
    context = browser.new_context(base_url=web_ui.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    yield page
    context.close()


def test_the_graph_shows_the_layers_in_order_and_opens_to_their_tables(page):
    page.goto("/asset-groups/?expanded=global@global:gold")

    page.get_by_text("film_soundtracks", exact=True).wait_for()

    layers = ["raw", "bronze", "silver", "gold", "metrics"]
    drawn = page.locator("foreignObject, svg").locator("visible=true")
    from_left = [drawn.get_by_text(layer, exact=True).last.bounding_box()["x"] for layer in layers]
    assert from_left == sorted(from_left)
    for table in ("matches", "review_queue", "genre_popularity"):
        assert page.get_by_text(table, exact=True).last.is_visible()


def test_a_partition_is_materialized_by_clicks_and_shows_what_was_landed(page, web_ui, lake):
    page.goto("/assets/raw/tmdb_pages", wait_until="networkidle")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("Select a partition or create one").click()
    page.keyboard.type("1977")
    page.get_by_text("1977", exact=True).first.click()
    page.keyboard.press("Escape")  # Closes the list of partitions.
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_text("Launched run").first.wait_for()
    [run] = web_ui.ask(_RUNS_OF_TAG, key="dagster/partition", value="1977")["results"]
    assert web_ui.wait(RUN_STATUS, RUN_ENDS, id=run["runId"]) == "SUCCESS"

    page.goto("/assets/raw/tmdb_pages")
    page.get_by_text("tmdb_movies_landed").first.wait_for()
    assert "in editor" in page.inner_text("body")
    assert list((lake / "lake/raw").rglob("*1977*"))


def test_an_asset_shows_its_columns_its_checks_and_its_source(page):
    page.goto("/assets/gold/matches")
    page.get_by_text("near_misses").first.wait_for()

    assert "in editor" in page.inner_text("body")
    page.goto("/assets/gold/matches?view=checks")
    page.get_by_text("key_is_unique").first.wait_for()
    shown = page.inner_text("body")
    assert "match_rate_is_within_bounds" in shown
    assert "labeled_strong_links_are_right" in shown


def test_sensors_the_schedule_and_the_job_are_listed_with_their_descriptions(page):
    page.goto("/automation")
    page.get_by_text("tmdb_changes_sensor").first.wait_for()
    shown = page.inner_text("body")
    assert {"discogs_new_releases_sensor", "nightly_refresh", "upkeep"} <= set(shown.split())

    page.goto("/locations/capstone_assets/jobs/lakehouse")
    page.get_by_text("Every page and table, from both APIs to explained links.").wait_for()
    assert page.get_by_role("button", name="Materialize all").is_visible()


def test_materializing_a_range_in_the_web_ui_runs_it_as_one_backfill(web_ui, backfill, lake):
    assert web_ui.wait(BACKFILL_STATUS, BACKFILL_ENDS, id=backfill) == "COMPLETED_SUCCESS"
    found = sorted(
        path.parent.name
        for path in (lake / "lake/raw/discogs_releases").glob("release_year=198?/part.parquet")
    )
    assert found == ["release_year=1982", "release_year=1983", "release_year=1984"]


def test_it_says_where_it_is_and_ctrl_c_ends_it_with_a_line_and_130(web_ui, lake):
    # The last test of this file: the web UI is gone after it.
    log = lake / "ui.log"
    assert f"The web UI is at {web_ui.url}; Ctrl-C ends it.\n" in log.read_text()
    assert "Launching Dagster services" not in log.read_text()

    web_ui.process.terminate()

    assert web_ui.process.wait(120) == 130
    assert log.read_text().endswith("\nInterrupted.\n")
    assert "Traceback" not in log.read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(web_ui.url)
