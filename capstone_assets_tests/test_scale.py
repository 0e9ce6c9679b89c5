"""The main job at the size of the predecessor's run: 10,000 films, 30,000 releases, over HTTP."""

import time

import duckdb
import pytest

from capstone_assets.matching.evaluation import evaluate, read_labels
from capstone_assets_tests.programs import capstone
from capstone_assets_tests.reconciliation import assert_reconciled
from capstone_assets_tests.stored_rows import table

_MOST_SECONDS = 240


@pytest.mark.scale
def test_ten_thousand_films_and_thirty_thousand_releases_are_linked_in_four_minutes(tmp_path):
    catalog = tmp_path / "catalog"
    sizes = ("--films", "10000", "--releases", "30000", "--seed", "1")
    assert capstone(tmp_path, "catalog", *sizes, "--out", str(catalog)).returncode == 0

    began = time.monotonic()
    ran = capstone(tmp_path, "run", CAPSTONE_CATALOG=str(catalog))
    seconds = time.monotonic() - began

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert_reconciled(tmp_path, ran.stdout)
    links = duckdb.execute(
        f"select film_id, release_id, tier from {table(tmp_path, 'gold/matches')}"
    )
    found = [
        dict(zip(("film_id", "release_id", "tier"), row, strict=True)) for row in links.fetchall()
    ]
    quality = evaluate(found, read_labels(catalog / "labels.csv")).overall
    assert quality.f1 is not None
    assert quality.f1 >= 0.97
    assert seconds < _MOST_SECONDS
