"""Does the audit table accept the records, and do the alerts see every minute of them?

Belongs here: the audit table and its rule, the times of alerts.
Not here: the queries, which the tests run over records; whom alerts, logs and the budget reach
(deployment_contracts.txt).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from capstone_assets.audit.records import AuditRecord
from infrastructure.check.templates import Resource, of_type

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
    """Report records that would be dropped and alerts that would be refused."""
    yield from _audit_table(root, resources)
    yield from _alerts(root, resources)


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
            yield f"{path.name}: it queries {name}, which is not deployed."


def _type(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _minutes(duration: str) -> int:
    size, unit = int(duration.strip("PTDHM")), duration[-1]
    return size * {"M": 1, "H": 60, "D": 24 * 60}[unit]


def _alerts(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    rules = of_type(resources, "Microsoft.Insights/scheduledQueryRules")
    defined = json.loads((root / "monitoring/alerts.json").read_text("utf-8"))
    if len(rules) != len(defined) or not rules:
        yield f"monitoring: {len(rules)} alert rules are made of {len(defined)} in alerts.json."
    for rule in rules:
        properties = rule.get("properties")
        if _minutes(properties["windowSize"]) < _minutes(properties["evaluationFrequency"]):
            yield f"{rule.address}: nothing watches the time between two windows."
