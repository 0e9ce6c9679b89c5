"""The workspace: its REST API, its jobs, its tokens, its faults, and a log of every request.

Belongs here: what the reference of the Jobs API promises, as far as the step launcher uses it; what
it does not know it refuses. A job is PENDING without a cluster, RUNNING, TERMINATING without a
result, and then over.
Not here: fields (rest.py), files (dbfs.py), which cluster may be started (clusters.py), running a
step (cluster.py).
"""

import base64
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from capstone_assets.orchestration.resources.java import find_java_home
from capstone_assets_tests.fake_databricks import clusters, rest
from capstone_assets_tests.fake_databricks.data_lake import DataLake
from capstone_assets_tests.fake_databricks.dbfs import Dbfs
from capstone_assets_tests.fake_databricks.rest import Refusal, invalid
from infrastructure.databricks.libraries import SCRIPT_PATH, install_script

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
DATABRICKS = CHECKOUT / "infrastructure" / "databricks"
TOKEN = "dapi-f4ke-t0ken"
CLIENT_ID, CLIENT_SECRET = "runner", "cl1ent-s3cret"
POLICY_ID = "ABC0123456789DEF"
_LONGEST_TOKEN = 64
# Why a job ends that its task did not end: everything else is an error of the request.
_KINDS = {"CLOUD_FAILURE": "CLOUD_FAILURE", "INTERNAL_ERROR": "INTERNAL_ERROR"}


@dataclass(frozen=True)
class Fault:
    """What goes wrong once, at a call (`POST /api/2.2/jobs/runs/submit`) or in a job.

    A call is answered with `status` and `code`; "LOST" does what is asked and drops the connection,
    "EMPTY" does it and answers nothing.
    A job ends with `code` instead of being run: "HANGS" runs on and on, "SILENT" succeeds without
    having run the step, "TIMEDOUT" took too long.
    """

    code: str
    call: str = ""
    status: int = 0
    message: str = ""


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    call: str
    body: bytes
    headers: dict[str, str]
    query: str

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class Job:
    """A submitted run. `looks` counts how often its state was asked for, since it ended too."""

    run_id: int
    task: dict[str, Any]
    submitted: float
    timeout_seconds: float
    process: subprocess.Popen[str] | None = None
    fault: Fault | None = None
    ended: tuple[str, str, str] | None = None  # result, termination code, message
    finished: float = float("inf")
    looks: int = 0
    looks_since_its_end: int = 0

    @property
    def cluster_id(self) -> str:
        return f"1124-024200-fake{self.run_id:04}"


@dataclass
class Workspace:
    """The state of a workspace. `away` are folders that only the launching machine has.

    `scripts` are the workspace's files by path, `manner` is how it shows a run (`MANNERS`), and
    `late_words` is called once a run has been looked at ten times since its end. A token
    of `CLIENT_ID` is refused after `calls_per_token` calls, whatever it promised.
    """

    folder: Path
    away: Sequence[Path] = ()
    faults: list[Fault] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    url: str = ""
    policies: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "capstone-jobs": json.loads((DATABRICKS / "job_policy.json").read_text())
        }
    )
    pools: dict[str, str] = field(default_factory=dict)
    forgotten: set[int] = field(default_factory=set)
    scripts: dict[str, str] = field(default_factory=lambda: {SCRIPT_PATH: install_script()})
    manner: str = ""
    late_words: Callable[[Job], None] = lambda _: None
    calls_per_token: int = 1_000_000
    secrets: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "capstone": {
                # Empty until a person adds a key: the emulator stands in for the APIs.
                "tmdb-api-token": "",
                "discogs-token": "",
                "runner-client-id": "runner",
                "runner-client-secret": CLIENT_SECRET,
                "runner-tenant-id": "tenant",
            }
        }
    )
    _calls_left: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, int] = field(default_factory=dict)
    _pool: list[subprocess.Popen[str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.files = Dbfs(self.dbfs)
        self.lake = DataLake(self.store)

    @property
    def store(self) -> Path:
        """The lake, as who reads the results finds it: `Lakehouse(str(store))`."""
        return self.folder / "store"

    @property
    def dbfs(self) -> Path:
        """The DBFS root."""
        return self.folder / "dbfs"

    def set_up(self) -> None:
        for container in ("raw", "intermediate", "gold", "metrics"):
            (self.store / container).mkdir(parents=True)
        self.dbfs.mkdir()
        (self.folder / "local_disk0").mkdir()
        self.python.write_text(f'#!/bin/sh\nexec {sys.executable} -S {HERE / "guard.py"} "$@"\n')
        self.python.chmod(0o755)

    @property
    def python(self) -> Path:
        """The interpreter of the clusters: what is only on the launching machine it cannot open."""
        return self.folder / "python"

    @property
    def environment(self) -> dict[str, str]:
        """All the environment that a cluster's process has."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "local_disk0"),
            "JAVA_HOME": str(find_java_home()),
            "TZ": "UTC",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages")),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYSPARK_PYTHON": str(self.python),
            "DATABRICKS_RUNTIME_VERSION": "16.4",
            "FAKE_AWAY": os.pathsep.join([str(CHECKOUT), *map(str, self.away)]),
            "FAKE_PRESENT": os.pathsep.join([sys.prefix, str(HERE)]),
            "FAKE_STORE": str(self.store),
            "FAKE_DATA_LAKE": self.data_lake_url,
        }

    @property
    def data_lake_url(self) -> str:
        """Where the lake's Data Lake API answers."""
        return f"{self.url}/lake"

    def warm_up(self) -> None:
        """Start a driver ahead of the next job."""
        log = (self.folder / f"driver-{time.monotonic_ns()}.log").open("w")
        self._pool.append(
            subprocess.Popen(
                [str(self.python), str(HERE / "cluster.py")],
                cwd=self.folder / "local_disk0",
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        )

    def driver_logs(self) -> str:
        """Everything that drivers printed."""
        return "".join(log.read_text() for log in sorted(self.folder.glob("driver-*.log")))

    def close(self) -> None:
        processes = [*self._pool, *(job.process for job in self.jobs if job.process)]
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.wait()

    def take_fault(self, call: str) -> Fault | None:
        """The next fault of a call; of a job for the call ''."""
        with self._lock:
            found = next((fault for fault in self.faults if fault.call == call), None)
            if found:
                self.faults.remove(found)
            return found

    # The calls.

    def list_policies(self, _: dict[str, Any]) -> dict[str, Any]:
        policies = [
            {"name": name, "policy_id": policy_id, "definition": json.dumps(definition)}
            for policy_id, (name, definition) in self._policies_by_id().items()
        ]
        return {"policies": policies, "total_count": len(policies)} if policies else {}

    def submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        token = asked.get("idempotency_token", "")
        if len(token) > _LONGEST_TOKEN:
            raise invalid("idempotency_token must have at most 64 characters")
        if token in self._tokens:
            return {"run_id": self._tokens[token]}
        if len(asked["tasks"]) != 1:
            raise invalid("this workspace runs one task a job")
        task = rest.taken(rest.TASK, asked["tasks"][0], "tasks[0]")
        python = rest.taken(rest.PYTHON_TASK, task["spark_python_task"], "spark_python_task")
        if not re.match("dbfs:/[^/]", python["python_file"]):
            raise invalid(f"Invalid python file URI: {python['python_file']}")
        for each in python.get("parameters", []):
            if not isinstance(each, str) or not re.match("/dbfs/[^/]", each):
                raise invalid(f"{each!r} is not the path of a file on DBFS")
        definitions = {key: rules for key, (_, rules) in self._policies_by_id().items()}
        cluster = clusters.started(task["new_cluster"], definitions, self.pools)
        timeout = asked.get("timeout_seconds", 0) or float("inf")
        job = Job(len(self.jobs) + 1, {**task, "new_cluster": cluster}, time.monotonic(), timeout)
        job.fault = self.take_fault("")
        self.jobs.append(job)
        self._tokens[token or f"none-{job.run_id}"] = job.run_id
        if job.fault and job.fault.code == "SILENT":
            job.ended = ("SUCCESS", "SUCCESS", "")
        elif job.fault and job.fault.code == "TIMEDOUT":
            job.ended = ("TIMEDOUT", "CANCELED", job.fault.message)
        elif job.fault and job.fault.code != "HANGS":
            job.ended = ("FAILED", job.fault.code, job.fault.message)
        elif not job.fault:
            self._start(job)
        return {"run_id": job.run_id}

    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        job = self._job(asked["run_id"])
        if job.process and job.ended is None and (exit_code := job.process.poll()) is not None:
            failed = ("FAILED", "RUN_EXECUTION_ERROR", f"the driver ended with code {exit_code}")
            job.ended = failed if exit_code else ("SUCCESS", "SUCCESS", "")
        if job.ended is None and time.monotonic() - job.submitted > job.timeout_seconds:
            self._stop(job, ("TIMEDOUT", "CANCELED", f"longer than {job.timeout_seconds} seconds"))
        if job.ended is not None and job.finished == float("inf"):
            job.finished = time.monotonic()
        job.looks += 1
        job.looks_since_its_end += job.ended is not None
        if job.looks_since_its_end == 10:
            self.late_words(job)
        shown = self._shown(job)
        return MANNERS[self.manner](shown, job.looks) if self.manner else shown

    def cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._stop(self._job(asked["run_id"]), ("CANCELED", "USER_CANCELED", "canceled by a user"))
        return {}

    def issue_token(self, form: str, authorization: str) -> dict[str, Any]:
        """A token of the workspace's own OAuth, as for a service principal of Entra."""
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        granted = parse_qs(form).get("grant_type") == ["client_credentials"]
        if authorization != f"Basic {known}" or not granted:
            raise Refusal(401, "invalid_client", "Client authentication failed")
        token = f"oauth-{len(self._calls_left)}"
        self._calls_left[token] = self.calls_per_token
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def admit(self, authorization: str) -> None:
        """Refuse a call without a token, or with one that has expired."""
        token = authorization.removeprefix("Bearer ")
        if authorization == f"Bearer {TOKEN}":
            return
        if token not in self._calls_left:
            raise Refusal(401, "UNAUTHENTICATED", "Credential was not sent or was of a wrong type.")
        self._calls_left[token] -= 1
        if self._calls_left[token] < 0:
            raise Refusal(401, "UNAUTHENTICATED", "Token is expired.")

    def _policies_by_id(self) -> dict[str, tuple[str, dict[str, Any]]]:
        ids = (f"{int(POLICY_ID, 16) + number:X}" for number in itertools.count())
        return dict(zip(ids, self.policies.items(), strict=False))

    def _job(self, run_id: int) -> Job:
        if not 1 <= run_id <= len(self.jobs) or run_id in self.forgotten:
            raise invalid(f"Run {run_id} does not exist.")
        return self.jobs[run_id - 1]

    def _stop(self, job: Job, ended: tuple[str, str, str]) -> None:
        if job.ended is not None:
            return
        if job.process and job.process.poll() is None:
            os.killpg(job.process.pid, 9)
            job.process.wait()
        job.ended = ended

    def machine(self, job: Job) -> Path:
        """The disk of a job's cluster."""
        return self.folder / "machines" / job.cluster_id

    def _start(self, job: Job) -> None:
        cluster = job.task["new_cluster"]
        if failure := clusters.set_up(cluster, self.scripts, self.machine(job)):
            job.ended = ("FAILED", "CLUSTER_ERROR", failure)
            return
        if not self._pool:
            self.warm_up()
        job.process = self._pool.pop()
        task = job.task["spark_python_task"]
        content = {
            "python_file": str(self.files.file(task["python_file"].removeprefix("dbfs:"))),
            # /dbfs is where a cluster has DBFS in its own file system.
            "parameters": [
                str(self.files.file(each.removeprefix("/dbfs"))) for each in task["parameters"]
            ],
            "secrets": self.secrets,
            "environment": cluster.get("spark_env_vars", {}),
        }
        assert job.process.stdin is not None
        job.process.stdin.write(json.dumps(content) + "\n")
        job.process.stdin.flush()

    def _shown(self, job: Job) -> dict[str, Any]:
        shown = {
            "run_id": job.run_id,
            "job_id": 900_000 + job.run_id,
            "run_page_url": f"{self.url}/#job/{job.run_id}/run/1",
            **_state(job),
        }
        if job.looks == 1:
            return shown  # No cluster yet, so the tasks have none either.
        instance = {"cluster_id": job.cluster_id}
        task = {
            "run_id": job.run_id,
            "task_key": job.task["task_key"],
            "cluster_instance": instance,
        }
        return {**shown, "tasks": [{**task, **_state(job)}], "cluster_instance": instance}


def _state(job: Job) -> dict[str, Any]:
    """A run's state in the words of both versions."""
    if job.looks == 1:
        waiting = {"life_cycle_state": "PENDING", "state_message": "Waiting for cluster"}
        return {"state": waiting, "status": {"state": "PENDING"}}
    if job.ended is None:
        running = {"life_cycle_state": "RUNNING", "state_message": "In run"}
        return {"state": running, "status": {"state": "RUNNING"}}
    if job.looks_since_its_end == 1:
        ending = {"life_cycle_state": "TERMINATING", "state_message": "Terminating the cluster"}
        return {"state": ending, "status": {"state": "TERMINATING"}}
    result, code, message = job.ended
    # A task that fails is over as any other; without a task it was the service, or the cluster.
    its_own = result != "FAILED" or code == "RUN_EXECUTION_ERROR"
    details = {"code": code, "type": _KINDS.get(code, "CLIENT_ERROR"), "message": message}
    if code == "SUCCESS":
        details["type"] = "SUCCESS"
    return {
        "state": {
            "life_cycle_state": "TERMINATED" if its_own else "INTERNAL_ERROR",
            "result_state": result,
            "state_message": message,
        },
        "status": {"state": "TERMINATED", "termination_details": details},
    }


def _without(*names: str) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    def shown(run: dict[str, Any], _: int) -> dict[str, Any]:
        kept = {name: value for name, value in run.items() if name not in names}
        if "tasks" in kept:
            kept["tasks"] = [shown(task, 0) for task in kept["tasks"]]
        return kept

    return shown


def _terse(run: dict[str, Any], _: int) -> dict[str, Any]:
    """Only what is always there."""
    state = {name: value for name, value in run["state"].items() if name != "state_message"}
    return {"run_id": run["run_id"], "state": state}


def _talkative(run: dict[str, Any], looks: int) -> dict[str, Any]:
    """Fields and states of another version, long waiting, and an empty page token."""
    waiting = ("QUEUED", "BLOCKED", "PENDING", "WAITING_FOR_RETRY", "HIBERNATING")
    more: dict[str, Any] = {
        "next_page_token": "",
        "effective_usage_policy_id": "7",
        "format": "MULTI_TASK",
    }
    if looks <= len(waiting):
        more["state"] = {"life_cycle_state": waiting[looks - 1], "queue_reason": "ASLEEP"}
        more["status"] = {"state": waiting[looks - 1], "queue_details": {"code": "ASLEEP"}}
    return {**run, **more}


# How else a workspace may show a run, within what the reference promises.
MANNERS: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "as Jobs 2.1": _without("status"),
    "by its status alone": _without("state"),
    "terse": _terse,
    "talkative": _talkative,
}


def _app(workspace: Workspace) -> Starlette:
    calls = {
        "POST /api/2.0/dbfs/create": workspace.files.create,
        "POST /api/2.0/dbfs/add-block": workspace.files.add_block,
        "POST /api/2.0/dbfs/close": workspace.files.close,
        "GET /api/2.0/dbfs/read": workspace.files.read,
        "GET /api/2.0/policies/clusters/list": workspace.list_policies,
        "POST /api/2.2/jobs/runs/submit": workspace.submit,
        "GET /api/2.2/jobs/runs/get": workspace.get,
        "POST /api/2.2/jobs/runs/cancel": workspace.cancel,
    }

    def asked(request: Request, call: str, body: bytes) -> dict[str, Any]:
        workspace.admit(request.headers.get("authorization", ""))
        if call not in calls:
            raise Refusal(404, "ENDPOINT_NOT_FOUND", f"no API found for {call}")
        if request.method == "GET":
            return rest.taken(rest.CALLS[call], rest.from_query(call, request.query_params), call)
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(400, "MALFORMED_REQUEST", "the body is not application/json")
        try:
            return rest.taken(rest.CALLS[call], json.loads(body), call)
        except ValueError:
            raise Refusal(400, "MALFORMED_REQUEST", "the body is not valid JSON") from None

    async def answer(request: Request) -> Response:
        body = await request.body()
        call = f"{request.method} {request.url.path}"
        if request.url.path.startswith("/lake/"):
            path = request.url.path.removeprefix("/lake/")
            headers = {name: unquote(value) for name, value in request.headers.items()}
            status, more = workspace.lake.answer(request.method, path, request.url.query, headers)
            about = {"ETag": '"0x1"', "Last-Modified": "Thu, 26 Nov 2026 12:00:00 GMT"}
            return Response(status_code=status, headers={**about, **more})
        if call == "GET /oidc/.well-known/oauth-authorization-server":
            places = {
                "authorization_endpoint": "/oidc/v1/authorize",
                "token_endpoint": "/oidc/v1/token",
            }
            return JSONResponse({name: workspace.url + path for name, path in places.items()})
        try:
            if call == "POST /oidc/v1/token":
                credentials = request.headers.get("authorization", "")
                return JSONResponse(workspace.issue_token(body.decode(), credentials))
            # What a token service is sent is not in the log: nothing else may hold a secret.
            workspace.requests.append(
                Recorded(call, body, dict(request.headers), request.url.query)
            )
            given = asked(request, call, body)
            fault = workspace.take_fault(call)
            if fault and fault.code == "LOST":
                calls[call](given)
                request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
                return Response()
            if fault and fault.code == "EMPTY":
                calls[call](given)
                return JSONResponse({})
            if fault and fault.status in (502, 504):
                # The pages of two proxies, of which the client understands the one with a title.
                name = "title" if fault.status == 502 else "h1"
                return HTMLResponse(f"<html><{name}>{fault.code}</{name}></html>", fault.status)
            if fault:
                raise Refusal(fault.status, fault.code, fault.message)
            return JSONResponse(calls[call](given))
        except Refusal as refusal:
            content = {"error_code": refusal.code, "message": refusal.message}
            headers = {"Retry-After": "0"} if refusal.status in (429, 503) else {}
            return JSONResponse(content, refusal.status, headers)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "HEAD"])])


@contextmanager
def running_workspace(folder: Path, away: Sequence[Path] = ()) -> Iterator[Workspace]:
    """Serve a workspace on loopback; its clusters end with the block."""
    workspace = Workspace(folder, away)
    workspace.set_up()
    config = uvicorn.Config(_app(workspace), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        [listener] = server.servers[0].sockets
        workspace.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield workspace
    finally:
        server.should_exit = True
        thread.join(10)
        workspace.close()
