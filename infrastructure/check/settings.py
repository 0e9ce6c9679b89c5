"""Is each environment variable that a program reads set correctly, and no other?

Belongs here: variables of the container apps, the function and the bundle, compared with the code.
Not here: the roles that make them useful (access.py).

The names come from the code: whatever capstone_assets/environment.py reads has to be set by a
template, or excused here with a reason.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from capstone_assets import environment
from capstone_assets.environment import Environment, SettingsError
from capstone_assets.lake.schemas import TABLES
from capstone_assets.orchestration.resources import databricks
from infrastructure.check.files import yaml_of
from infrastructure.check.templates import Resource, of_type
from infrastructure.databricks import set_up
from infrastructure.functionapp import cleanup

# What environment.py reads and no template sets, because:
_NOT_SET = {
    "CAPSTONE_CATALOG": "it names a folder for the emulator",
    "CAPSTONE_DATABRICKS_SETTINGS": "the image has the file at its default place",
    "CAPSTONE_GIT_COMMIT": "the Dockerfile sets it",
    "CAPSTONE_LAUNCH": "the step launcher sets it on clusters",
    "CAPSTONE_AUDIT_COPY": "the lake and Log Analytics are copies enough",
    "DATABRICKS_RUNTIME_VERSION": "a cluster sets it",
}
# Read by the Azure and Databricks SDKs, not by our code.
_FOR_LIBRARIES = {"AZURE_CLIENT_ID", "ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"}
_FOR_FUNCTIONS = re.compile("AzureWebJobsStorage__|APPLICATIONINSIGHTS_|AZURE_CLIENT_ID")
# By variable of a job of Databricks' own: the secret of the vault that it is.
_KEYS = {"TMDB_API_TOKEN": "tmdb-api-token", "DISCOGS_TOKEN": "discogs-token"}
# What people put into the lake, beside the tables' containers.
INPUTS = "inputs"


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Report variables that are missing, unread or wrong."""
    programs = {
        each.address: each
        for kind in ("containerApps", "jobs")
        for each in of_type(resources, f"Microsoft.App/{kind}")
    }
    given = {address: _environment(program) for address, program in programs.items()}
    yield from _host(root, given)
    yield from _code(programs["dagsterHost/codeApp"], given["dagsterHost/codeApp"])
    yield from _port(root, programs["dagsterHost/codeApp"])
    yield from _image(root, programs)
    [function] = of_type(resources, "Microsoft.Web/sites")
    yield from _function(root, function)
    yield from _containers(root, resources)
    yield from _bundle(root)


def variables_read() -> set[str]:
    """Every environment variable that environment.py names."""
    code = Path(environment.__file__).read_text("utf-8")
    names = r"(?:CAPSTONE|DATABRICKS|AZURE|ARM)_[A-Z_]+|TMDB_API_TOKEN|DISCOGS_TOKEN"
    return set(re.findall(rf'"({names})"', code))


def _environment(program: Resource) -> dict[str, Mapping[str, Any]]:
    [container] = program.get("properties", "template", "containers")
    return {setting["name"]: setting for setting in container["env"]}


def _named_in(text: str) -> set[str]:
    """The environment variables that a Dagster file reads, `{env: NAME}`."""
    return set(re.findall(r"\benv: (\w+)", json.dumps(yaml_of(text)).replace('"', "")))


def _host(root: Path, given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    read = _named_in((root / "dagster.yaml").read_text("utf-8"))
    read |= _named_in((root / "workspace.yaml").read_text("utf-8"))
    read |= set(re.findall(r'environ\["(\w+)"\]', (root / "create_database.py").read_text("utf-8")))
    for address, variables in given.items():
        for variable in sorted(read - set(variables)):
            yield f"{address}: dagster.yaml or workspace.yaml reads {variable}, which is not set."
        code = variables_read() | _FOR_LIBRARIES if address == "dagsterHost/codeApp" else set()
        for variable in sorted(set(variables) - read - code - {"AZURE_CLIENT_ID"}):
            yield f"{address}: nothing reads the variable {variable}."


def _code(app: Resource, given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    read = variables_read()
    for variable in sorted(read - set(given) - set(_NOT_SET)):
        yield f"{app.address}: environment.py reads {variable}, which no template sets."
    for variable in sorted(set(_NOT_SET) - read):
        yield f"settings.py: {variable} is excused, and environment.py does not read it."
    values = {name: str(setting.get("value", "")) for name, setting in given.items()}
    try:
        settings = environment.read_settings(values)
        environment.read_sinks(values)
        environment.read_sensors_running(values)
        environment.read_change_window(values)
    except SettingsError as error:
        yield f"{app.address}: the product would not start: {error}"
        return
    if settings.environment is not Environment.DATABRICKS:
        yield f"{app.address}: it would run as {settings.environment.value}."


def _port(root: Path, code: Resource) -> Iterator[str]:
    [server] = yaml_of((root / "workspace.yaml").read_text("utf-8"))["load_from"]
    port = server["grpc_server"]["port"]
    if code.get("properties", "configuration", "ingress", "exposedPort") != port:
        yield f"{code.address}: its port is not {port}, at which workspace.yaml looks for it."


def _image(root: Path, programs: Mapping[str, Resource]) -> Iterator[str]:
    text = (root / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    copied = " ".join(re.findall(r"^COPY (.+)$", text, re.M))
    started = {"start.sh"}
    for program in programs.values():
        [container] = program.get("properties", "template", "containers")
        started |= {
            argument.removeprefix("./")
            for argument in container["args"]
            if argument.endswith((".sh", ".py", ".yaml"))
        }
    for script in [root / file for file in started if file.endswith(".sh")]:
        if script.is_file():
            started |= {*re.findall(r"^python (\w+\.py)$", script.read_text("utf-8"), re.M)}
    for file in sorted(started):
        if f"infrastructure/{file}" not in copied or not (root / file).is_file():
            yield f"Dockerfile: {file}, which a container app starts, is not in the image."
    for idle in sorted({path.name for path in root.glob("*.py")} - started):
        yield f"{idle}: no container app starts it, nor does a script of one."
    if 'ENTRYPOINT ["./start.sh"]' not in text:
        yield "Dockerfile: its programs do not start by start.sh, so no database is created."
    if "COPY requirements-host.lock" not in text:
        yield "Dockerfile: it does not install requirements-host.lock."
    settings = environment.Settings.databricks_settings
    if f"{settings.parent} /opt/dagster/{settings.parent}" not in copied:
        yield f"Dockerfile: {settings}, which the code location reads, is not in the image."
    for variable in ("CAPSTONE_GIT_COMMIT", "DAGSTER_HOME"):
        if not re.search(rf"^ENV .*\b{variable}=\S", text, re.M):
            yield f"Dockerfile: {variable} is not set."


def _function(root: Path, app: Resource) -> Iterator[str]:
    given = {s["name"]: s for s in app.get("properties", "siteConfig", "appSettings")}
    for variable in cleanup.VARIABLES:
        if variable not in given:
            yield f"{app.address}: the cleanup reads {variable}, which is not set."
    script = (root / "deploy.sh").read_text("utf-8")
    for variable in sorted(set(given) - set(cleanup.VARIABLES)):
        if not _FOR_FUNCTIONS.match(variable) and variable not in script:
            yield f"{app.address}: nothing reads the variable {variable}."
    tag = given.get("CLEANUP_CLUSTER_TAG", {}).get("value")
    for path in (root / "databricks").glob("*_policy.json"):
        policy = json.loads(path.read_text("utf-8"))
        if policy.get(f"custom_tags.{cleanup.CLUSTER_TAG}", {}).get("value") != tag:
            yield f"{path.name}: clusters do not have the tag by which the cleanup knows them."
    config = app.get("properties", "functionAppConfig")
    image = re.findall(r"^FROM python:(\d+\.\d+)", (root / "Dockerfile").read_text("utf-8"), re.M)
    if {config["runtime"]["version"]} != set(image):
        yield f"{app.address}: its Python is not {', '.join(sorted(set(image)))}, as the image's."


def _containers(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    made = {
        each.name
        for each in of_type(resources, "Microsoft.Storage/storageAccounts/blobServices/containers")
        if each.address.startswith("lake/")
    }
    tables = {table.path.split("/")[0] for table in TABLES.values()}
    for container in sorted((tables | {INPUTS}) - made):
        yield f"lake: tables or inputs lie in container {container}, which is not made."
    for other, of in ((set_up.CONTAINERS, "databricks/set_up.py"), (cleanup.CONTAINERS, "cleanup")):
        if set(other) != tables:
            yield f"{of}: its containers are {sorted(other)}, the tables' are {sorted(tables)}."
    yield from _instance(root, made)


def _instance(root: Path, containers: Set[str]) -> Iterator[str]:
    instance = yaml_of((root / "dagster.yaml").read_text("utf-8"))
    logs, monitoring = instance["compute_logs"]["config"], instance["run_monitoring"]
    if logs["container"] not in containers:
        yield f"dagster.yaml: compute logs go to {logs['container']}, which is not made."
    longest = cleanup.LONGEST_RUN.total_seconds()
    if not monitoring["enabled"] or monitoring["max_runtime_seconds"] >= longest:
        yield "dagster.yaml: a run may take so long that the cleanup ends its clusters."
    job = json.loads((root / "databricks/job_cluster.json").read_text("utf-8"))
    if job["timeout_seconds"] >= monitoring["max_runtime_seconds"]:
        yield "job_cluster.json: a job may take longer than the run that waits for it."
    if not instance["run_retries"]["enabled"]:
        yield "dagster.yaml: sensors' runs request retries, which are turned off."


def _bundle(root: Path) -> Iterator[str]:
    bundle = yaml_of((root / "databricks.yml").read_text("utf-8"))
    cluster = bundle.get("x-cluster", {}).get("new_cluster", {})
    given = cluster.get("spark_env_vars", {})
    secrets = databricks.SECRETS | _KEYS
    for variable in sorted(set(given) - variables_read() - set(secrets)):
        if variable != "DAGSTER_HOME":
            yield f"databricks.yml: nothing reads the variable {variable}."
    sinks = environment.SinkSettings("endpoint", "rule", "stream", "copy").to_variables()
    for variable in ("CAPSTONE_LAKE", environment.UNITY_CATALOG, *sinks):
        if variable not in given and variable not in _NOT_SET:
            yield f"databricks.yml: {variable} is not set."
    for variable, key in secrets.items():
        if given.get(variable) != f"{{{{secrets/{databricks.SECRET_SCOPE}/{key}}}}}":
            yield f"databricks.yml: {variable} is not the secret {key}."
