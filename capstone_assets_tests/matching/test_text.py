"""Folding, numerals, names of scripts."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.lake.tables import YEARS
from capstone_assets.matching.text import (
    _fold_any,
    _tidy_any,
    fold,
    full_key,
    key_of,
    numbers,
    read_year,
    script_of,
    symbols,
    tidy,
    words,
)

written = st.text(max_size=60)


@given(st.text(st.characters(codec="ascii"), max_size=20) | st.sampled_from(["X(TM)", "`A` (R)"]))
def test_text_in_ascii_is_read_as_any_other_text(plain: str):
    assert tidy(plain) == _tidy_any(plain)
    assert fold(plain) == _fold_any(tidy(plain))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "Amelie"),
        ("Rocky IV", "Rocky 4"),
        ("Fast X", "Fast 10"),
        ("The Godfather: Part II", "Godfather Part Two"),
        ("Kill Bill: Vol. 1", "Kill Bill Volume I"),
        ("Fast & Furious", "Fast and Furious"),
        ("Romeo + Juliet", "Romeo & Juliet"),
        ("Spider‐Man", "Spider-Man"),
        ("Pete’s Dragon", "Pete's Dragon"),
        ("S.W.A.T.", "SWAT"),
        ("M*A*S*H", "MASH"),
        ("Bølgen", "Bolgen"),
        ("Straße", "Strasse"),
        ("Matrix, The", "The Matrix"),
        ("Avventura, L'", "L'Avventura"),
        ("ＡＫＩＲＡ", "Akira"),
        ("Se7en", "SE7EN"),
        ("Ёлки", "Елки"),
        ("Ocean's Eight", "Ocean’s 8"),
        ("Doctor Sleep", "Dr. Sleep"),
        ("Mr. Holmes", "Mister Holmes"),
        ("St. Vincent", "Saint Vincent"),
        ("Sgt. Bilko", "Sergeant Bilko"),
        ("Captain Blood", "Capt. Blood"),
        ("Mr. & Mrs. Smith", "Mister and Missus Smith"),
        ("Kramer vs. Kramer", "Kramer versus Kramer"),
        ("LEGO® Ninjago™", "Lego Ninjago"),
        ("Tetris (TM)", "Tetris"),
        ("G.I. Jane", "GI Jane"),
        ("U.S. Marshals", "US Marshals"),
        ("R.I.P.D.", "RIPD"),
        ("霸王別姬", "霸王别姬"),
        ("無間道", "无间道"),
    ],
)
def test_two_spellings_of_one_title_have_one_key(one: str, other: str):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V for Vendetta", "5 for Vendetta"),
        ("I, Robot", "1, Robot"),
        ("The King and I", "The King and 1"),
        ("Iron Man", "Iron Man 2"),
        ("Wonder", "Wonder Woman"),
        ("はな", "ばな"),
        ("Her", "Hers"),
        ("Them", "The M"),
        ("I.T.", "It"),
        ("U.S.", "Us"),
        ("F.E.A.R.", "Fear"),
        ("S.H.E.", "She"),
    ],
)
def test_two_titles_that_look_the_same_keep_different_keys(one: str, other: str):
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize("title", ["A", "The The", "M", "It", "Up", "Z", "π", "9", "$", "If...."])
def test_the_shortest_titles_keep_a_key(title: str):
    assert key_of(title) or title == "$"


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("$", "$"),
        ("#", "#"),
        ("?", "?"),
        ("+", "+"),
        ("!", "!"),
        ("…", "..."),
        ("π", ()),
        ("$9", ()),
    ],
)
def test_a_title_of_symbols_alone_has_them_for_its_word(title: str, word: str | tuple[()]):
    assert symbols(title) == ((word,) if word else ())


def test_only_a_leading_english_article_is_left_out_of_the_key():
    assert key_of("The Hunt") == "hunt"
    assert key_of("Die Hard") == "die hard"
    assert key_of("Me and the Dying Girl") == "me and the dying girl"
    assert full_key("The Hunt") == "the hunt"


@given(written)
def test_folding_twice_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


@given(written)
def test_reading_a_key_again_gives_the_same_words(text: str):
    # Numerals may turn arabic only once: the words of a full key are its words.
    key = full_key(text)

    assert len(words(key)) == len(key.split())


def test_numbers_are_read_from_a_key():
    assert numbers(key_of("Blade Runner 2049")) == {"2049"}
    assert numbers(key_of("Rocky III")) == {"3"}
    assert numbers(key_of("Friday the 13th")) == {"13th"}
    assert numbers(key_of("Rocky")) == frozenset()


@pytest.mark.parametrize(
    ("name", "script"),
    [("Hans Zimmer", "LATIN"), ("久石譲", "CJK"), ("やまだ豊", "CJK"), ("조영욱", "HANGUL"), ("Шнитке", "CYRILLIC"), ("1984", "")],
)  # fmt: skip
def test_the_script_of_a_name_is_that_of_most_letters(name: str, script: str):
    assert script_of(name) == script


@pytest.mark.parametrize(
    ("written", "year"),
    [
        *(("1984", 1984), ("1984-10-26", 1984), ("1984-99-99", 1984)),
        *(
            ("0", None),
            ("0000", None),
            ("", None),
            (None, None),
            ("19845", None),
            ("c. 1984", None),
        ),
        *((str(YEARS[0]), YEARS[0]), (str(YEARS[0] - 1), None)),
        *((str(YEARS[1]), YEARS[1]), (str(YEARS[1] + 1), None)),
    ],
)
def test_a_year_is_read_within_its_bounds(written: str | None, year: int | None):
    assert read_year(written) == year


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("½ Full", ("half", "full")),
        ("8½", ("8", "1", "2")),
        ("½", ("1", "2")),
        ("El3ctric", ("electric",)),
        ("Se7en", ("7",)),
        # A 4 is a sequel's number, and at the end of a word so is any digit.
        ("Scre4m", ("scre4m",)),
        ("Alien3", ("alien3",)),
    ],
)
def test_a_half_in_front_is_a_word_and_a_digit_within_one_is_a_letter(written, found):
    assert words(written) == found
