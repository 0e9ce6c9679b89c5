"""Read the numbers among a title's words, so that `II`, `2`, `Two` and `Part Two` agree.

Belongs here: roman numerals, number words, ordinals, the words that announce a sequel's number.
Not here: splitting text into words (text.py), judging different numbers (comparisons.py).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}

_UNITS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_SMALL = {word: number for number, word in enumerate(_UNITS, start=1)}
_TENS_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * number for number, word in enumerate(_TENS_WORDS, start=2)}
_NUMBER_WORDS = _SMALL.keys() | _TENS.keys()
_UNIT_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9,
}  # fmt: skip
_LATER_ORDINALS = {
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
    "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60,
}  # fmt: skip
_HALF = ("and", "a", "half")

_PART_WORDS = {
    "pt": "part", "parte": "part", "partie": "part", "teil": "part", "deel": "part",
    "czesc": "part", "часть": "part",
    "chapitre": "chapter", "kapitel": "chapter", "capitolo": "chapter", "capitulo": "chapter",
    "episodio": "episode", "vol": "volume",
}  # fmt: skip
# `Part Deux`. Elsewhere these are words of a title.
_FOREIGN_UNITS = {
    "deux": "2", "dos": "2", "due": "2", "zwei": "2", "trois": "3", "tres": "3", "tre": "3",
    "drei": "3", "quatre": "4", "cuatro": "4", "quattro": "4", "vier": "4",
}  # fmt: skip
# `Deuxième Partie`, likewise only before such a word.
_FOREIGN_ORDINALS = {
    "deuxieme": "second", "seconde": "second", "segunda": "second", "seconda": "second",
    "zweiter": "second", "tweede": "second", "troisieme": "third", "tercera": "third",
    "terza": "third", "terceira": "third", "dritter": "third", "derde": "third",
}  # fmt: skip
_ANNOUNCING = frozenset({"part", "chapter", "episode", "book", "volume"})
# `No. 2`, `Nr. 2`: the sign is left out.
_NUMBER_SIGNS = frozenset({"no", "nr"})
# The Godfather Part II is The Godfather 2. A volume may be the album's and not the film's.
_BEFORE_A_SEQUEL = frozenset({"part", "chapter", "episode"})


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_ORDINALS = {word: _ordinal(n) for word, n in (_UNIT_ORDINALS | _LATER_ORDINALS).items()}


def arabic(numeral: str) -> str | None:
    """`iv` is `4`; None for anything but a roman numeral below 40."""
    if numeral[:1] not in _ROMAN_DIGITS or not _ROMAN.fullmatch(numeral):
        return None
    digits = [_ROMAN_DIGITS[letter] for letter in numeral]
    total = 0
    for digit, following in zip(digits, [*digits[1:], 0], strict=True):
        total += -digit if digit < following else digit
    return str(total)


def _below_hundred(words: Sequence[str], start: int) -> tuple[int, int]:
    """The number that starts there, 1 to 99, and the position behind it; 0 for none."""
    if start >= len(words):
        return 0, start
    if tens := _TENS.get(words[start]):
        unit = _SMALL.get(words[start + 1], 0) if start + 1 < len(words) else 0
        return (tens + unit, start + 2) if 0 < unit < 10 else (tens, start + 1)
    number = _SMALL.get(words[start], 0)
    return number, start + bool(number)


def _number_at(words: Sequence[str], start: int) -> tuple[int, int]:
    """The number in words that starts there, and the position behind it; 0 for none.

    `nineteen eighty four` is a year, `one hundred and one` a number.
    """
    number, end = _below_hundred(words, start)
    if number in {19, 20} and (rest := _below_hundred(words, end))[0] >= 10:
        return 100 * number + rest[0], rest[1]
    for word, factor in (("million", 1_000_000), ("thousand", 1000), ("hundred", 100)):
        if number and end < len(words) and words[end] == word:
            joint = end + 1 + (words[end + 1 : end + 2] == ("and",))
            rest_number, rest_end = _below_hundred(words, joint)
            number, end = factor * number + rest_number, rest_end if rest_number else end + 1
    return number, end


def _read(word: str, before: str | None) -> str:
    """A word that is not a number word: part words in one language, roman numerals arabic.

    The first word is left alone (`V for Vendetta`, `I, Robot`), and `I` counts only after `part`
    and the like: `The King and I`.
    """
    word = _PART_WORDS.get(word, word)
    if before in _ANNOUNCING and word in _FOREIGN_UNITS:
        return _FOREIGN_UNITS[word]
    if before in _ANNOUNCING or (before is not None and word != "i"):
        return arabic(word) or _ORDINALS.get(word, word)
    return _ORDINALS.get(word, word)


@lru_cache(maxsize=100_000)
def _says_number(word: str) -> bool:
    """Whether a word is, or announces, a number: most titles have no such word."""
    tables = (_NUMBER_WORDS, _ORDINALS, _PART_WORDS, _FOREIGN_UNITS)
    return any(word in table for table in tables) or word.isdigit() or arabic(word) is not None


def _in_english(words: Sequence[str]) -> Iterator[str]:
    """The words, an ordinal of another language before `part` and the like in English."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        announced = _PART_WORDS.get(following, following) in _ANNOUNCING
        yield _FOREIGN_ORDINALS.get(word, word) if announced else word


def with_digits(words: Sequence[str]) -> list[str]:
    """The words with every number in digits: `oceans thirteen` is `oceans 13`."""
    given = tuple(words)
    if not any(map(_says_number, given)):
        return list(given)
    given = tuple(_in_english(given))
    found: list[str] = []
    position = 0
    while position < len(given):
        word = given[position]
        number, end = _number_at(given, position) if word in _NUMBER_WORDS else (0, position)
        unit = (
            _UNIT_ORDINALS.get(given[end])
            if number in _TENS.values() and end < len(given)
            else None
        )
        if unit:
            found.append(_ordinal(number + unit))
            end += 1
        elif number:
            found.append(str(number))
        else:
            end = position + 1
            found.append(_read(word, found[-1] if found else None))
        position = end
        if found[-1].isdigit() and given[position : position + 3] == _HALF:
            found.extend(["1", "2"])
            position += 3
        if found[-1].isdigit() and len(found) > 1 and found[-2] in _NUMBER_SIGNS:
            del found[-2]
    return found


def without_part_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words without `part`, `chapter` or `episode` before a number, except at the start."""
    return tuple(
        word
        for position, word in enumerate(words)
        if not (
            position
            and word in _BEFORE_A_SEQUEL
            and position + 1 < len(words)
            and words[position + 1].isdigit()
        )
    )
