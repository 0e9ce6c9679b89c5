"""Curves agree with the evaluation that they refine."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_assets.matching.evaluation import Label, evaluate, judge_links
from capstone_assets.report.curves import (
    at_recall,
    at_threshold,
    best_links,
    best_point,
    calibration,
    calibration_error,
    curve,
)


def link(film_id: int, release_id: int, score: float = 0.9) -> dict:
    return {"film_id": film_id, "release_id": release_id, "score": score, "tier": "strong"}


TRUTH = [Label(1, 10, True, "a"), Label(2, 11, True, "a"), Label(3, 12, True, "a")]


def test_a_higher_threshold_trades_recall_for_precision():
    points = curve([link(1, 10, 0.9), link(9, 11, 0.6), link(3, 12, 0.3)], TRUTH)

    assert [(p.threshold, p.precision.value, p.recall.value) for p in points] == [
        (0.9, 1.0, 1 / 3),
        (0.6, 1 / 2, 1 / 3),
        (0.3, 2 / 3, 2 / 3),
    ]


def test_links_of_equal_score_come_in_one_point():
    [point] = curve([link(1, 10, 0.9), link(9, 11, 0.9)], TRUTH)

    assert (point.precision.hits, point.precision.total) == (1, 2)


def test_a_release_counts_once_by_its_best_film():
    links = [link(9, 10, 0.4), link(1, 10, 0.8), link(2, 10, 0.8)]

    assert best_links(links) == [link(1, 10, 0.8)]
    assert len(curve(links, TRUTH)) == 1


def test_a_link_is_wrong_for_a_release_without_film_and_for_a_denied_pair_only():
    labels = [Label(None, 10, True, "studio"), Label(5, 11, False, "remake")]

    judged = judge_links([link(1, 10), link(5, 11), link(6, 11), link(7, 99)], labels)

    assert [(each.release_id, each.right) for each in judged] == [(10, False), (11, False)]


def test_the_best_point_has_the_best_f1_and_an_unreachable_recall_has_no_point():
    points = curve([link(1, 10, 0.9), link(2, 11, 0.8), link(9, 12, 0.1)], TRUTH)

    best = best_point(points)
    assert best is not None
    assert (best.threshold, best.f1) == (0.8, 0.8)
    reached = at_recall(points, 0.5)
    assert reached is not None
    assert reached.threshold == 0.8
    assert at_recall(points, 0.9) is None


def test_a_threshold_between_scores_keeps_the_links_above_it():
    points = curve([link(1, 10, 0.9), link(9, 11, 0.6)], TRUTH)

    kept = at_threshold(points, 0.7)
    assert kept is not None
    assert kept.precision.total == 1
    assert at_threshold(points, 0.95) is None


def test_calibration_sets_the_promise_of_a_tenth_beside_what_it_holds():
    links = [link(1, 10, 0.91), link(9, 11, 0.99), link(3, 12, 0.35), link(7, 99, 0.5)]

    low, high = calibration(links, TRUTH)

    assert (low.lowest, low.mean_score, low.right.hits) == (0.3, 0.35, 1)
    assert (high.lowest, round(high.mean_score, 9), high.right.value) == (0.9, 0.95, 0.5)


def test_a_certain_link_falls_into_the_last_tenth():
    [certain] = calibration([link(1, 10, 1.0)], TRUTH)

    assert certain.lowest == 0.9


film_ids, release_ids = st.integers(1, 4), st.integers(10, 16)


@st.composite
def labels_without_contradictions(draw):
    labels = []
    for release_id in draw(st.sets(release_ids)):
        truth = draw(st.none() | st.just(0) | film_ids)
        if truth != 0:
            labels.append(Label(truth, release_id, True, "a"))
        denied = draw(st.sets(film_ids)) - {truth}
        labels.extend(Label(film_id, release_id, False, "b") for film_id in denied)
    return labels


# The evaluation draws its interval a thousand times, which takes milliseconds.
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(link, film_ids, release_ids, st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0])),
        min_size=1,
        max_size=12,
    ),
    labels_without_contradictions(),
)
def test_the_lowest_threshold_counts_what_the_evaluation_counts(links, labels):
    measured = evaluate(best_links(links), labels).overall
    points = curve(links, labels)

    assert measured.precision.total == (points[-1].precision.total if points else 0)
    if points:
        assert points[-1].precision == measured.precision
        assert points[-1].recall == measured.recall


def test_the_calibration_error_is_the_mean_distance_over_the_links():
    # A tenth that promises .95 and holds 1 of 2, and one that promises .2 and holds 0 of 1.
    links = [link(1, 10, 0.95), link(9, 11, 0.95), link(9, 12, 0.2)]

    error = calibration_error(calibration(links, TRUTH))

    assert error == pytest.approx((2 * 0.45 + 0.2) / 3)
    assert calibration_error([]) is None
