"""A pressing gets the year of its master, whichever year the master is of."""

import json
from pathlib import Path
from typing import Any

import dagster as dg

from capstone_assets.lake.bronze import DISCOGS_MASTERS
from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.assets.raw import DISCOGS_PAGES
from capstone_assets.orchestration.assets.steps import ASSETS
from capstone_assets.orchestration.jobs import RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.table_metadata import asset_key
from capstone_assets_tests.orchestration.steps import resources

TAGS = {"genre": ["Stage & Screen"], "style": ["Score"], "format": ["LP"], "country": "US"}
RELEASES = [
    {"id": 71, "title": "Ida Falk - Winter Harbor", "year": "2017", "master_id": 900, **TAGS},
    {"id": 72, "title": "Tom Reyes - The Copper Road", "year": "2017", "master_id": 901, **TAGS},
]
MASTERS = [{"id": 900, "title": "Ida Falk - Winter Harbor", "year": "1977", **TAGS}]


def run(lake: Lakehouse, catalog: Path, year: str) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        ASSETS,
        selection=dg.AssetSelection.assets(asset_key(SOUNDTRACKS)).upstream(),
        resources={**resources(lake.root), "apis": ApisResource(catalog=str(catalog))},
        tags={RANGE_START: year, RANGE_END: year},
        raise_on_error=False,
    )


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    [landed] = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == DISCOGS_PAGES
    ]
    return {name: value.value for name, value in landed.metadata.items()}


def test_the_master_of_another_year_is_fetched_and_is_stored_once(tmp_path: Path):
    lake, catalog = Lakehouse(str(tmp_path / "lake")), tmp_path / "catalog"
    catalog.mkdir()
    for name, rows in (("films", []), ("releases", RELEASES), ("masters", MASTERS)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (catalog / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    of_pressing = run(lake, catalog, "2017")
    years = {row["release_id"]: row for row in lake.scan(SOUNDTRACKS).to_pylist()}
    in_2017 = lake.scan(DISCOGS_MASTERS).to_pylist()
    of_master = run(lake, catalog, "1977")
    in_1977 = lake.scan(DISCOGS_MASTERS).to_pylist()

    assert (years[71]["original_year"], years[71]["year_basis"]) == (1977, "master")
    assert (years[72]["original_year"], years[72]["year_basis"]) == (2017, "pressing")
    assert metadata(of_pressing)["masters_unknown"] == 1
    assert [(row["id"], row["release_year"]) for row in in_2017] == [(900, "2017")]
    assert of_master.success, [e.message for e in of_master.all_events if e.is_failure]
    assert [(row["id"], row["release_year"]) for row in in_1977] == [(900, "1977")]
    assert {row["original_year"] for row in lake.scan(SOUNDTRACKS).to_pylist()} == {1977, 2017}
