"""Compare groups of films with all others: how popular and how well rated each is.

Belongs here: ranks, medians, intervals and tests, on NumPy.
Not here: which films have which music (enrichment.py).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# The statistics of a composer with fewer films would mean nothing.
_FEWEST_FILMS_OF_A_COMPOSER = 2

Film = Mapping[str, Any]


def compare_tags(films: Iterable[Film]) -> Iterator[dict[str, Any]]:
    """Yield the rows of gold/genre_popularity from films with a soundtrack."""
    listed = list(films)
    for tag, column in (("genre", "music_genres"), ("style", "music_styles")):
        yield from ({"tag": tag, **row} for row in _compare_names(listed, column, fewest=1))


def compare_composers_of(films: Iterable[Film]) -> Iterator[dict[str, Any]]:
    """Yield the rows of gold/composer_popularity from films with a soundtrack."""
    return _compare_names(list(films), "composers", fewest=_FEWEST_FILMS_OF_A_COMPOSER)


def _compare_names(films: Sequence[Film], column: str, fewest: int) -> Iterator[dict[str, Any]]:
    """The statistics of each name in a list column that at least `fewest` films have."""
    rated = [film["vote_average"] if (film["vote_count"] or 0) > 0 else None for film in films]
    # As floats: None becomes NaN.
    popularity = Ranked(np.array([film["popularity"] for film in films], float))
    rating = Ranked(np.array(rated, float))
    having: dict[str, list[int]] = defaultdict(list)
    for position, film in enumerate(films):
        for name in dict.fromkeys(film[column] or ()):
            having[name].append(position)
    for name, positions in sorted(having.items()):
        if len(positions) >= fewest:
            yield {
                "name": name,
                "films": len(positions),
                "rated_films": sum(rated[position] is not None for position in positions),
                **popularity.compare("popularity", positions),
                **rating.compare("rating", positions),
            }


class Ranked:
    """A measure of all films, ranked once, so that many groups can be compared with the rest."""

    def __init__(self, values: npt.NDArray[np.float64]) -> None:
        """`values` are the films' in any order; NaN of a film without one."""
        known = ~np.isnan(values)
        _, of_value, ties = np.unique(values[known], return_inverse=True, return_counts=True)
        self._values, self._count = values, int(known.sum())
        # Equal values share the mean of their ranks.
        self._ranks = np.full(len(values), np.nan)
        self._ranks[known] = (np.cumsum(ties) - (ties - 1) / 2)[of_value]
        self._tied = float((ties.astype(float) ** 3 - ties).sum())

    def compare(self, measure: str, positions: Sequence[int]) -> dict[str, Any]:
        """Compare the measure of the films at those positions with all others.

        Returns `median_<measure>` with the 95% interval `<measure>_low`, `<measure>_high` (order
        statistics: Conover, Practical Nonparametric Statistics, 3.2), and the Mann-Whitney test's
        `<measure>_effect`, U / (n1 n2): the chance that a film of the group has the higher value,
        and `<measure>_p_value`, two-sided, by the normal approximation with corrections for ties
        and continuity. A figure that too few values leave undefined is None.
        """
        chosen = np.asarray(positions, int)
        ours = chosen[~np.isnan(self._values[chosen])]
        median = low = high = None
        if len(ours):
            values = self._values[ours]
            median = float(np.median(values))
            low, high = _interval_of_median(values)
        effect, p_value = self._test(ours)
        return {
            f"median_{measure}": median,
            f"{measure}_low": low,
            f"{measure}_high": high,
            f"{measure}_effect": effect,
            f"{measure}_p_value": p_value,
        }

    def _test(self, ours: npt.NDArray[np.int_]) -> tuple[float | None, float | None]:
        n, n1 = self._count, len(ours)
        n2 = n - n1
        if not n1 or not n2:
            return None, None
        u = float(self._ranks[ours].sum()) - n1 * (n1 + 1) / 2
        variance = n1 * n2 / 12 * ((n + 1) - self._tied / (n * (n - 1)))
        if not variance:
            return 0.5, 1.0
        distance = max(abs(u - n1 * n2 / 2) - 0.5, 0.0)
        # Twice the upper tail of the normal distribution.
        return u / (n1 * n2), math.erfc(distance / math.sqrt(2 * variance))


def _interval_of_median(values: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The 95% interval of a median; None, None of fewer than six values."""
    n = len(values)
    # P(X <= k) of the binomial distribution with p = 1/2, from the ratios of its neighbors.
    of_values = np.arange(n)
    logs = np.cumsum(np.log((n - of_values) / (of_values + 1))) - n * math.log(2)
    cumulative = np.cumsum(np.exp(np.concatenate(([-n * math.log(2)], logs))))
    below = int((cumulative < 0.025).sum())
    if not below:
        return None, None
    ordered = np.sort(values)
    return float(ordered[below - 1]), float(ordered[n - below])
