"""Quality on real records with labels, where they lie beside the project."""

from pathlib import Path

import pytest

from benchmarks.catalogs import read_catalog_folder
from benchmarks.compare import LINKERS, measure


def shared_folder() -> Path:
    return Path(__file__).parents[2] / ".." / "shared" / "catalog"


@pytest.fixture(scope="module")
def measured():
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(f"no labeled real records in {folder}")
    return {
        (each.name, each.films): each.evaluation for each in measure(read_catalog_folder(folder))
    }


@pytest.mark.slow
def test_links_of_real_records_are_right(measured):
    ours = next(
        found for (name, films), found in measured.items() if name == "ours" and "all" in films
    )

    assert ours.by_tier["strong"].precision.value >= 0.985
    assert ours.overall.f1 >= 0.97


@pytest.mark.slow
def test_strong_links_stay_right_when_films_are_missing(measured):
    withheld = measured["ours", "40% withheld"]

    assert withheld.by_tier["strong"].precision.value >= 0.97


@pytest.mark.slow
def test_no_other_way_to_link_is_better(measured):
    for films in {films for _, films in measured}:
        ours = measured["ours", films]
        for name in LINKERS:
            assert measured[name, films].overall.f1 <= ours.overall.f1
