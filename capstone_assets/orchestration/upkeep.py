"""Keep a run's cost from growing with the number of earlier runs.

Belongs here: retention periods, Dagster's runs, and the daily upkeep as a whole.
Not here: deleting from the lake (lake/retention.py) and from the landed pages
(ingest/retention.py), ticks (dagster.yaml).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from capstone_assets.audit.records import run_ids
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.retention import delete_superseded_pages
from capstone_assets.lake.files import write_whole
from capstone_assets.lake.retention import delete_leftovers, delete_records_of_runs
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.jobs import RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retention:
    """How long everything but tables is kept.

    `runs`: Dagster's events of a run whose partitions newer runs have made again, or that failed.
    `records`: a run's audit records, summary and report; the newest `least_runs` stay whatever
    their age. `superseded_pages`: raw pages that a newer load has replaced. `leftovers`: staging of
    killed writes; longer than a run may take.
    """

    runs: timedelta = timedelta(days=90)
    records: timedelta = timedelta(days=400)
    least_runs: int = 50
    superseded_pages: timedelta = timedelta(days=30)
    leftovers: timedelta = timedelta(days=2)
    between: timedelta = timedelta(days=1)
    # Deleting a run takes some 20 ms: a backlog of years is spread over days.
    most_runs_at_once: int = 200


@dataclass(frozen=True)
class FinishedRun:
    """What decides whether a run's events are still the latest of any partition."""

    run_id: str
    created: datetime
    succeeded: bool
    assets: frozenset[str]
    partitions: frozenset[str]


def tidy_if_due(
    lakehouse: Lakehouse,
    instance: dg.DagsterInstance,
    now: datetime,
    retention: Retention | None = None,
) -> str:
    """Delete what is older than `retention` allows, at most once in `between`; return a summary."""
    chosen = retention or Retention()
    marker = lakehouse.url("metrics/_upkeep.txt")
    if (last := _read_moment(lakehouse, marker)) and timedelta() <= now - last < chosen.between:
        return f"Deleted nothing: the last upkeep was at {last:%Y-%m-%d %H:%M}."
    # First, so that a failing upkeep is not repeated by each run.
    write_whole(lakehouse.filesystem, marker, now.isoformat())
    leftovers = delete_leftovers(lakehouse, now - chosen.leftovers)
    pages = delete_superseded_pages(
        PageStore(lakehouse.url("raw/").rstrip("/")), now - chosen.superseded_pages
    )
    records = delete_records_of_runs(lakehouse, _old_runs(lakehouse, now, chosen))
    runs = trim_runs(instance, now - chosen.runs, chosen.most_runs_at_once)
    done = (
        f"Deleted {leftovers:,} leftovers of killed writes, {pages:,} superseded raw pages, "
        f"{records:,} records of old runs and the events of {runs:,} runs."
    )
    if leftovers or pages or records or runs:
        log.info(done)
    return done


def trim_runs(instance: dg.DagsterInstance, before: datetime, most: int) -> int:
    """Delete the events of finished runs created before a moment that no history needs.

    Each asset's newest materialization of each partition stays, whatever its age.
    """
    statuses = [
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
    ]
    records = instance.get_run_records(dg.RunsFilter(statuses=statuses))
    old = superseded_runs([_facts(record) for record in records], before)
    for run_id in old[:most]:
        instance.delete_run(run_id)
    return min(len(old), most)


def superseded_runs(runs: Iterable[FinishedRun], before: datetime) -> list[str]:
    """The runs created before a moment that failed or were made again since, the oldest first."""
    made_since: dict[str, set[str]] = defaultdict(set)
    found = []
    for run in sorted(runs, key=lambda run: run.created, reverse=True):
        is_superseded = all(run.partitions <= made_since[asset] for asset in run.assets)
        if run.created < before and (is_superseded or not run.succeeded):
            found.append(run.run_id)
        if run.succeeded:
            for asset in run.assets:
                made_since[asset] |= run.partitions
    return found[::-1]


def _facts(record: dg.RunRecord) -> FinishedRun:
    run = record.dagster_run
    chosen = run.asset_selection
    # A job without a selection makes all of its assets.
    assets = [key.to_user_string() for key in chosen] if chosen else [f"job {run.job_name}"]
    return FinishedRun(
        run_id=run.run_id,
        created=record.create_timestamp.astimezone(UTC),
        succeeded=run.status is dg.DagsterRunStatus.SUCCESS,
        assets=frozenset(assets),
        partitions=frozenset(_partitions(run)),
    )


def _partitions(run: dg.DagsterRun) -> Sequence[str]:
    first, last = run.tags.get(RANGE_START), run.tags.get(RANGE_END)
    if first in YEAR_KEYS and last in YEAR_KEYS:
        return YEAR_KEYS[YEAR_KEYS.index(first) : YEAR_KEYS.index(last) + 1]
    return [run.tags.get("dagster/partition", "")]


def _old_runs(lakehouse: Lakehouse, now: datetime, chosen: Retention) -> list[str]:
    # A run's id begins with the moment when it began.
    oldest = f"{now - chosen.records:%Y%m%dT%H%M%S}"
    return [run_id for run_id in run_ids(lakehouse)[chosen.least_runs :] if run_id < oldest]


def _read_moment(lakehouse: Lakehouse, path: str) -> datetime | None:
    try:
        return datetime.fromisoformat(lakehouse.filesystem.cat_file(path).decode())
    except (FileNotFoundError, ValueError):
        return None


@dg.sensor(
    name="upkeep",
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    target=None,
    description="Once a day: delete superseded pages, leftovers and the records of old runs.",
)
def upkeep_sensor(context: dg.SensorEvaluationContext, lake: LakehouseResource) -> dg.SkipReason:
    """Do the upkeep if a daemon runs; `capstone run` does its own."""
    return dg.SkipReason(tidy_if_due(lake.lakehouse, context.instance, datetime.now(UTC)))
