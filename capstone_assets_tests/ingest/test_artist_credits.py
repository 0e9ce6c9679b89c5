"""Artists of a record, as the search shows them."""

import pytest

from capstone_assets.ingest.artist_credits import artist_credit


@pytest.mark.parametrize(
    ("artists", "credit"),
    [
        ([("Vangelis", "", "")], "Vangelis"),
        ([("Sky (4)", "", "")], "Sky (4)"),
        ([("John Barry", "", "&"), ("Tom Jones", "", "")], "John Barry & Tom Jones"),
        ([("A", "", ","), ("B", "", "And"), ("C", "", "")], "A, B And C"),
        ([("A", "", ",Canta:"), ("B", "", "")], "A,Canta: B"),
        ([("The Melvins", "Melvins", "/"), ("Nirvana", "", ",")], "Melvins* / Nirvana"),
        # Its title would seem to begin after the first of two hyphens.
        ([("Brian Eno", "", "-"), ("David Byrne", "", "")], "Brian Eno, David Byrne"),
        ([("A", "", ""), ("B", "", "")], "A, B"),
        ([], ""),
    ],
)
def test_artists_are_joined_as_the_search_shows_them(
    artists: list[tuple[str, str, str]], credit: str
):
    assert artist_credit(artists) == credit
