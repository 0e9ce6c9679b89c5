"""The process that forks Spark's Python workers, with their modules already imported.

Belongs here: imports that would otherwise cost each worker time in its first task.
Not here: Spark's own settings (local_spark.py).

On a cluster the runtime's own daemon is used: the package reaches the workers after it starts.
"""

import gc
import sys

from pyspark import daemon

import capstone_assets.ingest.rows
import capstone_assets.lake.landed_pages
import capstone_assets.lake.partition_files
import capstone_assets.matching.linkage
import capstone_assets.matching.soundtracks  # noqa: F401


class _NoPandas:
    """Finds no pandas, for which Arrow looks when it first makes an array.

    No function of a worker uses it, and importing it takes as long as everything else here.
    """

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Fail to import pandas; leave any other module to the other finders."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


if __name__ == "__main__":
    sys.meta_path.insert(0, _NoPandas)
    # A worker's garbage collection, after each task, then skips all of this.
    gc.freeze()
    # Rows are lists and dicts by the ten thousand, and none of them is garbage that refers to
    # itself: looking for such takes a quarter of the time of cleaning them.
    gc.set_threshold(100_000, 50, 50)
    daemon.manager()  # type: ignore[no-untyped-call]
