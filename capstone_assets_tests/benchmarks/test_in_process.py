"""Linking in one process is linking with Spark: benchmarks may measure the one for the other."""

from pathlib import Path

import pytest

from benchmarks.in_process import links_of, tables_of
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.matching.linkage import link_files
from capstone_assets.matching.scorecard import load_scorecard


@pytest.mark.parametrize("with_masters", [True, False], ids=["masters", "no masters"])
def test_a_catalog_linked_in_process_has_the_links_that_the_assets_make(
    spark, tmp_path: Path, with_masters
):
    catalog = generate_catalog(300, 900, seed=4)
    write_catalog(catalog, tmp_path)
    masters = tmp_path / "masters.jsonl" if with_masters else None
    of_spark = link_files(
        spark, tmp_path / "films.jsonl", tmp_path / "releases.jsonl", masters_path=masters
    )
    expected = {
        (row.film_id, row.release_id, row.tier, round(row.score, 6), row.reason)
        for row in of_spark.collect()
    }

    tables = tables_of(catalog.films, catalog.releases, catalog.masters if with_masters else ())
    found = {
        (row["film_id"], row["release_id"], row["tier"], round(row["score"], 6), row["reason"])
        for row in links_of(tables, load_scorecard())
    }

    assert found == expected
    assert len(found) > 300
