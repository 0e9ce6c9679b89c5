"""Invented titles."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.emulator.catalogs.titles import TitleMaker, in_series, title_key


@given(st.integers(0, 2**32), st.sampled_from(["en", "fr", "it", "es", "de", "ja", "ru"]))
def test_no_title_is_drawn_twice(seed, language):
    maker = TitleMaker(Random(seed))
    drawn = [maker.fresh(language) for _ in range(60)]
    keys = [
        key
        for naming in drawn
        for key in {title_key(title) for title in (naming.title, *naming.others)}
    ]
    assert len(keys) == len(set(keys))


def test_titles_that_a_reader_takes_for_the_same_have_one_key():
    assert title_key("The Café & the Sea") == title_key("Cafe and The Sea")
    assert title_key("A Child and the Sea") == title_key("Child and Sea")
    assert title_key("The The") == title_key("the the") != ""
    assert title_key("Iron Man") != title_key("Iron Man 2")
    assert title_key("La Mer") != title_key("Le Mur")


def test_a_sequel_is_numbered_in_the_ways_of_posters():
    assert [in_series("Rocky", 4, style) for style in range(3)] == [
        "Rocky 4",
        "Rocky IV",
        "Rocky: Part IV",
    ]
