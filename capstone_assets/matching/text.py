"""Normalize titles and names into comparable words.

Belongs here: Unicode folding, articles, years, word splitting.
Not here: numbers (numerals.py), the parts of a title (titles.py), whether two titles agree
(comparisons.py).
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from capstone_assets.lake.tables import YEARS
from capstone_assets.matching.numerals import with_digits, without_part_words

# Marks are dropped only where a letter without its mark is still the same letter to a reader:
# Latin, Greek and Cyrillic accents, Hebrew and Arabic vowel points. Kana and Indic marks are
# letters.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]")
_LETTERS_WITHOUT_DECOMPOSITION = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63]")
_QUOTES = re.compile(r"[“”„‟«»\u2033\u2034\u2036\u2037\u2057〝〞「」『』《》〈〉]")
_APOSTROPHES = re.compile(r"[’‘‛ʼʻ´`′]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
# S.W.A.T., M*A*S*H, E.T.: letters set apart by dots or stars are one word.
_SPACED_LETTERS = re.compile(r"(?<!\w)(?:[^\W\d_][.*]\s?){1,}[^\W\d_](?!\w)[.]?")
# Indic vowel signs are marks, and \w leaves them out.
_WORD = re.compile(r"[\w\u0900-\u0dff\u0e00-\u0e7f\ue000]+")
_TRADEMARKS = re.compile(r"[\u2122\u00ae\u00a9\u2120]|\((?:TM|R)\)")
# NFKC alone would make 21/2 of 2½, and Alien3 of Alien³.
_VULGAR_FRACTION = re.compile(r"(?<=\w)(?=[\u00bc-\u00be\u2150-\u215e])")
_RAISED_DIGIT = re.compile(r"(?<=[^\W\d_])(?=[\u00b2\u00b3\u00b9\u2074-\u2079])")
# `½ Past Dead` is Half Past Dead, but 8½ is a number.
_HALF_FIRST = re.compile(r"^\s*\u00bd(?=\s[^\W\d_])")
# Se7en, S1m0ne: a digit within a word is the letter that it looks like; a 4 is a sequel's (Scre4m).
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[01357](?=[a-z])")
_LIKE_LETTER = {"0": "o", "1": "i", "3": "e", "5": "s", "7": "v"}
# Batman v Superman, but not Rocky V.
_VERSUS = re.compile(r"(?<=[a-z]) v\.? (?=[A-Z])")
# `Mulholland Dr.`, `21 Jump St.`; in front they are titles of people.
_STREETS = {"dr": "drive", "st": "street", "ave": "avenue", "blvd": "boulevard"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SYMBOL = re.compile(r"[^\w\s()\[\]{}\"'.,:;-]")

_TABLES = json.loads(
    resources.files("capstone_assets.matching").joinpath("text.json").read_text("utf-8")
)
_SHORT_FORMS = _TABLES["short_forms"]
_SIMPLIFIED_FORMS = str.maketrans(_TABLES["traditional"], _TABLES["simplified"])
# Letters with dots are a different title from the word they spell: I.T. and It, F.E.A.R. and Fear.
_SPELLED_WORDS = frozenset(_TABLES["spelled_words"])
# Stands for the dot of such letters while words are split.
_DOT = "\ue000"
ARTICLES = frozenset({"the", "a", "an"})
# Catalogs move an article to the end in any language: "Mépris, Le".
_TRAILING_ARTICLE = re.compile(
    r"^(?P<rest>.+),\s*(?P<article>the|a|an|le|la|les|l'|un|une|il|lo|gli|el|los|las|der|die|das|ein"
    r"|eine|de|het|een|o|os|as|det|den)\s*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=100_000)
def tidy(text: str) -> str:
    """Return the text with one kind of dash, quote, apostrophe and space; letters stay."""
    if text.isascii():
        # The remaining rules do not apply to ASCII.
        text = _TRADEMARKS.sub("", text) if "(" in text else text
        return " ".join(text.replace("`", "'").split())
    return _tidy_any(text)


def _tidy_any(text: str) -> str:
    text = _HALF_FIRST.sub("Half", _TRADEMARKS.sub("", text))
    text = _VULGAR_FRACTION.sub(" ", _RAISED_DIGIT.sub(" ", text))
    # Quotes first: NFKC takes a free-standing accent apart, and a double prime into two primes.
    text = unicodedata.normalize("NFKC", _QUOTES.sub('"', _APOSTROPHES.sub("'", text)))
    text = _QUOTES.sub('"', _DASHES.sub("-", _INVISIBLE.sub("", text)))
    return _SPACES.sub(" ", text).strip()


# A catalog repeats its few genres, styles and formats on every row, and a title on every pressing.
@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Lower case without accents: `Amélie` and `AMELIE` fold alike. Scripts stay apart."""
    tidied = tidy(text)
    return tidied.lower() if tidied.isascii() else _fold_any(tidied)


def _fold_any(tidied: str) -> str:
    decomposed = unicodedata.normalize("NFKD", tidied.casefold())
    folded = _MARKS.sub("", decomposed).translate(_LETTERS_WITHOUT_DECOMPOSITION)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", folded)).strip()


def simplified(text: str) -> str:
    """The text with traditional Han characters in their simplified forms."""
    return text if text.isascii() or not _HAN.search(text) else text.translate(_SIMPLIFIED_FORMS)


def _spelled(found: re.Match[str]) -> str:
    """Letters set apart by dots or stars as one word, its dots kept where it spells another."""
    letters = re.sub(r"[.*\s]", "", found[0])
    keeps_dots = "*" not in found[0] and letters in _SPELLED_WORDS
    return (_DOT.join(letters) if keeps_dots else letters) + " "


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """Folded words in order, numerals arabic, `&` as `and`; one-letter words are kept."""
    if " v" in text:
        text = _VERSUS.sub(" vs ", text)
    folded = simplified(fold(text)).replace("_", " ").replace(_DOT, " ")
    if "." in folded or "*" in folded:
        folded = _SPACED_LETTERS.sub(_spelled, folded)
    folded = _DIGIT_IN_WORD.sub(lambda found: _LIKE_LETTER[found[0]], folded)
    folded = folded.replace("'", "").replace("&", " and ").replace("+", " and ")
    found = [word.replace(_DOT, ".") for word in _WORD.findall(folded)]
    if len(found) > 1:
        found[-1] = _STREETS.get(found[-1], found[-1])
    return tuple(with_digits([_SHORT_FORMS.get(word, word) for word in found]))


def symbols(text: str) -> tuple[str, ...]:
    """The one word of a title of symbols alone, such as `$` or `#`; empty for any other."""
    if any(letter.isalnum() for letter in text):
        return ()
    tidied = tidy(text)
    return tuple(filter(None, ["".join(_SYMBOL.findall(tidied)) or tidied.strip(" ()[]{}'-")]))


def front_article(title: str) -> str:
    """`Matrix, The` is `The Matrix`; other titles are returned unchanged."""
    if moved := _TRAILING_ARTICLE.match(title):
        article, rest = moved["article"], moved["rest"]
        return f"{article}{rest}" if article.endswith("'") else f"{article} {rest}"
    return title


def full_key(title: str) -> str:
    """The title's words joined by a space, articles included; empty when it has no word."""
    return " ".join(words(front_article(title)))


def key_of(title: str) -> str:
    """The match key: `full_key` without a leading English article, unless nothing would be left."""
    return key_of_words(words(front_article(title)))


def key_of_words(found: Sequence[str]) -> str:
    """The match key of a title's words; `part` and the like before a number do not count."""
    bare = without_part_words(found)
    bare = bare[1:] if len(bare) > 1 and bare[0] in ARTICLES else bare
    # Dots distinguish I.T. from It, but not U.S. Marshals from US Marshals.
    return bare[0] if len(bare) == 1 else " ".join(bare).replace(".", "")


def joined(key: str) -> str:
    """The key without spaces: `spider man` and `spiderman` are joined alike."""
    return key.replace(" ", "")


@lru_cache(maxsize=100_000)
def numbers(key: str) -> frozenset[str]:
    """The numbers among the key's words: {'2'} for `iron man 2`, {'13th'} for `friday the 13th`."""
    return frozenset(word for word in key.split() if word[0].isdigit())


# There are few different dates: the days of a century.
@lru_cache(maxsize=50_000)
def read_year(written: str | None) -> int | None:
    """The year of `1984` or `1984-10-26`; None when absent, `0` or out of bounds."""
    found = re.match(r"\d{4}(?!\d)", written or "")
    year = int(found[0]) if found else 0
    return year if YEARS[0] <= year <= YEARS[1] else None


def script_of(text: str) -> str:
    """The script of most letters, as Unicode names it: LATIN, HANGUL, CJK, ...; or ''."""
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = unicodedata.name(letter, "").split(" ")[0]
            # Japanese is written in three scripts at once.
            script = "CJK" if script in {"HIRAGANA", "KATAKANA"} else script
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: (counts[script], script), default="")
