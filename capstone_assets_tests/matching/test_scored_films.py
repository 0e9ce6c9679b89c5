"""An album's candidates, weighed."""

from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import load_scorecard
from capstone_assets.matching.scored_films import Candidate, score_films


def album(title: str, year: int) -> ReleaseProfile:
    return ReleaseProfile.of(
        {
            "title": f"Various - {title}",
            "album_title": title,
            "artist_credit": "Various",
            "kind": "soundtrack",
            "claim": "soundtrack",
            "original_year": year,
            "year_basis": "pressing",
        }
    )


def candidate(film_id: int, title: str, year: int) -> Candidate:
    row = {
        "film_id": film_id,
        "title": title,
        "original_title": None,
        "alternative_titles": [],
        "film_year": year,
        "composers": [],
        "vote_count": 900,
    }
    return Candidate(FilmProfile.of(row), "core_title", 1.0)


def test_each_film_is_weighed_by_the_wording_that_fits_it_best_and_the_best_comes_first():
    wordings = [album("Profondo Rosso", 1975), album("Deep Red", 1975)]
    candidates = [candidate(1, "Blue Velvet", 1986), candidate(2, "Deep Red", 1975)]

    together = score_films(wordings, candidates, load_scorecard())
    alone = score_films(wordings[1:], candidates, load_scorecard())

    assert [each.film.film_id for each in together] == [2, 1]
    assert together[0].found("title").level == "same"
    assert [each.weight for each in together] == [each.weight for each in alone]


def test_films_of_equal_weight_come_in_the_order_of_their_ids():
    twins = [candidate(film_id, "Solaris", 1972) for film_id in (9, 4, 7)]

    scored = score_films([album("Solaris", 1972)], twins, load_scorecard())

    assert [each.film.film_id for each in scored] == [4, 7, 9]
