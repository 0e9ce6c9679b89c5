"""deploy.sh and teardown.sh with an `az` that writes down what it is asked."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.check.__main__ import EVERYTHING, ROOT
from infrastructure.check.templates import deployed, outputs, read

SETTINGS = {
    "RUNNER_CLIENT_ID": "runner-client",
    "SIGN_IN_CLIENT_ID": "sign-in-client",
    "OPERATORS_GROUP": "film music",
    "ALLOWED_ADDRESSES": "203.0.113.0/24,198.51.100.7/32",
    "ALERT_EMAIL": "engineers@example.org",
}
KEYS = {
    "TMDB_API_TOKEN": "tmdb-key-of-this-test",
    "DISCOGS_TOKEN": "discogs-key-of-this-test",
    "RUNNER_CLIENT_SECRET": "runner-secret-of-this-test",
}
ALL = SETTINGS | KEYS
CALLBACK = "https://value-of-webUrl/.auth/login/aad/callback"
# Answers by the first words; what is given as a file is kept beside the log. What Azure remembers
# are files: built (an image), deployed (an environment), vault (with its keys), registered.
AZ = """#!/usr/bin/env bash
cd "$(dirname "$0")"
printf '%s\\n' "$*" >> az.log
for argument in "$@"; do
  case "$argument" in @*parameters.json) cp "${argument#@}" last-parameters.json 2>/dev/null
    stat -c %a "${argument#@}" > last-mode 2>/dev/null ;; esac
done
case "$*" in
  "account show"*) [ -z "$SIGNED_OUT" ] || exit 1
    case "$*" in *"--output none"*) ;; *) echo 00-subscription ;; esac ;;
  "ad sp show --id 2ff814a6"*)
    [ -z "$NO_GRAPH" ] || { echo "ERROR: Insufficient privileges to..." >&2; exit 1; }
    echo databricks-object ;;
  "ad sp show --id sign-in"*) [ -e registered ] || exit 3 ;;
  "ad sp show"*) [ -z "$NO_RUNNER" ] || { echo "ERROR: Resource does not exist" >&2; exit 3; }
    echo runner-object ;;
  "ad sp create"*) touch registered ;;
  "ad group show --group film music "*) echo operators-object ;;
  "ad group show"*) echo readers-object ;;
  "ad app credential list"*) echo "${SECRET_EXPIRES-2027-11-30T00:00:00Z}" ;;
  "vm show"*"--name vm-capstone-dev-jump "*) [ ! -e vault ] || echo "ssh-ed25519 the-first" ;;
  "ad app show"*) if [ -e sign-in ]; then cat sign-in; else echo ",false,"; fi ;;
  "ad app update"*) echo "SecurityGroup,true,CALLBACK" > sign-in ;;
  "keyvault list "*) [ ! -e vault ] || echo /vaults/kv ;;
  "resource show --ids /vaults/kv/secrets/webhook-url"*) [ -e webhook ] || exit 3 ;;
  "resource show --ids /vaults/kv/secrets/"*) [ -e vault ] || exit 3 ;;
  "consumption budget show --budget-name budget-capstone-dev "*) [ -e vault ] || exit 3
    echo 2026-03-01T00:00:00+00:00 ;;
  "acr repository show"*) [ -e built ] || exit 1; echo sha256:abc ;;
  "acr build"*) touch built ;;
  "functionapp list"*) [ ! -e vault ] || echo func ;;
  "functionapp config appsettings list"*) if [ -e package ]; then cat package; fi ;;
  "functionapp config appsettings set"*)
    sed 's/.*CLEANUP_PACKAGE=\\([^ ]*\\).*/\\1/' <<< "$*" > package ;;
  "functionapp deployment"*) [ -z "$PACKAGE_FAILS" ] || exit 1
    cp "$(sed 's/.*--src \\([^ ]*\\).*/\\1/' <<< "$*")" function.zip ;;
  "containerapp show"*latestRevisionName*) echo daemon--1 ;;
  "containerapp show"*) [ -n "$RUNNING_IMAGE" ] || exit 3; echo "$RUNNING_IMAGE" ;;
  "containerapp revision list"*) [ -e daemon-off ] || echo daemon--1 ;;
  "containerapp revision deactivate"*) touch daemon-off ;;
  "containerapp revision activate"*) rm -f daemon-off ;;
  "containerapp job start"*) echo drain-1 ;;
  "containerapp job execution show"*) echo "${DRAINED:-Succeeded}" ;;
  "group exists"*) echo "${GROUP_EXISTS:-true}" ;;
  "deployment group create"*) [ -z "$DEPLOYMENT_FAILS" ] || exit 1; touch vault
    sed 's/.*--name \\([^ ]*\\).*/\\1/' <<< "$*" > name
    # A revision is made of a template that differs.
    case "$RUNNING_IMAGE" in *@sha256:abc) ;; *) rm -f daemon-off ;; esac ;;
  "postgres flexible-server list"*) if [ -e disk ]; then cat disk; fi ;;
  "deployment group show"*"--name $(cat name 2>/dev/null || echo capstone) "*) cat outputs.json ;;
  "deployment group show"*) exit 3 ;;
  "identity show"*"--name id-capstone-dev-host "*) echo host-object ;;
  "role assignment list"*) echo /subscriptions/s/pull ;;
esac
""".replace("CALLBACK", CALLBACK)
# As many outputs as main.bicep really has: what it does not declare, Azure would not answer.
OUTPUTS = {name: f"https://value-of-{name}" for name in outputs(ROOT)}


class Script:
    """A script in a clean checkout of its own, with the stand-ins on its PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        self._program("az", AZ)
        (self.bin / "outputs.json").write_text(
            json.dumps({name: {"value": value} for name, value in OUTPUTS.items()})
        )
        # Stands in for the product's Python, which would ask a real workspace.
        self._program(
            "python",
            "#!/usr/bin/env bash\n"
            'case "$2" in infrastructure.*) '
            f'echo "$*" >> "{self.bin}/az.log"; [ -z "$MODULE_FAILS" ] ;; '
            f'*) exec {sys.executable} "$@" ;; esac\n',
        )
        checkout = folder / "checkout"
        shutil.copytree(ROOT, checkout / "infrastructure")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "all")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *who, *arguments], cwd=self.folder / "checkout", check=True)

    def _program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(
        self, script: str, *arguments: str, answer: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [f"infrastructure/{script}", *arguments],
            cwd=self.folder / "checkout",
            env={
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "PYTHON": str(self.bin / "python"),
                "TMPDIR": str(self.folder),
                "DRAIN_POLL_SECONDS": "0",
                **environment,
            },
            input=answer,
            capture_output=True,
            text=True,
        )

    @property
    def asked(self) -> list[str]:
        log = self.bin / "az.log"
        return log.read_text().splitlines() if log.is_file() else []

    def position(self, beginning: str) -> int:
        found = [i for i, line in enumerate(self.asked) if beginning in line]
        assert found, f"{beginning} was never asked: {self.asked}"
        return found[0]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_a_deployment_is_shown_confirmed_and_then_made(script: Script):
    done = script.run("deploy.sh", "dev", answer="y\n", **ALL)

    assert done.returncode == 0, done.stderr
    order = [
        "acr create",
        "acr build",
        "deployment group what-if",
        "deployment group create",
        "ad app update",
        "databricks.set_up",
        "functionapp deployment source config-zip",
    ]
    assert [script.position(step) for step in order] == sorted(map(script.position, order))
    assert "--parameters @infrastructure/parameters/dev.json" in " ".join(script.asked)
    set_up = script.asked[script.position("databricks.set_up")]
    assert "--workspace-id https://value-of-databricksId" in set_up
    assert "--runner runner-client --cleanup https://value-of-cleanupClientId" in set_up
    assert "--readers film music" in set_up
    assert "--catalog https://value-of-unityCatalog" in set_up
    assert "Dagster: https://value-of-webUrl" in done.stdout
    # Azure installs the libraries, which differ from those of the deployer's machine.
    assert "--build-remote true" in script.asked[script.position("functionapp deployment")]
    with zipfile.ZipFile(script.bin / "function.zip") as package:
        files = {file.name for file in (ROOT / "functionapp").iterdir() if file.is_file()}
        assert {*package.namelist()} == files - {"requirements.in"}
    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    # An environment can be torn down without the images of the others.
    assert given["registryResourceGroup"]["value"] == "rg-capstone-shared"
    # Azure takes the first day of a month only.
    assert re.fullmatch(r"\d{4}-\d\d-01", given["budgetStart"]["value"])
    assert "https://value-of-auditEndpoint, rule https://value-of-auditRuleId" in done.stdout
    assert "Traceback" not in done.stderr


def test_keys_go_by_a_private_file_and_nothing_is_left(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", **ALL)

    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["tmdbApiToken"]["value"] == KEYS["TMDB_API_TOKEN"]
    assert given["image"]["value"] == "capstone-assets@sha256:abc"
    assert given["allowedAddresses"]["value"] == ["203.0.113.0/24", "198.51.100.7/32"]
    assert given["runnerSecretExpiresOn"]["value"] == 1827532800
    assert (script.bin / "last-mode").read_text().strip() == "600"
    for secret in KEYS.values():
        assert secret not in "\n".join(script.asked) + done.stdout + done.stderr
    assert not list(script.folder.glob("tmp.*"))


def test_the_parameters_that_deploy_gives_are_those_that_the_templates_need(script: Script):
    script.run("deploy.sh", "dev", "--yes", WEBHOOK_URL="https://hooks.example.org/x", **ALL)

    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    declared = read(ROOT / "main.bicep").section("parameters")
    needed = {name for name, details in declared.items() if details["default"] is None}
    of_dev = json.loads((ROOT / "parameters/dev.json").read_text())["parameters"]
    assert needed <= set(given) | set(of_dev)
    assert set(given) <= set(declared)
    assert given["notifyChat"]["value"] is True


def test_a_second_deployment_changes_nothing(script: Script):
    script.run("deploy.sh", "dev", "--yes", **ALL)
    (script.bin / "az.log").unlink()

    # It needs no keys either.
    done = script.run(
        "deploy.sh", "dev", "--yes", RUNNING_IMAGE="cr/capstone-assets@sha256:abc", **SETTINGS
    )

    assert done.returncode == 0, done.stderr
    changing = (
        *("acr build", "ad app update", "ad sp create", "containerapp revision deactivate"),
        *("functionapp deployment", "functionapp config appsettings set"),
    )
    assert [line for line in script.asked if line.startswith(changing)] == []
    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["writeKeys"]["value"] is False
    assert not {"tmdbApiToken", "discogsToken", "runnerClientSecret"} & set(given)
    assert given["budgetStart"]["value"] == "2026-03-01"
    assert given["cleanupPackage"]["value"] == (script.bin / "package").read_text().strip() != ""


def test_a_function_whose_files_differ_is_deployed_again(script: Script):
    script.run("deploy.sh", "dev", "--yes", **ALL)
    before = (script.bin / "package").read_text()
    host = script.folder / "checkout/infrastructure/functionapp/host.json"
    host.write_text(host.read_text() + "\n")
    script.git("commit", "--all", "--quiet", "--message", "another host")
    (script.bin / "az.log").unlink()

    failed = script.run("deploy.sh", "dev", "--yes", PACKAGE_FAILS="1", **ALL)

    assert failed.returncode == 1
    # A package that did not arrive is not recorded, so it is sent again.
    assert (script.bin / "package").read_text() == before
    assert script.run("deploy.sh", "dev", "--yes", **ALL).returncode == 0
    assert (script.bin / "package").read_text() != before
    assert sum("functionapp deployment source" in line for line in script.asked) == 2


def test_a_jump_host_keeps_the_key_that_it_was_made_with(script: Script):
    for key in ("ssh-ed25519 the-first", "ssh-ed25519 of-another-person"):
        done = script.run("deploy.sh", "dev", "--yes", **ALL, JUMP_HOST_KEY=key)
        assert done.returncode == 0, done.stderr
        given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
        assert given["jumpHostKey"]["value"] == "ssh-ed25519 the-first"


@pytest.mark.parametrize("claims", ["SecurityGroup", "ApplicationGroup"])
def test_groups_that_the_token_carries_already_are_left_alone(script: Script, claims: str):
    (script.bin / "sign-in").write_text(f"{claims},true,{CALLBACK}\n")
    assert script.run("deploy.sh", "dev", "--yes", **ALL).returncode == 0
    assert not any(line.startswith("ad app update") for line in script.asked)


@pytest.mark.parametrize("prefix", ["Capstone", "cap-stone", "c", "1capstone", "capstones2"])
def test_a_prefix_that_azure_would_refuse_in_a_name_is_refused_first(script: Script, prefix: str):
    done = script.run("deploy.sh", "dev", "--yes", **ALL, CAPSTONE_PREFIX=prefix)
    assert done.returncode == 2
    assert "2 to 8 lower-case letters and digits" in done.stderr
    assert [line for line in script.asked if not line.startswith("account show")] == []


def test_addresses_may_have_spaces_between_them(script: Script):
    settings = ALL | {"ALLOWED_ADDRESSES": "203.0.113.0/24, 198.51.100.7/32"}
    assert script.run("deploy.sh", "dev", "--yes", **settings).returncode == 0
    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["allowedAddresses"]["value"] == ["203.0.113.0/24", "198.51.100.7/32"]


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT.parent / f".github/workflows/{name}").read_text())
    return found


def deploy_workflow() -> list[dict[str, Any]]:
    """The steps of the workflow that deploys."""
    steps: list[dict[str, Any]] = workflow("deploy.yml")["jobs"]["deploy"]["steps"]
    return steps


def test_the_workflow_passes_every_variable_that_the_script_reads(script: Script):
    help_text = script.run("deploy.sh", "--help").stdout
    [passed] = [step["env"] for step in deploy_workflow() if step.get("name") == "Deploy"]
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", help_text)) <= set(passed)
    # Optional ones are empty then, which counts as absent.
    empty = dict.fromkeys(set(passed) - set(ALL), "")
    assert script.run("deploy.sh", "dev", "--yes", **ALL, **empty).returncode == 0


def test_the_workflow_deploys_tags_that_passed_ci_and_may_do_what_that_takes():
    deploy = workflow("deploy.yml")
    # YAML reads `on` as true.
    assert deploy[True]["push"] == {"tags": ["v*"]}
    # To read the code, to ask for the runs of CI, and for a token that Azure trusts.
    assert deploy["permissions"] == {"contents": "read", "actions": "read", "id-token": "write"}
    checkout, refusal, *_ = deploy_workflow()
    # Without main there is nothing to compare the tag with.
    assert checkout["with"]["fetch-depth"] == 0
    assert "refs/tags/" in checkout["with"]["ref"]
    assert "git merge-base --is-ancestor HEAD origin/main" in refusal["run"]
    assert "--workflow ci.yml" in refusal["run"]
    # A deployment that is cut off leaves the daemon off.
    assert deploy["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize(("on_main", "passed", "refused"), [(0, 1, 0), (1, 1, 1), (0, 0, 1)])
def test_the_workflow_refuses_a_tag_that_is_not_on_main_or_has_not_passed_ci(
    tmp_path: Path, on_main: int, passed: int, refused: int
):
    programs = {"git": f'[ "$1" != merge-base ] || exit {on_main}', "gh": f"echo {passed}"}
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    [refusal] = [step["run"] for step in deploy_workflow() if "Refuse" in step.get("name", "")]

    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-e", "-c", refusal], env={"PATH": path})

    assert done.returncode == refused


def test_the_workflow_passes_each_variable_of_github_under_its_own_name():
    [passed] = [step["env"] for step in deploy_workflow() if step.get("name") == "Deploy"]
    given = {
        name: found
        for name, value in passed.items()
        for found in re.findall(r"(?:vars|secrets)\.(\w+)", value)
    }
    deployer = {name for name in given if name.startswith("DEPLOYER_")}
    assert {name: given[name] for name in deployer} == {
        name: name.replace("DEPLOYER", "AZURE") for name in deployer
    }
    assert all(given[name] == name for name in given.keys() - deployer)
    # GitHub shows variables to everyone who sees the repository, and in logs.
    secret = {name for name, value in passed.items() if "secrets." in value}
    assert secret == {*KEYS, "WEBHOOK_URL"}


def test_ci_compiles_the_templates_examines_them_and_builds_the_image():
    steps = workflow("ci.yml")["jobs"]["infrastructure"]["steps"]
    commands = "\n".join(step.get("run", "") for step in steps)
    for command in ("make infra-check", "az bicep build --file infrastructure/main.bicep"):
        assert command in commands
    assert "docker build --file infrastructure/Dockerfile" in commands


def test_the_workflow_signs_in_again_while_it_deploys(tmp_path: Path):
    programs = {
        "sleep": "exec /bin/sleep 0.05",
        "curl": """echo '{"value": "proof-of-'"${@: -1}"'"}'""",
        "jq": "cut -d '\"' -f 4",
        "az": 'echo "$*" >> az.log',
        # Takes until the second time.
        "infrastructure/deploy.sh": 'until [ "$(grep -c login az.log)" -ge 2 ]; do :; done; exit 3',
    }
    for name, text in programs.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/usr/bin/env bash\n{text}\n")
        path.chmod(0o755)
    (tmp_path / "az.log").touch()
    [run] = [step["run"] for step in deploy_workflow() if step.get("name") == "Deploy"]

    done = subprocess.run(
        ["bash", "-e", "-c", run],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "ENVIRONMENT": "dev",
            "DEPLOYER_CLIENT_ID": "deployer",
            "DEPLOYER_TENANT_ID": "tenant",
            "DEPLOYER_SUBSCRIPTION_ID": "subscription",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://github/token?v=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
        },
        timeout=60,
    )

    assert done.returncode == 3
    login, account, *_ = (tmp_path / "az.log").read_text().splitlines()
    assert "--username deployer --tenant tenant --federated-token proof-of-https" in login
    assert "&audience=api://AzureADTokenExchange" in login
    assert account == "account set --subscription subscription"


def test_the_workflow_installs_what_the_script_imports():
    steps = [step.get("run", "") for step in deploy_workflow()]
    [target] = [step.removeprefix("make ") for step in steps if step.startswith("make ")]
    recipe = (ROOT.parent / "Makefile").read_text().partition(f"\n{target}: ")[2]
    [lock] = re.findall(r"install.sh \S+ (\S+)", recipe.partition("\n\n")[0])
    assert "\ndatabricks-sdk==" in (ROOT.parent / lock).read_text()
    assert f"Run make {target} first" in (ROOT / "deploy.sh").read_text()


def test_readers_may_be_another_group_than_the_operators(script: Script):
    script.run("deploy.sh", "dev", "--yes", READERS_GROUP="analysts", **ALL)

    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["operatorsGroupId"]["value"] == "operators-object"
    assert given["readersGroupId"]["value"] == "readers-object"
    assert "--readers analysts" in script.asked[script.position("databricks.set_up")]


def test_keys_are_written_again_on_request(script: Script):
    script.run("deploy.sh", "dev", "--yes", **ALL)

    without = script.run("deploy.sh", "dev", "--yes", "--renew-keys", **SETTINGS)
    script.run("deploy.sh", "dev", "--yes", "--renew-keys", **ALL)

    assert (without.returncode, "Not set: TMDB_API_TOKEN" in without.stderr) == (2, True)
    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["writeKeys"]["value"] is True


def test_a_webhook_in_the_vault_stays_in_use(script: Script):
    script.run("deploy.sh", "dev", "--yes", **ALL)
    (script.bin / "webhook").touch()
    script.run("deploy.sh", "dev", "--yes", **SETTINGS)

    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["notifyChat"]["value"] is True


def test_sign_in_asks_for_the_groups_and_has_a_service_principal(script: Script):
    script.run("deploy.sh", "dev", "--yes", **ALL)

    update = script.asked[script.position("ad app update")]
    assert "groupMembershipClaims=SecurityGroup" in update
    assert f"--web-redirect-uris {CALLBACK}" in update
    assert script.position("ad sp create --id sign-in-client") > script.position("ad app update")


def test_a_new_image_waits_for_the_runs_under_way(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", RUNNING_IMAGE="cr/capstone-assets@old", **ALL)

    assert done.returncode == 0, done.stderr
    order = [
        "containerapp revision deactivate",
        "containerapp job start",
        "containerapp job execution show",
        "deployment group create",
    ]
    assert [script.position(step) for step in order] == sorted(map(script.position, order))
    # The old daemon must not run beside the new one.
    assert not any("revision activate" in line for line in script.asked)


@pytest.mark.parametrize("failure", [{"DRAINED": "Failed"}, {"DEPLOYMENT_FAILS": "1"}])
def test_when_a_deployment_fails_after_draining_the_old_daemon_resumes(
    script: Script, failure: dict[str, str]
):
    running = {"RUNNING_IMAGE": "cr/capstone-assets@old"}
    done = script.run("deploy.sh", "dev", "--yes", **ALL | running | failure)

    assert done.returncode == 1
    stopped = script.position("containerapp revision deactivate")
    assert script.position("containerapp revision activate") > stopped


def test_runs_that_cannot_be_drained_stop_the_deployment_and_the_daemon_resumes(script: Script):
    done = script.run(
        "deploy.sh", "dev", "--yes", RUNNING_IMAGE="cr/capstone-assets@old", DRAINED="Failed", **ALL
    )

    assert done.returncode == 1
    assert "Draining ended as Failed; nothing was deployed" in done.stderr
    assert script.position("containerapp revision activate") > 0
    assert not any("deployment group create" in line for line in script.asked)


@pytest.mark.parametrize("running", ["sha256:abc", "an-older-one"])
def test_a_daemon_that_a_killed_drain_left_off_is_on_after_the_next_deployment(
    script: Script, running: str
):
    (script.bin / "daemon-off").touch()

    image = f"cr/capstone-assets@{running}"
    done = script.run("deploy.sh", "dev", "--yes", RUNNING_IMAGE=image, **ALL)

    assert done.returncode == 0, done.stderr
    assert not (script.bin / "daemon-off").exists()
    assert not any("revision deactivate" in line for line in script.asked)


@pytest.mark.parametrize(("there", "given"), [(None, 32), ("64", 64)])
def test_the_databases_disk_stays_as_large_as_azure_made_it(
    script: Script, there: str | None, given: int
):
    if there:
        (script.bin / "disk").write_text(there)

    script.run("deploy.sh", "dev", "--yes", **ALL)

    parameters = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert parameters["databaseGb"]["value"] == given


def test_a_closed_environment_is_deployed_in_two_steps(script: Script):
    outside = script.run("deploy.sh", "prod", "--yes", "--outside", **ALL)
    assert outside.returncode == 0, outside.stderr
    assert "run infrastructure/deploy.sh prod --inside" in outside.stdout
    assert not any("databricks.set_up" in line for line in script.asked)

    (script.bin / "az.log").unlink()
    inside = script.run("deploy.sh", "prod", "--yes", "--inside", **SETTINGS)

    assert inside.returncode == 0, inside.stderr
    assert script.position("databricks.set_up") > 0
    assert not any("deployment group create" in line for line in script.asked)


@pytest.mark.parametrize("output", ["auditStream", "webUrl"])
def test_an_output_that_the_templates_do_not_have_fails_the_deployment(script: Script, output: str):
    left = {name: {"value": value} for name, value in OUTPUTS.items() if name != output}
    (script.bin / "outputs.json").write_text(json.dumps(left))

    done = script.run("deploy.sh", "dev", "--yes", **ALL)

    assert done.returncode == 1
    assert f"The deployment has no output {output}: main.bicep and deploy.sh differ." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("dev", "--what-if"), ("dev",)], ids=["what-if", "no"])
def test_nothing_is_deployed_unasked(script: Script, arguments: tuple[str, ...]):
    done = script.run("deploy.sh", *arguments, answer="n\n", **ALL)

    assert done.returncode == (0 if "--what-if" in arguments else 2)
    assert script.position("deployment group what-if") > 0
    assert not any("deployment group create" in line for line in script.asked)


def test_everything_that_is_missing_is_named_at_once(script: Script):
    given = {
        name: value for name, value in ALL.items() if name not in ("OPERATORS_GROUP", "ALERT_EMAIL")
    }
    done = script.run("deploy.sh", "prod", **given)
    assert done.returncode == 2
    assert done.stderr == (
        "Not set: OPERATORS_GROUP ALERT_EMAIL. See infrastructure/deploy.sh --help.\n"
    )
    assert script.asked == []


def test_a_first_deployment_needs_the_keys(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", **SETTINGS)
    assert done.returncode == 2
    assert "Not set: TMDB_API_TOKEN DISCOGS_TOKEN RUNNER_CLIENT_SECRET." in done.stderr


def test_a_secret_whose_expiry_is_unknown_is_refused(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", SECRET_EXPIRES="", **ALL)
    assert done.returncode == 2
    assert "Give it as RUNNER_SECRET_EXPIRES" in done.stderr


def test_a_deployer_without_graph_rights_sees_which_are_missing_and_may_give_ids(script: Script):
    refused = script.run("deploy.sh", "dev", "--yes", NO_GRAPH="1", **ALL)
    assert refused.returncode == 2
    assert "the deployer may not read the directory" in refused.stderr
    assert "Application.Read.All and GroupMember.Read.All" in refused.stderr

    group = "0a1b2c3d-0000-4a5b-8c9d-aabbccddeeff"
    ids = {"DATABRICKS_PRINCIPAL_ID": "d", "RUNNER_PRINCIPAL_ID": "r", "OPERATORS_GROUP": group}
    done = script.run("deploy.sh", "dev", "--what-if", NO_GRAPH="1", **ALL | ids)
    assert done.returncode == 0, done.stderr


def test_a_runner_that_does_not_exist_is_named_with_its_remedy(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", NO_RUNNER="1", **ALL)
    assert done.returncode == 2
    assert "RUNNER_CLIENT_ID was not found in this tenant. Create it" in done.stderr


def test_a_changed_checkout_is_not_deployed(script: Script):
    (script.folder / "checkout/infrastructure/main.bicep").write_text("// changed")
    done = script.run("deploy.sh", "dev", "--yes", **ALL)
    assert done.returncode == 2
    assert "uncommitted changes" in done.stderr


def test_a_deployer_who_is_not_signed_in_gets_a_message(script: Script):
    for name in ("deploy.sh", "teardown.sh"):
        done = script.run(name, "dev", "--yes", SIGNED_OUT="1", **ALL)
        assert (done.returncode, "az login" in done.stderr) == (2, True)


def test_a_failed_deployment_stops_there_and_says_what_to_do(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", DEPLOYMENT_FAILS="1", **ALL)
    assert done.returncode == 1
    assert "run this again" in done.stderr
    assert not any("databricks.set_up" in line for line in script.asked)


@pytest.mark.parametrize(
    ("answer", "deleted"), [("rg-capstone-dev\n", True), ("yes\n", False)], ids=["named", "yes"]
)
def test_an_environment_is_deleted_only_by_its_name(script: Script, answer: str, deleted: bool):
    done = script.run("teardown.sh", "dev", answer=answer)
    assert done.returncode == (0 if deleted else 2)
    gone = [line for line in script.asked if line.startswith("group delete")]
    assert gone == (["group delete --name rg-capstone-dev --yes"] if deleted else [])


def test_tearing_down_can_be_repeated(script: Script):
    done = script.run("teardown.sh", "dev", "--yes", GROUP_EXISTS="false")
    assert (done.returncode, done.stdout) == (0, "rg-capstone-dev does not exist: nothing to do.\n")


def test_teardown_deletes_whatever_lies_outside_the_group(script: Script):
    """What the templates put elsewhere, and what outlives the workspace."""
    outside = {
        resource.type
        for resource in deployed(ROOT, EVERYTHING)
        if resource.address.startswith(("budget/", "registryPull/")) and not resource.existing
    }
    scopes = {
        module["config"].get("config", module["config"]).get("scope") is not None
        for module in read(ROOT / "main.bicep").section("modules").values()
    }
    done = script.run("teardown.sh", "dev", "--yes")

    assert done.returncode == 0, done.stderr
    assert scopes == {True, False}
    assert outside == {
        "Microsoft.Consumption/budgets",
        "Microsoft.Authorization/roleAssignments",
    }
    order = [
        "databricks.clear_away",
        "role assignment delete --ids /subscriptions/s/pull",
        "consumption budget delete --budget-name budget-capstone-dev",
        "deployment sub delete --name budget-capstone-dev",
        "log-analytics workspace delete --resource-group rg-capstone-dev --workspace-name "
        "log-capstone-dev ",
        "group delete --name rg-capstone-dev",
    ]
    assert [script.position(step) for step in order] == sorted(map(script.position, order))


def test_while_the_catalog_cannot_be_cleared_nothing_is_deleted(script: Script):
    done = script.run("teardown.sh", "prod", "--yes", MODULE_FAILS="1")

    assert done.returncode == 1
    assert "nothing was deleted" in done.stderr
    assert not any("delete" in line for line in script.asked)


def test_without_the_catalog_the_rest_is_deleted_from_anywhere(script: Script):
    done = script.run("teardown.sh", "prod", "--yes", "--keep-catalog", MODULE_FAILS="1")

    assert done.returncode == 0, done.stderr
    assert script.position("group delete --name rg-capstone-prod") > 0


def test_a_workspace_that_cannot_be_set_up_fails_the_deployment(script: Script):
    done = script.run("deploy.sh", "prod", "--yes", MODULE_FAILS="1", **ALL)

    assert done.returncode == 1
    assert "run infrastructure/deploy.sh prod --inside on the jump host" in done.stderr
    assert not any("functionapp deployment" in line for line in script.asked)
