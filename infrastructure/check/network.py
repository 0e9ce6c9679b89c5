"""Check that the subnets fit into the network and that Azure accepts the security rules.

Belongs here: address ranges, priorities and ports.
Not here: which resource is in which subnet, and its access (deployment_contracts.txt).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from itertools import combinations

from infrastructure.check.templates import Resource, of_type

_ANYWHERE = {"Internet", "*", "0.0.0.0/0", "::/0"}
# The smallest subnets that Azure accepts.
_SMALLEST = {
    "databricks-public": 26,
    "databricks-private": 26,
    "private-endpoints": 28,
    "host": 27,
    "functions": 27,
    "jump-host": 29,
    "AzureBastionSubnet": 26,
}


def faults(resources: Sequence[Resource]) -> Iterator[str]:
    """Report what Azure would refuse, and what is open to the internet."""
    for network in of_type(resources, "Microsoft.Network/virtualNetworks"):
        yield from _addresses(network)
    for group in of_type(resources, "Microsoft.Network/networkSecurityGroups"):
        rules = {r["name"]: r["properties"] for r in group.get("properties", "securityRules")}
        taken = Counter((rule["direction"], rule["priority"]) for rule in rules.values())
        for (direction, priority), times in taken.items():
            if times > 1:
                yield f"{group.address}: {times} {direction} rules have priority {priority}."
        for name, rule in rules.items():
            opens = rule["access"] == "Allow" and rule["direction"] == "Inbound"
            ports = rule.get("destinationPortRanges") or [rule.get("destinationPortRange")]
            sources = rule.get("sourceAddressPrefixes") or [rule.get("sourceAddressPrefix")]
            if opens and _ANYWHERE.intersection(sources) and ports != ["443"]:
                yield f"{group.address}: {name} opens {', '.join(map(str, ports))} to the internet."


def _addresses(network: Resource) -> Iterator[str]:
    spaces = [IPv4Network(p) for p in network.get("properties", "addressSpace", "addressPrefixes")]
    ranges: dict[str, IPv4Network] = {}
    for subnet in network.get("properties", "subnets"):
        name = subnet["name"]
        try:
            ranges[name] = IPv4Network(subnet["properties"]["addressPrefix"])
        except ValueError as error:
            yield f"{network.address}: subnet {name}: {error}."
            continue
        if not any(ranges[name].subnet_of(space) for space in spaces):
            yield f"{network.address}: subnet {name} ({ranges[name]}) is outside the network."
        if ranges[name].prefixlen > (smallest := _SMALLEST.get(name, 29)):
            yield f"{network.address}: subnet {name} must be at least a /{smallest}."
    for (one, here), (other, there) in combinations(ranges.items(), 2):
        if here.overlaps(there):
            yield f"{network.address}: subnets {one} and {other} overlap."
