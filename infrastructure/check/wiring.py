"""Do the templates fit together: parameters given and used, outputs read, names by the rules?

Belongs here: claims that hold for any set of templates.
Not here: what these resources ought to be (hardening.py) and do for the code (promises.py).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from infrastructure.check.templates import Resource, Template, read, templates_of

# One name in all of Azure each, so two deployments with a fixed name exclude each other.
_GLOBAL = {
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Web/sites",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.ContainerRegistry/registries",
}
# Azure prescribes these names, or they are made of ids.
_NAMED_BY_AZURE = {
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.Insights/workbooks",
    "Microsoft.Network/privateDnsZones",
}


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Say what does not fit together in the templates under a folder."""
    templates = templates_of(root)
    for template in templates:
        yield from _unused_declarations(template)
        for module in template.section("modules"):
            yield from _wrong_arguments(template, module)
    yield from _idle_modules(root, templates)
    yield from _unread_outputs(root, templates)
    yield from _wrong_names(root, resources)


def _unused_declarations(template: Template) -> Iterator[str]:
    for section in ("parameters", "variables"):
        for name in template.section(section):
            if name not in template.references:
                yield f"{template.path.name}: {section[:-1]} {name} is used by nothing."


def _wrong_arguments(template: Template, module: str) -> Iterator[str]:
    path = template.module_path(module)
    if not path.is_file():
        yield f"{template.path.name}: module {module} names {path.name}, which does not exist."
        return
    config = template.section("modules")[module]["config"]
    given = set(config.get("config", config).get("params", {}))
    declared = read(path.resolve()).section("parameters")
    required = {name for name, parameter in declared.items() if parameter["default"] is None}
    for name in sorted(required - given):
        yield f"{template.path.name}: module {module} is not given {name}, which it requires."
    for name in sorted(given - set(declared)):
        yield f"{template.path.name}: module {module} is given {name}, which it does not declare."


def _idle_modules(root: Path, templates: Sequence[Template]) -> Iterator[str]:
    called = {
        template.module_path(module).resolve()
        for template in templates
        for module in template.section("modules")
    }
    for template in templates:
        if template.path not in called and template.path != (root / "main.bicep").resolve():
            yield f"{template.path.name}: no template uses this module."


def _unread_outputs(root: Path, templates: Sequence[Template]) -> Iterator[str]:
    read_of: set[tuple[Path, str]] = set()
    for template in templates:
        for module, output in template.outputs_used:
            path = template.module_path(module).resolve()
            read_of.add((path, output))
            if path.is_file() and output not in read(path).section("outputs"):
                yield f"{template.path.name}: module {module} has no output {output}."
    script = (root / "deploy.sh").read_text("utf-8") if (root / "deploy.sh").is_file() else ""
    for template in templates:
        for output in template.section("outputs"):
            if template.path == (root / "main.bicep").resolve():
                if not re.search(rf"\b{output}\b", script):
                    yield f"main.bicep: output {output} is used by nothing, deploy.sh included."
            elif (template.path, output) not in read_of:
                yield f"{template.path.name}: output {output} is used by nothing."


def _wrong_names(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    abbreviations = read_abbreviations(root)
    for resource in resources:
        if resource.existing or resource.type.count("/") > 1 or resource.type in _NAMED_BY_AZURE:
            continue
        abbreviation = abbreviations.get(resource.type)
        if abbreviation is None:
            yield f"{resource.address}: naming_conventions.md has no abbreviation of its type."
        elif not resource.name.startswith(abbreviation):
            yield f"{resource.address}: {resource.name} does not begin with {abbreviation}."
        if "{environment}" not in resource.name:
            yield f"{resource.address}: {resource.name} is the same in every environment."
        if resource.type in _GLOBAL and "unique_string" not in resource.name:
            yield f"{resource.address}: {resource.name} is a fixed name that all of Azure shares."


def read_abbreviations(root: Path) -> dict[str, str]:
    """The abbreviation by resource type, from the table in naming_conventions.md."""
    text = (root / "naming_conventions.md").read_text("utf-8")
    rows = re.findall(r"^\| `(Microsoft\.[^`]+)` \| `([^`]+)` \|", text, flags=re.MULTILINE)
    return dict(rows)
