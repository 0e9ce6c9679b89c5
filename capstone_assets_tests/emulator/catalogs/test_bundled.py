"""The bundled catalog keeps what it promises: real variety, sound rows, truth for every release."""

import re
from collections import Counter

import pytest

from capstone_assets.emulator.catalogs.bundled import (
    Pressing,
    bundled_catalog,
    read_albums,
    read_films,
)
from capstone_assets.emulator.catalogs.catalog import read_catalog
from capstone_assets.emulator.catalogs.generator import write_catalog


@pytest.fixture(scope="module")
def catalog():
    return bundled_catalog()


@pytest.fixture(scope="module")
def truth(catalog):
    """The labels with names for ids: (release title, its year) -> {(film, year): label}."""
    films = {str(film["id"]): (film["title"], film["release_date"][:4]) for film in catalog.films}
    releases = {str(row["id"]): (row["title"], row["year"]) for row in catalog.releases}
    known: dict = {}
    for row in catalog.labels:
        film = films.get(row["film_tmdb_id"])
        known.setdefault(releases[row["release_id"]], {})[film] = row["label"]
    return known


def test_it_holds_films_of_every_decade_and_of_many_countries_and_languages(catalog):
    decades = {film["release_date"][:3] for film in catalog.films}
    countries = {film["origin_country"][0] for film in catalog.films}
    languages = {film["original_language"] for film in catalog.films}

    assert len(catalog.films) >= 400
    assert decades >= {"192", "193", "194", "195", "196", "197", "198", "199", "200", "201", "202"}
    assert len(countries) >= 25
    assert len(languages) >= 25


def test_every_title_script_of_the_world_list_is_there(catalog):
    originals = " ".join(film["original_title"] for film in catalog.films)
    for script in ("あ-ん", "一-龥", "가-힣", "а-я", "α-ω", "א-ת", "ا-ي", "अ-ह", "ก-ฮ"):
        assert re.search(f"[{script}]", originals), script


def test_no_id_is_given_twice(catalog):
    for rows in (catalog.films, catalog.releases, catalog.masters):
        assert [n for n, count in Counter(row["id"] for row in rows).items() if count > 1] == []


def test_every_album_names_films_of_the_list_and_none_both_as_its_own_and_not():
    names = [film.name for film in read_films()]
    assert len(set(names)) == len(names)
    for album in read_albums():
        assert set(album.films) | set(album.not_films) <= set(names), album.title
        assert not set(album.films) & set(album.not_films), album.title
        assert len(set(album.not_films)) == len(album.not_films), album.title


def test_an_album_that_belongs_to_no_film_says_what_it_is():
    decoys = [album for album in read_albums() if not album.films]
    assert len(decoys) >= 150
    assert [album.title for album in decoys if not album.kind] == []


def test_no_album_is_older_than_the_year_before_its_film():
    years = {film.name: film.year for film in read_films()}
    too_old = [
        (album.title, film)
        for album in read_albums()
        for film in album.films
        if album.original_year is not None and album.original_year < years[film] - 1
    ]
    assert too_old == []


def test_every_release_has_its_truth(catalog):
    known = {row["release_id"] for row in catalog.labels if row["label"] == "1"}
    assert known == {str(row["id"]) for row in catalog.releases}


def test_every_label_names_a_film_and_a_release_of_the_catalog(catalog):
    films = {str(film["id"]) for film in catalog.films}
    releases = {str(row["id"]) for row in catalog.releases}
    for row in catalog.labels:
        assert row["film_tmdb_id"] in films | {""}
        assert row["release_id"] in releases
        assert row["kind"]


def test_no_pair_is_labeled_both_ways(catalog):
    pairs = Counter((row["film_tmdb_id"], row["release_id"]) for row in catalog.labels)
    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_a_master_has_the_year_of_its_earliest_pressing_and_at_least_two(catalog):
    pressings: dict[int | None, list[str | None]] = {}
    for row in catalog.releases:
        pressings.setdefault(row["master_id"], []).append(row["year"])
    pressings.pop(None)
    assert {master["id"] for master in catalog.masters} == set(pressings)
    for master in catalog.masters:
        years = pressings[master["id"]]
        assert len(years) >= 2
        assert master["year"] == min((year for year in years if year), default=None)


@pytest.mark.parametrize(
    ("release", "own", "other"),
    [
        (
            ("Carter Burwell - True Grit (Original Motion Picture Soundtrack)", "2010"),
            ("True Grit", "2010"),
            ("True Grit", "1969"),
        ),
        (
            ("Thom Yorke - Suspiria (Music For The Luca Guadagnino Film)", "2018"),
            ("Suspiria", "2018"),
            ("Suspiria", "1977"),
        ),
        (
            ("John Debney - Iron Man 2 (Original Motion Picture Score)", "2010"),
            ("Iron Man 2", "2010"),
            ("Iron Man", "2008"),
        ),
        (
            ("Isaac Hayes - Shaft (Music From The Soundtrack)", "1988"),
            ("Shaft", "1971"),
            ("Shaft", "2000"),
        ),
        (
            ("久石譲 - となりのトトロ サウンドトラック集", "1988"),
            ("My Neighbor Totoro", "1988"),
            ("Joe", "2014"),
        ),
        (
            ("Henry Jackman - The Birth Of A Nation (Original Motion Picture Soundtrack)", "2016"),
            None,
            ("The Birth of a Nation", "1915"),
        ),
        (("Isaac Hayes - Hot Buttered Soul", "1969"), None, ("Isaac", "2019")),
        (("The Who - Tommy", "1969"), None, ("Tommy", "1975")),
    ],
)
def test_the_known_confusions_are_labeled(truth, release, own, other):
    assert truth[release][own] == "1"
    assert truth[release][other] == "0"


def test_a_record_of_two_films_belongs_to_both(truth):
    record = (
        "Stewart Copeland - Wall Street / Talk Radio (Original Motion Picture Soundtracks)",
        "1988",
    )
    assert truth[record] == {("Wall Street", "1987"): "1", ("Talk Radio", "1988"): "1"}


def test_titles_are_phrased_as_records_of_many_countries_phrase_them(catalog):
    titles = "\n".join(row["title"] for row in catalog.releases)
    for phrase in (
        "(Original Motion Picture Soundtrack)",
        "(Music From The Motion Picture)",
        "Music From And Inspired By",
        "Songs From",
        "(Bande Originale Du Film)",
        "(Colonna Sonora Originale)",
        "(Banda Sonora Original)",
        "(Trilha Sonora Original)",
        "(Original-Filmmusik)",
        "オリジナル・サウンドトラック",
        "Кинофильма",
        "OST",
        " = ",
        " / ",
    ):
        assert phrase in titles, phrase


@pytest.mark.parametrize("kind", ["studio_album", "tv", "game", "cast", "compilation"])
def test_every_family_of_decoys_is_there(catalog, kind):
    decoys = {row["release_id"] for row in catalog.labels if row["kind"] == f"decoy_{kind}"}
    assert len(decoys) >= 15


def test_a_pressing_is_read_with_its_own_title_and_without_a_year():
    pressing = Pressing.read("? FR 2LP MCA Records ~ Les Dents De La Mer")
    assert (pressing.year, pressing.country, pressing.label) == (None, "France", "MCA Records")
    assert pressing.formats == ("Vinyl", "LP", "Album")
    assert pressing.title == "Les Dents De La Mer"


@pytest.mark.parametrize("written", ["1975 XX LP", "75 LP", "1975 US Wax", "soon US LP", ""])
def test_a_pressing_that_cannot_be_read_is_refused(written):
    with pytest.raises(ValueError, match="is not a pressing"):
        Pressing.read(written)


def test_it_is_the_same_at_every_call_and_survives_a_folder(catalog, tmp_path):
    write_catalog(catalog, tmp_path)
    assert read_catalog(tmp_path) == catalog == bundled_catalog()
