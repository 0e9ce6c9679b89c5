import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.lake.years import YEAR_KEYS, YearsError, parse_years


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
