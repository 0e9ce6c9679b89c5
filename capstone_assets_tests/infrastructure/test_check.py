"""Each mistake of the predecessor's templates, put back into ours, is found and named."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infrastructure.check.__main__ import ROOT, find_faults

Edit = Callable[..., list[str]]


@pytest.fixture
def faults_after(tmp_path: Path) -> Edit:
    """The faults of our files after a text in one of them was replaced."""
    root = tmp_path / "infrastructure"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "check"))

    def edit(file: str, *replacements: tuple[str, str]) -> list[str]:
        path = root / file
        text = path.read_text("utf-8")
        for old, new in replacements:
            assert old in text, f"{file} no longer contains {old!r}"
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        return find_faults(root)

    return edit


def test_our_own_files_have_no_fault():
    assert find_faults(ROOT) == []


def test_the_command_fails_and_says_why(faults_after: Edit, tmp_path: Path):
    faults_after("modules/databricks.bicep", ("'premium'", "'standard'"))
    # The command examines the folder that it lies in, so it runs from the copy.
    shutil.copytree(ROOT / "check", tmp_path / "infrastructure/check")
    shutil.copy(ROOT.parent / "requirements.lock", tmp_path)
    told = subprocess.run(
        [sys.executable, "-m", "infrastructure.check"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT.parent)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "databricks/workspace: tier standard is retired; premium." in told.stderr
    assert "1 faults" in told.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        pytest.param(
            "main.bicep",
            "hierarchicalNamespace: true",
            "hierarchicalNamespace: false",
            "No storage account has a hierarchical namespace, which abfss:// needs.",
            id="no hierarchical namespace",
        ),
        pytest.param(
            "main.bicep",
            "      'raw'\n      'intermediate'\n      'gold'\n      'metrics'\n",
            "",
            "lake/account: it has no containers.",
            id="no containers",
        ),
        pytest.param(
            "main.bicep",
            "      'gold'\n",
            "",
            "lake: tables lie in container gold, which is not made.",
            id="a container is missing",
        ),
        pytest.param(
            "modules/roles.bicep",
            "4633458b-17de-408a-b874-0445c86b69e6",
            "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
            "keyvault/vault: nobody has the role that reads its secrets.",
            id="nobody can read the vault",
        ),
        pytest.param(
            "modules/databricks.bicep",
            "name: 'premium'",
            "name: 'standard'",
            "databricks/workspace: tier standard is retired; premium.",
            id="the retired Databricks tier",
        ),
        pytest.param(
            "modules/databricks.bicep",
            "      customVirtualNetworkId: {\n        value: networkId\n      }\n",
            "",
            "databricks/workspace: it is not inside the virtual network.",
            id="a workspace outside the network",
        ),
        pytest.param(
            "modules/functionapp.bicep",
            "    virtualNetworkSubnetId: subnetId\n",
            "",
            "vnet/network: nothing is attached to subnet functions.",
            id="a network attached to nothing",
        ),
        pytest.param(
            "modules/functionapp.bicep",
            "name: 'AzureWebJobsStorage__accountName'\n          value: storageName",
            "name: 'AzureWebJobsStorage'\n          value: storageBlobEndpoint",
            "functionapp/app: AzureWebJobsStorage must be an account's name and an identity "
            "(AzureWebJobsStorage__accountName, __credential), not a URL or a key.",
            id="a storage setting that is a URL",
        ),
        pytest.param(
            "modules/functionapp.bicep",
            "reserved: true",
            "reserved: false",
            "functionapp/app: a Python worker needs a Linux plan (reserved: true).",
            id="Python on a Windows plan",
        ),
        pytest.param(
            "modules/keyvault.bicep",
            "workspaceId: logAnalyticsWorkspaceId",
            "workspaceId: vault.id",
            "keyvault/vault: no diagnostic setting sends its logs to Log Analytics.",
            id="monitoring linked to nothing",
        ),
        pytest.param(
            "main.bicep",
            "    vaultName: keyvault.outputs.name\n",
            "",
            "main.bicep: module roles is not given vaultName, which it requires.",
            id="main passes no name",
        ),
        pytest.param(
            "main.bicep",
            "    vaultName: keyvault.outputs.name\n",
            "    vaultName: 'kv-capstone-prod'\n",
            "keyvault.bicep: output name is used by nothing.",
            id="main uses no output",
        ),
        pytest.param(
            "main.bicep",
            "name: 'kv-${base}-${unique}'",
            "name: 'kv-${base}'",
            "keyvault/vault: kv-capstone-{environment} is a fixed name that all of Azure shares.",
            id="a fixed global name",
        ),
        pytest.param(
            "modules/monitoring.bicep",
            "disableLocalAuth: true",
            "disableLocalAuth: true'",
            "pycep cannot read it",
            id="a template that cannot be parsed",
        ),
    ],
)
def test_a_mistake_of_the_predecessor_is_found(
    faults_after: Edit, file: str, old: str, new: str, fault: str
):
    found = faults_after(file, (old, new))
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "modules/vnet.bicep",
            "param tags object\n",
            "param tags object\n\nparam spare string = ''\n",
            "vnet.bicep: parameter spare is used by nothing.",
        ),
        (
            "main.bicep",
            "    dailyCapGb: logDailyCapGb\n",
            "    dailyCapGb: logDailyCapGb\n    colour: 'red'\n",
            "main.bicep: module monitoring is given colour, which it does not declare.",
        ),
        (
            "main.bicep",
            "vnet.outputs.hostSubnetId",
            "vnet.outputs.hostSubnet",
            "main.bicep: module vnet has no output hostSubnet.",
        ),
        (
            "main.bicep",
            "name: 'vnet-${base}'",
            "name: 'network-${base}'",
            "vnet/network: network-capstone-{environment} does not begin with vnet-.",
        ),
        (
            "modules/keyvault.bicep",
            "secrets/${discogsName}",
            "secrets/discogs",
            "dagsterHost/codeApp: secret discogs-token is not in the vault.",
        ),
        (
            "modules/dagster_host.bicep",
            "'DAGSTER_POSTGRES_USER'",
            "'POSTGRES_USER'",
            "dagsterHost/webApp: dagster.yaml reads DAGSTER_POSTGRES_USER, which is not set.",
        ),
        (
            "modules/dagster_host.bicep",
            "'CAPSTONE_LAKE'",
            "'CAPSTONE_LAKEHOUSE'",
            "dagsterHost: the code reads CAPSTONE_LAKE, which no container app sets.",
        ),
        (
            "monitoring/audit_columns.json",
            '"records_out", "type": "long"',
            '"records_out", "type": "string"',
            "audit_columns.json: an audit record has records_out, a long; the table has not.",
        ),
        (
            "monitoring/alerts.json",
            "CapstoneAudit_CL",
            "Audit_CL",
            "alerts.json: it asks Audit_CL, which is not made.",
        ),
        (
            "modules/roles.bicep",
            "  scope: metricsContainer\n",
            "  scope: functionStorage\n",
            "roles: hostIdentity may not use metrics as it must: "
            "audit records and compute logs are written.",
        ),
        (
            "databricks/job_policy.json",
            '"value": "capstone-assets"',
            '"value": "capstone"',
            "job_policy.json: clusters do not have the tag by which the cleanup knows them.",
        ),
        (
            "databricks/job_policy.json",
            '"maxValue": 8',
            '"maxValue": 3',
            "job_cluster.json: autoscale.max_workers is 4, which job_policy.json does not allow.",
        ),
        (
            "modules/keyvault.bicep",
            "'runner-client-secret'",
            "'client-secret'",
            "keyvault: clusters read AZURE_CLIENT_SECRET from secret runner-client-secret, "
            "which is not made.",
        ),
        (
            "databricks/interactive_policy.json",
            '"autotermination_minutes"',
            '"autotermination"',
            "interactive_policy.json: an idle cluster would run for ever.",
        ),
        (
            "modules/storage_account.bicep",
            "allowSharedKeyAccess: false",
            "allowSharedKeyAccess: true",
            "lake/account: it accepts shared keys.",
        ),
        (
            "modules/keyvault.bicep",
            "publicNetworkAccess: 'Disabled'",
            "publicNetworkAccess: 'Enabled'",
            "keyvault/vault: public network access is not off by default.",
        ),
        (
            "modules/dagster_host.bicep",
            "unauthenticatedClientAction: 'RedirectToLoginPage'",
            "unauthenticatedClientAction: 'AllowAnonymous'",
            "dagsterHost/webApp: it is open to the outside and asks nobody to sign in.",
        ),
        (
            "parameters/prod.json",
            '"value": "prod"',
            '"value": "dev"',
            "parameters/prod.json: its environment is not prod.",
        ),
        (
            "parameters/dev.json",
            '"logRetentionDays"',
            '"tmdbApiToken"',
            "parameters/dev.json: tmdbApiToken is a secret.",
        ),
        (
            "deploy.sh",
            "prefix=",
            "subscription=6f1c2d3e-0000-4a5b-8c9d-aabbccddeeff\nprefix=",
            "deploy.sh: 6f1c2d3e-0000-4a5b-8c9d-aabbccddeeff belongs to one subscription or "
            "tenant.",
        ),
        (
            "dagster.yaml",
            "telemetry:",
            "telemetry: [",
            "dagster.yaml: no YAML",
        ),
        (
            "modules/functionapp.bicep",
            "  // checkov:skip=CKV_AZURE_213:",
            "  // checkov:skip=CKV_AZURE_14:somebody found it a nuisance at the time\n"
            "  // checkov:skip=CKV_AZURE_213:",
            "checkov is told to look away 6 times; 5 is the limit.",
        ),
    ],
)
def test_what_does_not_fit_is_found(faults_after: Edit, file: str, old: str, new: str, fault: str):
    found = faults_after(file, (old, new))
    assert any(fault in one for one in found), found


def test_a_secret_in_a_file_is_found(faults_after: Edit):
    key = "AccountKey" + "=c2VjcmV0"
    found = faults_after("deploy.sh", ("prefix=", f"connection='{key}'\nprefix="))
    assert any("this looks like a secret" in one for one in found)


def test_all_faults_are_told_at_once(faults_after: Edit):
    found = faults_after(
        "modules/databricks.bicep",
        ("name: 'premium'", "name: 'standard'"),
        ("enableNoPublicIp: {\n        value: true", "enableNoPublicIp: {\n        value: false"),
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("task_key: silver\n", "task_kee: silver\n", "Unexpected field 'task_kee'"),
        ("entry_point:", "entrypoint:", "Unexpected field 'entrypoint'"),
        ("spark_version: 16.4.x-scala2.12", "spark_version: 15.4.x-scala2.12", "16.4.x-scala2.12"),
        ("type: whl", "type: wheel", "artifacts.wheel.type: 'whl' was expected"),
        ("  prod:\n    mode: production", "  prod:\n    mode: prod", "targets.prod.mode"),
        ("            - task_key: gold", "            - task_key: golden", "no task golden"),
        ("cluster_policy: capstone-jobs", "policy: capstone-jobs", "variables.policy.lookup"),
        ("${var.runner}", "${var.who}", "there is no variable who"),
    ],
)
def test_a_bundle_that_databricks_would_refuse_is_found(
    faults_after: Edit, old: str, new: str, fault: str
):
    assert any(fault in found for found in faults_after("databricks.yml", (old, new)))
