import pytest

from capstone_assets.lake.silver import FILMS
from capstone_assets.matching.overrides import LINK, REJECT
from capstone_assets.review.cases import (
    OutdatedPairError,
    Review,
    decisions_for_other_film,
    decisions_on,
)
from capstone_assets_tests.review.conftest import DEL_TORO, PINOCCHIO, TODAY, WILLOW, film
from capstone_assets_tests.stored_rows import store_rows


def test_the_pressings_of_an_album_are_one_case(lake):
    [pair] = Review(lake).pairs()

    assert (pair.film_id, pair.release_ids) == (PINOCCHIO, (501, 502))


def test_a_case_has_both_sides_their_pages_the_evidence_and_the_near_miss(lake):
    review = Review(lake)

    case = review.case(review.pairs()[0])

    assert case.film_url == "https://www.themoviedb.org/movie/10895"
    assert case.release_url == "https://www.discogs.com/release/501"
    assert case.master_url == "https://www.discogs.com/master/77"
    assert case.film["composers"] == ["Leigh Harline"]
    assert [miss.film_id for miss in case.near_misses] == [DEL_TORO]
    assert abs(sum(each.weight for each in case.evidence) - case.match_weight) < 1e-9
    weights = [abs(each.weight) for each in case.evidence]
    assert weights == sorted(weights, reverse=True)


def test_the_effect_of_a_decision_is_shown_before_it_is_made(lake):
    review = Review(lake)
    [pair] = review.pairs()

    accepted = review.effect(pair, decisions_on(pair, LINK, "Ann", "why", TODAY), ())
    moved = review.effect(pair, decisions_for_other_film(pair, WILLOW, "Ann", "why", TODAY), ())

    assert accepted[0].startswith("2 releases: ")
    assert accepted[0].endswith("→ strong link to Pinocchio (1940)")
    assert moved[0].endswith("→ strong link to Willow (1988)")


def test_a_pair_that_silver_has_no_longer_is_a_sentence(lake):
    review = Review(lake)
    [pair] = review.pairs()
    store_rows(lake, FILMS, "1940", [])

    with pytest.raises(
        OutdatedPairError, match="Various - Pinocchio waits for review as Pinocchio, "
    ):
        review.case(pair)


def test_a_film_whose_row_was_written_again_is_shown_as_it_is_now(lake):
    review = Review(lake)
    [pair] = review.pairs()
    before = review.case(pair)

    store_rows(lake, FILMS, "1940", [film(PINOCCHIO, "Pinocchio", 1940, ["Paul J. Smith"])])

    assert before.film["composers"] == ["Leigh Harline"]
    assert review.case(pair).film["composers"] == ["Paul J. Smith"]


def test_what_is_decided_no_longer_waits(lake):
    review = Review(lake)
    [pair] = review.pairs()

    assert review.pairs(decisions_on(pair, LINK, "Ann", "why", TODAY)) == []
    assert review.pairs(decisions_on(pair, REJECT, "Ann", "why", TODAY)) == []


def test_one_rejected_pressing_leaves_the_other_in_the_queue(lake):
    review = Review(lake)
    [pair] = review.pairs()

    [rest] = review.pairs(decisions_on(pair, REJECT, "Ann", "why", TODAY)[:1])

    assert rest.release_ids == (502,)


def test_a_decided_pair_is_measured_by_its_score_without_the_decision(lake):
    review = Review(lake)
    [pair] = review.pairs()
    by_hand = decisions_for_other_film(pair, WILLOW, "Ann", "why", TODAY)

    rows = list(review.undisturbed([*decisions_on(pair, REJECT, "Ann", "why", TODAY), *by_hand]))

    assert {row["film_id"]: row["score"] for row in rows}[WILLOW] == 0.0
    assert 0 < rows[0]["score"] < 1
