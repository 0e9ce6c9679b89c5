"""Does each role have a contract, and does everything wait for what it needs?

Belongs here: names of role assignments, the secrets that clusters read, the order of a deployment.
Not here: which role is for which job, who acts as whom, who may sign in (deployment_contracts.txt).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from capstone_assets.orchestration.resources import databricks
from infrastructure.check.plan import CONTRACTS
from infrastructure.check.templates import Resource, of_type, waits_for

# Orders of deployment that no reference implies: later, earlier, why.
_ORDER = (
    ("dagsterHost/codeApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/codeApp", "dagsterHost/databaseEndpoint/zoneGroup", "it connects through it"),
    (
        "dagsterHost/databaseAdministrator",
        "dagsterHost/databaseEndpoint/endpoint",
        "a server takes one change at a time",
    ),
    ("dagsterHost/daemonApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/daemonApp", "dagsterHost/codeApp", "it loads the code from it"),
    ("dagsterHost/drainJob", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/webApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/webApp", "dagsterHost/codeApp", "it loads the code from it"),
    ("dagsterHost/codeApp", "roles/hostReadsKeys", "it reads its secrets when it starts"),
    ("dagsterHost/codeApp", "registryPull/pull", "it pulls its image when it starts"),
    ("functionapp/app", "roles/cleanupOwnsItsFiles", "it opens its storage when it starts"),
    ("monitoring/collectionRule", "monitoring/table", "it fills the table"),
    (
        "databricks/signInEndpoint/endpoint",
        "databricks/controlPlaneEndpoint/endpoint",
        "a workspace takes one endpoint at a time",
    ),
)


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Report roles without a job, and what would be deployed too early."""
    found = {resource.address: resource for resource in resources}
    contracts = (root / CONTRACTS).read_text("utf-8")
    for assignment in of_type(resources, "Microsoft.Authorization/roleAssignments"):
        who = str(assignment.get("properties", "principalId"))
        role = str(assignment.get("properties", "roleDefinitionId")).rpartition(", ")[2].strip(")}")
        if f"\n{assignment.address} " not in contracts:
            yield f"{assignment.address}: {CONTRACTS} does not say which job needs this role."
        if who not in assignment.name or role not in assignment.name:
            yield (
                f"{assignment.address}: its name does not follow from its principal and role: "
                "another of either would be RoleAssignmentUpdateNotPermitted."
            )
    made = {secret.name for secret in of_type(resources, "Microsoft.KeyVault/vaults/secrets")}
    for variable, key in databricks.SECRETS.items():
        if key not in made:
            yield f"keyvault: clusters read {variable} from secret {key}, which is not made."
    for later, earlier, why in _ORDER:
        if later not in found or earlier not in waits_for(resources, found[later]):
            yield f"{later}: it does not wait for {earlier}, though {why}."
