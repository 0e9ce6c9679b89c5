"""Which film an album goes to, by how far, and why the others lost."""

# A table reads best with a case on each line.
# ruff: noqa: E501

from itertools import product

import pytest

from capstone_assets.matching.assignment import decide_album, why_it_lost, why_no_link
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import Evidence, load_scorecard
from capstone_assets.matching.scored_films import Candidate, ScoredFilm
from capstone_assets.matching.tiers import TierSettings
from capstone_assets_tests.matching.catalog import film, release
from capstone_assets_tests.matching.pairing import link_plainly
from capstone_assets_tests.matching.scoring import profile, scored

SETTINGS = TierSettings()


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
    settings = TierSettings(clear_margin=clear_margin, least_margin=least_margin)
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
    assert len(decided[2]) <= TierSettings().most_in_review
