from datetime import date

import pytest

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets_tests.emulator.asking import ask, ask_all, film

TODAY = date(2026, 6, 15)
BLADE_RUNNER = film(
    78,
    "Blade Runner",
    "1982-06-25",
    genre_ids=[878, 18, 53],
    original_language="en",
    popularity=60.5,
    vote_count=14_000,
    vote_average=7.9,
    imdb_id="tt0083658",
    composers=["Vangelis"],
)
AMELIE = film(
    194,
    "Amélie",
    "2001-04-25",
    original_title="Le Fabuleux Destin d'Amélie Poulain",
    genre_ids=[35, 10749],
    original_language="fr",
    popularity=35.0,
    vote_count=11_000,
    composers=["Yann Tiersen"],
    alternative_titles=["Amelie", {"iso_3166_1": "DE", "title": "Die fabelhafte Welt der Amelie"}],
)
ALEXANDER = film(1966, "Alexander", "2004-11-21", genre_ids=[36], composers=["Vangelis"])
UNDATED = film(900, "Undated")


def app_of(*films, **fields):
    return create_app(Catalog(films=list(films), releases=[], **fields), today=TODAY)


APP = app_of(BLADE_RUNNER, AMELIE, ALEXANDER, UNDATED)


def discovered(**params):
    page = ask(APP, "/3/discover/movie", **params).json()
    return [row["id"] for row in page["results"]]


def test_a_film_is_listed_with_all_fields_of_the_recorded_rows_and_nulls_for_pictures():
    [row] = ask(APP, "/3/discover/movie", year="1982").json()["results"]

    assert row == {
        "adult": False,
        "backdrop_path": None,
        "genre_ids": [878, 18, 53],
        "id": 78,
        "title": "Blade Runner",
        "original_language": "en",
        "original_title": "Blade Runner",
        "overview": "",
        "popularity": 60.5,
        "poster_path": None,
        "release_date": "1982-06-25",
        "softcore": False,
        "video": False,
        "vote_average": 7.9,
        "vote_count": 14_000,
    }


def test_a_film_without_votes_is_rated_zero_as_tmdb_does():
    [row] = ask(APP, "/3/discover/movie", year="2004").json()["results"]

    assert (row["vote_average"], row["vote_count"], row["popularity"]) == (0.0, 0, 0.0)


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, [78, 194, 900, 1966]),
        ({"primary_release_date.gte": "1982-06-25"}, [78, 194, 1966]),
        ({"primary_release_date.gte": "1982-06-26"}, [194, 1966]),
        ({"primary_release_date.lte": "2001-04-25"}, [78, 194]),
        (
            {"primary_release_date.gte": "2001-04-25", "primary_release_date.lte": "2001-04-25"},
            [194],
        ),
        ({"primary_release_year": "2001"}, [194]),
        ({"year": "2001"}, [194]),
        ({"vote_count.gte": "11000"}, [78, 194]),
        ({"vote_count.gte": "11001"}, [78]),
        ({"vote_average.gte": "7.9"}, [78]),
        ({"with_genres": "878,18"}, [78]),
        ({"with_genres": "878|35"}, [78, 194]),
        ({"with_genres": "878|35,53"}, [78]),
        ({"with_original_language": "fr"}, [194]),
        ({"with_original_language": "en-US"}, []),
        ({"sort_by": "popularity.asc"}, [900, 1966, 194, 78]),
        ({"sort_by": "primary_release_date.asc"}, [900, 78, 194, 1966]),
        ({"sort_by": "primary_release_date.desc"}, [1966, 194, 78, 900]),
        ({"sort_by": "title.asc"}, [1966, 194, 78, 900]),
        ({"sort_by": "title.desc"}, [900, 78, 194, 1966]),
        ({"sort_by": "vote_count.desc"}, [78, 194, 900, 1966]),
        ({"language": "de-DE", "something_new": "1"}, [78, 194, 900, 1966]),
    ],
)
def test_discover_yields_what_its_parameters_ask_for_in_their_order(params, ids):
    assert discovered(**params) == ids


def test_adult_films_come_only_when_asked_for():
    app = app_of(film(1, "One", adult=True), film(2, "Two"))

    kept, all_films = ask_all(
        app, "/3/discover/movie", "/3/discover/movie?include_adult=true&sort_by=title.asc"
    )

    assert [row["id"] for row in kept.json()["results"]] == [2]
    assert [row["id"] for row in all_films.json()["results"]] == [1, 2]


def test_twenty_rows_make_a_page_and_the_last_one_holds_the_rest():
    app = app_of(*(film(number, f"Film {number}") for number in range(1, 46)))

    pages = [page.json() for page in ask_all(app, *(f"/3/movie/popular?page={n}" for n in "1234"))]

    assert [[row["id"] for row in page["results"]] for page in pages] == [
        list(range(1, 21)),
        list(range(21, 41)),
        list(range(41, 46)),
        [],
    ]
    assert {(page["total_pages"], page["total_results"]) for page in pages} == {(3, 45)}
    assert [page["page"] for page in pages] == [1, 2, 3, 4]


def test_an_empty_result_claims_one_page_as_recorded():
    page = ask(APP, "/3/discover/movie", year="1970").json()

    assert page == {"page": 1, "results": [], "total_pages": 1, "total_results": 0}


def test_ten_thousand_films_are_served_although_more_pages_are_claimed():
    app = app_of(*(film(number, "A Film") for number in range(1, 10_022)))

    last, beyond = ask_all(app, "/3/movie/popular?page=500", "/3/movie/popular?page=501")

    assert [row["id"] for row in last.json()["results"]] == list(range(9_981, 10_001))
    assert (last.json()["total_pages"], last.json()["total_results"]) == (502, 10_021)
    assert beyond.status_code == 400
    assert beyond.json() == {
        "success": False,
        "status_code": 22,
        "status_message": "Invalid page: Pages start at 1 and max at 500. "
        "They are expected to be an integer.",
    }


@pytest.mark.parametrize("page", ["0", "-1", "two", "1.5", "9" * 5000, "²"])
def test_an_invalid_page_number_is_refused_like_page_501(page):
    answer = ask(APP, "/3/discover/movie", page=page)

    assert (answer.status_code, answer.json()["status_code"]) == (400, 22)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"primary_release_date.gte": "1999"}, 400, 23),
        ({"primary_release_date.lte": "1999-02-29"}, 400, 23),
        ({"year": "MCMXCIX"}, 422, 5),
        ({"with_genres": "Drama"}, 422, 5),
        ({"vote_count.gte": "many"}, 422, 5),
        ({"sort_by": "fame.desc"}, 422, 5),
        ({"sort_by": "popularity"}, 422, 5),
    ],
)
def test_a_parameter_that_cannot_be_understood_is_refused(params, status, code):
    answer = ask(APP, "/3/discover/movie", **params)

    assert (answer.status_code, answer.json()["status_code"]) == (status, code)


def test_details_name_the_composers_the_other_titles_and_the_imdb_id():
    details = ask(
        APP, "/3/movie/78", append_to_response="credits,alternative_titles,external_ids"
    ).json()

    assert details["imdb_id"] == details["external_ids"]["imdb_id"] == "tt0083658"
    assert details["genres"][0] == {"id": 878, "name": "Science Fiction"}
    assert [(c["name"], c["department"], c["job"]) for c in details["credits"]["crew"]] == [
        ("Vangelis", "Sound", "Original Music Composer")
    ]
    assert details["alternative_titles"] == {"titles": []}
    assert "genre_ids" not in details


def test_a_composer_has_one_person_id_in_all_films():
    answers = ask_all(APP, *(f"/3/movie/{film_id}/credits" for film_id in (78, 1966, 194)))
    runner, alexander, amelie = (answer.json()["crew"][0] for answer in answers)

    assert runner["id"] == alexander["id"] != amelie["id"]
    assert runner["credit_id"] != alexander["credit_id"]


def test_only_what_is_asked_for_is_appended():
    plain, some = ask_all(
        APP, "/3/movie/194", "/3/movie/194?append_to_response=alternative_titles,images"
    )

    sections = {"credits", "alternative_titles", "external_ids", "images"}
    assert sections & plain.json().keys() == set()
    assert sections & some.json().keys() == {"alternative_titles"}
    assert [title["title"] for title in some.json()["alternative_titles"]["titles"]] == [
        "Amelie",
        "Die fabelhafte Welt der Amelie",
    ]


def test_a_section_by_itself_has_the_id_of_its_film():
    titles, german, ids, other = ask_all(
        APP,
        "/3/movie/194/alternative_titles",
        "/3/movie/194/alternative_titles?country=DE",
        "/3/movie/194/external_ids",
        "/3/movie/194/images",
    )

    assert (titles.json()["id"], len(titles.json()["titles"])) == (194, 2)
    assert [title["title"] for title in german.json()["titles"]] == [
        "Die fabelhafte Welt der Amelie"
    ]
    assert ids.json()["imdb_id"] is None
    assert other.json()["status_code"] == 34


def test_a_film_is_released_from_its_day_on():
    app = app_of(film(1, "Past", "2026-06-15"), film(2, "Next", "2026-06-16"), film(3, "Undated"))

    answers = ask_all(app, *(f"/3/movie/{film_id}" for film_id in (1, 2, 3)))

    assert [answer.json()["status"] for answer in answers] == ["Released", "Planned", "Planned"]


@pytest.mark.parametrize("path", ["/3/movie/999999999", "/3/movie/999/credits", "/3/person/1"])
def test_what_tmdb_does_not_know_is_its_404(path):
    answer = ask(APP, path)

    assert answer.status_code == 404
    assert answer.json() == {
        "success": False,
        "status_code": 34,
        "status_message": "The resource you requested could not be found.",
    }


CHANGED = app_of(
    BLADE_RUNNER,
    film(2, "Two", adult=True),
    changes=[
        {"id": 78, "date": "2026-06-14"},
        {"id": 2, "date": "2026-06-15"},
        {"id": 78, "date": "2026-06-15"},
        {"id": 555, "date": "2026-06-01"},
    ],
)


def changed(query: str = ""):
    answer = ask(CHANGED, f"/3/movie/changes{query}")
    return [row["id"] for row in answer.json()["results"]]


def test_changes_are_those_of_the_last_day_unless_a_window_is_asked_for():
    assert changed() == [78, 2]
    assert changed("?start_date=2026-06-01&end_date=2026-06-02") == [555]
    assert changed("?start_date=2026-06-01") == [555, 78, 2]
    assert changed("?end_date=2026-06-13") == []


def test_a_change_is_an_id_and_little_else():
    [row] = ask(
        CHANGED, "/3/movie/changes?start_date=2026-06-15&end_date=2026-06-15&page=1"
    ).json()["results"][:1]

    assert row == {"id": 2, "adult": True, "softcore": False}


def test_changes_come_a_hundred_a_page():
    app = app_of(changes=[{"id": number, "date": "2026-06-15"} for number in range(1, 251)])

    answers = ask_all(app, *(f"/3/movie/changes?page={number}" for number in (1, 2, 3)))

    assert [len(answer.json()["results"]) for answer in answers] == [100, 100, 50]
    assert answers[0].json()["total_pages"] == 3


def test_fourteen_days_of_changes_are_served_and_fifteen_refused():
    allowed, refused = ask_all(
        CHANGED,
        "/3/movie/changes?start_date=2026-06-01&end_date=2026-06-15",
        "/3/movie/changes?start_date=2026-05-31&end_date=2026-06-15",
    )

    assert allowed.status_code == 200
    assert (refused.status_code, refused.json()["status_code"]) == (422, 20)
    assert refused.json()["status_message"] == (
        "Invalid date range: Should be a range no longer than 14 days."
    )


@pytest.mark.parametrize("query", ["start_date=yesterday", "end_date=2026-6-1"])
def test_an_invalid_day_of_changes_is_refused(query):
    answer = ask(CHANGED, f"/3/movie/changes?{query}")

    assert (answer.status_code, answer.json()["status_code"]) == (400, 23)


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": "Bearer "}, "", 401),
        ({"Authorization": "Basic abc"}, "", 401),
        ({"Authorization": "Bearer abc"}, "", 200),
        ({}, "?api_key=abc", 200),
        ({}, "?api_key=", 401),
    ],
)
def test_a_request_without_a_key_is_refused(headers, query, status):
    answer = ask(APP, f"/3/configuration{query}", headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {
            "success": False,
            "status_code": 7,
            "status_message": "Invalid API key: You must be granted a valid key.",
        }
