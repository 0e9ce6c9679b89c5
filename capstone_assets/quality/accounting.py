"""Account for every row from the landed pages to gold: where it is, or why it is missing.

Belongs here: counting the outcomes of rows, and the findings about the counts.
Not here: thresholds (thresholds.py), which rows are quarantined (ingest/responses.py), the table
of them (lake/bronze.py), Dagster's checks (orchestration/checks.py).

Landed rows are counted when they land, stored rows from their files, so that the counts verify each
other. Only where they differ, the landed pages are read again to find which rows are missing and
whether another year has them: a film is listed in two years while its date changes.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc

from capstone_assets.ingest.landing import PageStore, SliceLanding
from capstone_assets.ingest.page_lists import read_counts, read_page_lists, rows_on_pages
from capstone_assets.ingest.quarantine import added
from capstone_assets.ingest.responses import MENDED, QUARANTINED
from capstone_assets.ingest.rows import master_rows, movie_detail_rows, movie_rows, release_rows
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.metrics import ACCOUNTING, OUTCOMES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.percent import percent
from capstone_assets.quality.judgements import OF_A_FILM
from capstone_assets.quality.profile import SAMPLE_ROWS
from capstone_assets.quality.thresholds import (
    FEWEST_QUARANTINED,
    MOST_DATES_ELSEWHERE,
    MOST_QUARANTINED,
    QUARANTINED_TO_LOOK_AT,
)
from capstone_assets.quality.validation import Finding

READABLE, FEW_QUARANTINED = "most_rows_can_be_read", "few_rows_are_quarantined"
ACCOUNTED, DATES = "every_row_is_accounted_for", "dates_agree_with_their_year"

# The parsers of a landed line and its file's name into rows of the table.
READERS: Mapping[Table, Callable[[str, str], Iterable[dict[str, Any]]]] = {
    TMDB_MOVIES: movie_rows,
    TMDB_MOVIE_DETAILS: movie_detail_rows,
    DISCOGS_RELEASES: release_rows,
    DISCOGS_MASTERS: master_rows,
}
# The tables that are made of another row by row, and the ids of both.
_ROW_BY_ROW = (
    (TMDB_MOVIES, "id", FILMS, "film_id"),
    (DISCOGS_RELEASES, "id", SOUNDTRACKS, "release_id"),
    (FILMS, "film_id", FILM_SOUNDTRACKS, "film_id"),
)
_DATE = "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_NO_KEY = "title_has_no_key"
_LISTED_ELSEWHERE = "stored in another year"
_REPEATED = "repeated by its source"


@dataclass(frozen=True)
class Flow:
    """How many rows of a year had one outcome: a row of metrics/accounting without its run."""

    table: str
    year: str
    outcome: str
    reason: str
    rows: int


def page_store(lakehouse: Lakehouse) -> PageStore:
    """Return the store of a lake's pages."""
    return PageStore(lakehouse.url("raw/"))


def account_for(lakehouse: Lakehouse, years: Sequence[str]) -> list[Flow]:
    """Count the outcomes of the rows of the years; tables that were not made yet are left out."""
    flows = [flow for table in READERS for flow in _from_pages(lakehouse, table, years)]
    for made_of, key, table, key_there in _ROW_BY_ROW:
        flows += _from_table(lakehouse, made_of, key, table, key_there, years)
    flows += _linked_films(lakehouse, years)
    flows += _linked_releases(lakehouse, years)
    return [flow for flow in flows if flow.rows]


def _stored(lakehouse: Lakehouse, table: Table, years: Sequence[str]) -> dict[str, int]:
    there = set(lakehouse.partitions(table))
    wanted = [year for year in years if year in there]
    return lakehouse.row_counts(table, wanted) if wanted else {}


def _from_pages(lakehouse: Lakehouse, table: Table, years: Sequence[str]) -> Iterator[Flow]:
    counts = read_counts(page_store(lakehouse), table.short_name, years)
    for year, stored in _stored(lakehouse, table, list(counts)).items():
        counted = counts[year]

        def flow(outcome: str, rows: int, reason: str = "", year: str = year) -> Flow:
            return Flow(table.name, year, outcome, reason, rows)

        yield flow("kept", stored)
        for treatment in (MENDED, QUARANTINED):
            for reason, rows in counted.reasons.get(treatment, {}).items():
                yield flow(treatment, rows, reason)
        yield flow("deduplicated", counted.duplicates, "repeated on another page, or fetched twice")
        yield flow("missing", counted.missing)
        if stored != counted.landed:
            landed = _landed_ids(lakehouse, table, year)
            # A load from the API counts each row once, a pass over a dump counts records.
            yield flow("deduplicated", max(0, counted.landed - len(landed)), _REPEATED)
            if table == TMDB_MOVIE_DETAILS:  # A batch may hold films that have left the year.
                landed &= _ids_of_year(lakehouse, TMDB_MOVIES, "id", year)
            elsewhere, lost, example = _whereabouts(lakehouse, table, "id", year, landed)
            yield flow("deduplicated", elsewhere, _LISTED_ELSEWHERE)
            yield flow("lost", lost, example)


def _landed_ids(lakehouse: Lakehouse, table: Table, year: str) -> set[int]:
    store, read_rows = page_store(lakehouse), READERS[table]
    files = read_page_lists(store, table.short_name, [year])[year]
    return {row["id"] for row in rows_on_pages(store, files, read_rows)}


def _from_table(
    lakehouse: Lakehouse,
    made_of: Table,
    key: str,
    table: Table,
    key_there: str,
    years: Sequence[str],
) -> Iterator[Flow]:
    before, after = (_stored(lakehouse, each, years) for each in (made_of, table))
    for year in before.keys() & after.keys():
        yield Flow(table.name, year, "kept", "", after[year])
        if after[year] != before[year]:
            had = _ids_of_year(lakehouse, made_of, key, year)
            elsewhere, lost, example = _whereabouts(lakehouse, table, key_there, year, had)
            yield Flow(table.name, year, "deduplicated", _LISTED_ELSEWHERE, elsewhere)
            yield Flow(table.name, year, "lost", example, lost)


def _ids_of_year(lakehouse: Lakehouse, table: Table, key: str, year: str) -> set[int]:
    is_year = pc.field("release_year") == year
    return set(lakehouse.scan(table, [key], is_year)[key].to_pylist())


def _whereabouts(
    lakehouse: Lakehouse, table: Table, key: str, year: str, expected: Collection[int]
) -> tuple[int, int, str]:
    """Count the expected ids of a year that are stored in another year, and in none.

    Unexpected rows count as lost ones, negatively. The text names the first.
    """
    rows = lakehouse.scan(table, [key, "release_year"])
    in_year = rows.filter(pc.equal(rows["release_year"], year))[key].to_pylist()
    others = set(rows.filter(pc.not_equal(rows["release_year"], year))[key].to_pylist())
    absent = set(expected) - set(in_year)
    lost, extra = sorted(absent - others), sorted(set(in_year) - set(expected))
    repeated = len(in_year) - len(set(in_year))
    named = ", ".join(str(each) for each in (lost or extra)[:SAMPLE_ROWS])
    return len(absent & others), len(lost) - len(extra) - repeated, f"{key} {named}"


def _linked_films(lakehouse: Lakehouse, years: Sequence[str]) -> Iterator[Flow]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in _rows(lakehouse, FILM_SOUNDTRACKS, ("best_tier", "no_soundtrack_because"), years):
        because = row["no_soundtrack_because"]
        if row["best_tier"]:
            outcome = ("linked", row["best_tier"])
        elif because == "in_review":
            outcome = ("review", "")
        elif because == _NO_KEY:
            outcome = ("unkeyed", "")
        else:
            outcome = ("unlinked", because or "")
        counts[row["release_year"], *outcome] += 1
    for (year, outcome_name, reason), rows in counts.items():
        yield Flow(FILM_SOUNDTRACKS.name, year, outcome_name, reason, rows)


def _linked_releases(lakehouse: Lakehouse, years: Sequence[str]) -> Iterator[Flow]:
    if not lakehouse.partitions(MATCHES) or not lakehouse.partitions(REVIEW_QUEUE):
        return
    links = lakehouse.scan(MATCHES, ["release_id", "tier"]).to_pydict()
    tiers = dict(zip(links["release_id"], links["tier"], strict=True))
    waiting = set(lakehouse.scan(REVIEW_QUEUE, ["release_id"])["release_id"].to_pylist())
    columns = ("release_id", "kind", "title_keys", "partial_keys")
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in _rows(lakehouse, SOUNDTRACKS, columns, years):
        if tier := tiers.get(row["release_id"]):
            outcome = ("linked", tier)
        elif row["release_id"] in waiting:
            outcome = ("review", "")
        elif row["kind"] not in OF_A_FILM:
            outcome = ("gated", row["kind"])
        elif not row["title_keys"] and not row["partial_keys"]:
            outcome = ("unkeyed", "")
        else:
            outcome = ("unlinked", "none_found")
        counts[row["release_year"], *outcome] += 1
    for (year, outcome_name, reason), rows in counts.items():
        yield Flow(MATCHES.name, year, outcome_name, reason, rows)


def _rows(
    lakehouse: Lakehouse, table: Table, columns: Sequence[str], years: Sequence[str]
) -> list[dict[str, Any]]:
    if not lakehouse.partitions(table):
        return []
    where = pc.field("release_year").isin(list(years))
    rows: list[dict[str, Any]] = lakehouse.scan(
        table, [*columns, "release_year"], where
    ).to_pylist()
    return rows


def outcomes_of_run(lakehouse: Lakehouse, run_id: str) -> list[dict[str, Any]]:
    """Return the rows of metrics/accounting of a run, added up over the years."""
    if not lakehouse.partitions(ACCOUNTING):
        return []
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in lakehouse.scan(ACCOUNTING, where=pc.field("run_id") == run_id).to_pylist():
        counts[row["table"], row["outcome"], row["reason"]] += row["rows"]
    tables, outcomes = list(TABLES), list(OUTCOMES)
    return [
        {"table": table, "outcome": outcome, "reason": reason, "rows": rows}
        for (table, outcome, reason), rows in sorted(
            counts.items(),
            key=lambda item: (
                tables.index(item[0][0]),
                outcomes.index(item[0][1]),
                -item[1],
                item[0][2],
            ),
        )
    ]


def judge_accounts(lakehouse: Lakehouse) -> Finding:
    """Say whether the last run's rows add up from the pages to gold; if not, where they do not."""
    flows = lakehouse.scan(ACCOUNTING).to_pylist()
    lost = [flow for flow in flows if flow["outcome"] == "lost"]
    outcomes: Counter[str] = Counter()
    for flow in flows:
        outcomes[flow["outcome"]] += flow["rows"] if flow["table"] in _FROM_PAGES else 0
    came = outcomes["kept"] + outcomes["quarantined"] + outcomes["deduplicated"] + outcomes["lost"]
    figures = {"came": came, **outcomes, "differences": lost[:SAMPLE_ROWS]}
    if lost:
        first = max(lost, key=lambda flow: abs(flow["rows"]))
        what = (
            f"{first['rows']:,} rows are missing from"
            if first["rows"] > 0
            else f"{-first['rows']:,} rows have no source in"
        )
        others = f"; {len(lost) - 1:,} other tables and years differ, too" if lost[1:] else ""
        summary = (
            f"{what} {first['table']} {first['year']} ({first['reason']}){others}. "
            f"Run the year again: capstone run --years {first['year']}"
        )
        return Finding(ACCOUNTED, False, summary, figures)
    return Finding(
        ACCOUNTED,
        True,
        f"{came:,} rows were fetched: {outcomes['kept']:,} are stored, {outcomes['quarantined']:,} "
        f"quarantined, {outcomes['deduplicated']:,} repeated",
        figures,
    )


_FROM_PAGES = {table.name for table in READERS}


def count_quarantined(
    lakehouse: Lakehouse, table: Table, years: Sequence[str] | None = None
) -> SliceLanding:
    """Add up the rows that the source of a bronze table sent, of all years or of some."""
    counts = read_counts(page_store(lakehouse), table.short_name, years).values()
    return SliceLanding(
        promised=sum(each.promised for each in counts),
        landed=sum(each.landed for each in counts),
        quarantined=sum(each.quarantined for each in counts),
        mended=sum(each.mended for each in counts),
        reasons=added(*(each.reasons for each in counts)),
    )


def judge_quarantined(counted: SliceLanding) -> Iterator[Finding]:
    """Say whether few of a source's rows are quarantined, and whether most can be read."""
    came = counted.landed + counted.quarantined
    share = counted.quarantined / came if came else 0.0
    reasons = counted.reasons.get(QUARANTINED, {})
    figures = {
        "rows": came,
        "quarantined": counted.quarantined,
        "mended": counted.mended,
        "quarantined_share": round(share, 4),
        "reasons": dict(reasons),
    }
    named = "; ".join(f"{rows:,} x {reason}" for reason, rows in _most_first(reasons)[:SAMPLE_ROWS])
    summary = f"{counted.quarantined:,} of {came:,} rows are quarantined ({percent(share)})"
    summary += f": {named}. `capstone quarantine` lists them" if named else ""
    yield Finding(FEW_QUARANTINED, share <= QUARANTINED_TO_LOOK_AT, summary, figures)
    is_sound = share <= MOST_QUARANTINED or counted.quarantined < FEWEST_QUARANTINED
    yield Finding(READABLE, is_sound, summary, figures)


def _most_first(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def judge_dates(lakehouse: Lakehouse) -> Finding:
    """Say how many films have a release date in another year than the one that lists them."""
    rows = lakehouse.scan(TMDB_MOVIES, ["id", "release_date", "release_year"])
    is_date = pc.fill_null(pc.match_substring_regex(rows["release_date"], _DATE), False)
    year = pc.utf8_slice_codeunits(rows["release_date"], 0, 4)
    differing = rows.filter(pc.and_(is_date, pc.not_equal(year, rows["release_year"])))
    dated = pc.sum(is_date).as_py() or 0
    share = differing.num_rows / dated if dated else 0.0
    return Finding(
        DATES,
        share <= MOST_DATES_ELSEWHERE,
        f"{differing.num_rows:,} of {dated:,} dated films have a release date of another year than "
        f"the one that lists them ({percent(share)}; up to {MOST_DATES_ELSEWHERE:.0%} is usual); "
        f"{rows.num_rows - dated:,} have no date. The year that lists a film counts",
        {
            "films": rows.num_rows,
            "dated": dated,
            "differing": differing.num_rows,
            "sample": differing.slice(length=SAMPLE_ROWS).to_pylist(),
        },
    )


def records_of(flows: Iterable[Flow], run_id: str) -> list[dict[str, Any]]:
    """Return the flows as rows of metrics/accounting."""
    return [{"run_id": run_id, **asdict(flow)} for flow in flows]
