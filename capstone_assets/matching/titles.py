"""Read a written title: what it names, and every form it may be matched in.

Belongs here: stripping soundtrack phrases, brackets, title forms of releases and films.
Not here: folding (text.py), the phrases themselves (phrases.py), who a release is by (credits.py),
what kind of release it is (gate.py), whether two titles agree (comparisons.py).

blocking.py finds pairs by the keys of whole and partial forms alone: every spelling that
should meet another (number words, fractions, symbols, both sets of Han characters) must end in the
same key here, in `TitleForm.key`.

A reading is a list of rules. Each reads one thing, and yields the forms that follow from it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from capstone_assets.matching.brackets import Brackets, read_brackets, year_named
from capstone_assets.matching.phrases import (
    BRANDS,
    CONTINUES,
    MEDIA_TAIL,
    NUMBERED_PIECES,
    SMALL_WORDS,
    SPACED,
    is_carrier,
    is_noise,
    is_phrase,
    is_tag,
    rest_behind_film,
    rests_after_lead,
    stem_before_phrase,
    stems_before_tail,
)
from capstone_assets.matching.text import (
    ARTICLES,
    fold,
    front_article,
    joined,
    key_of_words,
    symbols,
    tidy,
    words,
)

_SEPARATOR = re.compile(r"\s*(:|;|\||~|\s-\s|\s-|-\s|\s/\s|,\s|[!?]\s|\.\.\.\s?|\s•\s|\s·\s)\s*")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_LONGEST_OWNER = 4
_OWNED = re.compile(r"(?:'s|s')\s")
_QUOTED = re.compile(r'"([^"]+)"')
_EPITHET = re.compile(
    r"(?P<name>[^,]+),\s(?:the|a|an|le|la|les|l'|il|lo|gli|el|los|las|der|die|das)\b(?!.*,)",
    re.IGNORECASE,
)
_SAME_IN_ANOTHER_SCRIPT = re.compile(r"\s*=\s+|\s+=\s*")
_POSSESSIVE = re.compile(
    r"^(?:(?:[^\W\d_][\w.\-]*\s){1,3}[^\W\d_][\w.\-]*(?:'s|s')|[^\W\d_][\w\-]*(?:'s|s')(?=\sthe\s))\s(?P<rest>.+)$",
    re.IGNORECASE,
)
_ONE_OWNER = re.compile(r"[^\W\d_][\w\-]*(?:'s|s')\s(?P<rest>.+)")
# Arthur's Theme, Star Wars Theme; `Love Theme` alone names nothing.
_THEME_OF = re.compile(
    r"^(?!(?:the\s)?(?:love|main|end|title)\s)(?P<named>.+?)(?:'s)?\s(?:(?:love|main|end)\s)?theme$",
    re.IGNORECASE,
)
# Dr. Strangelove or: How I Learned..., Salò, ou les 120 journées de Sodome.
_ALTERNATIVE = re.compile(
    r"(.+?)(?:,?\s+or:?,?|,\s+(?:ou|oder|o|ovvero|czyli|aneb|eller|или|або)\b:?,?)\s+(.+)",
    re.IGNORECASE,
)
# Openings of a second album of the same film; a film of such a name is another.
_ADDING_TO = (("more",), ("back", "to"))
# `Trainspotting #2 (Music From The Motion Picture, Vol. #2)`: the number is that of the volume.
_NUMBER_OF_VOLUME = re.compile(
    r"\s#?(?P<number>\d)(?=\s[(\[].*\bvol(?:ume)?\.?\s?#?(?P=number)\b)", re.IGNORECASE
)
# Whole forms name the work; partial forms name a piece of it and are weaker evidence.
WHOLE_FORMS = frozenset({"whole", "alias", "bracket", "part", "from", "cut", "unbranded"})
PARTIAL_FORMS = frozenset({"head", "tail", "opening", "volume", "owned", "presented"})


@dataclass(frozen=True)
class TitleForm:
    """One way to read a title: its words, and how they were obtained (`form`)."""

    words: tuple[str, ...]
    form: str

    @cached_property
    def full(self) -> str:
        """The words joined, articles included."""
        return " ".join(self.words)

    @cached_property
    def key(self) -> str:
        """The match key: `key_of` the title."""
        return key_of_words(self.words)

    @cached_property
    def joined(self) -> str:
        """The key without spaces: `spider man` and `spiderman` are joined alike."""
        return joined(self.key)


@dataclass(frozen=True)
class ParsedTitle:
    """A title read: its forms, best first, and the phrases that were stripped.

    `year` is the year of the film that an album's title names in a bracket.
    """

    forms: tuple[TitleForm, ...]
    phrases: tuple[str, ...] = ()
    year: int | None = None

    @property
    def core(self) -> str:
        """The key of the first form: what the album is called without soundtrack phrases."""
        return self.forms[0].key if self.forms else ""

    @cached_property
    def whole_keys(self) -> tuple[str, ...]:
        """The keys of whole forms, best first, each once."""
        return _unique(form.key for form in self.forms if form.form in WHOLE_FORMS)

    @cached_property
    def partial_keys(self) -> tuple[str, ...]:
        """The keys of heads and tails other than whole forms, each once."""
        whole = set(self.whole_keys)
        partial = (form.key for form in self.forms if form.form in PARTIAL_FORMS)
        return _unique(key for key in partial if key not in whole)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


@dataclass(frozen=True)
class _Segment:
    separator: str
    text: str
    words: tuple[str, ...]


def _segments(text: str) -> list[_Segment]:
    pieces = _SEPARATOR.split(text)
    separators = ["", *(piece.strip() or "-" for piece in pieces[1::2])]
    return [
        _Segment(separator, piece, found)
        for separator, piece in zip(separators, pieces[::2], strict=True)
        if (found := words(piece))
    ]


def _concatenated(segments: Sequence[_Segment]) -> tuple[str, ...]:
    return tuple(word for segment in segments for word in segment.words)


def _is_apposition(segment: _Segment) -> bool:
    """Behind a colon or dash comes a subtitle; behind a comma the same title continues."""
    return segment.separator in {":", "-", "~", "|", ";", "!", "?"}


def _unbranded_forms(text: str, found: tuple[str, ...]) -> Iterator[TitleForm]:
    """The title without its presenter: `Disney's X`, `Tim Burton's X`, `Marvel Studios' X`.

    `found` are the words of `text`, maybe without those of a phrase at their end. After an owner
    that is not a brand, a single significant word is only a piece of the title: The Painter's House
    is not House.
    """
    brand_end = 0
    while brand_end < len(found) - 1 and found[brand_end] in BRANDS:
        brand_end += 1
    ends = {brand_end}
    if possessive := _owned_by(_POSSESSIVE, text):
        ends.add(len(words(text)) - len(words(possessive["rest"])))
    if "presents" in found:
        ends.add(found.index("presents") + 1)
    for end in sorted(ends - {0, len(found)}):
        rest = _without_medium(found[end:])
        telling = [word for word in rest if word not in SMALL_WORDS and not word.isdigit()]
        # No one owns `The Butler` in `Lee Daniels' The Butler`.
        presented = end == brand_end or rest[0] in ARTICLES
        if len(telling) > 1 or (telling and presented):
            yield TitleForm(rest, "unbranded")
        elif telling:
            yield TitleForm(rest, "presented" if _names_person(found[:end]) else "owned")


def _owned_by(owner: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The title as one with an owner in front; few have the apostrophe that makes one."""
    return owner.fullmatch(tidy(text)) if "'" in text else None


def _without_medium(found: tuple[str, ...]) -> tuple[str, ...]:
    """What is owned, without the word for it: `Ken Russell's Film Tommy`."""
    return found[1:] if len(found) > 1 and found[0] in MEDIA_TAIL else found


def _owned_forms(text: str, found: tuple[str, ...]) -> Iterator[TitleForm]:
    """The title after an owner, in words that follow a phrase: `Gordon Parks's Shaft`."""
    for owner in _OWNED.finditer(tidy(text)):
        rest = words(tidy(text)[owner.end() :])
        if rest and found[-len(rest) :] == rest and 0 < len(found) - len(rest) <= _LONGEST_OWNER:
            telling = [word for word in rest if word not in SMALL_WORDS and not word.isdigit()]
            piece = "presented" if _names_person(found[: -len(rest)]) else "owned"
            yield TitleForm(rest, "unbranded" if len(telling) > 1 else piece)


def _form_of_one_owner(text: str, found: tuple[str, ...]) -> Iterator[TitleForm]:
    """What stands behind an owner of one word, as in `Fellini's Ginger And Fred`.

    At least two significant words, because Sophie's Choice is not Choice.
    """
    if owned := _owned_by(_ONE_OWNER, text):
        rest = words(owned["rest"])
        telling = [word for word in rest if word not in SMALL_WORDS and not word.isdigit()]
        if found[1:] == rest and len(telling) > 1:
            yield TitleForm(rest, "presented")


def _names_person(owner: Sequence[str]) -> bool:
    """Whether an owner is written like a person's full name: Alfred Hitchcock, but not The Painter.

    Such an owner may present a film of one word, or be a part of its title: Charlie Wilson's War.
    """
    return len(owner) in {2, 3} and not any(
        word in SMALL_WORDS or word[0].isdigit() for word in owner
    )


def _subtitle_forms(
    segments: Sequence[_Segment], numbers_of: Callable[[Sequence[str]], frozenset[str]]
) -> Iterator[TitleForm]:
    """Heads and tails of a title in pieces; `numbers_of` says which numbers distinguish works."""
    for position, segment in enumerate(segments):
        if position and _is_apposition(segment):
            # Without its `Part II` a title is that of another film.
            kept = [numbers_of(each.words) for each in segments[:position]]
            dropped = [numbers_of(each.words) for each in segments[position:]]
            if frozenset().union(*dropped) <= frozenset().union(*kept):
                yield TitleForm(_concatenated(segments[:position]), "head")
            yield TitleForm(_concatenated(segments[position:]), "tail")


def _numbered_forms(segments: Sequence[_Segment]) -> Iterator[TitleForm]:
    """A sequel's title with its number alone, and with its subtitle alone.

    Police Academy 4: Citizens on Patrol is Police Academy 4, and Wall Street: Money Never Sleeps is
    called Wall Street 2: Money Never Sleeps. A longer number is the title's own.
    """
    if len(segments) < 2:
        return
    head, tail = _concatenated(segments[:1]), _concatenated(segments[1:])
    if len(head) > 1 and len(head[-1]) == 1 and head[-1].isdigit() and _is_telling(tail):
        yield TitleForm(head, "unbranded")
        yield TitleForm((*head[:-1], *tail), "cut")


def _is_telling(found: Sequence[str]) -> bool:
    return any(word not in SMALL_WORDS and not word.isdigit() for word in found)


def _all_numbers(found: Sequence[str]) -> frozenset[str]:
    return frozenset(filter(str.isdigit, found))


def sequel_numbers(found: Sequence[str]) -> frozenset[str]:
    """The numbers among an album title's words that distinguish a film from its sequel.

    They open or close a piece, or follow `part` and the like: `Songs From District 12 And Beyond`
    has none. The number of a volume distinguishes albums of the same film. `The Second Chapter` is
    2.
    """
    last = len(found) - 1
    ordinals = (
        word.rstrip("stndrh")
        for word, following in pairwise(found)
        if following in NUMBERED_PIECES and _ORDINAL.fullmatch(word)
    )
    return frozenset(ordinals) | frozenset(
        word
        for position, word in enumerate(found)
        if word.isdigit()
        and (position in {0, last} or found[position - 1] in NUMBERED_PIECES)
        and (position == 0 or found[position - 1] != "volume")
    )


def _without_volume(found: tuple[str, ...]) -> tuple[str, ...]:
    """The words before a volume, as in `Le Grand Bleu Vol. 2`; empty if there are none."""
    for position in range(1, len(found) - 1):
        if found[position] == "volume" and found[position + 1].isdigit():
            return found[:position]
    return ()


def _without_episode(found: tuple[str, ...]) -> tuple[str, ...]:
    """`Star Wars: Episode IV - A New Hope` without the number; else empty."""
    for position in range(1, len(found) - 2):
        if found[position] == "episode" and found[position + 1].isdigit():
            return (*found[:position], *found[position + 2 :])
    return ()


def _names_edition(found: Sequence[str]) -> bool:
    """Whether a piece names no work: `Deluxe Edition`, `Disc 2`; `Part 2` is of a sequel."""
    return is_carrier(found) or (is_noise(found) and not found[-1].isdigit())


def _keep(segments: list[_Segment]) -> tuple[list[_Segment], list[str]]:
    """The segments that name the work, and the phrases among the rest."""
    kept, phrases = [], []
    for position, segment in enumerate(segments):
        numbered = segment.words[0] in NUMBERED_PIECES
        if not numbered and is_phrase(segment.words) and (position or len(segments) > 1):
            phrases.append(segment.text)
        elif position and _names_edition(segment.words):
            continue
        else:
            kept.append(segment)
    if not kept:
        # A film may be called The Score or Music: the first segment then is the title.
        return segments[:1], phrases[1:]
    return kept, phrases


def _unquote(text: str) -> tuple[str, list[str]]:
    """`Colonna Sonora Originale Del Film "X"` is X, and the phrase around it."""
    quoted = _QUOTED.search(text)
    if quoted and words(quoted[1]):
        around = f"{text[: quoted.start()]} {text[quoted.end() :]}"
        if is_phrase(words(around)):
            return quoted[1], [around.strip()]
    return text, []


@dataclass(frozen=True)
class _Parts:
    """A title taken apart: its brackets, the segments outside them, and those that name the work.

    `phrases` are what was stripped on the way: segments, and the words around a quoted title.
    """

    outside: str
    brackets: Brackets
    segments: tuple[_Segment, ...]
    kept: tuple[_Segment, ...]
    phrases: tuple[str, ...]

    @cached_property
    def core(self) -> tuple[str, ...]:
        """The words that name the work, a phrase at their end included."""
        return _concatenated(self.kept) or symbols(self.outside)

    @cached_property
    def ended(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """The title up to its first phrase, best first, and the phrase.

        The first phrase ends the title: Chainsaw Man: Reze Arc Original Soundtrack - Summer's End.
        """
        for position, segment in enumerate(self.kept):
            if stems := list(stems_before_tail(segment.words)):
                before = _concatenated(self.kept[:position])
                return [(*before, *stem) for stem in stems], segment.words[len(stems[0]) :]
        return [], ()

    @cached_property
    def named_text(self) -> str:
        """The text that names the work."""
        return ", ".join(segment.text for segment in self.kept)


@dataclass(frozen=True)
class _Reading:
    """What one rule reads: forms of the title, and the phrases that they were freed from."""

    forms: tuple[TitleForm, ...] = ()
    phrases: tuple[str, ...] = ()


def _take_apart(text: str) -> _Parts:
    brackets = read_brackets(text)
    outside, around = _unquote(brackets.outside)
    segments = _segments(outside)
    kept, phrases = _keep(segments) if segments else ([], [])
    return _Parts(outside, brackets, tuple(segments), tuple(kept), (*phrases, *around))


def _read_bracket(group: str, core: tuple[str, ...]) -> tuple[tuple[TitleForm, ...], _Reading]:
    """The whole title with the bracket in it, and what the bracket alone says."""
    inside = words(group)
    if not inside or is_phrase(inside):
        return (), _Reading(phrases=(group,))
    if rests := list(rests_after_lead(inside)):
        return (), _Reading(tuple(TitleForm(rest, "from") for rest in rests), (group,))
    if stems := list(stems_before_tail(inside)):
        titles = (TitleForm(stem, "bracket") for stem in stems if not is_tag(stem))
        return (), _Reading(tuple(titles), (group,))
    return (TitleForm((*core, *inside), "whole"),), _Reading((TitleForm(inside, "bracket"),))


def _read_whole(parts: _Parts, bracketed: Sequence[TitleForm]) -> _Reading:
    """The title without its phrases; `bracketed` are its forms with a bracket read in."""
    ended, phrase = parts.ended
    if not ended:
        return _Reading((TitleForm(parts.core, "whole"), *bracketed))
    first, *others = ended
    cut = (TitleForm(first, "whole"), *(TitleForm(each, "cut") for each in others))
    return _Reading((*cut, TitleForm(parts.core, "cut"), *bracketed), (" ".join(phrase),))


def _read_before_phrase(parts: _Parts) -> _Reading:
    if parts.ended[0] or not (stem := stem_before_phrase(parts.core)):
        return _Reading()
    return _Reading((TitleForm(stem, "cut"),))


def _read_with_phrase(parts: _Parts) -> _Reading:
    """What reads as a phrase may be the film's own: Star Trek: The Motion Picture."""
    if len(parts.kept) == len(parts.segments):
        return _Reading()
    return _Reading((TitleForm(_concatenated(parts.segments), "cut"),))


def _read_the_movie(parts: _Parts) -> _Reading:
    """Superman The Movie; a title of those words alone keeps them."""
    core = parts.core
    for ending in (2, 3):
        said = core[-ending:]
        if len(core) > ending and said[0] == "the" and said[-1] in MEDIA_TAIL and is_phrase(said):
            return _Reading((TitleForm(core[:-ending], "cut"),))
    return _Reading()


def _read_after_lead(parts: _Parts) -> _Reading:
    ended, _ = parts.ended
    rests = list(rests_after_lead(ended[0] if ended else parts.core))
    if not rests:
        rest = rest_behind_film(parts.core)
        return _Reading((TitleForm(rest, "from"),)) if rest and not ended else _Reading()
    phrase = " ".join(parts.core[: len(parts.core) - len(rests[0])])
    owned = _owned_forms(parts.named_text, rests[0])
    return _Reading((*(TitleForm(rest, "cut") for rest in rests), *owned), (phrase,))


def _read_quoted(parts: _Parts, phrases: Sequence[str]) -> _Reading:
    """A quoted title; behind a phrase it says what the music is from."""
    quoted = [words(each) for each in _QUOTED.findall(parts.outside)]
    form = "from" if any(phrases) else "bracket"
    return _Reading(tuple(TitleForm(each, form) for each in quoted if each and each != parts.core))


def _read_theme(parts: _Parts) -> _Reading:
    if "theme" not in parts.outside.lower():
        return _Reading()
    themes = [
        theme for part in re.split(r"\s/\s", parts.outside) if (theme := _THEME_OF.match(part))
    ]
    forms = tuple(TitleForm(words(theme["named"]), "from") for theme in themes)
    return _Reading(forms, ("theme",) * len(themes))


def _read_two_films(parts: _Parts) -> _Reading:
    """Both titles of `A / B`."""
    titles = re.split(r"\s/\s", parts.outside) if "/" in parts.outside else ()
    if len(titles) < 2:
        return _Reading()
    named = [_concatenated(_keep(_segments(title))[0]) for title in titles]
    return _Reading(tuple(TitleForm(next(stems_before_tail(each), each), "part") for each in named))


def _volume_forms(parts: _Parts, whole: tuple[str, ...]) -> Iterator[TitleForm]:
    """What the album adds to: `More Dirty Dancing`, `Back To Titanic`, `X: Awesome Mix Vol. 1`."""
    for opening in _ADDING_TO:
        if whole[: len(opening)] == opening:
            yield TitleForm(whole[len(opening) :], "volume")
    if len(parts.kept) > 1:
        last = parts.kept[-1].words
        if len(last) > 2 and last[-2] == "volume" and last[-1].isdigit():
            named = _concatenated(parts.kept[:-1])
            yield TitleForm(named, "volume")
            yield TitleForm((*named, *last[-2:]), "cut")


def _read_pieces(parts: _Parts, forms: Sequence[TitleForm]) -> _Reading:
    """The title without presenter, subtitle or volume."""
    found = list(_volume_forms(parts, forms[0].words))
    found.extend(_unbranded_forms(parts.named_text, forms[0].words))
    found.extend(_form_of_one_owner(parts.named_text, forms[0].words))
    found.extend(_subtitle_forms(parts.kept, sequel_numbers))
    found.extend(form for form in _numbered_forms(parts.kept) if form.form == "cut")
    found.extend(
        TitleForm(_without_episode(form.words), "cut") for form in forms if form.form == "whole"
    )
    stems = [form.words for form in (*forms, *found) if form.form in {"whole", "cut", "head"}]
    return _Reading((*found, *(TitleForm(_without_volume(stem), "volume") for stem in stems)))


def _joined(read: Iterable[_Reading]) -> _Reading:
    """Several readings as one, in their order."""
    listed = list(read)
    return _Reading(
        tuple([form for each in listed for form in each.forms]),
        tuple([phrase for each in listed for phrase in each.phrases]),
    )


def _read_one(text: str) -> _Reading:
    """All rules on a title that names one work; earlier forms are the better readings."""
    parts = _take_apart(text)
    brackets = [_read_bracket(group, parts.core) for group in parts.brackets.asides]
    bracketed = _joined(reading for _, reading in brackets)
    named = _joined(
        [
            _Reading(phrases=(*parts.phrases, *bracketed.phrases)),
            _read_whole(parts, [form for whole, _ in brackets for form in whole]),
            _read_before_phrase(parts),
            _read_with_phrase(parts),
            _read_the_movie(parts),
            _read_after_lead(parts),
        ]
    )
    quoted = _read_quoted(parts, named.phrases)
    further = [_Reading(bracketed.forms), _read_theme(parts), _read_two_films(parts)]
    read = _joined([named, quoted, *further])
    return _joined([read, _read_pieces(parts, read.forms)])


def _distinct(forms: Iterable[TitleForm]) -> tuple[TitleForm, ...]:
    """The forms without repeated words; of two equal ones the first stays, which is the better."""
    seen: dict[tuple[str, ...], TitleForm] = {}
    for form in forms:
        seen.setdefault(form.words, form)
    return tuple(seen.values())


@lru_cache(maxsize=100_000)
def read_album_title(title: str) -> ParsedTitle:
    """Read the title part of a release, in any of the languages of phrases.json.

    Never fails: a title that is all phrase (`The Score`) keeps its own words.
    """
    written = _NUMBER_OF_VOLUME.sub(r" Vol. \g<number>", tidy(title))
    spaced = SPACED.sub(lambda found: f" {found[0]} ", written)
    forms: list[TitleForm] = []
    phrases: list[str] = []
    for position, alias in enumerate(_SAME_IN_ANOTHER_SCRIPT.split(spaced)):
        read = _read_one(front_article(alias))
        phrases.extend(read.phrases)
        forms.extend(
            TitleForm(form.words, "alias") if position and form.form == "whole" else form
            for form in read.forms
            if form.words
        )
    # A year at the end of a phrase may be the title's: Original Soundtrack 2001: A Space Odyssey.
    dated = (year_named(phrase) for phrase in phrases if not phrase[-1].isdigit())
    year = read_brackets(spaced).year or next(filter(None, dated), None)
    return ParsedTitle(_distinct(forms), _unique(map(fold, phrases)), year)


def _opening(found: tuple[str, ...]) -> tuple[str, ...] | None:
    """The short name of a long title: The French Dispatch (of the Liberty, Kansas Evening Sun).

    It ends before a word that continues a phrase, has at least two significant words, and leaves
    out at least three words and no number.
    """
    for end in range(2, len(found) - 2):
        telling = [word for word in found[:end] if word not in SMALL_WORDS]
        if len(telling) > 1 and found[end] in CONTINUES and found[end - 1] not in CONTINUES:
            return found[:end] if not _all_numbers(found[end:]) else None
    return None


@lru_cache(maxsize=100_000)
def read_film_title(title: str) -> ParsedTitle:
    """Read a film's title: whole, without its presenter or bracket, and in pieces."""
    brackets = read_brackets(front_article(tidy(title)))
    text, outside = brackets.in_place, brackets.outside
    whole = words(text) or symbols(text)
    forms = [TitleForm(whole, "whole"), TitleForm(_without_episode(whole), "unbranded")]
    if any(not word.isdigit() for word in words(outside)):
        forms.append(TitleForm(words(outside), "unbranded"))
    forms.extend(_unbranded_forms(text, whole))
    if " / " in text:
        forms.extend(TitleForm(words(part), "alias") for part in text.split(" / "))
    segments = _segments(outside)
    forms.extend(_numbered_forms(segments))
    forms.extend(_subtitle_forms(segments, _all_numbers))
    if epithet := _EPITHET.match(outside):
        forms.append(TitleForm(words(epithet["name"]), "head"))
    if alternative := _ALTERNATIVE.match(text):
        forms.extend(
            (TitleForm(words(alternative[1]), "head"), TitleForm(words(alternative[2]), "tail"))
        )
    if opening := _opening(words(outside)):
        forms.append(TitleForm(opening, "opening"))
    return ParsedTitle(_distinct(form for form in forms if form.words))
