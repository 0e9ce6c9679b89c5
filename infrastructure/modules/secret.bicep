// One secret of a vault. A module of its own, so that its caller can leave it out.

@description('Name of the vault.')
param vaultName string

@description('Name of the secret.')
param name string

@secure()
param value string

@description('When it is due for renewal, in seconds since 1970. Azure warns but does not disable it.')
param expiresOn int

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: name
  properties: {
    value: value
    contentType: 'text/plain'
    attributes: {
      enabled: true
      exp: expiresOn
    }
  }
}
