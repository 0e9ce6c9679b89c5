// What the environment may cost in a month, and who is warned before it does.
// Not here: keeping clusters small, which is up to the policies in databricks/.
//
// Deployed to the subscription, because machines and the load balancer are billed to groups that Azure
// makes: a budget of the environment's own group would miss them. teardown.sh deletes it.

targetScope = 'subscription'

@description('Name of the budget.')
param name string

@description('Amount a month, in the currency of the bill.')
param dollarsPerMonth int

@description('First day of the month in which the budget was made, for example 2026-11-01.')
param start string

@description('Names of the resource groups whose costs count.')
param groupNames array

param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: dollarsPerMonth
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: '${start}T00:00:00Z'
    }
    filter: {
      dimensions: {
        name: 'ResourceGroupName'
        operator: 'In'
        values: groupNames
      }
    }
    notifications: {
      forecastOfAll: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [
          actionGroupId
        ]
      }
      mostIsSpent: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [
          actionGroupId
        ]
      }
      allIsSpent: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [
          actionGroupId
        ]
      }
    }
  }
}
