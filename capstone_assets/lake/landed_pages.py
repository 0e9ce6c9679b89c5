"""Turn landed raw pages into bronze rows, in Spark.

Belongs here: reading page files in parallel and keeping one row of each id.
Not here: fetching and landing them (ingest/), what a row of a page means (ingest/rows.py).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from capstone_assets.lake.files import LITERAL_PATHS
from capstone_assets.lake.spark_rows import Row, map_rows
from capstone_assets.lake.tables import Table

# The name from the store's root on, which stays valid when the lake is moved, by the layout of
# ingest/landing.py: a lake below `/srv/pages/` has the same names as any other.
_NAME_IN_STORE = r"(pages/[^/]+/[^/]+/release_year=[^/]+/[^/]+)$"

RowReader = Callable[[str, str], Iterable[dict[str, Any]]]


def read_landed_rows(
    spark: SparkSession, files: Sequence[str], table: Table, read_rows: RowReader
) -> DataFrame:
    """Read the rows of a bronze table from page files.

    Args:
        spark: the session.
        files: full paths or URLs of the page files.
        table: the bronze table.
        read_rows: parses a landed line and its file's name into rows of that table.

    Raises, when the rows are computed:
        MalformedResponseError: a page does not have the documented shape.
    """
    if not files:
        return spark.createDataFrame([], table.spark_schema)
    raw_page = F.regexp_extract(F.input_file_name(), _NAME_IN_STORE, 1)
    lines = spark.read.options(**LITERAL_PATHS).text(list(files))
    lines = lines.select("value", raw_page.alias("raw_page"))

    def parse(pages: Iterable[Row]) -> Iterator[dict[str, Any]]:
        for page in pages:
            yield from read_rows(page["value"], page["raw_page"])

    return newest_of_each_id(map_rows(lines, parse, table.spark_schema))


def newest_of_each_id(rows: DataFrame) -> DataFrame:
    """Keep the last fetched row of each id: lists shift between pages and repeat their rows."""
    newest = Window.partitionBy("id").orderBy(F.desc("fetched_at"), "raw_page", "release_year")
    ranked = rows.withColumn("_rank", F.row_number().over(newest))
    return ranked.where(F.col("_rank") == 1).select(rows.columns)
