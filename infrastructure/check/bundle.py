"""Is the bundle of Databricks jobs well formed, and are its clusters the launcher's?

Belongs here: databricks.yml, compared with Databricks' models of a job.
Not here: the cluster's own settings (clusters.py), its variables (settings.py).
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import click
from databricks.bundles.jobs import Job

from capstone_assets.cli import capstone
from infrastructure.check.files import yaml_of
from infrastructure.databricks.libraries import SCRIPT_PATH

LAYERS = ("bronze", "silver", "gold", "metrics")
# Each layer waits for the one before it.
_LAYERS_IN_ORDER = [(layer, LAYERS[:at][-1:]) for at, layer in enumerate(LAYERS)]


def faults(root: Path) -> Iterator[str]:
    """Report what is wrong with databricks.yml."""
    path = root / "databricks.yml"
    whole = yaml_of(path.read_text("utf-8"))
    # Keys that begin like this exist only to be referred to.
    bundle = {name: value for name, value in whole.items() if not name.startswith("x-")}
    jobs = bundle.get("resources", {}).get("jobs") or {}
    for name in ("lakehouse", *LAYERS):
        if name not in jobs:
            yield f"databricks.yml: there is no job {name}."
    for name, job in jobs.items():
        try:
            Job.from_dict(job)
        except (TypeError, ValueError) as error:
            yield f"databricks.yml: job {name}: {error}."
            continue
        order = [(task["task_key"], _before(task)) for task in job["tasks"]]
        if name == "lakehouse" and order != _LAYERS_IN_ORDER:
            yield "databricks.yml: the layers of job lakehouse do not wait for one another."
        for task in job["tasks"]:
            yield from _program(name, task)
        yield from _clusters(name, job, root)
    yield from _place(bundle["targets"]["prod"]["workspace"]["root_path"])
    known = {*(bundle.get("variables") or {})}
    for variable in sorted(set(re.findall(r"\$\{var\.(\w+)\}", path.read_text("utf-8"))) - known):
        yield f"databricks.yml: there is no variable {variable}."


def _place(folder: str) -> Iterator[str]:
    """Whether only the runner and administrators can write where prod keeps the wheel."""
    if not folder.startswith(f"{SCRIPT_PATH.rpartition('/')[0]}/"):
        yield f"databricks.yml: in prod every user of the workspace may replace {folder}."


def _before(task: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(other["task_key"] for other in task.get("depends_on", ()))


def _program(name: str, task: Mapping[str, Any]) -> Iterator[str]:
    """Whether the product has what a task starts, and accepts its parameters."""
    wheel = task["python_wheel_task"]
    programs = distribution(wheel["package_name"].replace("_", "-")).entry_points
    if wheel["entry_point"] not in programs.names:
        yield f"databricks.yml: job {name}: the wheel has no {wheel['entry_point']}."
    # What Databricks puts in is any years.
    given = [re.sub("{{.*}}", "1999", each) for each in wheel["parameters"]]
    try:
        with capstone.make_context("capstone", given) as context:
            command = capstone.get_command(context, given[0])
            if command is None:
                raise click.UsageError(f"No such command {given[0]}")
            command.make_context(given[0], given[1:])
        layer = given[given.index("--layer") + 1]
    except (click.ClickException, ValueError) as error:
        yield f"databricks.yml: job {name}: capstone does not accept its parameters: {error}."
        return
    if layer != task["task_key"]:
        yield f"databricks.yml: job {name}: task {task['task_key']} makes {layer}."


def _clusters(name: str, job: Mapping[str, Any], root: Path) -> Iterator[str]:
    launched = json.loads((root / "databricks/job_cluster.json").read_text("utf-8"))["cluster"]
    # A bundle's job has its log in the workspace.
    shared = {key: value for key, value in launched.items() if key != "cluster_log_conf"}
    for cluster in job["job_clusters"]:
        for key, value in shared.items():
            found = cluster["new_cluster"].get(key)
            if found != value:
                yield (
                    f"databricks.yml: job {name}: {key} is {found!r}; "
                    f"in job_cluster.json it is {value!r}."
                )
    scripts = json.dumps(launched.get("init_scripts"))
    if SCRIPT_PATH not in scripts:
        yield f"job_cluster.json: its init script is not {SCRIPT_PATH}, which set_up.py makes."
