import pytest

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.matching.evaluation import Label
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.quality.judgements import (
    SCORE_BANDS,
    STRONG_PRECISION,
    MatchRate,
    judge_film_coverage,
    judge_match_rate,
    judge_scores,
    judge_strong_precision,
    match_rate,
    score_shares,
)
from capstone_assets.quality.thresholds import FEWEST_JUDGED
from capstone_assets_tests.orchestration.check_runs import (
    broken,
    bundled_links,
    strong_link,
    write_links,
)
from capstone_assets_tests.stored_rows import store_rows


def test_the_match_rate_counts_links_by_tier_and_leaves_out_television(lakehouse):
    write_links(lakehouse, ["strong", "strong", "probable"], soundtracks=4)

    rate = match_rate(lakehouse, lakehouse.scan(MATCHES, ["release_id", "tier"]))

    assert rate == MatchRate(
        candidates=4, soundtracks=4, linked_soundtracks=3, strong=2, probable=1
    )
    assert (rate.linked_share_of_soundtracks, rate.strong_share_of_candidates) == (0.75, 0.5)


def test_of_the_albums_without_tags_the_match_rate_counts_those_that_are_linked(lakehouse):
    kinds = ["soundtrack", "unmarked", "unmarked", "unmarked"]
    rows = [{"release_id": each, "kind": kind} for each, kind in enumerate(kinds, start=1)]
    store_rows(lakehouse, SOUNDTRACKS, "1999", rows)
    store_rows(lakehouse, CANDIDATES, "1999", [{"release_id": 2}])
    store_rows(lakehouse, MATCHES, "1999", [{"release_id": 2, "tier": "strong"}])

    rate = match_rate(lakehouse, lakehouse.scan(MATCHES, ["release_id", "tier"]))

    assert (rate.soundtracks, rate.linked_share_of_soundtracks) == (2, 0.5)


@pytest.mark.parametrize(
    ("strong", "holds"), [(0, False), (5, True), (50, True), (99, True), (100, False)]
)
def test_almost_no_links_fail_the_bounds_and_so_do_links_for_everything(strong, holds):
    rate = MatchRate(100, 100, linked_soundtracks=strong, strong=strong, probable=0)

    finding = judge_match_rate(rate)

    assert finding.holds is holds
    assert finding.figures["linked_share_of_soundtracks"] == strong / 100


def test_an_empty_lake_has_a_match_rate_of_zero():
    assert MatchRate(0, 0, 0, 0, 0).linked_share_of_soundtracks == 0.0


def test_a_linked_compilation_counts_as_a_link_and_as_no_linked_soundtrack(lakehouse):
    write_links(lakehouse, ["strong"], soundtracks=2)
    releases = [(0, "film_score"), (1, "soundtrack"), (2, "compilation")]
    stored = [{"release_id": number, "kind": kind} for number, kind in releases]
    store_rows(lakehouse, SOUNDTRACKS, "1999", stored)
    links = [{"release_id": 0, "tier": "strong"}, {"release_id": 2, "tier": "probable"}]
    store_rows(lakehouse, MATCHES, "1999", links)

    rate = match_rate(lakehouse, lakehouse.scan(MATCHES, ["release_id", "tier"]))

    assert (rate.linked_soundtracks, rate.strong, rate.probable) == (1, 1, 1)
    assert judge_match_rate(rate).summary.startswith("1 of 2 film soundtracks are linked (50.0%")


def test_right_links_hold_the_precision_and_links_broken_on_purpose_fail_it():
    links, labels = bundled_links(), ApisResource().labels()
    three_in_a_hundred = int(len(links) * 0.03)

    assert judge_strong_precision(links, labels).holds
    assert judge_strong_precision(broken(links, three_in_a_hundred), labels).holds
    assert not judge_strong_precision(broken(links, three_in_a_hundred + 1), labels).holds


def test_the_wrong_links_are_counted_and_some_are_shown():
    finding = judge_strong_precision(broken(bundled_links(), 200), ApisResource().labels())

    assert (finding.claim, finding.figures["wrong"]) == (STRONG_PRECISION, 200)
    assert [link["film_id"] for link in finding.figures["wrong_links"]] == [7] * 5
    assert finding.figures["precision_low"] < finding.figures["precision"]
    assert finding.figures["precision"] < finding.figures["precision_high"]


def test_one_wrong_link_of_a_few_proves_nothing_but_half_of_them_do():
    labels = [Label(n, n, True, "exact_title") for n in range(1, 21)]
    links = [strong_link(n, n) for n in range(1, 21)]

    assert judge_strong_precision(broken(links, 1), labels).holds
    assert not judge_strong_precision(broken(links, 10), labels).holds


@pytest.mark.parametrize("labels", [(), (Label(1, 99, True, "exact_title"),)])
def test_links_that_no_label_judges_pass_as_not_applicable(labels):
    finding = judge_strong_precision([strong_link(1, 1)], labels)

    assert (finding.claim, finding.holds) == (STRONG_PRECISION, True)
    assert finding.summary.startswith("Not applicable")
    assert finding.figures == ({"judged": 0} if labels else {})


@pytest.mark.parametrize(
    ("soundtracks", "linked", "holds"),
    [(49, 49, True), (49, 0, True), (3, 3, True), (0, 0, True), (50, 50, False), (50, 0, False)],
)
def test_a_match_rate_of_too_few_soundtracks_is_not_judged(soundtracks, linked, holds):
    rate = MatchRate(linked, soundtracks, linked_soundtracks=linked, strong=linked, probable=0)

    finding = judge_match_rate(rate)

    assert finding.holds is holds
    assert ("too few to judge" in finding.summary) is holds


def test_soundtracks_that_miss_their_masters_year_are_counted(lakehouse):
    write_links(lakehouse, ["strong"], soundtracks=1)
    dated: list[dict[str, object]] = [
        {"kind": "soundtrack", "master_id": 5, "year_basis": "master"},
        {"kind": "film_score", "master_id": 6, "year_basis": "pressing"},
        {"kind": "film_score", "master_id": None, "year_basis": "pressing"},
        {"kind": "tv", "master_id": 7, "year_basis": "none"},
    ]
    stored = [{**row, "release_id": number} for number, row in enumerate(dated)]
    store_rows(lakehouse, SOUNDTRACKS, "1999", stored)

    rate = match_rate(lakehouse, lakehouse.scan(MATCHES, ["release_id", "tier"]))

    assert (rate.soundtracks_with_master, rate.without_its_year) == (2, 1)
    assert judge_match_rate(rate).figures["without_its_year"] == 1


def test_scores_are_counted_in_the_band_that_begins_below_them():
    assert score_shares([0.5, 0.59, 0.6, 0.95, 0.9899, 0.99, 1.0, 0.3]) == [
        *(3 / 8, 1 / 8, 0, 0, 0, 2 / 8, 2 / 8)
    ]


@pytest.mark.parametrize(("moved", "holds"), [(0, True), (20, True), (21, False), (100, False)])
def test_scores_unlike_the_fitted_ones_are_found_beyond_a_fifth_of_the_links(moved, holds):
    fitted = [0.0] * (len(SCORE_BANDS) - 1) + [1.0]

    finding = judge_scores([0.7] * moved + [0.999] * (100 - moved), fitted)

    assert finding.holds is holds
    assert finding.figures["share_in_another_band"] == moved / 100
    assert f"{moved}% of 100 links" in finding.summary


def test_the_scores_of_a_few_links_say_nothing():
    fitted = [1.0] + [0.0] * (len(SCORE_BANDS) - 1)

    too_few = judge_scores([0.999] * (FEWEST_JUDGED - 1), fitted)
    assert too_few.holds
    assert too_few.figures == {"links": FEWEST_JUDGED - 1}
    assert not judge_scores([0.999] * FEWEST_JUDGED, fitted).holds


@pytest.mark.parametrize(
    ("films", "with_soundtrack", "holds"), [(1000, 10, True), (1000, 9, False), (0, 0, True)]
)
def test_a_hundredth_of_the_films_should_have_a_soundtrack(films, with_soundtrack, holds):
    finding = judge_film_coverage(films, with_soundtrack)

    assert finding.holds == holds
    assert finding.figures["coverage"] == pytest.approx(with_soundtrack / (films or 1))
