"""Do names follow our conventions and Azure's limits, and do scripts use the templates' names?

Belongs here: names of everything that would be deployed.
Not here: types, API versions and properties (`az bicep build`, deployment_plan.txt).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from infrastructure.check.templates import Resource, read

# Unique in all of Azure, so two deployments with a fixed name exclude each other.
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
# Azure's limits, where a name of ours comes near them: longest, and what it may consist of.
_LIMITS = {
    "Microsoft.Storage/storageAccounts": (24, "[a-z0-9]+"),
    "Microsoft.KeyVault/vaults": (24, "[a-zA-Z][a-zA-Z0-9-]+"),
    "Microsoft.App/containerApps": (32, "[a-z][a-z0-9-]+"),
    "Microsoft.App/jobs": (32, "[a-z][a-z0-9-]+"),
    "Microsoft.App/managedEnvironments": (60, "[a-z][a-z0-9-]+"),
    "Microsoft.DBforPostgreSQL/flexibleServers": (63, "[a-z0-9-]+"),
    "Microsoft.Databricks/workspaces": (64, "[a-zA-Z0-9_-]+"),
    "Microsoft.Web/sites": (60, "[a-zA-Z0-9-]+"),
    "Microsoft.EventGrid/systemTopics": (50, "[a-zA-Z0-9-]+"),
    "Microsoft.Consumption/budgets": (63, "[a-zA-Z0-9_-]+"),
    "Microsoft.Compute/virtualMachines": (64, "[a-zA-Z0-9-]+"),
}


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Report names that are wrong, too long or given by no template."""
    yield from _providers(root, resources)
    yield from _called(root, resources)
    abbreviations = read_abbreviations(root)
    for resource in resources:
        part_of_another = resource.type.count("/") > 1
        if resource.existing or part_of_another or resource.type in _NAMED_BY_AZURE:
            continue
        yield from _wrong_name(resource, abbreviations.get(resource.type))
        yield from _too_long(root, resource)


def _providers(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """A new subscription has hardly any of them registered."""
    text = (root / "README.md").read_text("utf-8")
    [registered] = re.findall(r"for p in ([\w ]+); do az provider register", text)
    needed = {resource.type.split("/")[0].removeprefix("Microsoft.") for resource in resources}
    # Registered in each subscription from the start.
    needed -= {"Authorization"}
    for provider in sorted(needed ^ set(registered.split())):
        yield f"README.md: the providers to register and those of the templates differ: {provider}."


def _called(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Say which names in scripts and in the README's commands no template gives."""
    ours = "{prefix}-{environment}"
    made = {resource.name for resource in resources} | {f"rg-{ours}"}
    for path in [*sorted(root.glob("*.sh")), root / "README.md"]:
        text = path.read_text("utf-8").replace("$prefix-$environment", ours)
        text = re.sub(r"\bcapstone-(dev|test|prod)\b", ours, text)
        # A name's beginning may be in a variable.
        for variable, value in re.findall(rf'\b(\w+)="(\w+-{ours})"', text):
            text = text.replace(f'{variable}="{value}"', "").replace(f"${variable}-", f"{value}-")
        for name in sorted({*re.findall(rf"\w+-{ours}[\w-]*", text)} - made):
            yield f"{path.name}: no template makes {name}."


def _wrong_name(resource: Resource, abbreviation: str | None) -> Iterator[str]:
    if abbreviation is None:
        yield f"{resource.address}: naming_conventions.md has no abbreviation of its type."
    elif not resource.name.startswith(abbreviation):
        yield f"{resource.address}: {resource.name} does not begin with {abbreviation}."
    if "{environment}" not in resource.name:
        yield f"{resource.address}: {resource.name} is the same in every environment."
    if resource.type in _GLOBAL and "unique_string" not in resource.name:
        yield f"{resource.address}: {resource.name} is a fixed name that all of Azure shares."


def _too_long(root: Path, resource: Resource) -> Iterator[str]:
    if resource.type not in _LIMITS:
        return
    limit, pattern = _LIMITS[resource.type]
    longest = longest_name(root, resource.name)
    if len(longest) > limit:
        size = len(longest)
        yield f"{resource.address}: its name can have {size} characters; {limit} is the most."
    if not re.fullmatch(pattern, longest):
        yield f"{resource.address}: {resource.name} has characters that Azure refuses."


def longest_name(root: Path, name: str) -> str:
    """A name with the longest value of each parameter and function that it is made of."""
    main = read(root / "main.bicep")

    def longest(match: re.Match[str]) -> str:
        text = match[1]
        if text.startswith("unique_string"):
            # As `Unknown` says it: 13 characters, or as many as `take` leaves.
            _, _, size = text.partition(":")
            return "u" * int(size or 13)
        parameter = main.section("parameters").get(text)
        limits = {found["type"]: found for found in (parameter or {"decorators": ()})["decorators"]}
        if "allowed" in limits:
            return str(max(limits["allowed"]["argument"], key=len))
        if "max_length" in limits:
            return "p" * int(limits["max_length"]["argument"])
        return match[0]

    return re.sub(r"\{([^{}]*)\}", longest, name)


def read_abbreviations(root: Path) -> dict[str, str]:
    """The abbreviation by resource type, from the table in naming_conventions.md."""
    text = (root / "naming_conventions.md").read_text("utf-8")
    rows = re.findall(r"^\| `(Microsoft\.[^`]+)` \| `([^`]+)` \|", text, flags=re.MULTILINE)
    return dict(rows)
