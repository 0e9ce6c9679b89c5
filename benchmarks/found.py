"""The result of a way to link.

Belongs here: the one type that linkers and measurement share.
Not here: either of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """Links (`film_id`, `release_id`, `tier`, `score`) and the seconds that finding them took.

    `needs_threshold`: the links are all that were scored, and the code that measures chooses the
    threshold, by the labels if it may.
    """

    links: Sequence[Mapping[str, Any]]
    seconds: float
    needs_threshold: bool = False
