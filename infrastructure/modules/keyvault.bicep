// The vault with the keys of both APIs and of the service principal that runs act as, and the warning
// before one of them expires. roles.bicep says who may read it.

@description('Globally unique name, 3 to 24 letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

param location string

param tags object

@description('True: write the keys. Each writing makes a new version, so only when they are given.')
param writeKeys bool

@secure()
@description('TMDB\'s API read access token.')
param tmdbApiToken string

@secure()
@description('A Discogs personal access token.')
param discogsToken string

@description('Client id of the service principal that runs act as.')
param runnerClientId string

@secure()
@description('Its client secret.')
param runnerClientSecret string

@secure()
@description('Webhook of the chat that is notified of failures. Empty: none.')
param webhookUrl string

@description('When the API keys are due for renewal, in seconds since 1970. Azure warns but does not disable them.')
param keysExpireOn int

@description('When the client secret expires in Entra, in seconds since 1970.')
param runnerSecretExpiresOn int

@description('Name of the topic that the vault\'s events are published to.')
param eventsName string

@description('The action group that is notified before a key expires.')
param actionGroupId string

param privateEndpointSubnetId string

param vaultZoneId string

param logAnalyticsWorkspaceId string

var tmdbName = 'tmdb-api-token'
var discogsName = 'discogs-token'
var runnerIdName = 'runner-client-id'
var runnerKeyName = 'runner-client-secret'
var runnerTenantName = 'runner-tenant-id'
var webhookName = 'webhook-url'

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

module tmdbSecret 'secret.bicep' = if (writeKeys) {
  name: tmdbName
  params: {
    vaultName: vault.name
    name: tmdbName
    value: tmdbApiToken
    expiresOn: keysExpireOn
  }
}

module discogsSecret 'secret.bicep' = if (writeKeys) {
  name: discogsName
  params: {
    vaultName: vault.name
    name: discogsName
    value: discogsToken
    expiresOn: keysExpireOn
  }
}

module runnerIdSecret 'secret.bicep' = if (writeKeys) {
  name: runnerIdName
  params: {
    vaultName: vault.name
    name: runnerIdName
    value: runnerClientId
    expiresOn: keysExpireOn
  }
}

module runnerSecret 'secret.bicep' = if (writeKeys) {
  name: runnerKeyName
  params: {
    vaultName: vault.name
    name: runnerKeyName
    value: runnerClientSecret
    expiresOn: runnerSecretExpiresOn
  }
}

// Not secret, but a cluster reads all its settings from one place, the secret scope.
module runnerTenantSecret 'secret.bicep' = if (writeKeys) {
  name: runnerTenantName
  params: {
    vaultName: vault.name
    name: runnerTenantName
    value: subscription().tenantId
    expiresOn: keysExpireOn
  }
}

module webhookSecret 'secret.bicep' = if (writeKeys && !empty(webhookUrl)) {
  name: webhookName
  params: {
    vaultName: vault.name
    name: webhookName
    value: webhookUrl
    expiresOn: keysExpireOn
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

resource events 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: eventsName
  location: location
  tags: tags
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

// The vault reports a key 30 days before it expires, and once it has.
resource expiry 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: events
  name: 'key-expires'
  properties: {
    // An alert accepts no other schema.
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'Microsoft.KeyVault.SecretNearExpiry'
        'Microsoft.KeyVault.SecretExpired'
      ]
    }
    destination: {
      endpointType: 'MonitorAlert'
      properties: {
        severity: 'Sev1'
        description: 'A key of the vault expires. Renew it at its source, then run deploy.sh --renew-keys.'
        actionGroups: [
          actionGroupId
        ]
      }
    }
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
output tmdbSecretUri string = '${vault.properties.vaultUri}secrets/${tmdbName}'
output discogsSecretUri string = '${vault.properties.vaultUri}secrets/${discogsName}'
output runnerSecretUri string = '${vault.properties.vaultUri}secrets/${runnerKeyName}'
output webhookSecretUri string = '${vault.properties.vaultUri}secrets/${webhookName}'
