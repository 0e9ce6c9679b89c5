"""Would the reviewed plan be deployed? A what-if without Azure.

Belongs here: the plan, one line for each property of each resource with everything turned on, its
comparison with deployment_plan.txt, and the lines that must stay (deployment_contracts.txt).
Not here: what holds between several lines, or between them and the code (the other modules).

A change of a template shows in this file's diff as what it changes in Azure, for the reviewer to
see; a slip shows, too. `python -m infrastructure.check --accept` writes the file.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from infrastructure.check.templates import Ref, Resource, templates_of

FILE = "deployment_plan.txt"
CONTRACTS = "deployment_contracts.txt"
_LONGEST_VALUE = 160


def faults(root: Path, resources: Sequence[Resource], outputs: Mapping[str, Any]) -> Iterator[str]:
    """Report lines of the plan that were not reviewed, and reviewed ones that are gone."""
    path = root / FILE
    reviewed = path.read_text("utf-8").splitlines() if path.is_file() else []
    planned = [*parameters(root), *plan(resources, outputs)]
    known, wanted = set(reviewed), set(planned)
    for line in planned:
        if line not in known:
            yield f"{FILE} does not have: {line} (--accept, if that is meant)"
    for line in reviewed:
        if line not in wanted:
            yield f"{FILE} still has: {line} (--accept, if it is meant to go)"


def broken(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Report lines that the plan must have but does not, or has but must not, and why."""
    planned = plan(resources, {})
    why = ""
    for line in (root / CONTRACTS).read_text("utf-8").splitlines():
        if line.startswith("# "):
            why = line.removeprefix("# ")
        elif line.startswith("! "):
            for found in planned:
                if line.removeprefix("! ") in found:
                    yield f"{found}. {why}"
        elif line and line not in planned:
            yield f"{_denied(line)}. {why}"


def write(root: Path, resources: Sequence[Resource], outputs: Mapping[str, Any]) -> None:
    """Accept the plan as it is now."""
    lines = [*parameters(root), *plan(resources, outputs)]
    (root / FILE).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def plan(resources: Sequence[Resource], outputs: Mapping[str, Any]) -> list[str]:
    """Every property that would be deployed, `address path = value`, in the templates' order."""
    lines = []
    for resource in resources:
        existing = "existing " if resource.existing else ""
        lines.append(f"{resource.address} = {existing}{resource.type}@{resource.api_version}")
        lines += [f"{resource.address} {path} = {value}" for path, value in _flat(resource.config)]
        lines += [f"{resource.address} after {address}" for address in sorted(resource.after)]
    return [*lines, *(f"output {name} = {_shown(value)}" for name, value in outputs.items())]


def parameters(root: Path) -> Iterator[str]:
    """What each template takes: type, default, and what is allowed."""
    for template in templates_of(root):
        for name, declared in template.section("parameters").items():
            limits = [
                f" @{each['type']}({_shown(each.get('argument', ''))})"
                for each in declared["decorators"]
                if each["type"] != "description"
            ]
            default = "" if declared["default"] is None else f" = {_shown(declared['default'])}"
            line = f"parameter {template.path.stem}.{name}: {declared['type']}{default}"
            yield line + "".join(limits)


def _denied(line: str) -> str:
    """The opposite of a line: a value is another, or there is no wait."""
    said = " is not " if " = " in line else " does not wait for "
    return line.replace(" = ", said, 1).replace(" after ", said, 1)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            # By its name, which stays when another comes before it.
            if isinstance(inner, Mapping) and isinstance(name := inner.get("name"), str):
                rest = {key: each for key, each in inner.items() if key != "name"}
                yield from _flat(rest, f"{path}[{name}]")
            else:
                yield from _flat(inner, f"{path}[{index}]")
    else:
        yield path, _shown(value)


def _shown(value: Any) -> str:
    text = f"<{value.resource}.{value.property}>" if isinstance(value, Ref) else str(value)
    text = " ".join(text.split())
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:60]}... (sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]})"
