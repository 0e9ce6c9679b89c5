"""Brackets of real titles: what belongs to the title, what names a year, what is only a tag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.matching.brackets import read_brackets
from capstone_assets.matching.text import key_of
from capstone_assets.matching.titles import read_album_title, read_film_title


@pytest.mark.parametrize(
    ("album_title", "film_title"),
    [
        ("Jaws (2) (Original Soundtrack)", "Jaws 2"),
        ("Creed (II)", "Creed II"),
        ("Hellboy [Two] (Music From The Motion Picture)", "Hellboy 2"),
        ("Back To The Future (Part III)", "Back to the Future Part III"),
        ("It [Chapter Two]", "It: Chapter Two"),
        ("Piranha #2", "Piranha II"),
        ("[REC]³ (Banda Sonora Original)", "[REC]³: Genesis"),
        ("(500) Days Of Summer (Music From The Motion Picture)", "(500) Days of Summer"),
        ("500 Days Of Summer", "(500) Days of Summer"),
        ("(Un)Familiar (Original Score)", "Unfamiliar"),
        ("Kill Bill (Vol. 2)", "Kill Bill: Vol. 2"),
    ],
)
def test_a_bracket_that_belongs_to_the_title_is_read_in_place(album_title: str, film_title: str):
    film = read_film_title(film_title)

    assert read_album_title(album_title).whole_keys[0] in {*film.whole_keys, *film.partial_keys}


@pytest.mark.parametrize(
    ("album_title", "not_named"),
    [
        ("Jaws (2) (Original Soundtrack)", "Jaws"),
        ("A Quiet Place [Part II]", "A Quiet Place"),
        ("(500) Days Of Summer", "Days of Summer"),
        ("[REC]³", "[REC]"),
        ("Piranha #2", "Piranha"),
        ("Dangal (Tamil)", "Tamil"),
        ("Dangal (Tamil Original Motion Picture Soundtrack)", "Tamil"),
        ("Jaws (Deluxe Edition)", "Deluxe Edition"),
        ("Jaws (2 LP)", "2 LP"),
        ("Carrie (1976)", "1976"),
        ("Roma (Italia Edition)", "Edition"),
    ],
)
def test_neither_a_title_without_its_number_nor_a_tag_is_a_title(album_title: str, not_named: str):
    assert key_of(not_named) not in read_album_title(album_title).whole_keys


@pytest.mark.parametrize(
    ("album_title", "year"),
    [
        ("Carrie (1976)", 1976),
        ("Dune [1984] (Original Soundtrack)", 1984),
        ("The Getaway (Original 1972 Motion Picture Soundtrack)", 1972),
        ("Godzilla (1954 Film Music)", 1954),
        ("Carrie - 1976 Original Soundtrack", 1976),
        ("Original Soundtrack 2001: A Space Odyssey", None),
        ("Carrie (2013 Remaster)", None),
        ("Jaws (2015 Reissue)", None),
        ("Alien (20th Anniversary Edition)", None),
        ("Film Works (1980-1989)", None),
        ("1917 (Original Motion Picture Soundtrack)", None),
        ("Blade Runner 2049", None),
        ("Hidden Orchestra (3000)", None),
    ],
)
def test_a_year_in_a_bracket_is_the_films_unless_it_dates_an_edition(
    album_title: str, year: int | None
):
    assert read_album_title(album_title).year == year


def test_a_translation_in_a_bracket_stays_a_title_of_its_own():
    assert key_of("La Giovinezza") in read_album_title("Youth (La Giovinezza)").whole_keys


@given(st.text(alphabet="ab 2()[]{}²", max_size=25))
def test_only_unpaired_brackets_are_left(text: str):
    read = read_brackets(text)

    assert read_brackets(read.outside).outside == read.outside
