"""Turn written titles and names into comparable words.

Belongs here: Unicode folding, numerals, articles, years, word splitting.
Not here: what a title is made of (titles.py), whether two titles agree (comparisons.py).
"""

import re
import unicodedata
from functools import lru_cache

from capstone_assets.lake.tables import YEARS

# Marks are dropped only where a letter without its mark is still the same letter to a reader:
# Latin, Greek and Cyrillic accents, Hebrew and Arabic vowel points. Kana and Indic marks are
# letters.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]")
_LETTERS_WITHOUT_DECOMPOSITION = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63]")
_QUOTES = re.compile(r"[“”„‟«»″〝〞「」『』《》〈〉]")
_APOSTROPHES = re.compile(r"[’‘‛ʼʻ´`′]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
# S.W.A.T., M*A*S*H, E.T.: letters set apart by dots or stars are one word.
_SPACED_LETTERS = re.compile(r"(?<!\w)(?:[^\W\d_][.*]\s?){1,}[^\W\d_](?!\w)[.]?")
# Indic vowel signs are marks, and \w leaves them out.
_WORD = re.compile(r"[\w\u0900-\u0dff\u0e00-\u0e7f]+")

_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        start=1,
    )
}
_PART_WORDS = {
    "part": "part",
    "pt": "part",
    "parte": "part",
    "partie": "part",
    "teil": "part",
    "chapter": "chapter",
    "episode": "episode",
    "book": "book",
    "volume": "volume",
    "vol": "volume",
}
# Zoolander No. 2 is Zoolander 2.
_NUMBER_SIGNS = frozenset({"no", "nr"})
ARTICLES = frozenset({"the", "a", "an"})
# Catalogs move an article to the end in any language: "Mépris, Le".
_TRAILING_ARTICLE = re.compile(
    r"^(?P<rest>.+),\s*(?P<article>the|a|an|le|la|les|l'|un|une|il|lo|gli|el|los|las|der|die|das|ein"
    r"|eine|de|het|een|o|os|as|det|den)\s*$",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """The same text with one kind of dash, quote, apostrophe and space; letters stay."""
    # Apostrophes first: NFKC takes a free-standing accent apart into a space and a mark.
    text = unicodedata.normalize("NFKC", _APOSTROPHES.sub("'", text))
    text = _QUOTES.sub('"', _DASHES.sub("-", _INVISIBLE.sub("", text)))
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """Lower case without accents: `Amélie` and `AMELIE` fold alike. Scripts stay apart."""
    decomposed = unicodedata.normalize("NFKD", tidy(text).casefold())
    folded = _MARKS.sub("", decomposed).translate(_LETTERS_WITHOUT_DECOMPOSITION)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", folded)).strip()


def arabic(numeral: str) -> str | None:
    """`iv` is `4`; None for what is no roman numeral below 40."""
    if not numeral or not _ROMAN.fullmatch(numeral):
        return None
    digits = [_ROMAN_DIGITS[letter] for letter in numeral]
    total = 0
    for digit, following in zip(digits, [*digits[1:], 0], strict=True):
        total += -digit if digit < following else digit
    return str(total)


def _numbered(word: str, previous: str | None) -> str:
    """The word with its numeral made arabic, where it is one.

    The first word is left alone (`V for Vendetta`, `I, Robot`). `I` and `one` count only after
    `part`, `chapter` and the like: `The King and I`, `The Chosen One`.
    """
    if previous is None:
        return _PART_WORDS.get(word, word)
    if previous in _PART_WORDS.values():
        return _NUMBER_WORDS.get(word) or arabic(word) or word
    if word != "one" and word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    if word != "i" and (number := arabic(word)):
        return number
    return _PART_WORDS.get(word, word)


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """Folded words in order, numerals arabic, `&` as `and`; one-letter words are kept."""
    folded = fold(text)
    folded = _SPACED_LETTERS.sub(lambda found: re.sub(r"[.*\s]", "", found[0]) + " ", folded)
    folded = folded.replace("'", "").replace("&", " and ").replace("+", " and ")
    found: list[str] = []
    for word in _WORD.findall(folded.replace("_", " ")):
        if word.isdigit() and found and found[-1] in _NUMBER_SIGNS:
            found.pop()
        found.append(_numbered(word, found[-1] if found else None))
    return tuple(found)


def front_article(title: str) -> str:
    """`Matrix, The` is `The Matrix`; other titles come back as they are."""
    if moved := _TRAILING_ARTICLE.match(title):
        article, rest = moved["article"], moved["rest"]
        return f"{article}{rest}" if article.endswith("'") else f"{article} {rest}"
    return title


def full_key(title: str) -> str:
    """The title's words joined by a space, articles included; empty when it has no word."""
    return " ".join(words(front_article(title)))


def key_of(title: str) -> str:
    """The match key: `full_key` without a leading English article, unless nothing would be left."""
    found = words(front_article(title))
    if len(found) > 1 and found[0] in ARTICLES:
        found = found[1:]
    return " ".join(found)


def joined(key: str) -> str:
    """The key without spaces: `spider man` and `spiderman` are joined alike."""
    return key.replace(" ", "")


@lru_cache(maxsize=100_000)
def numbers(key: str) -> frozenset[str]:
    """The numbers among the key's words: {'2'} for `iron man 2`."""
    return frozenset(word for word in key.split() if word.isdigit())


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
