"""Which partitions of silver and gold a change makes due."""

from typing import Any

from capstone_assets.freshness.due_partitions import (
    due_years,
    link_digests,
    soundtrack_digests,
)
from capstone_assets.lake.schemas import TABLES
from capstone_assets.matching.films import clean_film
from capstone_assets.matching.soundtracks import clean_release
from capstone_assets_tests.freshness.records import (
    FILM_ROWS,
    REISSUE,
    TOTO,
    VANGELIS,
)


def film_row(film: dict[str, Any]) -> dict[str, Any]:
    names = [column.name for column in TABLES["bronze/tmdb_movies"].columns]
    plain: dict[str, Any] = {
        **dict.fromkeys(names),
        "composers": [],
        "alternative_titles": [],
        "imdb_id": None,
    }
    return clean_film({"imdb_id": None, **plain, **film, "release_year": film["release_date"][:4]})


def bronze(release: dict[str, Any]) -> dict[str, Any]:
    plain = {"country": None, "master_id": None, "year": None, "raw_page": "a page"}
    return {**plain, **release, "release_year": release.get("year") or "unknown"}


def soundtrack_row(release: dict[str, Any]) -> dict[str, Any]:
    of_master = {"master_year": None, "master_genre": None, "master_style": None}
    cleaned = clean_release({**bronze(release), **of_master})
    year = {"original_year": cleaned["pressing_year"], "year_basis": "pressing"}
    return {**cleaned, **year, "album_id": f"album:{cleaned['identity']}"}


FILM_YEARS = ["1984", "1994", "2021"]


def links_of(films, releases) -> dict[str, str]:
    rows = [film_row(film) for film in films]
    return link_digests(FILM_YEARS, rows, [soundtrack_row(release) for release in releases])


def differing(now: dict[str, str], before: dict[str, str]) -> list[str]:
    return [year for year in now if now[year] != before[year]]


def test_a_release_of_2016_concerns_the_film_of_1984_whose_title_it_bears():
    before = links_of(FILM_ROWS, [TOTO])
    with_reissue = links_of(FILM_ROWS, [TOTO, REISSUE])

    assert differing(with_reissue, before) == ["1984"]
    # Gone again: the year that holds the link is due as well.
    assert differing(before, with_reissue) == ["1984"]


def test_a_release_that_is_no_films_concerns_no_year():
    assert differing(links_of(FILM_ROWS, [TOTO, VANGELIS]), links_of(FILM_ROWS, [TOTO])) == []


def test_a_release_that_is_not_a_soundtrack_concerns_no_year():
    album = {**REISSUE, "genre": ["Electronic"], "style": ["Techno"]}

    assert differing(links_of(FILM_ROWS, [album]), links_of(FILM_ROWS, [])) == []


def test_a_new_film_concerns_the_years_of_the_films_it_competes_with():
    remake = {"id": 438631, "title": "Dune", "release_date": "2021-09-15"}
    with_remake = links_of([*FILM_ROWS, remake], [TOTO])

    assert differing(with_remake, links_of(FILM_ROWS, [TOTO])) == ["1984", "2021"]


def test_a_films_popularity_concerns_its_own_year_alone():
    remake = {"id": 438631, "title": "Dune", "release_date": "2021-09-15", "vote_count": 600}
    before = links_of([*FILM_ROWS, remake], [TOTO])
    more_popular = {**remake, "popularity": 99.5, "vote_count": 601}
    renowned_no_more = {**remake, "vote_count": 400}

    assert differing(links_of([*FILM_ROWS, more_popular], [TOTO]), before) == ["2021"]
    # Renown is evidence, so it may give the album to the other film.
    assert differing(links_of([*FILM_ROWS, renowned_no_more], [TOTO]), before) == ["1984", "2021"]


def test_a_page_fetched_again_concerns_nothing():
    rows = [film_row(film) for film in FILM_ROWS]
    again = [{**row, "raw_page": "another"} for row in rows]
    releases = [soundtrack_row(TOTO)]

    assert link_digests(FILM_YEARS, again, releases) == link_digests(FILM_YEARS, rows, releases)


def soundtracks_of(releases, masters=()) -> dict[str, str]:
    rows = [bronze(release) for release in releases]
    return soundtrack_digests(["unknown", "1984", "2016"], rows, masters)


def test_an_original_that_appears_concerns_the_year_of_its_reissue_too():
    original = {**REISSUE, "id": 4, "year": "1984"}

    assert differing(soundtracks_of([REISSUE, original]), soundtracks_of([REISSUE])) == [
        "1984",
        "2016",
    ]


def test_a_master_concerns_the_years_of_its_pressings():
    pressing = {**REISSUE, "master_id": 77}
    master = {"id": 77, "year": "1984", "genre": ["Stage & Screen"], "style": ["Score"]}
    before = soundtracks_of([pressing, TOTO])

    assert differing(soundtracks_of([pressing, TOTO], [master]), before) == ["2016"]


def test_a_label_that_silver_does_not_keep_concerns_nothing():
    before = soundtracks_of([REISSUE])

    assert differing(soundtracks_of([{**REISSUE, "label": ["Milan"]}]), before) == []


def test_a_partition_is_due_when_what_it_is_made_of_differs_and_is_younger():
    now = {"1984": "b", "1994": "a", "2016": "b", "2021": "a"}
    before = {"1984": "a", "1994": "a", "2016": "a", "2021": "a"}
    written = {"1984": 1.0, "1994": 1.0, "2016": 3.0}

    # 2016 was made again since, by a person maybe; 2021 never was made.
    assert due_years(now, before, written, inputs_written=2.0) == ["1984", "2021"]
    assert due_years({"1984": "a"}, {}, written, inputs_written=2.0) == ["1984"]
