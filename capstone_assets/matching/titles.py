"""Read a written title: who it is by, what it names, and every form it may be matched in.

Belongs here: splitting artist from title, stripping soundtrack phrases, title forms of releases
and films.
Not here: folding (text.py), what kind of release it is (gate.py), whether two titles agree
(comparisons.py).

A phrase is not looked up whole, because catalogs write it in endless ways. It is a run of words
that all belong to the vocabulary of phrases.json and that hold at least one word that names music
or film.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from itertools import pairwise

from capstone_assets.matching.text import ARTICLES, fold, front_article, joined, tidy, words

_VOCABULARY = json.loads(
    resources.files("capstone_assets.matching").joinpath("phrases.json").read_text("utf-8")
)
_HEADS = {meaning: frozenset(found) for meaning, found in _VOCABULARY["head"].items()}
_HEAD_PAIRS = {meaning: frozenset(found) for meaning, found in _VOCABULARY["pairs"].items()}
_ALL_HEADS = frozenset().union(*_HEADS.values())
_STARTS = frozenset(_VOCABULARY["start"]) | _ALL_HEADS
_INSIDE = _STARTS | frozenset(_VOCABULARY["inside"])
_NOISE = frozenset(_VOCABULARY["noise"])
_FROM = frozenset(_VOCABULARY["from"])
_MEDIA_TAIL = frozenset(_VOCABULARY["media_tail"])
_BRANDS = frozenset(_VOCABULARY["brands"])
# Words that catalogs add to a title and leave out at will.
SMALL_WORDS = frozenset(_VOCABULARY["small"])
_GOES_ON = SMALL_WORDS | {"by", "with", "or", "who"}
_PATTERNS = {
    meaning: re.compile("|".join(found)) for meaning, found in _VOCABULARY["patterns"].items()
}
_SPACED = re.compile("|".join(map(re.escape, sorted(_VOCABULARY["spaced"], key=len, reverse=True))))

# Words that make a run a phrase even without a bracket or a separator before it.
_STRONG_MEANINGS = frozenset({"soundtrack", "score", "album"})
_MODIFIERS = frozenset(_VOCABULARY["modifiers"])
# `Music`, `theme` and `songs` open many titles; only with a `from` behind do they lead to a film.
_CONNECTORS = _FROM | frozenset(
    {"of", "to", "for", "film", "movie", "picture", "soundtrack", "score", "ost", "bof"}
)

_NAMES_MUSIC = frozenset({"music", "score", "songs", "soundtrack"})
_BEFORE_MAKER = frozenset({("from", "the"), ("for", "the"), ("to", "the")})

# `Rocky: Part III OST`: what opens so belongs to the title, whatever follows.
_NUMBERED_PIECES = frozenset({"part", "chapter", "episode", "book"})

_BRACKETED = re.compile(r"[(\[{【（]([^()\[\]{}【】（）]*)[)\]}】）]")
_SEPARATOR = re.compile(r"\s*(:|;|\||~|\s-\s|\s-|-\s|\s/\s|,\s|[!?]\s|\.\.\.\s?|\s•\s|\s·\s)\s*")
_QUOTED = re.compile(r'"([^"]+)"')
# Trainspotting #2 is the second album of Trainspotting.
_SECOND_ALBUM = re.compile(r"(?<=\w)\s#\s?\d+\b")
_EPITHET = re.compile(
    r"(?P<name>[^,]+),\s(?:the|a|an|le|la|les|l'|il|lo|gli|el|los|las|der|die|das)\b(?!.*,)",
    re.IGNORECASE,
)
_SAME_IN_ANOTHER_SCRIPT = re.compile(r"\s*=\s+|\s+=\s*")
_POSSESSIVE = re.compile(
    r"^(?:(?:[^\W\d_][\w.\-]*\s){1,3}[^\W\d_][\w.\-]*(?:'s|s')|[^\W\d_][\w\-]*(?:'s|s')(?=\sthe\s))\s(?P<rest>.+)$",
    re.IGNORECASE,
)
# Arthur's Theme, Star Wars Theme; `Love Theme` alone names nothing.
_THEME_OF = re.compile(
    r"^(?!(?:the\s)?(?:love|main|end|title)\s)(?P<named>.+?)(?:'s)?\s(?:(?:love|main|end)\s)?theme$",
    re.IGNORECASE,
)
_ARTIST_END = re.compile(r"\s[-–—]\s")
# Discogs tells namesakes apart by a number, and marks a variation of a name with a star.
_NAMESAKE = re.compile(r"\s\(\d+\)(?=\s|,|$)|\*(?=\s|,|$|&)")
_ARTIST_SPLIT = re.compile(
    r"\s*(?:,|;|/|&|\+|・|、|\bfeat\.?\s|\bfeaturing\b|\bft\.?\s|\bwith\b|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bpresents?\b|\bvs\.?\s)\s*",
    re.IGNORECASE,
)
_VARIOUS = frozenset(
    {
        "various", "various artists", "various artist", "va", "v a", "unknown artist", "unknown",
        "no artist", "verschiedene", "divers", "artisti vari", "varios", "varios artistas",
        "various composers", "original soundtrack", "soundtrack", "ost", "original cast",
        "original motion picture soundtrack", "オムニバス", "various production", "cast",
    }
)  # fmt: skip

# Whole forms name the work; partial forms name a piece of it and are weaker evidence.
WHOLE_FORMS = frozenset({"whole", "alias", "bracket", "part", "from", "cut", "unbranded"})
PARTIAL_FORMS = frozenset({"head", "tail", "opening"})


@dataclass(frozen=True)
class TitleForm:
    """One way to read a title: its words, and how they were got (`form`)."""

    words: tuple[str, ...]
    form: str

    @cached_property
    def full(self) -> str:
        """The words joined, articles included."""
        return " ".join(self.words)

    @cached_property
    def key(self) -> str:
        """The match key: without a leading English article, unless nothing would be left."""
        bare = self.words[1:] if len(self.words) > 1 and self.words[0] in ARTICLES else self.words
        return " ".join(bare)

    @cached_property
    def joined(self) -> str:
        """The key without spaces: `spider man` and `spiderman` are joined alike."""
        return joined(self.key)


@dataclass(frozen=True)
class ParsedTitle:
    """An album title read: its forms, best first, and the phrases that were stripped."""

    forms: tuple[TitleForm, ...]
    phrases: tuple[str, ...]

    @property
    def core(self) -> str:
        """The key of the first form: what the album is called without soundtrack phrases."""
        return self.forms[0].key if self.forms else ""

    @property
    def whole_keys(self) -> tuple[str, ...]:
        """The keys of whole forms, best first, each once."""
        return _unique(form.key for form in self.forms if form.form in WHOLE_FORMS)

    @property
    def partial_keys(self) -> tuple[str, ...]:
        """The keys of heads and tails that are no whole form, each once."""
        whole = set(self.whole_keys)
        partial = (form.key for form in self.forms if form.form in PARTIAL_FORMS)
        return _unique(key for key in partial if key not in whole)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def split_artist(title: str) -> tuple[str | None, str]:
    """`Artist - Title` at its first dash with spaces; the artist is None when there is none."""
    tidied = title.strip()
    if found := _ARTIST_END.search(tidied):
        artist, album = tidied[: found.start()].strip(), tidied[found.end() :].strip()
        if artist and album:
            return artist, album
    return None, tidied


def split_names(credit: str | None) -> tuple[str, ...]:
    """The names of a credit, without Discogs' namesake numbers; none for `Various`."""
    if not credit or is_various(credit):
        return ()
    bare = _NAMESAKE.sub("", tidy(credit))
    return tuple(name for name in (part.strip() for part in _ARTIST_SPLIT.split(bare)) if name)


def is_various(credit: str | None) -> bool:
    """Whether the credit names nobody: none at all, `Various`, `Unknown Artist`."""
    return not credit or " ".join(words(_NAMESAKE.sub("", credit))) in _VARIOUS


def meanings(found: Sequence[str]) -> frozenset[str]:
    """What the words say: film, score, songs, soundtrack, music, theme."""
    pairs = {f"{first} {second}" for first, second in pairwise(found)}
    return frozenset(
        [meaning for meaning, heads in _HEADS.items() if heads.intersection(found)]
        + [meaning for meaning, heads in _HEAD_PAIRS.items() if heads & pairs]
    )


def pattern(meaning: str, text: str) -> bool:
    """Whether folded text holds a pattern of phrases.json: tribute, stage, game, tv, film, ..."""
    return bool(_PATTERNS[meaning].search(text))


def _in_vocabulary(found: Sequence[str], vocabulary: frozenset[str]) -> bool:
    return all(word in vocabulary or word.rstrip("stndrh").isdigit() for word in found)


def _is_phrase(found: Sequence[str]) -> bool:
    """Whether all the words make up a soundtrack phrase and nothing else."""
    if not found:
        return False
    if _in_vocabulary(found, _INSIDE) and meanings(found):
        return True
    # `Music by Hans Zimmer`, `Composed by ...`.
    opening = meanings(found[:2])
    if found[1:2] == ("by",) and (opening & _NAMES_MUSIC or found[0] == "composed"):
        return True
    # `Music for the Luca Guadagnino Film`, but not `Music from Scary Movie`.
    names_maker = any(pair in _BEFORE_MAKER for pair in pairwise(found))
    return bool(opening & _NAMES_MUSIC) and names_maker and found[-1] in _MEDIA_TAIL


def _is_noise(found: Sequence[str]) -> bool:
    return bool(found) and _in_vocabulary(found, _NOISE)


def _rests_after_lead(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What is left behind a leading phrase, longest first: `Music from the film X` gives `X`."""
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


def _stem_before_phrase(found: tuple[str, ...]) -> tuple[str, ...] | None:
    """What comes before a phrase that more words follow: `Wonderwall Music By George Harrison`."""
    for start in range(1, len(found) - 1):
        said = meanings(found[start : start + 1])
        if "soundtrack" in said or (found[start + 1] == "by" and said & _NAMES_MUSIC):
            stem = found[:start]
            while len(stem) > 1 and stem[-1] in _MODIFIERS:
                stem = stem[:-1]
            return stem if any(word not in ARTICLES for word in stem) else None
    return None


def _stems_before_tail(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What is left before a trailing phrase: `X Original Soundtrack` gives `X`.

    Shortest phrase first, for a title may end in a word of phrases (`The Sound of Music`), but no
    title ends in `original`.
    """
    for start in range(len(found) - 1, 0, -1):
        if not _in_vocabulary(found[start : start + 1], _INSIDE):
            return
        tail, stem = found[start:], found[:start]
        names_work = any(word not in ARTICLES for word in stem)
        said = meanings(tail)
        # `Heavy Metal The Score`: an article opens no longer phrase than that.
        opens_phrase = tail[0] in _STARTS and (tail[0] not in ARTICLES or len(tail) == 2)
        if names_work and opens_phrase and stem[-1] not in _MODIFIERS and said & _STRONG_MEANINGS:
            yield stem


@dataclass(frozen=True)
class _Segment:
    separator: str
    text: str
    words: tuple[str, ...]


def _segments(text: str) -> list[_Segment]:
    pieces = _SEPARATOR.split(text)
    separators = ["", *(piece.strip() or "-" for piece in pieces[1::2])]
    return [
        _Segment(separator, piece, words(piece))
        for separator, piece in zip(separators, pieces[::2], strict=True)
        if words(piece)
    ]


def _concatenated(segments: Sequence[_Segment]) -> tuple[str, ...]:
    return tuple(word for segment in segments for word in segment.words)


def _is_apposition(segment: _Segment) -> bool:
    """Behind a colon or dash comes a subtitle; behind a comma the same title goes on."""
    return segment.separator in {":", "-", "~", "|", ";", "!", "?"}


def _without_brand(text: str, found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The title without who presents it: `Disney's X`, `Tim Burton's X`, `Marvel Studios' X`.

    `found` are the words of `text`, maybe without those of a phrase at their end.
    """
    end = 0
    while end < len(found) - 1 and found[end] in _BRANDS:
        end += 1
    ends = {end}
    if possessive := _POSSESSIVE.match(tidy(text)):
        ends.add(len(words(text)) - len(words(possessive["rest"])))
    if "presents" in found:
        ends.add(found.index("presents") + 1)
    for end in sorted(ends - {0}):
        # Weekend at Bernie's II without its possessive is no title.
        if any(not word.isdigit() for word in found[end:]):
            yield found[end:]


def _subtitle_forms(
    segments: Sequence[_Segment], numbers_of: Callable[[Sequence[str]], frozenset[str]]
) -> Iterator[TitleForm]:
    """Heads and tails of a title in pieces; `numbers_of` says which numbers tell works apart."""
    for position, segment in enumerate(segments):
        if position and _is_apposition(segment):
            # Without its `Part II` a title is that of another film.
            kept = [numbers_of(each.words) for each in segments[:position]]
            dropped = [numbers_of(each.words) for each in segments[position:]]
            if frozenset().union(*dropped) <= frozenset().union(*kept):
                yield TitleForm(_concatenated(segments[:position]), "head")
            yield TitleForm(_concatenated(segments[position:]), "tail")


def _all_numbers(found: Sequence[str]) -> frozenset[str]:
    return frozenset(filter(str.isdigit, found))


def sequel_numbers(found: Sequence[str]) -> frozenset[str]:
    """The numbers among an album title's words that tell a film from its sequel.

    They open or close a piece, or follow `part` and the like: `Songs From District 12 And Beyond`
    has none. That of a volume tells the album from the next one of the same film.
    """
    last = len(found) - 1
    return frozenset(
        word
        for position, word in enumerate(found)
        if word.isdigit()
        and (position in {0, last} or found[position - 1] in _NUMBERED_PIECES)
        and (position == 0 or found[position - 1] != "volume")
    )


def _without_volume(found: tuple[str, ...]) -> tuple[str, ...]:
    """`Le Grand Bleu Vol. 2` without its volume; empty when it has none or is nothing else."""
    is_volume = len(found) > 2 and found[-2] == "volume" and found[-1].isdigit()
    return found[:-2] if is_volume else ()


def _take_brackets(text: str) -> tuple[str, list[str]]:
    """The text outside brackets, and the text of each bracket."""
    groups: list[str] = []
    while found := _BRACKETED.search(text):
        groups.append(found[1].strip())
        text = f"{text[: found.start()]} {text[found.end() :]}"
    return tidy(text), [group for group in groups if group]


def _keep(segments: list[_Segment]) -> tuple[list[_Segment], list[str]]:
    """The segments that name the work, and the phrases among the rest."""
    kept, phrases = [], []
    for position, segment in enumerate(segments):
        numbered = segment.words[0] in _NUMBERED_PIECES
        if not numbered and _is_phrase(segment.words) and (position or len(segments) > 1):
            phrases.append(segment.text)
        elif position and _is_noise(segment.words) and not segment.words[-1].isdigit():
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
        if _is_phrase(words(around)):
            return quoted[1], [around.strip()]
    return text, []


def _read_one(text: str) -> tuple[list[TitleForm], list[str]]:
    outside, groups = _take_brackets(text)
    outside, around = _unquote(outside)
    segments = _segments(outside)
    kept, phrases = _keep(segments) if segments else ([], [])
    phrases.extend(around)
    core = _concatenated(kept)
    forms: list[TitleForm] = []
    extra: list[TitleForm] = []
    for group in groups:
        inside = words(group)
        rests = list(_rests_after_lead(inside)) if not _is_phrase(inside) else []
        if _is_phrase(inside) or not inside:
            phrases.append(group)
        elif rests:
            phrases.append(group)
            extra.extend(TitleForm(rest, "from") for rest in rests)
        elif stems := list(_stems_before_tail(inside)):
            phrases.append(group)
            extra.extend(TitleForm(stem, "bracket") for stem in stems)
        elif not _is_noise(inside) or inside[-1].isdigit():
            forms.append(TitleForm((*core, *inside), "whole"))
            extra.append(TitleForm(inside, "bracket"))
    # The first phrase ends the title: Chainsaw Man: Reze Arc Original Soundtrack - Summer's End.
    read = [(position, list(_stems_before_tail(each.words))) for position, each in enumerate(kept)]
    ended, stems = next((each for each in read if each[1]), (0, []))
    before = _concatenated(kept[:ended])
    if stems:
        phrases.append(" ".join(kept[ended].words[len(stems[0]) :]))
    cut = [
        TitleForm((*before, *stem), "whole" if n == 0 else "cut") for n, stem in enumerate(stems)
    ]
    whole = TitleForm(core, "cut" if cut else "whole")
    forms = [*cut, whole, *forms] if not forms or cut else [whole, *forms]
    if not cut and (stem := _stem_before_phrase(core)):
        forms.append(TitleForm(stem, "cut"))
    if len(kept) < len(segments):
        # What reads as a phrase may be the film's own: Star Trek: The Motion Picture.
        forms.append(TitleForm(_concatenated(segments), "cut"))
    # Superman The Movie; a title of those words alone keeps them.
    if len(core) > 2 and core[-2] == "the" and core[-1] in _MEDIA_TAIL:
        forms.append(TitleForm(core[:-2], "cut"))
    leads = list(_rests_after_lead(cut[0].words if cut else core))
    if leads:
        phrases.append(" ".join(core[: len(core) - len(leads[0])]))
    forms.extend(TitleForm(rest, "cut") for rest in leads)
    for quoted in _QUOTED.findall(outside):
        if (inside := words(quoted)) and inside != core:
            forms.append(TitleForm(inside, "from" if phrases else "bracket"))
    forms.extend(extra)
    parts = re.split(r"\s/\s", outside)
    for part in parts:
        if theme := _THEME_OF.match(part):
            phrases.append("theme")
            forms.append(TitleForm(words(theme["named"]), "from"))
    if len(parts) > 1:
        for part in parts:
            named, _ = _keep(_segments(part))
            part_words = _concatenated(named)
            forms.append(TitleForm(next(_stems_before_tail(part_words), part_words), "part"))
    named_text = ", ".join(segment.text for segment in kept)
    forms.extend(
        TitleForm(bare, "unbranded") for bare in _without_brand(named_text, forms[0].words)
    )
    forms.extend(_subtitle_forms(kept, sequel_numbers))
    stems = [form.words for form in forms if form.form in {"whole", "cut", "head"}]
    forms.extend(TitleForm(_without_volume(stem), "head") for stem in stems)
    return [form for form in forms if form.words], phrases


def _distinct(forms: Iterable[TitleForm]) -> tuple[TitleForm, ...]:
    """The forms without repeated words; of two equal ones the first stays, for it is the better."""
    seen: dict[tuple[str, ...], TitleForm] = {}
    for form in forms:
        seen.setdefault(form.words, form)
    return tuple(seen.values())


@lru_cache(maxsize=100_000)
def read_album_title(title: str) -> ParsedTitle:
    """Read the title part of a release, in any of the languages of phrases.json.

    Never fails: a title that is all phrase (`The Score`) keeps its own words.
    """
    # Japanese and Chinese write the phrase without a space before it.
    tidied = _SECOND_ALBUM.sub("", tidy(title))
    spaced = _SPACED.sub(lambda found: f" {found[0]} ", tidied)
    forms: list[TitleForm] = []
    phrases: list[str] = []
    for position, alias in enumerate(_SAME_IN_ANOTHER_SCRIPT.split(spaced)):
        read, found = _read_one(front_article(alias))
        phrases.extend(found)
        forms.extend(
            TitleForm(form.words, "alias") if position and form.form == "whole" else form
            for form in read
        )
    return ParsedTitle(_distinct(forms), _unique(fold(phrase) for phrase in phrases))


def _opening(found: tuple[str, ...]) -> tuple[str, ...] | None:
    """What a long title goes by: The French Dispatch (of the Liberty, Kansas Evening Sun).

    It ends before a word that goes on, holds at least two telling words, and leaves out at least
    three words and no number.
    """
    for end in range(2, len(found) - 2):
        telling = [word for word in found[:end] if word not in SMALL_WORDS]
        if len(telling) > 1 and found[end] in _GOES_ON and found[end - 1] not in _GOES_ON:
            return found[:end] if not _all_numbers(found[end:]) else None
    return None


@lru_cache(maxsize=100_000)
def read_film_title(title: str) -> ParsedTitle:
    """Read a film's title: whole, without its presenter or bracket, and the pieces it goes by."""
    text = front_article(tidy(title))
    outside, groups = _take_brackets(text)
    forms = [TitleForm(words(text), "whole")]
    if groups and any(not word.isdigit() for word in words(outside)):
        forms.append(TitleForm(words(outside), "unbranded"))
    forms.extend(TitleForm(bare, "unbranded") for bare in _without_brand(text, words(text)))
    if " / " in text:
        forms.extend(TitleForm(words(part), "alias") for part in text.split(" / "))
    forms.extend(_subtitle_forms(_segments(outside), _all_numbers))
    if epithet := _EPITHET.match(outside):
        forms.append(TitleForm(words(epithet["name"]), "head"))
    if alternative := re.match(r"(.+?),?\s+or:?,?\s+(.+)", outside):
        forms.extend(
            (TitleForm(words(alternative[1]), "head"), TitleForm(words(alternative[2]), "tail"))
        )
    if opening := _opening(words(outside)):
        forms.append(TitleForm(opening, "opening"))
    return ParsedTitle(_distinct(form for form in forms if form.words), ())
