"""A run as the lake has it: its audit records, and what the gold tables hold now.

Belongs here: the one reading that the summary, the report and the commands count from. A table is
scanned once, when something of it is first needed.
Not here: what is shown of a run (summary.py, report/run_figures.py), what a check counts of the
table it examines (quality/).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from capstone_assets.audit.records import LOST, SUCCESS, latest_records
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import years_in_words
from capstone_assets.quality.accounting import outcomes_of_run
from capstone_assets.quality.judgements import MatchRate, match_rate

_OF_A_PAIR = (
    *("film_id", "film_title", "film_year", "release_id", "release_title", "original_year"),
    *("album_id", "score", "reason"),
)
# For all pairs together these would not fit in memory.
_OF_THE_CLOSEST = ("match_weight", "evidence", "block_key")
_OF_A_FILM = (
    *("film_id", "title", "film_year", "best_tier", "best_album", "best_release_id"),
    *("albums", "releases", "popularity", "no_soundtrack_because"),
)


@dataclass(frozen=True)
class Pairs:
    """The film-release pairs of gold/matches or gold/review_queue.

    `rows` has what identifies and ranks a pair, and `tier` of a link. `weights` has, by comparison,
    the sum of the weights for a link and of those against one. `closest` is the pair next to the
    bound between the two tables, with its evidence; None when the table is empty.
    """

    rows: pa.Table
    weights: Mapping[str, tuple[float, float]]
    closest: Mapping[str, Any] | None


@dataclass(frozen=True)
class StoredRun:
    """A run's records, the latest of each step, and the tables, each read when first needed.

    All but the records and the outcomes raise NotMaterializedError where a table was never written.
    """

    lakehouse: Lakehouse
    run_id: str
    records: Sequence[Mapping[str, Any]]

    @property
    def began(self) -> datetime:
        """When the first step started."""
        return min(datetime.fromisoformat(record["started"]) for record in self.records)

    @property
    def seconds(self) -> float:
        """From the first step's start to the last one's end; 0 without records."""
        if not self.records:
            return 0.0
        ended = (record["finished"] or record["started"] for record in self.records)
        return (max(map(datetime.fromisoformat, ended)) - self.began).total_seconds()

    @property
    def years(self) -> str:
        """The years that the run covered, in words."""
        keys: Sequence[Sequence[str]] = [record["partitions"] for record in self.records]
        return years_in_words([key for key in max(keys, key=len, default=[]) if key])

    @property
    def made_links(self) -> bool:
        """Whether this run wrote gold/matches: what is stored may be of an earlier run."""
        return MATCHES.name in self._written

    @property
    def made_gold(self) -> bool:
        """Whether this run wrote every table of gold; one of a single table did not."""
        return {table.name for table in TABLES.values() if table.layer == "gold"} <= self._written

    @property
    def _written(self) -> set[str]:
        return {each["step"] for each in self.records if each["outcome"] == SUCCESS}

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """The checks of all steps."""
        return [check for record in self.records for check in record["checks"]]

    @cached_property
    def outcomes(self) -> list[dict[str, Any]]:
        """What became of the rows: metrics/accounting of this run, its years added up."""
        return outcomes_of_run(self.lakehouse, self.run_id)

    @cached_property
    def links(self) -> Pairs:
        """The pairs of gold/matches; the closest is the link of the lowest score."""
        return _read_pairs(self.lakehouse, MATCHES, "ascending")

    @cached_property
    def review(self) -> Pairs:
        """The pairs of gold/review_queue; the closest is the one of the highest score."""
        return _read_pairs(self.lakehouse, REVIEW_QUEUE, "descending")

    @property
    def albums_to_review(self) -> int:
        """The pairs of an album and a film in the queue, which people decide one by one."""
        pairs: int = self.review.rows.group_by(["album_id", "film_id"]).aggregate([]).num_rows
        return pairs

    @cached_property
    def films(self) -> pa.Table:
        """The films of gold/film_soundtracks."""
        return self.lakehouse.scan(FILM_SOUNDTRACKS, _OF_A_FILM)

    @cached_property
    def match_rate(self) -> MatchRate:
        """How many film soundtracks and candidate pairs are linked."""
        return match_rate(self.lakehouse, self.links.rows)

    @cached_property
    def genres(self) -> list[dict[str, Any]]:
        """The rows of gold/genre_popularity."""
        rows: list[dict[str, Any]] = self.lakehouse.scan(GENRE_POPULARITY).to_pylist()
        return rows

    @cached_property
    def composers(self) -> list[dict[str, Any]]:
        """The rows of gold/composer_popularity."""
        rows: list[dict[str, Any]] = self.lakehouse.scan(COMPOSER_POPULARITY).to_pylist()
        return rows


def read_run(lakehouse: Lakehouse, run_id: str, under_way: bool = False) -> StoredRun:
    """Return a run to count from; one that left no records has none.

    Unfinished steps of a run that is `under_way` are left out; those of any other run are lost.
    """
    records = latest_records(lakehouse, run_id)
    if under_way:
        records = [record for record in records if record["outcome"] != LOST]
    return StoredRun(lakehouse, run_id, records)


def _read_pairs(lakehouse: Lakehouse, table: Table, closest_is_first: str) -> Pairs:
    kept = [*_OF_A_PAIR, "tier"] if table == MATCHES else list(_OF_A_PAIR)
    order = [("score", closest_is_first), ("release_id", "ascending")]
    rows: list[pa.Table] = []
    closest: list[pa.Table] = []
    weights: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for batch in lakehouse.batches(table, [*kept, *_OF_THE_CLOSEST]):
        pairs = pa.Table.from_batches([batch])
        rows.append(pairs.select(kept))
        closest.append(pairs.take(pc.sort_indices(pairs, order).slice(0, 1)))
        _add_weights(weights, batch["evidence"])
    if not rows:
        stored = lakehouse.dataset(table).schema
        return Pairs(pa.schema([stored.field(name) for name in kept]).empty_table(), {}, None)
    first = pa.concat_tables(closest).sort_by(order).slice(0, 1).to_pylist()
    sums = {name: (up, down) for name, (up, down) in weights.items()}
    return Pairs(pa.concat_tables(rows), sums, first[0] if first else None)


def _add_weights(weights: Mapping[str, list[float]], evidence: pa.ListArray) -> None:
    found = pc.list_flatten(evidence)
    names, values = (pc.struct_field(found, name) for name in ("comparison", "weight"))
    rows = pa.table({"name": names, "weight": values, "against": pc.less(values, 0)})
    for row in rows.group_by(["name", "against"]).aggregate([("weight", "sum")]).to_pylist():
        weights[row["name"]][row["against"]] += row["weight_sum"]
