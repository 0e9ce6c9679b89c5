"""Are the other files well formed, without a subscription's values, and do they fit the templates?

Belongs here: JSON, YAML, parameter files, the outputs that scripts read, suppressions.
Not here: secrets, which checkov looks for; clusters and their policies (clusters.py).
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infrastructure.check.plan import CONTRACTS
from infrastructure.check.templates import read

ENVIRONMENTS = ("dev", "test", "prod")
MOST_SKIPS = 5

_TEXT = {".bicep", ".json", ".yaml", ".yml", ".sh", ".py", ".md", ".kql", ".in", ""}
_TYPES = {"string": str, "int": int, "bool": bool, "array": list}
_GUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
# Databricks' application, the same in every tenant as Azure's built-in roles are.
_DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"


def faults(root: Path) -> Iterator[str]:
    """Report what is wrong with the files under a folder, all of which are readable."""
    yield from _parameter_files(root)
    yield from _outputs(root)
    yield from _suppressions(root)
    yield from _guids(root)


@cache
def yaml_of(text: str) -> Any:
    """Parsed YAML, kept: parsing it takes longer than everything else."""
    return yaml.safe_load(text)


def unreadable(root: Path) -> Iterator[str]:
    """Report files that are not valid JSON or YAML."""
    for path in sorted(root.rglob("*.json")):
        try:
            json.loads(path.read_text("utf-8"))
        except ValueError as error:
            yield f"{path.name}: not valid JSON: {error}"
    for path in sorted([*root.rglob("*.yaml"), *root.rglob("*.yml")]):
        try:
            yaml_of(path.read_text("utf-8"))
        except yaml.YAMLError as error:
            yield f"{path.name}: not valid YAML: {error}"


def _json(path: Path) -> Any:
    """The content, None if there is no such file."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _parameter_files(root: Path) -> Iterator[str]:
    declared = read(root / "main.bicep").section("parameters")
    scripted = set(re.findall(r"\w+", (root / "deploy.sh").read_text("utf-8")))
    for name in ENVIRONMENTS:
        content = _json(root / f"parameters/{name}.json")
        if content is None:
            yield f"parameters/{name}.json: it does not exist."
            continue
        given = content.get("parameters", {})
        if given.get("environment", {}).get("value") != name:
            yield f"parameters/{name}.json: its environment is not {name}."
        for parameter in sorted(set(given) - set(declared)):
            yield f"parameters/{name}.json: main.bicep has no parameter {parameter}."
        for parameter, details in declared.items():
            secure = any(found["type"] == "secure" for found in details["decorators"])
            if secure and parameter in given:
                yield f"parameters/{name}.json: {parameter} is a secret."
            if parameter in given:
                value = given[parameter]["value"]
                for limit in details["decorators"]:
                    if not _within(value, limit):
                        bound = f"{limit['type']} {limit['argument']}"
                        yield (
                            f"parameters/{name}.json: {parameter} is {value!r}; "
                            f"main.bicep declares {bound}."
                        )
                if not isinstance(value, _TYPES[details["type"]]):
                    yield f"parameters/{name}.json: {parameter} is not of type {details['type']}."
            if name == "prod" and parameter == "managementAccess" and parameter in given:
                yield "parameters/prod.json: prod is managed from inside its network only."
            if details["default"] is None and parameter not in {*given, *scripted}:
                yield f"parameters/{name}.json: neither it nor deploy.sh gives {parameter}."


def _within(value: Any, limit: Mapping[str, Any]) -> bool:
    match limit["type"]:
        case "allowed":
            return value in limit["argument"]
        case "min_value":
            return not isinstance(value, int) or value >= limit["argument"]
        case "max_value":
            return not isinstance(value, int) or value <= limit["argument"]
    return True


def _suppressions(root: Path) -> Iterator[str]:
    skips = [
        (path, line.strip())
        for path in sorted(root.rglob("*"))
        if path.is_file() and (path.suffix == ".bicep" or path.name == "Dockerfile")
        for line in path.read_text("utf-8").splitlines()
        if "checkov:skip" in line
    ]
    for path, line in skips:
        if not re.search(r"checkov:skip=CKV2?_\w+:\S.{20,}", line):
            yield f"{path.name}: a suppression names no check or gives no reason: {line}"
    if len(skips) > MOST_SKIPS:
        yield f"checkov skips {len(skips)} checks; {MOST_SKIPS} is the limit."


def _outputs(root: Path) -> Iterator[str]:
    declared = read(root / "main.bicep").section("outputs").keys()
    needed: set[str] = set()
    for script in sorted(root.glob("*.sh")):
        names = set(re.findall(r"\$\(output (\w+)\)", script.read_text("utf-8")))
        needed |= names
        for name in sorted(names - declared):
            yield f"{script.name}: main.bicep has no output {name}."
    for name in sorted(declared - needed):
        yield f"main.bicep: output {name} is read by no script."


def _guids(root: Path) -> Iterator[str]:
    everywhere = {_DATABRICKS, *_GUID.findall((root / CONTRACTS).read_text("utf-8"))}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in _TEXT:
            found = {guid.lower() for guid in _GUID.findall(path.read_text("utf-8"))}
            for guid in sorted(found - everywhere):
                yield f"{path.name}: {guid} belongs to one subscription or tenant."
