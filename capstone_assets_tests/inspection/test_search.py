import datetime as dt

import pytest

from capstone_assets.inspection.search import TitleError, film_called, find_films, find_releases
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
from capstone_assets_tests.stored_rows import store_rows


def film(film_id: int, title: str, year: int, original: str = "", popularity: float = 1.0) -> dict:
    return {
        "film_id": film_id,
        "title": title,
        "original_title": original or title,
        "film_year": year,
        "popularity": popularity,
        "alternative_titles": [],
        "release_date": dt.date(year, 1, 1),
    }


@pytest.fixture
def lake(lakehouse: Lakehouse) -> Lakehouse:
    films = {
        "1977": [film(11906, "Suspiria", 1977)],
        "2018": [film(361292, "Suspiria", 2018)],
        "2001": [film(194, "Amélie", 2001, "Le Fabuleux Destin d'Amélie Poulain", 9.0)],
        "2017": [film(335984, "Blade Runner 2049", 2017)],
        "1982": [film(78, "Blade Runner", 1982)],
        "1984": [film(218, "The Terminator", 1984), film(9314, "Nineteen Eighty-Four", 1984)],
    }
    for year, rows in films.items():
        store_rows(lakehouse, FILMS, year, rows)
    titles = {"release_id": 7, "title": "Goblin - Suspiria", "album_title": "Suspiria"}
    store_rows(lakehouse, SOUNDTRACKS, "1977", [{**titles, "kind": "film_score"}])
    return lakehouse


@pytest.mark.parametrize(
    ("typed", "film_id"),
    [
        ("Suspiria (1977)", 11906),
        ("suspiria 2018", 361292),
        ("Suspiria, 2018", 361292),
        ("amelie", 194),
        ("le fabuleux destin d'amélie poulain", 194),
        ("Blade Runner 2049", 335984),
        ("blade runner", 78),
        ("terminator", 218),
        ("Terminator, The", 218),
        ("335984", 335984),
    ],
)
def test_a_film_is_found_as_people_type_it(lake, typed, film_id):
    assert film_called(lake, typed).film_id == film_id


def test_a_title_of_two_films_needs_the_year_and_lists_both(lake):
    with pytest.raises(TitleError) as raised:
        film_called(lake, "Suspiria")

    assert str(raised.value) == (
        "2 films are called 'Suspiria'. Add the year, as in 'Suspiria (1977)', or give --film and "
        "an id:\n  Suspiria (1977), film 11906\n  Suspiria (2018), film 361292"
    )


def test_a_misspelled_title_is_not_guessed_but_the_most_similar_is_named(lake):
    with pytest.raises(TitleError, match=r"closest titles are:\n  The Terminator \(1984\)"):
        film_called(lake, "The Terminater")


def test_a_title_without_a_similar_one_is_reported(lake):
    with pytest.raises(TitleError, match="or anything like it"):
        film_called(lake, "zzzz")


def test_films_are_listed_with_the_most_similar_first(lake):
    assert [found.film_id for found in find_films(lake, "blade")] == [78, 335984]


def test_a_release_is_found_by_its_album_title(lake):
    [found] = find_releases(lake, "suspiria")
    assert (found.release_id, found.title, found.linked_to) == (7, "Goblin - Suspiria", None)


def test_an_empty_lake_says_what_to_do(lakehouse):
    with pytest.raises(NotMaterializedError):
        find_films(lakehouse, "Suspiria")
