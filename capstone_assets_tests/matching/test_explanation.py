"""Explanations are the decision itself, recomputed, with what lost and why."""

import math
import re

import pytest

from capstone_assets.matching.explanation import explain_film, explain_release, render_waterfall


def film_row(film_id, title, year, composers=()):
    return {
        "film_id": film_id,
        "title": title,
        "original_title": None,
        "alternative_titles": [],
        "film_year": year,
        "composers": list(composers),
        "vote_count": 1000,
    }


def soundtrack_row(release_id, artist, album, year, album_id, basis="pressing"):
    return {
        "release_id": release_id,
        "title": f"{artist} - {album}",
        "album_title": album,
        "artist_credit": artist,
        "kind": "film_score",
        "claim": "soundtrack",
        "original_year": year,
        "year_basis": basis,
        "album_id": album_id,
    }


def pair(film_id, release_id):
    return {
        "film_id": film_id,
        "release_id": release_id,
        "block_key": "core_title",
        "films_sharing": 2,
        "title_information": 0.9,
    }


FILMS = [
    film_row(593, "Solaris", 1972, ["Eduard Artemyev"]),
    film_row(2103, "Solaris", 2002, ["Cliff Martinez"]),
]
SOUNDTRACKS = [
    soundtrack_row(10, "Cliff Martinez", "Solaris", 2002, "album:solaris"),
    soundtrack_row(11, "Cliff Martinez", "Solaris (Original Score)", 2002, "album:solaris"),
    soundtrack_row(12, "Eduard Artemyev", "Solaris", 2013, "album:other"),
]
CANDIDATES = [pair(film, release) for film in (593, 2103) for release in (10, 11, 12)]


def test_the_winner_comes_first_and_the_loser_says_why():
    found = explain_release(10, SOUNDTRACKS, CANDIDATES, FILMS)

    assert [(each.film_id, each.tier) for each in found.films] == [
        (2103, "strong"),
        (593, "rejected"),
    ]
    assert "credited to Cliff Martinez, not to Eduard Artemyev" in (
        found.films[1].reason,
        *[each.explanation for each in found.films[1].evidence],
    )


def test_every_waterfall_adds_up():
    for release_id in (10, 11, 12):
        for each in explain_release(release_id, SOUNDTRACKS, CANDIDATES, FILMS).films:
            assert math.fsum(found.weight for found in each.evidence) == each.match_weight
            assert each.score == pytest.approx(1 / (1 + math.exp(-each.match_weight)))


def test_pressings_of_an_album_are_explained_alike():
    one, other = (explain_release(each, SOUNDTRACKS, CANDIDATES, FILMS) for each in (10, 11))

    assert one.films == other.films


def test_a_film_is_explained_once_an_album_best_first():
    found = explain_film(2103, SOUNDTRACKS, CANDIDATES, FILMS)

    assert [each.release_id for each in found] == [10, 12]


def test_the_printed_weights_add_up_to_the_printed_total():
    text = render_waterfall(explain_release(10, SOUNDTRACKS, CANDIDATES, FILMS), most_films=1)

    numbers = [float(found) for found in re.findall(r"^\s+([+-]\d+\.\d+) ", text, re.MULTILINE)]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.05)
    assert "STRONG" in text
    assert "and 1 films further behind" in text


def test_a_release_that_was_never_loaded_is_a_clear_error():
    with pytest.raises(LookupError, match="Release 99 is not among the soundtracks"):
        explain_release(99, SOUNDTRACKS, CANDIDATES, FILMS)
