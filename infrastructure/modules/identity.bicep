// A managed identity. A module of its own, so that roles.bicep can name each role assignment after the
// principal: an identity that is made again under its old name has another principal, and Azure refuses
// to give an existing assignment to it (RoleAssignmentUpdateNotPermitted).

@description('Name of the identity.')
param name string

param location string

param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output name string = identity.name
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
