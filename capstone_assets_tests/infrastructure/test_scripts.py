"""deploy.sh and teardown.sh with an `az` that writes down what it is asked."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.check.__main__ import ROOT

KEYS = {
    "TMDB_API_TOKEN": "tmdb-key-of-this-test",
    "DISCOGS_TOKEN": "discogs-key-of-this-test",
    "RUNNER_CLIENT_ID": "runner-client",
    "RUNNER_CLIENT_SECRET": "runner-secret-of-this-test",
    "SIGN_IN_CLIENT_ID": "sign-in-client",
    "OPERATORS_GROUP": "film music",
    "ALLOWED_ADDRESSES": "203.0.113.0/24,198.51.100.7/32",
    "ALERT_EMAIL": "engineers@example.org",
}
# Answers by the first words; what is given as a file is kept beside the log.
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
  "ad sp show --id 2ff814a6"*) echo databricks-object ;;
  "ad sp show"*) echo runner-object ;;
  "ad group show"*) echo operators-object ;;
  "acr repository show"*) [ -z "$NO_IMAGE" ] || [ -e built ] || exit 1; echo sha256:abc ;;
  "acr build"*) touch built ;;
  "group exists"*) echo "${GROUP_EXISTS:-true}" ;;
  "deployment group create"*) [ -z "$DEPLOYMENT_FAILS" ] || exit 1; cat outputs.json ;;
esac
"""
OUTPUTS = {
    "lakeName": "stcapstonedev",
    "vaultId": "/vaults/kv",
    "vaultUri": "https://kv",
    "databricksUrl": "https://adb",
    "accessConnectorId": "/connectors/dbac",
    "cleanupClientId": "cleanup-client",
    "functionAppName": "func-capstone-dev",
    "webUrl": "https://ca-web",
    "auditEndpoint": "https://dcr",
    "auditRuleId": "dcr-1",
    "auditStream": "Custom-CapstoneAudit_CL",
}


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
            f'#!/usr/bin/env bash\ncase "$2" in *set_up) echo "$*" >> "{self.bin}/az.log" ;; '
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


def test_a_deployment_is_shown_asked_for_and_then_made(script: Script):
    done = script.run("deploy.sh", "dev", answer="y\n", NO_IMAGE="1", **KEYS)

    assert done.returncode == 0, done.stderr
    order = [
        "acr create",
        "acr build",
        "deployment group what-if",
        "deployment group create",
        "databricks.set_up",
        "functionapp deployment source config-zip",
    ]
    assert [script.position(step) for step in order] == sorted(map(script.position, order))
    assert "--parameters @infrastructure/parameters/dev.json" in " ".join(script.asked)
    set_up = script.asked[script.position("databricks.set_up")]
    assert "--runner runner-client --cleanup cleanup-client" in set_up
    assert "Dagster: https://ca-web" in done.stdout


def test_keys_go_by_a_private_file_and_nothing_is_left(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", **KEYS)

    given = json.loads((script.bin / "last-parameters.json").read_text())["parameters"]
    assert given["tmdbApiToken"]["value"] == KEYS["TMDB_API_TOKEN"]
    assert given["image"]["value"] == "capstone-assets@sha256:abc"
    assert given["allowedAddresses"]["value"] == ["203.0.113.0/24", "198.51.100.7/32"]
    assert (script.bin / "last-mode").read_text().strip() == "600"
    for secret in ("TMDB_API_TOKEN", "DISCOGS_TOKEN", "RUNNER_CLIENT_SECRET"):
        assert KEYS[secret] not in "\n".join(script.asked) + done.stdout + done.stderr
    assert not list(script.folder.glob("tmp.*"))


def test_a_second_deployment_builds_no_image_again(script: Script):
    script.run("deploy.sh", "dev", "--yes", **KEYS)
    assert not any(line.startswith("acr build") for line in script.asked)


@pytest.mark.parametrize("arguments", [("dev", "--what-if"), ("dev",)], ids=["what-if", "no"])
def test_nothing_is_deployed_unasked(script: Script, arguments: tuple[str, ...]):
    done = script.run("deploy.sh", *arguments, answer="n\n", **KEYS)

    assert done.returncode == (0 if "--what-if" in arguments else 2)
    assert script.position("deployment group what-if") > 0
    assert not any("deployment group create" in line for line in script.asked)


def test_everything_that_is_missing_is_told_at_once(script: Script):
    given = {
        name: value for name, value in KEYS.items() if name not in ("DISCOGS_TOKEN", "ALERT_EMAIL")
    }
    done = script.run("deploy.sh", "prod", **given)
    assert done.returncode == 2
    assert done.stderr == (
        "Not set: DISCOGS_TOKEN ALERT_EMAIL. See infrastructure/deploy.sh --help.\n"
    )
    assert script.asked == []


def test_a_changed_checkout_is_not_deployed(script: Script):
    (script.folder / "checkout/infrastructure/main.bicep").write_text("// changed")
    done = script.run("deploy.sh", "dev", "--yes", **KEYS)
    assert done.returncode == 2
    assert "not committed" in done.stderr


def test_who_is_not_signed_in_is_told_so(script: Script):
    for name in ("deploy.sh", "teardown.sh"):
        done = script.run(name, "dev", "--yes", SIGNED_OUT="1", **KEYS)
        assert (done.returncode, "az login" in done.stderr) == (2, True)


def test_a_failed_deployment_stops_there_and_says_what_to_do(script: Script):
    done = script.run("deploy.sh", "dev", "--yes", DEPLOYMENT_FAILS="1", **KEYS)
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


def test_tearing_down_twice_is_no_error(script: Script):
    done = script.run("teardown.sh", "dev", "--yes", GROUP_EXISTS="false")
    assert (done.returncode, done.stdout) == (0, "rg-capstone-dev does not exist: nothing to do.\n")
