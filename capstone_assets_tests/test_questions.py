"""The queries of docs/questions.md, run on a small gold whose answers are known."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from capstone_assets.inspection.gold_export import export_gold
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.stored_rows import store_rows

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
SECTIONS = PAGE.read_text("utf-8").split("\n## ")[1:]
QUERIES = {
    section.splitlines()[0]: re.findall(r"```sql\n(.*?)```", section, re.DOTALL)[0]
    for section in SECTIONS
}


def film(number: int, title: str, year: int, **fields: Any) -> dict[str, Any]:
    return {
        "film_id": number,
        "title": title,
        "film_year": year,
        "film_url": f"https://www.themoviedb.org/movie/{number}",
        "release_year": "1968",
        **fields,
    }


FILMS = [
    film(1, "Rosemary's Baby", 1968, film_genres=["Horror"], releases=2, best_release_id=7),
    film(2, "Bullitt", 1968, film_genres=["Action", "Thriller"], releases=9, best_release_id=8),
    film(3, "Hour of the Wolf", 1968, film_genres=["Horror"], releases=0)
    | {"no_soundtrack_because": "none_found", "popularity": 9.0},
    film(4, "Targets", 1968, film_genres=["Thriller"], releases=0)
    | {"no_soundtrack_because": "in_review", "popularity": 12.0},
]


def link(release_id: int, film_title: str, **fields: Any) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "film_id": 1 if film_title == "Rosemary's Baby" else 2,
        "film_title": film_title,
        "film_year": 1968,
        "tier": "strong",
        "release_year": "1968",
        **fields,
    }


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, list[tuple[Any, ...]]]:

    def export(name: str, links: list[dict[str, Any]]) -> Path:
        lakehouse = Lakehouse(str(folder / name))
        for table, rows, partition in (
            (FILM_SOUNDTRACKS, FILMS, "1968"),
            (MATCHES, links, "1968"),
            (REVIEW_QUEUE, [], "1968"),
            (GENRE_POPULARITY, [], ""),
            (COMPOSER_POPULARITY, COMPOSERS, ""),
        ):
            store_rows(lakehouse, table, partition, rows)
        return export_gold(lakehouse, "duckdb", folder / f"{name}.duckdb")[0]

    folder = tmp_path_factory.mktemp("questions")
    krzysztof = {"release_title": "Krzysztof Komeda - Rosemary's Baby", "album_id": "a"}
    lalo = {"release_title": "Lalo Schifrin - Bullitt", "album_id": "b", "original_year": 1968}
    export("before", [link(8, "Bullitt", **lalo, tier="probable")])
    now = export(
        "now",
        [
            link(7, "Rosemary's Baby", **krzysztof, original_year=1968),
            link(8, "Bullitt", **lalo),
            link(9, "Bullitt", album_id="c", release_title="Bullitt (Live)", original_year=2000),
            link(
                10, "Bullitt", album_id="c", release_title="Bullitt (Live, LP)", original_year=2000
            ),
        ],
    )
    found = {}
    for question, query in QUERIES.items():
        with duckdb.connect(str(now)) as database:
            located = query.replace("'before.duckdb'", f"'{folder / 'before.duckdb'}'")
            found[question] = database.execute(located).fetchall()
    return found


COMPOSERS = [
    {"name": "Lalo Schifrin", "rated_films": 30, "median_rating": 7.2, "rating_low": 6.4},
    {"name": "Krzysztof Komeda", "rated_films": 9, "median_rating": 7.1, "rating_low": 6.9},
    {"name": "A Lucky One", "rated_films": 2, "median_rating": 8.9},
]


def test_every_question_has_a_query():
    assert list(QUERIES) == [
        "Whose films rate highest?",
        "Which films have the most pressings?",
        "Which film genres had soundtracks, decade by decade?",
        "Which films have no soundtrack, and why?",
        "Which albums came out years after the film?",
        "What changed since the last run?",
    ]


def test_composers_come_by_the_rating_that_their_films_surely_have(answers):
    names = [row[0] for row in answers["Whose films rate highest?"]]
    assert names == ["Krzysztof Komeda", "Lalo Schifrin"]


def test_films_come_by_their_pressings(answers):
    rows = answers["Which films have the most pressings?"]
    assert [(row[0], row[2]) for row in rows] == [("Bullitt", 9), ("Rosemary's Baby", 2)]


def test_genres_are_counted_by_decade_with_the_share_that_has_a_soundtrack(answers):
    assert answers["Which film genres had soundtracks, decade by decade?"] == [
        (1960, "Horror", 2, 1, 0.5),
        (1960, "Thriller", 2, 1, 0.5),
        (1960, "Action", 1, 1, 1.0),
    ]


def test_films_without_a_soundtrack_say_why(answers):
    rows = answers["Which films have no soundtrack, and why?"]
    assert [(row[0], row[2]) for row in rows] == [
        ("Targets", "in_review"),
        ("Hour of the Wolf", "none_found"),
    ]


def test_late_albums_say_how_late_they_are(answers):
    assert answers["Which albums came out years after the film?"] == [
        ("Bullitt", 1968, "Bullitt (Live)", 2000, 32)
    ]


def test_new_and_changed_links_are_listed(answers):
    assert answers["What changed since the last run?"] == [
        ("Bullitt (Live)", None, None, "Bullitt", "strong"),
        ("Bullitt (Live, LP)", None, None, "Bullitt", "strong"),
        ("Krzysztof Komeda - Rosemary's Baby", None, None, "Rosemary's Baby", "strong"),
        ("Lalo Schifrin - Bullitt", "Bullitt", "probable", "Bullitt", "strong"),
    ]
