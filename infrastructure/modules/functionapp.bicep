// The timer that deletes what dead runs left behind. It runs as an identity and holds no key.

@description('Globally unique name of the function app.')
param name string

@description('Name of its plan.')
param planName string

param location string

param tags object

param identityId string

param identityClientId string

@description('The app\'s own storage account, not the lake.')
param storageName string

param storageBlobEndpoint string

@description('Container that holds the deployed package.')
param packageContainer string

param subnetId string

@allowed([
  'Enabled'
  'Disabled'
])
param publicNetworkAccess string = 'Disabled'

param privateEndpointSubnetId string

param sitesZoneId string

param lakeName string

param databricksUrl string

@description('The value of the tag by which the project\'s clusters are known.')
param clusterTag string

@description('True: report what would be deleted and delete nothing.')
param dryRun bool

@description('Digest of the package that the function runs, empty before the first one. deploy.sh sets it.')
param package string

param applicationInsightsConnection string

param logAnalyticsWorkspaceId string

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225:a nightly cleanup that fails in an outage runs the next night
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    // Linux: the Python worker runs nowhere else.
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_212:a timer has one instance by nature, and none between its runs
  // checkov:skip=CKV_AZURE_213:it answers no requests, so there is no path to ask for its health
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // It has no HTTP trigger: callers are refused before any code runs.
    clientCertEnabled: true
    clientCertMode: 'Required'
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storageBlobEndpoint}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: 40
        instanceMemoryMB: 512
      }
      runtime: {
        name: 'python'
        version: '3.12'
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: [
        {
          name: 'AzureWebJobsStorage__accountName'
          value: storageName
        }
        {
          name: 'AzureWebJobsStorage__credential'
          value: 'managedidentity'
        }
        {
          name: 'AzureWebJobsStorage__clientId'
          value: identityClientId
        }
        {
          name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
          value: applicationInsightsConnection
        }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identityClientId};Authorization=AAD'
        }
        {
          name: 'AZURE_CLIENT_ID'
          value: identityClientId
        }
        {
          name: 'CLEANUP_LAKE'
          value: 'abfss://{container}@${lakeName}.dfs.${environment().suffixes.storage}'
        }
        {
          name: 'CLEANUP_DATABRICKS_HOST'
          value: databricksUrl
        }
        {
          name: 'CLEANUP_CLUSTER_TAG'
          value: clusterTag
        }
        {
          name: 'CLEANUP_DRY_RUN'
          // string(true) would be 'True' in Azure.
          value: dryRun ? 'true' : 'false'
        }
        {
          name: 'CLEANUP_PACKAGE'
          value: package
        }
      ]
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
    serviceId: app.id
    groupId: 'sites'
    zoneId: sitesZoneId
  }
}

// Packages are pushed as a person or a pipeline that signed in, never with a publishing password.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
  }
}

output name string = app.name
