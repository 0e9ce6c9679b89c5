"""What the report shows of a run: counted from gold, the metrics and the audit records.

Belongs here: the numbers, as plain values. Not here: drawing (run_plots.py), the page
(run_report.py).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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


_OF_A_PAIR = (
    *("film_id", "film_title", "film_year", "release_id", "release_title", "album_id"),
    *("original_year", "score", "match_weight", "reason", "evidence", "block_key"),
)
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


def count_run(lakehouse: Lakehouse, run_id: str, labels: Sequence[Label] = ()) -> RunFigures:
    """Count what a run did and what gold holds since; with `labels`, how right its links are.

    Raises:
        LookupError: no record of the run was found.
        NotMaterializedError: a table of gold was never written.
    """
    records = latest_records(lakehouse, run_id)
    if not records:
        raise LookupError(f"No audit record of the run {run_id} is in {lakehouse.root}.")
    began = min(datetime.fromisoformat(record["started"]) for record in records)
    ended = max(datetime.fromisoformat(each["finished"] or each["started"]) for each in records)
    previous = _comparable_run(lakehouse, run_id, records)
    before = {
        record["step"]: record["records_out"]
        for record in (latest_records(lakehouse, previous) if previous else [])
        if record["outcome"] == SUCCESS
    }
    matches = lakehouse.scan(MATCHES, [*_OF_A_PAIR, "tier"]).to_pylist()
    review = lakehouse.scan(REVIEW_QUEUE, _OF_A_PAIR).to_pylist()
    films = lakehouse.scan(FILM_SOUNDTRACKS, _OF_A_FILM).to_pylist()
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
        totals=_totals(lakehouse, films, len(review)),
        by_decade=_by_decade(films),
        scores_by_tier=_scores_by_tier(matches, review),
        weight_by_comparison=_weight_by_comparison(matches),
        music=_music(lakehouse),
        composers=_composers(lakehouse),
        top_films=_top_films(films),
        links=_albums(matches),
        without_soundtrack=_without_soundtrack(films),
        review=_albums(review),
        closest=_closest(matches, review),
        evaluation=evaluate(matches, labels, None) if labels else None,
        labels=len(labels),
        points=curve(matches, labels) if labels else [],
    )


def count_links(lakehouse: Lakehouse) -> LinkFigures:
    """Count what gold holds.

    Raises:
        NotMaterializedError: a table of gold was never written.
    """
    films = lakehouse.scan(FILM_SOUNDTRACKS, ["film_year", "best_tier"]).to_pylist()
    matches = lakehouse.scan(MATCHES, ["tier", "score"]).to_pylist()
    review = lakehouse.scan(REVIEW_QUEUE, ["score"]).to_pylist()
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


def _totals(lakehouse: Lakehouse, films: Sequence[Mapping[str, Any]], review: int) -> Totals:
    rate = match_rate(lakehouse)
    return Totals(
        films=len(films),
        films_with_soundtrack=sum(row["best_tier"] is not None for row in films),
        film_soundtracks=rate.soundtracks,
        candidates=rate.candidates,
        strong=rate.strong,
        probable=rate.probable,
        review=review,
    )


def _by_decade(films: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in films:
        year = row["film_year"]
        found[f"{year // 10 * 10}s" if year else "unknown"][row["best_tier"] or "none"] += 1
    return {decade: dict(found[decade]) for decade in sorted(found)}


def _scores_by_tier(
    matches: Sequence[Mapping[str, Any]], review: Sequence[Mapping[str, Any]]
) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = defaultdict(list)
    for row in matches:
        scores[row["tier"]].append(row["score"])
    scores["review"] = [row["score"] for row in review]
    return dict(scores)


def _weight_by_comparison(matches: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """By comparison, the weight for links and the weight against them, each over all links."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in matches:
        for each in row["evidence"]:
            if each["comparison"] != PRIOR:
                total[each["comparison"]][each["weight"] < 0] += each["weight"]
    links = len(matches) or 1
    means = {name: (up / links, down / links) for name, (up, down) in total.items()}
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


def _top_films(films: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The films with the most pressings."""
    having = [row for row in films if row["releases"]]
    return sorted(having, key=lambda row: (-row["releases"], row["film_id"]))[:_MOST_TOP_FILMS]


def _albums(pairs: Sequence[Mapping[str, Any]]) -> Listing:
    """An album and its film, of the highest score first, with the number of its pressings."""
    pressings = Counter((row["album_id"], row["film_id"]) for row in pairs)
    first: dict[tuple[str, int], Mapping[str, Any]] = {}
    for row in sorted(pairs, key=lambda row: (-row["score"], row["release_id"])):
        first.setdefault((row["album_id"], row["film_id"]), row)
    rows = [
        {
            "film": row["film_title"],
            "film_year": row["film_year"],
            "film_id": row["film_id"],
            "release": row["release_title"],
            "release_id": row["release_id"],
            "original_year": row["original_year"],
            "pressings": pressings[album],
            "tier": row.get("tier", "review"),
            "score": round(row["score"], 4),
            "reason": row["reason"],
        }
        for album, row in first.items()
    ]
    return Listing(rows[:MOST_LISTED], len(rows))


def _without_soundtrack(films: Sequence[Mapping[str, Any]]) -> Listing:
    rows = [
        {
            "film": row["title"],
            "film_year": row["film_year"],
            "film_id": row["film_id"],
            "because": _BECAUSE[row["no_soundtrack_because"]],
            "popularity": row["popularity"],
        }
        for row in films
        if row["no_soundtrack_because"]
    ]
    rows.sort(key=lambda row: (-(row["popularity"] or 0.0), row["film_id"]))
    return Listing(rows[:MOST_LISTED], len(rows))


_BECAUSE = {
    "in_review": "a pair waits for review",
    "only_other_kinds": "releases of its title are of other kinds",
    "title_has_no_key": "its title has no key to be found by",
    "none_found": "no release was found",
}


def _closest(
    matches: Sequence[Mapping[str, Any]], review: Sequence[Mapping[str, Any]]
) -> list[tuple[str, ExplainedFilm]]:
    """The accepted link of the lowest score, and the pair that came nearest to being one."""
    chosen = [
        *sorted(matches, key=lambda row: (row["score"], row["release_id"]))[:1],
        *sorted(review, key=lambda row: (-row["score"], row["release_id"]))[:1],
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
