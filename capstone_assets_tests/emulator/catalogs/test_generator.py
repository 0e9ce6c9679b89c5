"""Invented catalogs: exact in size, equal for equal seeds, and never unfair."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.catalogs.catalog import read_catalog
from capstone_assets.emulator.catalogs.generator import (
    FEWEST_FILMS,
    FEWEST_RELEASES,
    GeneratorError,
    generate_catalog,
    write_catalog,
)

SIZES = st.tuples(
    st.integers(FEWEST_FILMS, 80), st.integers(FEWEST_RELEASES, 200), st.integers(0, 2**32)
)


@given(SIZES)
@settings(max_examples=40)
def test_a_catalog_of_any_size_is_exact_sound_and_labeled(size):
    films, releases, seed = size
    catalog = generate_catalog(films, releases, seed)

    assert [film["id"] for film in catalog.films] == list(range(1, films + 1))
    assert [row["id"] for row in catalog.releases] == list(range(1, releases + 1))
    positive = {row["release_id"] for row in catalog.labels if row["label"] == "1"}
    assert positive == {str(row["id"]) for row in catalog.releases}
    pairs = Counter((row["film_tmdb_id"], row["release_id"]) for row in catalog.labels)
    assert set(pairs.values()) == {1}
    film_ids = {str(film["id"]) for film in catalog.films} | {""}
    assert {row["film_tmdb_id"] for row in catalog.labels} <= film_ids
    masters = {master["id"] for master in catalog.masters}
    assert {row["master_id"] for row in catalog.releases} - {None} == masters


@given(SIZES)
@settings(max_examples=10)
def test_equal_seeds_make_equal_catalogs_and_others_do_not(size):
    films, releases, seed = size
    assert generate_catalog(films, releases, seed) == generate_catalog(films, releases, seed)
    assert generate_catalog(films, releases, seed) != generate_catalog(films, releases, seed + 1)


def test_about_a_third_of_the_films_have_a_soundtrack(catalog):
    films = {row["film_tmdb_id"] for row in catalog.labels if row["label"] == "1"} - {""}
    assert 0.28 < len(films) / len(catalog.films) < 0.35


def test_every_phenomenon_is_there(catalog):
    kinds = {row["kind"] for row in catalog.labels if row["label"] == "1"}
    assert kinds == {
        *("exact_title", "no_composer", "reissue", "no_year", "foreign_title", "two_scripts"),
        *("possessive_brand", "trailing_article", "ampersand", "diacritics", "typo", "subtitle"),
        *("numeral", "title_song", "two_films", "remake", "sequel"),
        *("absent_film", "absent_remake", "absent_sequel", "absent_near_title"),
        *("decoy_studio_album", "decoy_artist_name", "decoy_tv", "decoy_game", "decoy_cast"),
        *("year_in_brackets", "leading_bracket", "number_words", "performer"),
        *("absent_sequel_in_brackets", "decoy_tv_unmarked", "decoy_game_platform"),
        *("decoy_concept_album", "decoy_compilation"),
    }


@pytest.mark.parametrize(
    ("films", "releases"), [(-1, 100), (0, 0), (FEWEST_FILMS - 1, 100), (100, FEWEST_RELEASES - 1)]
)
def test_a_catalog_too_small_for_its_phenomena_is_refused_with_the_least_size(films, releases):
    with pytest.raises(GeneratorError, match="at least 10 films and 25 releases") as refused:
        generate_catalog(films, releases, seed=1)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, EmulatorError)


def test_a_folder_gives_back_the_catalog_that_was_written(tmp_path):
    catalog = generate_catalog(60, 200, seed=5)
    write_catalog(catalog, tmp_path)
    assert read_catalog(tmp_path) == catalog
    assert "ids are the catalog's own" in (tmp_path / "README.md").read_text("utf-8").lower()
