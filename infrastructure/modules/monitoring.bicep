// What is recorded about runs, and which alerts are sent.
// Belongs here: the log workspace, the audit table and the rule that fills it, workbook, alerts.
// Not here: diagnostic settings, which stand beside the resource that they report on, and the
// queries themselves, which are files in infrastructure/monitoring.

@description('Name of the Log Analytics workspace.')
param name string

@description('Name of the Application Insights component of the function.')
param applicationInsightsName string

@description('Name of the data collection rule.')
param collectionRuleName string

@description('Name of the action group that alerts notify.')
param actionGroupName string

param location string

param tags object

@description('Where alerts are sent.')
param alertEmail string

@description('True: the sensors start turned on, so new gold is expected.')
param sensorsRunning bool

@description('GB per day after which ingestion stops.')
param dailyCapGb int

@description('Days to keep logs and audit rows.')
param retentionDays int

var auditTable = 'CapstoneAudit_CL'
var auditStream = 'Custom-${auditTable}'
var auditColumns = loadJsonContent('../monitoring/audit_columns.json')
var alerts = loadJsonContent('../monitoring/alerts.json')

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyCapGb
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource table 'Microsoft.OperationalInsights/workspaces/tables@2023-09-01' = {
  parent: workspace
  name: auditTable
  properties: {
    plan: 'Analytics'
    schema: {
      name: auditTable
      columns: auditColumns
    }
  }
}

// A direct rule has an address of its own, so no collection endpoint is needed beside it.
resource collectionRule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: collectionRuleName
  location: location
  tags: tags
  kind: 'Direct'
  properties: {
    streamDeclarations: {
      '${auditStream}': {
        columns: auditColumns
      }
    }
    destinations: {
      logAnalytics: [
        {
          name: 'audit'
          workspaceResourceId: workspace.id
        }
      ]
    }
    dataFlows: [
      {
        streams: [
          auditStream
        ]
        destinations: [
          'audit'
        ]
        transformKql: 'source'
        outputStream: auditStream
      }
    ]
  }
  dependsOn: [
    table
  ]
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'capstone'
    enabled: true
    emailReceivers: [
      {
        name: 'engineers'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alertRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: 'alert-${name}-${alert.name}'
  location: location
  tags: tags
  properties: {
    displayName: alert.displayName
    description: alert.description
    severity: alert.severity
    enabled: sensorsRunning || !alert.needsSensors
    scopes: [
      workspace.id
    ]
    evaluationFrequency: alert.evaluationFrequency
    windowSize: alert.windowSize
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: alert.operator
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: alert.resolvesItself
    muteActionsDuration: alert.pauseBetweenActions
    // The table may be filled for the first time after the rule is made.
    skipQueryValidation: true
    actions: {
      actionGroups: [
        actionGroup.id
      ]
    }
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'capstone')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Capstone runs'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: loadTextContent('../monitoring/workbook.json')
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: workspace
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    logs: [
      {
        category: 'Audit'
        enabled: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output actionGroupId string = actionGroup.id
output collectionRuleName string = collectionRule.name
output ingestionEndpoint string = collectionRule.properties.endpoints.logsIngestion
output ingestionRuleId string = collectionRule.properties.immutableId
output ingestionStream string = auditStream
output applicationInsightsName string = applicationInsights.name
output applicationInsightsConnection string = applicationInsights.properties.ConnectionString
