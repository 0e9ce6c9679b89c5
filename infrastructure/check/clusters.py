"""Do clusters stay small and short-lived, and does the job cluster fit its policy?

Belongs here: cluster policies and job_cluster.json.
Not here: the bundle (bundle.py).
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infrastructure.databricks import set_up

# Two attributes of a policy are not a cluster's: they follow from the others.
_VIRTUAL = {"cluster_type", "dbus_per_hour"}
# The most nodes that the README's costs and the budget assume.
_MOST_WORKERS, _MOST_DBUS_AN_HOUR, _MOST_IDLE_MINUTES = 8, 20, 60


def faults(root: Path) -> Iterator[str]:
    """Report policies that would let costs grow, and what the job cluster violates."""
    for name, file in set_up.POLICIES.items():
        path = root / "databricks" / file
        if not path.is_file():
            yield f"{file}: it does not exist, and set_up.py makes the policy {name} of it."
            return
    for path in sorted((root / "databricks").glob("*_policy.json")):
        yield from _policy(path.name, json.loads(path.read_text("utf-8")))
    job = json.loads((root / "databricks/job_cluster.json").read_text("utf-8"))
    if job["policy"] not in set_up.POLICIES:
        yield f"job_cluster.json: set_up.py makes no policy {job['policy']}."
        return
    pool = json.loads((root / "databricks" / set_up.POOL).read_text("utf-8"))
    machine, runtime = job["cluster"]["node_type_id"], job["cluster"]["spark_version"]
    if (pool["node_type_id"], pool["preloaded_spark_versions"]) != (machine, [runtime]):
        yield f"{set_up.POOL}: its machines or its runtime are not those of job_cluster.json."
    if pool["min_idle_instances"] != 0:
        yield f"{set_up.POOL}: machines would be paid for around the clock."
    nodes = job["cluster"]["autoscale"]["max_workers"] + 1
    if pool["max_capacity"] < nodes * set_up.MOST_CLUSTERS[job["policy"]]:
        yield f"{set_up.POOL}: it has fewer machines than the policy's clusters may use."
    if pool["azure_attributes"]["availability"] != "ON_DEMAND_AZURE":
        yield f"{set_up.POOL}: a driver could be evicted, since a pool has machines of one kind."
    file = set_up.POLICIES[job["policy"]]
    policy = json.loads((root / "databricks" / file).read_text("utf-8"))
    dbus = nodes * job["prices"]["nodes"][machine]["dbus_per_hour"]
    if not _allowed(dbus, policy.get("dbus_per_hour", {"type": "unlimited"})):
        yield f"job_cluster.json: its {dbus} DBUs an hour are more than {file} allows."
    for attribute, rule in policy.items():
        value: Any = job["cluster"]
        for key in attribute.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if attribute not in _VIRTUAL and not _allowed(value, rule):
            yield f"job_cluster.json: {attribute} is {value!r}, which {file} does not allow."


def _policy(name: str, policy: Mapping[str, Any]) -> Iterator[str]:
    if policy.get("spark_version", {}).get("type") != "fixed":
        yield f"{name}: the runtime is not pinned."
    if not policy.get("autoscale.max_workers", {}).get("maxValue", 99) <= _MOST_WORKERS:
        yield f"{name}: nothing limits the size of a cluster to {_MOST_WORKERS} workers."
    if not policy.get("dbus_per_hour", {}).get("maxValue", 99) <= _MOST_DBUS_AN_HOUR:
        yield f"{name}: nothing limits a cluster to {_MOST_DBUS_AN_HOUR} DBUs an hour."
    if policy.get("node_type_id", {}).get("type") not in ("allowlist", "fixed"):
        yield f"{name}: any machine may be taken."
    interactive = policy.get("cluster_type", {}).get("value") == "all-purpose"
    idle = policy.get("autotermination_minutes", {}).get("maxValue", 10**9)
    if interactive and idle > _MOST_IDLE_MINUTES:
        yield f"{name}: an idle cluster would not stop within {_MOST_IDLE_MINUTES} minutes."


def _allowed(value: Any, rule: Mapping[str, Any]) -> bool:
    if value is None:
        return bool(rule.get("isOptional", rule["type"] == "forbidden"))
    if rule["type"] in ("forbidden", "unlimited"):
        return bool(rule["type"] == "unlimited")
    if rule["type"] == "range":
        return bool(rule.get("minValue", value) <= value <= rule.get("maxValue", value))
    return bool(value in rule.get("values", [rule.get("value")]))
