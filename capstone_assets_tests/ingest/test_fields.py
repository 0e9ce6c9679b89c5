"""What becomes of an odd value, with a row on each side of every bound."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.ingest.fields import (
    LARGEST_WHOLE,
    MOST_CHARACTERS,
    MOST_ENTRIES,
    Rule,
    fraction,
    none_or,
    objects,
    optional_text,
    text,
    texts,
    truth,
    whole,
    wholes,
    year_text,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RULES = [
    *(text, year_text, optional_text, truth, texts, whole(0), fraction(0, 10), wholes(1, 99)),
    objects(name=text, id=whole(1)),
]


@pytest.mark.parametrize(
    ("rule", "value", "read", "done"),
    [
        (text, "Amélie", "Amélie", ""),
        (text, "Am\x00élie", "Amélie", "characters that no text has were removed"),
        (text, "\ud83d", "", "characters that no text has were removed"),
        (text, 1984, "1984", "a number, read as text"),
        (text, math.inf, None, "not text, so null"),
        (text, True, None, "not text, so null"),
        (text, ["Joe"], None, "not text, so null"),
        (text, "x" * MOST_CHARACTERS, "x" * MOST_CHARACTERS, ""),
        (text, "x" * (MOST_CHARACTERS + 1), "x" * MOST_CHARACTERS, "cut after 1,000 characters"),
        (year_text, 1984, "1984", ""),
        (year_text, 1984.0, "1984", ""),
        (year_text, "0", None, ""),
        (optional_text, 0, None, ""),
        (optional_text, "tt0086879", "tt0086879", ""),
        (none_or(text, "None"), "None", None, ""),
        (none_or(text, "None"), "Nones", "Nones", ""),
        (whole(1), 1, 1, ""),
        (whole(1), 0, None, f"not from 1 to {LARGEST_WHOLE}, so null"),
        (whole(1), LARGEST_WHOLE, LARGEST_WHOLE, ""),
        (whole(1), LARGEST_WHOLE + 1, None, f"not from 1 to {LARGEST_WHOLE}, so null"),
        (whole(1), " 7.0 ", 7, "read as a whole number"),
        (whole(1), 7.5, None, "not a whole number, so null"),
        (whole(0), True, None, "not a whole number, so null"),
        (fraction(0, 10), 10, 10.0, ""),
        (fraction(0, 10), 10.1, None, "not from 0 to 10, so null"),
        (fraction(0), "9.5", 9.5, "read as a number"),
        (fraction(0), -0.5, None, "below 0, so null"),
        (fraction(0), math.nan, None, "not a number, so null"),
        (truth, 1, True, "a number, read as true or false"),
        (truth, 2, None, "neither true nor false, so null"),
        (texts, "Score", ["Score"], ""),
        (texts, ["Score", None, 7], ["Score", "7"], "entries that cannot be read were left out; a number, read as text"),
        (texts, {"a": 1}, [], "not a list, so empty"),
        (texts, ["x"] * (MOST_ENTRIES + 1), ["x"] * MOST_ENTRIES, "cut after 500 entries"),
        (wholes(1, 99), [18, 0, "35"], [18, 35], "entries that cannot be read were left out; read as a whole number"),
        (wholes(1, 99), None, None, ""),
        (objects(name=text), [{"name": "Ennio", "job": "Composer"}, "x"], [{"name": "Ennio"}], "entries that cannot be read were left out"),
    ],
)  # fmt: skip
def test_an_odd_value_is_cleaned_or_null_and_the_rule_says_which(
    rule: Rule, value: Any, read: Any, done: str
):
    assert rule(value) == (read, done)


@given(st.sampled_from(RULES), JSON)
def test_a_rule_reads_any_json_and_what_it_read_needs_no_second_reading(rule: Rule, value: Any):
    read, _ = rule(value)

    _, done = rule(read)
    assert done == ""
