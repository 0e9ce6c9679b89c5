"""Compare groups of films with all others: how popular and how well rated each is.

Belongs here: ranks, medians, intervals and tests, on pandas and NumPy.
Not here: which films have which music (enrichment.py). That module imports this one only when it
computes, because pandas takes a second to import.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from capstone_assets.lake.gold import COMPOSER_POPULARITY, GENRE_POPULARITY

# The statistics of a composer with fewer films would mean nothing.
_FEWEST_FILMS_OF_A_COMPOSER = 2


def compare_tags(films: pd.DataFrame) -> pd.DataFrame:
    """Rows of gold/genre_popularity from films with a soundtrack."""
    rows = [
        {"tag": tag, **row}
        for tag, column in (("genre", "music_genres"), ("style", "music_styles"))
        for row in _compare_names(films, column, fewest=1)
    ]
    return pd.DataFrame(rows, columns=GENRE_POPULARITY.column_names)


def compare_composers_of(films: pd.DataFrame) -> pd.DataFrame:
    """Rows of gold/composer_popularity from films with a soundtrack."""
    rows = _compare_names(films, "composers", fewest=_FEWEST_FILMS_OF_A_COMPOSER)
    return pd.DataFrame(rows, columns=COMPOSER_POPULARITY.column_names)


def _compare_names(films: pd.DataFrame, column: str, fewest: int) -> Iterator[dict[str, object]]:
    """The statistics of each name in a list column that at least `fewest` films have."""
    rating = films["vote_average"].where(films["vote_count"] > 0)
    measures = {"popularity": Ranked(films["popularity"]), "rating": Ranked(rating)}
    names = films[column].explode().dropna()
    for name, having in names.groupby(names):
        rows = having.index.unique()
        if len(rows) < fewest:
            continue
        yield {
            "name": name,
            "films": len(rows),
            "rated_films": rating[rows].count(),
            **measures["popularity"].compare("popularity", rows),
            **measures["rating"].compare("rating", rows),
        }


class Ranked:
    """A measure of all films, ranked once, so that many groups can be compared with the rest."""

    def __init__(self, values: pd.Series) -> None:
        self._values = values.dropna()
        self._ranks = self._values.rank()
        ties = self._values.value_counts().to_numpy(float)
        self._tied = float((ties**3 - ties).sum())

    def compare(self, measure: str, rows: pd.Index) -> dict[str, object]:
        """Compare the measure of the films in `rows` (labels of the index) with all others.

        Returns `median_<measure>` with the 95% interval `<measure>_low`, `<measure>_high` (order
        statistics: Conover, Practical Nonparametric Statistics, 3.2), and the Mann-Whitney test's
        `<measure>_effect`, U / (n1 n2): the chance that a film of the group has the higher value,
        and `<measure>_p_value`, two-sided, by the normal approximation with corrections for ties
        and continuity. A figure that too few values leave undefined is None.
        """
        ours = self._values.index.intersection(rows)
        median = low = high = None
        if len(ours):
            values = self._values[ours]
            median = float(values.median())
            low, high = _interval_of_median(values.to_numpy())
        effect, p_value = self._test(ours)
        return {
            f"median_{measure}": median,
            f"{measure}_low": low,
            f"{measure}_high": high,
            f"{measure}_effect": effect,
            f"{measure}_p_value": p_value,
        }

    def _test(self, ours: pd.Index) -> tuple[float | None, float | None]:
        n, n1 = len(self._values), len(ours)
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
