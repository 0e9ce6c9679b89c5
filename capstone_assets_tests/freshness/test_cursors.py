from dataclasses import dataclass, field

import pytest

from capstone_assets.freshness.cursors import CursorError, JsonCursor


@dataclass(frozen=True)
class Counted(JsonCursor):
    next_year: str | None = None
    counts: dict[str, int] = field(default_factory=dict)


def test_a_cursor_is_read_as_it_was_written():
    cursor = Counted("1984", {"release/1984": 82})

    assert Counted.of(cursor.to_json()) == cursor


@pytest.mark.parametrize("nothing", [None, ""])
def test_before_the_first_tick_nothing_is_known(nothing: str | None):
    assert Counted.of(nothing) == Counted(None, {})


@pytest.mark.parametrize("edited", ["1984", "[]", "{", '{"year": "1984"}', "null"])
def test_a_cursor_that_a_person_broke_is_refused_with_the_way_out(edited: str):
    with pytest.raises(CursorError, match="reset the cursor in the web UI") as raised:
        Counted.of(edited)
    assert repr(edited) in str(raised.value)


def test_a_long_cursor_is_quoted_in_part():
    with pytest.raises(CursorError) as raised:
        Counted.of("x" * 500)
    assert "x" * 80 in str(raised.value)
    assert "x" * 81 not in str(raised.value)
