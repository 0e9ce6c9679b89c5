"""Numbers in words, in roman numerals and behind `part` agree; other words stay words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.matching.numerals import arabic, with_digits, without_part_words
from capstone_assets.matching.text import key_of


@given(st.integers(1, 39))
def test_every_roman_numeral_below_forty_is_read(number: int):
    tens, ones = divmod(number, 10)
    roman = "x" * tens + ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"][ones]

    assert arabic(roman) == str(number)


@pytest.mark.parametrize("word", ["", "mix", "civil", "ivy", "iiii", "vv", "xl"])
def test_a_word_of_roman_letters_is_not_a_numeral(word: str):
    assert arabic(word) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Five Easy Pieces", "5 Easy Pieces"),
        ("Seven Samurai", "7 Samurai"),
        ("Air Force One", "Air Force 1"),
        ("Two Mules for Sister Sara", "2 Mules For Sister Sara"),
        ("Twenty-One Grams", "21 Grams"),
        ("The Taking of Pelham One Two Three", "The Taking Of Pelham 1 2 3"),
        ("One Hundred and One Dalmatians", "101 Dalmatians"),
        ("Two Thousand Maniacs!", "2000 Maniacs!"),
        ("Nineteen Eighty-Four", "1984"),
        ("Catch-22", "Catch Twenty-Two"),
        ("The Thirteenth Floor", "The 13th Floor"),
        ("25th Hour", "Twenty-Fifth Hour"),
        ("The 20th Century", "The Twentieth Century"),
        ("The 12th Man", "The Twelfth Man"),
        ("Twenty Second Avenue", "22nd Avenue"),
        ("Hot Shots! Part Deux", "Hot Shots! Part 2"),
        ("Chapter Tres", "Chapter 3"),
        ("Deuxième Partie", "Second Part"),
        ("Dritter Teil", "3rd Part"),
        ("8½", "8 1/2"),
        ("Three and a Half Minutes", "3½ Minutes"),
        ("Alien³", "Alien 3"),
        ("Creed III", "Creed Part Three"),
        ("It: Chapter Two", "It Part 2"),
        ("Der Pate: Teil II", "Der Pate 2"),
        ("Hellboy No. 2", "Hellboy II"),
    ],
)
def test_two_ways_to_write_a_number_have_one_key(one: str, other: str):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V for Vendetta", "5 for Vendetta"),
        ("The King and I", "The King and 1"),
        ("Two Hundred Motels", "2 100 Motels"),
        ("Kill Bill: Vol. 2", "Kill Bill 2"),
        ("Part 2", "2"),
        ("Entre Deux", "Entre 2"),
        ("Twenty Seconds", "22nd"),
        ("Dr. No", "Dr."),
        ("8½", "8"),
    ],
)
def test_what_only_looks_like_a_number_keeps_its_own_key(one: str, other: str):
    assert key_of(one) != key_of(other)


def test_part_is_left_out_before_a_number_only():
    assert without_part_words(["creed", "part", "3"]) == ("creed", "3")
    assert without_part_words(["part", "3"]) == ("part", "3")
    assert without_part_words(["a", "part", "of", "me"]) == ("a", "part", "of", "me")


@given(st.lists(st.sampled_from(["one", "hundred", "and", "twenty", "vi", "part", "9"])))
def test_words_with_digits_read_the_same_when_read_again(words: list[str]):
    read = with_digits(["x", *words])

    assert with_digits(read) == read
