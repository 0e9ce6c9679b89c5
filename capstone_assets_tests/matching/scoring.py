"""Films scored by hand: levels that a test cares about, with no weight of their own."""

from capstone_assets.matching.profiles import FilmProfile
from capstone_assets.matching.scorecard import Evidence
from capstone_assets.matching.scored_films import ScoredFilm

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
