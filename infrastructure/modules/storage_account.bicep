// A storage account that only identities inside the network can read: no keys, no public access.
// Used for the lake, which has a hierarchical namespace, and for the function app's own files.

@description('Globally unique name, 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

param location string

param tags object

@description('Replication, for example Standard_ZRS.')
param skuName string

@description('True: folders are real, so that a rename is atomic, as abfss:// needs.')
param hierarchicalNamespace bool

@description('Names of the containers.')
param containers array

@description('Lifecycle rules in the schema of Microsoft.Storage/storageAccounts/managementPolicies.')
param lifecycleRules array

@description('Sub-resources that the network can reach: [{ group, zoneId }].')
param privateDoors array

param privateEndpointSubnetId string

param logAnalyticsWorkspaceId string

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  // checkov:skip=CKV_AZURE_206:every table can be made again from the APIs, so a copy in a second region buys little
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: skuName
  }
  properties: {
    accessTier: 'Hot'
    isHnsEnabled: hierarchicalNamespace
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      defaultAction: 'Deny'
      bypass: 'AzureServices'
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
    }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [for container in containers: {
  parent: blobService
  name: container
  properties: {
    publicAccess: 'None'
  }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = if (!empty(lifecycleRules)) {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: lifecycleRules
    }
  }
}

module endpoints 'private_endpoint.bicep' = [for door in privateDoors: {
  name: 'pep-${name}-${door.group}'
  params: {
    name: 'pep-${name}-${door.group}'
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    serviceId: account.id
    groupId: door.group
    zoneId: door.zoneId
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobService
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
