"""Link a catalog's files stage by stage with the code of the assets, as one process.

Belongs here: our linking at sizes where a benchmark's lists of rows would not fit in memory. Its
last line of output is JSON: seconds by stage, pairs, links and F1.
Not here: measuring the process (process_tree.py), peers (compare.py).

    python -m benchmarks.staged FOLDER
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from capstone_assets.matching.blocking import crowded_pieces_of, propose_pairs
from capstone_assets.matching.evaluation import evaluate, read_labels
from capstone_assets.matching.files import read_films, read_masters, read_releases
from capstone_assets.matching.films import prepare_films
from capstone_assets.matching.linkage import decide_links
from capstone_assets.matching.soundtracks import prepare_soundtracks
from capstone_assets.orchestration.resources.local_spark import start_local_spark


def link(folder: Path) -> dict[str, Any]:
    """Link the catalog in a folder; each stage ends before the next is timed."""
    started = time.perf_counter()
    stages: dict[str, float] = {}
    rows: dict[str, int] = {}

    def staged(name: str, frame: DataFrame) -> DataFrame:
        began = time.perf_counter()
        kept = frame.cache()
        rows[name] = kept.count()
        stages[name] = round(time.perf_counter() - began, 1)
        sys.stderr.write(f"{name}: {rows[name]:,} rows, {stages[name]} s\n")
        return kept

    files = [folder / name for name in ("films.jsonl", "releases.jsonl", "masters.jsonl")]
    spark = start_local_spark(sum(each.stat().st_size for each in files))
    stages["start Spark"] = round(time.perf_counter() - started, 1)
    movies, details = read_films(spark, files[0])
    releases, _ = read_releases(spark, files[1])
    masters = read_masters(spark, files[2])
    films = staged("clean films", prepare_films(movies, details))
    soundtracks = staged("clean releases", prepare_soundtracks(releases, masters))
    proposed = propose_pairs(films, films, soundtracks, crowded_pieces_of(films))
    candidates = staged("propose pairs", proposed)
    decided = staged("decide", decide_links(candidates, films, soundtracks))
    began = time.perf_counter()
    chosen = decided.select("film_id", "release_id", "tier", "score")
    links = [row.asDict() for row in chosen.toLocalIterator()]
    stages["collect"] = round(time.perf_counter() - began, 1)
    linking = sum(seconds for name, seconds in stages.items() if name != "start Spark")
    judged = evaluate(links, read_labels(folder / "labels.csv"))
    return {
        "seconds": round(linking, 1),
        "stages": stages,
        "rows": rows,
        "f1": judged.overall.f1,
        "precision": judged.overall.precision.value,
        "recall": judged.overall.recall.value,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(link(Path(sys.argv[1]))) + "\n")
