"""Every answer below /3 against TMDB's own OpenAPI description.

The description names types and requires nothing, so it would pass an empty row. Here each field
it names must be there and no other may be, besides those that newer recordings show.
"""

import json
from functools import cache

import jsonschema  # type: ignore[import-untyped]
import pytest

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog, read_catalog
from capstone_assets_tests.emulator.asking import ask, film, shared_folder

# The description was made from one example of each answer and knows no null. Recordings have it
# in these; imdb_id is null for a film that IMDb does not list.
NULLABLE = {"backdrop_path", "poster_path", "profile_path", "belongs_to_collection", "facebook_id"}
NULLABLE |= {"imdb_id"}
# Seen since 2026 wherever `adult` is said of a film.
UNDESCRIBED = {"softcore": {"type": "boolean"}}
SECTIONS = ("credits", "alternative_titles", "external_ids")

RICH = film(
    603,
    "The Matrix",
    "1999-03-31",
    genre_ids=[28, 878],
    original_language="en",
    popularity=80,
    vote_count=26_000,
    vote_average=8.2,
    imdb_id="tt0133093",
    composers=["Don Davis", "Somebody Else"],
    alternative_titles=["Matrix", {"iso_3166_1": "FR", "title": "La Matrice", "type": "dvd"}],
)
POOR = film(1, "Bare")


@cache
def described(path):
    document = json.loads((shared_folder("fixtures") / "tmdb-openapi.json").read_text("utf-8"))
    reference = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    name = reference["schema"]["$ref"].rpartition("/")[2]
    return strict(document["components"]["schemas"][name])


def strict(schema):
    """The schema with every field required and no other allowed."""
    if "properties" in schema:
        properties = {name: strict(field) for name, field in schema["properties"].items()}
        for name in NULLABLE & properties.keys():
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
        is_film = "adult" in properties and "gender" not in properties
        extra = UNDESCRIBED if is_film else {}
        return {
            **schema,
            "properties": properties | extra,
            "required": [*properties, *extra],
            "additionalProperties": False,
        }
    if "items" in schema:
        return {**schema, "items": strict(schema["items"])}
    return schema


def faults(path, body):
    validator = jsonschema.Draft202012Validator(described(path))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


APP = create_app(
    Catalog([RICH, POOR], [], changes=[{"id": 603, "date": "2026-01-01"}]),
)


@pytest.mark.parametrize(
    ("path", "request_path"),
    [
        ("/3/discover/movie", "/3/discover/movie"),
        ("/3/discover/movie", "/3/discover/movie?year=1900"),
        ("/3/movie/popular", "/3/movie/popular"),
        ("/3/movie/changes", "/3/movie/changes?start_date=2026-01-01&end_date=2026-01-01"),
        ("/3/movie/{movie_id}", "/3/movie/603"),
        ("/3/movie/{movie_id}", "/3/movie/1"),
        ("/3/movie/{movie_id}/credits", "/3/movie/603/credits"),
        ("/3/movie/{movie_id}/alternative_titles", "/3/movie/603/alternative_titles"),
        ("/3/movie/{movie_id}/external_ids", "/3/movie/603/external_ids"),
        ("/3/movie/{movie_id}/external_ids", "/3/movie/1/external_ids"),
        ("/3/genre/movie/list", "/3/genre/movie/list"),
        ("/3/configuration", "/3/configuration"),
    ],
)
def test_an_answer_has_exactly_the_fields_that_tmdb_describes(path, request_path):
    answer = ask(APP, request_path)

    assert answer.status_code == 200
    assert faults(path, answer.json()) == []


@pytest.mark.parametrize("film_id", [603, 1])
def test_an_appended_section_is_the_section_without_its_id(film_id):
    body = ask(APP, f"/3/movie/{film_id}", append_to_response=",".join(SECTIONS)).json()

    for name in SECTIONS:
        section = {"id": film_id, **body.pop(name)}
        assert faults(f"/3/movie/{{movie_id}}/{name}", section) == []
    assert faults("/3/movie/{movie_id}", body) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda page: page["results"][0].pop("vote_count"), "'vote_count' is a required property"),
        (lambda page: page["results"][1].update(id="1"), "'1' is not of type 'integer'"),
        (lambda page: page["results"][0]["genre_ids"].append(None), "None is not of type"),
        (lambda page: page["results"][0].update(rating=1), "'rating' was unexpected"),
    ],
)
def test_a_spoiled_row_would_be_noticed(spoil, fault):
    page = ask(APP, "/3/discover/movie").json()
    spoil(page)

    [found] = faults("/3/discover/movie", page)

    assert found.startswith("$.results[")
    assert fault in found


def test_recorded_answers_hold_the_same_fields_as_the_emulator():
    folder = shared_folder("fixtures") / "tmdb"
    recorded = json.loads((folder / "tmdblib__discover_movie_2.json").read_text("utf-8"))["body"]
    details = json.loads((folder / "tmdblib__movie_details_200_3.json").read_text("utf-8"))["body"]

    page, film_body = ask(APP, "/3/discover/movie").json(), ask(APP, "/3/movie/603").json()

    assert page.keys() == recorded.keys()
    assert page["results"][0].keys() == recorded["results"][0].keys()
    assert film_body.keys() == details.keys()


@pytest.mark.parametrize(
    ("fixture", "request_path", "headers"),
    [
        ("adamayoung__error-status-400.json", "/3/movie/popular?page=501", None),
        ("adamayoung__error-status-401.json", "/3/movie/popular", {}),
        (
            "adamayoung__error-status-422.json",
            "/3/movie/changes?start_date=2026-01-01&end_date=2026-02-01",
            None,
        ),
        ("adamayoung__error-status-response.json", "/3/movie/999999999", None),
    ],
)
def test_a_refusal_has_the_recorded_body(fixture, request_path, headers):
    recorded = json.loads((shared_folder("fixtures") / "tmdb" / fixture).read_text("utf-8"))

    answer = ask(APP, request_path) if headers is None else ask(APP, request_path, headers)

    assert answer.json() == recorded


def test_real_films_are_answered_as_described():
    app = create_app(read_catalog(shared_folder("catalog")))

    page = ask(app, "/3/discover/movie?primary_release_year=2019").json()
    details = ask(app, f"/3/movie/{page['results'][0]['id']}").json()

    assert len(page["results"]) == 20
    assert faults("/3/discover/movie", page) == []
    assert faults("/3/movie/{movie_id}", details) == []
