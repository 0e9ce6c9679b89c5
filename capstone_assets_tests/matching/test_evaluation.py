"""What a label judges, and the figures that follow."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.matching.evaluation import (
    InvalidLabelsError,
    Label,
    evaluate,
    read_labels,
    share,
)


def link(film_id: int, release_id: int, tier: str = "strong") -> dict[str, object]:
    return {"film_id": film_id, "release_id": release_id, "tier": tier, "score": 0.9}


def test_a_link_to_another_film_than_the_labeled_one_is_wrong():
    found = evaluate([link(2, 10), link(1, 11)], [Label(1, 10, True, "a"), Label(1, 11, True, "a")])

    assert (found.overall.precision.hits, found.overall.precision.total) == (1, 2)
    assert (found.overall.recall.hits, found.overall.recall.total) == (1, 2)
    assert found.overall.f1 == 0.5


def test_a_negative_label_judges_its_own_pair_only():
    labels = [Label(1, 10, False, "near")]

    assert evaluate([link(2, 10)], labels).judged == 0
    assert evaluate([link(1, 10)], labels).overall.precision.value == 0.0


def test_any_link_of_a_release_that_belongs_to_no_film_is_wrong():
    found = evaluate([link(7, 10)], [Label(None, 10, True, "studio")])

    assert found.overall.precision.value == 0.0
    assert found.overall.recall.total == 0


def test_a_release_without_a_label_is_not_judged():
    assert evaluate([link(1, 99)], [Label(1, 10, True, "a")]).judged == 0


def test_review_is_not_a_link():
    found = evaluate([link(1, 10, "review")], [Label(1, 10, True, "a")])

    assert (found.links, found.overall.recall.value) == (0, 0.0)


def test_tiers_kinds_and_decades_have_figures_of_their_own():
    links = [link(1, 10), link(2, 11, "probable"), link(9, 12, "probable")]
    labels = [Label(1, 10, True, "easy"), Label(2, 11, True, "hard"), Label(3, 12, True, "hard")]

    found = evaluate(links, labels, {1: 1984, 2: 1999, 3: None})

    assert found.by_tier["strong"].precision.value == 1.0
    assert found.by_tier["probable"].precision.value == 0.5
    assert found.by_tier["probable"].recall.total == 3
    assert found.by_kind["hard"].precision.total == 2
    assert set(found.by_decade) == {"1980s", "1990s", "unknown"}


def test_a_release_of_two_films_is_found_when_either_is_linked():
    both = [Label(11, 10, True, "two_films"), Label(1891, 10, True, "two_films")]

    for film_id in (11, 1891):
        found = evaluate([link(film_id, 10)], both).overall
        assert (found.precision.value, found.recall.value, found.recall.total) == (1.0, 1.0, 1)
    assert evaluate([], both).overall.recall.total == 1


def test_a_release_of_two_films_is_still_wanted_when_one_is_not_listed():
    either_order = [Label(None, 10, True, "two_films"), Label(1891, 10, True, "two_films")]

    for labels in (either_order, either_order[::-1]):
        found = evaluate([link(1891, 10)], labels).overall
        assert (found.precision.value, found.recall.value, found.recall.total) == (1.0, 1.0, 1)


def test_the_evaluation_of_nothing_has_no_figures_and_no_error():
    found = evaluate([], [])

    assert found.overall.f1 is None
    assert found.as_dict()["overall"]["precision"]["value"] is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_contains_its_share(hits: int, extra: int):
    found = share(hits, hits + extra)

    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12 <= 1 + 1e-9


def test_the_wilson_interval_of_nine_in_ten_is_the_published_one():
    found = share(9, 10)

    assert (found.low, found.high) == pytest.approx((0.5958, 0.9821), abs=1e-4)


def labels_file(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, "utf-8")
    return path


def test_labels_are_read_with_a_blank_film_for_no_film(tmp_path):
    path = labels_file(
        tmp_path, "film_tmdb_id,release_id,label,kind\n218,10,1,easy\n,11,1,studio\n218,12,0,near\n"
    )

    assert read_labels(path) == (
        Label(218, 10, True, "easy"),
        Label(None, 11, True, "studio"),
        Label(218, 12, False, "near"),
    )


def test_all_faults_of_the_labels_are_listed(tmp_path):
    path = labels_file(
        tmp_path,
        "film_tmdb_id,release_id,label,kind\nx,10,1,a\n1,,2,a\n,3,0,a\n1,5,1,a\n1,5,0,a\n,5,1,a\n",
    )

    with pytest.raises(InvalidLabelsError) as raised:
        read_labels(path)

    assert raised.value.faults == (
        'line 2: film_tmdb_id is "x", it must be an id or empty',
        'line 3: release_id is "", it must be an id',
        'line 3: label is "2", it must be 0 or 1',
        "line 4: label 0 needs a film",
        "film 1 and release 5 are labeled both 0 and 1",
        "release 5 belongs to a film and to none",
    )


def test_the_printed_table_has_the_figures_with_their_intervals():
    found = evaluate([link(1, 10), link(9, 11)], [Label(1, 10, True, "a"), Label(2, 11, True, "a")])

    lines = found.render().splitlines()
    assert lines[0] == "2 links, 2 judged by 2 labels"
    assert lines[1].split() == ["precision", "recall", "F1"]
    assert [line.split()[0] for line in lines[2:4]] == ["all", "strong"]
    assert "50.0% [9.5%, 90.5%] of 2" in found.render()


def test_the_interval_of_f1_is_that_of_resampling_the_releases():
    right = [link(number, number) for number in range(1, 91)]
    labels = [Label(number, number, True, "a") for number in range(1, 101)]

    found = evaluate(right, labels).overall

    # Drawn by hand: recall of 100 is 0.90 +- 0.03, and F1 = 2 r / (1 + r) where no link is wrong.
    assert found.f1 == pytest.approx(180 / 190)
    # A thousand draws come as near as this to a hundred thousand; twenty draws do not.
    assert (found.f1_low, found.f1_high) == pytest.approx((0.913, 0.9796), abs=0.0005)
    assert evaluate(right, labels).overall == found
