"""Set up what lives inside the workspace: policies, pool, libraries, secrets, lake, catalog.

Belongs here: what Azure's templates cannot declare, brought up to date at every deployment.
Not here: the workspace itself (modules/databricks.bicep), jobs (databricks.yml), the tables of the
catalog, which runs register (capstone_assets/lake/unity_catalog.py).

`deploy.sh` runs it as the user of the Azure CLI. That may be a service principal which
the workspace has never seen: with the workspace's resource id in a header, Databricks admits
everyone who is Owner or Contributor of the resource, as an administrator.

    python -m infrastructure.databricks.set_up --host https://... --workspace-id ... --lake NAME \\
      --vault-id ... --vault-uri ... --access-connector-id ... --runner CLIENT_ID \\
      --cleanup CLIENT_ID --catalog NAME --readers GROUP
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service import catalog as unity
from databricks.sdk.service import compute, iam, workspace

from capstone_assets.lake.unity_catalog import LAYER
from capstone_assets.orchestration.resources.databricks import SECRET_SCOPE
from capstone_assets.orchestration.resources.workspace_calls import call_safely
from infrastructure.databricks.libraries import SCRIPT_PATH, install_script

HERE = Path(__file__).parent
CONTAINERS = ("raw", "intermediate", "gold", "metrics")
QUERYING = "capstone-interactive"
POLICIES = {"capstone-jobs": "job_policy.json", QUERYING: "interactive_policy.json"}
# How many clusters of a policy one user may have at once. The runner's: four runs may be under way
# (dagster.yaml), with two steps each.
MOST_CLUSTERS = {"capstone-jobs": 8, QUERYING: 1}
POOL = "instance_pool.json"


@click.command()
@click.option("--host", required=True, help="URL of the workspace.")
@click.option("--workspace-id", required=True, help="Azure resource id of the workspace.")
@click.option("--vault-id", required=True, help="Resource id of the Key Vault.")
@click.option("--vault-uri", required=True, help="URI of the Key Vault.")
@click.option("--lake", required=True, help="Name of the lake's storage account.")
@click.option("--access-connector-id", required=True, help="Resource id of the access connector.")
@click.option("--runner", required=True, help="Client id of the service principal that runs go as.")
@click.option("--cleanup", required=True, help="Client id of the cleanup function's identity.")
@click.option("--catalog", required=True, help="Name of the catalog that gold is registered in.")
@click.option("--readers", required=True, help="Name of the group that may query gold.")
def main(
    host: str,
    workspace_id: str,
    vault_id: str,
    vault_uri: str,
    lake: str,
    access_connector_id: str,
    runner: str,
    cleanup: str,
    catalog: str,
    readers: str,
) -> None:
    """Bring a workspace up to date. Running it again changes nothing that is right already."""
    client = call_safely(WorkspaceClient(host=host, azure_workspace_resource_id=workspace_id))
    policies = {
        name: set_policy(client, name, (HERE / file).read_text("utf-8"), MOST_CLUSTERS[name])
        for name, file in POLICIES.items()
    }
    job = json.loads((HERE / "job_cluster.json").read_text("utf-8"))
    rules = (HERE / POLICIES[job["policy"]]).read_text("utf-8")
    pool_id = set_pool(client, json.loads((HERE / POOL).read_text("utf-8")))
    set_policy(client, job["pooled_policy"], pooled(rules, pool_id), MOST_CLUSTERS[job["policy"]])
    for principal in (runner, cleanup):
        admit(client, principal)
    set_libraries(client, runner)
    set_secret_scope(client, vault_id, vault_uri)
    set_lake(client, lake, access_connector_id, runner)
    set_catalog(client, catalog, lake, runner)
    with _known_to_databricks(readers):
        let_query(client, catalog, policies[QUERYING], readers)


def set_policy(client: WorkspaceClient, name: str, definition: str, most_clusters: int) -> str:
    """Create a cluster policy, or set the one of that name right; return its id."""
    for found in client.cluster_policies.list():
        if found.name != name or found.policy_id is None:
            continue
        same = json.loads(found.definition or "{}") == json.loads(definition)
        if not same or found.max_clusters_per_user != most_clusters:
            client.cluster_policies.edit(
                found.policy_id,
                name=name,
                definition=definition,
                max_clusters_per_user=most_clusters,
            )
        return found.policy_id
    made = client.cluster_policies.create(
        name=name, definition=definition, max_clusters_per_user=most_clusters
    )
    return str(made.policy_id)


def pooled(definition: str, pool_id: str) -> str:
    """Return a job policy's rules for clusters with machines of a pool, which decides on them."""
    machines = {"node_type_id", "driver_node_type_id"}
    rules = {
        path: rule
        for path, rule in json.loads(definition).items()
        if path not in machines and not path.startswith("azure_attributes.")
    }
    rules["instance_pool_id"] = {"type": "fixed", "value": pool_id}
    return json.dumps(rules)


def set_pool(client: WorkspaceClient, wanted: dict[str, Any]) -> str:
    """Create the pool of machines, or set its size right; return its id.

    Raises:
        click.ClickException: it exists with what cannot be changed, such as other machines.
    """
    name, machine = wanted["instance_pool_name"], wanted["node_type_id"]
    size = {
        key: wanted[key]
        for key in ("min_idle_instances", "max_capacity", "idle_instance_autotermination_minutes")
    }
    for found in client.instance_pools.list():
        if found.instance_pool_name != name or found.instance_pool_id is None:
            continue
        if found.node_type_id != machine:
            raise click.ClickException(
                f"The instance pool {name} has machines of the type {found.node_type_id}, not "
                f"{machine}. Delete it (databricks instance-pools delete "
                f"{found.instance_pool_id}) and run this again."
            )
        if any(getattr(found, key) != value for key, value in size.items()):
            client.instance_pools.edit(found.instance_pool_id, name, machine, **size)
        return found.instance_pool_id
    spot = wanted["azure_attributes"]["availability"]
    made = client.instance_pools.create(
        name,
        machine,
        **size,
        azure_attributes=compute.InstancePoolAzureAttributes(
            compute.InstancePoolAzureAttributesAvailability(spot)
        ),
        preloaded_spark_versions=wanted["preloaded_spark_versions"],
        custom_tags=wanted["custom_tags"],
    )
    return str(made.instance_pool_id)


def set_libraries(client: WorkspaceClient, runner: str) -> None:
    """Upload the script with which every cluster installs its libraries.

    A cluster runs it as root, so its folder is open to the runner and administrators only; in
    /Shared every user could replace it.
    """
    folder = SCRIPT_PATH.rpartition("/")[0]
    client.workspace.mkdirs(folder)
    client.workspace.set_permissions(
        "directories",
        str(client.workspace.get_status(folder).object_id),
        access_control_list=[
            workspace.WorkspaceObjectAccessControlRequest(
                service_principal_name=runner,
                permission_level=workspace.WorkspaceObjectPermissionLevel.CAN_READ,
            )
        ],
    )
    client.workspace.import_(
        SCRIPT_PATH,
        content=base64.b64encode(install_script().encode()).decode(),
        format=workspace.ImportFormat.AUTO,
        overwrite=True,
    )


def set_secret_scope(client: WorkspaceClient, vault_id: str, vault_uri: str) -> None:
    """Create the scope through which clusters read the vault.

    Raises:
        click.ClickException: the scope exists and reads another place.
    """
    for found in client.secrets.list_scopes():
        if found.name != SECRET_SCOPE:
            continue
        read = found.keyvault_metadata.resource_id if found.keyvault_metadata else "Databricks"
        if read.lower() != vault_id.lower():
            raise click.ClickException(
                f"The secret scope {SECRET_SCOPE} reads {read}, not {vault_id}. Delete it "
                f"(databricks secrets delete-scope {SECRET_SCOPE}) and run this again."
            )
        return
    client.secrets.create_scope(
        SECRET_SCOPE,
        scope_backend_type=workspace.ScopeBackendType.AZURE_KEYVAULT,
        backend_azure_keyvault=workspace.AzureKeyVaultSecretScopeMetadata(vault_id, vault_uri),
    )


def set_lake(client: WorkspaceClient, account: str, access_connector_id: str, runner: str) -> None:
    """Let the runner's clusters reach the containers as the access connector's identity.

    All workspaces of a region share these names, so they begin with the account's.
    """
    try:
        client.storage_credentials.get(account)
    except NotFound:
        client.storage_credentials.create(
            account,
            azure_managed_identity=unity.AzureManagedIdentityRequest(access_connector_id),
        )
    for container in CONTAINERS:
        name = f"{account}-{container}"
        try:
            client.external_locations.get(name)
        except NotFound:
            url = f"abfss://{container}@{account}.dfs.core.windows.net/"
            # Databricks would look into the container from its own network, which the lake's
            # firewall keeps out: clusters alone reach it, by its private endpoints.
            client.external_locations.create(name, url, account, skip_validation=True)
        reach = [unity.Privilege.READ_FILES, unity.Privilege.WRITE_FILES]
        if container == LAYER:
            reach.append(unity.Privilege.CREATE_EXTERNAL_TABLE)
        _grant(client, "external_location", name, runner, *reach)


def set_catalog(client: WorkspaceClient, name: str, account: str, runner: str) -> None:
    """Create the catalog with its schema gold, which the runner fills.

    Raises:
        click.ClickException: the metastore does not let the deployer create a catalog.
    """
    # Not all metastores have a storage of their own, and nothing managed is put into this one.
    root = f"abfss://intermediate@{account}.dfs.core.windows.net/_catalog"
    try:
        client.catalogs.get(name)
    except NotFound:
        try:
            client.catalogs.create(name, comment="Films and their soundtracks", storage_root=root)
        except PermissionDenied as error:
            raise click.ClickException(
                f"The catalog {name} cannot be created: {error}. Ask an administrator of the "
                "Databricks account to grant you CREATE CATALOG on the metastore, then run this "
                "again."
            ) from error
    try:
        client.schemas.get(f"{name}.{LAYER}")
    except NotFound:
        client.schemas.create(LAYER, name, comment="Accepted links and what is made of them")
    _grant_use(client, name, runner, unity.Privilege.CREATE_TABLE)


def let_query(client: WorkspaceClient, catalog: str, policy_id: str, readers: str) -> None:
    """Let a group query gold, on its own clusters: serverless ones are outside the network."""
    _grant_use(client, catalog, readers, unity.Privilege.SELECT)
    client.permissions.update(
        "cluster-policies",
        policy_id,
        access_control_list=[
            iam.AccessControlRequest(
                group_name=readers, permission_level=iam.PermissionLevel.CAN_USE
            )
        ],
    )


@contextmanager
def _known_to_databricks(group: str) -> Iterator[None]:
    try:
        yield
    except (NotFound, BadRequest) as error:
        raise click.ClickException(
            f"The group {group} gets no rights: {error}. Databricks has to know it: ask an "
            "administrator of the Databricks account to turn on automatic identity management and "
            "to assign the group to this workspace, then run this again. All else is set up."
        ) from error


def _grant_use(
    client: WorkspaceClient, catalog: str, principal: str, right: unity.Privilege
) -> None:
    _grant(client, "catalog", catalog, principal, unity.Privilege.USE_CATALOG)
    schema = f"{catalog}.{LAYER}"
    _grant(client, "schema", schema, principal, unity.Privilege.USE_SCHEMA, right)


def _grant(
    client: WorkspaceClient, kind: str, name: str, principal: str, *rights: unity.Privilege
) -> None:
    change = unity.PermissionsChange(principal=principal, add=list(rights))
    client.grants.update(kind, name, changes=[change])


def admit(client: WorkspaceClient, client_id: str) -> None:
    """Make an identity known to the workspace and an administrator of it.

    The runner starts clusters and the cleanup ends those of others; both need it.
    """
    known = list(client.service_principals.list(filter=f'applicationId eq "{client_id}"'))
    found = known[0] if known else client.service_principals.create(application_id=client_id)
    admins = next(iter(client.groups.list(filter='displayName eq "admins"')))
    if found.id in {member.value for member in admins.members or []}:
        return
    client.groups.patch(
        str(admins.id),
        operations=[iam.Patch(op=iam.PatchOp.ADD, path="members", value=[{"value": found.id}])],
        schemas=[iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP],
    )


if __name__ == "__main__":
    main()
