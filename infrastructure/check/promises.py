"""Do the templates provide what the code needs, under the names that the code uses?

Belongs here: claims that compare capstone_assets with what would be deployed.
Not here: claims about either side alone.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from capstone_assets import environment
from capstone_assets.audit.records import AuditRecord
from capstone_assets.lake.schemas import TABLES
from capstone_assets.orchestration.resources import databricks
from infrastructure.check.hardening import of_type, target
from infrastructure.check.templates import Resource
from infrastructure.databricks import set_up
from infrastructure.functionapp import cleanup

_READ, _WRITE, _OWN = (
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
)
_READ_SECRETS, _PUBLISH = (
    "4633458b-17de-408a-b874-0445c86b69e6",
    "3913510d-42f4-4e42-8a64-420c390055eb",
)
# Who must be able to do what, because some code does it: principal, role, where.
_ROLES = (
    ("hostIdentity", _READ, "lake/account", "sensors read every table"),
    ("hostIdentity", _WRITE, "metrics", "audit records and compute logs are written"),
    ("hostIdentity", _READ_SECRETS, "keyvault/vault", "container apps read their secrets"),
    ("hostIdentity", _PUBLISH, "monitoring/collectionRule", "audit records are sent"),
    ("runnerPrincipalId", _WRITE, "lake/account", "fsspec on clusters reads and writes the lake"),
    ("runnerPrincipalId", _PUBLISH, "monitoring/collectionRule", "clusters send audit records"),
    ("accessConnector", _WRITE, "lake/account", "Spark reads and writes through Unity Catalog"),
    ("databricksPrincipalId", _READ_SECRETS, "keyvault/vault", "the secret scope reads the vault"),
    ("cleanupIdentity", _WRITE, "lake/account", "the cleanup deletes in the lake"),
    ("cleanupIdentity", _OWN, "functionStorage/account", "the functions host keeps its locks"),
)
# Set for libraries: the Azure and Databricks SDKs, and the functions host.
_READ_BY_LIBRARIES = re.compile(r"AZURE_|ARM_|DATABRICKS_HOST$|AzureWebJobs|APPLICATIONINSIGHTS_")


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Say what the code needs and the templates do not give."""
    yield from _containers(resources)
    yield from _secrets(resources)
    yield from _variables(root, resources)
    yield from _audit_table(root, resources)
    yield from _roles(resources)
    yield from _clusters(root, resources)


def _containers(resources: Sequence[Resource]) -> Iterator[str]:
    provided = {
        container.name
        for container in of_type(
            resources, "Microsoft.Storage/storageAccounts/blobServices/containers"
        )
        if container.address.startswith("lake/")
    }
    needed = {table.path.split("/")[0] for table in TABLES.values()}
    for container in sorted(needed - provided):
        yield f"lake: tables lie in container {container}, which is not made."
    for container in sorted(provided - needed):
        yield f"lake: nothing lies in container {container}."
    for other, of in ((set_up.CONTAINERS, "databricks/set_up.py"), (cleanup.CONTAINERS, "cleanup")):
        if set(other) != provided:
            yield f"{of}: its containers are {sorted(other)}, the lake's are {sorted(provided)}."


def _secrets(resources: Sequence[Resource]) -> Iterator[str]:
    provided = {secret.name for secret in of_type(resources, "Microsoft.KeyVault/vaults/secrets")}
    for variable, key in databricks.SECRETS.items():
        if key not in provided:
            yield f"keyvault: clusters read {variable} from secret {key}, which is not made."
    for app in of_type(resources, "Microsoft.App/containerApps"):
        for secret in app.get("properties", "configuration", "secrets") or []:
            if str(secret["keyVaultUrl"]).rpartition("/")[2] not in provided:
                yield f"{app.address}: secret {secret['name']} is not in the vault."


def _variables(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    given = {app.address: _environment(app) for app in _programs(resources)}
    code = Path(environment.__file__).read_text("utf-8")
    dagster = (root / "dagster.yaml").read_text("utf-8")
    workspace = (root / "workspace.yaml").read_text("utf-8")
    known = code + dagster + workspace + Path(cleanup.__file__).read_text("utf-8")
    for address, variables in given.items():
        for variable in sorted(variables):
            if not _READ_BY_LIBRARIES.match(variable) and variable not in known:
                yield f"{address}: nothing reads the variable {variable}."
    for address in (a for a in given if a.startswith("dagsterHost/")):
        for variable in sorted(_named_in(dagster) - given[address]):
            yield f"{address}: dagster.yaml reads {variable}, which is not set."
    everywhere = set.union(*given.values())
    for variable in ("CAPSTONE_LAKE", "TMDB_API_TOKEN", "DISCOGS_TOKEN", *_named_in(workspace)):
        if variable not in everywhere:
            yield f"dagsterHost: the code reads {variable}, which no container app sets."
    for setting in cleanup.VARIABLES:
        if setting not in given.get("functionapp/app", set()):
            yield f"functionapp/app: the cleanup reads {setting}, which is not set."


def _programs(resources: Sequence[Resource]) -> list[Resource]:
    return [
        *of_type(resources, "Microsoft.App/containerApps"),
        *of_type(resources, "Microsoft.Web/sites"),
    ]


def _environment(program: Resource) -> set[str]:
    settings = list(program.get("properties", "siteConfig", "appSettings") or [])
    for container in program.get("properties", "template", "containers") or []:
        settings += container["env"]
    return {setting["name"] for setting in settings}


def _named_in(text: str) -> set[str]:
    """The environment variables that a Dagster file reads, `{env: NAME}`."""
    return set(re.findall(r"\benv: (\w+)", json.dumps(yaml.safe_load(text)).replace('"', "")))


# What JSON makes of the types in AuditRecord; Log Analytics knows them by other names.
_COLUMN_TYPES = {
    "str": "string",
    "str | None": "string",
    "int": "long",
    "int | None": "long",
    "float": "real",
    "float | None": "real",
    "bool": "boolean",
    "datetime": "datetime",
    "datetime.datetime | None": "datetime",
}
_RESERVED = {"id", "Title", "Type", "TenantId"}


def _audit_table(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    columns = json.loads((root / "monitoring/audit_columns.json").read_text("utf-8"))
    provided = {column["name"]: column["type"] for column in columns}
    needed = {f.name: _COLUMN_TYPES.get(_type(f.type), "dynamic") for f in fields(AuditRecord)}
    needed["TimeGenerated"] = "datetime"
    for name, kind in sorted(needed.items() - provided.items()):
        yield f"audit_columns.json: an audit record has {name}, a {kind}; the table has not."
    for name in sorted(provided.keys() - needed.keys()):
        yield f"audit_columns.json: no audit record has {name}."
    for name in sorted(provided.keys() & _RESERVED):
        yield f"audit_columns.json: Log Analytics keeps the name {name} for itself."
    tables = of_type(resources, "Microsoft.OperationalInsights/workspaces/tables")
    if not any(table.get("properties", "schema", "columns") == columns for table in tables):
        yield "monitoring: no table has the columns of audit_columns.json."
    queries = [*(root / "monitoring").rglob("*.kql"), *(root / "monitoring").glob("*s.json")]
    tables_named = {table.name for table in tables}
    for path in queries:
        # In JSON a line may begin with the name: then an n stands before it.
        text = path.read_text("utf-8").replace(r"\n", " ")
        for name in set(re.findall(r"\b\w+_CL\b", text)) - tables_named:
            yield f"{path.name}: it asks {name}, which is not made."


def _type(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _roles(resources: Sequence[Resource]) -> Iterator[str]:
    named = {resource.address: resource.name for resource in resources}
    held = set()
    for assignment in of_type(resources, "Microsoft.Authorization/roleAssignments"):
        where = target(resources, assignment.get("scope"))
        properties = assignment.get("properties")
        who, role = str(properties["principalId"]), str(properties["roleDefinitionId"])
        held |= {(who, role, where), (who, role, named.get(where, where))}
    for principal, role, where, why in _ROLES:
        if not any(principal in w and role in r and where == a for w, r, a in held):
            yield f"roles: {principal} may not use {where} as it must: {why}."


def _clusters(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    for app in of_type(resources, "Microsoft.Web/sites"):
        settings = app.get("properties", "siteConfig", "appSettings") or []
        tag = {s["name"]: s["value"] for s in settings}.get("CLEANUP_CLUSTER_TAG")
        for path in (root / "databricks").glob("*_policy.json"):
            policy = json.loads(path.read_text("utf-8"))
            if policy.get(f"custom_tags.{cleanup.CLUSTER_TAG}", {}).get("value") != tag:
                yield f"{path.name}: clusters do not have the tag by which the cleanup knows them."
    job = json.loads((root / "databricks/job_cluster.json").read_text("utf-8"))
    file = set_up.POLICIES.get(job["policy"])
    if file is None:
        yield f"job_cluster.json: set_up.py makes no policy {job['policy']}."
        return
    policy = json.loads((root / "databricks" / file).read_text("utf-8"))
    for attribute, rule in policy.items():
        value: Any = job["cluster"]
        for key in attribute.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        # Two attributes of a policy are none of a cluster: they follow from the others.
        virtual = attribute in ("cluster_type", "dbus_per_hour")
        if not virtual and not _allowed(value, rule):
            yield f"job_cluster.json: {attribute} is {value!r}, which {file} does not allow."


def _allowed(value: Any, rule: Mapping[str, Any]) -> bool:
    if value is None:
        return rule.get("isOptional", False)
    if rule["type"] == "range":
        return rule.get("minValue", value) <= value <= rule.get("maxValue", value)
    return value in rule.get("values", [rule.get("value")])
