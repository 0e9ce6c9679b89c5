"""Run every check on infrastructure/ and report the faults; exit code 1 if there are any.

`--accept` writes what would be deployed to deployment_plan.txt first.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from infrastructure.check import (
    access,
    bundle,
    clusters,
    files,
    monitoring,
    names,
    network,
    plan,
    settings,
)
from infrastructure.check.templates import TemplateError, Unknown, deployed, outputs, read
from infrastructure.databricks import libraries

ROOT = Path(__file__).parents[1]
LOCK = Path(libraries.__file__).parents[2] / "requirements.lock"

# With everything turned on, so that every resource is seen. The rest are values that Azure
# provides.
EVERYTHING = {
    "prefix": Unknown("prefix"),
    "writeKeys": True,
    "notifyChat": True,
    "sensorsRunning": True,
    "jumpHostKey": "ssh-ed25519 AAAA",
    "cleanupPackage": Unknown("cleanupPackage"),
    "webhookUrl": Unknown("webhookUrl"),
    "tmdbApiToken": Unknown("tmdbApiToken"),
    "discogsToken": Unknown("discogsToken"),
    "runnerClientSecret": Unknown("runnerClientSecret"),
    "keysExpireOn": Unknown("keysExpireOn"),
    "runnerSecretExpiresOn": Unknown("runnerSecretExpiresOn"),
    "overridesFile": "overrides.csv",
    "discogsDumpFolder": "dumps",
}


# What goes wrong where a template has lost a property that is read, or refers to itself.
_BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def find_faults(root: Path) -> list[str]:
    """Every fault in the files under a folder that is laid out as infrastructure/ is."""
    read.cache_clear()
    if unreadable := list(files.unreadable(root)):
        return unreadable
    try:
        found = [*files.faults(root)]
        resources = deployed(root, EVERYTHING)
    except (TemplateError, OSError) as error:
        return [str(error)]
    except _BROKEN as error:
        return [f"The templates cannot be worked out: {type(error).__name__}: {error}."]
    contracts: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: bundle.faults(root),
        lambda: clusters.faults(root),
        lambda: libraries.faults(root / "databricks", LOCK),
        lambda: names.faults(root, resources),
        lambda: network.faults(resources),
        lambda: access.faults(root, resources),
        lambda: settings.faults(root, resources),
        lambda: monitoring.faults(root, resources),
        lambda: plan.broken(root, resources),
        lambda: plan.faults(root, resources, outputs(root, EVERYTHING)),
    )
    for contract in contracts:
        found += _faults_of(contract)
    return found


def _faults_of(contract: Callable[[], Iterator[str]]) -> Iterator[str]:
    try:
        yield from contract()
    except _BROKEN as error:
        kind = type(error).__name__
        yield f"A template no longer has what a contract reads: {kind}: {error}."


if __name__ == "__main__":
    if sys.argv[1:] == ["--accept"]:
        plan.write(ROOT, deployed(ROOT, EVERYTHING), outputs(ROOT, EVERYTHING))
    faults = find_faults(ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(list(ROOT.rglob("*.bicep")))
    print(f"infrastructure: {count} templates examined, {len(faults)} faults")
    sys.exit(1 if faults else 0)
