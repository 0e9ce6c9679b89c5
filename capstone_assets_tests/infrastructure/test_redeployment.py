"""A second deployment, on a model of what Azure keeps of the first one.

The model is made of the templates: each resource as the first deployment puts it, and what Azure
changes by itself afterwards. The rules that Databricks adds to the security group of its subnets
are those that a sample on Azure's verified modules found for a private workspace (Azure/bicep
discussion 5839); the network intent policy refuses a group without one of them.
"""

from typing import Any

import pytest

from infrastructure.check.__main__ import EVERYTHING, ROOT
from infrastructure.check.templates import Resource, Unknown, deployed

# What deploy.sh gives when an environment is there already (test_scripts.py): no keys, the
# budget's own start, and the package that the function runs.
AGAIN = {
    "prefix": "capstone",
    "environment": "dev",
    "writeKeys": False,
    "notifyChat": False,
    "monthlyBudget": 400,
    "budgetStart": "2026-03-01",
    "cleanupPackage": "5f3a9c",
}
FIRST = AGAIN | {
    "writeKeys": True,
    "cleanupPackage": "",
    "tmdbApiToken": Unknown("tmdbApiToken"),
    "discogsToken": Unknown("discogsToken"),
    "runnerClientSecret": Unknown("runnerClientSecret"),
}
USE_ONLY = "Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-"
ADDED_BY_DATABRICKS = {
    f"{USE_ONLY}{name}": {
        "access": "Allow",
        "direction": direction,
        "priority": priority,
        "protocol": protocol,
        "sourceAddressPrefix": "VirtualNetwork",
        "sourcePortRange": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": port,
    }
    for name, direction, priority, protocol, destination, port in (
        ("worker-inbound", "Inbound", 100, "*", "VirtualNetwork", "*"),
        ("worker-outbound", "Outbound", 100, "*", "VirtualNetwork", "*"),
        ("sql", "Outbound", 101, "Tcp", "Sql", "3306"),
        ("storage", "Outbound", 102, "Tcp", "Storage", "443"),
        ("eventhub", "Outbound", 103, "Tcp", "EventHub", "9093"),
    )
}


class ConflictWithNetworkIntentPolicyError(Exception):
    """A security group in front of Databricks' subnets has not every rule of its policy."""


class Azure:
    """What Azure keeps; `put` returns the properties that a deployment changes."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.guarded: set[str] = set()

    def put(self, resources: list[Resource]) -> dict[str, Any]:
        changes = {}
        for resource in resources:
            if resource.existing:
                continue
            if resource.name in self.guarded:
                self._hold_to_the_policy(resource)
            # Each writing of a secret makes a new version of it.
            secret = resource.type == "Microsoft.KeyVault/vaults/secrets"
            if secret or self.kept.get(resource.address) != resource.config:
                changes[resource.address] = resource.config
            self.kept[resource.address] = resource.config
        return changes

    def create_the_workspace(self, resources: list[Resource]) -> None:
        """Databricks adds its rules to the group of the subnets that are delegated to it."""
        [network] = [r for r in resources if r.type == "Microsoft.Network/virtualNetworks"]
        for subnet in network.get("properties", "subnets"):
            delegated = str(subnet["properties"].get("delegations", ""))
            if "Microsoft.Databricks/workspaces" in delegated:
                group = subnet["properties"]["networkSecurityGroup"]["id"].resource
                found = next(r for r in resources if r.address == group)
                self.guarded.add(found.name)

    @staticmethod
    def _hold_to_the_policy(group: Resource) -> None:
        rules = {r["name"]: r["properties"] for r in group.get("properties", "securityRules")}
        for name, wanted in ADDED_BY_DATABRICKS.items():
            if not wanted.items() <= rules.get(name, {}).items():
                raise ConflictWithNetworkIntentPolicyError(name)


@pytest.fixture
def azure() -> Azure:
    """Azure after a first deployment."""
    azure, resources = Azure(), deployed(ROOT, FIRST)
    azure.put(resources)
    azure.create_the_workspace(resources)
    # Then deploy.sh sends the function's package and records which it was.
    pushed = deployed(ROOT, FIRST | {"cleanupPackage": AGAIN["cleanupPackage"]})
    azure.put([resource for resource in pushed if resource.address == "functionapp/app"])
    return azure


def test_a_second_deployment_changes_nothing(azure: Azure):
    assert azure.put(deployed(ROOT, AGAIN)) == {}


def test_nothing_that_is_deployed_again_depends_on_the_time_of_day():
    configuration = " ".join(str(resource.config) for resource in deployed(ROOT, AGAIN))
    assert "utc_now" not in configuration


def test_the_model_refuses_a_group_without_databricks_rules(azure: Azure):
    resources = deployed(ROOT, AGAIN)
    [group] = [r for r in resources if r.address == "vnet/databricksSecurityGroup"]
    rules = group.get("properties", "securityRules")
    del rules[:1]
    with pytest.raises(ConflictWithNetworkIntentPolicyError):
        azure.put([group])


def test_what_is_turned_on_later_is_added_and_the_rest_stays(azure: Azure):
    with_jump_host = AGAIN | {"jumpHostKey": EVERYTHING["jumpHostKey"]}
    changes = azure.put(deployed(ROOT, with_jump_host))
    assert {address.partition("/")[0] for address in changes} == {"jumpHost"}
