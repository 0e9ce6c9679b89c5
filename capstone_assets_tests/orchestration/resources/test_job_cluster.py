"""The files that say how steps run on Databricks, and the environment that leads there."""

import json
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from capstone_assets.definitions import build_defs
from capstone_assets.environment import Environment, Settings, SettingsError, read_settings
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.resources.job_cluster import (
    DatabricksSettingsError,
    read_databricks_settings,
)

DATABRICKS = Path(__file__).parents[3] / "infrastructure" / "databricks"
FILE = DATABRICKS / "job_cluster.json"
LAUNCHING = {
    "CAPSTONE_ENVIRONMENT": "databricks",
    "CAPSTONE_LAKE": "abfss://{container}@lake.dfs.core.windows.net",
    "DATABRICKS_HOST": "https://adb-1.azuredatabricks.net",
    "CAPSTONE_DATABRICKS_SETTINGS": str(FILE),
}


def changed(tmp_path: Path, **cluster: Any) -> Path:
    """The file with another cluster; None leaves a field out."""
    content = json.loads(FILE.read_text())
    merged = content["cluster"] | cluster
    content["cluster"] = {name: value for name, value in merged.items() if value is not None}
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(content))
    return file


def launched_steps(job_name: str) -> set[str]:
    job = build_defs(Settings()).resolve_job_def(job_name)
    ops = [node.definition for node in job.nodes if isinstance(node.definition, dg.OpDefinition)]
    assert len(ops) == len(job.nodes)
    return {op.name for op in ops if STEP_LAUNCHER in op.required_resource_keys}


def test_a_whole_run_submits_a_job_for_each_of_three_steps_and_no_cluster_calls_an_api():
    assert launched_steps("lakehouse") == {"films", "soundtracks", "links"}


def test_the_costs_in_the_documentation_follow_from_the_prices_of_the_settings():
    how = read_databricks_settings(FILE)
    text = (DATABRICKS.parent / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| (?:one year|a decade|all years) \| (\d+) minutes \| (\d+) \+ (\d+) \+ (\d+) \| (\d+) "
        r"\| \*\*([\d.]+) to ([\d.]+)\*\* \|",
        text,
        re.MULTILINE,
    )
    assert len(rows) == 3
    for work, first, second, third, waiting, least, most in rows:
        # Two jobs side by side on new machines, then one on the pool's.
        minutes = int(work) + 5, int(work) + 5, int(work) + 2
        assert (int(first), int(second), int(third)) == minutes
        assert int(waiting) == minutes[0] + minutes[2]
        node_hour = sum(minutes) / 60 * how.dollars_per_node_hour
        nodes = how.cluster.autoscale.min_workers + 1, how.most_nodes
        assert (float(least), float(most)) == tuple(round(node_hour * each, 2) for each in nodes)


def test_at_most_two_jobs_of_a_whole_run_wait_for_each_other():
    job = build_defs(Settings()).resolve_job_def("lakehouse")
    launched = launched_steps("lakehouse")
    before = {
        node.name: {
            each.node for given in inputs.values() for each in given.get_node_dependencies()
        }
        for node, inputs in job.dependencies.items()
    }

    def jobs_in_a_row(step: str) -> int:
        earlier = max((jobs_in_a_row(each) for each in before.get(step, ())), default=0)
        return earlier + (step in launched)

    assert jobs_in_a_row("metrics") == 2


@pytest.mark.parametrize(
    "jobs",
    [
        ("refresh_films", "refresh_links"),
        ("refresh_releases", "refresh_soundtracks", "refresh_links"),
    ],
)
def test_a_refresh_of_a_year_submits_at_most_three_jobs_in_a_row(jobs):
    assert sum(len(launched_steps(job)) for job in jobs) <= 3


@pytest.mark.parametrize(
    ("environment", "described"),
    [
        (Environment.LOCAL, "Steps run in this process."),
        (Environment.ON_CLUSTER, "Steps run in this process."),
        (Environment.DATABRICKS, "Runs each step as a Databricks job."),
    ],
)
def test_only_the_launching_machine_has_a_launcher(environment, described):
    defs = build_defs(Settings(environment=environment, databricks_settings=FILE))

    launcher = (defs.resources or {})[STEP_LAUNCHER]
    assert isinstance(launcher, dg.ResourceDefinition)
    assert launcher.description == described


def test_everything_that_a_cluster_cannot_reach_is_reported_at_once():
    with pytest.raises(SettingsError) as error:
        read_settings(
            {
                "CAPSTONE_ENVIRONMENT": "databricks",
                "CAPSTONE_LAKE": "/mnt/lake",
                "CAPSTONE_CATALOG": "/tmp",
                "CAPSTONE_OVERRIDES": "mine.csv",
            }
        )

    for name in ("DATABRICKS_HOST", "CAPSTONE_LAKE", "CAPSTONE_CATALOG", "CAPSTONE_OVERRIDES"):
        assert name in str(error.value)


def test_decisions_may_lie_in_the_lake():
    url = "abfss://metrics@lake.dfs.core.windows.net/overrides.csv"

    assert read_settings(LAUNCHING | {"CAPSTONE_OVERRIDES": url}).overrides == url


def test_the_cluster_is_the_one_of_production():
    how = read_databricks_settings(FILE)

    assert how.cluster.spark_version == "16.4.x-scala2.12"
    assert how.cluster.azure_attributes.availability == "SPOT_WITH_FALLBACK_AZURE"
    assert how.cluster.azure_attributes.first_on_demand == 1
    assert how.most_nodes == 5
    assert how.dollars_per_node_hour == pytest.approx(0.572)


def test_the_cluster_keeps_to_the_policy():
    policy = json.loads((DATABRICKS / "job_policy.json").read_text())
    cluster = json.loads(FILE.read_text())["cluster"] | {"cluster_type": "job"}
    how = read_databricks_settings(FILE)

    for path, rule in policy.items():
        if path == "dbus_per_hour":
            assert how.most_nodes * how.dbus_per_node_hour <= rule["maxValue"]
            continue
        value: Any = cluster
        for name in path.split("."):
            value = value.get(name) if value else None
        if rule["type"] == "fixed":
            assert value == rule["value"], path
        elif rule["type"] == "range":
            assert rule["minValue"] <= value <= rule["maxValue"], path
        elif not (rule.get("isOptional") and value is None):
            assert value in rule["values"], path


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        ({"spark_version": "15.4.x-scala2.12"}, "cluster.spark_version.*'16.4.x-scala2.12'.*15.4"),
        (
            {"node_type_id": "Standard_DS3_v2"},
            "'Standard_DS3_v2', which prices.nodes does not list",
        ),
        ({"autoscale": {"min_workers": 5, "max_workers": 2}}, "min_workers is 5, more than"),
        ({"data_security_mode": "NONE"}, "cluster.data_security_mode.*'SINGLE_USER'"),
        ({"custom_tags": {}}, "cluster.custom_tags"),
        ({"spark_verzion": "16.4"}, "cluster.spark_verzion: Extra inputs are not permitted"),
        ({"autoscale": None}, "cluster.autoscale: Field required"),
        (
            {"azure_attributes": {"first_on_demand": 0, "availability": "SPOT_AZURE"}},
            "availability",
        ),
    ],
)
def test_a_cluster_that_breaks_a_rule_is_refused_when_definitions_load(tmp_path, cluster, sentence):
    file = changed(tmp_path, **cluster)

    with pytest.raises(DatabricksSettingsError, match=sentence):
        build_defs(Settings(environment=Environment.DATABRICKS, databricks_settings=file))


def test_all_faults_of_the_file_are_reported_at_once(tmp_path):
    file = changed(tmp_path, spark_version="14.3", data_security_mode="NONE", custom_tags={})

    with pytest.raises(DatabricksSettingsError) as error:
        read_databricks_settings(file)

    assert str(error.value).count("\n- ") == 3


def test_a_missing_file_is_named_with_the_variable_that_names_it(tmp_path):
    with pytest.raises(DatabricksSettingsError, match="CAPSTONE_DATABRICKS_SETTINGS"):
        read_databricks_settings(tmp_path / "nowhere.json")


def test_a_backfill_is_split_into_runs_when_the_settings_say_so(tmp_path):
    content = json.loads(FILE.read_text()) | {"partitions_per_run": 10}
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(content))
    defs = build_defs(Settings(environment=Environment.DATABRICKS, databricks_settings=file))

    for node in defs.resolve_asset_graph().asset_nodes:
        assert node.backfill_policy is not None
        if node.partitions_def:
            assert node.backfill_policy.max_partitions_per_run == 10


def test_a_pool_takes_the_place_of_the_machines():
    cluster = read_databricks_settings(FILE).new_cluster("0101-pool-1")

    assert cluster["nodes"] == {"instance_pool_id": "0101-pool-1"}
    assert "azure_attributes" not in cluster
