"""What the walk-through says that Azure costs follows from the prices and settings it names."""

import json
import re
from itertools import takewhile

import pytest

from capstone_assets.orchestration.resources.job_cluster import read_databricks_settings
from infrastructure.check.__main__ import ROOT

README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = read_databricks_settings(ROOT / "databricks/job_cluster.json")
NODES = (SETTINGS.cluster.autoscale.min_workers + 1, SETTINGS.most_nodes)
# Minutes until a cluster has started: on new machines, and on those that wait in the pool.
COLD, WARM = map(int, re.findall(r"The model: (\d+) minutes .*? new machines, (\d+)", README)[0])
RUNS = ("one year", "a decade", "all years")


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading, each as its cells."""
    lines = README.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip(" *") for cell in row.strip("|").split("|")] for row in rows]


def row_of(run: str) -> list[str]:
    [row] = [row for row in table("a run over") if row[0] == run]
    return row


def cluster_minutes(run: str) -> int:
    return sum(map(int, row_of(run)[2].split(" + ")))


def dollars(minutes: int) -> list[float]:
    return [minutes / 60 * nodes * SETTINGS.dollars_per_node_hour for nodes in NODES]


@pytest.mark.parametrize("column", [1, 2])
def test_the_parts_of_a_month_add_up_to_what_it_costs_together(column):
    *parts, together = [int(row[column]) for row in table("a month, nothing running")]

    assert sum(parts) == together


@pytest.mark.parametrize("run", RUNS)
def test_the_minutes_of_a_run_are_two_cold_starts_a_warm_one_and_its_work(run):
    _, work, clusters, waiting, _ = row_of(run)
    minutes = int(work.split()[0])

    cold, warm = COLD + minutes, WARM + minutes
    assert clusters == f"{cold} + {cold} + {warm}"
    assert int(waiting) == cold + warm


@pytest.mark.parametrize("run", RUNS)
def test_the_dollars_of_a_run_are_its_cluster_minutes_at_the_price_of_the_settings(run):
    least, most = dollars(cluster_minutes(run))

    assert row_of(run)[4] == f"{least:.2f} to {most:.2f}"


def test_the_prices_in_the_text_are_those_of_the_settings():
    node = SETTINGS.prices.nodes[SETTINGS.cluster.node_type_id]
    least, most = dollars(60)
    pool = json.loads((ROOT / "databricks/instance_pool.json").read_text("utf-8"))
    wait = pool["idle_instance_autotermination_minutes"]
    idle = 2 * SETTINGS.most_nodes * node.dollars_per_hour * wait / 60
    year = [30 * each for each in dollars(cluster_minutes("one year"))]

    text = " ".join(README.split())
    assert f"node is {node.dollars_per_hour} for the machine" in text
    assert f"and {SETTINGS.prices.dollars_per_dbu:.2f} for its DBU an hour" in text
    assert f"of 2 to {NODES[1]} nodes is {least:.1f} to {most:.1f} dollars" in text
    assert f"wait for {wait} minutes without DBUs, 10 of them for {idle:.2f} dollars" in text
    assert f"adds {year[0]:.0f} to {year[1]:.0f} dollars a month" in text
    assert f"waiting machines at most {30 * idle:.0f}." in text


def test_the_quota_to_ask_for_is_that_of_the_two_clusters_that_run_side_by_side():
    vcpus = int(re.findall(r"Standard_D(\d+)ds_v5", SETTINGS.cluster.node_type_id)[0])
    least, most = (2 * nodes * vcpus for nodes in NODES)

    assert f"{most} vCPUs of the family Standard DDSv5" in README
    assert f"With {least} they start, and stay small" in README
