"""The two APIs, a lake and Dagster's history, as the sensors see them."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from capstone_assets.definitions import build_defs
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.environment import Settings
from capstone_assets.ingest.settings import RateLimit, discogs_settings, tmdb_settings
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.freshness.records import FILM_ROWS, TOTO, VANGELIS
from capstone_assets_tests.ingest.conftest import Api, Asked, serving

NOW = datetime.now(UTC)
TODAY = NOW.date()
TOKEN = "sesame-0123456789"
TMDB, DISCOGS, DERIVED = (
    "tmdb_changes_sensor",
    "discogs_new_releases_sensor",
    "soundtracks_changed_sensor",
)


class Elsewhere(ApisResource):
    """Both APIs at an address."""

    url: str
    requests_a_minute: int | None = None

    def tmdb(self) -> Any:
        return replace(tmdb_settings(TOKEN, f"{self.url}/3"), limit=None)

    def discogs(self) -> Any:
        most = self.requests_a_minute
        return replace(
            discogs_settings(TOKEN, self.url), limit=RateLimit(most, 60) if most else None
        )


@dataclass
class World:
    """The two APIs, a lake and Dagster's history, with what its daemon would do.

    Without an address of the APIs their rows come from the emulator, as in a run without keys.
    """

    folder: Path
    instance: dg.DagsterInstance
    api: Api | None = None
    elsewhere: Elsewhere | None = None

    def __post_init__(self) -> None:
        if self.api:
            self.elsewhere = Elsewhere(url=self.api.url)

    def serve(self, films=(), releases=(), changes=()) -> None:
        """Let the APIs have these rows from now on."""
        if self.api:
            self.api.show(Catalog([*films], [*releases], [], [], [*changes]))
            return
        catalog = self.folder / "catalog"
        catalog.mkdir(exist_ok=True)
        for name, rows in {"films": films, "releases": releases, "changes": changes}.items():
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (catalog / f"{name}.jsonl").write_text(lines)

    @property
    def lakehouse(self) -> Lakehouse:
        return Lakehouse(str(self.folder / "lake"))

    @property
    def definitions(self) -> dg.Definitions:
        settings = Settings(lake=self.lakehouse.root, catalog=self.folder / "catalog")
        return build_defs(settings, {"apis": self.elsewhere} if self.elsewhere else None)

    def tick(self, sensor: str, cursor: str | None = None) -> Any:
        definitions = self.definitions
        resources = {name: (definitions.resources or {})[name] for name in ("apis", "lake")}
        with dg.build_sensor_context(
            instance=self.instance, cursor=cursor, definitions=definitions, resources=resources
        ) as context:
            return definitions.resolve_sensor_def(sensor).evaluate_tick(context)

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        job = self.definitions.resolve_job_def(request.job_name or "")
        if request.asset_selection:
            job = job.get_subset(
                asset_selection=set(request.asset_selection),
                asset_check_selection=set(request.asset_check_keys or ()),
            )
        ran = job.execute_in_process(
            instance=self.instance, run_config=request.run_config, tags=request.tags
        )
        assert ran.success
        return ran


@dataclass(frozen=True)
class MadeLake:
    """A lake that a whole run made with keys: its folder, the run, and what the APIs were asked."""

    folder: Path
    run_id: str
    asked: Sequence[Asked]

    @property
    def lakehouse(self) -> Lakehouse:
        return Lakehouse(str(self.folder / "lake"))

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its run."""
        with dg.DagsterInstance.local_temp(str(self.folder / "home")) as instance:
            run = instance.get_run_by_id(self.run_id)
        assert run
        return run.tags

    def metadata_of(self, asset: str) -> dict[str, Any]:
        """The metadata of the last materialization of an asset, with plain values."""
        with dg.DagsterInstance.local_temp(str(self.folder / "home")) as instance:
            event = instance.get_latest_materialization_event(dg.AssetKey(asset.split("/")))
        assert event
        assert event.asset_materialization
        return {name: each.value for name, each in event.asset_materialization.metadata.items()}


def make_lake(folder: Path) -> MadeLake:
    """Run the main job for 1984 to 2016; beside the lake are its `log` and Dagster's `home`."""
    (folder / "home").mkdir()
    years = {RANGE_START: "1984", RANGE_END: "2016"}
    with (
        serving(Catalog(FILM_ROWS, [TOTO, VANGELIS])) as api,
        dg.DagsterInstance.local_temp(str(folder / "home")) as instance,
        everything_logged(folder / "log"),
    ):
        world = World(folder, instance, api)
        ran = world.run(dg.RunRequest(job_name=LAKEHOUSE_JOB.name, tags=years))
    return MadeLake(folder, ran.run_id, api.asked)


@contextmanager
def everything_logged(file: Path) -> Iterator[None]:
    """Write what is logged to a file, but for each call of Spark's JVM."""
    root, handler = logging.getLogger(), logging.FileHandler(file)
    levels = {each: each.level for each in (root, logging.getLogger("py4j"))}
    root.addHandler(handler)
    for each in levels:
        each.setLevel(logging.DEBUG if each is root else logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
        for each, level in levels.items():
            each.setLevel(level)


def years_of(ticked: Any) -> list[tuple[str, str]]:
    return [(each.tags[RANGE_START], each.tags[RANGE_END]) for each in ticked.run_requests]


def changed(*films: dict[str, Any], days_ago: int = 0) -> list[dict[str, Any]]:
    return [{"id": film["id"], "date": str(TODAY - timedelta(days_ago))} for film in films]
