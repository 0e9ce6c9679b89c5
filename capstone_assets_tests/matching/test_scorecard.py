"""What the weights promise, whatever they were fitted to."""

import json
import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.catalogs import LabeledCatalog
from benchmarks.fit_scorecard import (
    CHAINS,
    SILENT,
    FitSettings,
    calibration_of_pairs,
    cards_of_folds,
    group_of,
    in_order,
    training_pairs,
)
from capstone_assets.lake.silver import RELEASE_KINDS
from capstone_assets.matching.comparisons import TITLE_LEVELS, Outcome
from capstone_assets.matching.evaluation import Label
from capstone_assets.matching.profiles import FilmProfile
from capstone_assets.matching.scorecard import (
    PRIOR,
    Evidence,
    Scorecard,
    load_prior_scorecard,
    load_scorecard,
    probability,
)
from capstone_assets.matching.scored_films import ScoredFilm
from capstone_assets.matching.tiers import TierSettings, lead
from capstone_assets.quality.judgements import SCORE_BANDS
from capstone_assets_tests.matching.catalog import film, release

CARD = load_scorecard()


def test_a_scorecard_is_written_as_it_is_read():
    written = CARD.to_json()

    assert Scorecard(**json.loads(written)) == CARD
    assert written.startswith('{\n  "version": ')
    assert written.endswith("}\n")


def test_the_first_evidence_is_the_prior_of_this_version_and_the_rest_is_weighed():
    card = Scorecard("2026-11", -2.5, {"year": {"same": 1.25}})

    assert card.weigh([Outcome("year", "same", "both of 1984")]) == (
        Evidence(PRIOR, "2026-11", -2.5, "a candidate before any evidence"),
        Evidence("year", "same", 1.25, "both of 1984"),
    )


def test_what_cannot_be_compared_weighs_nothing():
    assert {CARD.weights[comparison][level] for comparison, level in SILENT} == {0.0}


@pytest.mark.parametrize("comparison", CHAINS)
def test_better_evidence_never_weighs_less(comparison: str):
    for chain in CHAINS[comparison]:
        weights = [CARD.weights[comparison][level] for level in chain]
        assert weights == sorted(weights, reverse=True)


def test_renown_alone_never_breaks_a_tie():
    settings = TierSettings()
    for known, unknown in permutations(CARD.weights["renown"], 2):
        ahead = lead(_rated(known), _rated(unknown), settings)

        assert ahead < settings.least_margin


def _rated(level: str) -> ScoredFilm:
    """A film of which only the renown is known."""
    film = FilmProfile(1, "Cinderella", None, (), (), None)
    evidence = Evidence("renown", level, CARD.weights["renown"][level], "")
    return ScoredFilm(film, "core_title", (evidence,), evidence.weight)


def test_every_level_has_a_weight():
    assert set(CARD.weights["title"]) == set(TITLE_LEVELS)
    folded = {"film_score", "film_songs", "unmarked", "not_soundtrack"}
    assert set(CARD.weights["kind"]) == set(RELEASE_KINDS) - folded
    prior = load_prior_scorecard()
    assert {name: set(levels) for name, levels in CARD.weights.items()} == {
        name: set(levels) for name, levels in prior.weights.items()
    }


def test_the_scorecard_says_what_it_was_fitted_on_and_how_it_does_on_what_it_never_saw():
    fitted_on = CARD.fitted_on

    assert {"bundled", "generated"} <= set(fitted_on["catalogs"])
    assert set(fitted_on["held_out"]) == set(fitted_on["catalogs"])
    for lists in fitted_on["held_out"].values():
        assert set(lists) == {"all films", "15% withheld", "40% withheld"}
        for figures in lists.values():
            assert figures["calibration_error"] <= 0.06
            assert figures["strong_precision"] >= 0.98
    assert len(fitted_on["score_shares"]) == len(SCORE_BANDS)
    assert math.isclose(sum(fitted_on["score_shares"]), 1.0, abs_tol=0.001)


def test_scores_that_never_saw_their_film_are_calibrated():
    for tenth in CARD.fitted_on["held_out_calibration"]:
        if tenth["pairs"] >= 20:
            score = tenth["mean_score"]
            chance = 2 * math.sqrt(score * (1 - score) / tenth["pairs"])
            assert tenth["matches"] == pytest.approx(score, abs=0.08 + chance)


@given(st.floats(-700, 700))
def test_a_probability_and_its_complement_add_up_to_one(weight: float):
    assert probability(weight) + probability(-weight) == pytest.approx(1.0)
    assert 0 <= probability(weight) <= 1


def test_weights_out_of_order_meet_at_their_mean():
    swapped = {name: dict(levels) for name, levels in CARD.weights.items()}
    swapped["title"]["same"], swapped["title"]["same_but_article"] = 2.0, 6.0

    ordered = in_order(swapped)["title"]

    assert ordered["same"] == pytest.approx(ordered["same_but_article"], abs=0.01)
    assert 2.0 < ordered["same"] < 6.0


def test_calibration_weighs_pairs_by_their_share():
    [tenth] = calibration_of_pairs([(0.95, True, 3.0), (0.91, False, 1.0)])

    assert tenth["matches"] == 0.75
    assert math.isclose(tenth["mean_score"], 0.94)


@pytest.fixture(scope="module")
def namesakes() -> LabeledCatalog:
    """Two films of one title, of which one has an album, and an album of no film."""
    return LabeledCatalog(
        "namesakes",
        [film(1, "Solaris", "1972-03-20"), film(2, "Solaris", "2002-11-27")],
        [
            release(11, "Cliff Martinez - Solaris", "2002"),
            release(12, "Eduard Artemyev - Stalker", "1979"),
        ],
        [Label(2, 11, True, "remake"), Label(None, 12, True, "absent_film")],
    )


def test_a_namesake_is_also_seen_in_a_list_without_the_film(namesakes):
    settings = FitSettings(absent=0.25)
    pairs = list(training_pairs(namesakes, load_prior_scorecard(), settings))

    def shares(is_match: bool, rarity: str) -> float:
        return sum(
            pair.share
            for pair in pairs
            if pair.is_match is is_match and dict(pair.levels)["title_rarity"] == rarity
        )

    # Beside the film the title is shared; without the film the namesake alone has it.
    assert shares(True, "shared") == pytest.approx(0.75)
    assert shares(False, "shared") == 0.0 or shares(False, "shared") == pytest.approx(0.75)
    assert sum(pair.share for pair in pairs if not pair.is_match) == pytest.approx(1.0)
    assert shares(False, "shared") < sum(pair.share for pair in pairs if not pair.is_match)


def test_the_albums_of_a_film_are_held_out_together(namesakes):
    pairs = list(training_pairs(namesakes, load_prior_scorecard(), FitSettings()))

    assert {pair.group for pair in pairs} == {"film:2"}
    assert group_of([], "release:12") == "release:12"
    assert len(cards_of_folds(pairs, load_prior_scorecard(), FitSettings(folds=2))) == 2
