from collections.abc import Iterable, Iterator
from typing import Any

from capstone_assets.lake.spark_rows import map_rows
from capstone_assets.orchestration.resources.local_spark import LOCAL_CONFIG


def test_a_worker_starts_with_what_the_steps_run_imported_already_and_without_pandas(spark):
    assert (
        spark.conf.get("spark.python.daemon.module") == LOCAL_CONFIG["spark.python.daemon.module"]
    )

    def look(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
        import gc
        import sys

        for _ in rows:
            yield from ({"module": name, "kept": gc.get_freeze_count() > 0} for name in sys.modules)

    schema = spark.createDataFrame([], "module string, kept boolean").schema
    found = map_rows(spark.range(1), look, schema).collect()

    modules = {row["module"] for row in found}
    assert {
        "capstone_assets.ingest.rows",
        "capstone_assets.lake.landed_pages",
        "capstone_assets.matching.linkage",
        "capstone_assets.matching.soundtracks",
    } <= modules
    # Arrow looks for it at its first array, and importing it takes a second of each run.
    assert "pandas" not in modules
    assert all(row["kept"] for row in found)
