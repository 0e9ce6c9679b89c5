// The workspace in which every step runs, and the identity with which it reads the lake.
// Not here: cluster policy, secret scope and external locations, which are data in the workspace
// and set up by databricks/set_up.py.

@description('Name of the workspace.')
param name string

@description('Name of the access connector.')
param accessConnectorName string

@description('Name of the resource group that Databricks makes for its own machines.')
param managedResourceGroupName string

param location string

param tags object

param networkId string

param publicSubnetName string

param privateSubnetName string

@allowed([
  'Enabled'
  'Disabled'
])
param publicNetworkAccess string = 'Disabled'

param privateEndpointSubnetId string

param databricksZoneId string

param logAnalyticsWorkspaceId string

// Unity Catalog reads and writes the lake as this identity; roles.bicep says what it may do.
resource accessConnector 'Microsoft.Databricks/accessConnectors@2024-05-01' = {
  name: accessConnectorName
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
}

resource workspace 'Microsoft.Databricks/workspaces@2024-05-01' = {
  // checkov:skip=CKV2_AZURE_48:DBFS holds only the launcher's staged code, doubly encrypted with Microsoft's keys
  name: name
  location: location
  tags: tags
  sku: {
    name: 'premium'
  }
  properties: {
    managedResourceGroupId: subscriptionResourceId('Microsoft.Resources/resourceGroups', managedResourceGroupName)
    defaultCatalog: {
      initialType: 'UnityCatalog'
    }
    publicNetworkAccess: publicNetworkAccess
    // Clusters reach the control plane through the private endpoint below.
    requiredNsgRules: 'NoAzureDatabricksRules'
    parameters: {
      customVirtualNetworkId: {
        value: networkId
      }
      customPublicSubnetName: {
        value: publicSubnetName
      }
      customPrivateSubnetName: {
        value: privateSubnetName
      }
      enableNoPublicIp: {
        value: true
      }
      requireInfrastructureEncryption: {
        value: true
      }
    }
  }
}

module controlPlaneEndpoint 'private_endpoint.bicep' = {
  name: 'pep-${name}-ui-api'
  params: {
    name: 'pep-${name}-ui-api'
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    serviceId: workspace.id
    groupId: 'databricks_ui_api'
    zoneId: databricksZoneId
  }
}

// Signing in to the web UI from inside the network needs it.
module signInEndpoint 'private_endpoint.bicep' = {
  name: 'pep-${name}-sign-in'
  params: {
    name: 'pep-${name}-sign-in'
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    serviceId: workspace.id
    groupId: 'browser_authentication'
    zoneId: databricksZoneId
  }
  // A workspace takes one change of its endpoints at a time.
  dependsOn: [
    controlPlaneEndpoint
  ]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: workspace
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'clusters'
        enabled: true
      }
      {
        category: 'jobs'
        enabled: true
      }
      {
        category: 'secrets'
        enabled: true
      }
      {
        category: 'accounts'
        enabled: true
      }
      {
        category: 'unityCatalog'
        enabled: true
      }
    ]
  }
}

output id string = workspace.id
output url string = 'https://${workspace.properties.workspaceUrl}'
output accessConnectorId string = accessConnector.id
output accessConnectorPrincipalId string = accessConnector.identity.principalId
