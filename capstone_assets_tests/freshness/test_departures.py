"""What a year no longer lists is looked up, and the year to make is named."""

from starlette.responses import Response

from capstone_assets.freshness.departures import departed_rows, where_they_are
from capstone_assets.ingest.counts import listed_years, years_of_soundtracks
from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets_tests.ingest.conftest import Serve, film, release, serve

__all__ = ["serve"]


def stored(lakehouse, rows, table, *given: tuple[int, str, str]) -> None:
    records = [{"id": n, "title": title, "release_year": year} for n, title, year in given]
    lakehouse.write(rows(table, records), table, sorted({year for _, _, year in given}))


def test_only_stored_rows_of_the_years_that_were_read_can_have_left_them(lakehouse, rows):
    assert departed_rows(lakehouse, TMDB_MOVIES, {"1999": []}) == {}
    stored(lakehouse, rows, TMDB_MOVIES, (1, "Heat", "1995"), (2, "Up", "2009"), (3, "Ran", "1985"))

    assert departed_rows(lakehouse, TMDB_MOVIES, {"1995": [], "2009": [2]}) == {1: "Heat"}
    # It moved within the years that were read: nothing is left to do.
    assert departed_rows(lakehouse, TMDB_MOVIES, {"1995": [], "2009": [1, 2]}) == {}
    assert departed_rows(lakehouse, TMDB_MOVIES, dict.fromkeys(YEAR_KEYS, ())) == {}


def test_the_year_that_films_moved_to_is_named_with_the_command(serve: Serve):
    api = serve([film(1, "2000-01-07"), film(2, "2000-05-01"), film(3, ""), film(4, "1999-02-02")])
    departed = {1: "Alpha Quest", 2: "Beta Storm", 3: "Undated", 4: "Not moved", 5: "Deleted"}

    sentences = where_they_are(
        TMDB_MOVIES, departed, ["1999"], lambda ids: listed_years(api.tmdb(), ids)
    )

    assert list(sentences) == [
        "bronze/tmdb_movies: Alpha Quest (1); Beta Storm (2) moved from 1999 to 2000: make that "
        "year, too: `capstone run --years 2000`."
    ]


def test_releases_that_lost_their_year_are_in_unknown(serve: Serve):
    api = serve(releases=[release(1, None), release(2, "2016")])

    sentences = where_they_are(
        DISCOGS_RELEASES,
        {1: "A - B", 2: "C - D", 3: "Gone - Gone"},
        ["1998", "1999"],
        lambda ids: years_of_soundtracks(api.discogs(), "release", ids),
    )

    assert list(sentences) == [
        "bronze/discogs_releases: C - D (2) moved from 1998 to 1999 to 2016: make that year, too: "
        "`capstone run --years 2016`.",
        "bronze/discogs_releases: A - B (1) moved from 1998 to 1999 to unknown: make that year, "
        "too: `capstone run --years unknown`.",
    ]


def test_twenty_are_looked_up_and_the_others_counted(serve: Serve):
    api = serve([film(n, "2000-01-01") for n in range(1, 31)])
    departed = {n: f"Film {n}" for n in range(1, 26)}

    sentences = where_they_are(
        TMDB_MOVIES, departed, ["1999"], lambda ids: listed_years(api.tmdb(), ids)
    )

    assert list(sentences) == [
        "bronze/tmdb_movies: Film 1 (1); Film 2 (2); Film 3 (3) and 17 others moved from 1999 to "
        "2000: make that year, too: `capstone run --years 2000`.",
        "bronze/tmdb_movies: 5 more left 1999: `capstone run` finds all that moved.",
    ]
    assert len(api.asked) == 20


def test_an_api_that_does_not_answer_costs_the_year_and_not_the_run(serve: Serve):
    api = serve([film(1)])
    api.spoil(Response("gone fishing", 500), times=1000)

    [sentence] = where_they_are(
        TMDB_MOVIES, {1: "Heat"}, ["1995"], lambda ids: listed_years(api.tmdb(), ids)
    )

    assert sentence.startswith(
        "bronze/tmdb_movies: Heat (1) left 1995, and the year it is in now could not be found: "
    )
