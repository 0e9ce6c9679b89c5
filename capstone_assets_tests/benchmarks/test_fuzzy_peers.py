import pytest

from benchmarks.catalogs import LabeledCatalog
from benchmarks.fuzzy_peers import brute_force, duckdb_and_rapidfuzz

FILMS = [
    {"id": 1, "title": "Amadeus", "release_date": "1984-09-19"},
    {"id": 2, "title": "Dune", "release_date": "1984-12-14"},
    {"id": 3, "title": "Dune", "release_date": "2021-09-15"},
]
RELEASES = [
    {"id": 11, "title": "Hans Zimmer - Dune (Original Motion Picture Soundtrack)", "year": "2021"},
    {"id": 12, "title": "Neville Marriner - Amadeus (Soundtrack)", "year": "1984"},
    {"id": 13, "title": "Vangelis - Blade Runner", "year": "1994"},
]


@pytest.mark.parametrize("way", [duckdb_and_rapidfuzz, brute_force])
def test_a_release_goes_to_the_film_of_its_title_and_of_namesakes_to_the_nearest(way):
    found = way(LabeledCatalog("three", FILMS, RELEASES, ()))

    links = {link["release_id"]: link["film_id"] for link in found.links}
    assert links == {11: 3, 12: 1}
    assert found.needs_threshold
