"""Which clusters a workspace starts: versions, machines, policies, fields that exclude each other.

From the reference of the Clusters API and of compute policy definitions. Init scripts are run, on a
machine that is a folder: with the places that they write to inside it, and a pip that writes down
what it would install.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capstone_assets_tests.fake_databricks.rest import NEW_CLUSTER, invalid, taken

SPARK_VERSIONS = {"15.4.x-scala2.12", "16.4.x-scala2.12", "16.4.x-scala2.13", "17.3.x-scala2.13"}
# DBUs an hour by machine.
NODE_TYPES = {"Standard_D4ds_v5": 1.0, "Standard_D8ds_v5": 2.0, "Standard_E8ds_v5": 2.0}
DATA_SECURITY_MODES = {"SINGLE_USER", "USER_ISOLATION", "NONE"}
_AUTOSCALE = {"min_workers!": int, "max_workers!": int}
# A range is not a rule for a value that must be absent.
_LIMITS = {"allowlist", "blocklist", "range", "regex", "unlimited"}

_PIP = """#!/bin/sh
[ "$1" = install ] || exit 1
shift
while [ $# -gt 0 ]; do
  case "$1" in
    --quiet | --no-deps) echo "$1" >> "$MACHINE/pip.log" ;;
    --target) shift; mkdir -p "$1" ;;
    --requirement) shift; cat "$1" >> "$MACHINE/pip.log" || exit 1 ;;
    *) echo "no such option: $1" >&2; exit 2 ;;
  esac
  shift
done
"""
_FAILED = "Reason: INIT_SCRIPT_FAILURE (CLIENT_ERROR). Cluster scoped init script"
# All that it is asked for is where the runtime has its packages.
_PYTHON = '#!/bin/sh\necho "$MACHINE/site-packages"\n'
_PLACES = re.compile(r"(?<![\w.])(/databricks/python|/local_disk0|/etc/|/tmp/)")


def set_up(cluster: dict[str, Any], scripts: Mapping[str, str], machine: Path) -> str | None:
    """Run a cluster's init scripts, given the workspace's files; return why the cluster failed."""
    programs = machine / "databricks/python/bin"
    for folder in (programs, machine / "etc", machine / "tmp", machine / "site-packages"):
        folder.mkdir(parents=True)
    for name, text in {"pip": _PIP, "python": _PYTHON}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for each in cluster.get("init_scripts", []):
        path = each["workspace"]["destination"]
        if path not in scripts:
            return f"{_FAILED} {path} failed: the file does not exist"
        done = subprocess.run(
            ["bash"],
            input=_PLACES.sub(rf"{machine}\1", scripts[path]),
            env={"PATH": os.environ["PATH"], "MACHINE": str(machine)},
            cwd=machine,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return f"{_FAILED} {path} failed: Script exit status is non-zero {done.stderr[-200:]}"
    return None


def started(
    asked: dict[str, Any], policies: dict[str, dict[str, Any]], pools: dict[str, str]
) -> dict[str, Any]:
    """Return the cluster that would be started, with what its policy sets, or refuse it.

    `policies` are definitions by id, `pools` machines by the id of their pool.
    """
    cluster = taken(NEW_CLUSTER, asked, "new_cluster")
    if (policy_id := cluster.get("policy_id")) is not None:
        if policy_id not in policies:
            raise invalid(f"The policy {policy_id} does not exist")
        cluster = _under_policy(cluster, policies[policy_id], pools)
    if cluster["spark_version"] not in SPARK_VERSIONS:
        raise invalid(f"Invalid spark version {cluster['spark_version']}.")
    if cluster.get("data_security_mode", "NONE") not in DATA_SECURITY_MODES:
        raise invalid(f"data_security_mode {cluster['data_security_mode']}")
    if ("autoscale" in cluster) == ("num_workers" in cluster):
        raise invalid("Exactly one of num_workers and autoscale must be given")
    size = taken(_AUTOSCALE, cluster.get("autoscale", {"min_workers": 1, "max_workers": 1}), "size")
    if size["min_workers"] > size["max_workers"]:
        raise invalid("min_workers must not exceed max_workers")
    _require_machines(cluster, pools)
    return cluster


def _require_machines(cluster: dict[str, Any], pools: dict[str, str]) -> None:
    if pool := cluster.get("instance_pool_id"):
        if pool not in pools:
            raise invalid(f"Instance pool {pool} does not exist")
        for field in ("node_type_id", "driver_node_type_id", "azure_attributes"):
            if field in cluster:
                raise invalid(
                    f"The field '{field}' cannot be supplied when an instance pool ID is provided."
                )
    elif cluster.get("node_type_id") not in NODE_TYPES:
        raise invalid(f"Node type {cluster.get('node_type_id')} is not supported")


def _under_policy(
    cluster: dict[str, Any], definition: dict[str, Any], pools: dict[str, str]
) -> dict[str, Any]:
    found = {**_flat(cluster), **_virtual(cluster, pools)}
    for path, rule in definition.items():
        value = found.get(path)
        kind = rule["type"]
        if kind == "fixed":
            if value is not None and value != rule["value"]:
                raise _violated(path, f"the value must be {rule['value']}")
            if path not in ("cluster_type", "dbus_per_hour"):
                # Set whether or not the caller wants defaults.
                _put(cluster, path, rule["value"])
        elif kind == "forbidden":
            if value is not None:
                raise _violated(path, "the attribute must not be given")
        elif kind in _LIMITS:
            _require_within(path, value, rule)
        else:
            raise AssertionError(f"a policy has no rules of type {kind}")
    return cluster


def _require_within(path: str, value: Any, rule: dict[str, Any]) -> None:
    if value is None:
        if not rule.get("isOptional"):
            raise _violated(path, "the attribute must be present")
        return
    if rule["type"] == "allowlist" and value not in rule["values"]:
        raise _violated(path, f"the value must be one of {rule['values']}")
    if rule["type"] == "range" and not (
        rule.get("minValue", value) <= value <= rule.get("maxValue", value)
    ):
        raise _violated(path, f"the value must be within {rule}")


def _violated(path: str, what: str) -> Exception:
    return invalid(f"Cluster validation error: Validation failed for {path}, {what}")


def _virtual(cluster: dict[str, Any], pools: dict[str, str]) -> dict[str, Any]:
    machine = pools.get(cluster.get("instance_pool_id", "")) or cluster.get("node_type_id", "")
    workers = cluster.get("autoscale", {}).get("max_workers", cluster.get("num_workers", 0))
    return {"cluster_type": "job", "dbus_per_hour": NODE_TYPES.get(machine, 0) * (workers + 1)}


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, each in value.items():
        path = f"{prefix}{name}"
        found.update(_flat(each, f"{path}.") if isinstance(each, dict) else {path: each})
    return found


def _put(cluster: dict[str, Any], path: str, value: Any) -> None:
    *folders, name = path.split(".")
    for folder in folders:
        cluster = cluster.setdefault(folder, {})
    cluster[name] = value
