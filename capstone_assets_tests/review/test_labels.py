import datetime as dt

from capstone_assets.matching.overrides import LINK, REJECT, Override
from capstone_assets.review.labels import judge_decisions


def decided(count: int, right: bool, first: int) -> list[Override]:
    what = LINK if right else REJECT
    day = dt.date(2026, 11, 26)
    return [Override(n, n, what, "Ann", day, "why") for n in range(first, first + count)]


def scored(decisions: list[Override], tier: str, score: float) -> list[dict]:
    return [
        {"film_id": d.film_id, "release_id": d.release_id, "tier": tier, "score": score}
        for d in decisions
    ]


def test_each_tier_has_its_precision_with_an_interval():
    good, bad = decided(8, True, 1), decided(2, False, 100)

    found = judge_decisions(
        [*scored(good, "probable", 0.6), *scored(bad, "probable", 0.6)], [*good, *bad]
    )

    probable = found.by_tier["probable"]
    assert (probable.hits, probable.total, probable.value) == (8, 10, 0.8)
    assert "probable  people linked 8 of 10: 80.0%, 95% interval 49.0% to 94.3%" in found.render()


def test_enough_right_pairs_justify_the_score_from_which_they_begin():
    good, bad = decided(200, True, 1), decided(40, False, 1000)
    rows = [*scored(good, "probable", 0.7), *scored(bad, "review", 0.3)]

    found = judge_decisions(rows, [*good, *bad])

    assert found.threshold == 0.7
    assert "They justify a threshold of 0.700: people linked 200 of 200" in found.render()


def test_few_right_pairs_justify_nothing_however_right_they_are():
    good = decided(20, True, 1)

    found = judge_decisions(scored(good, "probable", 0.7), good)

    assert found.threshold is None
    assert "Decide more pairs" in found.render()
