"""Explanations are the decision itself, recomputed, with what lost and why."""

import math
import re
from datetime import date

import pytest

from capstone_assets.matching.explanation import (
    explain_film,
    explain_release,
    render_film,
    render_waterfall,
)
from capstone_assets.matching.overrides import Override


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


def test_pressings_of_an_album_have_the_same_explanation():
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
    with pytest.raises(LookupError) as raised:
        explain_release(99, SOUNDTRACKS, CANDIDATES, FILMS)
    assert str(raised.value) == (
        "Release 99 is not among the soundtracks. Either it was never loaded, or its id is wrong; "
        "load its year first."
    )


LINKED_BY_HAND = Override(593, 10, "link", "ana", date(2026, 5, 1), "her cover")
REJECTED_BY_HAND = Override(2103, 10, "reject", "ana", date(2026, 5, 1), "a bootleg")


def test_a_film_that_a_person_linked_wins_and_its_block_is_their_decision():
    no_pairs = [each for each in CANDIDATES if each["film_id"] != 593]
    found = explain_release(10, SOUNDTRACKS, no_pairs, FILMS, [LINKED_BY_HAND])

    assert (found.films[0].film_id, found.films[0].film_year) == (593, 1972)
    assert (found.films[0].block_key, found.films[0].tier) == ("override", "strong")


def test_a_film_that_a_person_rejected_loses_with_their_decision_as_the_reason():
    found = explain_release(10, SOUNDTRACKS, CANDIDATES, FILMS, [REJECTED_BY_HAND])

    [lost] = [each for each in found.films if each.film_id == 2103]
    assert (lost.tier, lost.film_year) == ("rejected", 2002)
    assert lost.reason == str(REJECTED_BY_HAND)


def test_a_decision_on_one_pressing_does_not_decide_the_others_of_its_album():
    other = explain_release(11, SOUNDTRACKS, CANDIDATES, FILMS, [REJECTED_BY_HAND])

    assert (other.films[0].film_id, other.films[0].tier) == (2103, "strong")


def test_each_film_is_printed_below_an_empty_line_with_why_it_won_or_lost():
    lines = render_waterfall(explain_release(10, SOUNDTRACKS, CANDIDATES, FILMS)).splitlines()

    heads = [n for n, line in enumerate(lines) if ", film 593: " in line or ", film 2103: " in line]
    assert [lines[n - 1] for n in heads] == ["", ""]
    assert lines[heads[0] + 1].startswith("    linked because: ")
    assert lines[heads[1] + 1].startswith("    lost because: ")


def test_a_film_is_shown_with_its_albums_in_full_and_those_of_others_in_a_line():
    text = render_film(2103, explain_film(2103, SOUNDTRACKS, CANDIDATES, FILMS))

    head, *rest = text.splitlines()
    assert head == (
        "Solaris (2002), film 2103. "
        "Albums of its title: 1 linked, 0 in review, 1 with another film."
    )
    assert "Cliff Martinez - Solaris" in rest
    assert any("decided with the other pressings of its album: 2 in all" in each for each in rest)
    assert rest[-2] == "Not with this film (`capstone explain --release ID` shows the evidence):"
    assert rest[-1].startswith(
        "  Eduard Artemyev - Solaris (release 12, linked with Solaris (1972)): "
    )


def test_a_rejected_film_that_no_key_proposes_any_more_is_left_out():
    pairs = [each for each in CANDIDATES if (each["film_id"], each["release_id"]) != (2103, 10)]
    pairs = [each for each in pairs if each["release_id"] != 11]

    found = explain_film(2103, SOUNDTRACKS, pairs, FILMS, [REJECTED_BY_HAND])

    assert [each.release_id for each in found] == [12]
