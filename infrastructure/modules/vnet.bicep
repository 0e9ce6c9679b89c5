// The network: its subnets, their way out, and the private names of the services.
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

// Databricks adds these rules to the group of its subnets and guards them with a network intent policy:
// a deployment whose template omits one fails with ConflictWithNetworkIntentPolicy. These are the rules
// of a workspace with NoAzureDatabricksRules (modules/databricks.bicep), as Azure writes them.
var databricksRulePrefix = 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to'
var databricksRules = [
  {
    name: '${databricksRulePrefix}-worker-inbound'
    properties: {
      description: 'Required for worker nodes communication within a cluster.'
      priority: 100
      direction: 'Inbound'
      access: 'Allow'
      protocol: '*'
      sourceAddressPrefix: 'VirtualNetwork'
      sourcePortRange: '*'
      destinationAddressPrefix: 'VirtualNetwork'
      destinationPortRange: '*'
    }
  }
  {
    name: '${databricksRulePrefix}-worker-outbound'
    properties: {
      description: 'Required for worker nodes communication within a cluster.'
      priority: 100
      direction: 'Outbound'
      access: 'Allow'
      protocol: '*'
      sourceAddressPrefix: 'VirtualNetwork'
      sourcePortRange: '*'
      destinationAddressPrefix: 'VirtualNetwork'
      destinationPortRange: '*'
    }
  }
  {
    name: '${databricksRulePrefix}-sql'
    properties: {
      description: 'Required for workers communication with Azure SQL services.'
      priority: 101
      direction: 'Outbound'
      access: 'Allow'
      protocol: 'Tcp'
      sourceAddressPrefix: 'VirtualNetwork'
      sourcePortRange: '*'
      destinationAddressPrefix: 'Sql'
      destinationPortRange: '3306'
    }
  }
  {
    name: '${databricksRulePrefix}-storage'
    properties: {
      description: 'Required for workers communication with Azure Storage services.'
      priority: 102
      direction: 'Outbound'
      access: 'Allow'
      protocol: 'Tcp'
      sourceAddressPrefix: 'VirtualNetwork'
      sourcePortRange: '*'
      destinationAddressPrefix: 'Storage'
      destinationPortRange: '443'
    }
  }
  {
    name: '${databricksRulePrefix}-eventhub'
    properties: {
      description: 'Required for worker communication with Azure Eventhub services.'
      priority: 103
      direction: 'Outbound'
      access: 'Allow'
      protocol: 'Tcp'
      sourceAddressPrefix: 'VirtualNetwork'
      sourcePortRange: '*'
      destinationAddressPrefix: 'EventHub'
      destinationPortRange: '9093'
    }
  }
]

// Azure's own rules keep the internet out; this one still does if a port is opened later.
var denyManagementPorts = {
  name: 'deny-management-ports-from-internet'
  properties: {
    priority: 200
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

resource databricksSecurityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${securityGroupName}-databricks'
  location: location
  tags: tags
  properties: {
    securityRules: concat(databricksRules, [
      denyManagementPorts
    ])
  }
}

// Requests to the web UI do not pass it: they arrive at the container apps' own address, whose access
// restrictions are in dagster_host.bicep.
resource securityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: securityGroupName
  location: location
  tags: tags
  properties: {
    securityRules: [
      denyManagementPorts
    ]
  }
}

// The rules that Azure requires of the group around a Bastion; without one of them it refuses the subnet.
resource bastionSecurityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${securityGroupName}-bastion'
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
      {
        name: 'allow-control-plane'
        properties: {
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'GatewayManager'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '443'
        }
      }
      {
        name: 'allow-load-balancer'
        properties: {
          priority: 120
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '443'
        }
      }
      {
        name: 'allow-hosts-among-themselves'
        properties: {
          priority: 130
          direction: 'Inbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRanges: [
            '8080'
            '5701'
          ]
        }
      }
      {
        name: 'allow-ssh-to-the-network'
        properties: {
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRanges: [
            '22'
            '3389'
          ]
        }
      }
      {
        name: 'allow-azure'
        properties: {
          priority: 110
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureCloud'
          destinationPortRange: '443'
        }
      }
      {
        name: 'allow-hosts-among-themselves-outbound'
        properties: {
          priority: 120
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRanges: [
            '8080'
            '5701'
          ]
        }
      }
      {
        name: 'allow-session-information'
        properties: {
          priority: 130
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'Internet'
          destinationPortRanges: [
            '80'
            '443'
          ]
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
            id: databricksSecurityGroup.id
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
            id: databricksSecurityGroup.id
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
            id: securityGroup.id
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
      {
        name: 'jump-host'
        properties: {
          addressPrefix: '10.20.5.128/28'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: securityGroup.id
          }
          natGateway: {
            id: natGateway.id
          }
        }
      }
      {
        // Azure prescribes the name and at least this size.
        name: 'AzureBastionSubnet'
        properties: {
          addressPrefix: '10.20.5.192/26'
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: bastionSecurityGroup.id
          }
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
output jumpHostSubnetId string = '${network.id}/subnets/jump-host'
output bastionSubnetId string = '${network.id}/subnets/AzureBastionSubnet'
output functionsSubnetId string = '${network.id}/subnets/functions'
output blobZoneId string = resourceId('Microsoft.Network/privateDnsZones', blobZone)
output dfsZoneId string = resourceId('Microsoft.Network/privateDnsZones', dfsZone)
output vaultZoneId string = resourceId('Microsoft.Network/privateDnsZones', vaultZone)
output databricksZoneId string = resourceId('Microsoft.Network/privateDnsZones', databricksZone)
output postgresZoneId string = resourceId('Microsoft.Network/privateDnsZones', postgresZone)
output sitesZoneId string = resourceId('Microsoft.Network/privateDnsZones', sitesZone)
