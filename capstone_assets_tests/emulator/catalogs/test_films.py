"""Films that share titles."""

import pytest

from capstone_assets.emulator.catalogs.films import REMAKE_YEARS, shared_title_share
from capstone_assets.emulator.catalogs.generator import (
    FEWEST_RELEASES,
    generate_catalog,
)
from capstone_assets_tests.emulator.catalogs.generated import films_of_title


def test_films_of_one_title_differ_in_year_or_composer(catalog):
    shared = [films for films in films_of_title(catalog).values() if len(films) > 1]
    assert len(shared) > 50
    for films in shared:
        for place, film in enumerate(films):
            for other in films[place + 1 :]:
                years = int(film["release_date"][:4]) - int(other["release_date"][:4])
                assert abs(years) >= REMAKE_YEARS
                assert film["composers"]
                assert not set(film["composers"]) & set(other["composers"])


def test_a_working_title_is_another_films_title(catalog):
    titles = {film["title"] for film in catalog.films}
    working = [
        title["title"]
        for film in catalog.films
        for title in film["alternative_titles"]
        if title["type"] == "working title"
    ]
    assert len(working) > 100
    assert set(working) <= titles


@pytest.mark.parametrize(("films", "share"), [(10_000, 0.08), (86_000, 0.17)])
def test_the_share_of_shared_titles_is_that_of_the_real_lists(films, share):
    assert shared_title_share(films) == pytest.approx(share, abs=0.001)


def test_ten_thousand_films_share_their_titles_as_often_as_real_ones():
    catalog = generate_catalog(10_000, FEWEST_RELEASES, seed=3)
    shared = sum(len(films) for films in films_of_title(catalog).values() if len(films) > 1)
    assert 0.065 < shared / 10_000 < 0.095
