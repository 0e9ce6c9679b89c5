// Who may do what, on one page. main.bicep makes whatever runs as one of these wait for this module, so
// that it cannot start without its roles.

@description('The identity of the Dagster host.')
param hostPrincipalId string

@description('The identity of the cleanup function.')
param cleanupPrincipalId string

param lakeName string

param functionStorageName string

param vaultName string

param collectionRuleName string

param applicationInsightsName string

@description('The access connector\'s identity: Unity Catalog reads and writes the lake as it.')
param accessConnectorPrincipalId string

@description('Object id, in this tenant, of the service principal that runs act as.')
param runnerPrincipalId string

@description('Object id, in this tenant, of Databricks\' own service principal: it reads the secret scope.')
param databricksPrincipalId string

@description('Object id of the Entra group of the operators, who look after the deployment.')
param operatorsGroupId string

@description('Object id of the Entra group that may read gold.')
param readersGroupId string

// Azure's built-in roles have the same ids everywhere.
var blobDataReader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var blobDataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
var keyVaultSecretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
var keyVaultSecretsOfficer = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7')
var reader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')
var containerAppsOperator = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'f3bd1b5c-91fa-40e7-afe7-0c11d331232c')
var monitoringMetricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

resource lake 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: lakeName
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: lake
  name: 'default'
}

resource metricsContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobService
  name: 'metrics'
}

resource rawContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobService
  name: 'raw'
}

resource goldContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobService
  name: 'gold'
}

resource inputsContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobService
  name: 'inputs'
}

resource functionStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: functionStorageName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource collectionRule 'Microsoft.Insights/dataCollectionRules@2023-03-11' existing = {
  name: collectionRuleName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

// The host: sensors read every table, pages are landed, the audit and the compute logs are written.

resource hostReadsLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lake
  name: guid(lake.id, hostPrincipalId, blobDataReader)
  properties: {
    roleDefinitionId: blobDataReader
    principalId: hostPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource hostWritesMetrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: metricsContainer
  name: guid(metricsContainer.id, hostPrincipalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: hostPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource hostLandsPages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: rawContainer
  name: guid(rawContainer.id, hostPrincipalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: hostPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource hostReadsKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, hostPrincipalId, keyVaultSecretsUser)
  properties: {
    roleDefinitionId: keyVaultSecretsUser
    principalId: hostPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource hostSendsAudit 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: collectionRule
  name: guid(collectionRule.id, hostPrincipalId, monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: monitoringMetricsPublisher
    principalId: hostPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// The cleanup function: it deletes in the lake, and keeps its own package and locks.

resource cleanupDeletesInLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lake
  name: guid(lake.id, cleanupPrincipalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: cleanupPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource cleanupOwnsItsFiles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: functionStorage
  name: guid(functionStorage.id, cleanupPrincipalId, blobDataOwner)
  properties: {
    roleDefinitionId: blobDataOwner
    principalId: cleanupPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource cleanupSendsTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: applicationInsights
  name: guid(applicationInsights.id, cleanupPrincipalId, monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: monitoringMetricsPublisher
    principalId: cleanupPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Databricks: Spark through Unity Catalog, Python on the cluster through a service principal, and
// the secret scope through Databricks itself.

resource unityCatalogWritesLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lake
  name: guid(lake.id, accessConnectorPrincipalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: accessConnectorPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource runnerWritesLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lake
  name: guid(lake.id, runnerPrincipalId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: runnerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource runnerSendsAudit 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: collectionRule
  name: guid(collectionRule.id, runnerPrincipalId, monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: monitoringMetricsPublisher
    principalId: runnerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource secretScopeReadsKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, databricksPrincipalId, keyVaultSecretsUser)
  properties: {
    roleDefinitionId: keyVaultSecretsUser
    principalId: databricksPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// People. Operators renew keys, place overrides and dumps in inputs, read everything else, and run
// commands such as `capstone report` in the code app; they change no table by hand. Readers read gold.

resource operatorsRenewKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, operatorsGroupId, keyVaultSecretsOfficer)
  properties: {
    roleDefinitionId: keyVaultSecretsOfficer
    principalId: operatorsGroupId
    principalType: 'Group'
  }
}

resource operatorsReadLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lake
  name: guid(lake.id, operatorsGroupId, blobDataReader)
  properties: {
    roleDefinitionId: blobDataReader
    principalId: operatorsGroupId
    principalType: 'Group'
  }
}

resource operatorsPlaceInputs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: inputsContainer
  name: guid(inputsContainer.id, operatorsGroupId, blobDataContributor)
  properties: {
    roleDefinitionId: blobDataContributor
    principalId: operatorsGroupId
    principalType: 'Group'
  }
}

// Resources, logs and the workbook; also what `az network bastion ssh` requires.
resource operatorsSeeEverything 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, operatorsGroupId, reader)
  properties: {
    roleDefinitionId: reader
    principalId: operatorsGroupId
    principalType: 'Group'
  }
}

resource operatorsRunCommands 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, operatorsGroupId, containerAppsOperator)
  properties: {
    roleDefinitionId: containerAppsOperator
    principalId: operatorsGroupId
    principalType: 'Group'
  }
}

resource readersReadGold 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: goldContainer
  name: guid(goldContainer.id, readersGroupId, blobDataReader)
  properties: {
    roleDefinitionId: blobDataReader
    principalId: readersGroupId
    principalType: 'Group'
  }
}
