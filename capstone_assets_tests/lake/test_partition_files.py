import errno
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from capstone_assets.lake.partition_files import write_partition_files

SEEN = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
SCHEMA = (
    "release_year string, id long, title string, fetched_at timestamp, "
    "credits array<struct<name: string, part: int>>"
)


def stored(folder):
    return {file.parent.name: pq.ParquetFile(file) for file in folder.glob("*/part-0.parquet")}


def test_each_partition_is_one_file_with_its_rows_as_they_are(tmp_path, spark):
    rows = [
        ("1999", 1, "Magnolia", SEEN, [("Jon Brion", 1), ("Aimee Mann", None)]),
        ("unknown", 2, None, None, None),
        ("1999", 3, "L'été", SEEN, []),
    ]

    write_partition_files(spark.createDataFrame(rows, SCHEMA), {"made by": "us"}, str(tmp_path))

    files = stored(tmp_path)
    assert {name: file.read().sort_by("id").to_pylist() for name, file in files.items()} == {
        "release_year=1999": [
            {
                "id": 1,
                "title": "Magnolia",
                "fetched_at": SEEN,
                "credits": [{"name": "Jon Brion", "part": 1}, {"name": "Aimee Mann", "part": None}],
            },
            {"id": 3, "title": "L'été", "fetched_at": SEEN, "credits": []},
        ],
        "release_year=unknown": [{"id": 2, "title": None, "fetched_at": None, "credits": None}],
    }
    assert files["release_year=1999"].schema_arrow.metadata == {b"made by": b"us"}


def test_a_partition_of_many_batches_is_one_file_that_spark_reads(tmp_path, spark):
    rows = spark.range(25_000).select(
        F.when(F.col("id") < 24_000, "2001").otherwise("2002").alias("release_year"), "id"
    )

    write_partition_files(rows, {}, str(tmp_path))

    counts = spark.read.parquet(str(tmp_path)).groupBy("release_year")
    found = counts.agg(F.count("*"), F.countDistinct("id"), F.max("id")).collect()
    assert {tuple(row) for row in found} == {
        (2001, 24_000, 24_000, 23_999),
        (2002, 1_000, 1_000, 24_999),
    }
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_a_folder_that_cannot_be_written_is_an_os_error_without_sparks_stack(
    tmp_path, spark, capfd
):
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    rows = spark.createDataFrame([("1999", 1)], "release_year string, id long")

    with pytest.raises(OSError, match="Not a directory") as raised:
        write_partition_files(rows, {}, str(taken))

    assert raised.value.errno == errno.ENOTDIR
    assert "Traceback" not in capfd.readouterr().err
