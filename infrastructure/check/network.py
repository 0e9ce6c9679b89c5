"""Do the subnets fit into the network?

Belongs here: address ranges.
Not here: which resource is in which subnet, its access and the security rules
(deployment_contracts.txt).
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from itertools import combinations

from infrastructure.check.templates import Resource, of_type

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
    """Report subnets that Azure would refuse."""
    [network] = of_type(resources, "Microsoft.Network/virtualNetworks")
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
