"""Thresholds for the asset checks.

Belongs here: the numbers and their meaning.
Not here: what is compared with them (judgements.py, last_run.py).
"""

from datetime import timedelta

# The precision that strong links promise when some films are missing from the list, as from every
# user's list. Measured: .98 and more. Below .97 it is not chance: something broke.
STRONG_PRECISION_FLOOR = 0.97
# With fewer links a single wrong one is below the floor: then the whole interval must be below it.
FEWEST_JUDGED = 50

# How far the scores of a run may be distributed from those that the weights were fitted on: the
# share of the links that would have to move to another band (total variation distance). Measured:
# .03 to .09 for catalogs as they are, .46 for real records when no composer is known.
MOST_SCORES_MOVED = 0.2

# A table may lose this share of its rows from one run to the next: sources delete little.
MOST_ROWS_LOST = 0.2
# The share of a column's values that may become null from one run to the next.
MOST_VALUES_LOST = 0.1
# Points by which the linked films of a decade, or the strong among all links, may fall.
MOST_SHARE_LOST = 0.1
# A decade with fewer films is not judged.
FEWEST_FILMS = 20

# Below this share of films with a soundtrack the links are hardly useful.
LOWEST_FILM_COVERAGE = 0.01

# The share of unreadable rows of a source above which a person should look, and that above which
# its format has changed, so that the run stops. Fewer rows than the last figure never block.
QUARANTINED_TO_LOOK_AT = 0.01
MOST_QUARANTINED = 0.2
FEWEST_QUARANTINED = 20

# TMDB may return the date of a region, which for few films is in another year.
MOST_DATES_ELSEWHERE = 0.05

# A page is valid for a week (LandingConfig); the run that fetches it again may take another day.
OLDEST_NEWEST_PAGE = timedelta(days=8)

# The share of film soundtracks whose links are plausible. Almost none means that a source or the
# normalizer broke; all of them, that the gate or the score lets everything through: some films are
# always missing. Of fewer soundtracks a share means nothing: three of three is chance.
LOWEST_LINKED_SHARE, HIGHEST_LINKED_SHARE = 0.05, 0.99
FEWEST_SOUNDTRACKS = 50
