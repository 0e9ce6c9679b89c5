"""Records of films: what stands on them."""

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.emulator.catalogs.releases import MOST_PRESSINGS, number_of_pressings
from capstone_assets.emulator.catalogs.words import NUMBER_WORDS
from capstone_assets_tests.emulator.catalogs.generated import films_of_title, records_of_kind


def test_a_record_of_a_shared_title_credits_the_composer_and_bears_a_year(catalog):
    shared = {
        str(film["id"]): film
        for films in films_of_title(catalog).values()
        if len(films) > 1
        for film in films
    }
    releases = {str(row["id"]): row for row in catalog.releases}
    records = [
        (shared[row["film_tmdb_id"]], releases[row["release_id"]])
        for row in catalog.labels
        if row["label"] == "1" and row["film_tmdb_id"] in shared
    ]
    assert len(records) > 100
    for film, release in records:
        assert film["composers"][0] in release["title"]
        assert release["year"] is not None
        assert release["master_id"] is not None


def test_a_year_in_brackets_is_the_films(catalog):
    records = list(records_of_kind(catalog, "year_in_brackets"))
    assert len(records) > 30
    for film, release, _ in records:
        assert re.search(rf"\(.*{film['release_date'][:4]}.*\)", release["title"])


def test_a_number_in_words_is_a_digit_in_the_films_title(catalog):
    records = list(records_of_kind(catalog, "number_words"))
    assert records
    for film, release, _ in records:
        number, rest = film["title"].split(" ", 1)
        assert f"{NUMBER_WORDS[int(number)]} {rest}".casefold() in release["title"].casefold()


def test_songs_credited_to_a_band_come_out_with_their_film(catalog):
    records = list(records_of_kind(catalog, "performer"))
    assert len(records) > 30
    for film, release, master in records:
        assert not any(composer in release["title"] for composer in film["composers"])
        if master:
            assert master["year"] == film["release_date"][:4]


def test_some_pressings_bear_no_year_and_some_albums_have_no_master(catalog):
    without_year = sum(row["year"] is None for row in catalog.releases) / len(catalog.releases)
    without_master = sum(row["master_id"] is None for row in catalog.releases)
    assert 0.08 < without_year < 0.15
    assert 0.15 < without_master / len(catalog.releases) < 0.4


@given(st.integers(0, 2**32), st.floats(1, 5))
def test_an_album_has_one_to_eight_pressings(seed, mean):
    assert 1 <= number_of_pressings(Random(seed), mean) <= MOST_PRESSINGS
