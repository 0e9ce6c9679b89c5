// A way into a closed environment: a small machine inside the network that has no public address,
// and Azure Bastion in front of it, which asks people to sign in to Azure. Off unless a key is given.
// It also serves as the deployment workflow's runner inside the network.

@description('Name of the machine.')
param name string

@description('Name of its network interface.')
param interfaceName string

@description('Name of the Bastion.')
param bastionName string

@description('Name of the Bastion\'s address.')
param bastionAddressName string

param location string

param tags object

param subnetId string

param bastionSubnetId string

@description('Public SSH key of the user capstone.')
param publicKey string

resource networkInterface 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: interfaceName
  location: location
  tags: tags
  properties: {
    ipConfigurations: [
      {
        name: 'inside'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: {
            id: subnetId
          }
        }
      }
    ]
  }
}

resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    hardwareProfile: {
      vmSize: 'Standard_B2s'
    }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        name: 'disk-${name}'
        createOption: 'FromImage'
        deleteOption: 'Delete'
        managedDisk: {
          storageAccountType: 'Standard_LRS'
        }
      }
    }
    osProfile: {
      computerName: 'jump'
      adminUsername: 'capstone'
      allowExtensionOperations: false
      // The Azure CLI, and what `make setup-azure` needs. Azure refuses to change this on an existing machine:
      // delete the machine after changing the file.
      customData: base64(loadTextContent('../jump_host.yaml'))
      linuxConfiguration: {
        disablePasswordAuthentication: true
        ssh: {
          publicKeys: [
            {
              path: '/home/capstone/.ssh/authorized_keys'
              keyData: publicKey
            }
          ]
        }
      }
    }
    securityProfile: {
      // Requires the feature EncryptionAtHost of Microsoft.Compute in the subscription.
      encryptionAtHost: true
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: networkInterface.id
          properties: {
            deleteOption: 'Delete'
          }
        }
      ]
    }
  }
}

resource bastionAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: bastionAddressName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

// Standard, because `az network bastion ssh` needs tunnels, which Basic does not have.
resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {
  name: bastionName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    enableTunneling: true
    ipConfigurations: [
      {
        name: 'outside'
        properties: {
          publicIPAddress: {
            id: bastionAddress.id
          }
          subnet: {
            id: bastionSubnetId
          }
        }
      }
    ]
  }
}
