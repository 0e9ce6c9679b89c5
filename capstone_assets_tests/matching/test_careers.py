"""From when to when a composer worked: a case on each side of every bound."""

import pytest

from capstone_assets.matching.careers import Careers
from capstone_assets.matching.text import words
from capstone_assets_tests.matching.catalog import film, release
from capstone_assets_tests.matching.pairing import link_plainly

FILMS = [
    (("Ludovic Bource",), 2006),
    (("Ludovic Bource", "Kim Novak"), 2011),
    (("Nino Rota",), 1963),
    (("Rachel Portman",), None),
]


def far(film_year: int | None, *names: str) -> str:
    return Careers(FILMS).far_from(film_year, (frozenset(words(name)) for name in names))


@pytest.mark.parametrize(
    ("film_year", "years"),
    [
        (1996, "2006 to 2011"),
        (1997, ""),
        (2009, ""),
        (2020, ""),
        (2021, "2006 to 2011"),
        (None, ""),
    ],
)
def test_a_film_ten_years_from_all_others_of_a_composer_is_far(film_year, years):
    assert far(film_year, "Ludovic Bource") == years


@pytest.mark.parametrize(("film_year", "years"), [(1943, "1963"), (1944, ""), (1982, "")])
def test_from_the_one_film_of_a_name_twenty_years_are_far(film_year, years):
    assert far(film_year, "Nino Rota") == years


def test_the_order_of_a_names_words_does_not_count():
    assert far(2020, "Rota, Nino") == "1963"


def test_one_composer_who_worked_near_is_enough():
    assert far(1965, "Ludovic Bource", "Nino Rota") == ""


@pytest.mark.parametrize("name", ["Unheard Of", "Rachel Portman"])
def test_a_composer_without_a_dated_film_rules_out_no_year(name):
    assert far(1930, name) == ""


@pytest.mark.parametrize(("last_year", "is_composer"), [(2006, False), (2008, False), (2009, True)])
def test_who_composed_for_films_of_four_years_and_more_is_a_composer(last_year, is_composer):
    careers = Careers([(("Ludovic Bource",), 2006), (("Ludovic Bource",), last_year)])

    assert careers.is_composer(frozenset({"ludovic", "bource"})) is is_composer
    assert not careers.is_composer(frozenset({"kim", "novak"}))


# Carrie of 1976 is not in the list; Pino Donaggio composed for two others that are.
DONAGGIO = [
    film(1, "Carrie", "2013-10-16", ["Marco Beltrami"], vote_count=300),
    film(2, "Dressed to Kill", "1980-06-24", ["Pino Donaggio"]),
    film(3, "Body Double", "1984-10-25", ["Pino Donaggio"]),
]


@pytest.mark.parametrize(
    ("artist", "level"), [("Pino Donaggio", "different"), ("Ann Roe", "performer")]
)
def test_a_composer_of_other_films_performs_on_no_soundtrack(artist, level):
    [found] = link_plainly(DONAGGIO, [release(10, f"{artist} - Carrie", "2013")])[10]

    assert {each.comparison: each.level for each in found.evidence}["composer"] == level


# The Invisible Man of 2020 is not in the list; that of 1933 has no known composer.
INVISIBLE = [
    film(1, "The Invisible Man", "1933-11-13", vote_count=900),
    film(2, "Upgrade", "2018-03-30", ["Jed Palmer"]),
    film(3, "Dracula", "1992-11-13", ["Wojciech Kilar"]),
]


@pytest.mark.parametrize(
    ("artist", "tier"), [("Jed Palmer", "review"), ("Heinz Roemheld", "strong")]
)
def test_the_album_of_a_remake_that_is_absent_goes_to_no_film_of_another_era(artist, tier):
    [found] = link_plainly(INVISIBLE, [release(10, f"{artist} - The Invisible Man")])[10]

    assert (found.film_id, found.tier) == (1, tier)
