"""Does everything sit in its place in the network, and is every door the right one?

Belongs here: address ranges, subnets, security groups, private endpoints and their DNS.
Not here: who may do what once inside (access.py).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from infrastructure.check.templates import Ref, Resource, of_type

# By subnet: the service that it is delegated to, the smallest that Azure takes, its security group,
# and whether it needs a way out.
_DATABRICKS, _APPS = "Microsoft.Databricks/workspaces", "Microsoft.App/environments"
_SUBNETS = {
    "databricks-public": (_DATABRICKS, 26, "vnet/databricksSecurityGroup", True),
    "databricks-private": (_DATABRICKS, 26, "vnet/databricksSecurityGroup", True),
    "private-endpoints": (None, 28, "vnet/securityGroup", False),
    "host": (_APPS, 27, "vnet/hostSecurityGroup", True),
    "functions": (_APPS, 27, "vnet/securityGroup", True),
    "jump-host": (None, 29, "vnet/securityGroup", True),
    "AzureBastionSubnet": (None, 26, "vnet/bastionSecurityGroup", False),
}
# Who is put into which subnet: resource, the keys that lead to the subnet's id, the subnet.
_PLACES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "dagsterHost/appEnvironment",
        ("properties", "vnetConfiguration", "infrastructureSubnetId"),
        "host",
    ),
    ("functionapp/app", ("properties", "virtualNetworkSubnetId"), "functions"),
)
# What a workspace with NoAzureDatabricksRules adds to the group of its subnets (each rule as Azure
# writes it: priority, direction, protocol, source, destination, port). A group without one of them
# fails every later deployment with ConflictWithNetworkIntentPolicy.
_UNTOUCHABLE = "Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to"
_WITHIN = "VirtualNetwork"
_INTENT = {
    f"{_UNTOUCHABLE}-worker-inbound": (100, "Inbound", "*", _WITHIN, _WITHIN, "*"),
    f"{_UNTOUCHABLE}-worker-outbound": (100, "Outbound", "*", _WITHIN, _WITHIN, "*"),
    f"{_UNTOUCHABLE}-sql": (101, "Outbound", "Tcp", _WITHIN, "Sql", "3306"),
    f"{_UNTOUCHABLE}-storage": (102, "Outbound", "Tcp", _WITHIN, "Storage", "443"),
    f"{_UNTOUCHABLE}-eventhub": (103, "Outbound", "Tcp", _WITHIN, "EventHub", "9093"),
}
# The doors of each service, and the DNS zone in which a door's name is looked up.
_DOORS = {
    "lake/account": {"blob", "dfs"},
    "functionStorage/account": {"blob"},
    "keyvault/vault": {"vault"},
    "databricks/workspace": {"databricks_ui_api", "browser_authentication"},
    "dagsterHost/databaseServer": {"postgresqlServer"},
    "functionapp/app": {"sites"},
}
_ZONES = {
    "blob": "privatelink.blob.{storage}",
    "dfs": "privatelink.dfs.{storage}",
    "vault": "privatelink.vaultcore.azure.net",
    "databricks_ui_api": "privatelink.azuredatabricks.net",
    "browser_authentication": "privatelink.azuredatabricks.net",
    "postgresqlServer": "privatelink.postgres.database.azure.com",
    "sites": "privatelink.azurewebsites.net",
}


def faults(resources: Sequence[Resource]) -> Iterator[str]:
    """Say what is in the wrong place or stands open."""
    for network in of_type(resources, "Microsoft.Network/virtualNetworks"):
        subnets = {
            each["name"]: each["properties"] for each in network.get("properties", "subnets")
        }
        yield from _addresses(network, subnets)
        yield from _subnets(network, subnets)
    yield from _places(resources)
    yield from _workspace(resources)
    yield from _rules(resources)
    yield from _doors(resources)


def _addresses(network: Resource, subnets: Mapping[str, Any]) -> Iterator[str]:
    spaces = [IPv4Network(p) for p in network.get("properties", "addressSpace", "addressPrefixes")]
    ranges: dict[str, IPv4Network] = {}
    for name, subnet in subnets.items():
        try:
            ranges[name] = IPv4Network(subnet["addressPrefix"])
        except ValueError as error:
            yield f"{network.address}: subnet {name}: {error}."
            continue
        if not any(ranges[name].subnet_of(space) for space in spaces):
            yield f"{network.address}: subnet {name} ({ranges[name]}) is outside the network."
        if name in _SUBNETS and ranges[name].prefixlen > _SUBNETS[name][1]:
            yield f"{network.address}: subnet {name} must be at least a /{_SUBNETS[name][1]}."
    for (one, here), (other, there) in combinations(ranges.items(), 2):
        if here.overlaps(there):
            yield f"{network.address}: subnets {one} and {other} overlap."


def _subnets(network: Resource, subnets: Mapping[str, Any]) -> Iterator[str]:
    if set(subnets) != set(_SUBNETS):
        yield f"{network.address}: its subnets are {sorted(subnets)}, not {sorted(_SUBNETS)}."
    for name, subnet in subnets.items():
        service, _, group, way_out = _SUBNETS.get(name, (None, 0, "", False))
        delegated = [each["properties"]["serviceName"] for each in subnet.get("delegations", [])]
        if delegated != ([service] if service else []):
            yield f"{network.address}: subnet {name} is delegated to {delegated}, not to {service}."
        if subnet.get("networkSecurityGroup", {}).get("id") != Ref(group, "id"):
            yield f"{network.address}: subnet {name} is not in the security group {group}."
        if way_out != (subnet.get("natGateway", {}).get("id") == Ref("vnet/natGateway", "id")):
            yield f"{network.address}: subnet {name} has {'no' if way_out else 'a'} way out."
        if subnet.get("defaultOutboundAccess") is not False:
            yield f"{network.address}: subnet {name} has Azure's own way out."


def _places(resources: Sequence[Resource]) -> Iterator[str]:
    found = {resource.address: resource for resource in resources}
    places = [
        *((address, found[address].get(*keys), subnet) for address, keys, subnet in _PLACES),
        *(
            (each.address, each.get("properties", "subnet", "id"), "private-endpoints")
            for each in of_type(resources, "Microsoft.Network/privateEndpoints")
        ),
        *(
            (each.address, part["properties"]["subnet"]["id"], "jump-host")
            for each in of_type(resources, "Microsoft.Network/networkInterfaces")
            for part in each.get("properties", "ipConfigurations")
        ),
        *(
            (each.address, part["properties"]["subnet"]["id"], "AzureBastionSubnet")
            for each in of_type(resources, "Microsoft.Network/bastionHosts")
            for part in each.get("properties", "ipConfigurations")
        ),
    ]
    for address, place, subnet in places:
        if str(place) != f"{{vnet/network.id}}/subnets/{subnet}":
            yield f"{address}: it is not in the subnet {subnet}."


def _workspace(resources: Sequence[Resource]) -> Iterator[str]:
    for workspace in of_type(resources, "Microsoft.Databricks/workspaces"):
        given = workspace.get("properties", "parameters") or {}
        values = {name: each.get("value") for name, each in given.items()}
        if values.get("customVirtualNetworkId") != Ref("vnet/network", "id"):
            yield f"{workspace.address}: it is not inside the virtual network."
        if values.get("enableNoPublicIp") is not True:
            yield f"{workspace.address}: its clusters have public addresses."
        for kind in ("Public", "Private"):
            if values.get(f"custom{kind}SubnetName") != (name := f"databricks-{kind.lower()}"):
                yield f"{workspace.address}: its {kind.lower()} subnet is not {name}."
        if workspace.get("properties", "requiredNsgRules") != "NoAzureDatabricksRules":
            yield f"{workspace.address}: its security rules are not those of a private workspace."
        if workspace.get("sku", "name") != "premium":
            yield f"{workspace.address}: tier {workspace.get('sku', 'name')} is retired; premium."


def _rules(resources: Sequence[Resource]) -> Iterator[str]:
    for group in of_type(resources, "Microsoft.Network/networkSecurityGroups"):
        rules = {r["name"]: r["properties"] for r in group.get("properties", "securityRules")}
        taken = Counter((rule["direction"], rule["priority"]) for rule in rules.values())
        for (direction, priority), times in taken.items():
            if times > 1:
                yield f"{group.address}: {times} {direction} rules have priority {priority}."
        for name, rule in rules.items():
            opens = rule["access"] == "Allow" and rule["direction"] == "Inbound"
            ports = rule.get("destinationPortRanges") or [rule.get("destinationPortRange")]
            if opens and rule["sourceAddressPrefix"] in ("Internet", "*") and ports != ["443"]:
                yield f"{group.address}: {name} opens {', '.join(map(str, ports))} to the internet."
        if group.address == "vnet/databricksSecurityGroup":
            yield from _intent(group, rules)


def _intent(group: Resource, rules: Mapping[str, Any]) -> Iterator[str]:
    for name, wanted in _INTENT.items():
        rule = rules.get(name, {})
        found = (
            *(rule.get(key) for key in ("priority", "direction", "protocol")),
            *(rule.get(f"{end}AddressPrefix") for end in ("source", "destination")),
            rule.get("destinationPortRange"),
        )
        if found != wanted or rule.get("access") != "Allow" or rule.get("sourcePortRange") != "*":
            yield f"{group.address}: {name} is not as Databricks adds it: redeploying would fail."


def _doors(resources: Sequence[Resource]) -> Iterator[str]:
    inside: dict[str, set[str]] = {address: set() for address in _DOORS}
    zones = {
        each.address: each.name for each in resources if each.type.endswith("/privateDnsZones")
    }
    for endpoint in of_type(resources, "Microsoft.Network/privateEndpoints"):
        for connection in endpoint.get("properties", "privateLinkServiceConnections"):
            service = connection["properties"]["privateLinkServiceId"]
            doors = connection["properties"]["groupIds"]
            inside.setdefault(getattr(service, "resource", ""), set()).update(doors)
            yield from _zone(resources, endpoint, doors)
    for address, doors in inside.items():
        for door in sorted(_DOORS.get(address, set()) - doors):
            yield f"{address}: {door} has no private endpoint."
        for door in sorted(doors - _DOORS.get(address, set())):
            yield f"{address}: it has no door {door}."
    linked = {
        getattr(link.get("parent"), "resource", ""): link
        for link in of_type(resources, "Microsoft.Network/privateDnsZones/virtualNetworkLinks")
        if link.get("properties", "virtualNetwork", "id") == Ref("vnet/network", "id")
    }
    for address, name in zones.items():
        if address not in linked:
            yield f"{address}: the network is not linked to {name}."
    for resource in resources:
        public = resource.get("properties", "publicNetworkAccess") or resource.get(
            "properties", "network", "publicNetworkAccess"
        )
        if resource.address in _DOORS and public != "Disabled":
            yield f"{resource.address}: public network access is not off by default."


def _zone(resources: Sequence[Resource], endpoint: Resource, doors: Sequence[str]) -> Iterator[str]:
    groups = [
        group
        for group in of_type(resources, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
        if group.get("parent") == Ref(endpoint.address, "")
    ]
    names = [
        str(config["properties"]["privateDnsZoneId"])
        for group in groups
        for config in group.get("properties", "privateDnsZoneConfigs")
    ]
    for door in doors:
        wanted = _ZONES.get(door, "")
        if len(names) != 1 or f" {wanted})" not in names[0]:
            yield f"{endpoint.address}: {door} is not looked up in {wanted}."
