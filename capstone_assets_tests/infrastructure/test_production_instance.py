"""Production's dagster.yaml and workspace.yaml, with PostgreSQL and the host's three programs.

PostgreSQL is set up as Azure's flexible server is, in the order of the templates: it belongs to the
platform's superuser azuresu, the administrator becomes a member of azure_pg_admin, and a database
that a template declares is created by azuresu. It asks for a password and TLS; the password is a
token that a managed identity's endpoint on loopback hands out, as in a container app. Only compute
logs go to a folder instead of Azure.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg2
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.compute_log_manager import ComputeIOType
from dagster_azure.blob.compute_log_manager import AzureBlobComputeLogManager

from capstone_assets.orchestration.assets.raw import DISCOGS_POOL, TMDB_POOL
from capstone_assets_tests.infrastructure.conftest import serve
from capstone_assets_tests.infrastructure.production_code import MEETING
from infrastructure.check.__main__ import EVERYTHING, ROOT
from infrastructure.check.templates import deployed
from infrastructure.create_database import create_database

IDENTITY = "id-capstone-test-host"
PLATFORM = "azuresu"
CLIENT_ID = "0e0e0e0e"
TOKEN = f"token-of-{IDENTITY}"
PRODUCTION_HOME = {
    "DAGSTER_POSTGRES_USER": IDENTITY,
    "DAGSTER_POSTGRES_DB": "dagster",
    "DAGSTER_LOG_ACCOUNT": "stcapstonetest",
    "AZURE_CLIENT_ID": CLIENT_ID,
}


def statements_of_azure() -> list[str]:
    """What Azure runs as its superuser when the templates are deployed, in their order."""
    made = {
        "Microsoft.DBforPostgreSQL/flexibleServers": "create role azure_pg_admin",
        "Microsoft.DBforPostgreSQL/flexibleServers/administrators": (
            f"create role \"{IDENTITY}\" login createdb createrole password '{TOKEN}' "
            "in role azure_pg_admin"
        ),
        "Microsoft.DBforPostgreSQL/flexibleServers/databases": "create database dagster",
    }
    resources = deployed(ROOT, EVERYTHING)
    wanted = [resource for resource in resources if resource.type in made]
    # What waits for another waits for all that the other waits for.
    wanted.sort(key=lambda resource: len(resource.after))
    return [made[resource.type] for resource in wanted]


def postgres_programs() -> Path | None:
    """Where PostgreSQL's programs are: Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def address() -> str:
    """A loopback address of our own, so that the ports of production are free on it."""
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.1"


@pytest.fixture(scope="module")
def database(address: str) -> Iterator[str]:
    """A PostgreSQL server that lets the identity in with its token, over TLS."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # The server refuses to be root.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="capstone-pg-"))

    def run(*command: object) -> None:
        subprocess.run([str(c) for c in command], check=True, capture_output=True, user=user)

    try:
        (folder / "token").write_text(TOKEN)
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "token", user)
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", folder / "key", "-out", folder / "certificate"),
        )
        data = folder / "data"
        run(
            *(programs / "initdb", "--pgdata", data, "--username", PLATFORM),
            *("--pwfile", folder / "token", "--auth", "scram-sha-256", "--no-sync"),
        )
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.0/8 scram-sha-256\n")
        options = {
            "listen_addresses": address,
            "unix_socket_directories": folder,
            "ssl": "on",
            "ssl_cert_file": folder / "certificate",
            "ssl_key_file": folder / "key",
            "fsync": "off",
        }
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = folder / "log"
        run(programs / "pg_ctl", "--pgdata", data, "--log", log, "--options", flags, "-w", "start")
        try:
            connection = psycopg2.connect(
                host=address, user=PLATFORM, password=TOKEN, dbname="postgres"
            )
            connection.autocommit = True
            for statement in statements_of_azure():
                connection.cursor().execute(statement)
            connection.close()
            yield address
        finally:
            run(programs / "pg_ctl", "--pgdata", data, "--mode", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def identity_endpoint() -> Iterator[str]:
    """What a container app asks for tokens; it gives PostgreSQL's to our identity only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            known = (
                self.headers["X-IDENTITY-HEADER"] == "of-this-app"
                and asked["resource"] == ["https://ossrdbms-aad.database.windows.net"]
                and asked["client_id"] == [CLIENT_ID]
            )
            answered = {"access_token": TOKEN, "expires_on": str(int(time.time()) + 3600)}
            self.send_response(200 if known else 400)
            self.end_headers()
            self.wfile.write(json.dumps(answered if known else {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serve(Handler) as url:
        yield f"{url}/token"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DAGSTER_HOME with production's dagster.yaml, whose compute logs go to a folder."""
    folder = tmp_path_factory.mktemp("home")
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    settings["compute_logs"] = {
        "module": "dagster._core.storage.local_compute_log_manager",
        "class": "LocalComputeLogManager",
        "config": {"base_dir": str(folder / "logs")},
    }
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return folder


@contextmanager
def process(
    *command: str, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dagster's, which is ended whatever happens."""
    with log.open("w") as out:
        started = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(database: str, identity_endpoint: str, home: Path) -> Iterator[Ask]:
    """GraphQL to the web server of a whole production host: the three container apps' commands."""
    environment = {
        **os.environ,
        **PRODUCTION_HOME,
        "DAGSTER_HOME": str(home),
        "DAGSTER_POSTGRES_HOST": database,
        "DAGSTER_CODE_HOST": database,
        "IDENTITY_ENDPOINT": identity_endpoint,
        "IDENTITY_HEADER": "of-this-app",
        "CAPSTONE_LAKE": str(home / "lake"),
        MEETING: str(home),
        "PYTHONPATH": str(ROOT.parent),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    code = "capstone_assets_tests.infrastructure.production_code"
    url = f"http://{database}:3000"
    with ExitStack() as running:
        started = []

        def start(name: str, *command: str) -> None:
            log = home / f"{name}.log"
            program = process(*command, environment=environment, log=log)
            started.append(running.enter_context(program))

        serving = ("--host", database, "--port", "4000", "--module-name", code)
        start("code", "./start.sh", "./code.sh", *serving)
        start("daemon", "./start.sh", "./daemon.sh")
        web = ("--host", database, "--port", "3000", "--workspace", "workspace.yaml")
        start("web", "./start.sh", "dagster-webserver", *web)

        def send(query: str, **variables: Any) -> dict[str, Any]:
            body = {"query": query, "variables": variables}
            answer = httpx.post(f"{url}/graphql", json=body, timeout=30)
            answered = answer.json()
            assert "errors" not in answered, answered
            return answered["data"]

        def loaded() -> bool:
            assert all(program.poll() is None for program in started), _logs(home)
            return _loaded(send)

        wait_until(loaded, seconds=180, otherwise=lambda: _logs(home))
        yield send


def _loaded(send: Ask) -> bool:
    asked = "{workspaceOrError {... on Workspace {locationEntries {loadStatus locationOrLoadError \
        {__typename}}}}}"
    try:
        [location] = send(asked)["workspaceOrError"]["locationEntries"]
    except httpx.TransportError:
        return False
    if (location["locationOrLoadError"] or {}).get("__typename") == "PythonError":
        # The web server was faster than the code location.
        send("mutation {reloadWorkspace {__typename}}")
        return False
    return location["loadStatus"] == "LOADED"


def _logs(home: Path) -> str:
    return "\n".join(f"{log}:\n{log.read_text()[-3000:]}" for log in home.glob("*.log"))


def wait_until(done: Callable[[], bool], *, seconds: float, otherwise: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.3)


_LAUNCH = """mutation ($job: String!) {launchRun(executionParams: {
  selector: {repositoryName: "__repository__", repositoryLocationName: "capstone_assets",
             jobName: $job}, runConfigData: {}}) {
  __typename ... on LaunchRunSuccess {run {runId status}} ... on PythonError {message}}}"""
_RUNS = "{runsOrError {... on Runs {results {runId jobName status startTime endTime}}}}"


def test_runs_are_queued_launched_and_finished_and_keep_to_the_pools(
    ask: Ask, home: Path, database: str
):
    for job in ("ask_discogs", "ask_discogs_too", "ask_tmdb"):
        launched = ask(_LAUNCH, job=job)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        assert launched["run"]["status"] == "QUEUED"

    def runs() -> dict[str, Any]:
        return {run["jobName"]: run for run in ask(_RUNS)["runsOrError"]["results"]}

    ended = {"SUCCESS", "FAILURE", "CANCELED"}
    wait_until(
        lambda: {run["status"] for run in runs().values()} <= ended,
        seconds=180,
        otherwise=lambda: f"{runs()}\n{_logs(home)}",
    )

    done = runs()
    assert [run["status"] for run in done.values()] == ["SUCCESS"] * 3

    def overlap(one: str, other: str) -> bool:
        begins = max(done[one]["startTime"], done[other]["startTime"])
        return begins < min(done[one]["endTime"], done[other]["endTime"])

    assert not overlap("ask_discogs", "ask_discogs_too")
    # Neither would have succeeded alone: each waits for the other.
    assert overlap("ask_discogs", "ask_tmdb")

    # It is PostgreSQL that holds all of this, and not a file beside dagster.yaml.
    with psycopg2.connect(
        host=database, user=IDENTITY, password=TOKEN, dbname="dagster", sslmode="require"
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("select pipeline_name, status from runs order by 1")
        stored = cursor.fetchall()
    connection.close()
    assert stored == [(job, "SUCCESS") for job in ("ask_discogs", "ask_discogs_too", "ask_tmdb")]
    assert not list(home.rglob("*.db"))


def test_the_database_belongs_to_the_identity_and_is_created_once(ask: Ask, database: str):
    assert ask("{version}")["version"]
    environ = {**PRODUCTION_HOME, "DAGSTER_POSTGRES_HOST": database}
    with psycopg2.connect(
        host=database, user=IDENTITY, password=TOKEN, dbname="dagster", sslmode="require"
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("select pg_get_userbyid(datdba) from pg_database where datname = 'dagster'")
        owners = cursor.fetchall()
    connection.close()

    assert owners == [(IDENTITY,)]
    assert create_database(environ, TOKEN) is False


def test_the_product_is_there_and_its_daemons_are_healthy(ask: Ask, home: Path):
    answered = ask(
        """{assetsOrError {... on AssetConnection {nodes {key {path}}}}
            instance {daemonHealth {allDaemonStatuses {daemonType required healthy}}}}"""
    )
    paths = {"/".join(node["key"]["path"]) for node in answered["assetsOrError"]["nodes"]}
    assert {"bronze/tmdb_movies", "silver/candidates", "gold/matches"} <= paths

    def all_healthy() -> bool:
        health = ask("{instance {daemonHealth {allDaemonStatuses {daemonType required healthy}}}}")[
            "instance"
        ]["daemonHealth"]["allDaemonStatuses"]
        return all(daemon["healthy"] for daemon in health if daemon["required"])

    wait_until(all_healthy, seconds=90, otherwise=lambda: _logs(home))


def test_the_daemon_limits_every_pool_that_the_code_uses():
    [pools] = re.findall(r"for pool in (.+); do", (ROOT / "daemon.sh").read_text("utf-8"))
    assert set(pools.split()) == {TMDB_POOL, DISCOGS_POOL}


def test_compute_logs_go_to_the_container_of_metrics(monkeypatch: pytest.MonkeyPatch):
    for name, value in {**PRODUCTION_HOME, "DAGSTER_POSTGRES_HOST": "none"}.items():
        monkeypatch.setenv(name, value)

    manager = InstanceRef.from_dir(str(ROOT)).compute_log_manager

    assert isinstance(manager, AzureBlobComputeLogManager)
    assert manager._container_client.url == "https://stcapstonetest.blob.core.windows.net/metrics"
    key = manager._blob_key(["a-run", "compute_logs", "a-step"], ComputeIOType.STDOUT)
    assert key == "compute-logs/storage/a-run/compute_logs/a-step.out"
