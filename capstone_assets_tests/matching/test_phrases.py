"""What a run of words means, on both sides of each rule; whole titles are in test_titles.py."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from capstone_assets.matching.phrases import (
    is_phrase,
    is_tag,
    names_reissue,
    rest_behind_film,
    rests_after_lead,
    stem_before_phrase,
    stems_before_tail,
)

VOCABULARY = json.loads(
    resources.files("capstone_assets.matching").joinpath("phrases.json").read_text("utf-8")
)


def word_lists(vocabulary: dict[str, Any]) -> Iterator[list[str]]:
    for name, found in vocabulary.items():
        if isinstance(found, list):
            yield found
        elif isinstance(found, dict) and name != "patterns":
            yield from word_lists(found)


def test_a_word_stands_once_in_a_list_and_where_it_is_looked_for():
    lists = list(word_lists(VOCABULARY))

    assert len(lists) > 15
    assert [each for each in lists if each != sorted(set(each))] == []


def split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("original motion picture soundtrack", True),
        ("the score", True),
        ("deluxe edition", False),
        ("", False),
        ("music by hans zimmer", True),
        ("composed by john barry", True),
        ("produced by jon landau", False),
        ("music for the luca guadagnino film", True),
        ("music from scary movie", False),
        ("music from baz luhrmanns film", True),
        ("music from baz luhrmann film", False),
    ],
)
def test_a_phrase_is_of_music_or_film_and_names_at_most_its_maker(words: str, phrase: bool):
    assert is_phrase(split(words)) is phrase


@pytest.mark.parametrize(
    ("words", "tag", "reissue"),
    [
        ("deluxe edition", True, True),
        ("2018 remaster", True, True),
        ("french version", True, True),
        ("disc 2", True, False),
        ("hindi", True, False),
        ("1972", False, False),
        ("original 1972 motion picture soundtrack", False, False),
        ("suspiria", False, False),
    ],
)
def test_a_tag_names_no_work_and_a_reissue_a_later_edition(words: str, tag: bool, reissue: bool):
    assert (is_tag(split(words)), names_reissue(split(words))) == (tag, reissue)


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("wonderwall music by george harrison", "wonderwall"),
        ("chinatown soundtrack album by jerry goldsmith", "chinatown"),
        ("the music by george harrison", None),
        ("heat original soundtrack", None),
    ],
)
def test_a_title_may_come_before_a_phrase_that_more_words_follow(words: str, stem: str | None):
    found = stem_before_phrase(split(words))

    assert (found and " ".join(found)) == stem


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("musiques figurant dans le film excalibur et autres", "excalibur"),
        ("the samuel goldwyn motion picture production of porgy and bess", "porgy and bess"),
        ("inspired by the film rushmore", "rushmore"),
        ("my life in the film business", ""),
    ],
)
def test_a_title_may_come_behind_the_words_for_film(words: str, rest: str):
    assert " ".join(rest_behind_film(split(words))) == rest


def test_a_title_is_left_when_a_phrase_before_or_behind_it_is_taken_away():
    first, *_ = rests_after_lead(split("music from the film suspiria"))

    assert first == ("suspiria",)
    assert list(stems_before_tail(split("heavy metal the score"))) == [("heavy", "metal")]
    # The shortest phrase first: a title may end in a word of phrases.
    assert next(stems_before_tail(split("the sound of music original soundtrack"))) == (
        *("the", "sound", "of", "music"),
    )
    assert list(stems_before_tail(split("rocky part 3"))) == []
