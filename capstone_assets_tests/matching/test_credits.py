"""Artist and album apart, and the names of a credit."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import pytest

from capstone_assets.matching.credits import is_various, split_artist, split_names


@pytest.mark.parametrize(
    ("title", "artist", "album"),
    [
        ("Brad Fiedel - The Terminator ", "Brad Fiedel", "The Terminator"),
        ("Isaac Hayes - Shaft", "Isaac Hayes", "Shaft"),
        ("Various - Spider-Man: Homecoming", "Various", "Spider-Man: Homecoming"),
        ("Joe Hisaishi - Princess Mononoke - Symphonic Suite", "Joe Hisaishi", "Princess Mononoke - Symphonic Suite"),
        ("Harry Gregson‐Williams – Infinite", "Harry Gregson‐Williams", "Infinite"),
        ("Shaft", None, "Shaft"),
        (" - Shaft", None, "- Shaft"),
    ],
)  # fmt: skip
def test_the_artist_ends_at_the_first_dash_with_spaces(title: str, artist: str | None, album: str):
    assert split_artist(title) == (artist, album)


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Trent Reznor & Atticus Ross", ("Trent Reznor", "Atticus Ross")),
        ("John Williams (4), London Symphony Orchestra", ("John Williams", "London Symphony Orchestra")),
        ("John Carpenter, Cody Carpenter, and Daniel Davies", ("John Carpenter", "Cody Carpenter", "Daniel Davies")),
        ("Le Matos feat. Pawws", ("Le Matos", "Pawws")),
        ("Prince And The Revolution", ("Prince", "The Revolution")),
        ("Vangelis*", ("Vangelis",)),
        ("Various", ()),
        ("Various Artists", ()),
        (None, ()),
    ],
)  # fmt: skip
def test_a_credit_is_split_into_names_without_marks(credit: str | None, names: tuple[str, ...]):
    assert split_names(credit) == names


def test_various_in_any_spelling_is_not_an_artist():
    assert is_various("V.A.")
    assert is_various("Various (2)")
    assert not is_various("The Various Ensemble")
