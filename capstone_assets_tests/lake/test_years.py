import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.lake.years import YEAR_KEYS, YearsError, parse_years, years_in_words


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (YEAR_KEYS, "all years"),
        (YEAR_KEYS[1:], f"1900 to {YEAR_KEYS[-1]}"),
        (["1999"], "1999"),
        (["1991", "1990"], "1990 to 1991"),
        (["2016", "1984"], "2 years from 1984 to 2016"),
        (["unknown"], "unknown"),
        (["unknown", "1900", "1901"], "1900 to 1901 and unknown"),
        ([], "no year"),
    ],
)
def test_years_are_named_as_a_reader_sees_them(keys: list[str], words: str):
    assert years_in_words(keys) == words


@given(st.sampled_from(YEAR_KEYS), st.sampled_from(YEAR_KEYS))
def test_a_range_is_read_in_its_order_and_refused_reversed(one: str, other: str):
    if YEAR_KEYS.index(one) <= YEAR_KEYS.index(other):
        assert parse_years(f"{one}...{other}") == (one, other)
    else:
        with pytest.raises(YearsError, match=f"is reversed. Give {other}...{one}"):
            parse_years(f"{one}...{other}")


@pytest.mark.parametrize(
    "written", ["1990-1999", "1990..1999", "1990 - 1999", "1990–1999", "1990:1999", "1990 to 1999"]
)
def test_a_range_written_another_way_is_answered_with_ours(written):
    with pytest.raises(YearsError, match="is not a range: write 1990"):
        parse_years(written)


@pytest.mark.parametrize(
    "written",
    ["", " ", "90s", "1990s", "99", "1899", "2999", "1990...", "...1999", "1990...1995...1999"],
)
def test_what_is_neither_a_year_nor_a_range_is_refused_with_what_there_is(written):
    with pytest.raises(YearsError, match="is not a partition"):
        parse_years(written)
