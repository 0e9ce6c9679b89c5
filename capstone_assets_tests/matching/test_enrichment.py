import pandas as pd
import pytest

from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.matching.enrichment import (
    compare_groups,
    compare_music_with_popularity,
    summarize_film_soundtracks,
)


def test_a_film_gets_its_best_album_and_the_music_of_all_its_releases(rows):
    films = rows(FILMS, [{"film_id": 78, "title": "Blade Runner", "release_year": "1982"}])
    link = {"film_id": 78, "tier": "strong", "release_year": "1982"}
    album = {**link, "album_id": "m1", "release_title": "Vangelis - Blade Runner"}
    other = {**link, "album_id": "m2", "release_title": "The New American Orchestra - Blade Runner"}
    matches = rows(
        MATCHES,
        [
            {**album, "release_id": 1, "score": 0.9, "original_year": 1994, "pressing_year": 1994},
            {**album, "release_id": 2, "score": 0.9, "original_year": 1994, "pressing_year": 2013},
            {**other, "release_id": 3, "score": 0.8, "original_year": 1982, "pressing_year": None},
        ],
    )
    soundtracks = rows(
        SOUNDTRACKS,
        [
            {"release_id": 1, "genres": ["Electronic", "Stage & Screen"], "styles": ["Ambient"]},
            {"release_id": 2, "genres": ["Stage & Screen"], "styles": ["Soundtrack", "Ambient"]},
            {"release_id": 3, "genres": ["Jazz"], "styles": ["Score"]},
        ],
    )

    [film] = summarize_film_soundtracks(films, matches, soundtracks).collect()

    assert (film.best_album, film.best_score) == ("Vangelis - Blade Runner", 0.9)
    assert (film.albums, film.releases) == (2, 3)
    assert (film.first_year, film.last_year) == (1982, 2013)
    assert film.music_genres == ["Electronic", "Jazz"]
    assert film.music_styles == ["Ambient"]


def test_a_film_without_a_soundtrack_keeps_its_row(rows):
    films = rows(FILMS, [{"film_id": 1, "release_year": "1999"}])

    made = summarize_film_soundtracks(films, rows(MATCHES, []), rows(SOUNDTRACKS, []))
    [film] = made.collect()

    assert (film.best_album, film.releases, film.music_genres) == (None, 0, [])


def test_a_genre_of_popular_films_shows_an_effect_and_unrated_films_no_rating(rows):
    def film(number: int, genre: str, popularity: float, votes: int) -> dict:
        return {
            "film_id": number,
            "music_genres": [genre],
            "popularity": popularity,
            "vote_count": votes,
            "vote_average": 7.0 if votes else 0.0,
            "releases": 1,
            "release_year": "1999",
        }

    loud = [film(n, "Rock", 100.0 + n, 10) for n in range(20)]
    quiet = [film(100 + n, "Jazz", float(n), 0) for n in range(20)]

    made = compare_music_with_popularity(rows(FILM_SOUNDTRACKS, [*loud, *quiet]))
    found = {row["name"]: row for row in made.collect()}

    assert found["Rock"].popularity_effect == 1.0
    assert found["Jazz"].popularity_effect == 0.0
    assert found["Rock"].popularity_p_value < 1e-6
    assert found["Rock"].median_popularity == 109.5
    assert found["Rock"].popularity_low <= 109.5 <= found["Rock"].popularity_high
    assert (found["Jazz"].rated_films, found["Jazz"].median_rating) == (0, None)


def test_equal_groups_show_no_effect():
    values = pd.Series([1.0, 2.0, 3.0, 4.0] * 10)
    has = pd.Series([True] * 20 + [False] * 20)

    compared = compare_groups("rating", values, has)

    assert compared["rating_effect"] == pytest.approx(0.5)
    assert compared["rating_p_value"] == pytest.approx(1.0)


def test_a_single_film_has_a_median_but_no_interval():
    compared = compare_groups("rating", pd.Series([5.0, 6.0]), pd.Series([True, False]))

    assert compared["median_rating"] == 5.0
    assert (compared["rating_low"], compared["rating_high"]) == (None, None)
