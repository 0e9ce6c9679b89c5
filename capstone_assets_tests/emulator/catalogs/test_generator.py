"""Invented catalogs: exact in size, equal for equal seeds, and never unfair."""

import re
from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.catalogs.catalog import read_catalog
from capstone_assets.emulator.catalogs.films import REMAKE_YEARS, shared_title_share
from capstone_assets.emulator.catalogs.generator import (
    FEWEST_FILMS,
    FEWEST_RELEASES,
    GeneratorError,
    generate_catalog,
    write_catalog,
)
from capstone_assets.emulator.catalogs.releases import MOST_PRESSINGS, number_of_pressings
from capstone_assets.emulator.catalogs.titles import TitleMaker, in_series, title_key
from capstone_assets.emulator.catalogs.words import NUMBER_WORDS

SIZES = st.tuples(
    st.integers(FEWEST_FILMS, 80), st.integers(FEWEST_RELEASES, 200), st.integers(0, 2**32)
)


@pytest.fixture(scope="module")
def catalog():
    return generate_catalog(4000, 12_000, seed=7)


def films_of_title(catalog):
    films = defaultdict(list)
    for film in catalog.films:
        films[title_key(film["title"])].append(film)
    return films


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


def test_films_of_one_title_differ_in_year_or_composer(catalog):
    shared = [films for films in films_of_title(catalog).values() if len(films) > 1]
    assert len(shared) > 50
    for films in shared:
        for place, film in enumerate(films):
            for other in films[place + 1 :]:
                years = int(film["release_date"][:4]) - int(other["release_date"][:4])
                assert abs(years) >= REMAKE_YEARS
                assert film["composers"]
                assert not set(film["composers"]) & set(other["composers"])


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


def test_a_withheld_remake_differs_from_the_listed_film_in_composer_and_year(catalog):
    films = {str(film["id"]): film for film in catalog.films}
    releases = {str(row["id"]): row for row in catalog.releases}
    years = {master["id"]: int(master["year"]) for master in catalog.masters}
    remakes = [
        row for row in catalog.labels if row["kind"] == "absent_remake" and row["label"] < "1"
    ]
    assert len(remakes) > 50
    for row in remakes:
        film, release = films[row["film_tmdb_id"]], releases[row["release_id"]]
        artist = release["title"].split(" - ")[0]
        assert not any(composer in artist for composer in film["composers"])
        original_year = years[release["master_id"]]
        assert abs(original_year - int(film["release_date"][:4])) >= REMAKE_YEARS


def test_a_film_whose_title_a_withheld_film_shares_has_no_soundtrack_of_its_own(catalog):
    namesakes = {
        row["film_tmdb_id"] for row in catalog.labels if row["kind"] == "absent_remake"
    } - {""}
    with_soundtrack = {row["film_tmdb_id"] for row in catalog.labels if row["label"] == "1"}
    assert namesakes
    assert not namesakes & with_soundtrack


def test_an_ordinary_album_of_a_films_title_never_says_soundtrack(catalog):
    releases = {str(row["id"]): row for row in catalog.releases}
    albums = [
        releases[row["release_id"]] for row in catalog.labels if row["kind"] == "decoy_studio_album"
    ]
    assert len(albums) > 300
    for album in albums:
        assert "Stage & Screen" not in album["genre"]
        assert not {"Soundtrack", "Score", "Theme", "Musical"} & set(album["style"])


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


def records_of_kind(catalog, kind):
    """The film meant or, of a decoy, mistaken for, with the release and its master."""
    label = "0" if kind.startswith(("absent", "decoy")) else "1"
    films = {str(film["id"]): film for film in catalog.films}
    releases = {str(row["id"]): row for row in catalog.releases}
    masters = {master["id"]: master for master in catalog.masters}
    for row in catalog.labels:
        if row["kind"] == kind and row["label"] == label:
            release = releases[row["release_id"]]
            yield films[row["film_tmdb_id"]], release, masters.get(release["master_id"])


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


def test_a_sequel_in_brackets_is_in_no_list(catalog):
    titles = {title_key(film["title"]) for film in catalog.films}
    records = list(records_of_kind(catalog, "absent_sequel_in_brackets"))
    assert len(records) > 30
    for film, release, _ in records:
        assert film["title"].casefold() in release["title"].casefold()
        for part, roman in ((7, "VII"), (8, "VIII"), (9, "IX")):
            for style in (f"{film['title']} {part}", f"{film['title']}: Part {roman}"):
                assert title_key(style) not in titles


def test_a_concept_album_is_at_least_twelve_years_older_than_its_film(catalog):
    records = list(records_of_kind(catalog, "decoy_concept_album"))
    assert len(records) > 30
    for film, release, master in records:
        assert release["year"]
        assert int(film["release_date"][:4]) - int(master["year"]) >= 12


def test_unmarked_television_is_by_another_composer_and_of_another_year(catalog):
    records = list(records_of_kind(catalog, "decoy_tv_unmarked"))
    plain = [each for each in records if "Original" in each[1]["title"]]
    assert len(plain) > 10
    for film, release, master in records:
        artist = release["title"].split(" - ")[0]
        assert artist not in film["composers"]
        if "Motion Picture" in release["title"]:
            assert abs(int(master["year"]) - int(film["release_date"][:4])) >= 6


def test_some_pressings_bear_no_year_and_some_albums_have_no_master(catalog):
    without_year = sum(row["year"] is None for row in catalog.releases) / len(catalog.releases)
    without_master = sum(row["master_id"] is None for row in catalog.releases)
    assert 0.08 < without_year < 0.15
    assert 0.15 < without_master / len(catalog.releases) < 0.4


def test_a_working_title_is_another_films_title(catalog):
    titles = {film["title"] for film in catalog.films}
    working = [
        title["title"]
        for film in catalog.films
        for title in film["alternative_titles"]
        if title["type"] == "working title"
    ]
    assert len(working) > 100
    assert set(working) <= titles


@pytest.mark.parametrize(("films", "share"), [(10_000, 0.08), (86_000, 0.17)])
def test_the_share_of_shared_titles_is_that_of_the_real_lists(films, share):
    assert shared_title_share(films) == pytest.approx(share, abs=0.001)


def test_ten_thousand_films_share_their_titles_as_often_as_real_ones():
    catalog = generate_catalog(10_000, FEWEST_RELEASES, seed=3)
    shared = sum(len(films) for films in films_of_title(catalog).values() if len(films) > 1)
    assert 0.065 < shared / 10_000 < 0.095


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


@given(st.integers(0, 2**32), st.floats(1, 5))
def test_an_album_has_one_to_eight_pressings(seed, mean):
    assert 1 <= number_of_pressings(Random(seed), mean) <= MOST_PRESSINGS


@given(st.integers(0, 2**32), st.sampled_from(["en", "fr", "it", "es", "de", "ja", "ru"]))
def test_no_title_is_drawn_twice(seed, language):
    maker = TitleMaker(Random(seed))
    drawn = [maker.fresh(language) for _ in range(60)]
    keys = [
        key
        for naming in drawn
        for key in {title_key(title) for title in (naming.title, *naming.others)}
    ]
    assert len(keys) == len(set(keys))


def test_titles_that_a_reader_takes_for_the_same_have_one_key():
    assert title_key("The Café & the Sea") == title_key("Cafe and The Sea")
    assert title_key("A Child and the Sea") == title_key("Child and Sea")
    assert title_key("The The") == title_key("the the") != ""
    assert title_key("Iron Man") != title_key("Iron Man 2")
    assert title_key("La Mer") != title_key("Le Mur")


def test_a_sequel_is_numbered_in_the_ways_of_posters():
    assert [in_series("Rocky", 4, style) for style in range(3)] == [
        "Rocky 4",
        "Rocky IV",
        "Rocky: Part IV",
    ]
