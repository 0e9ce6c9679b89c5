// Everything one environment needs, in one resource group. Modules receive the names and ids of
// what they build on from the outputs of other modules; nothing is looked up by name.

targetScope = 'resourceGroup'

@description('Which environment this is.')
@allowed([
  'dev'
  'test'
  'prod'
])
param environment string

@description('Azure region.')
param location string = resourceGroup().location

@description('What every name contains.')
@minLength(2)
@maxLength(8)
param prefix string = 'capstone'

@description('Enabled: members of the tenant can manage workspace and function from anywhere. Disabled: only from inside the network.')
@allowed([
  'Enabled'
  'Disabled'
])
param managementAccess string = 'Disabled'

@description('True: the cleanup reports what it would delete and deletes nothing.')
param cleanupDryRun bool = false

@description('Digest of the package that the cleanup function runs already. deploy.sh reads it.')
param cleanupPackage string = ''

@description('True: the sensors start turned on. False: a person turns each on in Dagster\'s web UI.')
param sensorsRunning bool = false

@description('Hours over which the sensors collect changes before they request a run.')
@minValue(1)
@maxValue(168)
param changeWindowHours int = 24

@description('File of decisions about links in the container inputs, for example overrides.csv. Empty: none.')
param overridesFile string = ''

@description('Folder of Discogs dumps in the container inputs, for example dumps. Empty: releases come from the API.')
param discogsDumpFolder string = ''

@description('What the environment may cost a month, in the currency of the bill. Azure warns at 80 and 100 percent; it turns nothing off.')
@minValue(1)
param monthlyBudget int

@description('First day of the month in which the budget was made. Azure refuses another date later on.')
param budgetStart string

@description('Public SSH key of the jump host\'s user. Empty: there is no jump host.')
param jumpHostKey string = ''

@description('GB of logs per day after which ingestion stops.')
@minValue(1)
param logDailyCapGb int = 1

@description('Days to keep logs and audit rows.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Days to keep backups of Dagster\'s storage.')
@minValue(7)
@maxValue(35)
param backupRetentionDays int = 7

@description('GB of the disk of Dagster\'s database, which Azure enlarges by itself. deploy.sh reads its size.')
param databaseGb int = 32

@description('Replication of the lake. Premium ones have no hierarchical namespace in this kind of account.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param lakeSku string = 'Standard_LRS'

@description('Where alerts are sent.')
param alertEmail string

@description('Object id of the Entra group of the operators, who look after the deployment.')
param operatorsGroupId string

@description('Object id of the Entra group that may read gold: in the catalog and as files.')
param readersGroupId string

@description('Object id, in this tenant, of Databricks\' own service principal.')
param databricksPrincipalId string

@description('Client id of the service principal that runs act as: toward Databricks, and from clusters toward the lake.')
param runnerClientId string

@description('Its object id in this tenant.')
param runnerPrincipalId string

@description('Application id of the Entra app registration that people sign in to Dagster through.')
param signInClientId string

@description('Addresses in CIDR notation from which Dagster can be reached.')
@minLength(1)
param allowedAddresses array

@description('Dagster\'s image in the shared registry, with its digest.')
param image string

@description('Name of the registry that all environments share.')
param registryName string

@description('Resource group of that registry.')
param registryResourceGroup string

@description('True: write the keys below to the vault, each as a new version. False: the vault has them already.')
param writeKeys bool

@secure()
@description('TMDB\'s API read access token.')
param tmdbApiToken string = ''

@secure()
@description('A Discogs personal access token.')
param discogsToken string = ''

@secure()
@description('The runner\'s client secret.')
param runnerClientSecret string = ''

@secure()
@description('Webhook of the chat that is notified of failures. Empty: none.')
param webhookUrl string = ''

@description('True: the vault has a webhook, so the code location reads it.')
param notifyChat bool = false

@description('When the API keys are due for renewal, in seconds since 1970.')
param keysExpireOn int = dateTimeToEpoch(dateTimeAdd(utcNow(), 'P1Y'))

@description('When the runner\'s client secret expires in Entra, in seconds since 1970.')
param runnerSecretExpiresOn int = keysExpireOn

var project = 'capstone-assets'
var tags = {
  project: project
  environment: environment
}

// Rules and abbreviations: naming_conventions.md.
var base = '${prefix}-${environment}'
var unique = take(uniqueString(resourceGroup().id), 6)
var packageContainer = 'packages'
var unityCatalog = '${prefix}_${environment}'
// Azure makes both groups itself: for clusters, and for the load balancer of the container apps.
var databricksGroupName = 'rg-${base}-databricks-managed'
var hostGroupName = 'rg-${base}-host-managed'

// TMDB's terms allow its data to be kept for six months at most.
var lakeLifecycle = [
  {
    name: 'age-raw-pages'
    enabled: true
    type: 'Lifecycle'
    definition: {
      filters: {
        blobTypes: [
          'blockBlob'
        ]
        prefixMatch: [
          'raw/pages/'
          'raw/manifests/'
        ]
      }
      actions: {
        baseBlob: {
          tierToCool: {
            daysAfterModificationGreaterThan: 30
          }
          delete: {
            daysAfterModificationGreaterThan: 180
          }
        }
      }
    }
  }
  {
    name: 'cool-audit'
    enabled: true
    type: 'Lifecycle'
    definition: {
      filters: {
        blobTypes: [
          'blockBlob'
        ]
        prefixMatch: [
          'metrics/audit/'
        ]
      }
      actions: {
        baseBlob: {
          tierToCool: {
            daysAfterModificationGreaterThan: 90
          }
        }
      }
    }
  }
]

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: 'log-${base}'
    applicationInsightsName: 'appi-${base}'
    collectionRuleName: 'dcr-${base}'
    actionGroupName: 'ag-${base}'
    location: location
    tags: tags
    alertEmail: alertEmail
    sensorsRunning: sensorsRunning
    dailyCapGb: logDailyCapGb
    retentionDays: logRetentionDays
  }
}

module vnet 'modules/vnet.bicep' = {
  name: 'vnet'
  params: {
    name: 'vnet-${base}'
    location: location
    tags: tags
  }
}

module lake 'modules/storage_account.bicep' = {
  name: 'lake'
  params: {
    name: 'st${prefix}${environment}${unique}'
    location: location
    tags: tags
    skuName: lakeSku
    hierarchicalNamespace: true
    containers: [
      'raw'
      'intermediate'
      'gold'
      'metrics'
      'inputs'
    ]
    lifecycleRules: lakeLifecycle
    privateDoors: [
      {
        group: 'blob'
        zoneId: vnet.outputs.blobZoneId
      }
      {
        group: 'dfs'
        zoneId: vnet.outputs.dfsZoneId
      }
    ]
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
}

// Separate from the lake, because the functions host does not support a hierarchical namespace.
module functionStorage 'modules/storage_account.bicep' = {
  name: 'function-storage'
  params: {
    name: 'stfn${prefix}${environment}${unique}'
    location: location
    tags: tags
    skuName: 'Standard_LRS'
    hierarchicalNamespace: false
    containers: [
      packageContainer
    ]
    lifecycleRules: []
    privateDoors: [
      {
        group: 'blob'
        zoneId: vnet.outputs.blobZoneId
      }
    ]
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
}

module keyvault 'modules/keyvault.bicep' = {
  name: 'keyvault'
  params: {
    name: 'kv-${base}-${unique}'
    location: location
    tags: tags
    writeKeys: writeKeys
    tmdbApiToken: tmdbApiToken
    discogsToken: discogsToken
    runnerClientId: runnerClientId
    runnerClientSecret: runnerClientSecret
    webhookUrl: webhookUrl
    keysExpireOn: keysExpireOn
    runnerSecretExpiresOn: runnerSecretExpiresOn
    eventsName: 'evgt-${base}'
    actionGroupId: monitoring.outputs.actionGroupId
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    vaultZoneId: vnet.outputs.vaultZoneId
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
}

module databricks 'modules/databricks.bicep' = {
  name: 'databricks'
  params: {
    name: 'dbw-${base}'
    accessConnectorName: 'dbac-${base}'
    managedResourceGroupName: databricksGroupName
    location: location
    tags: tags
    networkId: vnet.outputs.networkId
    publicSubnetName: vnet.outputs.databricksPublicSubnetName
    privateSubnetName: vnet.outputs.databricksPrivateSubnetName
    publicNetworkAccess: managementAccess
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    databricksZoneId: vnet.outputs.databricksZoneId
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
}

module hostIdentity 'modules/identity.bicep' = {
  name: 'host-identity'
  params: {
    name: 'id-${base}-host'
    location: location
    tags: tags
  }
}

module cleanupIdentity 'modules/identity.bicep' = {
  name: 'cleanup-identity'
  params: {
    name: 'id-${base}-cleanup'
    location: location
    tags: tags
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    hostPrincipalId: hostIdentity.outputs.principalId
    cleanupPrincipalId: cleanupIdentity.outputs.principalId
    lakeName: lake.outputs.name
    functionStorageName: functionStorage.outputs.name
    vaultName: keyvault.outputs.name
    collectionRuleName: monitoring.outputs.collectionRuleName
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    accessConnectorPrincipalId: databricks.outputs.accessConnectorPrincipalId
    runnerPrincipalId: runnerPrincipalId
    databricksPrincipalId: databricksPrincipalId
    operatorsGroupId: operatorsGroupId
    readersGroupId: readersGroupId
  }
}

module registryPull 'modules/registry_pull.bicep' = {
  name: 'registry-pull-${base}'
  scope: resourceGroup(registryResourceGroup)
  params: {
    registryName: registryName
    principalId: hostIdentity.outputs.principalId
  }
}

module functionapp 'modules/functionapp.bicep' = {
  name: 'functionapp'
  params: {
    name: 'func-${base}-${unique}'
    planName: 'asp-${base}'
    location: location
    tags: tags
    identityId: cleanupIdentity.outputs.id
    identityClientId: cleanupIdentity.outputs.clientId
    storageName: functionStorage.outputs.name
    storageBlobEndpoint: functionStorage.outputs.blobEndpoint
    packageContainer: packageContainer
    subnetId: vnet.outputs.functionsSubnetId
    publicNetworkAccess: managementAccess
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    sitesZoneId: vnet.outputs.sitesZoneId
    lakeName: lake.outputs.name
    databricksUrl: databricks.outputs.url
    clusterTag: project
    dryRun: cleanupDryRun
    package: cleanupPackage
    applicationInsightsConnection: monitoring.outputs.applicationInsightsConnection
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [
    roles
  ]
}

module dagsterHost 'modules/dagster_host.bicep' = {
  name: 'dagster-host'
  params: {
    name: 'cae-${base}'
    appName: 'ca-${base}'
    managedResourceGroupName: hostGroupName
    databaseServerName: 'psql-${base}-${unique}'
    location: location
    tags: tags
    image: '${registryPull.outputs.loginServer}/${image}'
    registryServer: registryPull.outputs.loginServer
    identityId: hostIdentity.outputs.id
    identityName: hostIdentity.outputs.name
    identityClientId: hostIdentity.outputs.clientId
    identityPrincipalId: hostIdentity.outputs.principalId
    subnetId: vnet.outputs.hostSubnetId
    privateEndpointSubnetId: vnet.outputs.privateEndpointSubnetId
    postgresZoneId: vnet.outputs.postgresZoneId
    allowedAddresses: allowedAddresses
    signInClientId: signInClientId
    operatorsGroupId: operatorsGroupId
    tmdbSecretUri: keyvault.outputs.tmdbSecretUri
    discogsSecretUri: keyvault.outputs.discogsSecretUri
    runnerClientId: runnerClientId
    runnerSecretUri: keyvault.outputs.runnerSecretUri
    notifyChat: notifyChat
    webhookSecretUri: keyvault.outputs.webhookSecretUri
    lakeName: lake.outputs.name
    unityCatalog: unityCatalog
    sensorsRunning: sensorsRunning
    changeWindowHours: changeWindowHours
    overridesFile: overridesFile
    discogsDumpFolder: discogsDumpFolder
    auditEndpoint: monitoring.outputs.ingestionEndpoint
    auditRuleId: monitoring.outputs.ingestionRuleId
    auditStream: monitoring.outputs.ingestionStream
    databricksUrl: databricks.outputs.url
    databaseGb: databaseGb
    backupRetentionDays: backupRetentionDays
    logAnalyticsWorkspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [
    roles
  ]
}

module budget 'modules/budget.bicep' = {
  name: 'budget-${base}'
  scope: subscription()
  params: {
    name: 'budget-${base}'
    dollarsPerMonth: monthlyBudget
    start: budgetStart
    groupNames: [
      resourceGroup().name
      databricksGroupName
      hostGroupName
    ]
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module jumpHost 'modules/jump_host.bicep' = if (!empty(jumpHostKey)) {
  name: 'jump-host'
  params: {
    name: 'vm-${base}-jump'
    interfaceName: 'nic-${base}-jump'
    bastionName: 'bas-${base}'
    bastionAddressName: 'pip-bas-${base}'
    location: location
    tags: tags
    subnetId: vnet.outputs.jumpHostSubnetId
    bastionSubnetId: vnet.outputs.bastionSubnetId
    publicKey: jumpHostKey
  }
}

// What deploy.sh reads to finish the work inside the workspace.
output lakeName string = lake.outputs.name
output vaultId string = keyvault.outputs.id
output vaultUri string = keyvault.outputs.uri
output databricksUrl string = databricks.outputs.url
output databricksId string = databricks.outputs.id
output accessConnectorId string = databricks.outputs.accessConnectorId
output unityCatalog string = unityCatalog
output cleanupClientId string = cleanupIdentity.outputs.clientId
output functionAppName string = functionapp.outputs.name
output webUrl string = dagsterHost.outputs.webUrl
output auditEndpoint string = monitoring.outputs.ingestionEndpoint
output auditRuleId string = monitoring.outputs.ingestionRuleId
output auditStream string = monitoring.outputs.ingestionStream
