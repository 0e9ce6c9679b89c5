"""Would what is deployed work, and keep strangers out? A claim for each mistake made before.

Belongs here: claims about single resources and how they hold on to each other.
Not here: names and parameters (wiring.py), what the code needs (promises.py), and what checkov
already knows.
"""

import re
from collections.abc import Iterator, Sequence

from infrastructure.check.templates import Ref, Resource

# What reports nothing by itself unless a diagnostic setting asks it to.
_REPORTING = {
    "Microsoft.KeyVault/vaults",
    "Microsoft.Databricks/workspaces",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Web/sites",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.App/managedEnvironments",
    "Microsoft.OperationalInsights/workspaces",
}
# Each door that must lead inside the network, by the type that it belongs to.
_PRIVATE_DOORS = {
    "Microsoft.KeyVault/vaults": {"vault"},
    "Microsoft.Databricks/workspaces": {"databricks_ui_api", "browser_authentication"},
    "Microsoft.DBforPostgreSQL/flexibleServers": {"postgresqlServer"},
    "Microsoft.Storage/storageAccounts": {"blob"},
    "Microsoft.Web/sites": {"sites"},
}
_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


def faults(resources: Sequence[Resource]) -> Iterator[str]:
    """Say what would not work or would stand open."""
    claims = (
        _the_lake_has_folders_and_containers,
        _somebody_can_read_the_vault,
        _databricks_is_premium_and_inside_the_network,
        _subnets_are_used,
        _the_function_runs_python_on_its_identity,
        _everything_reports,
        _doors_are_private,
        _nothing_accepts_a_password,
        _people_sign_in,
    )
    for claim in claims:
        yield from claim(resources)


def of_type(resources: Sequence[Resource], kind: str) -> list[Resource]:
    """The resources of a type that would be made, not those only referred to."""
    return [found for found in resources if found.type == kind and not found.existing]


def target(resources: Sequence[Resource], reference: object) -> str:
    """The address of what is really meant, through `existing` resources of the same name."""
    if not isinstance(reference, Ref):
        return ""
    meant = next((found for found in resources if found.address == reference.resource), None)
    if meant is None or not meant.existing:
        return reference.resource
    name, parent = meant.get("name"), target(resources, meant.get("parent"))
    if isinstance(name, Ref):
        return name.resource
    for found in resources:
        same_parent = target(resources, found.get("parent")) == parent
        same_name = found.type == meant.type and found.name == meant.name
        if same_name and same_parent and not found.existing:
            return found.address
    return reference.resource


def _the_lake_has_folders_and_containers(resources: Sequence[Resource]) -> Iterator[str]:
    accounts = of_type(resources, "Microsoft.Storage/storageAccounts")
    lakes = [a for a in accounts if a.get("properties", "isHnsEnabled") is True]
    if not lakes:
        yield "No storage account has a hierarchical namespace, which abfss:// needs."
    services = of_type(resources, "Microsoft.Storage/storageAccounts/blobServices")
    containers = of_type(resources, "Microsoft.Storage/storageAccounts/blobServices/containers")
    for account in accounts:
        of_account = {s.address for s in services if s.get("parent") == Ref(account.address, "")}
        if not any(target(resources, c.get("parent")) in of_account for c in containers):
            yield f"{account.address}: it has no containers."


def _somebody_can_read_the_vault(resources: Sequence[Resource]) -> Iterator[str]:
    assignments = of_type(resources, "Microsoft.Authorization/roleAssignments")
    for vault in of_type(resources, "Microsoft.KeyVault/vaults"):
        if vault.get("properties", "enableRbacAuthorization") is not True:
            yield f"{vault.address}: access is not by roles (enableRbacAuthorization)."
        readers = [
            assignment
            for assignment in assignments
            if target(resources, assignment.get("scope")) == vault.address
            and _SECRETS_USER in str(assignment.get("properties", "roleDefinitionId"))
        ]
        if not readers:
            yield f"{vault.address}: nobody has the role that reads its secrets."


def _databricks_is_premium_and_inside_the_network(resources: Sequence[Resource]) -> Iterator[str]:
    networks = {n.address for n in of_type(resources, "Microsoft.Network/virtualNetworks")}
    for workspace in of_type(resources, "Microsoft.Databricks/workspaces"):
        if workspace.get("sku", "name") != "premium":
            yield f"{workspace.address}: tier {workspace.get('sku', 'name')} is retired; premium."
        given = workspace.get("properties", "parameters") or {}
        network = given.get("customVirtualNetworkId", {}).get("value")
        if not isinstance(network, Ref) or network.resource not in networks:
            yield f"{workspace.address}: it is not inside the virtual network."
        if given.get("enableNoPublicIp", {}).get("value") is not True:
            yield f"{workspace.address}: its clusters have public addresses."
        subnets = _subnets(resources, "Microsoft.Databricks/workspaces")
        for which in ("customPublicSubnetName", "customPrivateSubnetName"):
            if given.get(which, {}).get("value") not in subnets:
                yield f"{workspace.address}: {which} is no subnet delegated to Databricks."


def _subnets(resources: Sequence[Resource], delegated_to: str) -> set[str]:
    found = set()
    for network in of_type(resources, "Microsoft.Network/virtualNetworks"):
        for subnet in network.get("properties", "subnets") or []:
            for delegation in subnet["properties"].get("delegations", []):
                if delegation["properties"]["serviceName"] == delegated_to:
                    found.add(subnet["name"])
    return found


def _subnets_are_used(resources: Sequence[Resource]) -> Iterator[str]:
    others = [r for r in resources if r.type != "Microsoft.Network/virtualNetworks"]
    told = " ".join(str(resource.config) for resource in others)
    for network in of_type(resources, "Microsoft.Network/virtualNetworks"):
        for subnet in network.get("properties", "subnets") or []:
            name, properties = subnet["name"], subnet["properties"]
            if not re.search(rf"(/subnets/|'){re.escape(name)}'", told):
                yield f"{network.address}: nothing is attached to subnet {name}."
            if "networkSecurityGroup" not in properties:
                yield f"{network.address}: subnet {name} has no security group."
            if properties.get("delegations") and "natGateway" not in properties:
                yield f"{network.address}: subnet {name} has no way out (NAT gateway)."


def _the_function_runs_python_on_its_identity(resources: Sequence[Resource]) -> Iterator[str]:
    plans = {p.address: p for p in of_type(resources, "Microsoft.Web/serverfarms")}
    for app in of_type(resources, "Microsoft.Web/sites"):
        plan = plans.get(getattr(app.get("properties", "serverFarmId"), "resource", ""))
        linux = plan is not None and plan.get("properties", "reserved") is True
        if not linux or "linux" not in str(app.get("kind")):
            yield f"{app.address}: a Python worker needs a Linux plan (reserved: true)."
        if plan is not None and plan.get("sku", "tier") != "FlexConsumption":
            yield f"{app.address}: its plan is not Flex Consumption."
        settings = {
            setting["name"]: setting["value"]
            for setting in app.get("properties", "siteConfig", "appSettings") or []
        }
        storage = settings.get("AzureWebJobsStorage__accountName")
        if "AzureWebJobsStorage" in settings or not isinstance(storage, Ref):
            yield (
                f"{app.address}: AzureWebJobsStorage must be an account's name and an identity "
                "(AzureWebJobsStorage__accountName, __credential), not a URL or a key."
            )
        elif storage.property != "name":
            yield f"{app.address}: AzureWebJobsStorage__accountName is not the name of an account."
        if settings.get("AzureWebJobsStorage__credential") != "managedidentity":
            yield f"{app.address}: it does not reach its storage as an identity."


def _everything_reports(resources: Sequence[Resource]) -> Iterator[str]:
    workspaces = {w.address for w in of_type(resources, "Microsoft.OperationalInsights/workspaces")}
    reporting = {
        getattr(setting.get("scope"), "resource", "")
        for setting in of_type(resources, "Microsoft.Insights/diagnosticSettings")
        if getattr(setting.get("properties", "workspaceId"), "resource", "") in workspaces
    }
    for resource in resources:
        silent = resource.address not in reporting
        if resource.type in _REPORTING and not resource.existing and silent:
            yield f"{resource.address}: no diagnostic setting sends its logs to Log Analytics."


def _doors_are_private(resources: Sequence[Resource]) -> Iterator[str]:
    inside: dict[str, set[str]] = {}
    for endpoint in of_type(resources, "Microsoft.Network/privateEndpoints"):
        for connection in endpoint.get("properties", "privateLinkServiceConnections"):
            service = connection["properties"]["privateLinkServiceId"]
            doors = inside.setdefault(getattr(service, "resource", ""), set())
            doors.update(connection["properties"]["groupIds"])
    for resource in resources:
        if resource.type not in _PRIVATE_DOORS or resource.existing:
            continue
        needed = set(_PRIVATE_DOORS[resource.type])
        if resource.get("properties", "isHnsEnabled") is True:
            needed.add("dfs")
        for door in sorted(needed - inside.get(resource.address, set())):
            yield f"{resource.address}: {door} has no private endpoint."
        public = resource.get("properties", "publicNetworkAccess") or resource.get(
            "properties", "network", "publicNetworkAccess"
        )
        if public != "Disabled":
            yield f"{resource.address}: public network access is not off by default."


def _nothing_accepts_a_password(resources: Sequence[Resource]) -> Iterator[str]:
    for account in of_type(resources, "Microsoft.Storage/storageAccounts"):
        if account.get("properties", "allowSharedKeyAccess") is not False:
            yield f"{account.address}: it accepts shared keys."
    for server in of_type(resources, "Microsoft.DBforPostgreSQL/flexibleServers"):
        if server.get("properties", "authConfig", "passwordAuth") != "Disabled":
            yield f"{server.address}: it accepts passwords."
    for resource in resources:
        if re.search(r"list_?keys|list_?secrets|accountkey=", str(resource.config), re.IGNORECASE):
            yield f"{resource.address}: a key is read out of a resource."


def _people_sign_in(resources: Sequence[Resource]) -> Iterator[str]:
    for app in of_type(resources, "Microsoft.App/containerApps"):
        ingress = app.get("properties", "configuration", "ingress") or {}
        if not ingress.get("external"):
            continue
        if not ingress.get("ipSecurityRestrictions"):
            yield f"{app.address}: any address can reach it."
        sign_in = [
            config
            for config in of_type(resources, "Microsoft.App/containerApps/authConfigs")
            if config.get("parent") == Ref(app.address, "")
            and config.get("properties", "globalValidation", "unauthenticatedClientAction")
            == "RedirectToLoginPage"
        ]
        if not sign_in:
            yield f"{app.address}: it is open to the outside and asks nobody to sign in."
