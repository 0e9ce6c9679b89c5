"""What the report shows of a run: counted from gold, the metrics and the audit records.

Belongs here: the numbers, as plain values. Not here: drawing (run_plots.py), the page
(run_report.py).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from capstone_assets.audit.records import SUCCESS, latest_records, run_ids
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
from capstone_assets.matching.evaluation import Evaluation, Label, evaluate
from capstone_assets.matching.explanation import ExplainedFilm
from capstone_assets.matching.scorecard import PRIOR, Evidence
from capstone_assets.quality.accounting import outcomes_of_run
from capstone_assets.quality.judgements import match_rate
from capstone_assets.report.curves import Point, curve

_MOST_MUSIC = 12
_MOST_TOP_FILMS = 20
_MOST_COMPOSERS = 15
# The page holds its rows itself: more would make it slow to open.
MOST_LISTED = 5_000
# Of the tests in gold/genre_popularity, after Bonferroni's correction for their number.
_SIGNIFICANCE = 0.05


# What is counted of every row; the rest is read of the rows that are shown.
_PAIR = ("film_id", "release_id")
_COUNTED_OF_A_PAIR = (*_PAIR, "album_id", "score")
_COUNTED_OF_A_FILM = (
    *("film_id", "film_year", "best_tier", "releases", "popularity", "no_soundtrack_because"),
)
_LISTED_OF_A_PAIR = (
    *("film_id", "film_title", "film_year", "release_id", "release_title", "original_year"),
    *("score", "reason"),
)
_OF_A_PAIR = (*_LISTED_OF_A_PAIR, "match_weight", "evidence", "block_key")
_OF_A_FILM = (
    *("film_id", "title", "film_year", "best_tier", "best_album", "best_release_id"),
    *("albums", "releases", "popularity", "no_soundtrack_because"),
)


@dataclass(frozen=True)
class Median:
    """A median with its 95 % interval; `is_significant`: other films differ beyond chance."""

    median: float
    low: float
    high: float
    is_significant: bool


@dataclass(frozen=True)
class MusicRow:
    """The films whose soundtrack has a music genre."""

    name: str
    films: int
    popularity: Median | None
    rating: Median | None


@dataclass(frozen=True)
class ComposerRow:
    """A composer's films that have a soundtrack, and how they are rated."""

    name: str
    films: int
    rating: Median


@dataclass(frozen=True)
class Listing:
    """Rows to search and sort, the first `MOST_LISTED` of `total`."""

    rows: Sequence[Mapping[str, Any]]
    total: int


@dataclass(frozen=True)
class StepRow:
    """A step of the run; `before` is how many rows it wrote in the run that it is compared with."""

    name: str
    layer: str
    outcome: str
    error: str | None
    rows: int | None
    before: int | None
    seconds: float
    began_after: float
    requests: Mapping[str, Any]
    is_table: bool

    @property
    def change(self) -> int | None:
        """Rows more, or fewer, than before."""
        return None if self.rows is None or self.before is None else self.rows - self.before


@dataclass(frozen=True)
class Totals:
    """The run's counts, of which the shares are made."""

    films: int
    films_with_soundtrack: int
    film_soundtracks: int
    candidates: int
    strong: int
    probable: int
    review: int

    @property
    def film_coverage(self) -> float:
        """Films that have a soundtrack, 0 to 1."""
        return self.films_with_soundtrack / self.films if self.films else 0.0

    @property
    def linked_share_of_soundtracks(self) -> float:
        """Film soundtracks that are linked, 0 to 1."""
        linked = self.strong + self.probable
        return linked / self.film_soundtracks if self.film_soundtracks else 0.0

    @property
    def strong_share_of_candidates(self) -> float:
        """Strong links by candidate pair, 0 to 1: the predecessor's match rate."""
        return self.strong / self.candidates if self.candidates else 0.0


@dataclass(frozen=True)
class LinkFigures:
    """Films by decade and tier of their best link, and the scores of all pairs by tier."""

    by_decade: Mapping[str, Mapping[str, int]]
    scores_by_tier: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class RunFigures:
    """Everything that the report shows.

    `links` and `review` have a row for each album and film, `without_soundtrack` one a film.
    """

    run_id: str
    began: datetime
    seconds: float
    years: str
    version: str
    git_commit: str | None
    compared_with: str | None
    steps: Sequence[StepRow]
    outcomes: Sequence[Mapping[str, Any]]
    checks: Sequence[Mapping[str, Any]]
    totals: Totals
    by_decade: Mapping[str, Mapping[str, int]]
    scores_by_tier: Mapping[str, Sequence[float]]
    weight_by_comparison: Mapping[str, tuple[float, float]]
    music: Sequence[MusicRow]
    composers: Sequence[ComposerRow]
    top_films: Sequence[Mapping[str, Any]]
    links: Listing
    without_soundtrack: Listing
    review: Listing
    closest: Sequence[tuple[str, ExplainedFilm]]
    evaluation: Evaluation | None = None
    labels: int = 0
    points: Sequence[Point] = field(default_factory=list)

    @property
    def tables(self) -> list[StepRow]:
        """The steps that write tables."""
        return [step for step in self.steps if step.is_table]


def count_run(
    lakehouse: Lakehouse,
    run_id: str,
    labels: Sequence[Label] = (),
    unfinished: str | None = None,
) -> RunFigures:
    """Count what a run did and what gold holds since; with `labels`, how right its links are.

    `unfinished` is a step that is still under way, which is left out.

    Raises:
        LookupError: no record of the run was found.
        NotMaterializedError: a table of gold was never written.
    """
    records = [each for each in latest_records(lakehouse, run_id) if each["step"] != unfinished]
    if not records:
        raise LookupError(f"No audit record of the run {run_id} is in {lakehouse.root}.")
    began = min(datetime.fromisoformat(record["started"]) for record in records)
    ended = max(datetime.fromisoformat(each["finished"] or each["started"]) for each in records)
    previous = _comparable_run(lakehouse, run_id, records)
    before = _rows_written(lakehouse, previous) if previous else {}
    matches = lakehouse.scan(MATCHES, [*_COUNTED_OF_A_PAIR, "tier"])
    review = lakehouse.scan(REVIEW_QUEUE, _COUNTED_OF_A_PAIR)
    films = lakehouse.scan(FILM_SOUNDTRACKS, _COUNTED_OF_A_FILM)
    judged = matches.to_pylist() if labels else []
    return RunFigures(
        run_id=run_id,
        began=began,
        seconds=(ended - began).total_seconds(),
        years=_years(records),
        version=records[0]["package_version"],
        git_commit=records[0]["git_commit"],
        compared_with=previous,
        steps=[_step(record, began, before) for record in records],
        outcomes=outcomes_of_run(lakehouse, run_id),
        checks=[check for record in records for check in record["checks"]],
        totals=_totals(lakehouse, films, review.num_rows),
        by_decade=_by_decade(films),
        scores_by_tier=_scores_by_tier(matches, review),
        weight_by_comparison=_weight_by_comparison(lakehouse),
        music=_music(lakehouse),
        composers=_composers(lakehouse),
        top_films=_top_films(lakehouse, films),
        links=_albums(lakehouse, MATCHES, matches),
        without_soundtrack=_without_soundtrack(lakehouse, films),
        review=_albums(lakehouse, REVIEW_QUEUE, review),
        closest=_closest(lakehouse, matches, review),
        evaluation=evaluate(judged, labels, None) if labels else None,
        labels=len(labels),
        points=curve(judged, labels) if labels else [],
    )


def _rows_written(lakehouse: Lakehouse, run_id: str) -> dict[str, int]:
    """How many rows each step of a run wrote."""
    return {
        record["step"]: record["records_out"]
        for record in latest_records(lakehouse, run_id)
        if record["outcome"] == SUCCESS
    }


def count_links(lakehouse: Lakehouse) -> LinkFigures:
    """Count what gold holds.

    Raises:
        NotMaterializedError: a table of gold was never written.
    """
    films = lakehouse.scan(FILM_SOUNDTRACKS, ["film_year", "best_tier"])
    matches = lakehouse.scan(MATCHES, ["tier", "score"])
    review = lakehouse.scan(REVIEW_QUEUE, ["score"])
    return LinkFigures(_by_decade(films), _scores_by_tier(matches, review))


def _comparable_run(
    lakehouse: Lakehouse, run_id: str, records: Sequence[Mapping[str, Any]]
) -> str | None:
    """The latest earlier run that wrote as many years of the same tables."""

    def written(of: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        done = (r for r in of if r["outcome"] == SUCCESS and r["step"] in TABLES)
        return {record["step"]: len(record["partitions"]) for record in done}

    wanted = written(records)
    for earlier in run_ids(lakehouse):
        if earlier < run_id and written(latest_records(lakehouse, earlier)) == wanted:
            return earlier
    return None


def _years(records: Sequence[Mapping[str, Any]]) -> str:
    keys: list[str] = max((record["partitions"] for record in records), key=len)
    return f"{keys[0]} to {keys[-1]}" if len(keys) > 1 else "".join(keys) or "none"


def _step(
    record: Mapping[str, Any], run_began: datetime, before: Mapping[str, int | None]
) -> StepRow:
    began = datetime.fromisoformat(record["started"])
    return StepRow(
        name=record["step"],
        layer=record["layer"],
        outcome=record["outcome"],
        error=record["error"],
        rows=record["records_out"],
        before=before.get(record["step"]),
        seconds=record["duration_seconds"] or 0.0,
        began_after=(began - run_began).total_seconds(),
        requests=record["requests"],
        is_table=record["step"] in TABLES,
    )


def _totals(lakehouse: Lakehouse, films: pa.Table, review: int) -> Totals:
    rate = match_rate(lakehouse)
    return Totals(
        films=films.num_rows,
        films_with_soundtrack=films.num_rows - films["best_tier"].null_count,
        film_soundtracks=rate.soundtracks,
        candidates=rate.candidates,
        strong=rate.strong,
        probable=rate.probable,
        review=review,
    )


def _by_decade(films: pa.Table) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    groups = films.group_by(["film_year", "best_tier"]).aggregate([([], "count_all")])
    for row in groups.to_pylist():
        year = row["film_year"]
        decade = f"{year // 10 * 10}s" if year else "unknown"
        found[decade][row["best_tier"] or "none"] += row["count_all"]
    return {decade: dict(found[decade]) for decade in sorted(found)}


def _scores_by_tier(matches: pa.Table, review: pa.Table) -> dict[str, list[float]]:
    scores = {
        tier: matches.filter(pc.field("tier") == tier)["score"].to_pylist()
        for tier in pc.unique(matches["tier"]).to_pylist()
    }
    return {**scores, "review": review["score"].to_pylist()}


def _weight_by_comparison(lakehouse: Lakehouse) -> dict[str, tuple[float, float]]:
    """By comparison, the weight for links and the weight against them, each over all links."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    links = 0
    for batch in lakehouse.batches(MATCHES, ["evidence"]):
        links += batch.num_rows
        found = pc.list_flatten(batch["evidence"])
        names, weights = (pc.struct_field(found, name) for name in ("comparison", "weight"))
        evidence = pa.table({"name": names, "weight": weights, "against": pc.less(weights, 0)})
        groups = evidence.group_by(["name", "against"]).aggregate([("weight", "sum")])
        for row in groups.to_pylist():
            if row["name"] != PRIOR:
                total[row["name"]][row["against"]] += row["weight_sum"]
    means = {name: (up / (links or 1), down / (links or 1)) for name, (up, down) in total.items()}
    return dict(sorted(means.items(), key=lambda item: -(item[1][0] - item[1][1])))


def _music(lakehouse: Lakehouse) -> list[MusicRow]:
    rows = lakehouse.scan(GENRE_POPULARITY).to_pylist()
    tests = _tests(rows, "popularity") + _tests(rows, "rating")
    rows = [row for row in rows if row["tag"] == "genre"]
    rows.sort(key=lambda row: (-row["films"], row["name"]))
    return [
        MusicRow(
            row["name"],
            row["films"],
            _median(row, "popularity", tests),
            _median(row, "rating", tests),
        )
        for row in rows[:_MOST_MUSIC]
    ]


def _composers(lakehouse: Lakehouse) -> list[ComposerRow]:
    """The composers whose films are rated highest."""
    rows = lakehouse.scan(COMPOSER_POPULARITY).to_pylist()
    tests = _tests(rows, "rating")
    found = [
        ComposerRow(row["name"], row["films"], median)
        for row in rows
        if (median := _median(row, "rating", tests))
    ]
    found.sort(key=lambda row: (-row.rating.median, -row.films, row.name))
    return found[:_MOST_COMPOSERS]


def _tests(rows: Sequence[Mapping[str, Any]], measure: str) -> int:
    return sum(row[f"{measure}_p_value"] is not None for row in rows)


def _median(row: Mapping[str, Any], measure: str, tests: int) -> Median | None:
    values = (row[f"median_{measure}"], row[f"{measure}_low"], row[f"{measure}_high"])
    p_value = row[f"{measure}_p_value"]
    is_significant = p_value is not None and p_value * tests < _SIGNIFICANCE
    # Fewer than six films have no interval.
    return None if None in values else Median(*values, is_significant=is_significant)


def _top_films(lakehouse: Lakehouse, films: pa.Table) -> list[Mapping[str, Any]]:
    """The films with the most pressings."""
    having = films.filter(pc.field("releases") > 0)
    order = [("releases", "descending"), ("film_id", "ascending")]
    return _films(lakehouse, having.sort_by(order)["film_id"].slice(0, _MOST_TOP_FILMS))


def _without_soundtrack(lakehouse: Lakehouse, films: pa.Table) -> Listing:
    without = films.filter(pc.field("no_soundtrack_because").is_valid())
    # A film without a popularity comes where one of 0 does.
    popularity = pc.fill_null(without["popularity"], 0.0)
    ranked = pa.table({"film_id": without["film_id"], "popularity": popularity})
    ranked = ranked.sort_by([("popularity", "descending"), ("film_id", "ascending")])
    rows = [
        {
            "film": row["title"],
            "film_year": row["film_year"],
            "film_id": row["film_id"],
            "because": _BECAUSE[row["no_soundtrack_because"]],
            "popularity": row["popularity"],
        }
        for row in _films(lakehouse, ranked["film_id"].slice(0, MOST_LISTED))
    ]
    return Listing(rows, without.num_rows)


def _films(lakehouse: Lakehouse, film_ids: pa.ChunkedArray) -> list[Mapping[str, Any]]:
    """The rows of these films, in their order."""
    chosen = film_ids.to_pylist()
    found = lakehouse.scan(FILM_SOUNDTRACKS, _OF_A_FILM, pc.field("film_id").isin(chosen))
    rows = {row["film_id"]: row for row in found.to_pylist()}
    return [rows[film_id] for film_id in chosen]


def _albums(lakehouse: Lakehouse, table: Table, pairs: pa.Table) -> Listing:
    """An album and its film, of the highest score first, with the number of its pressings."""
    ranked = pairs.sort_by([("score", "descending"), ("release_id", "ascending")])
    ranked = ranked.append_column("place", pa.array(np.arange(ranked.num_rows)))
    groups = ranked.group_by(["album_id", "film_id"])
    albums = groups.aggregate([("place", "min"), ([], "count_all")]).sort_by("place_min")
    shown = albums.slice(0, MOST_LISTED)
    first = ranked.take(shown["place_min"])
    rows = [
        {
            "film": row["film_title"],
            "film_year": row["film_year"],
            "film_id": row["film_id"],
            "release": row["release_title"],
            "release_id": row["release_id"],
            "original_year": row["original_year"],
            "pressings": pressings,
            "tier": row.get("tier", "review"),
            "score": round(row["score"], 4),
            "reason": row["reason"],
        }
        for row, pressings in zip(
            _pairs(lakehouse, table, first, _LISTED_OF_A_PAIR),
            shown["count_all"].to_pylist(),
            strict=True,
        )
    ]
    return Listing(rows, albums.num_rows)


def _pairs(
    lakehouse: Lakehouse, table: Table, chosen: pa.Table, columns: Sequence[str]
) -> list[Mapping[str, Any]]:
    """The rows of these pairs, in their order; of links with their tier."""
    pairs = list(zip(*(chosen[name].to_pylist() for name in _PAIR), strict=True))
    is_chosen = pc.field("release_id").isin([release_id for _, release_id in pairs])
    named = [*columns, "tier"] if table == MATCHES else list(columns)
    found = lakehouse.scan(table, named, is_chosen).to_pylist()
    rows = {tuple(row[name] for name in _PAIR): row for row in found}
    return [rows[pair] for pair in pairs]


_BECAUSE = {
    "in_review": "a pair waits for review",
    "only_other_kinds": "releases of its title are of other kinds",
    "title_has_no_key": "its title has no key to be found by",
    "none_found": "no release was found",
}


def _closest(
    lakehouse: Lakehouse, matches: pa.Table, review: pa.Table
) -> list[tuple[str, ExplainedFilm]]:
    """The accepted link of the lowest score, and the pair that came nearest to being one."""
    chosen = [
        row
        for table, pairs, order in (
            (MATCHES, matches, "ascending"),
            (REVIEW_QUEUE, review, "descending"),
        )
        for row in _pairs(
            lakehouse,
            table,
            pairs.sort_by([("score", order), ("release_id", "ascending")]).slice(0, 1),
            _OF_A_PAIR,
        )
    ]
    return [(row["release_title"], _explained(row)) for row in chosen]


def _explained(row: Mapping[str, Any]) -> ExplainedFilm:
    return ExplainedFilm(
        film_id=row["film_id"],
        title=row["film_title"],
        film_year=row["film_year"],
        block_key=row["block_key"],
        tier=row.get("tier", "review"),
        reason=row["reason"],
        evidence=tuple(Evidence(**each) for each in row["evidence"]),
        match_weight=row["match_weight"],
    )
