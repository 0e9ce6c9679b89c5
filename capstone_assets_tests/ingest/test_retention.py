"""Pages of every slice are looked through once a day, not by each load."""

from datetime import UTC, datetime, timedelta

import pytest

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets.ingest.retention import is_look_due, note_look
from capstone_assets_tests.ingest.conftest import film

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "is_due"),
    [
        (timedelta(), False),
        (timedelta(hours=23, minutes=59), False),
        (timedelta(days=1), True),
        # The clock was ahead when the look was noted.
        (timedelta(hours=-1), True),
    ],
)
def test_a_table_is_looked_through_a_day_after_the_last_time(store, later, is_due):
    note_look(store, "api.themoviedb.org", "tmdb_movies", NOW)

    assert is_look_due(store, "api.themoviedb.org", "tmdb_movies", NOW + later) is is_due
    assert is_look_due(store, "api.themoviedb.org", "tmdb_movie_details", NOW + later)
    assert is_look_due(store, "127.0.0.1:1", "tmdb_movies", NOW + later)


def test_a_note_that_cannot_be_read_counts_for_nothing(store):
    store.write("looks/api.themoviedb.org/tmdb_movies", b"\xffyesterday"[1:])

    assert is_look_due(store, "api.themoviedb.org", "tmdb_movies", NOW)


def test_a_second_load_of_a_year_lists_the_pages_of_that_year_alone(serve, store, monkeypatch):
    listed: list[str] = []
    for name in ("names", "find"):
        original = getattr(PageStore, name)

        def noting(self, folder, original=original):
            listed.append(folder)
            return original(self, folder)

        monkeypatch.setattr(PageStore, name, noting)
    films = [film(number) for number in range(1, 400)]
    settings = serve(films).tmdb()
    land_movies(settings, store, ["1997", "1998", "1999"])
    listed.clear()

    land_movies(settings, store, ["1998"])

    assert listed
    # `pages` holds a folder a source, whatever the number of runs.
    below = [folder for folder in listed if folder != "pages"]
    assert {folder.rsplit("/", 1)[1] for folder in below} <= {"release_year=1998", "tmdb_movies"}
    assert not [folder for folder in below if folder.startswith("pages/") and "1998" not in folder]
