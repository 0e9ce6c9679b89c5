"""What of a film and a release is compared."""

from typing import Any

import pytest

from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile


def release(title: str, **fields: Any) -> ReleaseProfile:
    row = {
        "title": title,
        "album_title": title,
        "artist_credit": None,
        "kind": "soundtrack",
        "claim": "soundtrack",
        "original_year": 2010,
        "year_basis": "pressing",
    }
    return ReleaseProfile.of({**row, **fields})


@pytest.mark.parametrize(
    ("title", "basis", "year"),
    [
        ("Back To The Future (25th Anniversary Edition)", "pressing", 1985),
        ("Anniversary 25th", "pressing", None),
        ("Back To The Future", "pressing", None),
        # The master's year is known, whatever is celebrated.
        ("Back To The Future (25th Anniversary Edition)", "master", None),
    ],
)
def test_an_anniversary_of_a_lone_pressing_counts_back_to_a_year(title, basis, year):
    assert release(title, year_basis=basis).celebrated_year == year


@pytest.mark.parametrize(
    ("fields", "is_reissue"),
    [
        ({"formats": ["LP", "Reissue"]}, True),
        ({"formats": ["LP", "Repress"]}, False),
        ({"album_title": "Vertigo (Remastered)"}, True),
        ({"formats": ["LP", "Reissue"], "year_basis": "master"}, False),
    ],
)
def test_a_lone_pressing_is_a_reissue_if_its_format_or_title_says_so(fields, is_reissue):
    assert release("Vertigo", **fields).is_reissue is is_reissue


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Air", {"air"}),
        ("Various", set()),
        ("Trent Reznor & Atticus Ross", {"trent", "reznor", "atticus", "ross"}),
    ],
)
def test_artists_are_those_of_the_credit_and_none_for_various(credit, names):
    artists = release("The Virgin Suicides", artist_credit=credit).artists

    assert {word for artist in artists for word in artist.words} == names


def test_a_film_title_opens_with_words_only_if_it_continues():
    film = FilmProfile.of(
        {
            "film_id": 1,
            "title": "Metallica Through the Never",
            "original_title": None,
            "alternative_titles": [],
            "film_year": 2013,
            "composers": [],
            "vote_count": None,
        }
    )

    assert film.opens_with(("metallica",))
    assert not film.opens_with(())
    assert not film.opens_with(("through",))
    assert not film.opens_with(("metallica", "through", "the", "never"))
