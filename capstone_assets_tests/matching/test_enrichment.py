from typing import Any

from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.matching.enrichment import (
    compare_composers,
    compare_music_with_popularity,
    summarize_film_soundtracks,
)


def test_a_film_gets_its_best_album_and_the_music_of_all_its_releases(rows):
    films = rows(FILMS, [{"film_id": 78, "title": "Blade Runner", "release_year": "1982"}])
    link = {"film_id": 78, "film_title": "Blade Runner", "tier": "strong", "release_year": "1982"}
    album = {**link, "album_id": "m1", "release_title": "Vangelis - Blade Runner"}
    translated = {**album, "release_title": "Vangelis - El Cazador Implacable", "score": 0.9}
    other = {**link, "album_id": "m2", "release_title": "The New American Orchestra - Blade Runner"}
    matches = rows(
        MATCHES,
        [
            {**translated, "release_id": 0, "original_year": 1994, "pressing_year": 1994},
            {**album, "release_id": 1, "score": 0.9, "original_year": 1994, "pressing_year": 1994},
            {**album, "release_id": 2, "score": 0.9, "original_year": 1994, "pressing_year": 2013},
            {**other, "release_id": 3, "score": 0.8, "original_year": 1982, "pressing_year": None},
        ],
    )
    soundtracks = rows(
        SOUNDTRACKS,
        [
            {
                "release_id": 1,
                "master_id": 14,
                "genres": ["Electronic", "Stage & Screen"],
                "styles": ["Ambient"],
            },
            {"release_id": 2, "genres": ["Stage & Screen"], "styles": ["Soundtrack", "Ambient"]},
            {"release_id": 3, "genres": ["Jazz"], "styles": ["Score"]},
        ],
    )

    [film] = summarize_film_soundtracks(
        films, matches, rows(REVIEW_QUEUE, []), soundtracks
    ).collect()

    assert (film.best_album, film.best_score) == ("Vangelis - Blade Runner", 0.9)
    assert (film.albums, film.releases) == (2, 4)
    assert (film.first_year, film.last_year) == (1982, 2013)
    assert (film.best_release_id, film.best_master_id) == (1, 14)
    assert film.best_release_url == "https://www.discogs.com/release/1"
    assert film.film_url == "https://www.themoviedb.org/movie/78"
    assert film.no_soundtrack_because is None
    assert film.music_genres == ["Electronic", "Jazz"]
    assert film.music_styles == ["Ambient"]


def test_a_film_without_a_soundtrack_keeps_its_row(rows):
    films = rows(FILMS, [{"film_id": 1, "release_year": "1999"}])

    made = summarize_film_soundtracks(
        films, rows(MATCHES, []), rows(REVIEW_QUEUE, []), rows(SOUNDTRACKS, [])
    )
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


def film_by(number: int, composers: list[str], rating: float) -> dict[str, Any]:
    return {
        "film_id": number,
        "composers": composers,
        "popularity": 1.0,
        "vote_count": 10,
        "vote_average": rating,
        "releases": 1,
        "release_year": "1999",
    }


def test_a_composer_of_highly_rated_films_is_compared_with_all_others(rows):
    films = [
        *(film_by(n, ["Bernard Herrmann"], 8.0 + n / 10) for n in range(5)),
        *(film_by(10 + n, ["Hans Zimmer", "Lorne Balfe"], 6.0 + n / 10) for n in range(5)),
        film_by(20, ["Jonny Greenwood"], 9.0),
        {**film_by(21, ["Bernard Herrmann"], 1.0), "releases": 0},
    ]

    made = compare_composers(rows(FILM_SOUNDTRACKS, films)).collect()
    found = {row["name"]: row for row in made}

    assert set(found) == {"Bernard Herrmann", "Hans Zimmer", "Lorne Balfe"}
    assert (found["Bernard Herrmann"].films, found["Bernard Herrmann"].median_rating) == (5, 8.2)
    assert found["Hans Zimmer"].rating_effect == 0.0
    assert found["Hans Zimmer"].popularity_p_value == 1.0


def test_why_a_film_has_no_soundtrack(rows):
    def film(number: int, key: str) -> dict[str, Any]:
        return {"film_id": number, "title_keys": [key], "release_year": "1999"}

    films = rows(FILMS, [film(1, "fargo"), film(2, "fargo"), film(3, "alien")])
    series = {"release_id": 9, "kind": "tv", "title_keys": ["fargo"], "release_year": "1999"}
    score = {"release_id": 8, "kind": "film_score", "title_keys": ["alien"]}
    soundtracks = rows(SOUNDTRACKS, [series, {**score, "release_year": "1999"}])
    waiting = rows(REVIEW_QUEUE, [{"film_id": 2, "release_id": 8, "release_year": "1999"}])

    made = summarize_film_soundtracks(films, rows(MATCHES, []), waiting, soundtracks).collect()

    assert {row.film_id: row.no_soundtrack_because for row in made} == {
        1: "only_other_kinds",
        2: "in_review",
        3: "none_found",
    }
