"""Which partitions of silver and gold a write of silver makes due."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from capstone_assets.emulator.catalogs.catalog import Row
from capstone_assets.freshness.due_partitions import (
    partition_digests,
    rivals_concerned,
    years_concerned_by_films,
    years_concerned_by_releases,
)
from capstone_assets.lake.bronze import DISCOGS_MASTERS, DISCOGS_RELEASES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.films import clean_film
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets_tests.freshness.records import (
    AMADEUS,
    DUNE,
    FILM_ROWS,
    REISSUE,
    SOUNDTRACK,
    TERMINATOR,
    TOTO,
    VANGELIS,
)
from capstone_assets_tests.stored_rows import rows_of, store_rows

Prepare = Callable[[Sequence[Row], Sequence[Row]], list[dict[str, Any]]]
REMAKE = {"id": 438631, "title": "Dune", "release_date": "2021-09-15", "vote_count": 600}


@pytest.fixture
def stored(spark, tmp_path_factory):
    """Rows read from a lake: Spark knows how few they are, as in a run."""

    def read(table, rows) -> DataFrame:
        if not rows:
            return rows_of(spark, table, [])
        lakehouse = Lakehouse(str(tmp_path_factory.mktemp("lake")))
        for year in {row["release_year"] for row in rows}:
            of_year = [row for row in rows if row["release_year"] == year]
            store_rows(lakehouse, table, year, of_year)
        return lakehouse.read(spark, table)

    return read


@pytest.fixture
def films(stored):
    """Rows of silver/films, as a table of films says them."""

    def make(rows) -> DataFrame:
        names = [column.name for column in TABLES["bronze/tmdb_movies"].columns]
        plain: dict[str, Any] = {**dict.fromkeys(names), "raw_page": "a page", "composers": []}
        plain |= {"alternative_titles": [], "imdb_id": None}
        cleaned = [
            clean_film({**plain, **row, "release_year": row["release_date"][:4]}) for row in rows
        ]
        return stored(FILMS, cleaned)

    return make


@pytest.fixture(scope="module")
def prepared(spark) -> Prepare:
    """Rows of silver/soundtracks: those of the same releases and masters are made once."""
    made: dict[str, list[dict[str, Any]]] = {}

    def bronze(table, row) -> dict[str, Any]:
        plain: dict[str, Any] = dict.fromkeys(table.column_names)
        plain |= {
            "raw_page": "a page",
            "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
            "genre": [],
            "style": [],
        }
        plain |= {"format": [], "label": [], "barcode": [], "credits": None}
        return {**plain, **row, "release_year": row.get("year") or "unknown"}

    def prepare(releases, masters) -> list[dict[str, Any]]:
        key = json.dumps([releases, masters])
        if key not in made:
            tables = [
                rows_of(spark, table, [bronze(table, row) for row in rows])
                for table, rows in ((DISCOGS_RELEASES, releases), (DISCOGS_MASTERS, masters))
            ]
            rows = prepare_soundtracks(*tables).collect()
            made[key] = [row.asDict(recursive=True) for row in rows]
        return made[key]

    return prepare


@pytest.fixture
def soundtracks(spark, prepared, stored):
    """A table of silver/soundtracks, of all years."""

    def make(releases, masters=()) -> DataFrame:
        if not releases:
            return rows_of(spark, SOUNDTRACKS, [])
        return stored(SOUNDTRACKS, prepared(releases, masters))

    return make


@pytest.fixture
def by_releases(films, soundtracks):
    """The film years that a change of the releases concerns."""

    def concerned(before, after, others=()) -> list[str]:
        old, new, elsewhere = (soundtracks(rows) for rows in (before, after, others))
        return sorted(years_concerned_by_releases(old, new, elsewhere, films(FILM_ROWS)))

    return concerned


@pytest.fixture
def by_films(films, soundtracks):
    """The years of the rivals that a change of the films concerns; one release is of Dune."""

    def concerned(before, after, others) -> list[str]:
        old, new, elsewhere = (films(rows) for rows in (before, after, others))
        return sorted(years_concerned_by_films(old, new, elsewhere, soundtracks([TOTO])))

    return concerned


def test_a_release_of_2016_affects_the_film_of_1984_that_has_its_title(by_releases):
    assert by_releases([], [REISSUE]) == ["1984"]
    # Gone again: the year that holds the link is due as well.
    assert by_releases([REISSUE], []) == ["1984"]


def test_a_pressing_concerns_the_films_of_its_other_pressings_titles(by_releases):
    master = {"master_id": 77}
    dune = {**TOTO, **master}
    renamed = {**REISSUE, **master, "title": "Toto - Der Wüstenplanet"}

    assert by_releases([], [renamed], others=[dune]) == ["1984"]


@pytest.mark.parametrize(
    "release", [VANGELIS, {**REISSUE, "genre": ["Electronic"], "style": ["Techno"]}]
)
def test_a_release_of_no_listed_film_affects_no_year(by_releases, release):
    assert by_releases([], [release]) == []


def test_a_release_that_is_as_it_was_concerns_no_year(by_releases):
    assert by_releases([TOTO], [{**TOTO, "raw_page": "another", "label": ["Milan"]}]) == []


def test_a_new_film_concerns_the_years_of_the_films_it_competes_with(by_films):
    assert by_films([], [REMAKE], FILM_ROWS) == ["1984"]
    assert by_films([REMAKE], [], FILM_ROWS) == ["1984"]


def test_a_new_film_whose_title_no_release_has_affects_no_rival(by_films):
    namesake = {**AMADEUS, "id": 9, "release_date": "2021-01-01"}

    assert by_films([], [namesake], FILM_ROWS) == []


def test_a_films_popularity_and_a_few_votes_concern_its_own_year_alone(by_films):
    more_popular = {**REMAKE, "popularity": 99.5, "vote_count": 601}

    assert by_films([REMAKE], [more_popular], FILM_ROWS) == []


def test_a_film_that_is_no_longer_renowned_affects_its_rivals(by_films):
    assert by_films([REMAKE], [{**REMAKE, "vote_count": 400}], FILM_ROWS) == ["1984"]


@pytest.mark.parametrize(
    ("votes_before", "votes_after", "rival", "is_concerned"),
    [
        (2100, 2101, 209, False),
        # Ten times the rival's votes outshine it.
        (2089, 2090, 209, True),
        # From 2,000 votes on.
        (1999, 2000, 50, True),
        (1998, 1999, 50, False),
        # The other way round: the rival outshines it.
        (201, 200, 2000, True),
        (200, 199, 2000, False),
        (None, 5, 50, True),
    ],
)
def test_votes_affect_a_rival_if_they_change_its_rank(
    votes_before, votes_after, rival, is_concerned
):
    pair = {
        "is_other": False,
        "votes_before": votes_before,
        "votes_after": votes_after,
        "votes": rival,
        "release_year": "1984",
    }

    assert bool(list(rivals_concerned([pair]))) == is_concerned


def test_a_digest_depends_on_the_values_alone_and_not_on_order_or_pages(films):
    known = partition_digests(films([TERMINATOR, DUNE, REMAKE]), FILMS)
    again = films([REMAKE, {**DUNE, "raw_page": "another"}, TERMINATOR])

    assert partition_digests(again, FILMS) == known
    assert sorted(known) == ["1984", "2021"]
    for other in ({**DUNE, "vote_average": 6.5, "vote_count": 1}, {**DUNE, "imdb_id": "tt0087182"}):
        changed = partition_digests(films([TERMINATOR, other, REMAKE]), FILMS)
        assert changed["1984"] != known["1984"]
        assert changed["2021"] == known["2021"]


def test_a_value_that_moves_to_another_column_changes_the_digest(films):
    """Spark's hash skips nulls, so both rows have the same values in the same order."""
    ids = [{**DUNE, "imdb_id": "Q114819"}, {**DUNE, "wikidata_id": "Q114819"}]

    first, second = (partition_digests(films([film]), FILMS) for film in ids)

    assert first != second


def versions(soundtracks, releases, masters=()) -> dict[str, str]:
    return partition_digests(soundtracks(releases, masters), SOUNDTRACKS)


def test_an_original_that_appears_changes_the_year_of_its_reissue_too(soundtracks):
    before = versions(soundtracks, [REISSUE, TOTO])
    now = versions(soundtracks, [REISSUE, TOTO, {**REISSUE, "id": 4, "year": "1984"}])

    assert {year for year in now if now[year] != before[year]} == {"1984", "2016"}


def test_a_master_changes_the_years_of_its_pressings(soundtracks):
    pressing = {**REISSUE, "master_id": 77}
    master = {"id": 77, "title": "The Terminator", "year": "1984", **SOUNDTRACK}
    before = versions(soundtracks, [pressing, TOTO])
    now = versions(soundtracks, [pressing, TOTO], [master])

    assert {year for year in now if now[year] != before[year]} == {"2016"}
