"""Read the credit of a release.

Belongs here: splitting artist and album, the names of a credit, credits that name no one.
Not here: comparing names (people.py), reading the album's title (titles.py).
"""

import re

from capstone_assets.matching.text import tidy, words

_ARTIST_END = re.compile(r"\s[-–—]\s")
# Discogs numbers namesakes, and marks a variation of a name with a star.
_NAMESAKE = re.compile(r"\s\(\d+\)(?=\s|,|$)|\*(?=\s|,|$|&)")
_ARTIST_SPLIT = re.compile(
    r"\s*(?:,|;|/|&|\+|・|、|\bfeat\.?\s|\bfeaturing\b|\bft\.?\s|\bwith\b|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bpresents?\b|\bvs\.?\s)\s*",
    re.IGNORECASE,
)
_VARIOUS = frozenset(
    {
        "various", "various artists", "various artist", "va", "v a", "unknown artist", "unknown",
        "no artist", "verschiedene", "divers", "artisti vari", "varios", "varios artistas",
        "various artistes", "various artistic", "artistes varies", "artistes divers", "diversos",
        "varios interpretes", "varios autores", "vv aa", "vvaa", "aa vv", "aavv", "vari", "diverse",
        "diverse artister", "diverse artisten", "diverse interpreten", "verschiedene interpreten",
        "verschillende artiesten", "rozni wykonawcy", "razni izvodaci", "razni izvajalci", "ruzni",
        "cesitli sanatcilar", "eri esittajia", "разные исполнители", "сборник", "群星", "合辑",
        "various performers", "various singers", "multi interpretes", "interpreti vari",
        "various composers", "original soundtrack", "soundtrack", "ost", "original cast",
        "original motion picture soundtrack", "オムニバス", "various production", "cast",
    }
)  # fmt: skip


def split_artist(title: str) -> tuple[str | None, str]:
    """Split `Artist - Title` at its first dash with spaces; the artist is None without one."""
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
    """Whether the credit names no one: none at all, `Various`, `Unknown Artist`."""
    return not credit or " ".join(words(_NAMESAKE.sub("", credit))) in _VARIOUS
