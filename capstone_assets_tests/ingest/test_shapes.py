"""The fields of a row, and who of a film's crew is its composer."""

import pytest
from pydantic import BaseModel

from capstone_assets.ingest.shapes import (
    DETAIL_PARTS,
    DETAIL_RULES,
    DISCOGS_RULES,
    MOVIE_RULES,
    DiscogsRow,
    MovieDetail,
    MovieRow,
)


@pytest.mark.parametrize(
    ("shape", "rules"),
    [(MovieRow, MOVIE_RULES), (DiscogsRow, DISCOGS_RULES), (MovieDetail, DETAIL_RULES)],
)
def test_every_field_has_a_rule_for_odd_values(shape: type[BaseModel], rules: dict[str, object]):
    assert {*rules} == {*shape.model_fields}


def test_details_are_incomplete_without_a_part_that_is_requested():
    assert {*DETAIL_PARTS} <= {*MovieDetail.model_fields}


def test_composers_come_in_the_order_of_the_credits_and_once():
    crew = [
        {"name": "Danny Elfman", "job": "Original Music Composer", "department": "Sound"},
        {"name": "Tim Burton", "job": "Director", "department": "Directing"},
        {"name": "Prince", "job": "Music", "department": "Sound"},
        {"name": "Danny Elfman", "job": "Composer", "department": "Sound"},
        {"name": None, "job": "Composer"},
        {"name": "Steve Bartek", "job": "Orchestrator", "department": "Sound"},
    ]

    detail = MovieDetail.model_validate({"id": 268, "credits": {"cast": [], "crew": crew}})

    assert detail.composers == ["Danny Elfman", "Prince"]


@pytest.mark.parametrize(
    ("crew", "composers"),
    [
        # As TMDB credits an Indian film: no composer by that name.
        (
            [("A. R. Rahman", "Music Director", "Sound"), ("Gulzar", "Songs", "Sound")],
            ["A. R. Rahman"],
        ),
        (
            [("Gulzar", "Songs", "Sound"), ("Shreya Ghoshal", "Playback Singer", "Sound")],
            ["Gulzar"],
        ),
        (
            [("Rex Reed", "Composer", "Writing"), ("Alex North", "Composer", "Sound")],
            ["Alex North"],
        ),
        ([("Alex North", "Composer", "")], ["Alex North"]),
        ([("Rex Reed", "Music Supervisor", "Sound")], []),
    ],
)
def test_a_music_director_composes_and_a_song_writer_only_where_no_one_else_does(crew, composers):
    rows = [dict(zip(("name", "job", "department"), each, strict=True)) for each in crew]

    detail = MovieDetail.model_validate({"id": 268, "credits": {"cast": [], "crew": rows}})

    assert detail.composers == composers
