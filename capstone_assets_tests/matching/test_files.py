"""Catalog files: what may be missing, and what is a fault."""

import gzip
import json

import pytest

from capstone_assets.matching.files import InvalidCatalogError, read_films, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets_tests.matching.catalog import film, write_jsonl


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

    assert raised.value.faults == (
        "line 2: not JSON: Expecting property name enclosed in double quotes at column 2",
        'line 3: id is "x", it must be an integer',
        "line 4: title is missing, it must be text",
    )
    assert "none of it was used" in str(raised.value)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (
            {"year": 2001, "composer": "Yann Tiersen"},
            "no line has release_date, composers, which links need. Not read: composer, year.",
        ),
        (
            {"release_date": "2001-04-25", "composer": "Yann Tiersen"},
            "no line has composers, which links need. Not read: composer.",
        ),
        ({"year": 2001, "release_date": "2001-04-25", "composers": []}, ""),
        ({"overview": "In Paris"}, "Not read: overview."),
        ({}, ""),
    ],
)
def test_fields_by_other_names_are_reported_where_links_need_them(
    spark, tmp_path, caplog, row, named
):
    films = write_jsonl(tmp_path / "films.jsonl", [{"id": 1, "title": "Amélie", **row}])

    read_films(spark, films)

    said = [each.getMessage() for each in caplog.records if "Not read" in each.getMessage()]
    assert len(said) == bool(named)
    assert all(named in each for each in said)


def test_a_missing_file_is_reported(spark, tmp_path):
    with pytest.raises(InvalidCatalogError, match="no such file"):
        read_films(spark, tmp_path / "absent.jsonl")


def test_a_year_is_read_even_where_the_date_is_impossible(spark, tmp_path):
    written = ["", "1999-02-31", "1999", "0000-01-01", "19991231", "1999-12-31"]
    films = [film(number, "Ringu", date) for number, date in enumerate(written)]

    prepared = prepare_films(*read_films(spark, write_jsonl(tmp_path / "films.jsonl", films)))
    rows = prepared.orderBy("film_id").collect()

    assert [row.film_year for row in rows] == [None, 1999, 1999, None, None, 1999]
    assert [str(row.release_date) for row in rows] == [*["None"] * 5, "1999-12-31"]


ALPHA = {"id": 1, "title": "Alpha Quest", "release_date": "1999-12-20"}
BETA = {"id": 2, "title": "Beta Storm", "release_date": "1999-03-20"}
LINES = "".join(json.dumps(row) + "\n" for row in (ALPHA, BETA)).encode()


def titles(spark, path) -> list[str]:
    return sorted(row.title for row in read_films(spark, path)[0].select("title").collect())


@pytest.mark.parametrize(
    "name",
    [
        *("_films.jsonl", ".films.jsonl", "films[2026].jsonl", "films {a,b}*.jsonl"),
        *("100 % films?.jsonl", "films#1%20.jsonl", "映画.jsonl", "films:2026.jsonl"),
    ],
)
def test_a_file_of_any_name_is_read_and_no_other(spark, tmp_path, name):
    (tmp_path / name).write_bytes(LINES)
    (tmp_path / "films2.jsonl").write_bytes(b'{"id": 3, "title": "Of another file"}')

    assert titles(spark, tmp_path / name) == ["Alpha Quest", "Beta Storm"]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("films.jsonl.gz", LINES, "line 1: this is not gzip, although the file's name ends in .gz"),
        (
            "films.jsonl",
            gzip.compress(LINES, mtime=0),
            "line 1: this is gzip: give the file a name",
        ),
        (
            "films.jsonl.gz",
            gzip.compress(LINES, mtime=0)[:-9],
            "line 1: the gzip file ends too early",
        ),
        (
            "films.jsonl",
            LINES.replace(b"}\n{", b"}{"),
            "line 1: another value follows at column 64",
        ),
        ("films.jsonl", b'{"id": 1.5, "title": "A"}', "line 1: id is 1.5, it must be an integer"),
        ("films.jsonl", b'{"id": 18446744073709551616, "title": "A"}', "line 1: id is 1844674407"),
        ("films.jsonl", b'{"id": 1, "title": "\\ud83c"}', "line 1: title is"),
        ("films.jsonl", LINES + b"\x00" * 64, "line 3: not JSON"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line(spark, tmp_path, name, content, fault):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InvalidCatalogError) as raised:
        read_films(spark, tmp_path / name)

    assert any(found.startswith(fault) for found in raised.value.faults), raised.value.faults


def test_numbers_may_be_written_as_pandas_and_excel_write_them(spark, tmp_path):
    row = {**ALPHA, "id": 1.0, "title": 1917, "vote_count": 12.0, "genre_ids": [18.0, None]}
    (tmp_path / "films.jsonl").write_text(json.dumps(row))

    [found] = read_films(spark, tmp_path / "films.jsonl")[0].collect()

    assert (found.id, found.title, found.vote_count, found.genre_ids) == (1, "1917", 12, [18])
