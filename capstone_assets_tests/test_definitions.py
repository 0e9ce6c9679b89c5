import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap

from capstone_assets.definitions import build_defs
from capstone_assets.environment import Settings, read_settings
from capstone_assets.lake.attribution import DISCOGS, TMDB
from capstone_assets.lake.schemas import TABLES
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.quality.validation import claims

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def graph() -> Any:
    return build_defs(Settings()).resolve_asset_graph()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_an_asset_that_says_what_it_is(graph, table):
    node = graph.get(dg.AssetKey(table.name.split("/")))

    assert node.group_name == table.layer
    assert node.description.startswith(table.description)
    assert node.kinds == {"pyspark", "parquet"}
    assert node.owners == ["team:lakehouse"]
    assert node.tags["layer"] == table.layer
    assert (node.partitions_def == RELEASE_YEARS) == table.partitioned
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_every_table_with_an_apis_data_has_that_apis_attribution(graph):
    said = {
        "/".join(key.path): graph.get(key).description for key in graph.materializable_asset_keys
    }

    of_tmdb = {name for name, description in said.items() if TMDB in description}
    of_discogs = {name for name, description in said.items() if DISCOGS in description}
    metrics = {name for name in said if name.startswith("metrics/")}
    only_discogs = {
        "raw/discogs_pages",
        "bronze/discogs_releases",
        "bronze/discogs_masters",
        "silver/soundtracks",
    }
    only_tmdb = {
        "raw/tmdb_pages",
        "bronze/tmdb_movies",
        "bronze/tmdb_movie_details",
        "silver/films",
    }
    assert of_tmdb == {*said} - metrics - only_discogs
    assert of_discogs == {*said} - metrics - only_tmdb


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_has_a_blocking_check_for_every_claim(graph, table):
    key = dg.AssetKey(table.name.split("/"))
    names = {check.name for check in graph.asset_check_keys if check.asset_key == key}

    assert set(claims(table)) <= names
    for claim in claims(table):
        assert graph.get_check_spec(dg.AssetCheckKey(key, claim)).blocking


def test_the_graph_runs_from_both_apis_to_the_links(graph):
    matches = graph.get(dg.AssetKey(["gold", "matches"]))
    ancestors = {key.to_user_string() for key in graph.get_ancestor_asset_keys(matches.key)}

    made = {name for name in TABLES if name.startswith(("bronze", "silver"))}
    assert made - {"bronze/quarantine"} <= ancestors


def test_the_code_location_validates_as_the_web_ui_loads_it(tmp_path):
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dagster"), "definitions", "validate"],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "DAGSTER_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation successful for code location capstone_assets" in done.stdout + done.stderr


IMPORTING = """
import socket, subprocess, sys

def refuse(*args, **kwargs):
    raise AssertionError("touched the network")

start = subprocess.Popen.__init__

def watch(self, command, *args, **kwargs):
    assert "java" not in str(command) and "spark-submit" not in str(command), "started a JVM"
    start(self, command, *args, **kwargs)

socket.socket.connect = refuse
subprocess.Popen.__init__ = watch
import capstone_assets.definitions
print(*({"pandas", "matplotlib", "duckdb"} & {*sys.modules}))
"""


def test_importing_the_definitions_starts_nothing_and_loads_no_library_of_single_steps():
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True)

    # Neither a JVM nor a connection.
    assert done.returncode == 0, done.stderr
    # Each takes a second, of every process of every run.
    assert done.stdout == "\n"


def test_a_signature_in_a_setting_is_not_in_what_the_web_ui_shows(monkeypatch: pytest.MonkeyPatch):
    url = "https://account.blob.core.windows.net/dumps?sv=2024&sig=sesame-signature"
    monkeypatch.setenv("CAPSTONE_DISCOGS_DUMP", url)
    monkeypatch.setenv("CAPSTONE_OVERRIDES", url.replace("dumps", "overrides.csv"))

    defs = build_defs(read_settings())

    shown = dg.serialize_value(RepositorySnap.from_def(defs.get_repository_def()))
    assert "CAPSTONE_DISCOGS_DUMP" in shown
    assert "sesame-signature" not in shown
    # A step gets it nonetheless.
    given = {name: (defs.resources or {})[name] for name in ("apis", "overrides")}
    with dg.build_resources(given) as resources:
        assert resources.apis.dump == url
        assert resources.overrides.path.endswith("overrides.csv?sv=2024&sig=sesame-signature")
