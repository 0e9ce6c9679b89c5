"""A run over odd rows of every kind: the sound rows' gold is that of the sound rows alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg
import pytest
from pyspark.sql import SparkSession

from capstone_assets.emulator.catalogs.bundled import bundled_catalog
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.emulator.catalogs.generator import write_catalog
from capstone_assets.emulator.catalogs.odd_rows import (
    kinds_of_films,
    kinds_of_releases,
    with_odd_rows,
)
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies, land_soundtracks
from capstone_assets.ingest.rows import movie_rows, release_rows
from capstone_assets.lake.gold import TIERS
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.matching.linkage import link_files
from capstone_assets.orchestration.assets.metrics import WRITES_REPORT
from capstone_assets.orchestration.assets.steps import ASSETS
from capstone_assets.orchestration.jobs import RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.emulator.catalogs.generated import YEARS, of_few_years
from capstone_assets_tests.ingest.conftest import ids, serving
from capstone_assets_tests.orchestration.steps import resources
from capstone_assets_tests.stored_rows import query, table

_SET_ASIDE = {
    *("no id", "id is null", "id is 0", "id is negative", "id is a fraction", "id is true"),
    *("id is a word", "id is beyond 64 bits", "id is a list"),
    *("no title", "title is null", "title is empty", "title is an object", "title is a list"),
    *("null", "an empty object", "text", "a number", "a list", "true"),
}
# Nothing in them is out of order, for a film or for a release.
_HARMLESS = {
    *("title has a mark for right to left", "title has a line separator", "an unknown field"),
    *("the date is zero", "the date is impossible", "the date is null", "genre_ids is null"),
    *("the year is a number", "the year is a word", "style is text", "label is null"),
}


def run(folder: Path, catalog: Catalog, years: Sequence[object]) -> None:
    folder.mkdir()
    write_catalog(catalog, folder / "catalog")
    ran = dg.materialize(
        ASSETS,
        resources={
            **resources(str(folder / "lake")),
            "apis": ApisResource(catalog=str(folder / "catalog")),
        },
        tags={RANGE_START: str(years[0]), RANGE_END: str(years[-1]), WRITES_REPORT: "a test"},
        raise_on_error=False,
    )
    assert ran.success, [event.message for event in ran.all_events if event.is_failure]


def links(folder: Path, of: Catalog) -> list[tuple]:
    """The stored links of the films of a catalog."""
    films = ", ".join(str(film["id"]) for film in of.films)
    columns = "film_id, release_id, tier, relation, round(score, 1)"
    return query(
        f"select {columns} from {table(folder, 'gold/matches')} where film_id in ({films}) "
        "order by all"
    )


def links_without_a_lake(spark: SparkSession, folder: Path, catalog: Catalog) -> list[tuple]:
    """The links of a catalog's files; how rare a title is depends on all films there are."""
    write_catalog(catalog, folder)
    films, releases, masters = (
        folder / f"{name}.jsonl" for name in ("films", "releases", "masters")
    )
    found = link_files(spark, films, releases, masters_path=masters).collect()
    return sorted(
        (row.film_id, row.release_id, row.tier, row.relation, round(row.score, 1))
        for row in found
        if row.tier in TIERS
    )


def listed_ids(folder: Path, catalog: Catalog, years: Sequence[str]) -> dict[str, set[int]]:
    """The ids that the APIs list: of releases they have more than soundtracks."""
    store = PageStore(folder)
    with serving(catalog) as api:
        films = land_movies(api.tmdb(), store, years)
        releases = land_soundtracks("release", api.discogs(), store, years)
    return {
        "tmdb_movies": {n for year in years for n in ids(films, year, movie_rows)},
        "discogs_releases": {n for year in years for n in ids(releases, year, release_rows)},
    }


def assert_accounted_for(
    folder: Path, sound: Catalog, odd: Catalog, expected: Mapping[str, set[int]]
) -> None:
    for bronze, of_sound, rows in (
        ("tmdb_movies", sound.films, odd.films),
        ("discogs_releases", sound.releases, odd.releases),
    ):
        mixed_in = {row["id"]: row["odd"] for row in rows[len(of_sound) :]}
        stored = {id_ for (id_,) in query(f"select id from {table(folder, f'raw/{bronze}')}")}
        quarantine = f"read_parquet('{folder}/lake/raw/quarantine/*.parquet')"
        noted = query(f"select treatment, row_id from {quarantine} where source = '{bronze}'")
        [[accounted]] = query(
            f"""select sum(rows) from read_parquet('{folder}/lake/metrics/accounting/*.parquet')
            where "table" = 'bronze/{bronze}' and outcome = 'quarantined'"""
        )
        set_aside = sum(kind in _SET_ASIDE for kind in mixed_in.values())
        duplicates = sum(kind == "a duplicate" for kind in mixed_in.values())

        assert stored - mixed_in.keys() == expected[bronze]
        assert len(stored & mixed_in.keys()) + set_aside + duplicates == len(mixed_in)
        assert sum(treatment == "quarantined" for treatment, _ in noted) == set_aside == accounted
        mended = {mixed_in[row_id] for treatment, row_id in noted if treatment == "mended"}
        kept = {mixed_in[id_] for id_ in stored & mixed_in.keys()}
        assert mended | _HARMLESS >= kept


def assert_adds_up(folder: Path) -> None:
    """Bronze = silver + what was repeated; each film and release of silver has an end in gold."""
    counts = {
        (name, outcome): rows
        for name, outcome, rows in query(
            f"""select "table", outcome, sum(rows) from
            read_parquet('{folder}/lake/metrics/accounting/*.parquet') group by all"""
        )
    }

    def count(name: str, *outcomes: str) -> int:
        return sum(counts.get((name, outcome), 0) for outcome in outcomes)

    assert not [key for key in counts if key[1] == "lost"]
    ends = ("linked", "review", "gated", "unkeyed", "unlinked")
    for bronze, silver, gold in (
        ("bronze/tmdb_movies", "silver/films", "gold/film_soundtracks"),
        ("bronze/discogs_releases", "silver/soundtracks", "gold/matches"),
    ):
        [[stored]] = query(f"select count(*) from {table(folder, bronze.replace('bronze', 'raw'))}")
        assert stored == count(bronze, "kept") == count(silver, "kept", "deduplicated") > 0
        assert count(silver, "kept") == count(gold, *ends)


def test_odd_rows_of_every_kind_are_accounted_for_and_change_no_link(tmp_path: Path, spark):
    sound = of_few_years()
    odd = with_odd_rows(sound, 2 * max(len(kinds_of_films()), len(kinds_of_releases())))

    run(tmp_path / "odd", odd, YEARS)

    listed = listed_ids(tmp_path / "pages", sound, [str(year) for year in YEARS])
    assert_accounted_for(tmp_path / "odd", sound, odd, listed)
    assert_adds_up(tmp_path / "odd")
    expected = links_without_a_lake(spark, tmp_path / "sound", sound)
    assert len(expected) > 50
    assert links(tmp_path / "odd", sound) == expected


@pytest.mark.slow
def test_a_hundred_odd_rows_in_the_bundled_catalog_change_no_link(tmp_path: Path, spark):
    sound = bundled_catalog()
    odd = with_odd_rows(sound, 100)

    run(tmp_path / "odd", odd, YEAR_KEYS)

    listed = listed_ids(tmp_path / "pages", sound, YEAR_KEYS)
    assert_accounted_for(tmp_path / "odd", sound, odd, listed)
    assert_adds_up(tmp_path / "odd")
    assert links(tmp_path / "odd", sound) == links_without_a_lake(spark, tmp_path / "sound", sound)
