"""Thresholds for the asset checks.

Belongs here: numbers, with what they mean.
Not here: what is compared with them (orchestration/checks.py).
"""

from dataclasses import dataclass
from datetime import timedelta

# What a strong link promises when some films are missing from the list, as from every user's list.
# Links measure .98 and more there: below .97 it is not chance, something broke.
STRONG_PRECISION_FLOOR = 0.97
# Among fewer links a single wrong one falls below the floor: there the whole interval must.
FEWEST_JUDGED = 50

# How far the scores of a run may be distributed from those that the weights were fitted on: the
# share of the links that would have to move to another band (total variation distance). Measured:
# .03 to .08 for catalogs as they are, .46 for real records when no composer is known.
MOST_SCORES_MOVED = 0.2

# A table may lose this share of its rows from one run to the next: sources delete little.
MOST_ROWS_LOST = 0.2
# The share of a column's values that may become null from one run to the next.
MOST_VALUES_LOST = 0.1
# Points by which the linked films of a decade, or the strong among all links, may fall.
MOST_SHARE_LOST = 0.1
# A decade with fewer films is not judged.
FEWEST_FILMS = 20

# Below this share of films with a soundtrack the links are hardly worth having.
LOWEST_FILM_COVERAGE = 0.01

# The share of a source's rows that cannot be read from which a person should look, and beyond which
# its shape has changed, so that nothing is made of it. Fewer rows than that never block.
QUARANTINED_TO_LOOK_AT = 0.01
MOST_QUARANTINED = 0.2
FEWEST_QUARANTINED = 20

# TMDB may answer with the date of a region, which for few films is in another year.
MOST_DATES_ELSEWHERE = 0.05

# A page is good for a week (LandingConfig); the run that fetches it again may take a day more.
OLDEST_NEWEST_PAGE = timedelta(days=8)


@dataclass(frozen=True)
class MatchRateBounds:
    """How many of the film soundtracks may be linked before a person should look.

    Shares, 0 to 1. Almost none means that a source or the normalizer broke. All of them means
    that the gate or the score lets everything through: some films are always missing. `fewest`
    film soundtracks are needed before a share says anything: three of three is chance.
    """

    lowest: float = 0.05
    highest: float = 0.99
    fewest: int = 50
