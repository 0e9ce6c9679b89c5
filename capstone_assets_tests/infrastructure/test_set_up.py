"""The set-up of a workspace, against one on loopback that starts empty."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from databricks.sdk.environments import get_environment_for_hostname

from capstone_assets_tests.infrastructure.conftest import serve
from infrastructure.databricks import clear_away, set_up
from infrastructure.databricks.libraries import HERE, faults, install_script, pins

CATALOG = re.compile(
    r"/api/2.1/unity-catalog/(storage-credentials|external-locations|catalogs|schemas)(?:/(.+))?"
)
WORKSPACE_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/dbw-dev"
# A token whose claims name no person, as a service principal's.
TOKEN = "e30.e30.e30"
# What the Azure CLI answers when it is asked for a token, as the SDK reads it.
AZ = """#!/bin/sh
case "$*" in
  *get-access-token*management*) token=of-the-manager ;;
  *) token=e30.e30.e30 ;;
esac
echo "{\\"accessToken\\": \\"$token\\", \\"expiresOn\\": \\"2099-01-01 00:00:00.000000\\",
  \\"tokenType\\": \\"Bearer\\", \\"tenant\\": \\"t\\", \\"subscription\\": \\"s\\"}"
"""


class Workspace:
    """What a workspace keeps, and every request that changed it.

    It admits callers that send its resource id with a token for Azure's resource manager, as
    Azure's documentation says it does with its owners and contributors, and no one else.
    """

    def __init__(self) -> None:
        self.policies: list[dict[str, Any]] = []
        self.pools: list[dict[str, Any]] = []
        self.scopes: list[dict[str, Any]] = []
        self.principals: list[dict[str, Any]] = []
        self.admins: list[dict[str, str]] = []
        self.catalog: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, Any] = {}
        self.files: dict[str, str] = {}
        self.changes: list[str] = []
        self.no_catalogs = False
        self.groups = {"analysts"}
        self.may_use: dict[str, Any] = {}
        self.folder_rights: list[dict[str, str]] = []

    def answer(self, verb: str, url: str, headers: Mapping[str, str], body: Any) -> tuple[int, Any]:
        identified = (
            headers.get("Authorization") == f"Bearer {TOKEN}"
            and headers.get("X-Databricks-Azure-Workspace-Resource-Id") == WORKSPACE_ID
            and headers.get("X-Databricks-Azure-SP-Management-Token") == "of-the-manager"
        )
        if not identified:
            return 403, {"error_code": "PERMISSION_DENIED", "message": "not a workspace member"}
        path, asked = urlsplit(url).path, parse_qs(urlsplit(url).query)
        if verb != "GET":
            self.changes.append(f"{verb} {path}")
        name = path.rpartition("/")[2]
        match verb, path.removeprefix("/api/2.0"):
            case "GET", "/policies/clusters/list":
                return 200, {"policies": self.policies}
            case "POST", "/policies/clusters/create":
                self.policies.append({**body, "policy_id": str(len(self.policies))})
                return 200, {"policy_id": self.policies[-1]["policy_id"]}
            case "POST", "/policies/clusters/edit":
                self.policies[int(body["policy_id"])] |= body
                return 200, {}
            case "GET", "/instance-pools/list":
                return 200, {"instance_pools": self.pools}
            case "POST", "/instance-pools/create":
                self.pools.append({**body, "instance_pool_id": "1126-pool"})
                return 200, {"instance_pool_id": "1126-pool"}
            case "POST", "/instance-pools/edit":
                self.pools[0] |= body
                return 200, {}
            case "POST", "/workspace/mkdirs":
                return 200, {}
            case "GET", "/workspace/get-status":
                return 200, {"path": asked["path"][0], "object_id": 42}
            case "PUT", "/permissions/directories/42":
                self.folder_rights = body["access_control_list"]
                return 200, {}
            case "POST", "/workspace/import":
                self.files[body["path"]] = base64.b64decode(body["content"]).decode()
                return 200, {}
            case "GET", "/secrets/scopes/list":
                return 200, {"scopes": self.scopes}
            case "POST", "/secrets/scopes/create":
                scope = {"name": body["scope"], "backend_type": body["scope_backend_type"]}
                self.scopes.append(scope | {"keyvault_metadata": body["backend_azure_keyvault"]})
                return 200, {}
            case "GET", "/preview/scim/v2/ServicePrincipals":
                [wanted] = re.findall('applicationId eq "(.+)"', asked["filter"][0])
                found = [p for p in self.principals if p["applicationId"] == wanted]
                return 200, _page(found, asked)
            case "POST", "/preview/scim/v2/ServicePrincipals":
                self.principals.append({**body, "id": f"id of {body['applicationId']}"})
                return 200, self.principals[-1]
            case "GET", "/preview/scim/v2/Groups":
                admins = {"id": "7", "displayName": "admins", "members": self.admins}
                return 200, _page([admins], asked)
            case "PATCH", "/preview/scim/v2/Groups/7":
                self.admins += body["Operations"][0]["value"]
                return 200, {}
            case "GET", _ if CATALOG.fullmatch(path):
                if name in self.catalog:
                    return 200, self.catalog[name]
                return 404, {"error_code": "NOT_FOUND", "message": f"no {name}"}
            case "POST", "/api/2.1/unity-catalog/external-locations" if not body.get(
                "skip_validation"
            ):
                # The control plane looks into the container, whose firewall knows only the network.
                return 403, {
                    "error_code": "PERMISSION_DENIED",
                    "message": "This request is not authorized to perform this operation.",
                }
            case "POST", _ if CATALOG.fullmatch(path):
                if name == "catalogs" and self.no_catalogs:
                    return 403, {"error_code": "PERMISSION_DENIED", "message": "CREATE CATALOG"}
                parent = f"{body['catalog_name']}." if name == "schemas" else ""
                self.catalog[parent + body["name"]] = body
                return 200, body
            case "DELETE", _ if CATALOG.fullmatch(path):
                if name not in self.catalog:
                    return 404, {"error_code": "NOT_FOUND", "message": f"no {name}"}
                del self.catalog[name]
                return 200, {}
            case "PATCH", _ if "/unity-catalog/permissions/" in path:
                for change in body["changes"]:
                    if change["principal"] not in {*self.groups, "runner"}:
                        message = f"Could not find principal with name {change['principal']}"
                        return 404, {"error_code": "PRINCIPAL_DOES_NOT_EXIST", "message": message}
                self.grants.setdefault(name, []).extend(body["changes"])
                return 200, {}
            case "PATCH", _ if "/permissions/cluster-policies/" in path:
                self.may_use[self.policies[int(name)]["name"]] = body["access_control_list"]
                return 200, {}
        # Not 500, which the client would try again for minutes.
        return 400, {"message": f"{verb} {path} is not known here"}


def _page(found: list[Any], asked: dict[str, list[str]]) -> dict[str, Any]:
    """All on the first page; the client asks on until a page is empty."""
    return {"Resources": found if asked.get("startIndex", ["1"]) == ["1"] else []}


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def url(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = workspace.answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def do_POST(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    az = tmp_path / "az"
    az.write_text(AZ)
    az.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "azure-cli")
    # The SDK knows Azure by the host's name, which is this machine's here.
    azure = get_environment_for_hostname("adb-1.1.azuredatabricks.net")
    monkeypatch.setattr("databricks.sdk.config.get_environment_for_hostname", lambda _: azure)
    monkeypatch.setenv("HOME", str(tmp_path))
    with serve(Handler) as address:
        yield address


def run(url: str, vault: str = "/vaults/kv", workspace_id: str = WORKSPACE_ID) -> Result:
    given = {
        "--host": url,
        "--workspace-id": workspace_id,
        "--vault-id": vault,
        "--vault-uri": "https://kv",
        "--lake": "stcapstonedev",
        "--access-connector-id": "/connectors/dbac",
        "--runner": "runner",
        "--cleanup": "cleanup",
        "--catalog": "capstone_dev",
        "--readers": "analysts",
    }
    return CliRunner().invoke(set_up.main, [word for pair in given.items() for word in pair])


def test_an_empty_workspace_gets_all_that_runs_need(workspace: Workspace, url: str):
    done = run(url)

    assert done.exit_code == 0, done.output
    policies = {policy["name"]: json.loads(policy["definition"]) for policy in workspace.policies}
    assert policies["capstone-jobs"]["spark_version"]["value"] == "16.4.x-scala2.12"
    assert policies["capstone-interactive"]["autotermination_minutes"]["maxValue"] == 60
    script = workspace.files["/capstone/install_libraries.sh"]
    assert script == install_script()
    assert workspace.folder_rights == [
        {"service_principal_name": "runner", "permission_level": "CAN_READ"}
    ]
    limits = {policy["name"]: policy["max_clusters_per_user"] for policy in workspace.policies}
    assert limits == {
        "capstone-jobs": 8,
        "capstone-jobs-pooled": 8,
        "capstone-interactive": 1,
    }
    [pool] = workspace.pools
    assert pool == json.loads((HERE / "instance_pool.json").read_text()) | {
        "instance_pool_id": "1126-pool"
    }
    pooled = policies["capstone-jobs-pooled"]
    assert pooled["instance_pool_id"] == {"type": "fixed", "value": "1126-pool"}
    assert pooled["dbus_per_hour"] == policies["capstone-jobs"]["dbus_per_hour"]
    assert [rule for rule in pooled if "node_type" in rule or "azure" in rule] == []
    [scope] = workspace.scopes
    assert (scope["name"], scope["backend_type"]) == ("capstone", "AZURE_KEYVAULT")
    assert scope["keyvault_metadata"]["resource_id"] == "/vaults/kv"
    identity = workspace.catalog["stcapstonedev"]["azure_managed_identity"]
    assert identity == {"access_connector_id": "/connectors/dbac"}
    gold = workspace.catalog["stcapstonedev-gold"]
    assert gold["url"] == "abfss://gold@stcapstonedev.dfs.core.windows.net/"
    reach = ["READ_FILES", "WRITE_FILES"]
    assert workspace.grants["stcapstonedev-raw"] == [{"principal": "runner", "add": reach}]
    assert workspace.grants["stcapstonedev-gold"] == [
        {"principal": "runner", "add": [*reach, "CREATE_EXTERNAL_TABLE"]}
    ]
    assert workspace.grants["capstone_dev"] == [
        {"principal": "runner", "add": ["USE_CATALOG"]},
        {"principal": "analysts", "add": ["USE_CATALOG"]},
    ]
    assert workspace.grants["capstone_dev.gold"] == [
        {"principal": "runner", "add": ["USE_SCHEMA", "CREATE_TABLE"]},
        {"principal": "analysts", "add": ["USE_SCHEMA", "SELECT"]},
    ]
    assert {admin["value"] for admin in workspace.admins} == {"id of runner", "id of cleanup"}
    assert workspace.may_use == {
        "capstone-interactive": [{"group_name": "analysts", "permission_level": "CAN_USE"}]
    }


def test_a_second_time_changes_nothing_but_confirms_the_grants(workspace: Workspace, url: str):
    run(url)
    workspace.changes.clear()
    before = (list(workspace.policies), list(workspace.scopes), dict(workspace.catalog))
    pools = [dict(pool) for pool in workspace.pools]

    assert run(url).exit_code == 0

    assert before == (workspace.policies, workspace.scopes, workspace.catalog)
    assert pools == workspace.pools
    assert {change.rpartition("/")[0] for change in workspace.changes} == {
        "PATCH /api/2.1/unity-catalog/permissions/external_location",
        "PATCH /api/2.1/unity-catalog/permissions/catalog",
        "PATCH /api/2.1/unity-catalog/permissions/schema",
        "PATCH /api/2.0/permissions/cluster-policies",
        # The libraries' script and its folder's rights, the same again.
        "PUT /api/2.0/permissions/directories",
        "POST /api/2.0/workspace",
    }


def test_a_deployer_whom_the_workspace_has_never_seen_gets_in_by_its_resource_id(
    workspace: Workspace, url: str
):
    assert run(url, workspace_id="/subscriptions/s/other").exit_code != 0
    assert workspace.changes == []
    assert run(url).exit_code == 0


def test_a_deployer_who_may_not_create_a_catalog_learns_whom_to_ask(workspace: Workspace, url: str):
    workspace.no_catalogs = True
    done = run(url)
    assert done.exit_code == 1
    assert "grant you CREATE CATALOG on the metastore" in done.output


def test_readers_whom_databricks_does_not_know_are_named_after_all_else_is_set_up(
    workspace: Workspace, url: str
):
    workspace.groups.clear()
    done = run(url)
    assert done.exit_code == 1
    assert "The group analysts gets no rights" in done.output
    assert "assign the group to this workspace, then run this again" in done.output
    assert workspace.grants["capstone_dev"] == [{"principal": "runner", "add": ["USE_CATALOG"]}]
    workspace.groups.add("analysts")
    assert run(url).exit_code == 0


def test_clearing_away_leaves_nothing_in_unity_catalog_and_can_be_repeated(
    workspace: Workspace, url: str
):
    run(url)
    # Databricks makes three things with a workspace, by its name (in WORKSPACE_ID).
    workspace.catalog["dbw_dev"] = {}
    given = ("--host", url, "--workspace-id", WORKSPACE_ID, "--lake", "stcapstonedev")

    for _ in range(2):
        done = CliRunner().invoke(clear_away.main, [*given, "--catalog", "capstone_dev"])
        assert done.exit_code == 0, done.output

    # Databricks deletes the schema with its catalog.
    assert list(workspace.catalog) == ["capstone_dev.gold"]


def test_a_policy_that_was_changed_by_hand_is_set_right(workspace: Workspace, url: str):
    run(url)
    workspace.policies[0]["definition"] = "{}"
    workspace.policies[1]["max_clusters_per_user"] = 50
    run(url)
    assert "spark_version" in json.loads(workspace.policies[0]["definition"])
    assert workspace.policies[1]["max_clusters_per_user"] == 1
    assert len(workspace.policies) == 3


def test_a_pool_of_another_size_is_set_right(workspace: Workspace, url: str):
    run(url)
    workspace.pools[0]["min_idle_instances"] = 5
    assert run(url).exit_code == 0
    assert [pool["min_idle_instances"] for pool in workspace.pools] == [0]


def test_a_pool_of_other_machines_is_refused_with_the_remedy(workspace: Workspace, url: str):
    run(url)
    workspace.pools[0]["node_type_id"] = "Standard_E8ds_v5"
    done = run(url)
    assert done.exit_code == 1
    assert "has machines of the type Standard_E8ds_v5, not Standard_D4ds_v5" in done.output
    assert "databricks instance-pools delete 1126-pool" in done.output


def test_a_scope_of_another_vault_is_refused_with_the_remedy(url: str):
    run(url)
    done = run(url, vault="/vaults/other")
    assert done.exit_code == 1
    assert "The secret scope capstone reads /vaults/kv, not /vaults/other." in done.output
    assert "databricks secrets delete-scope capstone" in done.output


def test_the_script_installs_every_pin_of_the_lock_and_nothing_that_the_runtime_brings():
    script = install_script()
    installed, locked = pins(script), pins((HERE.parents[1] / "requirements.lock").read_text())

    assert installed["dagster-databricks"] == locked["dagster-databricks"]
    assert len(installed) > 50
    assert not installed.keys() & {"pyspark", "py4j", "pandas", "pyarrow", "numpy", "pydantic"}
    assert "--no-deps" in script
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("cluster_libraries.txt", "\nhttpx==", "\nhttpx==0", "httpx is 0"),
        (
            "cluster_libraries.txt",
            "\nhttpx==",
            "\npandas==2.2.2\nhttpx==",
            "pandas is in the runtime",
        ),
    ],
)
def test_a_library_that_is_not_the_locks_or_comes_over_the_runtimes_is_found(
    tmp_path: Path, file: str, old: str, new: str, fault: str
):
    for name in ("cluster_libraries.txt", "runtime_packages.txt"):
        (tmp_path / name).write_text((HERE / name).read_text())
    (tmp_path / file).write_text((tmp_path / file).read_text().replace(old, new))

    [found] = faults(tmp_path, HERE.parents[1] / "requirements.lock")

    assert fault in found
