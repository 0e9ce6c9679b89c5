"""Our own links, measured like any other way.

Belongs here: running the assets' code on a labeled catalog.
Not here: that code.
"""

import time

from benchmarks.catalogs import LabeledCatalog
from benchmarks.found import Found
from benchmarks.in_process import links_of, proposed_pairs
from capstone_assets.matching.evaluation import Share, share
from capstone_assets.matching.linkage import decide_links
from capstone_assets.matching.scorecard import load_scorecard

_LINK_COLUMNS = ("film_id", "release_id", "tier", "score")


def ours(catalog: LabeledCatalog) -> Found:
    """The links of the assets, with masters where the catalog has them; those in review too.

    The seconds are those from files to links: cleaning, blocking, scoring, deciding.
    """
    silver = catalog.silver
    started = time.perf_counter()
    decided = decide_links(silver.candidates, silver.films, silver.soundtracks)
    links = [row.asDict() for row in decided.select(*_LINK_COLUMNS).collect()]
    return Found(links, silver.seconds + time.perf_counter() - started)


def ours_in_process(catalog: LabeledCatalog) -> Found:
    """The same links, made in this process: for measuring many catalogs without Spark."""
    tables = catalog.tables
    started = time.perf_counter()
    links = links_of(tables, load_scorecard())
    return Found(links, catalog.tables_seconds + time.perf_counter() - started)


def candidate_recall(catalog: LabeledCatalog) -> Share:
    """The share of the releases with a known film whose film blocking proposed.

    No score can find what blocking loses, so recall can never be higher than this.
    """
    proposed = set(proposed_pairs(catalog.tables))
    known = [each for each in catalog.labels if each.is_match and each.film_id is not None]
    reached = {each.release_id for each in known if (each.film_id, each.release_id) in proposed}
    return share(len(reached), len({each.release_id for each in known}))
