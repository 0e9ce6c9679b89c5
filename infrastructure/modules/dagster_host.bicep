// Dagster in production: web server, daemon and code location as container apps that
// share an image, and a PostgreSQL server that keeps runs, events and schedules.
// All of them act as one managed identity. Only the code location holds keys: those of the APIs, and
// the secret of the service principal that submits to Databricks, because the Databricks SDK signs in
// as a managed identity only through a virtual machine's metadata service, which container apps do not have.

@description('Name of the container apps\' environment.')
param name string

@description('What the names of the container apps begin with.')
param appName string

@description('Name of the resource group that Azure makes for the environment\'s load balancer.')
param managedResourceGroupName string

@description('Globally unique name of the PostgreSQL server.')
param databaseServerName string

param location string

param tags object

@description('The image with its digest, so that what was tested is what runs.')
param image string

@description('The registry that the image is pulled from.')
param registryServer string

param identityId string

param identityName string

param identityClientId string

param identityPrincipalId string

param subnetId string

param privateEndpointSubnetId string

param postgresZoneId string

@description('Addresses in CIDR notation from which the web UI can be reached.')
param allowedAddresses array

@description('Application id of the Entra app registration that people sign in through.')
param signInClientId string

@description('Object id of the Entra group whose members may sign in.')
param operatorsGroupId string

param tmdbSecretUri string

param discogsSecretUri string

@description('Endpoint of the data collection rule that audit records are sent to.')
param auditEndpoint string

@description('Immutable id of that rule.')
param auditRuleId string

@description('Its stream.')
param auditStream string

@description('Client id of the service principal that runs sign in to Databricks as.')
param runnerClientId string

param runnerSecretUri string

@description('True: the vault has the webhook of a chat that is notified of failures.')
param notifyChat bool

param webhookSecretUri string

param lakeName string

@description('Catalog of Unity Catalog that gold is registered in.')
param unityCatalog string

@description('True: the sensors start turned on.')
param sensorsRunning bool

@description('Hours over which the sensors collect changes before they request a run.')
param changeWindowHours int

@description('File of decisions about links in the container inputs. Empty: none.')
param overridesFile string

@description('Folder of Discogs dumps in the container inputs. Empty: releases come from the API.')
param discogsDumpFolder string

param databricksUrl string

@description('GB of the database\'s disk.')
param databaseGb int

@description('Days that backups of the instance storage are kept.')
param backupRetentionDays int

param logAnalyticsWorkspaceId string

var databaseName = 'dagster'
var codePort = 4000
var codeAppName = '${appName}-code'
var tmdbReference = 'tmdb-api-token'
var discogsReference = 'discogs-token'
var runnerReference = 'runner-client-secret'
var webhookReference = 'webhook-url'
var inputs = 'abfss://inputs@${lakeName}.dfs.${environment().suffixes.storage}'
var hostEnvironment = [
  {
    name: 'AZURE_CLIENT_ID'
    value: identityClientId
  }
  {
    name: 'DAGSTER_POSTGRES_HOST'
    value: databaseServer.properties.fullyQualifiedDomainName
  }
  {
    name: 'DAGSTER_POSTGRES_USER'
    value: identityName
  }
  {
    name: 'DAGSTER_POSTGRES_DB'
    value: databaseName
  }
  {
    name: 'DAGSTER_LOG_ACCOUNT'
    value: lakeName
  }
  {
    name: 'DAGSTER_CODE_HOST'
    value: codeAppName
  }
]

resource databaseServer 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: databaseServerName
  location: location
  tags: tags
  sku: {
    name: 'Standard_B1ms'
    tier: 'Burstable'
  }
  properties: {
    version: '16'
    createMode: 'Default'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: subscription().tenantId
    }
    network: {
      publicNetworkAccess: 'Disabled'
    }
    storage: {
      storageSizeGB: databaseGb
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: backupRetentionDays
      geoRedundantBackup: 'Enabled'
    }
    highAvailability: {
      mode: 'Disabled'
    }
  }
}

// Dagster creates its own tables, so its identity is the server's administrator. The server holds
// nothing else. The database itself is created by this identity (create_database.py) and not here:
// one that Azure creates belongs to the platform's own superuser, and since PostgreSQL 15 only a
// database's owner may create tables in its schema public.
resource databaseAdministrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: databaseServer
  name: identityPrincipalId
  properties: {
    principalType: 'ServicePrincipal'
    principalName: identityName
    tenantId: subscription().tenantId
  }
  // Not beside it: a server takes one change at a time, and is not accessible for a while after each.
  dependsOn: [
    databaseEndpoint
  ]
}

module databaseEndpoint 'private_endpoint.bicep' = {
  name: 'pep-${databaseServerName}'
  params: {
    name: 'pep-${databaseServerName}'
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    serviceId: databaseServer.id
    groupId: 'postgresqlServer'
    zoneId: postgresZoneId
  }
}

resource databaseDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: databaseServer
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'PostgreSQLLogs'
        enabled: true
      }
    ]
  }
}

resource appEnvironment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    infrastructureResourceGroup: managedResourceGroupName
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: false
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      // Through the diagnostic setting below, which needs no workspace key.
      destination: 'azure-monitor'
    }
    peerTrafficConfiguration: {
      encryption: {
        enabled: true
      }
    }
  }
}

resource appDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: appEnvironment
  name: 'to-log-analytics'
  properties: {
    workspaceId: logAnalyticsWorkspaceId
    logs: [
      {
        category: 'ContainerAppConsoleLogs'
        enabled: true
      }
      {
        category: 'ContainerAppSystemLogs'
        enabled: true
      }
    ]
  }
}

// Runs live in this app's processes. Their steps run on Databricks, so it stays small.
resource codeApp 'Microsoft.App/containerApps@2025-01-01' = {
  name: codeAppName
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    managedEnvironmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: false
        transport: 'tcp'
        targetPort: codePort
        exposedPort: codePort
      }
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
      secrets: concat(notifyChat ? [
        {
          name: webhookReference
          keyVaultUrl: webhookSecretUri
          identity: identityId
        }
      ] : [], [
        {
          name: tmdbReference
          keyVaultUrl: tmdbSecretUri
          identity: identityId
        }
        {
          name: discogsReference
          keyVaultUrl: discogsSecretUri
          identity: identityId
        }
        {
          name: runnerReference
          keyVaultUrl: runnerSecretUri
          identity: identityId
        }
      ])
    }
    template: {
      terminationGracePeriodSeconds: 600
      containers: [
        {
          name: 'code'
          image: image
          // It first ends the runs that died with its predecessor.
          args: [
            './code.sh'
            '--host'
            '0.0.0.0'
            '--port'
            string(codePort)
            '--module-name'
            'capstone_assets.definitions'
          ]
          env: concat(hostEnvironment, notifyChat ? [
            {
              name: 'CAPSTONE_WEBHOOK_URL'
              secretRef: webhookReference
            }
          ] : [], [
            {
              name: 'CAPSTONE_ENVIRONMENT'
              value: 'databricks'
            }
            {
              name: 'CAPSTONE_LAKE'
              value: 'abfss://{container}@${lakeName}.dfs.${environment().suffixes.storage}'
            }
            // An empty value counts as absent.
            {
              name: 'CAPSTONE_OVERRIDES'
              value: empty(overridesFile) ? '' : '${inputs}/${overridesFile}'
            }
            {
              name: 'CAPSTONE_DISCOGS_DUMP'
              value: empty(discogsDumpFolder) ? '' : '${inputs}/${discogsDumpFolder}'
            }
            {
              name: 'CAPSTONE_UNITY_CATALOG'
              value: unityCatalog
            }
            {
              name: 'CAPSTONE_SENSORS'
              value: sensorsRunning ? 'running' : 'stopped'
            }
            {
              name: 'CAPSTONE_CHANGE_WINDOW_HOURS'
              value: string(changeWindowHours)
            }
            {
              name: 'CAPSTONE_AUDIT_ENDPOINT'
              value: auditEndpoint
            }
            {
              name: 'CAPSTONE_AUDIT_RULE_ID'
              value: auditRuleId
            }
            {
              name: 'CAPSTONE_AUDIT_STREAM'
              value: auditStream
            }
            {
              name: 'DATABRICKS_HOST'
              value: databricksUrl
            }
            {
              name: 'ARM_TENANT_ID'
              value: subscription().tenantId
            }
            {
              name: 'ARM_CLIENT_ID'
              value: runnerClientId
            }
            {
              name: 'ARM_CLIENT_SECRET'
              secretRef: runnerReference
            }
            {
              name: 'TMDB_API_TOKEN'
              secretRef: tmdbReference
            }
            {
              name: 'DISCOGS_TOKEN'
              secretRef: discogsReference
            }
          ])
          resources: {
            cpu: json('1.0')
            memory: '2Gi'
          }
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
  dependsOn: [
    databaseAdministrator
  ]
}

resource daemonApp 'Microsoft.App/containerApps@2025-01-01' = {
  name: '${appName}-daemon'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    managedEnvironmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'daemon'
          image: image
          args: [
            './daemon.sh'
          ]
          env: hostEnvironment
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
      // Never two: the daemon keeps order among runs.
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
  dependsOn: [
    codeApp
  ]
}

// deploy.sh starts it before it replaces the code location; it waits for runs, then cancels the rest.
resource drainJob 'Microsoft.App/jobs@2025-01-01' = {
  name: '${appName}-drain'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      // Longer than drain.py takes: an hour of waiting, ten minutes of canceling.
      replicaTimeout: 5400
      replicaRetryLimit: 0
      manualTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
      }
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'drain'
          image: image
          args: [
            'python'
            'drain.py'
          ]
          env: hostEnvironment
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
    }
  }
  dependsOn: [
    codeApp
  ]
}

resource webApp 'Microsoft.App/containerApps@2025-01-01' = {
  name: '${appName}-web'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    managedEnvironmentId: appEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        transport: 'auto'
        targetPort: 3000
        allowInsecure: false
        ipSecurityRestrictions: [for (address, i) in allowedAddresses: {
          name: 'allowed-${i}'
          action: 'Allow'
          ipAddressRange: address
        }]
      }
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'web'
          image: image
          args: [
            'dagster-webserver'
            '--host'
            '0.0.0.0'
            '--port'
            '3000'
            '--workspace'
            'workspace.yaml'
          ]
          env: hostEnvironment
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
      // It sleeps while unused; the first visitor waits some seconds.
      scale: {
        minReplicas: 0
        maxReplicas: 1
      }
    }
  }
  dependsOn: [
    codeApp
  ]
}

resource webSignIn 'Microsoft.App/containerApps/authConfigs@2025-01-01' = {
  parent: webApp
  name: 'current'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signInClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            signInClientId
          ]
          defaultAuthorizationPolicy: {
            allowedPrincipals: {
              groups: [
                operatorsGroupId
              ]
            }
          }
        }
      }
    }
  }
}

output webUrl string = 'https://${webApp.properties.configuration.ingress.fqdn}'
