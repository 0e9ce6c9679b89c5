"""Delete what a deployment left in Unity Catalog, whose objects outlive their workspace.

Belongs here: the catalog, the external locations and the storage credential of one lake, and the
catalog that Databricks made with the workspace.
Not here: everything inside the resource group, which Azure deletes with it (teardown.sh).

    python -m infrastructure.databricks.clear_away --host https://... --workspace-id ... \\
      --lake NAME --catalog NAME
"""

from contextlib import suppress

import click
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError

from capstone_assets.orchestration.resources.workspace_calls import call_safely
from infrastructure.databricks.set_up import CONTAINERS


@click.command()
@click.option("--host", required=True, help="URL of the workspace.")
@click.option("--workspace-id", required=True, help="Azure resource id of the workspace.")
@click.option("--lake", required=True, help="Name of the lake's storage account.")
@click.option("--catalog", required=True, help="Name of the catalog that gold is registered in.")
def main(host: str, workspace_id: str, lake: str, catalog: str) -> None:
    """Delete the catalog, its tables' entries, the external locations and the credential."""
    client = call_safely(WorkspaceClient(host=host, azure_workspace_resource_id=workspace_id))
    clear_away(client, lake, catalog)
    # It has the workspace's name without hyphens, and so do its location and its credential.
    clear_own_catalog(client, workspace_id.rpartition("/")[2].replace("-", "_"))


def clear_away(client: WorkspaceClient, lake: str, catalog: str) -> None:
    """Delete what exists of them, outermost last; files stay where they are."""
    with suppress(NotFound):
        client.catalogs.delete(catalog, force=True)
    for container in CONTAINERS:
        with suppress(NotFound):
            client.external_locations.delete(f"{lake}-{container}", force=True)
    with suppress(NotFound):
        client.storage_credentials.delete(lake, force=True)


def clear_own_catalog(client: WorkspaceClient, name: str) -> None:
    """Delete the workspace's own catalog, which would be left without files; report what stays."""
    for kind in (client.catalogs, client.external_locations, client.storage_credentials):
        try:
            kind.delete(name, force=True)
        except NotFound:
            continue
        except DatabricksError as refusal:
            click.echo(f"{name} of Unity Catalog was left: {refusal}")


if __name__ == "__main__":
    main()
