"""The main job as a user runs it: real HTTP to the emulator, real Spark, a real instance."""

import gzip
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import dagster as dg
import pytest

from capstone_assets.cli import capstone as capstone_group
from capstone_assets.emulator.catalogs.bundled import bundled_catalog
from capstone_assets.emulator.catalogs.generator import write_catalog
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests import readme
from capstone_assets_tests.instances import instance_of
from capstone_assets_tests.programs import BIN, PROJECT, called, capstone, environment, run_id_of
from capstone_assets_tests.reconciliation import assert_reconciled
from capstone_assets_tests.stored_rows import declared_comments, query, stored_comments, table

SHARED_CATALOG = PROJECT.parent / "shared" / "catalog"


@pytest.fixture(scope="module")
def bundled_run(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("bundled")
    return folder, capstone(folder, "run", "--years", "all")


def test_the_bundled_catalog_runs_to_gold_and_prints_the_summary(bundled_run):
    folder, ran = bundled_run

    assert ran.returncode == 0, ran.stdout + ran.stderr
    [[links]] = query(f"select count(*) from {table(folder, 'gold/matches')}")
    assert links > 400
    for step in ("bronze/tmdb_movies", "silver/candidates", "gold/matches"):
        assert step in ran.stdout
    assert f"{links:,}" in ran.stdout
    assert "linked_share_of_soundtracks" in ran.stdout


def test_every_file_of_a_run_carries_the_descriptions_of_its_columns(bundled_run):
    folder, _ = bundled_run
    lakehouse = Lakehouse(f"{folder}/lake")

    for table_ in TABLES.values():
        for partition in lakehouse.partitions(table_):
            found = stored_comments(lakehouse, table_, partition)
            assert found == declared_comments(table_), (table_.name, partition)


def test_a_run_without_keys_says_loudly_that_its_data_is_emulated(bundled_run):
    _, ran = bundled_run

    assert "EMULATOR" in ran.stderr


def test_a_release_is_linked_to_one_film_at_most(bundled_run):
    folder, _ = bundled_run

    [[releases, distinct]] = query(
        f"select count(*), count(distinct release_id) from {table(folder, 'gold/matches')}"
    )
    assert releases == distinct > 0


LINKS = "film_id, release_id, score, tier, relation, reason, release_year"


@pytest.fixture(scope="module")
def second_run(bundled_run) -> tuple[list[tuple], subprocess.CompletedProcess[str]]:
    """Two of the years once more, and the links of all years before."""
    folder, _ = bundled_run
    before = query(f"select {LINKS} from {table(folder, 'gold/matches')} order by all")
    return before, capstone(folder, "run", "--years", "1981...1982")


def test_materializing_again_gives_the_same_rows(bundled_run, second_run):
    folder, _ = bundled_run
    before, again = second_run

    assert again.returncode == 0, again.stdout + again.stderr
    assert query(f"select {LINKS} from {table(folder, 'gold/matches')} order by all") == before


def test_the_second_run_asks_the_apis_nothing_that_it_has_landed(bundled_run, second_run):
    folder, _ = bundled_run
    _, again = second_run
    run_id = run_id_of(again.stdout)
    [made] = query(
        f"""select sum(requests.made) from read_json('{folder}/lake/metrics/audit/*/*.jsonl')
        where run_id = '{run_id}'"""
    )
    assert made == (0,)


def test_the_runs_figures_reconcile_with_the_tables(bundled_run):
    folder, ran = bundled_run

    assert_reconciled(folder, ran.stdout)


@pytest.fixture
def in_the_lake(bundled_run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are called act on the lake of the bundled run."""
    folder, _ = bundled_run
    monkeypatch.chdir(folder)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("in_the_lake")
def test_the_report_of_the_run_has_the_figures_that_were_printed(bundled_run):
    folder, ran = bundled_run
    path = re.findall(r"^report: (\S+)$", ran.stdout, re.MULTILINE)[0]
    page = (folder / path).read_text("utf-8")
    strong, probable = re.findall(r"links: ([\d,]+) strong, ([\d,]+) probable", ran.stdout)[0]

    assert f"<strong>{strong}</strong> strong links" in page
    assert f"<strong>{probable}</strong> probable links" in page
    assert "Quality by the labels" in page

    run_id = run_id_of(ran.stdout)
    again = called("report", "--run", run_id)
    assert again.exit_code == 0, again.output
    assert ran.stdout.splitlines()[-1] == again.stdout.splitlines()[-1]
    missing = called("report", "--run", "20000101T000000-none")
    assert missing.exit_code == 1
    assert "No run 20000101T000000-none" in missing.stderr


def test_the_run_and_gold_say_where_the_report_is(bundled_run):
    folder, ran = bundled_run
    run_id = run_id_of(ran.stdout)
    report = folder / f"lake/metrics/report_{run_id}.html"
    # Later tests run single years: the links to the whole run's report stay in its own events.
    with instance_of(folder / "dagster") as instance:
        [run] = instance.get_runs(dg.RunsFilter(tags={"capstone/report": str(report)}))
        stored = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    linked = {
        event.asset_materialization.asset_key.to_user_string()
        for event in stored
        if event.asset_materialization and "report" in event.asset_materialization.metadata
    }

    assert report.is_file()
    assert {"gold/matches", "gold/review_queue", "gold/film_soundtracks"} <= linked
    assert {each for each in linked if not each.startswith("gold/")} == {"metrics/pipeline_summary"}


@pytest.mark.usefixtures("in_the_lake")
def test_the_inventory_lists_what_the_run_wrote():
    done = called("inventory")

    assert done.exit_code == 0
    assert "gold/matches" in done.stdout
    assert "metrics/output_inventory" in done.stdout


@pytest.mark.usefixtures("in_the_lake")
def test_the_inventory_says_how_many_of_all_films_are_missing(bundled_run):
    folder, _ = bundled_run
    [[films]] = query(f"select count(*) from {table(folder, 'raw/tmdb_movies')}")
    unknown = b'{"id": 999999999, "original_title": "Quo Vadis, Baby?", "popularity": 3.5}'
    export = folder / "movie_ids_05_15_2024.json.gz"
    export.write_bytes(gzip.compress(unknown + b"\n[]"))

    done = called("inventory", "--movie-ids", str(export))

    assert done.stdout.splitlines()[-1] == (
        "TMDB lists 1 films; of these 0 are stored and 1 are not, first Quo Vadis, Baby? "
        f"(999999999). {films:,} stored films are not listed. "
        "Not counted: 1 lines that are not films, line 2 first."
    )


# In one process: starting one for each command takes longer than what most of them do.
RUN_EACH = """
import json, sys, traceback
from capstone_assets.cli import capstone

for arguments in json.loads(sys.argv[1]):
    try:
        code = capstone(arguments, standalone_mode=False)
    except BaseException:
        code = traceback.format_exc()
    if code:
        print("failed:", *arguments, code, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def commands_run(bundled_run, tmp_path_factory) -> tuple[Path, str]:
    """Every command that is shown, and the bundled catalog's files linked: their links, stderr."""
    folder, _ = bundled_run
    generated = folder / "data" / "catalog"
    files = tmp_path_factory.mktemp("files")
    write_catalog(bundled_catalog(), files)
    read = [f"--{name}={files}/{name}.jsonl" for name in ("films", "releases", "masters")]
    of_the_readme = [
        each
        for page in readme.PAGES
        for each in readme.commands(page.read_text("utf-8"), "capstone")
    ]
    of_the_help = help_examples()
    assert len(of_the_readme) >= 9
    assert {each[0] for each in of_the_help} == set(capstone_group.list_commands(CONTEXT))
    shown = {
        tuple({"10000": "200", "30000": "400"}.get(each, each) for each in arguments)
        for arguments in [*of_the_readme, *of_the_help]
        if arguments[0] not in ("run", *_SERVING)  # Runs and servers have tests of their own.
    }
    in_order = sorted(shown, key=lambda each: (_ORDER.get(each[0], len(_ORDER)), each))
    catalogs = [each for each in in_order if each[0] == "catalog"]

    made = run_each(folder, catalogs)
    for name in ("films.jsonl", "releases.jsonl", "labels.csv"):
        shutil.copy(generated / name, folder)
    of_bundled = ["link", *read, f"--out={files}/links.parquet"]
    ran = run_each(folder, [*in_order[len(catalogs) :], of_bundled])
    return files / "links.parquet", made.stderr + ran.stderr


def test_every_command_that_the_pages_and_the_help_texts_show_runs(commands_run):
    _, stderr = commands_run

    assert "failed:" not in stderr, stderr


def test_files_linked_with_their_masters_have_the_links_of_gold(bundled_run, commands_run):
    folder, _ = bundled_run
    linked, stderr = commands_run

    assert linked.is_file(), stderr
    columns = "film_id, release_id, round(score, 9), reason"
    of_gold = query(
        f"""select {columns}, tier from {table(folder, "gold/matches")} union all
        select {columns}, 'review' from {table(folder, "gold/review_queue")}"""
    )
    of_files = query(f"select {columns}, tier from read_parquet('{linked}')")
    assert sorted(of_files) == sorted(of_gold)


def run_each(folder: Path, commands: Sequence[Sequence[str]]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN_EACH, json.dumps(commands)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )


_SERVING = {"emulator", "ui", "review"}
# A catalog is made before its links, and links before they are judged.
_ORDER = {"catalog": 0, "link": 1}
CONTEXT = click.Context(capstone_group)


def help_examples() -> list[list[str]]:
    """The example of each command's help."""
    found = []
    for name in capstone_group.list_commands(CONTEXT):
        command = capstone_group.get_command(CONTEXT, name)
        assert command is not None
        assert command.help is not None
        [example] = re.findall(r"Example: (.+)", command.help)
        found.append(shlex.split(re.sub(r"^(\w+=\S+ )*capstone ", "", example)))
    return found


def test_the_outputs_that_the_readme_shows_have_the_form_of_todays():
    text = readme.README.read_text("utf-8")

    assert "linked_share_of_soundtracks" in text
    assert "match weight, a probability of" in text
    assert "```text\n```" not in text


def test_one_partition_is_materialized_by_dagsters_own_command(bundled_run):
    folder, _ = bundled_run
    file = folder / "lake/raw/tmdb_movies/release_year=1982/part.parquet"
    before = file.stat().st_mtime

    done = subprocess.run(
        [
            *(str(BIN / "dagster"), "asset", "materialize", "-m", "capstone_assets.definitions"),
            *("--select", "bronze/tmdb_movies", "--partition", "1982"),
        ],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert file.stat().st_mtime > before


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_CATALOG.is_dir(), reason="the catalog of real records is absent")
def test_a_decade_of_real_records_runs_to_gold(tmp_path):
    ran = capstone(tmp_path, "run", "--years", "2010...2019", CAPSTONE_CATALOG=str(SHARED_CATALOG))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    truth = f"read_csv('{SHARED_CATALOG}/labels.csv')"
    [[right, wrong]] = query(
        f"""select count(*) filter (label = 1), count(*) filter (label = 0)
        from {table(tmp_path, "gold/matches")} links
        join {truth} labels on links.film_id = film_tmdb_id and links.release_id = labels.release_id
        """
    )
    assert right > 50
    assert right / (right + wrong) > 0.95


@pytest.fixture
def copied_run(bundled_run, tmp_path) -> Path:
    """The folder of the bundled run, to interrupt a run in."""
    folder, _ = bundled_run
    return shutil.copytree(folder, tmp_path / "copied")


def run_until(folder: Path, line: str) -> subprocess.Popen[str]:
    """A run of two years that has got as far as printing a line."""
    running = subprocess.Popen(
        [str(BIN / "capstone"), "run", "--years", "1981...1982"],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    assert any(line in printed for printed in running.stderr)
    return running


def test_a_killed_run_leaves_every_table_whole(copied_run):
    rows = f"select count(*), sum(release_id) from {table(copied_run, 'gold/matches')}"
    before = query(rows)
    running = run_until(copied_run, "silver/films:")
    time.sleep(1)
    running.kill()
    running.wait()

    assert query(rows) == before


def test_ctrl_c_ends_a_run_with_one_line_and_130(copied_run):
    running = run_until(copied_run, "discogs_releases:")
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate()

    assert running.returncode == 130
    assert rest.splitlines()[-1] == "Interrupted; what was written is kept. Run again to resume."
    assert "Traceback" not in rest
