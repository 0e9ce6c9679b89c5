"""Is everything watched, does each alert reach a person, and does the budget cover all costs?

Belongs here: the audit table and its rule, alerts, diagnostic settings, the budget.
Not here: the queries, which the tests run over records.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from capstone_assets.audit.records import AuditRecord
from infrastructure.check.templates import Ref, Resource, of_type

# What reports nothing by itself unless a diagnostic setting asks it to, and what it reports.
_CATEGORIES = {
    "Microsoft.KeyVault/vaults": {"AuditEvent"},
    "Microsoft.Databricks/workspaces": {"clusters", "jobs", "secrets", "accounts", "unityCatalog"},
    "Microsoft.Storage/storageAccounts/blobServices": {"StorageWrite", "StorageDelete"},
    "Microsoft.Web/sites": {"FunctionAppLogs"},
    "Microsoft.DBforPostgreSQL/flexibleServers": {"PostgreSQLLogs"},
    "Microsoft.App/managedEnvironments": {"ContainerAppConsoleLogs", "ContainerAppSystemLogs"},
    "Microsoft.OperationalInsights/workspaces": {"Audit"},
}
_PEOPLE = Ref("monitoring/actionGroup", "id")
_LOGS = Ref("monitoring/workspace", "id")
# Azure's only choices for rules over logs.
_WINDOWS = {
    *(f"PT{minutes}M" for minutes in (1, 5, 10, 15, 30, 45)),
    *(f"PT{hours}H" for hours in (1, 2, 3, 4, 5, 6)),
    *("P1D", "P2D"),
}
_FREQUENCIES = _WINDOWS - {"P2D"}
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


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Say what would go unseen."""
    yield from _audit_table(root, resources)
    yield from _alerts(root, resources)
    yield from _diagnostics(resources)
    yield from _budget(resources)


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
        yield f"audit_columns.json: Log Analytics reserves the name {name}."
    tables = of_type(resources, "Microsoft.OperationalInsights/workspaces/tables")
    if not any(table.get("properties", "schema", "columns") == columns for table in tables):
        yield "monitoring: no table has the columns of audit_columns.json."
    for path in (root / "monitoring").rglob("*"):
        if path.suffix not in (".kql", ".json"):
            continue
        # In JSON a line may begin with the name: then an n stands before it.
        text = path.read_text("utf-8").replace(r"\n", " ")
        for name in set(re.findall(r"\b\w+_CL\b", text)) - {table.name for table in tables}:
            yield f"{path.name}: it asks {name}, which is not made."
    [rule] = of_type(resources, "Microsoft.Insights/dataCollectionRules")
    streams = [f"Custom-{table.name}" for table in tables]
    [flow] = rule.get("properties", "dataFlows")
    if [*rule.get("properties", "streamDeclarations")] != streams or flow["streams"] != streams:
        yield f"{rule.address}: it takes in another stream than {', '.join(streams)}."
    if [flow["outputStream"]] != streams:
        yield f"{rule.address}: it fills another table than {', '.join(t.name for t in tables)}."
    if rule.get("properties", "streamDeclarations", streams[0], "columns") != columns:
        yield f"{rule.address}: its stream has other columns than the table."
    for app in of_type(resources, "Microsoft.App/containerApps"):
        [container] = app.get("properties", "template", "containers")
        for setting in container["env"]:
            if setting["name"] == "CAPSTONE_AUDIT_STREAM" and setting["value"] not in streams:
                yield f"{app.address}: audit records go to {setting['value']}, which is not made."


def _type(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _alerts(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    people = of_type(resources, "Microsoft.Insights/actionGroups")
    for group in people:
        receivers = group.get("properties", "emailReceivers") or []
        if group.get("properties", "enabled") is not True or not receivers:
            yield f"{group.address}: it calls no one."
        if [str(each["emailAddress"]) for each in receivers] != ["{alertEmail}"] * len(receivers):
            yield f"{group.address}: it writes to another address than alertEmail."
    rules = of_type(resources, "Microsoft.Insights/scheduledQueryRules")
    defined = json.loads((root / "monitoring/alerts.json").read_text("utf-8"))
    if len(rules) != len(defined) or not rules:
        yield f"monitoring: {len(rules)} alert rules are made of {len(defined)} in alerts.json."
    for rule in rules:
        properties = rule.get("properties")
        if properties["actions"].get("actionGroups") != [_PEOPLE]:
            yield f"{rule.address}: it calls no one."
        if properties["scopes"] != [_LOGS]:
            yield f"{rule.address}: it looks at something else than the log workspace."
        if properties["enabled"] is False:
            yield f"{rule.address}: it is turned off."
        if properties["windowSize"] not in _WINDOWS:
            yield f"{rule.address}: Azure has no window of {properties['windowSize']}."
        if properties["evaluationFrequency"] not in _FREQUENCIES:
            yield f"{rule.address}: Azure has no frequency of {properties['evaluationFrequency']}."
        if properties["autoMitigate"] is not False and properties["muteActionsDuration"]:
            yield f"{rule.address}: a rule that resolves itself cannot pause its calls."
    expiring = {"Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"}
    warned = [
        each
        for each in of_type(resources, "Microsoft.EventGrid/systemTopics/eventSubscriptions")
        if set(each.get("properties", "filter", "includedEventTypes")) == expiring
        and each.get("properties", "destination", "endpointType") == "MonitorAlert"
        and each.get("properties", "destination", "properties", "actionGroups") == [_PEOPLE]
        and each.get("properties", "eventDeliverySchema") == "CloudEventSchemaV1_0"
    ]
    if not warned:
        yield "keyvault: no one is warned before a key expires."


def _diagnostics(resources: Sequence[Resource]) -> Iterator[str]:
    settings = {
        getattr(each.get("scope"), "resource", ""): each
        for each in of_type(resources, "Microsoft.Insights/diagnosticSettings")
        if each.get("properties", "workspaceId") == _LOGS
    }
    for resource in resources:
        if resource.type not in _CATEGORIES or resource.existing:
            continue
        if resource.address not in settings:
            yield f"{resource.address}: no diagnostic setting sends its logs to Log Analytics."
            continue
        logs = settings[resource.address].get("properties", "logs")
        found = {each["category"] for each in logs if each["enabled"] is True}
        if found != _CATEGORIES[resource.type]:
            wanted = ", ".join(sorted(_CATEGORIES[resource.type]))
            yield f"{resource.address}: its log categories are not {wanted}."


def _budget(resources: Sequence[Resource]) -> Iterator[str]:
    budgets = of_type(resources, "Microsoft.Consumption/budgets")
    if len(budgets) != 1:
        yield "There is not exactly one budget."
    managed = {
        str(each.get("properties", "managedResourceGroupId"))
        for each in of_type(resources, "Microsoft.Databricks/workspaces")
    }
    for budget in budgets:
        properties = budget.get("properties")
        notices = properties["notifications"].values()
        if str(properties["amount"]) != "{monthlyBudget}" or properties["timeGrain"] != "Monthly":
            yield f"{budget.address}: it is not the month's."
        for notice in notices:
            if notice["enabled"] is not True or notice.get("contactGroups") != [_PEOPLE]:
                yield f"{budget.address}: a notice calls no one."
        limits = {notice["threshold"] for notice in notices}
        if not any(0 < limit < 100 for limit in limits) or 100 not in limits:
            yield f"{budget.address}: it does not warn before and at the limit."
        groups = list(map(str, properties["filter"]["dimensions"]["values"]))
        machines = [group for group in groups if any(group in each for each in managed)]
        if len(groups) != 2 or len(machines) != 1:
            yield f"{budget.address}: it does not count the clusters' machines."
