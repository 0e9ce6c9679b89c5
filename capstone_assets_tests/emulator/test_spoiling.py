"""Answers that are spoiled on their way out."""

import json

import pytest

from capstone_assets.emulator.faults import Fault, FaultKind
from capstone_assets_tests.emulator.asking import (
    DISCOGS_KEY,
    SEARCH,
    app_with,
    ask,
    ask_all,
    spoiled,
)


def test_a_truncated_answer_is_not_json():
    answer = ask(app_with(Fault("/3/movie/1", kind=FaultKind.TRUNCATE)), "/3/movie/1")

    assert answer.status_code == 200
    assert answer.text.startswith('{"adult":false')
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_short_page_is_missing_its_last_rows_but_still_counts_them():
    app = app_with(Fault("/database/search", kind=FaultKind.SHORT_PAGE, rows=2))

    short, whole = (
        answer.json() for answer in ask_all(app, *["/database/search"] * 2, headers=DISCOGS_KEY)
    )

    assert short["results"] == whole["results"][:28]
    assert short["pagination"] == whole["pagination"]
    assert whole["pagination"]["items"] == len(whole["results"]) == 30


def test_a_shifted_page_begins_with_the_last_rows_of_the_page_before_and_is_missing_its_own():
    answer, whole = spoiled(FaultKind.SHIFTED_PAGE, rows=3)

    ids = [row["id"] for row in answer.json()["results"]]
    assert ids[3:] == whole[:-3]
    assert not set(ids[:3]) & set(whole)
    assert answer.json()["pagination"]["page"] == 2


def test_a_duplicated_page_is_the_one_before_and_the_first_has_none():
    answer, whole = spoiled(FaultKind.DUPLICATED_PAGE)
    app = app_with(Fault("/database/search", kind=FaultKind.DUPLICATED_PAGE, times=2))
    first, again = ask_all(app, SEARCH, f"{SEARCH}&page=2", headers=DISCOGS_KEY)

    assert not {row["id"] for row in answer.json()["results"]} & set(whole)
    assert first.json()["results"] == again.json()["results"]


def test_ids_of_a_wrong_type_are_text():
    answer, whole = spoiled(FaultKind.WRONG_TYPES)

    assert [row["id"] for row in answer.json()["results"]] == [str(number) for number in whole]


def test_nulls_stand_where_rows_were_in_lists_and_details():
    details = ask(app_with(Fault("/3/movie/1", kind=FaultKind.NULLS)), "/3/movie/1")

    assert spoiled(FaultKind.NULLS)[0].json()["results"] is None
    assert details.json() is None


def test_rows_have_a_field_more_or_less():
    more, whole = spoiled(FaultKind.EXTRA_FIELD)
    less, _ = spoiled(FaultKind.MISSING_FIELD, lacks="style")

    assert [(row["id"], "unannounced" in row) for row in more.json()["results"]] == [
        (number, True) for number in whole
    ]
    assert all("style" not in row and "title" in row for row in less.json()["results"])
