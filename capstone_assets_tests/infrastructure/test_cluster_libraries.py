"""A cluster's libraries beside the packages of Databricks Runtime 16.4 LTS, installed for real."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.databricks.libraries import HERE, LIBRARIES, install_script, pins

CHECKOUT = HERE.parents[1]
UV = Path(sys.executable).parent / "uv"
# There is no wheel of pandas 1.5.3 for Python 3.12, which only the runtime itself has.
PYTHON = "3.11"
# Of the runtime, without what no entry point imports and what would have to be built.
LEFT_OUT = {"psycopg2", "pyodbc", "ssh-import-id", "launchpadlib", "wadllib", "ipyflow-core"}

# What starts a driver's Python and its Spark workers, and what their sessions import first.
RUNTIME = ["IPython", "ipykernel.kernelapp", "ipywidgets", "pyspark.sql", "pyspark.daemon"]
RUNTIME += ["pyspark.worker", "pandas", "pyarrow.parquet", "databricks.sdk", "mlflow", "grpc"]
RUNTIME += ["google.protobuf", "requests", "pydantic", "typing_extensions", "azure.storage.blob"]
# What the launcher's main file and a step import after it.
STEP = ["dagster", "dagster._core.execution.plan.external_step", "dagster_databricks"]
STEP += ["dagster_pyspark", "adlfs", "azure.identity", "azure.storage.filedatalake", "rapidfuzz"]
STEP += ["capstone_assets.definitions", "capstone_assets.matching.linkage"]
STEP += ["capstone_assets.lake.renames", "capstone_assets.lake.unity_catalog"]

PROBE = """
import importlib, json, sys
names = json.loads(sys.argv[1])
print(json.dumps({name: importlib.import_module(name).__file__ for name in names}))
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine with the runtime's packages, on which the init script has run."""
    machine = tmp_path_factory.mktemp("machine")
    python = machine / "databricks" / "python"
    for folder in ("etc", "tmp"):
        (machine / folder).mkdir()
    packages = pins((HERE / "runtime_packages.txt").read_text("utf-8"))
    wanted = [f"{name}=={version}" for name, version in packages.items() if name not in LEFT_OUT]
    # --seed: the script uses the runtime's pip.
    made = subprocess.run(
        [UV, "venv", "--quiet", "--seed", "--python", PYTHON, python],
        capture_output=True,
        text=True,
    )
    if made.returncode == 0:
        made = subprocess.run(
            [UV, "pip", "install", "--quiet", "--no-deps", "--python", python, *wanted],
            capture_output=True,
            text=True,
        )
    if made.returncode:
        pytest.skip(f"the runtime's packages cannot be installed: {made.stderr[-300:]}")
    places = r"(/databricks/python|/local_disk0|/etc/pip\.conf|/tmp/)"
    script = re.sub(places, rf"{machine}\1", install_script())
    subprocess.run(["bash"], input=script, text=True, check=True)
    return machine


def imported(cluster: Path, *names: str) -> dict[str, str]:
    """Where a process of the driver finds each module, imported in this order."""
    done = subprocess.run(
        [cluster / "databricks/python/bin/python", "-W", "ignore", "-c", PROBE, json.dumps(names)],
        cwd=cluster,
        env={"PYTHONPATH": str(staged(cluster)), "HOME": str(cluster)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def staged(cluster: Path) -> Path:
    """The package alone, as the launcher sends it."""
    folder = cluster / "code"
    if not folder.exists():
        folder.mkdir()
        (folder / "capstone_assets").symlink_to(CHECKOUT / "capstone_assets")
    return folder


@pytest.mark.slow
def test_a_step_imports_what_it_needs_after_the_runtimes_programs_have_started(cluster):
    found = imported(cluster, *RUNTIME, *STEP)

    brought = {name: found[name] for name in RUNTIME}
    assert [name for name, file in brought.items() if LIBRARIES in file] == []
    assert LIBRARIES in found["dagster"]
    assert LIBRARIES in found["rapidfuzz"]


@pytest.mark.slow
def test_a_step_imports_what_it_needs_in_a_process_of_its_own(cluster):
    assert LIBRARIES in imported(cluster, *STEP)["dagster"]


@pytest.mark.slow
def test_no_package_of_the_runtime_is_replaced(cluster):
    listed = subprocess.run(
        [UV, "pip", "freeze", "--quiet", "--python", cluster / "databricks/python"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    after, before = pins(listed), pins((HERE / "runtime_packages.txt").read_text("utf-8"))

    changed = {name: after[name] for name in before.keys() & after if after[name] != before[name]}
    # The virtual environment brought its own, as the runtime's did.
    assert changed.keys() <= {"setuptools", "wheel", "pip"}
    assert after.keys() - before.keys() <= {"pip"}
