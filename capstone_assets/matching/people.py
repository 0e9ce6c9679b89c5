"""Whether two names as they are written may be those of one person.

Belongs here: a name prepared for comparing, transliterations, initials, duos.
Not here: splitting a credit into names (credits.py), what a shared name says about a film
(comparisons.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz import fuzz

from capstone_assets.matching.text import script_of, words

# Longest first; of what remains single letters agree.
_TRANSLITERATIONS = (
    *(("dsch", "j"), ("dzh", "j"), ("tsch", "ch"), ("tch", "ch"), ("sch", "sh"), ("kh", "h")),
    *(("ck", "k"), ("ph", "f"), ("ou", "u"), ("w", "v"), ("y", "i"), ("j", "i"), ("ii", "i")),
)
# In percent. Thomas and David Newman are alike by 70, Bernard Herrmann and Bernhard Hermann by 94.
_NEARLY_ONE_NAME = 90


@dataclass(frozen=True)
class NamedPerson:
    """A name prepared for comparing; the order of its words does not count."""

    name: str

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the name."""
        return frozenset(words(self.name))

    @cached_property
    def script(self) -> str:
        """The script the name is written in."""
        return script_of(self.name)

    @cached_property
    def joined(self) -> frozenset[str]:
        """The name without spaces, in both orders: Jung Jae-il is Jung Jaeil and Jae-il Jung."""
        found = words(self.name)
        return frozenset({"".join(found), "".join((*found[1:], *found[:1]))})

    @property
    def surname(self) -> str:
        """The last word as written; for names written surname first it is the given name."""
        return words(self.name)[-1] if words(self.name) else ""

    @property
    def initial(self) -> str:
        """The first letter."""
        return (words(self.name) or ("",))[0][:1]


def is_misspelled(person: NamedPerson, other: NamedPerson) -> bool:
    """Whether two full names differ in little but their spelling: Bernhard Hermann."""
    one, two = (sorted(map(_as_heard, each.words)) for each in (person, other))
    if len(one) < 2 or [word[0] for word in one] != [word[0] for word in two]:
        return False
    return fuzz.ratio(" ".join(one), " ".join(two)) >= _NEARLY_ONE_NAME


def is_one_of(person: NamedPerson, people: Sequence[NamedPerson]) -> bool:
    """Whether one of the people has that name, whatever the order of its words or its spaces."""
    return any(
        person.words == other.words or not person.joined.isdisjoint(other.joined)
        for other in people
    )


def may_be_one(person: NamedPerson, other: NamedPerson) -> bool:
    """Whether both may be one person: Ghibran and M. Ghibran, J. Williams and John Williams."""
    same_surname = person.surname == other.surname and person.initial == other.initial
    shorter, longer = sorted((person.words, other.words), key=len)
    has_long_word = any(len(word) > 4 for word in shorter)
    if same_surname or (shorter and shorter <= longer and has_long_word):
        return True
    # Transliterations differ: Eduard Artemyev and Edward Artemjew.
    one, two = (" ".join(sorted(map(_as_heard, each.words))) for each in (person, other))
    return min(len(one), len(two)) > 7 and fuzz.ratio(one, two) >= 80


@lru_cache(maxsize=100_000)
def _as_heard(word: str) -> str:
    """A word of a name as English, French and German transliterations write it alike.

    Tchaikovsky, Tchaïkovski and Tschaikowski; Yanchenko and Jantschenko.
    """
    for written, heard in _TRANSLITERATIONS:
        word = word.replace(written, heard)
    return word


def is_duo(artist: NamedPerson, composers: Sequence[NamedPerson]) -> bool:
    """Whether each word of the name is another composer's: Vishal-Shekhar, Ajay-Atul."""
    if len(artist.words) < 2 or len(composers) < 2:
        return False
    named = [composer for composer in composers if composer.words & artist.words]
    one_each = all(len(composer.words & artist.words) == 1 for composer in named)
    return one_each and len(named) == len(artist.words)
