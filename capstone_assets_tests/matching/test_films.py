"""Cleaning a film's row, without Spark."""

from datetime import date

import pytest

from capstone_assets.matching.films import clean_film, read_date, reliable_titles

ROW = {
    "id": 620, "title": " Ghostbusters ", "original_title": "", "original_language": "",
    "release_date": "1984-06-08", "genre_ids": None, "popularity": 9.5, "vote_average": 7.4,
    "vote_count": 7422, "composers": ["Elmer Bernstein ", "Elmer Bernstein", "Various", None],
    "alternative_titles": None, "imdb_id": "", "raw_page": "p", "release_year": "1984",
}  # fmt: skip


def test_a_films_text_is_trimmed_and_what_is_empty_is_unknown():
    film = clean_film(ROW)

    assert (film["title"], film["original_title"], film["imdb_id"]) == ("Ghostbusters", None, None)
    assert (film["film_year"], film["release_date"]) == (1984, date(1984, 6, 8))
    assert film["genre_ids"] == []


def test_a_film_without_a_title_has_its_original_one():
    assert clean_film({**ROW, "title": None, "original_title": "기생충"})["title"] == "기생충"


def test_credits_that_name_no_one_are_not_composers():
    assert clean_film(ROW)["composers"] == ["Elmer Bernstein"]


@pytest.mark.parametrize(("votes", "average"), [(0, None), (None, None), (1, 7.4)])
def test_a_film_that_no_one_rated_has_no_rating(votes, average):
    assert clean_film({**ROW, "vote_count": votes})["vote_average"] == average


def test_every_title_adds_its_keys_once_and_a_whole_one_is_not_a_piece():
    titles = [
        {"title": "Star Wars: Episode IV - A New Hope", "type": ""},
        {"title": "Star Wars", "type": ""},
    ]
    film = clean_film({**ROW, "title": "Star Wars", "alternative_titles": titles})

    assert film["alternative_titles"] == ["Star Wars: Episode IV - A New Hope", "Star Wars"]
    assert film["title_keys"] == ["star wars", "star wars 4 a new hope", "star wars a new hope"]
    assert "star wars" not in film["partial_keys"]
    assert "new hope" in film["partial_keys"]


def test_a_title_of_symbols_has_a_key():
    assert clean_film({**ROW, "title": "$", "original_title": "$"})["title_keys"] == ["$"]


def test_a_working_title_is_left_out_because_it_may_be_another_films():
    rows: list[dict[str, str | None]] = [
        {"title": "Blue Velvet", "type": "working title"},
        {"title": " Silent Night ", "type": None},
        {"title": None, "type": ""},
        {"title": "Silent Night", "type": "DVD"},
    ]

    assert reliable_titles(rows) == ["Silent Night"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("1984-06-08", date(1984, 6, 8)), ("1984-02-30", None), ("", None), (None, None)],
)
def test_an_impossible_date_is_unknown(written, read):
    assert read_date(written) == read


def test_what_the_details_add_is_kept_and_missing_details_are_empty():
    details = {
        "genres": ["Comedy", "Fantasy"],
        "countries": ["US"],
        "runtime_minutes": 105,
        "wikidata_id": "Q108745",
    }
    film, plain = clean_film({**ROW, **details}), clean_film(ROW)

    assert {name: film[name] for name in details} == details
    assert {name: plain[name] for name in details} == {
        "genres": [],
        "countries": [],
        "runtime_minutes": None,
        "wikidata_id": None,
    }
    assert (film["release_year"], film["raw_page"]) == ("1984", "p")
