"""Registering gold, on Spark's own catalog, which understands the same statements."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.tables import Table
from capstone_assets.lake.unity_catalog import (
    NotRegisteredError,
    create_statement,
    qualified_name,
    register,
)

# The catalog that a Spark without Databricks has.
LOCAL = "spark_catalog"


@pytest.fixture
def gold_schema(spark: SparkSession):
    spark.sql("create database if not exists gold")
    yield
    spark.sql("drop database gold cascade")


def comments(spark: SparkSession, table: Table) -> dict[str, str]:
    rows = spark.sql(f"describe {qualified_name(table, LOCAL)}").collect()
    return {row["col_name"]: row["comment"] for row in rows}


@pytest.mark.usefixtures("gold_schema")
def test_an_analyst_finds_gold_with_a_comment_on_each_column(spark: SparkSession, tmp_path: Path):
    register(spark, MATCHES, str(tmp_path / "matches"), LOCAL)

    found = comments(spark, MATCHES)
    assert {column.name: found[column.name] for column in MATCHES.columns} == {
        column.name: column.description for column in MATCHES.columns
    }
    assert "release_year" in found


@pytest.mark.usefixtures("gold_schema")
def test_rows_of_the_lake_are_found_by_name(spark: SparkSession, tmp_path: Path):
    place = str(tmp_path / "matches")
    rows = spark.createDataFrame([(218, "1984")], "film_id long, release_year string")
    rows.write.partitionBy("release_year").parquet(place)

    register(spark, MATCHES, place, LOCAL)

    # Unity Catalog lists partitions by itself; Spark's own catalog is asked to.
    name = qualified_name(MATCHES, LOCAL)
    spark.sql(f"alter table {name} recover partitions")
    [found] = spark.table(name).collect()
    assert (found["film_id"], found["release_year"]) == (218, "1984")
    assert set(spark.table(name).columns) == {column.name for column in MATCHES.columns}


@pytest.mark.usefixtures("gold_schema")
def test_a_second_run_refreshes_and_a_changed_description_replaces(
    spark: SparkSession, tmp_path: Path
):
    place = str(tmp_path / "matches")
    register(spark, MATCHES, place, LOCAL)
    register(spark, MATCHES, place, LOCAL)

    first, *rest = MATCHES.columns
    changed = replace(MATCHES, columns=(replace(first, description="It's the \\film."), *rest))
    register(spark, changed, place, LOCAL)

    assert comments(spark, MATCHES)[first.name] == "It's the \\film."


def test_a_refusal_says_that_the_rows_are_stored_and_what_to_do(
    spark: SparkSession, tmp_path: Path
):
    with pytest.raises(NotRegisteredError, match=r"The rows are stored, but .*set_up\.py"):
        register(spark, MATCHES, str(tmp_path), LOCAL)


def test_the_table_is_external_and_its_location_is_in_the_lake():
    sql = create_statement(
        MATCHES, "abfss://gold@lake.dfs.core.windows.net/matches", "capstone_dev"
    )

    assert sql.startswith("CREATE TABLE `capstone_dev`.`gold`.`matches` (")
    assert "USING PARQUET PARTITIONED BY (`release_year`)" in sql
    assert "LOCATION 'abfss://gold@lake.dfs.core.windows.net/matches'" in sql
