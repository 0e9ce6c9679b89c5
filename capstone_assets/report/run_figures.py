"""Count what the report shows of a run, from its records and the tables of gold.

Belongs here: the numbers, as plain values.
Not here: reading them (inspection/stored_run.py), drawing (run_plots.py), the page (run_report.py).
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
from capstone_assets.ingest.landing import EMULATOR_ORIGIN, PageStore
from capstone_assets.inspection.stored_run import Pairs, StoredRun
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.matching.evaluation import Evaluation, Label, evaluate, judge_links
from capstone_assets.matching.explanation import ExplainedFilm
from capstone_assets.matching.scorecard import PRIOR, Evidence
from capstone_assets.quality.judgements import MatchRate
from capstone_assets.report.curves import Point, curve

_MOST_MUSIC = 12
_MOST_TOP_FILMS = 20
_MOST_COMPOSERS = 15
# The rows are in the page itself: more would make it slow to open.
MOST_LISTED = 5_000
# For the tests in gold/genre_popularity, after Bonferroni's correction for their number.
_SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Median:
    """A median with its 95% interval; `is_significant`: other films differ beyond chance."""

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

    @property
    def change(self) -> int | None:
        """How many more rows than before, or fewer."""
        return None if self.rows is None or self.before is None else self.rows - self.before


@dataclass(frozen=True)
class RunFigures:
    """Everything that the report shows.

    `links` and `review` have a row for each album and film, `without_soundtrack` one for each film.
    """

    run_id: str
    began: datetime
    seconds: float
    years: str
    is_emulated: bool
    version: str
    git_commit: str | None
    compared_with: str | None
    steps: Sequence[StepRow]
    outcomes: Sequence[Mapping[str, Any]]
    checks: Sequence[Mapping[str, Any]]
    films: int
    films_with_soundtrack: int
    to_review: int
    match_rate: MatchRate
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
    wrong: Listing = Listing((), 0)
    labels: int = 0
    points: Sequence[Point] = field(default_factory=list)

    @property
    def tables(self) -> list[StepRow]:
        """The steps that land pages or write tables; those of checks do neither."""
        return [step for step in self.steps if step.rows is not None or step.outcome != SUCCESS]

    @property
    def film_coverage(self) -> float:
        """Films that have a soundtrack, 0 to 1."""
        return self.films_with_soundtrack / self.films if self.films else 0.0


def count_run(run: StoredRun, labels: Sequence[Label] = ()) -> RunFigures:
    """Count what a run did and what gold holds since; with `labels`, how right its links are.

    Raises:
        LookupError: the run left no record.
        NotMaterializedError: a table of gold was never written.
    """
    records = run.records
    if not records:
        raise LookupError(f"No audit record of the run {run.run_id} is in {run.lakehouse.root}.")
    previous = _comparable_run(run)
    before = _rows_written(latest_records(run.lakehouse, previous)) if previous else {}
    links, films = run.links, run.films
    judged = links.rows.select(_OF_A_JUDGED_LINK).to_pylist() if labels else []
    return RunFigures(
        run_id=run.run_id,
        began=run.began,
        seconds=run.seconds,
        years=run.years,
        is_emulated=_is_emulated(run),
        version=records[0]["package_version"],
        git_commit=records[0]["git_commit"],
        compared_with=previous,
        steps=[_step(record, run.began, before) for record in records],
        outcomes=[outcome_in_words(each) for each in run.outcomes],
        checks=run.checks,
        films=films.num_rows,
        films_with_soundtrack=films.num_rows - films["best_tier"].null_count,
        to_review=run.review.rows.num_rows,
        match_rate=run.match_rate,
        by_decade=count_decades(films),
        scores_by_tier=scores_by_tier(run),
        weight_by_comparison=_weight_by_comparison(links),
        music=_music(run.genres),
        composers=_composers(run.composers),
        top_films=_top_films(films),
        links=_by_film(_albums(links)),
        without_soundtrack=_without_soundtrack(films),
        review=_albums(run.review),
        closest=[
            (pairs.closest["release_title"], _explained(pairs.closest))
            for pairs in (links, run.review)
            if pairs.closest
        ],
        evaluation=evaluate(judged, labels, None) if labels else None,
        wrong=_wrong_links(links, judged, labels, films),
        labels=len(labels),
        points=curve(judged, labels) if labels else [],
    )


_OF_A_JUDGED_LINK = ("film_id", "release_id", "score", "tier")


def _rows_written(records: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows each step wrote."""
    return {r["step"]: r["records_out"] for r in records if r["outcome"] == SUCCESS}


def _comparable_run(run: StoredRun) -> str | None:
    """The latest earlier run that wrote as many years of the same tables."""

    def written(of: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        done = (r for r in of if r["outcome"] == SUCCESS and r["step"] in TABLES)
        return {record["step"]: len(record["partitions"]) for record in done}

    wanted = written(run.records)
    for earlier in run_ids(run.lakehouse):
        if earlier < run.run_id and written(latest_records(run.lakehouse, earlier)) == wanted:
            return earlier
    return None


def _is_emulated(run: StoredRun) -> bool:
    """Whether a page of the lake came from the emulator; a lake of both is refused."""
    origins = PageStore(run.lakehouse.url("raw/")).names("pages")
    return any(origin.startswith(EMULATOR_ORIGIN) for origin in origins)


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
    )


def count_decades(films: pa.Table) -> dict[str, dict[str, int]]:
    """Count the films of each decade by the tier of their best link; `none` has no soundtrack."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    groups = films.group_by(["film_year", "best_tier"]).aggregate([([], "count_all")])
    for row in groups.to_pylist():
        year = row["film_year"]
        decade = f"{year // 10 * 10}s" if year else "unknown"
        found[decade][row["best_tier"] or "none"] += row["count_all"]
    return {decade: dict(found[decade]) for decade in sorted(found)}


def scores_by_tier(run: StoredRun) -> dict[str, list[float]]:
    """Return the scores of the links by tier, and of the pairs to review."""
    links = run.links.rows
    scores = {
        tier: links.filter(pc.field("tier") == tier)["score"].to_pylist()
        for tier in pc.unique(links["tier"]).to_pylist()
    }
    return {**scores, "review": run.review.rows["score"].to_pylist()}


def _weight_by_comparison(links: Pairs) -> dict[str, tuple[float, float]]:
    """By comparison, the weight for links and the weight against them, each over all links."""
    count = links.rows.num_rows or 1
    means = {
        name: (up / count, down / count)
        for name, (up, down) in links.weights.items()
        if name != PRIOR
    }
    return dict(sorted(means.items(), key=lambda item: -(item[1][0] - item[1][1])))


def _music(rows: Sequence[Mapping[str, Any]]) -> list[MusicRow]:
    tests = _tests(rows, "popularity") + _tests(rows, "rating")
    genres = [row for row in rows if row["tag"] == "genre"]
    genres.sort(key=lambda row: (-row["films"], row["name"]))
    return [
        MusicRow(
            row["name"],
            row["films"],
            _median(row, "popularity", tests),
            _median(row, "rating", tests),
        )
        for row in genres[:_MOST_MUSIC]
    ]


def _composers(rows: Sequence[Mapping[str, Any]]) -> list[ComposerRow]:
    """The composers whose films are rated highest, by the lower end of the interval.

    A median of a few films is mostly chance.
    """
    tests = _tests(rows, "rating")
    found = [
        ComposerRow(row["name"], row["films"], median)
        for row in rows
        if (median := _median(row, "rating", tests))
    ]
    found.sort(key=lambda row: (-row.rating.low, -row.rating.median, row.name))
    return found[:_MOST_COMPOSERS]


def _tests(rows: Sequence[Mapping[str, Any]], measure: str) -> int:
    return sum(row[f"{measure}_p_value"] is not None for row in rows)


def _median(row: Mapping[str, Any], measure: str, tests: int) -> Median | None:
    values = (row[f"median_{measure}"], row[f"{measure}_low"], row[f"{measure}_high"])
    p_value = row[f"{measure}_p_value"]
    is_significant = p_value is not None and p_value * tests < _SIGNIFICANCE
    # Fewer than six films have no interval.
    return None if None in values else Median(*values, is_significant=is_significant)


def _top_films(films: pa.Table) -> list[Mapping[str, Any]]:
    """The films with the most pressings."""
    having = films.filter(pc.field("releases") > 0)
    order = [("releases", "descending"), ("film_id", "ascending")]
    return _first_rows(having, pc.sort_indices(having, order), _MOST_TOP_FILMS)


def _without_soundtrack(films: pa.Table) -> Listing:
    without = films.filter(pc.field("no_soundtrack_because").is_valid())
    # A film without a popularity comes where one of 0 does.
    popularity = pc.fill_null(without["popularity"], 0.0)
    ranked = pa.table({"film_id": without["film_id"], "popularity": popularity})
    order = pc.sort_indices(ranked, [("popularity", "descending"), ("film_id", "ascending")])
    rows = [
        {
            "film": row["title"],
            "film_year": row["film_year"],
            "film_id": row["film_id"],
            "because": _BECAUSE[row["no_soundtrack_because"]],
            "popularity": row["popularity"],
        }
        for row in _first_rows(without, order, MOST_LISTED)
    ]
    return Listing(rows, without.num_rows)


def _first_rows(rows: pa.Table, order: pa.UInt64Array, most: int) -> list[Mapping[str, Any]]:
    first: list[Mapping[str, Any]] = rows.take(order.slice(0, most)).to_pylist()
    return first


def _albums(pairs: Pairs) -> Listing:
    """Albums with their films and how many pressings they have, the highest score first."""
    order = pc.sort_indices(pairs.rows, [("score", "descending"), ("release_id", "ascending")])
    ranked = pairs.rows.select(["album_id", "film_id"]).take(order)
    ranked = ranked.append_column("rank", pa.array(np.arange(len(order))))
    groups = ranked.group_by(["album_id", "film_id"])
    albums = groups.aggregate([("rank", "min"), ([], "count_all")]).sort_by("rank_min")
    shown = albums.slice(0, MOST_LISTED)
    rows = [
        {
            **_pair(row),
            "original_year": row["original_year"],
            "pressings": pressings,
            "tier": row.get("tier", "review"),
            "reason": row["reason"],
        }
        for row, pressings in zip(
            pairs.rows.take(order.take(shown["rank_min"])).to_pylist(),
            shown["count_all"].to_pylist(),
            strict=True,
        )
    ]
    return Listing(rows, albums.num_rows)


def _pair(row: Mapping[str, Any]) -> dict[str, Any]:
    """The film, the release and the score of a link or a pair in review."""
    return {
        "film": row["film_title"],
        "film_year": row["film_year"],
        "film_id": row["film_id"],
        "release": row["release_title"],
        "release_id": row["release_id"],
        "score": round(row["score"], 6),
    }


def _wrong_links(
    links: Pairs, judged: Sequence[Mapping[str, Any]], labels: Sequence[Label], films: pa.Table
) -> Listing:
    """The links that labels call wrong, each with the film that its label names."""
    found = judge_links(judged, labels)
    wrong = {(each.film_id, each.release_id) for each in found if not each.right}
    named = {each.release_id: each.film_id for each in labels if each.is_match}
    titles = dict(zip(films["film_id"].to_pylist(), films["title"].to_pylist(), strict=True))
    is_asked = pc.is_in(links.rows["release_id"], pa.array([release for _, release in wrong]))
    rows = [
        {
            **_pair(row),
            "tier": row["tier"],
            "label": _named_by_label(named, row["release_id"], titles),
        }
        for row in (links.rows.filter(is_asked).to_pylist() if wrong else [])
        if (row["film_id"], row["release_id"]) in wrong
    ]
    rows.sort(key=lambda row: (-row["score"], row["release_id"]))
    return Listing(rows[:MOST_LISTED], len(rows))


def _named_by_label(
    named: Mapping[int, int | None], release_id: int, titles: Mapping[int, str]
) -> str:
    if release_id not in named:
        return "not this film"
    film_id = named[release_id]
    return "no film" if film_id is None else titles.get(film_id, f"film {film_id}, not in the lake")


def outcome_in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of metrics/accounting as a reader sees it: its outcome, reason and unit in words."""
    return {
        **row,
        "outcome": _OUTCOMES.get(row["outcome"], row["outcome"]),
        "is_loss": row["outcome"] == "lost",
        "reason": _REASONS.get(row["reason"], row["reason"].replace("_", " ")),
        "unit": _UNITS.get(row["table"], "row") + ("" if row["rows"] == 1 else "s"),
    }


_UNITS = {FILM_SOUNDTRACKS.name: "film", MATCHES.name: "release"}
_OUTCOMES = {
    "kept": "stored",
    "mended": "stored with a change",
    "deduplicated": "repeated",
    "missing": "promised, not served",
    "review": "in review",
    "gated": "not a film's soundtrack",
    "unkeyed": "no title to search by",
    "unlinked": "not linked",
}
_REASONS = {
    "tv": "television",
    "not_soundtrack": "an ordinary album",
    "unmarked": "without genre and style",
    "none_found": "none was found",
    "only_other_kinds": "releases of its title are of other kinds",
    "repeated on another page, or fetched twice": "on two pages, or fetched twice",
}


def _by_film(albums: Listing) -> Listing:
    """The same rows as an index is read: by film, then by year."""

    def place(row: Mapping[str, Any]) -> tuple[Any, ...]:
        years = (row["film_year"] or 0, row["original_year"] or 0)
        return (row["film"].casefold(), *years, row["release_id"])

    return Listing(sorted(albums.rows, key=place), albums.total)


_BECAUSE = {
    "in_review": "a pair waits for review",
    "only_other_kinds": "releases of its title are of other kinds",
    "title_has_no_key": "its title has no key to search by",
    "none_found": "no release was found",
}


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
