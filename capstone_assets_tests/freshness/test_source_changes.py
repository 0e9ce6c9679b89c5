"""What an API's change concerns, and what to remember of it."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.freshness.cursors import CursorError
from capstone_assets.freshness.source_changes import (
    ChangesRead,
    CountsRead,
    films_by_partition,
    watched_years,
    year_ranges,
    years_to_count,
    years_within,
)
from capstone_assets.lake.years import YEAR_KEYS

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def test_a_film_is_requested_once_a_day_and_once_more_when_the_day_is_over():
    first = ChangesRead.of("2026-11-23", MONDAY)
    assert first.new_films([1, 2], MONDAY) == [1, 2]

    later = ChangesRead.of(first.after([1, 2], [], [1, 2], MONDAY).to_json(), MONDAY)
    assert later.new_films([1, 2, 3], MONDAY) == [3]

    # It may have changed again on Monday, after it was read: the feed names days only.
    assert later.new_films([1, 2, 3], TUESDAY) == [1, 2, 3]


def test_films_left_for_the_next_tick_keep_the_first_day():
    begun = ChangesRead(MONDAY - timedelta(40), MONDAY).after([1, 2], [3], [3], MONDAY)

    assert begun.since == MONDAY - timedelta(40)
    assert begun.new_films([1, 2, 3], MONDAY) == [3]
    assert begun.after([3], [], [3], MONDAY) == ChangesRead(MONDAY, MONDAY, frozenset({3}))


def test_without_a_cursor_the_changes_begin_at_yesterday():
    assert ChangesRead.of(None, TUESDAY).since == MONDAY


@pytest.mark.parametrize("cursor", ["yesterday", "{}", '{"since": 3}', "[]"])
def test_a_cursor_that_no_sensor_wrote_is_refused_with_a_remedy(cursor):
    for read in (lambda: ChangesRead.of(cursor, MONDAY), lambda: CountsRead.of(cursor + "!")):
        with pytest.raises(CursorError, match="reset the cursor"):
            read()
    with pytest.raises(CursorError):
        CountsRead.of('{"counted": 1}')


def test_a_film_whose_year_changed_affects_the_old_and_the_new_partition():
    stored, listed = {841: ["1984"], 279: ["1984"]}, {841: "1985", 279: None, 5: "1900", 6: "1999"}

    concerned = films_by_partition([5, 6, 279, 841], stored, listed, {"1984", "1985", "1999"})

    # 279 is in no list any more, and 5 in one that is not kept.
    assert concerned == {"1984": [279, 841], "1985": [841], "1999": [6]}


def test_a_lake_of_one_decade_stays_one_and_a_whole_one_follows_the_calendar():
    assert watched_years({"1998", "1999"}) == {"1998", "1999"}
    assert watched_years(YEAR_KEYS[:-1]) == set(YEAR_KEYS)


@given(st.sets(st.sampled_from(YEAR_KEYS)))
def test_ranges_hold_exactly_the_years_and_no_two_could_be_one(years):
    ranges = year_ranges(years)

    assert [year for span in ranges for year in years_within(span)] == sorted(
        years, key=YEAR_KEYS.index
    )
    # It comes before 1900 in the list of partitions, but it is not a year.
    assert all(first == last for first, last in ranges if first == "unknown")
    for (_, last), (first, _) in pairwise(ranges):
        assert last == "unknown" or int(first) > int(last) + 1


@pytest.mark.parametrize(
    ("years", "ranges"),
    [
        (["1950", "1971"], [("1950", "1971")]),
        (["1950", "1972"], [("1950", "1950"), ("1972", "1972")]),
        (["1950", "1960", "1975", "2001"], [("1950", "1975"), ("2001", "2001")]),
        (["unknown", "1900", "1902"], [("unknown", "unknown"), ("1900", "1902")]),
    ],
)
def test_years_that_are_near_are_one_range(years, ranges):
    assert year_ranges(years, bridging=YEAR_KEYS) == ranges


def test_a_range_bridges_no_year_that_is_not_stored():
    stored = {*YEAR_KEYS} - {"1985"}

    assert year_ranges(["1982", "1984", "1986"], stored) == [("1982", "1984"), ("1986", "1986")]


@given(st.integers(1, 126), st.integers(1, 40))
def test_repeated_ticks_count_every_year_and_the_recent_ones_each_time(years, most):
    dated = YEAR_KEYS[1:][:years]
    counted: set[str] = set()
    next_year = YEAR_KEYS[0]
    for _ in range(years):
        chosen, next_year = years_to_count(dated, next_year, most)
        assert len(chosen) == len(set(chosen)) <= max(most, 5)
        assert set(dated[-4:]) <= set(chosen)
        counted.update(chosen)
    assert counted == set(dated)


def test_the_first_count_of_a_slice_is_what_later_ones_are_compared_with():
    read = CountsRead.of(None)
    assert read.changed_years({"release 1984": 3}) == []

    read = CountsRead.of(read.after({"release 1984": 3}, "1985").to_json())
    assert read.next_year == "1985"
    assert read.changed_years({"release 1984": 3, "master 1984": 9}) == []
    assert read.changed_years({"release 1984": 2}) == ["1984"]


def test_a_count_that_oscillates_is_distinguished_from_a_double_tick():
    read = CountsRead({"release 1984": 3})
    there = read.after({"release 1984": 4}, "1900")

    assert there.after({"release 1984": 3}, "1900").changes == 2
    assert there.after({"release 1984": 4}, "1900").changes == 1
