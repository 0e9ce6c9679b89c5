"""What one reading of a table counts, batch by batch."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import to_arrow_schema

from capstone_assets.lake.bronze import TMDB_MOVIES
from capstone_assets.lake.silver import SOUNDTRACKS
from capstone_assets.quality.profile import null_shares, profile, profile_of
from capstone_assets_tests.stored_rows import store_rows


@pytest.fixture
def soundtracks():
    """The profile of soundtracks from the columns that a test cares about."""

    def count(rows, batch=1000):
        schema = [field.with_nullable(True) for field in to_arrow_schema(SOUNDTRACKS.spark_schema)]
        stored = pa.Table.from_pylist(rows, pa.schema(schema))
        return profile_of(stored.to_batches(max_chunksize=batch), SOUNDTRACKS)

    return count


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_batches_of_any_size_count_the_same(soundtracks, batch):
    rows = [
        {"release_id": 1, "kind": "film_score", "original_year": 1984, "country": "US"},
        {"release_id": 2, "kind": "sung", "original_year": 1869},
        {"release_id": 2, "original_year": 1870, "country": "DE"},
    ]

    found = soundtracks(rows, batch)

    assert found.rows == 3
    assert (found.nulls["country"], found.nulls["kind"], found.nulls["release_id"]) == (1, 1, 0)
    assert (found.strays["kind"], found.strays["original_year"], found.strays["claim"]) == (1, 1, 0)
    assert found.samples_of_strays["kind"] == [{"release_id": "2", "kind": "sung"}]
    assert found.samples_of_nulls["country"] == [{"release_id": "2", "country": "None"}]
    assert found.ids["release_id"].to_pylist() == [1, 2, 2]


def test_five_rows_of_a_fault_are_kept(soundtracks):
    found = soundtracks([{"release_id": n, "kind": "sung"} for n in range(9)], batch=2)

    assert found.strays["kind"] == 9
    assert [row["release_id"] for row in found.samples_of_strays["kind"]] == [
        "0",
        "1",
        "2",
        "3",
        "4",
    ]


def test_shares_are_of_the_columns_that_may_be_null_and_none_without_rows(soundtracks):
    shares = null_shares(soundtracks([{"country": "US"}, {}, {}]), SOUNDTRACKS)

    assert shares["country"] == 0.6667
    assert "kind" not in shares
    assert null_shares(soundtracks([]), SOUNDTRACKS) == {}


def test_a_stored_table_is_read_with_its_partitions_and_the_newest_page(lakehouse):
    for year, month in (("1984", 3), ("2016", 1)):
        fetched = datetime(2026, month, 1, tzinfo=UTC)
        store_rows(lakehouse, TMDB_MOVIES, year, [{"id": int(year), "fetched_at": fetched}])

    found = profile(lakehouse, TMDB_MOVIES)

    assert found.rows == 2
    assert found.newest_page == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.strays["release_year"] == 0
    assert found.nulls["release_year"] == 0
