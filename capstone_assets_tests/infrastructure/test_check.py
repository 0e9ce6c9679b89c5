"""Slips as people make them, each put into our files: every one is found and named."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infrastructure.check.__main__ import ROOT, find_faults

Edit = Callable[..., list[str]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our files, in a place where they may be broken."""
    root = tmp_path_factory.mktemp("slips") / "infrastructure"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "check"))
    return root


@pytest.fixture
def faults_after(copy: Path) -> Iterator[Edit]:
    """The faults of our files after texts in one of them were replaced; put back afterwards."""
    before: dict[Path, str] = {}

    def edit(file: str, *replacements: tuple[str, str]) -> list[str]:
        path = copy / file
        text = before.setdefault(path, path.read_text("utf-8"))
        for old, new in replacements:
            assert old in text, f"{file} no longer contains {old!r}"
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        return find_faults(copy)

    yield edit
    for path, text in before.items():
        path.write_text(text, "utf-8")


def test_our_own_files_have_no_fault():
    assert find_faults(ROOT) == []


def test_the_command_fails_and_says_why(tmp_path: Path):
    root = tmp_path / "infrastructure"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT.parent / "requirements.lock", tmp_path)
    template = root / "modules/databricks.bicep"
    template.write_text(template.read_text("utf-8").replace("'premium'", "'standard'"), "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "infrastructure.check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT.parent)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "databricks/workspace sku.name is not premium. The workspace is private" in done.stderr
    assert "deployment_plan.txt does not have: databricks/workspace sku.name = standard" in (
        done.stderr
    )
    # The claim, and the lines of the plan that came and went.
    assert "3 faults" in done.stdout


# What is slipped, the file, the text, what it becomes, and a part of what the check says.
SLIPS: tuple[tuple[str, str, str, str, str], ...] = (
    # Roles and identities
    (
        "a role id swapped",
        "modules/roles.bicep",
        "'4633458b-17de-408a-b874-0445c86b69e6'",
        "'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'",
        "The host is Key Vault Secrets User of the vault: container apps read their secrets",
    ),
    (
        "a role id that does not exist",
        "modules/roles.bicep",
        "ba92f5b4-2d11",
        "ba92f5b5-2d11",
        "belongs to one subscription or tenant",
    ),
    (
        "a role variable swapped",
        "modules/roles.bicep",
        "    roleDefinitionId: blobDataOwner\n",
        "    roleDefinitionId: blobDataContributor\n",
        "The cleanup is Storage Blob Data Owner of the function's storage: the host keeps",
    ),
    (
        "a principal swapped",
        "modules/roles.bicep",
        "    principalId: accessConnectorPrincipalId\n",
        "    principalId: runnerPrincipalId\n",
        "The access connector is Storage Blob Data Contributor of the lake: Spark uses",
    ),
    (
        "a scope swapped",
        "modules/roles.bicep",
        "  scope: metricsContainer\n",
        "  scope: functionStorage\n",
        "roles/hostWritesMetrics scope is not <roles/metricsContainer.>",
    ),
    (
        "a scope widened",
        "modules/roles.bicep",
        "  scope: inputsContainer\n",
        "  scope: lake\n",
        "roles/operatorsPlaceInputs scope is not <roles/inputsContainer.>",
    ),
    (
        "a scope left out, so that it is the whole group",
        "modules/roles.bicep",
        "  scope: goldContainer\n",
        "",
        "roles/readersReadGold scope is not <roles/goldContainer.>",
    ),
    (
        "a group taken for a service principal",
        "modules/roles.bicep",
        "principalType: 'Group'",
        "principalType: 'ServicePrincipal'",
        "roles/operatorsRenewKeys properties.principalType is not Group",
    ),
    (
        "an app that acts as another identity",
        "main.bicep",
        "identityId: cleanupIdentity.outputs.id",
        "identityId: hostIdentity.outputs.id",
        "functionapp/app identity.userAssignedIdentities.{cleanupIdentity/identity.id} is not {",
    ),
    (
        "a client id of another identity",
        "main.bicep",
        "identityClientId: hostIdentity.outputs.clientId",
        "identityClientId: cleanupIdentity.outputs.clientId",
        "is not <hostIdentity/identity.properties.clientId>. Each variable is what",
    ),
    (
        "a role assignment that keeps its name for another principal",
        "modules/roles.bicep",
        "guid(lake.id, hostPrincipalId, blobDataReader)",
        "guid(lake.id, 'host', blobDataReader)",
        "roles/hostReadsLake: its name does not follow from its principal and role",
    ),
    # Network
    (
        "a subnet outside the network",
        "modules/vnet.bicep",
        "10.20.4.0/26",
        "10.21.4.0/26",
        "subnet private-endpoints (10.21.4.0/26) is outside the network",
    ),
    (
        "subnets that overlap",
        "modules/vnet.bicep",
        "10.20.5.64/26",
        "10.20.5.0/26",
        "subnets host and functions overlap",
    ),
    (
        "a subnet with host bits",
        "modules/vnet.bicep",
        "10.20.5.64/26",
        "10.20.5.70/26",
        "has host bits set",
    ),
    (
        "a subnet that is too small",
        "modules/vnet.bicep",
        "10.20.2.0/23",
        "10.20.2.0/27",
        "subnet databricks-private must be at least a /26",
    ),
    (
        "a delegation swapped",
        "modules/vnet.bicep",
        "name: 'flex-consumption'\n              properties: {\n"
        "                serviceName: 'Microsoft.App/environments'",
        "name: 'flex-consumption'\n              properties: {\n"
        "                serviceName: 'Microsoft.Web/serverFarms'",
        "serviceName is not Microsoft.App/environments. Each subnet is delegated",
    ),
    (
        "an app in another's subnet",
        "main.bicep",
        "subnetId: vnet.outputs.functionsSubnetId",
        "subnetId: vnet.outputs.hostSubnetId",
        "functionapp/app properties.virtualNetworkSubnetId is not {vnet/network.id}/subnets/fun",
    ),
    (
        "a security rule of Databricks left out",
        "modules/vnet.bicep",
        "-eventhub'",
        "-event-hub'",
        "worker-to-eventhub].properties.priority is not 103. Databricks adds these rules",
    ),
    (
        "a security rule of Databricks changed",
        "modules/vnet.bicep",
        "'3306'",
        "'1433'",
        "worker-to-sql].properties.destinationPortRange is not 3306. Databricks adds",
    ),
    (
        "a security rule of Bastion narrowed",
        "modules/vnet.bicep",
        "            '8080'\n            '5701'\n",
        "            '8080'\n",
        "destinationPortRanges[1] is not 5701. Azure refuses a Bastion's subnet",
    ),
    (
        "two rules with one priority",
        "modules/vnet.bicep",
        "priority: 200",
        "priority: 100",
        "deployment_plan.txt still has: vnet/",
    ),
    (
        "a port opened to the internet",
        "modules/vnet.bicep",
        "destinationPortRange: '443'",
        "destinationPortRange: '22'",
        "destinationPortRange = 22 (--accept",
    ),
    (
        "a port opened to every address",
        "modules/vnet.bicep",
        "sourceAddressPrefix: 'VirtualNetwork'",
        "sourceAddressPrefixes: ['0.0.0.0/0']",
        "sourceAddressPrefixes[0] = 0.0.0.0/0 (--accept",
    ),
    (
        "a security group swapped",
        "modules/vnet.bicep",
        "id: databricksSecurityGroup.id",
        "id: securityGroup.id",
        "vnet/network properties.subnets[databricks-public].properties.networkSecurityGroup.id ",
    ),
    (
        "a door's DNS zone swapped",
        "main.bicep",
        "zoneId: vnet.outputs.dfsZoneId",
        "zoneId: vnet.outputs.blobZoneId",
        "privatelink.dfs.{storage})}. Every service has its doors",
    ),
    (
        "a DNS zone misspelled",
        "modules/vnet.bicep",
        "privatelink.vaultcore.azure.net",
        "privatelink.vault.azure.net",
        "privatelink.vaultcore.azure.net)}. Every service has its doors",
    ),
    (
        "a door left out",
        "main.bicep",
        "      {\n        group: 'dfs'\n        zoneId: vnet.outputs.dfsZoneId\n      }\n",
        "",
        "groupIds[0] is not dfs. Every service has its doors",
    ),
    (
        "a network that no zone is linked to",
        "modules/vnet.bicep",
        "      id: network.id\n",
        "      id: natGateway.id\n",
        "vnet/dnsLinks[0] properties.virtualNetwork.id is not <vnet/network.id>",
    ),
    (
        "a vault open to the internet",
        "modules/keyvault.bicep",
        "publicNetworkAccess: 'Disabled'",
        "publicNetworkAccess: 'Enabled'",
        "keyvault/vault properties.publicNetworkAccess is not Disabled",
    ),
    # Names and versions
    (
        "a storage name over 24 characters",
        "main.bicep",
        "take(uniqueString(resourceGroup().id), 6)",
        "take(uniqueString(resourceGroup().id), 9)",
        "functionStorage/account: its name can have 25 characters; 24 is the most",
    ),
    (
        "a prefix that may be longer",
        "main.bicep",
        "@maxLength(8)",
        "@maxLength(12)",
        "functionStorage/account: its name can have 26 characters",
    ),
    (
        "a storage name with a hyphen",
        "main.bicep",
        "'st${prefix}",
        "'st-${prefix}",
        "has characters that Azure refuses",
    ),
    (
        "a fixed name that all of Azure shares",
        "main.bicep",
        "name: 'kv-${base}-${unique}'",
        "name: 'kv-${base}'",
        "is a fixed name that all of Azure shares",
    ),
    (
        "a name against the conventions",
        "main.bicep",
        "name: 'vnet-${base}'",
        "name: 'network-${base}'",
        "does not begin with vnet-",
    ),
    (
        "an API version that does not exist",
        "modules/storage_account.bicep",
        "storageAccounts@2024-01-01' = {",
        "storageAccounts@2024-13-01' = {",
        "lake/account = Microsoft.Storage/storageAccounts@2024-13-01 (--accept",
    ),
    (
        "tags left out",
        "modules/vnet.bicep",
        "  tags: tags\n",
        "",
        "deployment_plan.txt still has: vnet/network tags.project",
    ),
    # Environment variables
    (
        "an environment variable removed",
        "modules/dagster_host.bicep",
        "            {\n              name: 'CAPSTONE_UNITY_CATALOG'\n"
        "              value: unityCatalog\n            }\n",
        "            {\n              name: 'CAPSTONE_LAKE'\n"
        "              value: unityCatalog\n            }\n",
        "environment.py reads CAPSTONE_UNITY_CATALOG, which no template sets",
    ),
    (
        "an environment variable misspelled",
        "modules/dagster_host.bicep",
        "'CAPSTONE_SENSORS'",
        "'CAPSTONE_SENSOR'",
        "nothing reads the variable CAPSTONE_SENSOR",
    ),
    (
        "an environment variable that is never read",
        "modules/functionapp.bicep",
        "'CLEANUP_DRY_RUN'",
        "'CLEANUP_DRYRUN'",
        "functionapp/app: nothing reads the variable CLEANUP_DRYRUN",
    ),
    (
        "a value that the product refuses",
        "modules/dagster_host.bicep",
        "sensorsRunning ? 'running' : 'stopped'",
        "sensorsRunning ? 'on' : 'off'",
        "the product would not start: CAPSTONE_SENSORS is 'on'",
    ),
    (
        "a host that would run locally",
        "modules/dagster_host.bicep",
        "value: 'databricks'",
        "value: 'local'",
        "it would run as local",
    ),
    (
        "two values swapped",
        "main.bicep",
        "auditRuleId: monitoring.outputs.ingestionRuleId",
        "auditRuleId: monitoring.outputs.ingestionEndpoint",
        "is not <monitoring/collectionRule.properties.immutableId>. Each variable",
    ),
    (
        "a key that is another's",
        "modules/dagster_host.bicep",
        "secretRef: discogsReference",
        "secretRef: tmdbReference",
        "dagsterHost/codeApp properties.template.containers[code].env[DISCOGS_TOKEN].secretRef ",
    ),
    (
        "a secret's value swapped",
        "modules/keyvault.bicep",
        "value: discogsToken",
        "value: tmdbApiToken",
        "keyvault/discogsSecret/secret properties.value is not {discogsToken}",
    ),
    (
        "a secret renamed on one side",
        "modules/keyvault.bicep",
        "'runner-client-secret'",
        "'client-secret'",
        "clusters read AZURE_CLIENT_SECRET from secret runner-client-secret",
    ),
    (
        "a port on one side",
        "modules/dagster_host.bicep",
        "var codePort = 4000",
        "var codePort = 4001",
        "its port is not 4000",
    ),
    (
        "two daemons",
        "modules/dagster_host.bicep",
        "minReplicas: 1\n        maxReplicas: 1",
        "minReplicas: 1\n        maxReplicas: 2",
        "dagsterHost/daemonApp properties.template.scale.maxReplicas is not 1",
    ),
    # The lake
    (
        "no hierarchical namespace",
        "main.bicep",
        "hierarchicalNamespace: true",
        "hierarchicalNamespace: false",
        "lake/account properties.isHnsEnabled is not True",
    ),
    (
        "a container is missing",
        "main.bicep",
        "      'gold'\n",
        "",
        "lie in container gold, which is not made",
    ),
    (
        "raw pages kept longer than TMDB's terms allow",
        "main.bicep",
        "daysAfterModificationGreaterThan: 180",
        "daysAfterModificationGreaterThan: 365",
        "daysAfterModificationGreaterThan is not 180. TMDB's terms",
    ),
    (
        "a lifecycle rule for a folder that is not there",
        "main.bicep",
        "'raw/pages/'",
        "'raw/page/'",
        "lake/lifecycle properties.policy.rules[age-raw-pages].definition.filters.prefixMatch[0",
    ),
    (
        "shared keys accepted",
        "modules/storage_account.bicep",
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
        "lake/account properties.allowSharedKeyAccess is not False",
    ),
    # Monitoring and money
    (
        "an alert without an action group",
        "modules/monitoring.bicep",
        "      actionGroups: [\n        actionGroup.id\n      ]\n",
        "",
        "monitoring/alertRules[0] properties.actions.actionGroups[0] is not <monitoring/actionG",
    ),
    (
        "an action group without a receiver",
        "modules/monitoring.bicep",
        "emailAddress: alertEmail",
        "emailAddress: 'someone@example.org'",
        "monitoring/actionGroup properties.emailReceivers[engineers].emailAddress is not {alert",
    ),
    (
        "a frequency that Azure does not have",
        "monitoring/alerts.json",
        '"PT15M"',
        '"PT7M"',
        "properties.evaluationFrequency = PT7M (--accept",
    ),
    (
        "a query of a table that is not there",
        "monitoring/alerts.json",
        "CapstoneAudit_CL",
        "Audit_CL",
        "alerts.json: it queries Audit_CL, which is not deployed",
    ),
    (
        "a column of another type",
        "monitoring/audit_columns.json",
        '"records_out", "type": "long"',
        '"records_out", "type": "string"',
        "an audit record has records_out, a long; the table has not",
    ),
    (
        "a stream that fills another table",
        "modules/monitoring.bicep",
        "outputStream: auditStream",
        "outputStream: 'Custom-Audit_CL'",
        "monitoring/collectionRule properties.dataFlows[0].outputStream is not Custom-CapstoneA",
    ),
    (
        "logs sent nowhere",
        "modules/keyvault.bicep",
        "workspaceId: logAnalyticsWorkspaceId",
        "workspaceId: vault.id",
        "keyvault/diagnostics properties.workspaceId is not <monitoring/workspace.id>",
    ),
    (
        "a log category misspelled",
        "modules/databricks.bicep",
        "category: 'jobs'",
        "category: 'job'",
        "databricks/diagnostics properties.logs[1].category is not jobs",
    ),
    (
        "keys that expire unnoticed",
        "modules/keyvault.bicep",
        "        'Microsoft.KeyVault.SecretNearExpiry'\n",
        "",
        "keyvault/expiry properties.filter.includedEventTypes[0] is not Microsoft.KeyVault.Secr",
    ),
    (
        "a budget that warns no one",
        "modules/budget.bicep",
        "          actionGroupId\n",
        "",
        "budget/budget properties.notifications.forecastOfAll.contactGroups[0] is not <monitori",
    ),
    (
        "a budget that leaves the machines out",
        "main.bicep",
        "      databricksGroupName\n",
        "",
        "budget/budget properties.filter.dimensions.values[1] is not rg-{prefix}-{environment}-",
    ),
    (
        "a cluster without limits",
        "databricks/job_policy.json",
        '"maxValue": 8',
        '"maxValue": 80',
        "nothing limits the size of a cluster to 8 workers",
    ),
    (
        "a cluster that its policy refuses",
        "databricks/job_policy.json",
        '"maxValue": 8',
        '"maxValue": 3',
        "autoscale.max_workers is 4, which job_policy.json does not allow",
    ),
    (
        "a pool of other machines than the jobs'",
        "databricks/instance_pool.json",
        "Standard_D4ds_v5",
        "Standard_D8ds_v5",
        "instance_pool.json: its machines or its runtime are not those of job_cluster.json",
    ),
    (
        "a pool of another runtime",
        "databricks/instance_pool.json",
        "16.4.x-scala2.12",
        "15.4.x-scala2.12",
        "instance_pool.json: its machines or its runtime are not those of job_cluster.json",
    ),
    (
        "a pool that keeps machines without use",
        "databricks/instance_pool.json",
        '"min_idle_instances": 0',
        '"min_idle_instances": 2',
        "machines would be paid for around the clock",
    ),
    (
        "a policy that no one makes",
        "databricks/job_cluster.json",
        '"policy": "capstone-jobs"',
        '"policy": "capstone-job"',
        "set_up.py makes no policy capstone-job",
    ),
    (
        "a tag by which the cleanup knows clusters",
        "databricks/job_policy.json",
        '"value": "capstone-assets"',
        '"value": "capstone"',
        "clusters do not have the tag by which the cleanup knows them",
    ),
    # Order, wiring, sign-in
    (
        "the database before its administrator",
        "modules/dagster_host.bicep",
        "    databaseAdministrator\n",
        "    databaseEndpoint\n",
        "dagsterHost/codeApp does not wait for dagsterHost/databaseAdministrator",
    ),
    (
        "an administrator while the server is busy",
        "modules/dagster_host.bicep",
        "  dependsOn: [\n    databaseEndpoint\n  ]\n",
        "",
        "databaseAdministrator does not wait for dagsterHost/databaseEndpoint",
    ),
    (
        "apps that start before their roles",
        "main.bicep",
        "  dependsOn: [\n    roles\n  ]\n",
        "",
        "functionapp/app does not wait for roles",
    ),
    (
        "a provider that no one registers",
        "README.md",
        "EventGrid Insights",
        "Insights",
        "the providers to register and those of the templates differ: EventGrid",
    ),
    (
        "a database that Azure creates",
        "modules/dagster_host.bicep",
        "module databaseEndpoint ",
        "resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {\n"
        "  parent: databaseServer\n  name: databaseName\n}\n\nmodule databaseEndpoint ",
        "Azure would own a database that it creates",
    ),
    (
        "two endpoints of a workspace at once",
        "modules/databricks.bicep",
        "  dependsOn: [\n    controlPlaneEndpoint\n  ]\n",
        "",
        "A workspace takes one endpoint at a time",
    ),
    (
        "a rule before the table that it fills",
        "modules/monitoring.bicep",
        "  dependsOn: [\n    table\n  ]\n",
        "",
        "monitoring/collectionRule does not wait for monitoring/table",
    ),
    (
        "an output removed that a script reads",
        "main.bicep",
        "output auditStream string = monitoring.outputs.ingestionStream\n",
        "",
        "deploy.sh: main.bicep has no output auditStream",
    ),
    (
        "an output of a module that does not exist",
        "main.bicep",
        "vnet.outputs.hostSubnetId",
        "vnet.outputs.hostSubnet",
        "dagsterHost/appEnvironment properties.vnetConfiguration.infrastructureSubnetId is not ",
    ),
    (
        "a parameter that is not passed",
        "main.bicep",
        "    vaultName: keyvault.outputs.name\n",
        "",
        "roles/vault name is not <keyvault/vault.name>",
    ),
    (
        "a parameter that no file gives",
        "parameters/dev.json",
        '"monthlyBudget": { "value": 400 },',
        "",
        "neither it nor deploy.sh gives monthlyBudget",
    ),
    (
        "a parameter file of another environment",
        "parameters/prod.json",
        '"value": "prod"',
        '"value": "dev"',
        "parameters/prod.json: its environment is not prod",
    ),
    (
        "a secret in a parameter file",
        "parameters/dev.json",
        '"logRetentionDays"',
        '"tmdbApiToken"',
        "parameters/dev.json: tmdbApiToken is a secret",
    ),
    (
        "anyone may sign in",
        "modules/dagster_host.bicep",
        "                operatorsGroupId\n",
        "",
        "groups[0] is not {operatorsGroupId}. People sign in before they see it",
    ),
    (
        "no one is asked to sign in",
        "modules/dagster_host.bicep",
        "'RedirectToLoginPage'",
        "'AllowAnonymous'",
        "dagsterHost/webSignIn properties.globalValidation.unauthenticatedClientAction is not R",
    ),
    (
        "the code location opened to the outside",
        "modules/dagster_host.bicep",
        "external: false",
        "external: true",
        "dagsterHost/codeApp properties.configuration.ingress.external is not False",
    ),
    # The image
    (
        "a program that is not in the image",
        "Dockerfile",
        "infrastructure/drain.py",
        "infrastructure/daemon.py",
        "drain.py, which a container app starts, is not in the image",
    ),
    (
        "a code location that leaves dead runs under way",
        "Dockerfile",
        "infrastructure/lost_runs.py",
        "",
        "lost_runs.py, which a container app starts, is not in the image",
    ),
    (
        "programs that start without a database",
        "Dockerfile",
        'ENTRYPOINT ["./start.sh"]\n',
        "",
        "so no database is created",
    ),
    (
        "an image that does not know its commit",
        "Dockerfile",
        "CAPSTONE_GIT_COMMIT=$GIT_COMMIT",
        "GIT_COMMIT=$GIT_COMMIT",
        "Dockerfile: CAPSTONE_GIT_COMMIT is not set",
    ),
    (
        "a role that no contract gives a job to",
        "modules/roles.bicep",
        "resource operatorsReadLake ",
        "resource operatorsReadEverything ",
        "roles/operatorsReadEverything: deployment_contracts.txt does not say which job",
    ),
    # Other files
    (
        "one subscription's value",
        "deploy.sh",
        "prefix=",
        "subscription=6f1c2d3e-0000-4a5b-8c9d-aabbccddeeff\nprefix=",
        "belongs to one subscription or tenant",
    ),
    ("broken YAML", "dagster.yaml", "telemetry:", "telemetry: [", "dagster.yaml: not valid YAML"),
    (
        "a template that cannot be parsed",
        "modules/monitoring.bicep",
        "disableLocalAuth: true",
        "disableLocalAuth: true'",
        "pycep cannot read it",
    ),
    (
        "a sixth suppression",
        "modules/functionapp.bicep",
        "  // checkov:skip=CKV_AZURE_213:",
        "  // checkov:skip=CKV_AZURE_14:a reason that is long enough to be one\n"
        "  // checkov:skip=CKV_AZURE_213:",
        "checkov skips 6 checks; 5 is the limit",
    ),
    (
        "a bundle on another runtime",
        "databricks.yml",
        "spark_version: 16.4.x-scala2.12",
        "spark_version: 15.4.x-scala2.12",
        "16.4.x-scala2.12",
    ),
    (
        "a bundle where everyone may write",
        "databricks.yml",
        "root_path: /capstone/bundle",
        "root_path: /Shared/bundle",
        "in prod every user of the workspace may replace /Shared/bundle",
    ),
    (
        "a budget that leaves the load balancer out",
        "main.bicep",
        "      hostGroupName\n",
        "",
        "budget/budget properties.filter.dimensions.values[2] is not rg-{prefix}-{environment}-ho",
    ),
    (
        "a load balancer in a group that no budget counts",
        "modules/dagster_host.bicep",
        "    infrastructureResourceGroup: managedResourceGroupName\n",
        "",
        "dagsterHost/appEnvironment properties.infrastructureResourceGroup is not rg-{prefix}",
    ),
    (
        "a bundle that sends no audit records",
        "databricks.yml",
        "CAPSTONE_AUDIT_RULE_ID",
        "CAPSTONE_AUDIT_RULE",
        "databricks.yml: CAPSTONE_AUDIT_RULE_ID is not set",
    ),
    (
        "a bundle with an unknown variable",
        "databricks.yml",
        "${var.runner}",
        "${var.who}",
        "there is no variable who",
    ),
    (
        "a bundle with a field that Databricks refuses",
        "databricks.yml",
        "task_key: silver\n",
        "task_kee: silver\n",
        "Unexpected field 'task_kee'",
    ),
    (
        "a bundle that starts a program which the wheel does not have",
        "databricks.yml",
        "entry_point: capstone-job",
        "entry_point: capstone_job",
        "the wheel has no capstone_job",
    ),
    (
        "a bundle with an option that the product does not have",
        "databricks.yml",
        "[run, --years, ",
        "[run, --year, ",
        "capstone does not accept its parameters: No such option",
    ),
    (
        "a task of the bundle that makes another layer",
        "databricks.yml",
        "--layer, silver]",
        "--layer, bronze]",
        "job silver: task silver makes bronze",
    ),
    (
        "a layer of the bundle that does not wait for the one before",
        "databricks.yml",
        "        - <<: *gold\n          depends_on:\n            - task_key: silver\n",
        "        - *gold\n",
        "the layers of job lakehouse do not wait for one another",
    ),
    (
        "a window that is shorter than the time between two",
        "monitoring/alerts.json",
        '"PT6H",\n    "windowSize": "P2D"',
        '"PT6H",\n    "windowSize": "PT1H"',
        "monitoring/alertRules[1]: nothing watches the time between two windows",
    ),
    (
        "an alert that takes a mean of its rows",
        "modules/monitoring.bicep",
        "timeAggregation: 'Count'",
        "timeAggregation: 'Average'",
        "timeAggregation is not Count. Alerts count the rows",
    ),
    (
        "a rule without an address of its own",
        "modules/monitoring.bicep",
        "  kind: 'Direct'\n",
        "",
        "monitoring/collectionRule kind is not Direct. Audit records go to the table",
    ),
    (
        "an edition that lacks what the README's command needs",
        "modules/jump_host.bicep",
        "    name: 'Standard'\n  }\n  properties: {\n    enableTunneling",
        "    name: 'Basic'\n  }\n  properties: {\n    enableTunneling",
        "jumpHost/bastion sku.name is not Standard. `az network bastion ssh` goes by a tunnel",
    ),
    (
        "a drain that Azure ends too early",
        "modules/dagster_host.bicep",
        "replicaTimeout: 5400",
        "replicaTimeout: 1800",
        "replicaTimeout is not 5400. Draining takes up to 70 minutes",
    ),
    (
        "a parameter that is not among what is allowed",
        "parameters/prod.json",
        "Standard_ZRS",
        "Premium_LRS",
        "parameters/prod.json: lakeSku is 'Premium_LRS'; main.bicep declares allowed [",
    ),
    (
        "a parameter past its limit",
        "parameters/prod.json",
        '"backupRetentionDays": { "value": 35 }',
        '"backupRetentionDays": { "value": 45 }',
        "parameters/prod.json: backupRetentionDays is 45; main.bicep declares max_value 35",
    ),
    (
        "a number as text",
        "parameters/test.json",
        '"monthlyBudget": { "value": 400 }',
        '"monthlyBudget": { "value": "400" }',
        "parameters/test.json: monthlyBudget is not of type int",
    ),
    (
        "a policy whose DBUs do not suffice for the job's cluster",
        "databricks/job_policy.json",
        '"maxValue": 20',
        '"maxValue": 4',
        "job_cluster.json: its 5.0 DBUs an hour are more than job_policy.json allows",
    ),
    (
        "a pool with fewer machines than its clusters have",
        "databricks/instance_pool.json",
        '"max_capacity": 40',
        '"max_capacity": 30',
        "instance_pool.json: it has fewer machines than the policy's clusters may use",
    ),
    (
        "a pool whose machines can be evicted",
        "databricks/instance_pool.json",
        "ON_DEMAND_AZURE",
        "SPOT_AZURE",
        "instance_pool.json: a driver could be evicted",
    ),
    (
        "a cluster that idles for days",
        "databricks/interactive_policy.json",
        '"maxValue": 60,',
        '"maxValue": 6000,',
        "interactive_policy.json: an idle cluster would not stop within 60 minutes",
    ),
    (
        "an image without what runs need in Azure",
        "Dockerfile",
        "requirements-host.lock",
        "requirements-run.lock",
        "Dockerfile: it does not install requirements-host.lock",
    ),
    (
        "an image without the settings of the clusters",
        "Dockerfile",
        "COPY --chown=dagster infrastructure/databricks /opt/dagster/infrastructure/databricks\n",
        "",
        "job_cluster.json, which the code location reads, is not in the image",
    ),
    (
        "a run that may outlive its clusters",
        "dagster.yaml",
        "max_runtime_seconds: 86400",
        "max_runtime_seconds: 864000",
        "dagster.yaml: a run may take so long that the cleanup ends its clusters",
    ),
    (
        "a job that may outlive its run",
        "databricks/job_cluster.json",
        '"timeout_seconds": 14400',
        '"timeout_seconds": 144000',
        "job_cluster.json: a job may take longer than the run that waits for it",
    ),
    (
        "a retry that the instance does not make",
        "dagster.yaml",
        "  enabled: true\n  max_retries: 0",
        "  enabled: false\n  max_retries: 0",
        "dagster.yaml: sensors' runs request retries, which are turned off",
    ),
    (
        "a code location that starts without ending dead runs",
        "code.sh",
        "python lost_runs.py\n",
        "",
        "lost_runs.py: no container app starts it, nor does a script of one",
    ),
    (
        "a name that a script looks for and no template makes",
        "teardown.sh",
        '"id-$prefix-$environment-host"',
        '"id-$prefix-$environment-dagster"',
        "teardown.sh: no template makes id-{prefix}-{environment}-dagster",
    ),
    (
        "a name put together of a variable that no template makes",
        "deploy.sh",
        '"$app-drain"',
        '"$app-drains"',
        "deploy.sh: no template makes ca-{prefix}-{environment}-drains",
    ),
)


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"), [pytest.param(*slip[1:], id=slip[0]) for slip in SLIPS]
)
def test_a_slip_is_found(faults_after: Edit, file: str, old: str, new: str, fault: str):
    found = faults_after(file, (old, new))
    assert any(fault in one for one in found), found


def test_the_table_has_a_slip_of_each_kind():
    kinds = [name for name, *_ in SLIPS]
    assert len(kinds) == len(set(kinds)) >= 49


def test_all_faults_are_reported_at_once(faults_after: Edit):
    found = faults_after(
        "modules/databricks.bicep",
        ("name: 'premium'", "name: 'standard'"),
        ("enableNoPublicIp: {\n        value: true", "enableNoPublicIp: {\n        value: false"),
    )
    why = "The workspace is private: premium, inside the network, without public addresses, "
    why += "with the rules above."
    assert {fault for fault in found if "deployment_plan.txt" not in fault} == {
        f"databricks/workspace sku.name is not premium. {why}",
        f"databricks/workspace properties.parameters.enableNoPublicIp.value is not True. {why}",
    }


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("modules/storage_account.bicep", "bypass: 'AzureServices'", "bypass: 'None'"),
        ("modules/dagster_host.bicep", "cpu: json('0.5')", "cpu: json('0.25')"),
        ("modules/vnet.bicep", "idleTimeoutInMinutes: 10", "idleTimeoutInMinutes: 4"),
        ("modules/functionapp.bicep", "    allow: false\n", "    allow: true\n"),
    ],
)
def test_a_change_that_breaks_no_contract_is_still_shown_to_the_reviewer(
    faults_after: Edit, file: str, old: str, new: str
):
    found = faults_after(file, (old, new))
    assert [fault for fault in found if fault.startswith("deployment_plan.txt")] == found != []
