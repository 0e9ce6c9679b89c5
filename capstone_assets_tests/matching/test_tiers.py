"""Where the tiers begin, with a row on each side of every bound."""

# A table reads best with a case on each line.
# ruff: noqa: E501

import pytest

from capstone_assets.matching.tiers import (
    TierSettings,
    is_corroborated,
    lead,
    objection_to,
    tier_of,
)
from capstone_assets_tests.matching.catalog import film, release
from capstone_assets_tests.matching.pairing import link_plainly
from capstone_assets_tests.matching.scoring import scored

SETTINGS = TierSettings()


@pytest.mark.parametrize(
    ("levels", "objection"),
    [
        ({}, None),
        ({"title": "number_differs"}, "its title is another"),
        ({"title": "different"}, "its title is another"),
        ({"title": "contained"}, None),
        ({"kind": "tv", "composer": "same"}, None),
        ({"kind": "tv", "composer": "alike"}, "it is typed as tv"),
        ({"kind": "tv", "composer": "same", "title": "same_variant"}, "it is typed as tv"),
        ({"kind": "tv", "composer": "same", "year": "year_after"}, "it is typed as tv"),
        ({"kind": "game", "composer": "same"}, "it is typed as game"),
        ({"kind": "stage", "composer": "same"}, "it is typed as stage"),
        ({"kind": "compilation", "composer": "same"}, None),
        ({"year": "another_year", "composer": "same"}, "its title names another year"),
        ({"year": "much_earlier", "composer": "same"}, "it came out long before the film"),
        ({"year": "earlier", "composer": "same"}, "it came out long before the film"),
        ({"year": "later", "composer": "different"}, "another composer is credited, and the years are apart"),
        ({"year": "year_after", "composer": "different"}, None),
        ({"year": "unknown", "composer": "different"}, None),
        ({"year": "later", "composer": "performer"}, None),
        ({"year": "unknown", "composer": "another_era"}, "its artist composed for films of another era"),
        ({"year": "same", "composer": "another_era"}, None),
        ({"title": "with_more_words", "year": "a_little_later", "composer": "same"}, "only a piece of the title agrees, and the years are apart"),
        ({"title": "with_more_words", "year": "year_after"}, "only a piece of the title agrees, and the years are apart"),
        ({"title": "with_more_words", "year": "same"}, None),
        ({"year": "year_before", "composer": "performer"}, "another artist is credited, and it came out before the film"),
        ({"year": "year_before", "composer": "performer", "title_rarity": "distinctive"}, None),
        ({"year": "year_before", "composer": "various"}, None),
        ({"year": "same", "composer": "performer"}, None),
        ({"title": "with_more_words", "year": "unknown"}, None),
        ({"title": "another_volume", "year": "same"}, None),
        ({"title": "another_volume", "year": "unknown"}, "a volume of its name may be a sequel's"),
        ({"title": "another_volume", "year": "a_little_later", "composer": "same"}, "a volume of its name may be a sequel's"),
        ({"title": "without_film_subtitle", "composer": "various"}, "only a piece of the film's title agrees, and no composer is credited on both"),
        ({"title": "only_film_subtitle", "composer": "unknown"}, "only a piece of the film's title agrees, and no composer is credited on both"),
        ({"title": "without_film_subtitle", "composer": "alike"}, None),
        ({"title": "film_opening", "composer": "various"}, None),
        ({"year": "later", "renown": "known"}, "it came out late for a film that few know, and no composer is credited on both"),
        ({"year": "later", "renown": "renowned"}, None),
        ({"year": "later", "renown": "unknown"}, None),
        ({"year": "later", "renown": "known", "composer": "same"}, None),
        ({"year": "reissue", "renown": "known"}, None),
        ({"year": "reissue", "renown": "little_known", "title_rarity": "distinctive"}, None),
        ({"year": "reissue", "renown": "obscure", "title_rarity": "distinctive"}, "it came out late for a film that few know, and no composer is credited on both"),
        ({"title_rarity": "shared", "composer": "unknown", "year": "year_after"}, "other films share the title, and nothing says that its artist composed for this one"),
        ({"title_rarity": "shared", "composer": "unknown", "year": "same"}, None),
        ({"title_rarity": "shared", "composer": "various", "year": "unknown"}, None),
        ({"title_rarity": "ordinary", "composer": "unknown", "year": "unknown"}, None),
        ({"year": "reissue", "renown": "little_known"}, "it came out late for a film that few know, and no composer is credited on both"),
        ({"year": "generations_later", "composer": "same"}, None),
        ({"year": "generations_later", "title_rarity": "distinctive"}, "it came out generations after the film, and no composer is credited on both"),
        ({"year": "original_later", "renown": "obscure"}, "it came out late for a film that few know, and no composer is credited on both"),
        ({"year": "a_little_later", "renown": "obscure"}, None),
    ],
)  # fmt: skip
def test_facts_that_no_sum_outweighs_keep_a_film_in_review(levels, objection):
    assert objection_to(scored(**levels)) == objection


@pytest.mark.parametrize(
    ("levels", "corroborated"),
    [
        ({"composer": "same", "year": "reissue"}, True),
        ({"composer": "alike", "year": "unknown"}, True),
        ({"composer": "unknown", "year": "year_after"}, True),
        ({"composer": "unknown", "year": "year_before"}, False),
        ({"composer": "unknown", "year": "year_before", "title_rarity": "distinctive"}, True),
        ({"composer": "same", "year": "year_before"}, True),
        ({"composer": "another_era", "year": "same"}, False),
        ({"composer": "various", "year": "a_little_later"}, False),
        ({"composer": "different", "year": "same"}, False),
        ({"composer": "performer", "year": "same"}, True),
        ({"composer": "performer", "year": "same", "renown": "known"}, False),
        ({"composer": "performer", "year": "same", "title_rarity": "shared"}, False),
        ({"composer": "performer", "year": "year_after"}, False),
        ({"composer": "performer", "year": "same", "title_rarity": "distinctive"}, True),
        ({"composer": "performer", "year": "unknown", "title_rarity": "distinctive"}, False),
        ({"composer": "various", "year": "reissue", "title_rarity": "distinctive"}, True),
        ({"composer": "various", "year": "reissue", "title_rarity": "distinctive", "renown": "known"}, False),
        ({"composer": "various", "year": "reissue"}, False),
        ({"title": "misspelled", "composer": "same", "year": "unknown"}, True),
        ({"title": "without_film_subtitle", "composer": "same", "year": "same"}, True),
        ({"title": "without_film_subtitle", "composer": "same", "year": "unknown"}, False),
        ({"title": "without_film_subtitle", "composer": "various", "year": "same"}, False),
        ({"title": "with_more_words", "composer": "same", "year": "same"}, False),
    ],
)  # fmt: skip
def test_a_strong_link_needs_a_second_witness(levels, corroborated):
    assert is_corroborated(scored(**levels)) is corroborated


@pytest.mark.parametrize(
    ("gap", "from_renown", "votes", "rival_votes", "ahead"),
    [
        (3.0, 0.0, 10, 10, 3.0),
        (0.6, 0.6, 700, 300, 0.6),
        # Renown counts .7 at most, and 2 where hardly anyone knows the rival.
        (1.6, 1.6, 700, 300, 0.7),
        (2.3, 2.3, 2_000, 200, 2.0),
        (2.3, 2.3, 2_000, 201, 0.7),
        (2.3, 2.3, None, None, 0.7),
    ],
)
def test_renown_counts_in_part_toward_a_lead(gap, from_renown, votes, rival_votes, ahead):
    best = scored(5.0, votes, from_renown)
    rival = scored(5.0 - gap, rival_votes, film_id=2)

    assert lead(best, rival, SETTINGS) == pytest.approx(ahead)


def test_a_far_better_known_namesake_is_probable_and_never_strong():
    films = [
        film(1, "Velvet Hour", "1987-08-21", vote_count=9_000),
        film(2, "Velvet Hour", "2017-05-24", vote_count=30),
    ]
    [dated, undated] = (
        link_plainly(films, [release(10, "Various - Velvet Hour", year)])[10]
        for year in ("1987", None)
    )

    assert [(each.film_id, each.tier) for each in dated] == [(1, "strong")]
    assert [(each.film_id, each.tier) for each in undated] == [(1, "probable")]


@pytest.mark.parametrize(
    ("best", "margin", "doubt"),
    [
        ({"weight": 1.3, "composer": "same"}, None, "its score is below 80%"),
        ({"composer": "same"}, 1.9, "Heat (1995) is not far behind"),
        ({"composer": "different"}, None, "too little but the title supports it"),
        ({"composer": "same"}, 2.0, None),
    ],
)
def test_each_bound_of_a_strong_link_has_its_words(best, margin, doubt):
    rivals = [] if margin is None else [scored(5.0 - margin, film_id=2)]

    assert tier_of(scored(**best), rivals, margin, SETTINGS)[1] == doubt
