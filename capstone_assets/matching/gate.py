"""Tell what a release is: a film's score or songs, TV, game, stage, or no soundtrack at all.

Belongs here: the gate that ordinary albums do not pass, and the kind of what passes it.
Not here: reading titles (titles.py), whether a soundtrack belongs to a film (comparisons.py).

The gate is mandatory: one album in six shares its title with some film.
"""

from collections.abc import Collection
from dataclasses import dataclass

from capstone_assets.matching.text import fold, words
from capstone_assets.matching.titles import ParsedTitle, meanings, pattern

STAGE_AND_SCREEN = "stage & screen"
FILM_STYLES = frozenset({"soundtrack", "score"})
GATE_STYLES = FILM_STYLES | {"theme", "musical", "video game music"}
OTHER_MEDIA = frozenset({"tv", "game", "stage", "tribute"})
_SINGLE_FORMATS = frozenset({"single", '7"', "maxi-single", "45 rpm"})
_STRONG = frozenset({"soundtrack", "film", "score"})


@dataclass(frozen=True)
class Typing:
    """The kind of a release, and how plainly it says that it is for a film.

    `kind` is one of RELEASE_KINDS (lake/silver.py).

    `claim` is `film` (the title says so), `soundtrack` (title or style), `screen` (only the genre
    or a loose style) or `none`.
    """

    kind: str
    claim: str


def type_release(
    album_title: str,
    parsed: ParsedTitle,
    genres: Collection[str],
    styles: Collection[str],
    formats: Collection[str],
) -> Typing:
    """The kind of a release and its claim; nulls and empty lists are simply no evidence.

    Patterns have word boundaries: `game` once dropped The Hunger Games and The Imitation Game.
    """
    text = " ".join(words(album_title))
    folded_styles = {fold(style) for style in styles}
    said = meanings([word for phrase in parsed.phrases for word in (*words(phrase), "")])
    claim = _claim(text, said, {fold(genre) for genre in genres}, folded_styles)
    # A theme `from X` says what it is for as plainly as a soundtrack does.
    if claim == "screen" and "theme" in said and _names_source(parsed):
        claim = "soundtrack"
    if claim == "none":
        return Typing("not_soundtrack", claim)
    return Typing(_kind(text, parsed, said, folded_styles, formats, claim), claim)


def _claim(text: str, said: Collection[str], genres: set[str], styles: set[str]) -> str:
    if _STRONG.intersection(said) and (pattern("film", text) or "film" in said):
        return "film"
    if _STRONG.intersection(said) or styles & FILM_STYLES:
        return "soundtrack"
    if STAGE_AND_SCREEN in genres or styles & GATE_STYLES:
        return "screen"
    return "none"


def _kind(
    text: str,
    parsed: ParsedTitle,
    said: Collection[str],
    styles: set[str],
    formats: Collection[str],
    claim: str,
) -> str:
    from_film = claim == "film"
    if pattern("tribute", text):
        return "tribute"
    if pattern("stage", text) and not from_film:
        return "stage"
    is_game = pattern("game", text) or "video game music" in styles
    if is_game and not from_film:
        return "game"
    if pattern("tv", text) and not from_film:
        return "tv"
    if pattern("compilation", text) and not from_film:
        return "compilation"
    is_single = any(fold(name) in _SINGLE_FORMATS for name in formats)
    if (
        _names_source(parsed)
        or (is_single and not _STRONG.intersection(said))
        or pattern("single", text)
    ):
        return "title_song"
    if "musical" in styles and not styles & FILM_STYLES and not _STRONG.intersection(said):
        return "stage"
    if any(form.form == "part" for form in parsed.forms):
        return "compilation"
    if "songs" in said or pattern("songs", text):
        return "film_songs"
    if "score" in said or ("score" in styles and "soundtrack" not in said):
        return "film_score"
    return "soundtrack"


def _names_source(parsed: ParsedTitle) -> bool:
    return any(form.form == "from" for form in parsed.forms)
