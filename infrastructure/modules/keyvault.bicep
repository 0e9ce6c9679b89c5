// The vault with the keys of both APIs and of the service principal that runs go as. Who may read it is said in roles.bicep.

@description('Globally unique name, 3 to 24 letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

param location string

param tags object

@secure()
@description('TMDB\'s API read access token.')
param tmdbApiToken string

@secure()
@description('A Discogs personal access token.')
param discogsToken string

@description('Client id of the service principal that runs go as.')
param runnerClientId string

@secure()
@description('Its client secret.')
param runnerClientSecret string

@description('When the keys are due for renewal, in seconds since 1970. Azure warns; it does not lock them.')
param keysExpireOn int

param privateEndpointSubnetId string

param vaultZoneId string

param logAnalyticsWorkspaceId string

var tmdbName = 'tmdb-api-token'
var discogsName = 'discogs-token'
var runnerIdName = 'runner-client-id'
var runnerKeyName = 'runner-client-secret'
var runnerTenantName = 'runner-tenant-id'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      defaultAction: 'Deny'
      // Databricks reads a Key Vault-backed secret scope as a trusted service.
      bypass: 'AzureServices'
    }
  }
}

resource tmdbSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: tmdbName
  properties: {
    value: tmdbApiToken
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: keysExpireOn
    }
  }
}

resource discogsSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: discogsName
  properties: {
    value: discogsToken
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: keysExpireOn
    }
  }
}

resource runnerIdSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: runnerIdName
  properties: {
    value: runnerClientId
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: keysExpireOn
    }
  }
}

resource runnerSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: runnerKeyName
  properties: {
    value: runnerClientSecret
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: keysExpireOn
    }
  }
}

// No secret, but a cluster reads all that it is told from one place, the secret scope.
resource runnerTenantSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: runnerTenantName
  properties: {
    value: subscription().tenantId
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: keysExpireOn
    }
  }
}

module endpoint 'private_endpoint.bicep' = {
  name: 'pep-${name}'
  params: {
    name: 'pep-${name}'
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    serviceId: vault.id
    groupId: 'vault'
    zoneId: vaultZoneId
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
output tmdbSecretUri string = '${vault.properties.vaultUri}secrets/${tmdbName}'
output discogsSecretUri string = '${vault.properties.vaultUri}secrets/${discogsName}'
output runnerSecretUri string = '${vault.properties.vaultUri}secrets/${runnerKeyName}'
