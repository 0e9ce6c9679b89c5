from collections.abc import Iterator

import pandas as pd

from capstone_assets.orchestration.resources.spark import LOCAL_CONFIG


def test_a_worker_starts_with_what_the_steps_run_imported_already(spark):
    assert (
        spark.conf.get("spark.python.daemon.module") == LOCAL_CONFIG["spark.python.daemon.module"]
    )

    def look(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        import gc
        import sys

        for _ in batches:
            names = [name for name in sys.modules if name.startswith("capstone_assets.")]
            yield pd.DataFrame({"module": names, "kept": gc.get_freeze_count() > 0})

    found = spark.range(1).mapInPandas(look, "module string, kept boolean").collect()

    assert {
        "capstone_assets.ingest.rows",
        "capstone_assets.lake.landed_pages",
        "capstone_assets.matching.linkage",
        "capstone_assets.matching.soundtracks",
    } <= {row["module"] for row in found}
    assert all(row["kept"] for row in found)
