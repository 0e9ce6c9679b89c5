"""The sensors: their decisions as plain functions, then against the emulator and a real lake."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from capstone_assets.definitions import build_defs, defs
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.environment import Settings
from capstone_assets.freshness.data_versions import LinkVersions, SilverVersions, marks_of
from capstone_assets.freshness.source_changes import (
    ChangesRead,
    CountsRead,
)
from capstone_assets.ingest.errors import IngestError
from capstone_assets.lake.bronze import DISCOGS_MASTERS, DISCOGS_RELEASES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START
from capstone_assets.orchestration.sensors import REFRESH_TAG, _partitions_of_films
from capstone_assets_tests.freshness.records import (
    AMADEUS,
    DUNE,
    FILM_ROWS,
    LEON,
    REISSUE,
    SOUNDTRACK,
    TERMINATOR,
    TOTO,
    VANGELIS,
)
from capstone_assets_tests.ingest.conftest import serving
from capstone_assets_tests.instances import instance_of
from capstone_assets_tests.orchestration.world import (
    DERIVED,
    DISCOGS,
    NOW,
    TMDB,
    TODAY,
    TOKEN,
    Elsewhere,
    World,
    changed,
    years_of,
)
from capstone_assets_tests.programs import BIN, environment

PROJECT = Path(__file__).parents[2]


NOWHERE = Elsewhere(url="http://127.0.0.1:9")
UNDATED = {"id": 3, "title": "Brad Fiedel - The Terminator (Score)", **SOUNDTRACK}


@pytest.fixture
def world(made_lake, tmp_path) -> Iterator[World]:
    """A copy of a made lake, as old as it is, and APIs that know nothing new."""
    shutil.copytree(made_lake.folder / "lake", tmp_path / "world/lake")
    with (
        serving(Catalog(FILM_ROWS, [TOTO, VANGELIS])) as api,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        yield World(tmp_path / "world", instance, api)


@pytest.mark.parametrize("sensor", [TMDB, DISCOGS, DERIVED])
def test_a_tick_that_finds_nothing_new_requests_nothing_and_says_so(world, sensor):
    first = world.tick(sensor)
    second = world.tick(sensor, first.cursor)

    for ticked in (first, second):
        assert ticked.run_requests == []
        assert ticked.skip_message
    assert second.cursor in (first.cursor, None)


@pytest.mark.parametrize("sensor", [TMDB, DISCOGS, DERIVED])
def test_without_a_lake_a_tick_says_what_to_do_and_makes_no_request(tmp_path, sensor):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(tmp_path, instance, elsewhere=NOWHERE)

        ticked = world.tick(sensor)

    assert ticked.run_requests == []
    assert "make run" in ticked.skip_message
    assert ticked.cursor is None


def test_a_changed_film_is_requested_with_its_details_and_a_second_tick_requests_nothing(world):
    world.serve([*FILM_ROWS], [TOTO, VANGELIS], changed(AMADEUS))

    ticked = world.tick(TMDB)
    twice, then = world.tick(TMDB), world.tick(TMDB, ticked.cursor)

    [request] = ticked.run_requests
    assert request.job_name == "refresh_films"
    assert years_of(ticked) == [("1984", "1984")]
    config = request.run_config["ops"]["raw__tmdb_pages"]["config"]
    details = config.pop("changed")
    assert config == {"refresh": True}
    assert list(details) == ["279"]
    assert datetime.fromisoformat(details["279"]) <= datetime.now(UTC)
    # A tick whose cursor was lost asks for the same run, which Dagster launches once.
    assert [each.run_key for each in twice.run_requests] == [request.run_key]
    assert then.run_requests == []


def test_a_film_that_moved_and_a_new_one_are_requested_in_every_year_they_affect(world):
    moved = {**DUNE, "release_date": "1986-01-03"}
    new = {"id": 2, "title": "Ariel", "release_date": "1988-10-21"}
    beyond = {"id": 3, "title": "Gladiator II", "release_date": "2024-11-13"}
    films = [TERMINATOR, moved, AMADEUS, LEON, new, beyond]
    world.serve(films, [TOTO, VANGELIS], changed(moved, new, beyond))

    ticked = world.tick(TMDB)

    assert years_of(ticked) == [("1984", "1984"), ("1986", "1986"), ("1988", "1988")]


def test_the_first_tick_of_a_day_requests_the_years_that_may_no_longer_be_kept(world):
    details = TABLES["bronze/tmdb_movie_details"]
    file = world.lakehouse.partition_file(details, "1994")
    rows = pq.read_table(file)
    long_ago = pa.array(
        [NOW - timedelta(181)] * rows.num_rows, rows.schema.field("fetched_at").type
    )
    place = rows.schema.get_field_index("fetched_at")
    pq.write_table(rows.set_column(place, "fetched_at", long_ago), file)
    world.serve(FILM_ROWS, [TOTO, VANGELIS])
    yesterday = ChangesRead(TODAY, TODAY - timedelta(1)).to_json()

    ticked = world.tick(TMDB, yesterday)
    then = world.tick(TMDB, ticked.cursor)

    assert years_of(ticked) == [("1994", "1994")]
    assert then.run_requests == []


def test_only_the_last_run_of_a_tick_claims_what_concerns_all_years(world):
    world.serve(FILM_ROWS, [TOTO, VANGELIS], changed(DUNE, LEON))

    first, last = world.tick(TMDB).run_requests

    # Between the two a film that moved is in both years.
    assert "key_is_unique" not in {key.name for key in first.asset_check_keys}
    assert "values_are_allowed" in {key.name for key in first.asset_check_keys}
    assert (last.asset_selection, last.asset_check_keys) == (None, None)


def test_after_40_days_the_changes_are_read_in_chunks_of_at_most_14(world):
    changes = [
        *changed(TERMINATOR, days_ago=39),
        *changed(DUNE, days_ago=20),
        *changed(LEON, days_ago=2),
    ]
    world.serve(FILM_ROWS, [TOTO, VANGELIS], changes)
    cursor = ChangesRead(TODAY - timedelta(40), TODAY - timedelta(40)).to_json()

    ticked = world.tick(TMDB, cursor)

    assert years_of(ticked) == [("1984", "1984"), ("1994", "1994")]
    asked = [dict(each.params) for each in world.api.asked if each.path.endswith("/movie/changes")]
    windows = sorted((each["start_date"], each["end_date"]) for each in asked)
    *past, today = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in windows]
    assert today == (TODAY, TODAY)
    assert len(past) == 3
    assert past[0][0] == TODAY - timedelta(40)
    assert past[-1][1] == TODAY - timedelta(1)
    assert all((last - first).days < 14 for first, last in past)


@pytest.mark.parametrize("sensor", [TMDB, DISCOGS])
def test_a_failed_call_fails_the_tick_without_showing_the_key_and_the_cursor_stays(world, sensor):
    world.elsewhere = NOWHERE

    with pytest.raises(IngestError) as failed:
        world.tick(sensor)

    assert "No answer from" in str(failed.value)
    assert TOKEN not in str(failed.value)


@pytest.mark.parametrize(
    ("sensor", "job"),
    [
        (TMDB, "refresh_films"),
        (DISCOGS, "refresh_releases"),
        (DERIVED, "refresh_films"),
        (DERIVED, "refresh_releases"),
        (DERIVED, "refresh_links"),
    ],
)
def test_while_an_earlier_change_is_under_way_no_request_is_made(world, sensor, job):
    run = world.instance.create_run_for_job(
        world.definitions.resolve_job_def(job),
        tags={REFRESH_TAG: job, RANGE_START: "1984", RANGE_END: "1984"},
        status=dg.DagsterRunStatus.STARTED,
    )

    assert run.run_id in world.tick(sensor).skip_message
    assert world.api.asked == []


def test_a_slice_with_another_count_is_requested_once(world):
    known = world.tick(DISCOGS).cursor
    world.serve(FILM_ROWS, [TOTO, VANGELIS, REISSUE])

    ticked = world.tick(DISCOGS, known)
    twice, then = world.tick(DISCOGS, known), world.tick(DISCOGS, ticked.cursor)

    assert years_of(ticked) == [("2016", "2016")]
    [request] = ticked.run_requests
    assert request.job_name == "refresh_releases"
    assert [each.run_key for each in twice.run_requests] == [request.run_key]
    assert then.run_requests == []
    years = len(CountsRead.of(ticked.cursor).counts) // 2
    assert (
        then.skip_message == f"No year's count changed ({years} of releases, {years} of masters)."
    )


def test_a_count_takes_at_most_half_a_minutes_share_of_the_limit(world):
    world.elsewhere = Elsewhere(url=world.api.url, requests_a_minute=60)

    ticked = world.tick(DISCOGS)

    assert len(world.api.asked) == 30
    years = {dict(each.params)["year"] for each in world.api.asked}
    assert {"2013", "2014", "2015", "2016", "1984", "1994"} <= years
    assert CountsRead.of(ticked.cursor).next_year == "1995"


def test_a_release_without_a_year_is_missed_by_every_year_and_found_so(world):
    partitions = world.folder / "lake/raw/discogs_releases"
    shutil.copytree(partitions / "release_year=1985", partitions / "release_year=unknown")
    known = world.tick(DISCOGS).cursor
    world.serve(FILM_ROWS, [TOTO, VANGELIS, UNDATED])

    assert years_of(world.tick(DISCOGS, known)) == [("unknown", "unknown")]


def test_what_was_added_and_changed_is_in_gold_after_the_runs_that_were_requested(world):
    cursors = {sensor: world.tick(sensor).cursor for sensor in (DISCOGS, DERIVED)}
    scored = {**AMADEUS, "composers": ["John Strauss"], "title": "Amadeus: Director's Cut"}
    films = [TERMINATOR, DUNE, scored, LEON]
    world.serve(films, [TOTO, VANGELIS, REISSUE], changed(AMADEUS))

    for sensor in (TMDB, DISCOGS):
        for request in world.tick(sensor, cursors.get(sensor)).run_requests:
            world.run(request)
    ticked = world.tick(DERIVED, cursors[DERIVED])
    assert [each.job_name for each in ticked.run_requests] == ["refresh_links"]
    # The release is of 2016, the film that it belongs to of 1984.
    assert years_of(ticked) == [("1984", "1984")]
    for request in ticked.run_requests:
        world.run(request)

    [link] = world.lakehouse.select(MATCHES, "release_id", [REISSUE["id"]])
    assert link["film_id"] == TERMINATOR["id"]
    [film] = world.lakehouse.select(FILMS, "film_id", [AMADEUS["id"]])
    assert (film["title"], film["composers"]) == (scored["title"], ["John Strauss"])
    assert world.tick(DERIVED, ticked.cursor).skip_message == "Every link is up to date."


def a_lake_of_any_size(world: World) -> None:
    """Every year recorded and stored; no file holds a row that could be read."""
    for table in (FILMS, SOUNDTRACKS, DISCOGS_RELEASES, DISCOGS_MASTERS):
        for year in YEAR_KEYS:
            file = Path(world.lakehouse.partition_file(table, year))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"unreadable")
    written = {
        table.name: world.lakehouse.last_writes(table)
        for table in (DISCOGS_RELEASES, DISCOGS_MASTERS)
    }
    versions = {year: f"{10_000_000}-{hash(year):x}" for year in YEAR_KEYS}
    SilverVersions(versions, {}, {}, {}).marking(YEAR_KEYS, "films").write(world.lakehouse, FILMS)
    wanted = {**versions, "2016": "other rows"}
    soundtracks = SilverVersions(versions, wanted, {}, written).marking(YEAR_KEYS, "soundtracks")
    soundtracks.write(world.lakehouse, SOUNDTRACKS)
    marks = marks_of(SilverVersions.read(world.lakehouse, FILMS), soundtracks)
    stale = {**marks, "1984": "an older mark", "1995": "an older mark"}
    LinkVersions({FILM_SOUNDTRACKS.name: stale}).write(world.lakehouse)


def test_a_tick_reads_what_the_steps_recorded_and_opens_no_table(tmp_path):
    """Tables that cannot be read: a tick takes the same time in a lake of any size."""
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(tmp_path, instance, elsewhere=NOWHERE)
        a_lake_of_any_size(world)

        first = world.tick(DERIVED)
        then = world.tick(DERIVED, first.cursor)

    assert [each.job_name for each in first.run_requests] == ["refresh_soundtracks"]
    assert years_of(first) == [("2016", "2016")]
    # The links wait for the soundtracks only until these were requested.
    assert [each.job_name for each in then.run_requests] == ["refresh_links"]
    assert years_of(then) == [("1984", "1995")]
    assert len(then.cursor) < 200


def test_what_was_requested_is_not_requested_twice_and_is_named(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(tmp_path, instance, elsewhere=NOWHERE)
        a_lake_of_any_size(world)
        cursor = None
        for _ in range(2):
            cursor = world.tick(DERIVED, cursor).cursor

        ticked = world.tick(DERIVED, cursor)

    assert ticked.run_requests == []
    assert ticked.skip_message.startswith("2016, 1984, 1995 were requested already")


def test_a_run_by_hand_may_make_what_is_due_so_nothing_is_requested(world):
    world.instance.create_run_for_job(
        world.definitions.resolve_job_def(LAKEHOUSE_JOB.name), status=dg.DagsterRunStatus.STARTED
    )

    assert "under way" in world.tick(DERIVED).skip_message


def test_a_film_moves_and_its_old_and_new_year_are_found_without_reading_every_row(world):
    assert _partitions_of_films(world.lakehouse, {101, 12345}) == {101: ["1994"]}


@pytest.mark.slow
def test_the_daemon_brings_changes_to_gold_by_itself_and_then_requests_nothing_more(
    tmp_path, monkeypatch
):
    home = tmp_path / "dagster"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    shutil.copy(PROJECT / ".dagster" / "dagster.yaml", home)
    # The daemon's runs have no keys: their rows, and those of the lake, are the emulator's.
    world = World(tmp_path, dg.DagsterInstance.ephemeral())
    world.serve(FILM_ROWS, [TOTO, VANGELIS])
    years = {RANGE_START: "1984", RANGE_END: "2016"}
    world.run(dg.RunRequest(job_name=LAKEHOUSE_JOB.name, tags=years))
    settings = environment(world.folder, CAPSTONE_CATALOG=str(world.folder / "catalog"))
    for sensor in (DISCOGS, DERIVED):
        # Setting a cursor stops a sensor that never ran.
        for arguments in (
            ("cursor", sensor, "--set", world.tick(sensor).cursor),
            ("start", sensor),
        ):
            ticked = subprocess.run(
                [str(BIN / "dagster"), "sensor", *arguments, "-m", "capstone_assets.definitions"],
                cwd=world.folder,
                env=settings,
                capture_output=True,
                text=True,
            )
            assert ticked.returncode == 0, ticked.stderr
    scored = {**AMADEUS, "composers": ["John Strauss"]}
    world.serve([TERMINATOR, DUNE, scored, LEON], [TOTO, VANGELIS, REISSUE], changed(AMADEUS))
    log = (world.folder / "daemon.log").open("w")
    daemon = subprocess.Popen(
        [str(BIN / "dagster-daemon"), "run", "-m", "capstone_assets.definitions"],
        cwd=world.folder,
        env=settings,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        with instance_of(home) as instance:
            wait_until(lambda: world.lakehouse.select(MATCHES, "release_id", [REISSUE["id"]]))
            wait_until(lambda: all(run.is_finished for run in instance.get_runs()))
            requested = len(instance.get_runs())
            time.sleep(90)  # A tick of every sensor that looks each minute.
            runs = [(run.job_name, run.status.value) for run in instance.get_runs()]
    finally:
        daemon.terminate()
        daemon.wait(60)
        log.close()

    assert len(runs) == requested
    # One of the links, or two if the films were done before the releases began.
    assert set(runs) == {
        ("refresh_films", "SUCCESS"),
        ("refresh_releases", "SUCCESS"),
        ("refresh_links", "SUCCESS"),
    }, (world.folder / "daemon.log").read_text()
    [film] = world.lakehouse.select(FILMS, "film_id", [AMADEUS["id"]])
    assert film["composers"] == ["John Strauss"]


def wait_until(happened: Callable[[], Any], seconds: float = 420) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"it has not happened in {seconds} s"
        time.sleep(2)


# The definitions.


def test_every_step_that_uses_an_api_is_in_the_pool_of_that_api():
    graph = build_defs(Settings()).resolve_asset_graph()
    pools = {
        key.to_user_string(): graph.get(key).assets_def.op.pool
        for key in graph.materializable_asset_keys
    }

    assert {name: pool for name, pool in pools.items() if pool} == {
        "raw/tmdb_pages": "tmdb",
        "raw/discogs_pages": "discogs",
    }


def test_the_instance_lets_one_run_at_a_time_into_a_pool_and_one_refresh_at_a_time(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    shutil.copy(PROJECT / ".dagster" / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        config = instance.get_concurrency_config()

    pools, queue = config.pool_config, config.run_queue_config
    assert pools.default_pool_limit == 1
    assert pools.pool_granularity
    assert pools.pool_granularity.value == "run"
    assert queue
    assert queue.tag_concurrency_limits == [{"key": REFRESH_TAG, "limit": 1}]


def test_every_table_says_how_old_it_may_be():
    graph = build_defs(Settings()).resolve_asset_graph()

    for table in TABLES.values():
        days = timedelta(7 if table.layer == "bronze" else 8)
        policy = graph.get(dg.AssetKey(table.name.split("/"))).freshness_policy
        assert policy == dg.FreshnessPolicy.time_window(fail_window=days, warn_window=days / 2)


@pytest.mark.parametrize(("value", "status"), [("", "RUNNING"), ("stopped", "STOPPED")])
def test_the_sensors_start_as_the_environment_says(value, status, monkeypatch):
    monkeypatch.setenv("CAPSTONE_SENSORS", value)

    # `defs` is what Dagster loads: it reads the environment then, not when it is imported.
    sensors = {each.name: each.default_status.value for each in defs().sensors or []}

    assert {sensors[name] for name in (TMDB, DISCOGS, DERIVED)} == {status}


def test_within_the_window_changed_years_are_collected_and_then_requested_together(
    world, monkeypatch
):
    known = world.tick(DISCOGS).cursor
    world.serve(FILM_ROWS, [TOTO, VANGELIS, REISSUE])
    first = world.tick(DISCOGS, known)
    request_of(world, "refresh_releases")
    monkeypatch.setenv("CAPSTONE_CHANGE_WINDOW_HOURS", "24")
    world.serve(FILM_ROWS, [TOTO, REISSUE])

    waiting = world.tick(DISCOGS, first.cursor)
    still_waiting = world.tick(DISCOGS, waiting.cursor)
    monkeypatch.setenv("CAPSTONE_CHANGE_WINDOW_HOURS", "0")
    then = world.tick(DISCOGS, still_waiting.cursor)
    rest = world.tick(DISCOGS, then.cursor)

    assert years_of(first) == [("2016", "2016")]
    assert waiting.run_requests == still_waiting.run_requests == []
    assert "Changes are collected until" in still_waiting.skip_message
    assert len(years_of(then)) == 1
    assert rest.run_requests == []


def test_within_the_window_no_film_is_requested_and_afterwards_none_is_missed(world, monkeypatch):
    request_of(world, "refresh_films")
    monkeypatch.setenv("CAPSTONE_CHANGE_WINDOW_HOURS", "24")
    read = ChangesRead(TODAY, TODAY).to_json()

    waiting = world.tick(TMDB, read)

    assert "Changes are collected until" in waiting.skip_message
    assert world.api.asked == []
    assert waiting.cursor in (None, read)


def request_of(world: World, job: str) -> None:
    """A run that a sensor requested a moment ago, and that is done."""
    run = world.instance.create_run_for_job(
        world.definitions.resolve_job_def(job), tags={REFRESH_TAG: job}
    )
    world.instance.report_run_failed(run)
