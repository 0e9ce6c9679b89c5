"""Shares as a reader sees them, on both sides of what would round to all or to none."""

import pytest

from capstone_assets.percent import percent


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "100.0%"),
        (2540 / 2541, ">99.9%"),
        (0.99951, ">99.9%"),
        (0.9994, "99.9%"),
        (0.0004, "<0.1%"),
        (0.0005, "0.1%"),
        (0.0, "0.0%"),
    ],
)
def test_nearly_all_is_not_shown_as_all_nor_nearly_none_as_none(share: float, shown: str):
    assert percent(share) == shown
