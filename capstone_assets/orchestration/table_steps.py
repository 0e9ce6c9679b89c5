"""Steps that make declared tables: read, transform, store, check and record, a table at a time.

Belongs here: what all tables share, and how recipes become one Dagster step.
Not here: a table's recipe (assets/), where a step runs (definitions.py), files (lake/storage.py).

A step makes several tables, because on Databricks each step is a job with a cluster of its own that
takes minutes to start. In a step every table is stored, checked and recorded before the next one
starts, and a failing blocking check ends the step.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from capstone_assets import __version__
from capstone_assets.environment import read_unity_catalog
from capstone_assets.freshness.data_versions import digest_of
from capstone_assets.ingest.progress import begin_step
from capstone_assets.lake.moved_rows import partitions_out_of_place
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.unity_catalog import LAYER, register
from capstone_assets.lake.years import PARTITION_COLUMN, YEAR_KEYS
from capstone_assets.orchestration.checks import Checked, check_specs, examine
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.partitions import RELEASE_YEARS, expecting_backfill_policies
from capstone_assets.orchestration.step_audit import (
    StepAudit,
    recording_failure,
    run_id_of,
    years_of,
)
from capstone_assets.orchestration.table_metadata import (
    asset_key,
    describe,
    describe_quarantined,
    describe_rows,
    link_to_report,
    schema_fingerprint,
)
from capstone_assets.quality.accounting import READERS, count_quarantined

log = logging.getLogger(__name__)

Event = dg.MaterializeResult[None] | dg.AssetCheckResult
# A table's rows: from Spark, or plain records where a step does not need Spark.
Rows = DataFrame | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Recipe:
    """How one or more tables are made.

    `make` returns the rows by table. It may read, for the years being made, the tables of
    `same_years`; of those in `every_year` it gets the stored rows of all years. `after` are assets
    that have to exist and are not read as tables. `code_version` changes when the rows would.
    """

    tables: tuple[Table, ...]
    make: Callable[["Making"], Mapping[Table, Rows]]
    same_years: tuple[Table, ...] = ()
    every_year: tuple[Table, ...] = ()
    after: tuple[dg.AssetKey, ...] = ()
    code_version: str = __version__

    @property
    def deps(self) -> list[dg.AssetDep]:
        """The tables' inputs in the asset graph."""
        whole = dg.AllPartitionMapping()
        return [
            *(dg.AssetDep(asset_key(table)) for table in self.same_years),
            *(dg.AssetDep(asset_key(t), partition_mapping=whole) for t in self.every_year),
            *(dg.AssetDep(key) for key in self.after),
        ]


def recipe(
    *tables: Table, **more: Any
) -> Callable[[Callable[["Making"], Mapping[Table, Rows]]], Recipe]:
    """Turn a function into the recipe of tables; `more` are the other fields of `Recipe`."""
    return lambda make: Recipe(tables, make, **more)


@dataclass
class Making:
    """What a recipe may use: its inputs, the years being made, the run, the step's resources.

    `years` are the run's and those `moved`: others that have to be made with them, because a row of
    theirs has moved to another year or refers to one that has.
    """

    context: dg.AssetExecutionContext
    recipe: Recipe
    years: Sequence[str]
    run_id: str
    moved: Sequence[str] = ()
    records_in: Counter[Table] = field(default_factory=Counter)
    # What a recipe adds to what the web UI shows of a table.
    metadata: dict[Table, Mapping[str, Any]] = field(default_factory=dict)
    # What to record once a table is stored; it returns the data versions of the partitions.
    once_stored: dict[Table, Callable[[], Mapping[str, str]]] = field(default_factory=dict)

    @property
    def lakehouse(self) -> Lakehouse:
        """The lake."""
        lakehouse: Lakehouse = self.context.resources.lake.lakehouse
        return lakehouse

    @property
    def spark(self) -> SparkSession:
        """The session, which starts at its first use."""
        session: SparkSession = self.context.resources.pyspark.spark_session
        return session

    @property
    def selected(self) -> list[Table]:
        """The tables of the recipe that the run selects."""
        keys = self.context.selected_asset_keys
        return [table for table in self.recipe.tables if asset_key(table) in keys]

    def read(self, table: Table) -> DataFrame:
        """Read an input: the years being made, or every stored one, as the recipe declares.

        Years without data need never be materialized where every year is read; those being made
        must be there.

        Raises:
            NotMaterializedError: a partition that is needed was never written.
        """
        if table not in (*self.recipe.same_years, *self.recipe.every_year):
            raise ValueError(f"{table.name} is not declared as an input of this recipe.")
        every_year = table in self.recipe.every_year or not table.partitioned
        wanted = None if every_year else self.years
        self.records_in[table] = sum(self.lakehouse.row_counts(table, wanted).values())
        return self.lakehouse.read(self.spark, table, wanted)

    def of_years(self, rows: DataFrame) -> DataFrame:
        """Return the rows of the years being made."""
        return rows.where(F.col(PARTITION_COLUMN).isin(*self.years))


def table_step(
    name: str, recipes: Sequence[Recipe], *, launched: bool = True
) -> dg.AssetsDefinition:
    """Combine recipes into one step, which makes those of their tables that a run selects.

    Args:
        name: the step's.
        recipes: in an order in which each finds its inputs.
        launched: whether it runs on Databricks where there is a launcher. Steps without Spark need
            no cluster.
    """
    tables = [table for each in recipes for table in each.tables]

    with expecting_backfill_policies():
        as_assets = dg.multi_asset(
            name=name,
            specs=[
                dg.AssetSpec(
                    asset_key(table),
                    deps=each.deps,
                    code_version=each.code_version,
                    partitions_def=RELEASE_YEARS if table.partitioned else None,
                    **describe(table, each.make),
                )
                for each in recipes
                for table in each.tables
            ],
            check_specs=[spec for table in tables for spec in check_specs(table)],
            can_subset=True,
            backfill_policy=dg.BackfillPolicy.single_run(),
            required_resource_keys={
                *("lake", "pyspark", "apis", "overrides"),
                *([STEP_LAUNCHER] if launched else []),
            },
        )

    def step(context: dg.AssetExecutionContext) -> Generator[Event, None, None]:
        years, run_id = years_of(context), run_id_of(context.instance, context.run.run_id)
        left = set[str]()
        for each in recipes:
            making = Making(context, each, years, run_id)
            if not each.after:  # Pages exist for the requested years only.
                making.moved = _moved_years(making, left)
                making.years = [year for year in YEAR_KEYS if year in {*years, *making.moved}]
            passed = yield from make_and_check(making, left)
            if not passed:
                # Dagster fails a step whose blocking check failed, once it ends.
                return

    return as_assets(step)


def _moved_years(making: Making, left: Collection[str]) -> list[str]:
    """The years that have to be made again with those of the run.

    `left` are those that rows of an earlier table have left. A run of all years has none.
    """
    tables = making.selected
    if not making.years or len(making.years) == len(YEAR_KEYS):
        return []
    astray = {*left, *partitions_out_of_place(making.lakehouse, tables)}
    stored = {year for table in tables for year in making.lakehouse.partitions(table)}
    moved = [year for year in YEAR_KEYS if year in (astray & stored) - {*making.years}]
    if moved:
        names = ", ".join(table.name for table in tables)
        log.warning("%s: rows that moved affect %s as well", names, ", ".join(moved))
    return moved


def make_and_check(making: Making, left: set[str]) -> Generator[Event, None, bool]:
    """Make and check the selected tables of a recipe; each leaves its records.

    Years that are not the run's and that rows have left are added to `left`. Returns whether the
    steps that follow may use the tables.
    """
    context, lakehouse, selected = making.context, making.lakehouse, making.selected
    outcomes: list[Checked] = []
    if selected:
        begin_step(selected[0].name)
        audits = [
            StepAudit.begin(context, lakehouse, t.name, _partitions(t, making)) for t in selected
        ]
        with recording_failure(audits):
            rows = making.recipe.make(making)
            for table, audit in zip(selected, audits, strict=True):
                if table != selected[0]:
                    audit.started_now()
                outcomes += yield from _store_and_check(making, table, rows[table], audit, left)
    for table in making.recipe.tables:
        if table not in selected:
            checked = _checked(making, table)
            outcomes += checked
            yield from (each.result for each in checked)
    return not any(each.blocks for each in outcomes)


def _store_and_check(
    making: Making, table: Table, rows: Rows, audit: StepAudit, left: set[str]
) -> Generator[Event, None, list[Checked]]:
    context, lakehouse = making.context, making.lakehouse
    partitions = _partitions(table, making)
    if isinstance(rows, DataFrame):
        counts = lakehouse.write(rows, table, making.years if table.partitioned else [""])
        if table.layer == LAYER and (catalog := read_unity_catalog()):
            register(making.spark, table, lakehouse.url(table.path), catalog)
    else:
        counts = lakehouse.write_records(rows, table)
    for year in sorted({*counts} - {*partitions}):
        left.add(year)
        description = "Rows of this partition moved to another year, or refer to one that did."
        rows_left: dict[str, Any] = {"dagster/partition_row_count": counts[year]}
        context.log_event(dg.AssetMaterialization(asset_key(table), description, rows_left, year))
    counts = {key: counts[key] for key in partitions}
    versions = making.once_stored[table]() if table in making.once_stored else {}
    metadata = _metadata(making, table, counts, versions)
    # Dagster keeps one version for all partitions of a run; each one's own is in its metadata.
    version = dg.DataVersion(digest_of(sorted(versions.items()))) if versions else None
    yield dg.MaterializeResult(asset_key=asset_key(table), metadata=metadata, data_version=version)
    checked = _checked(making, table)
    audit.end(
        records_in=sum(making.records_in.values()) if making.records_in else None,
        records_out=sum(counts.values()),
        output=lakehouse.url(table.path),
        schema_fingerprint=schema_fingerprint(table),
        checks=[each.record for each in checked],
    )
    log.info(
        "%s: %s rows in %s of %s partitions, %.1f s",
        table.name,
        f"{sum(counts.values()):,}",
        sum(1 for count in counts.values() if count),
        len(partitions),
        audit.record.duration_seconds,
    )
    yield from (each.result for each in checked)
    return checked


def _metadata(
    making: Making, table: Table, counts: dict[str, int], versions: Mapping[str, str]
) -> dict[str, Any]:
    """What the web UI shows of a table's rows, which are counted by partition."""
    lakehouse = making.lakehouse
    metadata = describe_rows(making.context, lakehouse, table, counts, versions)
    metadata |= making.metadata.get(table, {})
    if table in READERS:
        metadata |= describe_quarantined(count_quarantined(lakehouse, table, list(counts)))
    if table.layer == "gold":
        metadata |= link_to_report(making.context, lakehouse, making.run_id)
    return metadata


def _checked(making: Making, table: Table) -> list[Checked]:
    key = asset_key(table)
    selected = {c.name for c in making.context.selected_asset_check_keys if c.asset_key == key}
    if not selected:
        return []
    labels = making.context.resources.apis.labels
    return list(examine(making.lakehouse, table, making.run_id, selected, labels))


def _partitions(table: Table, making: Making) -> Sequence[str]:
    """The partitions of the run."""
    if not table.partitioned:
        return [""]
    if not making.years:
        raise dg.DagsterInvalidInvocationError(
            f"{table.name} is partitioned by year, and this run names none. Nothing was made: "
            "choose a year or a range of years."
        )
    return [year for year in making.years if year not in making.moved]
