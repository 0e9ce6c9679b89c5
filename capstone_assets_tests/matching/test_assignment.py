"""Which film an album goes to, and in which tier: a row on each side of every bound."""

# A table reads best with a case on each line.
# ruff: noqa: E501

from itertools import product

import pytest

from capstone_assets.matching.assignment import (
    AssignmentSettings,
    Candidate,
    ScoredFilm,
    decide_album,
    is_corroborated,
    lead,
    objection_to,
    tier_of,
    why_it_lost,
    why_no_link,
)
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import Evidence, load_scorecard
from capstone_assets_tests.matching.catalog import film, release
from capstone_assets_tests.matching.pairing import link_plainly

SETTINGS = AssignmentSettings()
PLAIN = {
    "title": "same",
    "title_rarity": "ordinary",
    "composer": "unknown",
    "year": "same",
    "kind": "soundtrack",
    "claim": "soundtrack",
    "renown": "renowned",
}


def profile(votes: int | None = None, film_id: int = 1) -> FilmProfile:
    return FilmProfile(film_id, "Heat", 1995, (), (), votes)


def scored(
    weight: float = 5.0,
    votes: int | None = None,
    renown_weight: float = 0.0,
    film_id: int = 1,
    **levels: str,
) -> ScoredFilm:
    found = PLAIN | levels
    evidence = tuple(
        Evidence(name, level, renown_weight if name == "renown" else 0.0, f"{name} is {level}")
        for name, level in found.items()
    )
    return ScoredFilm(profile(votes, film_id), "core_title", evidence, weight)


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
        ({"year": "earlier", "composer": "same"}, None),
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


def remakes(first_year: str, second_year: str) -> list[dict]:
    return [
        film(1, "Suspiria", first_year, ["Claudio Simonetti"], vote_count=2_000),
        film(2, "Suspiria", second_year, ["Thom Yorke"], vote_count=2_000),
    ]


@pytest.mark.parametrize(
    ("clear_margin", "least_margin", "tier"),
    [(1.9, 1.0, "strong"), (2.1, 1.0, "probable"), (2.1, 2.1, "review")],
)
def test_the_margin_to_the_next_film_bounds_the_tier(clear_margin, least_margin, tier):
    # `year_after` is worth two more than `a_little_later`: the next film is that far behind.
    candidates = [FilmProfile.of(_silver(1, 2018)), FilmProfile.of(_silver(2, 2016))]
    card = load_scorecard()
    years = {**card.weights["year"], "year_after": 3.0, "a_little_later": 1.0}
    card = type(card)(card.version, card.prior, {**card.weights, "year": years})
    settings = AssignmentSettings(clear_margin=clear_margin, least_margin=least_margin)
    album = ReleaseProfile(
        "Various - Suspiria", "Suspiria", "Various", "soundtrack", "film", 2019, "pressing"
    )

    [best, *_] = decide_album([album], [_candidate(each) for each in candidates], card, settings)

    assert (best.film_id, best.tier) == (1, tier)
    assert best.margin == pytest.approx(2.0)


def _silver(film_id: int, year: int) -> dict:
    return {
        "film_id": film_id, "title": "Suspiria", "original_title": None, "alternative_titles": [],
        "film_year": year, "composers": [], "vote_count": 2_000,
    }  # fmt: skip


def _candidate(each: FilmProfile) -> Candidate:
    return Candidate(each, "core_title", 1.0)


@pytest.mark.parametrize(
    ("title", "year", "film_id"),
    [
        ("Various - Suspiria (1977)", "2018", 1),
        ("Various - Suspiria (2018)", None, 2),
        ("Claudio Simonetti - Suspiria", "2001", 1),
        ("Various - Suspiria (Original 1977 Motion Picture Soundtrack)", None, 1),
    ],
)
def test_a_remake_is_distinguished_from_the_first_film_by_what_the_album_says(title, year, film_id):
    [only] = link_plainly(remakes("1977-02-01", "2018-10-11"), [release(10, title, year)])[10]

    assert only.film_id == film_id
    assert only.tier in {"strong", "probable"}


# Sequels that are not in the list, in every way to write one.
SEQUELS = ["Hellboy II", "Hellboy 2", "Hellboy (2)", "Hellboy [Part II]", "Hellboy (Part Two)", "Hellboy: Chapter 2", "Hellboy #2", "Hellboy²", "Hellboy: Part 2 (Original Soundtrack)", "Hellboy 2: The Golden Army", "Hellboy Two (Music From The Motion Picture)", "Hellboy (Episode 2)"]  # fmt: skip


@pytest.mark.parametrize("title", SEQUELS)
@pytest.mark.parametrize("year", ["2004", "2006", None])
def test_a_sequel_that_is_not_in_the_list_is_not_the_first_film(title, year):
    hellboy = film(1, "Hellboy", "2004-04-02", ["Marco Beltrami"], vote_count=9_000)

    decided = link_plainly([hellboy], [release(10, f"Marco Beltrami - {title}", year)])

    assert {each.tier for each in decided.get(10, [])} <= {"review"}


@pytest.mark.parametrize("title", ["Hellboy", "Hellboy (Original Motion Picture Soundtrack)"])
def test_a_first_film_that_is_not_in_the_list_is_not_its_sequel(title):
    sequel = film(
        1, "Hellboy II: The Golden Army", "2008-07-11", ["Danny Elfman"], vote_count=9_000
    )

    decided = link_plainly([sequel], [release(10, f"Danny Elfman - {title}", "2008")])

    assert {each.tier for each in decided.get(10, [])} <= {"review"}


@pytest.mark.parametrize("title", [each for each in SEQUELS if "Golden" not in each])
def test_a_sequel_that_is_in_the_list_is_found_however_its_number_is_written(title):
    films = [
        film(1, "Hellboy", "2004-04-02", ["Marco Beltrami"], vote_count=9_000),
        film(2, "Hellboy II", "2008-07-11", ["Marco Beltrami"], vote_count=9_000),
    ]

    [only] = link_plainly(films, [release(10, f"Marco Beltrami - {title}", "2008")])[10]

    assert (only.film_id, only.tier) == (2, "strong")


def test_a_stage_work_of_decades_before_is_not_the_films_whoever_composed_it():
    evita = film(1, "Evita", "1996-12-14", ["Andrew Lloyd Webber"], vote_count=900)

    [only] = link_plainly([evita], [release(10, "Andrew Lloyd Webber - Evita", "1976")])[10]

    assert only.tier == "review"
    assert only.reason.startswith("it came out long before the film")


def test_an_album_of_a_remake_that_no_list_has_is_not_the_silent_films_of_its_title():
    nosferatu = film(1, "Nosferatu", "1922-03-04", ["Hans Erdmann"], vote_count=9_000)

    [only] = link_plainly([nosferatu], [release(10, "Various - Nosferatu (Soundtrack)", "2024")])[
        10
    ]

    assert only.tier == "review"


def test_the_full_title_of_one_film_beats_the_first_film_of_its_franchise():
    films = [
        film(1, "Star Wars", "1977-05-25", ["John Williams"], vote_count=20_000),
        film(2, "Return of the Jedi", "1983-05-25", ["John Williams"], None, ["Star Wars: Episode VI - Return of the Jedi"], vote_count=15_000),
    ]  # fmt: skip

    [only] = link_plainly(
        films, [release(10, "John Williams - Star Wars: Return Of The Jedi", "1983")]
    )[10]

    assert (only.film_id, only.tier) == (2, "strong")


def test_of_two_films_in_review_each_names_the_other():
    films = [
        film(1, "Cape Fear", "1962-06-15", ["Bernard Herrmann"], vote_count=800),
        film(2, "Cape Fear", "1991-11-15", ["Elmer Bernstein"], vote_count=900),
    ]

    decided = link_plainly(films, [release(10, "Various - Cape Fear (Soundtrack)", None)])[10]

    reasons = {each.film_id: each.reason for each in decided}
    assert reasons.keys() == {1, 2}
    assert reasons[1].startswith("too close to Cape Fear (1991): ")
    assert reasons[2].startswith("too close to Cape Fear (1962): ")


def test_the_reason_of_a_probable_link_says_what_speaks_against_it_and_keeps_it_from_strong():
    heat = film(1, "Heat", "1995-12-15", ["Elliot Goldenthal"], vote_count=7_000)

    [only] = link_plainly([heat], [release(10, "Various - Heat (Soundtrack)", "1999")])[10]

    assert only.tier == "probable"
    for_it, against_it, not_strong = only.reason.split("; ", 2)
    assert for_it == "both are called 'heat'"
    assert against_it == "against it: pressed in 1999, the film is of 1995"
    assert not_strong.startswith("not strong, because ")


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


def test_the_finding_that_set_a_film_back_most_says_why_it_lost():
    winner = scored()
    loser = ScoredFilm(
        profile(),
        "core_title",
        tuple(
            Evidence(e.comparison, e.level, -1.0 if e.comparison == "year" else 0.0, e.explanation)
            for e in winner.evidence
        ),
        4.0,
    )

    assert why_it_lost(loser, winner) == "year is same"
    assert why_it_lost(winner, winner) == "nothing speaks against it"


def test_a_film_that_loses_to_none_has_a_finding_for_a_reason_never_the_prior():
    prior = Evidence("prior", "5.1", -4.2, "a candidate before any evidence")
    year = Evidence("year", "later", -0.4, "pressed in 2011, the film is of 1995")
    plain = scored().evidence

    assert why_no_link(ScoredFilm(profile(), "core_title", (prior, year), -4.6)) == year.explanation
    assert why_no_link(ScoredFilm(profile(), "core_title", (prior, *plain), -4.2)) == (
        "too little speaks for it"
    )


def test_an_album_whose_title_a_thousand_films_share_goes_to_the_one_of_its_composer():
    # Names with nothing in common: qrgqrgqrg.
    one_word = ["".join(each) for each in product("bcdfghjklmnpr", "qrstvwxz", "aeiougkmpt")]
    namesakes = [
        film(n, "Legacy", f"{1950 + n % 70}-05-01", [one_word[n] * 3], vote_count=n)
        for n in range(1000)
    ]
    albums = [
        release(
            1, f"{one_word[77] * 3} - Legacy (Original Motion Picture Soundtrack)", str(1950 + 7)
        ),
        release(2, "Various - Legacy (Original Motion Picture Soundtrack)", "1977"),
    ]

    decided = link_plainly(namesakes, albums)

    [linked] = decided[1]
    assert linked.film_id == 77
    # No more than a person can look through.
    assert {each.tier for each in decided[2]} == {"review"}
    assert len(decided[2]) <= AssignmentSettings().most_in_review
