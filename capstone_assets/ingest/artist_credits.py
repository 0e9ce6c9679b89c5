"""Write a record's artists as Discogs' search writes them at the start of a title.

Belongs here: names and join words in, one line out.
Not here: splitting such a line (matching/credits.py).
"""

from collections.abc import Iterable

_HYPHENS = frozenset("-–—")


def artist_credit(artists: Iterable[tuple[str, str, str]]) -> str:
    """Return the artists as a title begins with them; each has a name, variation and join word.

    As in the search, a namesake keeps its number and a variation gets a star. A hyphen between
    artists becomes a comma, because " - " is where the title begins.
    """
    credit = join = ""
    for name, variation, next_join in artists:
        if credit:
            joined_by = "," if not join or join in _HYPHENS else join
            credit += f"{joined_by} " if joined_by.startswith(",") else f" {joined_by} "
        credit += f"{variation}*" if variation else name
        join = next_join.strip()
    return credit
