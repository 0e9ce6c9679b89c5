"""Recognize the phrases with which a catalog marks a release as a soundtrack.

Belongs here: the vocabulary of phrases.json, what a run of words means, where a phrase starts and
ends.
Not here: the parts of a title (titles.py), the kind of a release (gate.py).

Phrases are not listed whole, because catalogs write them in endless ways. A phrase is a run of
words of the vocabulary, at least one of which names music or film.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from capstone_assets.matching.text import ARTICLES, simplified

_TEXT = resources.files("capstone_assets.matching").joinpath("phrases.json").read_text("utf-8")
# Words come with simplified characters (text.py); `spaced` is looked for in text as written.
_VOCABULARY = json.loads(simplified(_TEXT)) | {"spaced": json.loads(_TEXT)["spaced"]}
_HEADS = {meaning: frozenset(found) for meaning, found in _VOCABULARY["head"].items()}
_HEAD_PAIRS = {meaning: frozenset(found) for meaning, found in _VOCABULARY["pairs"].items()}
_ALL_HEADS = frozenset().union(*_HEADS.values())
_STARTS = frozenset(_VOCABULARY["start"]) | _ALL_HEADS
_INSIDE = _STARTS | frozenset(_VOCABULARY["inside"])
_NOISE = frozenset(_VOCABULARY["noise"])
_TAGS = _NOISE | frozenset(_VOCABULARY["tags"])
_REISSUE = frozenset(_VOCABULARY["reissue"])
_FROM = frozenset(_VOCABULARY["from"])
MEDIA_TAIL = frozenset(_VOCABULARY["media_tail"])
BRANDS = frozenset(_VOCABULARY["brands"])
# Words that catalogs add or leave out at will.
SMALL_WORDS = frozenset(_VOCABULARY["small"])
CONTINUES = SMALL_WORDS | {"by", "with", "or", "who"}


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern of many. Those that begin at a word are tried at the beginnings of words only."""
    at_word = [each.removeprefix(_AT_WORD) for each in patterns if each.startswith(_AT_WORD)]
    others = [each for each in patterns if not each.startswith(_AT_WORD)]
    return re.compile("|".join([f"{_AT_WORD}(?:{'|'.join(at_word)})"] * bool(at_word) + others))


_AT_WORD = r"\b"
_PATTERNS = {meaning: _any_of(found) for meaning, found in _VOCABULARY["patterns"].items()}
# Japanese and Chinese write a phrase without a space before it.
SPACED = re.compile("|".join(map(re.escape, sorted(_VOCABULARY["spaced"], key=len, reverse=True))))

# Words that make a run a phrase even without a bracket or a separator before it.
_STRONG_MEANINGS = frozenset({"soundtrack", "score", "album"})
_MODIFIERS = frozenset(_VOCABULARY["modifiers"])
# `Music`, `theme` and `songs` open many titles; they lead to a film only if `from` follows.
_CONNECTORS = _FROM | frozenset(
    {
        *("of", "to", "for", "film", "movie", "picture", "soundtrack", "score", "ost", "bof"),
        # `Songs as performed in X`.
        *("performed", "heard", "featured"),
    }
)

# `Symphonic Suite Akira`: what names the film without a `from`.
_SUITES = (("symphonic", "suite"), ("交响组曲",), ("イメージ", "交响组曲"))
_ADDING = frozenset({"featuring", "feat", "including", "plus", "with"})
# After the bracket of a phrase, where the film's title has ended.
_BEHIND_PHRASE = _ADDING | {"and", "composed", "conducted", "performed", "played", "sung"}
_CARRIERS = frozenset({"disc", "cd", "lp"})
_BEHIND_ARTICLE = frozenset({"album", "original", "official", "complete", "motion"})
_NAMES_MUSIC = frozenset({"music", "score", "songs", "soundtrack"})
_BEFORE_MAKER = frozenset({("from", "the"), ("for", "the"), ("to", "the")})
_BEFORE_OWNER = frozenset({"from", "for", "to"})
_THE_FILM = frozenset(
    {
        *(("the", "film"), ("the", "movie"), ("motion", "picture"), ("le", "film"), ("du", "film")),
        *(("der", "film"), ("dem", "film"), ("den", "film"), ("il", "film"), ("del", "film")),
        *(("dal", "film"), ("el", "film"), ("la", "pelicula"), ("o", "filme"), ("do", "filme")),
    }
)
_LEADING = frozenset({"from", "for", "aus", "zu", "dans"})
_MADE_OF = frozenset({("production", "of"), ("version", "of"), ("adaptation", "of")})
_AND = frozenset({"and", "et", "und", "y", "e", "en"})
_OTHERS = frozenset(
    {"other", "others", "more", "autres", "andere", "anderen", "otras", "otros", "altre", "altri"}
)

# `Rocky: Part III OST`: words that open like this belong to the title, whatever follows.
NUMBERED_PIECES = frozenset({"part", "chapter", "episode", "book"})


def meanings(found: Sequence[str]) -> frozenset[str]:
    """Return the meanings of the words: film, score, songs, soundtrack, music, theme."""
    return _meanings(tuple(found))


@lru_cache(maxsize=100_000)
def _meanings(found: tuple[str, ...]) -> frozenset[str]:
    pairs = {f"{first} {second}" for first, second in pairwise(found)}
    return frozenset(
        [meaning for meaning, heads in _HEADS.items() if heads.intersection(found)]
        + [meaning for meaning, heads in _HEAD_PAIRS.items() if heads & pairs]
    )


@lru_cache(maxsize=100_000)
def pattern(meaning: str, text: str) -> bool:
    """Whether folded text holds a pattern of phrases.json: tribute, stage, game, tv, film, ..."""
    return bool(_PATTERNS[meaning].search(text))


def _in_vocabulary(found: Sequence[str], vocabulary: frozenset[str]) -> bool:
    for word in found:
        # `3rd`, `2nd`, `7`.
        if word not in vocabulary and not word.rstrip("stndrh").isdigit():
            return False
    return True


def is_phrase(found: Sequence[str]) -> bool:
    """Whether all the words make up a soundtrack phrase and nothing else."""
    if not found:
        return False
    if _in_vocabulary(found, _INSIDE) and meanings(found):
        return True
    return _names_additions(found) or _names_composer(found) or _names_maker(found)


def _names_additions(found: Sequence[str]) -> bool:
    """`Original Soundtrack Featuring The Music Of Scott Joplin`."""
    for position in range(1, len(found)):
        if found[position] in _ADDING:
            spoken = found[:position]
            if _in_vocabulary(spoken, _INSIDE) and meanings(spoken) & _STRONG_MEANINGS:
                return True
    return False


def _names_composer(found: Sequence[str]) -> bool:
    """`Music by Hans Zimmer`, `Composed by ...`."""
    names_music = bool(meanings(found[:2]) & _NAMES_MUSIC)
    return found[1:2] == ("by",) and (names_music or found[0] == "composed")


def _names_maker(found: Sequence[str]) -> bool:
    """`Music for the Luca Guadagnino Film`, but not `Music from Scary Movie`."""
    if found[-1] not in MEDIA_TAIL or not meanings(found[:2]) & _NAMES_MUSIC:
        return False
    # `Music From Baz Luhrmann's Film`, its apostrophe already dropped.
    owner = found[-3:-2] if found[-2:-1] == ("motion",) else found[-2:-1]
    names_owner = len(found) > 3 and found[1] in _BEFORE_OWNER and owner[0].endswith("s")
    return names_owner or any(pair in _BEFORE_MAKER for pair in pairwise(found))


def is_noise(found: Sequence[str]) -> bool:
    """Whether the words only name an edition: `Deluxe Edition`, `Disc 2`."""
    return bool(found) and _in_vocabulary(found, _NOISE)


def adds_to_phrase(found: Sequence[str]) -> bool:
    """Whether the words after a phrase in a bracket only describe the record.

    `Featuring ...`, `And Other Music`, `Conducted By ...`.
    """
    return bool(found) and found[0] in _BEHIND_PHRASE


def is_carrier(found: Sequence[str]) -> bool:
    """Whether the words only number a disc of an album: `Disc 2`, `CD 1`."""
    return len(found) == 2 and found[0] in _CARRIERS and found[1].isdigit()


def is_tag(found: Sequence[str]) -> bool:
    """Whether the words only name a language, a country or an edition: `Hindi`, `2 LP`."""
    return _in_vocabulary(found, _TAGS) and not all(map(str.isdigit, found))


def names_reissue(found: Sequence[str]) -> bool:
    """Whether a year among the words is that of a later edition: `2018 Remaster`."""
    return not _REISSUE.isdisjoint(found)


def rests_after_lead(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words after a leading phrase, longest first: `Music from the film X` gives `X`."""
    yield from _rests_after_suite(found)
    if not found or not (found[0] in _STARTS or found[0].isdigit()):
        return
    ends = []
    for end in range(1, len(found)):
        if not _in_vocabulary(found[end - 1 : end], _INSIDE):
            break
        lead = found[:end]
        linked = bool(_CONNECTORS.intersection(lead)) and (meanings(lead) or lead[0] in _FROM)
        if linked and (lead[-1] in _CONNECTORS or lead[-1] in ARTICLES or lead[-1] in _INSIDE):
            ends.append(end)
    # An article behind the phrase may be the title's own, so the phrase ends at its connector.
    ends.sort(key=lambda end: (found[end - 1] not in _CONNECTORS, -end))
    for end in ends:
        yield found[end:]


def _rests_after_suite(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for suite in _SUITES:
        if found[: len(suite)] == suite and found[len(suite) :]:
            yield found[len(suite) :]


def rest_behind_film(found: tuple[str, ...]) -> tuple[str, ...]:
    """The title after a phrase with other words in it; empty if there is none.

    `Musiques Figurant Dans Le Film Excalibur Et Autres`, `The Samuel Goldwyn Motion Picture
    Production Of Porgy & Bess`.
    """
    for position, pair in enumerate(pairwise(found[:-1])):
        if position and pair in _THE_FILM:
            rest = found[position + 2 :]
            if rest[:2] in _MADE_OF:
                return rest[2:]
            before = [word for word in found[:position] if word not in ARTICLES]
            leads = meanings(before) & _NAMES_MUSIC or _LEADING.intersection(before[-1:])
            return _without_others(rest) if leads else ()
    return ()


def _without_others(found: tuple[str, ...]) -> tuple[str, ...]:
    for position, (joint, following) in enumerate(pairwise(found)):
        if joint in _AND and following in _OTHERS:
            return found[:position]
    return found


def stem_before_phrase(found: tuple[str, ...]) -> tuple[str, ...] | None:
    """The words before a phrase that more words follow: `Wonderwall Music By George Harrison`."""
    for start in range(1, len(found) - 1):
        said = meanings(found[start : start + 1])
        if "soundtrack" in said or (found[start + 1] == "by" and said & _NAMES_MUSIC):
            stem = found[:start]
            while len(stem) > 1 and stem[-1] in _MODIFIERS:
                stem = stem[:-1]
            return stem if any(word not in ARTICLES for word in stem) else None
    return None


def stems_before_tail(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words before a trailing phrase: `X Original Soundtrack` gives `X`.

    Shortest phrase first, because a title may end in a word of phrases (`The Sound of Music`), but
    no title ends in `original`.
    """
    for start in range(len(found) - 1, 0, -1):
        if not _in_vocabulary(found[start : start + 1], _INSIDE):
            return
        tail, stem = found[start:], found[:start]
        names_work = any(word not in ARTICLES for word in stem)
        said = meanings(tail)
        # `Heavy Metal The Score`, `Black Panther The Album`: no other phrase opens with an article.
        by_article = len(tail) == 2 or not _BEHIND_ARTICLE.isdisjoint(tail[1:2])
        opens_phrase = tail[0] in _STARTS and (tail[0] not in ARTICLES or by_article)
        if names_work and opens_phrase and stem[-1] not in _MODIFIERS and said & _STRONG_MEANINGS:
            yield stem
