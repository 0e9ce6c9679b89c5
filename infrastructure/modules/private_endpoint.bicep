// A private address for one service, and its name in the private DNS zone.

@description('Name of the endpoint.')
param name string

param location string

param tags object

@description('The subnet that the address is taken from.')
param subnetId string

@description('The service that the endpoint leads to.')
param serviceId string

@description('Sub-resource of the service: blob, dfs, vault, ...')
param groupId string

@description('The private DNS zone that resolves the service\'s name to the address.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: serviceId
          groupIds: [
            groupId
          ]
        }
      }
    ]
  }
}

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: groupId
        properties: {
          privateDnsZoneId: zoneId
        }
      }
    ]
  }
}
