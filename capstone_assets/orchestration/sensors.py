"""The sensors: what changes at the two APIs reaches gold by itself.

Belongs here: shells that query the APIs, read the lake and request runs.
Not here: the decisions themselves (freshness/).

A change takes two steps. `tmdb_changes_sensor` and `discogs_new_releases_sensor` request the years
in which an API changed something, up to silver. The steps that write silver record which later
tables and years that affects (due.py); `soundtracks_changed_sensor` reads the records and requests
those, up to gold. The first two wait for the runs that they requested, and the third for any run:
a later tick finds what has changed meanwhile. A failed call fails its tick, which leaves the cursor
where it was.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from capstone_assets.environment import read_change_window
from capstone_assets.freshness.data_versions import (
    LastRequested,
    LinkVersions,
    SilverVersions,
    digest_of,
    due_links,
    marks_of,
)
from capstone_assets.freshness.source_changes import (
    ChangesRead,
    CountsRead,
    YearRange,
    expired_years,
    films_by_partition,
    slice_name,
    watched_years,
    year_ranges,
    years_to_count,
    years_within,
)
from capstone_assets.ingest.counts import KINDS, count_soundtracks, listed_years
from capstone_assets.ingest.loads import changed_movies
from capstone_assets.ingest.settings import ApiSettings, LandingOptions, RetrySettings
from capstone_assets.lake.bronze import (
    DISCOGS_MASTERS,
    DISCOGS_RELEASES,
    TMDB_MOVIE_DETAILS,
    TMDB_MOVIES,
)
from capstone_assets.lake.gold import FILM_SOUNDTRACKS
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN, UNKNOWN_YEAR, YEAR_KEYS
from capstone_assets.orchestration.assets.raw import DISCOGS_PAGES, TMDB_PAGES
from capstone_assets.orchestration.jobs import (
    FILM_TABLES,
    LAKEHOUSE_JOB,
    LINK_TABLES,
    RANGE_END,
    RANGE_START,
    REFRESH_FILMS_JOB,
    REFRESH_JOBS,
    REFRESH_LINKS_JOB,
    REFRESH_RELEASES_JOB,
    REFRESH_SOUNDTRACKS_JOB,
    RELEASE_TABLES,
)
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.orchestration.table_metadata import asset_key

# On every run that a sensor requests; .dagster/dagster.yaml lets them run one after the other.
REFRESH_TAG = "capstone/refresh"
# A run that failed is not requested again: its key is used up. Dagster repeats it instead.
_RETRIES = "dagster/max_retries"

_SECONDS_BETWEEN_QUERIES = 300
_SECONDS_BETWEEN_LOOKS = 60
# Dagster ends a tick after a minute. At 30 requests a second these films take half of it.
_MOST_FILMS_A_TICK = 1000
_SECONDS_OF_COUNTING = 30
# The next tick tries again.
_RETRY = RetrySettings(attempts=3)

# Checks of one partition at a time. The others may fail between the runs of a tick, for example
# while a film is both in its new year and still in its old one.
_CLAIMS_OF_A_PARTITION = (
    "columns_are_as_declared",
    "required_values_are_present",
    "values_are_allowed",
)
# The job of assets that a person materializes, and of backfills.
_CHOSEN_BY_HAND = "__ASSET_JOB"
_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def tmdb_changes_sensor(
    context: dg.SensorEvaluationContext, apis: ApisResource, lake: LakehouseResource
) -> dg.SensorResult:
    """Fetch what changed since the cursor's day, and request the films' old and new years.

    The first tick of a day also requests the years whose rows may not be kept any longer.
    """
    lakehouse = _fresh_listing(lake)
    if reason := _reason_to_wait(context, [REFRESH_FILMS_JOB.name], lakehouse, [FILMS]):
        return dg.SensorResult(skip_reason=reason)
    today, settings = datetime.now(UTC).date(), _with_short_retries(apis.tmdb())
    read = ChangesRead.of(context.cursor, today)
    if not read.unfinished and (reason := _reason_to_collect(context, REFRESH_FILMS_JOB.name)):
        return dg.SensorResult(skip_reason=reason)
    of_today = changed_movies(settings, today, today)
    stale_before = {**_changed_before_today(settings, read.since, today), **of_today}
    new = read.new_films(stale_before, today)
    taken, left = new[:_MOST_FILMS_A_TICK], new[_MOST_FILMS_A_TICK:]
    cursor = read.after(taken, left, of_today, today).to_json()
    expired = _expired_years(lakehouse) if read.read_on != today else []
    if not new and not expired:
        nothing = f"No film changed since {read.since} beyond those already requested."
        return dg.SensorResult(skip_reason=nothing, cursor=cursor)
    films = films_by_partition(
        taken,
        _partitions_of_films(lakehouse, set(taken)),
        listed_years(settings, taken),
        watched_years(lakehouse.partitions(FILMS)),
    )
    films = {**{year: [] for year in expired}, **films}
    if not films:
        elsewhere = f"{len(taken):,} films changed, none of them in a year that is stored."
        return dg.SensorResult(skip_reason=elsewhere, cursor=cursor)

    def facts(span: YearRange) -> Any:
        ids = {year: films[year] for year in years_within(span)}
        return [str(read.since), str(today), ids]

    def config(span: YearRange) -> dict[str, Any]:
        ids = {film for year in years_within(span) for film in films[year]}
        changed = {str(film): stale_before[film].isoformat() for film in sorted(ids)}
        return _config(TMDB_PAGES, {"refresh": True, "changed": changed})

    spans = year_ranges(films)
    requests = [_request(REFRESH_FILMS_JOB.name, s, facts(s), config(s)) for s in spans]
    return dg.SensorResult(run_requests=_in_turn(requests, FILM_TABLES, TMDB_PAGES), cursor=cursor)


def discogs_new_releases_sensor(
    context: dg.SensorEvaluationContext, apis: ApisResource, lake: LakehouseResource
) -> dg.SensorResult:
    """Count some years, recent ones in every tick, and request those whose counts changed.

    Under a rate limit a tick uses half a minute's share of it, and all years take about an hour.
    Releases without a year cannot be queried: their count is the total less that of every year,
    which takes an API without a rate limit. With one, only a run of all years finds them.
    """
    lakehouse = _fresh_listing(lake)
    if reason := _reason_to_wait(
        context, [REFRESH_RELEASES_JOB.name], lakehouse, [DISCOGS_RELEASES]
    ):
        return dg.SensorResult(skip_reason=reason)
    if apis.dump:
        return dg.SensorResult(
            skip_reason="Releases come from a dump. Put a newer one beside it, then run `make run`."
        )
    settings, read = _with_short_retries(apis.discogs()), CountsRead.of(context.cursor)
    watched = watched_years(lakehouse.partitions(DISCOGS_RELEASES))
    if settings.limit is None:
        counted, next_year = _count_everything(settings, watched), read.next_year
    else:
        rate = settings.limit.requests / settings.limit.window_seconds
        most = int(rate * _SECONDS_OF_COUNTING) // len(KINDS)
        dated = [year for year in YEAR_KEYS if year in watched - {UNKNOWN_YEAR}]
        years, next_year = years_to_count(dated, read.next_year, most)
        counted = _count(settings, years)
    now = read.after(counted, next_year)
    if not now.pending:
        nothing = f"No year's count changed ({_by_kind(counted)})."
        return dg.SensorResult(skip_reason=nothing, cursor=now.to_json())
    if reason := _reason_to_collect(context, REFRESH_RELEASES_JOB.name):
        so_far = f"{reason} Changed so far: {', '.join(now.pending)}."
        return dg.SensorResult(skip_reason=so_far, cursor=now.to_json())

    def facts(span: YearRange) -> Any:
        names = [slice_name(kind, year) for year in years_within(span) for kind in KINDS]
        return [now.changes, {name: now.counts[name] for name in names if name in now.counts}]

    refresh = _config(DISCOGS_PAGES, {"refresh": True})
    spans = year_ranges(now.pending)
    requests = [_request(REFRESH_RELEASES_JOB.name, s, facts(s), refresh) for s in spans]
    return dg.SensorResult(
        run_requests=_in_turn(requests, RELEASE_TABLES, DISCOGS_PAGES),
        cursor=now.requested().to_json(),
    )


def soundtracks_changed_sensor(
    context: dg.SensorEvaluationContext, lake: LakehouseResource
) -> dg.SensorResult:
    """Request the soundtracks that changes of other releases affect, then the links.

    It reads what the steps of silver recorded as due, and no table: a tick takes the same time
    however large the lake is.
    """
    lakehouse = _fresh_listing(lake)
    jobs = [job.name for job in REFRESH_JOBS]
    if reason := _reason_to_wait(context, jobs, lakehouse, [FILMS, SOUNDTRACKS]):
        return dg.SensorResult(skip_reason=reason)
    if reason := _reason_to_let_a_run_end(context):
        return dg.SensorResult(skip_reason=reason)
    films, soundtracks = (SilverVersions.read(lakehouse, table) for table in (FILMS, SOUNDTRACKS))
    bronze = (DISCOGS_RELEASES, DISCOGS_MASTERS)
    written = {table.name: lakehouse.last_writes(table) for table in bronze}
    marks, links = marks_of(films, soundtracks), LinkVersions.read(lakehouse).of(FILM_SOUNDTRACKS)
    steps = (
        (REFRESH_SOUNDTRACKS_JOB, DISCOGS_RELEASES, (SOUNDTRACKS,), soundtracks.due(written)),
        (REFRESH_LINKS_JOB, FILMS, LINK_TABLES, due_links(marks, links)),
    )
    requested = LastRequested.of(context.cursor)
    for job, made_of, tables, due in steps:
        if due and requested.is_new(job.name, due):
            spans = year_ranges(due, lakehouse.partitions(made_of))
            requests = [
                _request(job.name, span, [due.get(year) for year in years_within(span)])
                for span in spans
            ]
            cursor = requested.having(job.name, due).to_json()
            return dg.SensorResult(_in_turn(requests, tables), cursor=cursor)
    still_due = list(dict.fromkeys(year for *_, due in steps for year in due))
    if not still_due:
        return dg.SensorResult(skip_reason="Every link is up to date.")
    return dg.SensorResult(
        skip_reason=f"{', '.join(still_due)} were requested already and are still due: look at the "
        f"runs of {REFRESH_SOUNDTRACKS_JOB.name} and {REFRESH_LINKS_JOB.name}."
    )


def change_sensors(running: bool) -> list[dg.SensorDefinition]:
    """Return the sensors; without `running` they wait until a person turns them on.

    On Azure that is the default: each request starts a cluster, which costs money.
    """
    started = dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED
    return [
        dg.sensor(
            job=REFRESH_FILMS_JOB,
            minimum_interval_seconds=_SECONDS_BETWEEN_QUERIES,
            default_status=started,
            description="Follow TMDB's changes and request the years of the films that changed.",
        )(tmdb_changes_sensor),
        dg.sensor(
            job=REFRESH_RELEASES_JOB,
            minimum_interval_seconds=_SECONDS_BETWEEN_QUERIES,
            default_status=started,
            description="Count Discogs' soundtracks by year and request the years that changed.",
        )(discogs_new_releases_sensor),
        dg.sensor(
            jobs=[REFRESH_SOUNDTRACKS_JOB, REFRESH_LINKS_JOB],
            minimum_interval_seconds=_SECONDS_BETWEEN_LOOKS,
            default_status=started,
            description="Request the later tables, up to gold, of the years that a change affects.",
        )(soundtracks_changed_sensor),
    ]


def _fresh_listing(lake: LakehouseResource) -> Lakehouse:
    lakehouse = lake.lakehouse
    # Runs are other processes: a listing remembered from the last tick would hide their work.
    lakehouse.filesystem.invalidate_cache()
    return lakehouse


def _reason_to_wait(
    context: dg.SensorEvaluationContext,
    jobs: Sequence[str],
    lakehouse: Lakehouse,
    needed: Sequence[Table],
) -> str | None:
    """Why not to look for changes in this tick, None to look."""
    for table in needed:
        if not lakehouse.partitions(table):
            return f"{table.name} was never materialized: run `make run` first."
    unfinished = dg.RunsFilter(tags={REFRESH_TAG: jobs}, statuses=_UNDER_WAY)
    if runs := context.instance.get_runs(unfinished, limit=1):
        return f"Run {runs[0].run_id} of an earlier change is still under way."
    return None


def _reason_to_let_a_run_end(context: dg.SensorEvaluationContext) -> str | None:
    """Why not to request links yet: a run that a person started may be making them."""
    for job in (LAKEHOUSE_JOB.name, _CHOSEN_BY_HAND):
        unfinished = dg.RunsFilter(job_name=job, statuses=_UNDER_WAY)
        if runs := context.instance.get_runs(unfinished, limit=1):
            return f"Run {runs[0].run_id} is under way and may make what is due."
    return None


def _reason_to_collect(context: dg.SensorEvaluationContext, job: str) -> str | None:
    """Why to collect changes and not request them yet: the last request is too recent."""
    window = read_change_window()
    if not window:
        return None
    requested = dg.RunsFilter(tags={REFRESH_TAG: job}, created_after=datetime.now(UTC) - window)
    records = context.instance.get_run_records(requested, limit=1)
    if not records:
        return None
    until = records[0].create_timestamp + window
    return f"Changes are collected until {until:%Y-%m-%d %H:%M} UTC."


def _with_short_retries(settings: ApiSettings) -> ApiSettings:
    return replace(settings, retry=_RETRY)


def _changed_before_today(settings: ApiSettings, since: date, today: date) -> dict[int, datetime]:
    return changed_movies(settings, since, today - timedelta(1)) if since < today else {}


def _expired_years(lakehouse: Lakehouse) -> list[str]:
    oldest: dict[str, datetime] = {}
    for table in (TMDB_MOVIES, TMDB_MOVIE_DETAILS):
        for year, fetched in lakehouse.least_values(table, "fetched_at").items():
            oldest[year] = min(fetched, oldest.get(year, fetched))
    return expired_years(oldest, datetime.now(UTC), LandingOptions().retention)


def _partitions_of_films(lakehouse: Lakehouse, films: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    is_asked = pc.field("film_id").isin(list(films))
    for row in lakehouse.scan(FILMS, ["film_id", PARTITION_COLUMN], is_asked).to_pylist():
        found[row["film_id"]].append(row[PARTITION_COLUMN])
    return found


def _count(settings: ApiSettings, years: Sequence[str]) -> dict[str, int]:
    counts = count_soundtracks(settings, years)
    return {slice_name(kind, year or ""): count for (kind, year), count in counts.items()}


def _count_everything(settings: ApiSettings, watched: Collection[str]) -> dict[str, int]:
    """The count of every watched slice; undated releases are the total less those of all years."""
    counts = count_soundtracks(settings, [None, *(y for y in YEAR_KEYS if y != UNKNOWN_YEAR)])
    counted = {
        slice_name(kind, year): n for (kind, year), n in counts.items() if year and year in watched
    }
    if UNKNOWN_YEAR in watched:
        for kind in KINDS:
            dated = sum(n for (of, year), n in counts.items() if of == kind and year)
            counted[slice_name(kind, UNKNOWN_YEAR)] = counts[kind, None] - dated
    return counted


def _by_kind(counted: Mapping[str, int]) -> str:
    """How many years were counted, as in `129 of releases, 129 of masters`."""
    found = {kind: sum(name.startswith(f"{kind} ") for name in counted) for kind in KINDS}
    return ", ".join(f"{years:,} of {kind}s" for kind, years in found.items())


def _config(pages: dg.AssetKey, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"ops": {pages.to_python_identifier(): {"config": dict(config)}}}


def _request(
    job: str, span: YearRange, facts: Any, run_config: Mapping[str, Any] | None = None
) -> dg.RunRequest:
    """A run of a job for a range of years; `facts` are what it is requested for."""
    return dg.RunRequest(
        job_name=job,
        run_key=f"{job}:{span[0]}...{span[1]}:{digest_of(facts)}",
        run_config=run_config,
        tags={RANGE_START: span[0], RANGE_END: span[1], REFRESH_TAG: job, _RETRIES: "2"},
    )


def _in_turn(
    requests: Sequence[dg.RunRequest], tables: Sequence[Table], *pages: dg.AssetKey
) -> list[dg.RunRequest]:
    """A tick's requests: only the last one makes the tables and runs the checks of all years."""
    partitioned = [asset_key(table) for table in tables if table.partitioned]
    claims = [
        dg.AssetCheckKey(key, claim) for key in partitioned for claim in _CLAIMS_OF_A_PARTITION
    ]
    first = [
        request.with_replaced_attrs(asset_selection=[*pages, *partitioned], asset_check_keys=claims)
        for request in requests[:-1]
    ]
    return [*first, *requests[-1:]]
