"""Does each role have a contract, and is each secret that clusters read made?

Belongs here: names of role assignments, the secrets that clusters read.
Not here: which role is for which job, who acts as whom, what waits for what
(deployment_contracts.txt).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from capstone_assets.orchestration.resources import databricks
from infrastructure.check.plan import CONTRACTS
from infrastructure.check.templates import Resource, of_type


def faults(root: Path, resources: Sequence[Resource]) -> Iterator[str]:
    """Report roles without a job, and secrets that do not exist."""
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
