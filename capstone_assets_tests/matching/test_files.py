"""Catalog files: what may be missing, and what is a fault."""

import gzip
import json

import pytest

from capstone_assets.matching.files import InvalidCatalogError, read_films, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.linkage import LINK_COLUMNS, link_files
from capstone_assets_tests.matching.catalog import film, write_jsonl


def test_optional_fields_may_be_missing_and_unknown_ones_are_ignored(spark, tmp_path):
    films = write_jsonl(
        tmp_path / "films.jsonl",
        [{"id": 1, "title": "Jaws", "release_date": "1975-06-20", "softcore": False}],
    )
    releases = tmp_path / "releases.jsonl.gz"
    row = {"id": 2, "title": "John Williams - Jaws", "year": 1975, "style": ["Soundtrack"]}
    with gzip.open(releases, "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")

    found = link_files(spark, films, releases)

    assert tuple(found.columns) == LINK_COLUMNS
    assert [(each.film_id, each.release_id, each.tier) for each in found.collect()] == [
        (1, 2, "strong")
    ]


def test_alternative_titles_come_plain_or_with_their_type(spark, tmp_path):
    typed = {"iso_3166_1": "US", "title": "Blue Harvest", "type": "working title"}
    films = write_jsonl(
        tmp_path / "films.jsonl",
        [
            film(1, "Contempt", "1963-12-20", alternative_titles=["Le Mépris"]),
            film(2, "Return of the Jedi", "1983-05-25", alternative_titles=[typed]),
        ],
    )

    rows = prepare_films(*read_films(spark, films)).orderBy("film_id").collect()

    assert [row.alternative_titles for row in rows] == [["Le Mépris"], []]


def test_every_faulty_line_is_named_at_once(spark, tmp_path):
    path = tmp_path / "releases.jsonl"
    lines = ['{"id": 1, "title": "A - B"}', "{broken", '{"id": "x", "title": "A - B"}', '{"id": 4}']
    path.write_text("\n".join(lines), "utf-8")

    with pytest.raises(InvalidCatalogError) as raised:
        read_releases(spark, path)

    assert [fault.split(" (")[0] for fault in raised.value.faults] == [
        "line 2: not JSON",
        "line 3: id is 'x', it must be an integer",
        "line 4: title is None, it must be text",
    ]
    assert "none of it was used" in str(raised.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(spark, tmp_path):
    with pytest.raises(InvalidCatalogError, match="no such file"):
        read_films(spark, tmp_path / "absent.jsonl")


def test_a_year_is_read_even_where_the_date_is_impossible(spark, tmp_path):
    written = ["", "1999-02-31", "1999", "0000-01-01", "19991231", "1999-12-31"]
    films = [film(number, "Ringu", date) for number, date in enumerate(written)]

    prepared = prepare_films(*read_films(spark, write_jsonl(tmp_path / "films.jsonl", films)))
    rows = prepared.orderBy("film_id").collect()

    assert [row.film_year for row in rows] == [None, 1999, 1999, None, None, 1999]
    assert [str(row.release_date) for row in rows] == [*["None"] * 5, "1999-12-31"]
