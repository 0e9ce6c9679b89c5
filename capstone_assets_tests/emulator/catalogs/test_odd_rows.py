"""Odd rows: of every kind, in the years that a catalog has, served as they are."""

import json
from pathlib import Path

import pytest

from capstone_assets.emulator.catalogs.catalog import CatalogError, read_catalog
from capstone_assets.emulator.catalogs.generator import generate_catalog, write_catalog
from capstone_assets.emulator.catalogs.odd_rows import (
    kinds_of_films,
    kinds_of_releases,
    with_odd_rows,
)
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.rows import movie_rows
from capstone_assets_tests.ingest.conftest import bodies, ids, serving

SOUND = generate_catalog(60, 90, seed=7)
EVERY_KIND = 2 * max(len(kinds_of_films()), len(kinds_of_releases()))


def test_rows_of_every_kind_are_added_beside_the_sound_ones_and_always_the_same():
    odd = with_odd_rows(SOUND, EVERY_KIND)

    assert odd.films[:60] == SOUND.films
    assert odd.releases[:90] == SOUND.releases
    assert {row["odd"] for row in odd.films[60:]} == {*kinds_of_films()}
    assert {row["odd"] for row in odd.releases[90:]} == {*kinds_of_releases()}
    assert len(odd.films) + len(odd.releases) == 150 + EVERY_KIND
    assert with_odd_rows(SOUND, EVERY_KIND) == odd
    assert with_odd_rows(SOUND, 0) == SOUND


def test_they_are_filed_under_years_that_the_catalog_has():
    odd = with_odd_rows(SOUND, 40)

    years = {film["release_date"][:4] for film in SOUND.films}
    assert {film["release_date"][:4] for film in odd.films} == years


def test_a_folder_of_them_is_read_back_and_served_as_they_are(tmp_path: Path):
    write_catalog(with_odd_rows(SOUND, EVERY_KIND), tmp_path / "catalog")
    catalog = read_catalog(tmp_path / "catalog")
    no_row = next(film for film in catalog.films if film.get("odd") == "null")
    year = no_row["release_date"][:4]
    sound = [film["id"] for film in SOUND.films if film["release_date"].startswith(year)]

    with serving(catalog) as api:
        landing = land_movies(api.tmdb(), PageStore(tmp_path / "lake"), [year])

    assert None in [row for body in bodies(landing, year) for row in body["results"]]
    assert {*sound} <= {*ids(landing, year, movie_rows)}


def test_a_row_that_is_not_json_is_a_fault_of_the_catalog(tmp_path: Path):
    write_catalog(SOUND, tmp_path)
    broken = {**SOUND.films[0], "listed_as": "{"}
    (tmp_path / "films.jsonl").write_text(json.dumps(broken))

    with pytest.raises(CatalogError, match="wanted JSON as text"):
        read_catalog(tmp_path)
