// The network: who sits where, how it gets out, and the private names of the services.
// Belongs here: subnets, their security groups, the NAT gateway, private DNS zones.
// Not here: the private endpoints themselves, which live beside the service that they lead to.

@description('Name of the virtual network.')
param name string

param location string

param tags object

var securityGroupName = 'nsg-${name}'
var natGatewayName = 'ng-${name}'
var natAddressName = 'pip-${name}'

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var dfsZone = 'privatelink.dfs.${environment().suffixes.storage}'
var vaultZone = 'privatelink.vaultcore.azure.net'
var databricksZone = 'privatelink.azuredatabricks.net'
var sitesZone = 'privatelink.azurewebsites.net'
var postgresZone = 'privatelink.postgres.database.azure.com'
var zones = [
  blobZone
  dfsZone
  vaultZone
  databricksZone
  postgresZone
  sitesZone
]

// Azure's own rules already let the subnets talk to each other and keep the internet out; the one
// here says so even if somebody later opens a port.
resource securityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: securityGroupName
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'deny-management-ports-from-internet'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRanges: [
            '22'
            '3389'
            '5432'
          ]
        }
      }
    ]
  }
}

// The container apps' own group, because theirs is the only door to the outside.
resource hostSecurityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${securityGroupName}-host'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'allow-https'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '443'
        }
      }
    ]
  }
}

resource natAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: natAddressName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

// Both APIs see one address, and no machine has one of its own.
resource natGateway 'Microsoft.Network/natGateways@2024-05-01' = {
  name: natGatewayName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [
      {
        id: natAddress.id
      }
    ]
  }
}

// The subnets are part of the network and not resources of their own: those would be taken out
// and put back by every later deployment of the network.
resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.20.0.0/20'
      ]
    }
    subnets: [
      {
        name: 'databricks-public'
        properties: {
          addressPrefix: '10.20.0.0/23'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: securityGroup.id
          }
          natGateway: {
            id: natGateway.id
          }
          delegations: [
            {
              name: 'databricks'
              properties: {
                serviceName: 'Microsoft.Databricks/workspaces'
              }
            }
          ]
        }
      }
      {
        name: 'databricks-private'
        properties: {
          addressPrefix: '10.20.2.0/23'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: securityGroup.id
          }
          natGateway: {
            id: natGateway.id
          }
          delegations: [
            {
              name: 'databricks'
              properties: {
                serviceName: 'Microsoft.Databricks/workspaces'
              }
            }
          ]
        }
      }
      {
        name: 'private-endpoints'
        properties: {
          addressPrefix: '10.20.4.0/26'
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Enabled'
          networkSecurityGroup: {
            id: securityGroup.id
          }
        }
      }
      {
        name: 'host'
        properties: {
          addressPrefix: '10.20.5.0/26'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: hostSecurityGroup.id
          }
          natGateway: {
            id: natGateway.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'functions'
        properties: {
          addressPrefix: '10.20.5.64/26'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: securityGroup.id
          }
          natGateway: {
            id: natGateway.id
          }
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
    ]
  }
}

resource dnsZones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zone in zones: {
  name: zone
  location: 'global'
  tags: tags
}]

resource dnsLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zone, i) in zones: {
  parent: dnsZones[i]
  name: name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

output networkId string = network.id
output databricksPublicSubnetName string = 'databricks-public'
output databricksPrivateSubnetName string = 'databricks-private'
output privateEndpointSubnetId string = '${network.id}/subnets/private-endpoints'
output hostSubnetId string = '${network.id}/subnets/host'
output functionsSubnetId string = '${network.id}/subnets/functions'
output blobZoneId string = resourceId('Microsoft.Network/privateDnsZones', blobZone)
output dfsZoneId string = resourceId('Microsoft.Network/privateDnsZones', dfsZone)
output vaultZoneId string = resourceId('Microsoft.Network/privateDnsZones', vaultZone)
output databricksZoneId string = resourceId('Microsoft.Network/privateDnsZones', databricksZone)
output postgresZoneId string = resourceId('Microsoft.Network/privateDnsZones', postgresZone)
output sitesZoneId string = resourceId('Microsoft.Network/privateDnsZones', sitesZone)
