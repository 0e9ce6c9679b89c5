import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from capstone_assets.matching.popularity import Ranked

values = st.lists(st.integers(0, 5).map(float), min_size=2, max_size=40)


@given(values, values)
def test_the_test_is_mann_whitneys(ours: list[float], others: list[float]):
    found = Ranked(np.array([*ours, *others])).compare("x", range(len(ours)))

    expected = stats.mannwhitneyu(ours, others, method="asymptotic")

    assert found["x_effect"] == pytest.approx(expected.statistic / (len(ours) * len(others)))
    if len({*ours, *others}) > 1:
        assert found["x_p_value"] == pytest.approx(expected.pvalue)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400))
def test_the_interval_of_a_median_is_that_of_its_order_statistics(ours: list[float]):
    found = Ranked(np.array(ours)).compare("x", range(len(ours)))

    expected = stats.quantile_test(ours, p=0.5).confidence_interval(0.95)

    bounds = [None if np.isnan(bound) else float(bound) for bound in expected]
    assert [found["x_low"], found["x_high"]] == bounds


def test_the_interval_of_a_median_of_many_values_is_narrow():
    # As many films as TMDB has: the smallest probability is 0 in 64 bits.
    found = Ranked(np.arange(1_000_000.0)).compare("x", range(1_000_000))

    assert (found["x_low"], found["x_high"]) == (499_019.0, 500_980.0)


def test_equal_groups_show_no_effect():
    compared = Ranked(np.array([1.0, 2.0, 3.0, 4.0] * 10)).compare("rating", range(20))

    assert compared["rating_effect"] == pytest.approx(0.5)
    assert compared["rating_p_value"] == pytest.approx(1.0)


def test_a_single_film_has_a_median_but_no_interval():
    compared = Ranked(np.array([5.0, 6.0])).compare("rating", range(1))

    assert compared["median_rating"] == 5.0
    assert (compared["rating_low"], compared["rating_high"]) == (None, None)
