"""Type a release: a film's score or songs, TV, game, stage, or not a soundtrack.

Belongs here: the gate that ordinary albums do not pass, and the kinds of those that do.
Not here: reading titles (titles.py), whether a soundtrack belongs to a film (comparisons.py).

Every release has to pass it: one album in six shares its title with some film.
"""

from collections.abc import Callable, Collection, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from capstone_assets.matching.phrases import meanings, pattern
from capstone_assets.matching.text import fold, words
from capstone_assets.matching.titles import ParsedTitle, read_album_title

STAGE_AND_SCREEN = "stage & screen"
# Discogs' styles, and the genres of other catalogs that are exported as styles.
FILM_STYLES = frozenset({"soundtrack", "score", "film soundtrack", "film score"})
_TV_STYLES = frozenset({"television music"})
GATE_STYLES = FILM_STYLES | _TV_STYLES | {"theme", "musical", "video game music"}
OTHER_MEDIA = frozenset({"tv", "game", "stage", "tribute"})
UNMARKED = "unmarked"
# A kind that another pressing of the album outweighs.
SILENT_KINDS = frozenset({UNMARKED, "not_soundtrack"})
_SINGLE_FORMATS = frozenset({"single", '7"', "maxi-single", "45 rpm"})
_STRONG = frozenset({"soundtrack", "film", "score"})
_ROCK_OPERA = "rock opera"
# The genres, styles and formats that a rule reads.
_TELLING_TAGS = GATE_STYLES | _SINGLE_FORMATS | {STAGE_AND_SCREEN, _ROCK_OPERA}


@dataclass(frozen=True)
class Typing:
    """The kind of a release, and how clearly it claims to be for a film.

    `kind` is one of RELEASE_KINDS (lake/silver.py).

    `claim` is `film` (the title says so), `soundtrack` (title or style), `screen` (only the genre
    or a loose style) or `none`.
    """

    kind: str
    claim: str


@dataclass(frozen=True)
class _Signs:
    """The signs on a release: its title's words and meanings, folded styles and formats."""

    text: str
    parsed: ParsedTitle
    said: Set[str]
    styles: Set[str]
    formats: Set[str]
    claim: str

    def any_said(self, wanted: Collection[str]) -> bool:
        """Whether the title's phrases mean any of these."""
        return any(meaning in self.said for meaning in wanted)

    def any_aside(self, meaning: str) -> bool:
        """Whether a phrase or a bracket of its own matches the pattern."""
        brackets = (form.full for form in self.parsed.forms if form.form == "bracket")
        return any(pattern(meaning, each) for each in (*self.parsed.phrases, *brackets))

    def names(self, form: str) -> bool:
        """Whether the title has a reading of that form."""
        return any(each.form == form for each in self.parsed.forms)


def _says(meaning: str) -> Callable[[_Signs], bool]:
    return lambda signs: pattern(meaning, signs.text)


def _unless_film(meaning: str) -> Callable[[_Signs], bool]:
    """The pattern, unless the title also says that it is for a film."""
    return lambda signs: signs.claim != "film" and pattern(meaning, signs.text)


def _is_game(signs: _Signs) -> bool:
    """`Saturn` and `Arcade` name a platform only within a phrase or a bracket of their own."""
    tails = [form.full for form in signs.parsed.forms if form.form == "tail"]
    marked = (
        pattern("game", signs.text)
        or "video game music" in signs.styles
        or signs.any_aside("platform")
        # `Spy Kids: The Game`, but not The Rules of the Game.
        or "the game" in tails
    )
    return marked and signs.claim != "film"


def _is_stage(signs: _Signs) -> bool:
    rock_opera = _ROCK_OPERA in signs.styles and FILM_STYLES.isdisjoint(signs.styles)
    marked = rock_opera or pattern("stage", signs.text) or signs.any_aside("stage_aside")
    return signs.claim != "film" and marked


def _is_tv(signs: _Signs) -> bool:
    marked = (
        not _TV_STYLES.isdisjoint(signs.styles)
        or pattern("tv", signs.text)
        or signs.any_aside("tv_aside")
    )
    return signs.claim != "film" and marked


def _is_title_song(signs: _Signs) -> bool:
    is_single = bool(_SINGLE_FORMATS & signs.formats) and not signs.any_said(_STRONG)
    return signs.names("from") or is_single or pattern("single", signs.text)


def _is_musical(signs: _Signs) -> bool:
    only_musical = "musical" in signs.styles and FILM_STYLES.isdisjoint(signs.styles)
    return only_musical and not signs.any_said(_STRONG)


def _is_score(signs: _Signs) -> bool:
    of_score = not {"score", "film score"}.isdisjoint(signs.styles)
    return "score" in signs.said or (of_score and "soundtrack" not in signs.said)


# The first rule that holds gives the kind; a release without one is a soundtrack.
_KIND_RULES: tuple[tuple[str, Callable[[_Signs], bool]], ...] = (
    ("tribute", _says("tribute")),
    # `Music Inspired By The Novel` pays homage to a book, whose film may come decades later.
    ("tribute", _unless_film("of_a_book")),
    ("stage", _is_stage),
    ("game", _is_game),
    ("tv", _is_tv),
    ("compilation", _unless_film("compilation")),
    ("title_song", _is_title_song),
    ("stage", _is_musical),
    ("compilation", lambda signs: signs.names("part")),
    ("film_songs", lambda signs: "songs" in signs.said or pattern("songs", signs.text)),
    ("film_score", _is_score),
)


def type_release(
    album_title: str,
    genres: Collection[str],
    styles: Collection[str],
    formats: Collection[str],
) -> Typing:
    """The kind of a release and its claim; nulls and empty lists are simply no evidence.

    Patterns have word boundaries: `game` once dropped The Hunger Games and The Imitation Game.
    """
    is_tagged = bool(genres or styles)
    return _type(album_title, _telling(genres), _telling(styles), _telling(formats), is_tagged)


def _telling(tags: Collection[str]) -> frozenset[str]:
    return _TELLING_TAGS.intersection(map(fold, tags))


# An album's pressings differ in tags that no rule reads, and the rules take longer than a lookup.
@lru_cache(maxsize=100_000)
def _type(
    album_title: str,
    genres: frozenset[str],
    styles: frozenset[str],
    formats: frozenset[str],
    is_tagged: bool,
) -> Typing:
    text, parsed = " ".join(words(album_title)), read_album_title(album_title)
    said = meanings([word for phrase in parsed.phrases for word in (*words(phrase), "")])
    claim = _claim(text, said, genres, styles)
    signs = _Signs(text, parsed, said, styles, formats, claim)
    # A theme `from X` names its work as clearly as a soundtrack does.
    if claim == "screen" and "theme" in said and signs.names("from"):
        signs = replace(signs, claim="soundtrack")
    if claim == "none" and is_tagged:
        return Typing("not_soundtrack", claim)
    kind = next((kind for kind, holds in _KIND_RULES if holds(signs)), "soundtrack")
    if claim == "none":
        # The export of a collection has no tags: the composer may show what an album is.
        kind = UNMARKED if kind == "soundtrack" else "not_soundtrack"
    return Typing(kind, signs.claim)


def _claim(text: str, said: Collection[str], genres: Set[str], styles: Set[str]) -> str:
    says_soundtrack = not _STRONG.isdisjoint(said) or pattern("soundtrack", text)
    if says_soundtrack and (pattern("film", text) or "film" in said):
        return "film"
    if says_soundtrack or styles & FILM_STYLES:
        return "soundtrack"
    if STAGE_AND_SCREEN in genres or styles & GATE_STYLES:
        return "screen"
    return "none"
