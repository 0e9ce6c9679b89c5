import duckdb
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from capstone_assets.lake import storage
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets.lake.metrics import OUTPUT_INVENTORY
from capstone_assets.lake.renames import move
from capstone_assets.lake.silver import CANDIDATES
from capstone_assets.lake.storage import (
    Lakehouse,
    NotMaterializedError,
    SchemaMismatchError,
    UnexpectedPartitionError,
)
from capstone_assets_tests.stored_rows import declared_comments, stored_comments


def pairs(rows, *given: tuple[int, int, str]) -> DataFrame:
    return rows(
        CANDIDATES,
        [{"film_id": f, "release_id": r, "release_year": year} for f, r, year in given],
    )


def stored(lakehouse: Lakehouse, spark, partitions=None) -> set[tuple[int, int, str]]:
    table = lakehouse.read(spark, CANDIDATES, partitions)
    return {(row.film_id, row.release_id, row.release_year) for row in table.collect()}


def test_a_write_replaces_its_partitions_and_no_other(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999"), (2, 2, "2000")), CANDIDATES, ["1999", "2000"])

    counts = lakehouse.write(pairs(rows, (3, 3, "1999"), (4, 4, "1999")), CANDIDATES, ["1999"])

    assert counts == {"1999": 2}
    assert stored(lakehouse, spark) == {(3, 3, "1999"), (4, 4, "1999"), (2, 2, "2000")}


def test_a_partition_without_rows_is_stored_as_such(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999")), CANDIDATES, ["1999"])

    counts = lakehouse.write(pairs(rows), CANDIDATES, ["1999", "unknown"])

    assert counts == {"1999": 0, "unknown": 0}
    assert lakehouse.partitions(CANDIDATES) == ["1999", "unknown"]
    assert stored(lakehouse, spark) == set()


def test_years_with_and_without_rows_are_written_beside_stored_ones(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999")), CANDIDATES, ["1999"])
    # A join leaves a column that may be null; in the file of a year without rows it may not.
    joined = pairs(rows, (2, 2, "2001")).withColumn(
        "release_id", F.when(F.col("release_id") > 0, F.col("release_id"))
    )

    counts = lakehouse.write(joined, CANDIDATES, ["2000", "2001"])

    assert counts == {"2000": 0, "2001": 1}
    assert stored(lakehouse, spark) == {(1, 1, "1999"), (2, 2, "2001")}


def test_a_transform_that_fails_halfway_leaves_the_old_rows(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999")), CANDIDATES, ["1999"])
    broken = pairs(rows, *[(n, n, "1999") for n in range(100)]).withColumn(
        "film_id",
        F.when(F.col("film_id") < 99, F.col("film_id")).otherwise(
            F.raise_error(F.lit("disk full")).cast("long")
        ),
    )

    with pytest.raises(Exception, match="disk full"):
        lakehouse.write(broken, CANDIDATES, ["1999"])

    assert stored(lakehouse, spark) == {(1, 1, "1999")}
    assert lakehouse.filesystem.glob(lakehouse.url("intermediate/_staging/*")) == []


def test_a_disk_that_fills_while_publishing_leaves_every_partition_whole(
    lakehouse, spark, rows, monkeypatch
):
    before = pairs(rows, (1, 1, "1999"), (2, 2, "2000"))
    lakehouse.write(before, CANDIDATES, ["1999", "2000"])

    def fail_at_2000(filesystem, staged, final):
        if "2000" in final:
            raise OSError(28, "No space left on device")
        move(filesystem, staged, final)

    monkeypatch.setattr(storage, "move", fail_at_2000)
    after = pairs(rows, (3, 3, "1999"), (4, 4, "2000"))
    with pytest.raises(OSError, match="No space left"):
        lakehouse.write(after, CANDIDATES, ["1999", "2000"])

    assert stored(lakehouse, spark) == {(3, 3, "1999"), (2, 2, "2000")}
    # The next write completes it before its own.
    monkeypatch.undo()
    lakehouse.write(pairs(rows, (5, 5, "2001")), CANDIDATES, ["2001"])
    assert stored(lakehouse, spark) == {(3, 3, "1999"), (4, 4, "2000"), (5, 5, "2001")}
    assert lakehouse.filesystem.glob(lakehouse.url("intermediate/_staging/*")) == []


def test_rows_of_a_year_that_is_not_materialized_are_refused(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999")), CANDIDATES, ["1999"])

    with pytest.raises(UnexpectedPartitionError, match=r"rows of 2000 .* only 1999"):
        lakehouse.write(pairs(rows, (2, 2, "1999"), (3, 3, "2000")), CANDIDATES, ["1999"])

    assert stored(lakehouse, spark) == {(1, 1, "1999")}


def test_a_schema_that_moved_is_refused_with_every_column_that_did(lakehouse, rows):
    moved = pairs(rows, (1, 1, "1999")).select(
        F.col("film_id").cast("string"), "release_id", "release_year"
    )

    with pytest.raises(SchemaMismatchError) as error:
        lakehouse.write(moved, CANDIDATES, ["1999"])

    assert "film_id is string, declared bigint; block_key is missing" in str(error.value)


def test_reading_what_was_never_written_says_what_to_materialize(lakehouse, spark, rows):
    with pytest.raises(NotMaterializedError, match="silver/candidates was never materialized"):
        lakehouse.read(spark, CANDIDATES)

    lakehouse.write(pairs(rows), CANDIDATES, ["1999"])
    with pytest.raises(NotMaterializedError, match=r"missing 2 of the requested.*2000, 2001"):
        lakehouse.read(spark, CANDIDATES, ["1999", "2000", "2001"])


def test_an_unpartitioned_table_is_replaced_whole(lakehouse, spark, rows):
    lakehouse.write(rows(GENRE_POPULARITY, [{"name": "Jazz"}]), GENRE_POPULARITY, [""])
    lakehouse.write(rows(GENRE_POPULARITY, [{"name": "Rock"}]), GENRE_POPULARITY, [""])

    assert [row.name for row in lakehouse.read(spark, GENRE_POPULARITY).collect()] == ["Rock"]


def test_duckdb_reads_a_table_with_its_years(lakehouse, rows):
    lakehouse.write(pairs(rows, (1, 7, "1999"), (2, 8, "unknown")), CANDIDATES, ["1999", "unknown"])

    found = duckdb.execute(
        "select film_id, release_year from "
        f"read_parquet('{lakehouse.url(CANDIDATES.path)}/*/*.parquet', hive_partitioning = true) "
        "order by film_id"
    ).fetchall()

    assert found == [(1, "1999"), (2, "unknown")]


def test_every_file_carries_the_descriptions_of_its_columns(lakehouse, spark, rows):
    # By Spark, without rows, and again without Spark: a pair leaves its year.
    lakehouse.write(pairs(rows, (1, 1, "1999"), (2, 2, "1999")), CANDIDATES, ["1999", "2000"])
    lakehouse.write(pairs(rows, (2, 2, "2001")), CANDIDATES, ["2001"])
    assert stored(lakehouse, spark) == {(1, 1, "1999"), (2, 2, "2001")}
    lakehouse.write(rows(GENRE_POPULARITY, [{"name": "Jazz"}]), GENRE_POPULARITY, [""])
    lakehouse.write_records([], OUTPUT_INVENTORY)

    for table, partitions in (
        (CANDIDATES, ["1999", "2000", "2001"]),
        (GENRE_POPULARITY, [""]),
        (OUTPUT_INVENTORY, [""]),
    ):
        for partition in partitions:
            found = stored_comments(lakehouse, table, partition)
            assert found == declared_comments(table), (table.name, partition)


def test_spark_describes_a_stored_table_by_its_declaration(lakehouse, spark, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999")), CANDIDATES, ["1999", "2000"])

    spark.read.parquet(lakehouse.url(CANDIDATES.path)).createOrReplaceTempView("candidates")

    described = spark.sql("describe candidates").collect()
    assert {row["col_name"]: row["comment"] for row in described} == {
        **declared_comments(CANDIDATES),
        "release_year": None,  # The name of the folder.
    }


def test_the_inventory_has_rows_bytes_and_time_of_each_partition(lakehouse, rows):
    lakehouse.write(pairs(rows, (1, 1, "1999"), (2, 2, "1999")), CANDIDATES, ["1999", "2000"])

    found = {p.partition: p for p in lakehouse.inventory([CANDIDATES, GENRE_POPULARITY])}

    assert {key: p.rows for key, p in found.items()} == {"1999": 2, "2000": 0}
    assert all(p.bytes > 0 and p.files == 1 and p.last_write.tzinfo for p in found.values())


def test_a_root_with_a_container_placeholder_puts_the_container_into_the_host():
    remote = Lakehouse("abfss://{container}@account.dfs.core.windows.net")

    assert remote.url("gold/matches") == "abfss://gold@account.dfs.core.windows.net/matches"
