"""Reading responses strictly: which rows and values survive, and how the others are noted."""

import json
import time
from typing import Any

import pytest

from capstone_assets.ingest.responses import UnreadableBodyError, decode, movie_page
from capstone_assets_tests.ingest.listed import film_page, release_page

M = {"id": 1, "title": "M"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"title": "M"}, "id: absent"),
        ({"id": None, "title": "M"}, "id: absent"),
        ({"id": True, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": 0, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": -7, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": 1.5, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": 2**63, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": 10**600, "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": "six", "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": [603], "title": "M"}, "id: not a whole number from 1 to 2^63-1"),
        ({"id": 1}, "title: absent, or not text"),
        ({"id": 1, "title": "", "original_title": None}, "title: absent, or not text"),
        ({"id": 1, "title": {"en": "M"}}, "title: absent, or not text"),
        ({"id": 1, "title": "\x00"}, "title: absent, or not text"),
        ({"id": 1, "title": " \u3000\n", "original_title": " "}, "title: absent, or not text"),
        (None, "not an object"),
        ([], "not an object"),
        ("M", "not an object"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_and_the_others_are_read(row: Any, reason: str):
    for page in (film_page, release_page):
        read = page({"id": 2, "title": "Her"}, row, {"id": 3, "title": "Up"})

        assert [each.id for each in read.rows] == [2, 3]
        [odd] = read.odd
        assert (odd.row, odd.treatment, odd.reason) == (2, "quarantined", reason)
        assert odd.raw == json.dumps(row, ensure_ascii=False).replace("\\u0000", "\\u0000")


@pytest.mark.parametrize(
    ("field", "value", "read", "reason"),
    [
        ("id", "603", 603, "id: read as a whole number"),
        ("id", 603.0, 603, "id: read as a whole number"),
        ("title", 1917, "1917", "title: a number, read as text"),
        ("title", "Up\x00\x07", "Up", "title: characters that no text has were removed"),
        ("title", "Up\ud83d", "Up", "title: characters that no text has were removed"),
        ("title", "x" * 40_000, "x" * 1_000, "title: cut after 1,000 characters"),
        ("original_title", ["Her"], None, "original_title: not text, so null"),
        ("release_date", False, None, "release_date: not text, so null"),
        ("vote_count", 12.0, 12, "vote_count: read as a whole number"),
        ("vote_count", -1, None, f"vote_count: not from 0 to {2**63 - 1}, so null"),
        ("vote_count", 2**63, None, f"vote_count: not from 0 to {2**63 - 1}, so null"),
        ("vote_count", True, None, "vote_count: not a whole number, so null"),
        ("vote_count", 12.5, None, "vote_count: not a whole number, so null"),
        ("vote_average", 99.9, None, "vote_average: not from 0 to 10, so null"),
        ("vote_average", -0.1, None, "vote_average: not from 0 to 10, so null"),
        ("vote_average", "7.5", 7.5, "vote_average: read as a number"),
        ("popularity", "high", None, "popularity: not a number, so null"),
        ("popularity", 1e999, None, "popularity: not a number, so null"),
        ("popularity", -1, None, "popularity: below 0, so null"),
        ("genre_ids", [None], [], "genre_ids: entries that cannot be read were left out"),
        ("genre_ids", [28, "12", None], [28, 12], "genre_ids: entries that cannot be read were"),
        ("genre_ids", [2**31], [], "genre_ids: entries that cannot be read were left out"),
        ("genre_ids", "18", [], "genre_ids: not a list, so empty"),
        ("genre_ids", 18, [18], ""),
        ("adult", 0, False, "adult: a number, read as true or false"),
        ("video", "yes", None, "video: neither true nor false, so null"),
    ],
)
def test_an_odd_value_costs_only_itself(field: str, value: Any, read: Any, reason: str):
    page = film_page({"id": 2, "title": "Her"}, {**M, field: value})

    assert getattr(page.rows[1], field) == read
    assert [(odd.treatment, odd.row) for odd in page.odd] == ([("mended", 2)] if reason else [])
    assert all(odd.reason.startswith(reason) for odd in page.odd)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("vote_average", 10, 10.0),
        ("vote_average", 0, 0.0),
        ("vote_count", 2**63 - 1, 2**63 - 1),
        ("id", 2**63 - 1, 2**63 - 1),
        ("title", "x" * 1_000, "x" * 1_000),
        ("title", "Two\tlines\nof text", "Two\tlines\nof text"),
        ("genre_ids", [2**31 - 1], [2**31 - 1]),
    ],
)
def test_a_value_on_its_bound_is_read_as_it_is(field: str, value: Any, read: Any):
    page = film_page({**M, field: value})

    assert (getattr(page.rows[0], field), page.odd) == (read, ())


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("master_id", "Correct", None),
        ("master_id", "0", None),
        ("master_id", -5, None),
        ("year", 1999.0, "1999"),
        ("year", {"from": 1999}, None),
        ("genre", [None, "Stage & Screen", 7, ["x"]], ["Stage & Screen", "7"]),
        ("style", {"Score": 1}, []),
        ("style", "Score", ["Score"]),
        ("format", ["x"] * 600, ["x"] * 500),
        ("country", ["US"], None),
    ],
)
def test_an_odd_value_of_a_release_costs_only_itself(field: str, value: Any, read: Any):
    assert getattr(release_page({**M, field: value}).rows[0], field) == read


@pytest.mark.parametrize("year", ["2090", "2099", 2090, "1889"])
def test_a_year_without_a_partition_is_filed_as_unknown_and_noted(year: Any):
    page = release_page({**M, "year": year})

    assert page.rows[0].release_year == "unknown"
    assert [(odd.treatment, odd.reason) for odd in page.odd] == [
        ("mended", "year: no partition has it")
    ]


@pytest.mark.parametrize("odd", [7, "x", [7, None], {"a": 1}])
def test_a_field_named_like_a_note_of_our_own_costs_no_row(odd: Any):
    assert [row.id for row in release_page({**M, "_odd": odd}).rows] == [M["id"]]


def test_a_title_of_a_megabyte_is_read_in_milliseconds():
    began = time.process_time()
    page = film_page({**M, "title": "a (b) [c] / " * 100_000})

    assert (len(page.rows[0].title or ""), len(page.odd[0].raw)) == (1_000, 2_000)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Up", "popularity": NaN', "Up"),
        ('"Down", "title": "Up"', "Up"),
        ('"Up", "vote_count": ' + "9" * 5_000, "Up"),
        ('"Up\\ud800"', "Up"),
        ('"Up\x0b\x00"', "Up"),
        ('"U\u2028p"', "U\u2028p"),
        ('"[Up", "soundtrack": ' + "[" * 985 + "]" * 985, "[Up"),
        ('"Up\\"]}", "cast": ' + '{"of": ' * 100_000 + "NaN" + "}" * 100_000, 'Up"]}'),
    ],
)
def test_what_json_should_not_hold_costs_one_value_and_not_the_page(written: str, title: str):
    body = f'{{"total_results": 1, "total_pages": 1, "results": [{{"id": 1, "title": {written}}}]}}'

    assert [row.title for row in movie_page(decode(body.encode())).rows] == [title]


def test_a_row_nested_too_deeply_is_set_aside_and_the_others_are_read():
    deep = "[" * 101 + "]" * 101
    rows = f'{{"id": 1, "title": "Up"}}, {deep}, {{"id": 2, "title": {deep}}}, {{"id": {deep}}}'
    long = "[" * 5_000 + "]" * 5_000  # Deeper than anything reads without losing a part.
    body = f'{{"total_results": 4, "total_pages": 1, "results": [{rows}], "more": {long}}}'

    page = movie_page(decode(body))

    assert [row.id for row in page.rows] == [1]
    assert [odd.reason for odd in page.odd] == [
        "not an object",
        "title: absent, or not text",
        "id: not a whole number from 1 to 2^63-1",
    ]


@pytest.mark.parametrize("closing", ["", "]" * 500, "]" * 5_001], ids=["no", "few", "more"])
def test_brackets_that_do_not_match_are_not_json(closing: str):
    with pytest.raises(UnreadableBodyError):
        decode("[" * 5_000 + closing)
