"""Cheap queries about what the APIs have now."""

import pytest

from capstone_assets.ingest.counts import count_soundtracks, listed_years, years_of_soundtracks
from capstone_assets.ingest.errors import NetworkError
from capstone_assets_tests.ingest.conftest import Serve, film, release


def test_releases_and_masters_are_counted_by_year_and_of_all_years(serve: Serve):
    masters = [{**release(9, "1984"), "master_id": 9}]
    api = serve(
        releases=[release(1, "1984"), release(2, "1984"), release(3, None)], masters=masters
    )

    counts = count_soundtracks(api.discogs(), ["1984", "1985", None])

    assert counts == {
        ("release", "1984"): 2,
        ("master", "1984"): 1,
        ("release", "1985"): 0,
        ("master", "1985"): 0,
        ("release", None): 3,
        ("master", None): 1,
    }
    assert len(api.asked) == 6


def test_a_film_has_the_year_of_its_date_and_none_where_no_list_has_it(serve: Serve):
    api = serve([film(1, "1984-10-26"), film(2, ""), film(3, adult=True), film(4, video=True)])

    years = listed_years(api.tmdb(), [1, 2, 3, 4, 5])

    assert years == {1: "1984", 2: None, 3: None, 4: None, 5: None}


def test_a_release_has_the_year_of_its_slice_and_none_once_it_is_gone(serve: Serve):
    api = serve(releases=[release(1, "1984"), release(2, None)])

    years = years_of_soundtracks(api.discogs(), "release", [1, 2, 3])

    assert years == {1: "1984", 2: "unknown", 3: None}


def test_a_count_that_fails_is_not_a_count_of_zero(serve: Serve):
    settings = serve().discogs(base_url="http://127.0.0.1:9")

    with pytest.raises(NetworkError):
        count_soundtracks(settings, ["1984"])
