"""The workspace: its REST API, its files, its jobs, its faults, and a log of every request.

Belongs here: what the documented API promises, as far as the step launcher uses it; what it does
not know it refuses. Not here: running a step (cluster.py).
"""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from capstone_assets.orchestration.resources.java import find_java_home

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
TOKEN = "dapi-f4ke-t0ken"
BLOCK_BYTES = 1024**2
CLIENT_SECRET = "cl1ent-s3cret"
POLICY_ID = "ABC0123456789DEF"

# What dagster-databricks may say of a cluster; a misspelt field would be ignored in Azure.
_CLUSTER_FIELDS = {
    *("spark_version", "node_type_id", "autoscale", "azure_attributes", "data_security_mode"),
    *("custom_tags", "cluster_log_conf", "init_scripts", "policy_id", "runtime_engine"),
    *("spark_conf", "spark_env_vars"),
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong once, at a call (`POST /api/2.2/jobs/runs/submit`) or in a job.

    A call is answered with `status` and `code`. A job ends with `code` instead of being run:
    "HANGS" runs on and on, "SILENT" succeeds without having run the step, "TIMEDOUT" took too long.
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
    """A submitted run."""

    run_id: int
    task: dict[str, Any]
    submitted: float
    process: subprocess.Popen[str] | None = None
    fault: Fault | None = None
    ended: tuple[str, str, str] | None = None  # result, termination code, message

    @property
    def cluster_id(self) -> str:
        return f"1124-024200-fake{self.run_id:04}"


@dataclass
class Workspace:
    """The state of a workspace. `away` are folders that only the launching machine has."""

    folder: Path
    away: Sequence[Path] = ()
    faults: list[Fault] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    url: str = ""
    policies_known: dict[str, str] = field(default_factory=lambda: {"capstone-jobs": POLICY_ID})
    secrets: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "capstone": {
                # Empty as long as nobody has put a key in: the emulator stands in for the APIs.
                "tmdb-api-token": "",
                "discogs-token": "",
                "runner-client-id": "runner",
                "runner-client-secret": CLIENT_SECRET,
                "runner-tenant-id": "tenant",
            }
        }
    )
    _handles: dict[int, tuple[Path, bytearray]] = field(default_factory=dict)
    _tokens: dict[str, int] = field(default_factory=dict)
    _pool: list[subprocess.Popen[str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        }

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

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            handle = len(self._handles) + 1
            self._handles[handle] = (self._file(asked["path"]), bytearray())
        return {"handle": handle}

    def add_block(self, asked: dict[str, Any]) -> dict[str, Any]:
        block = base64.b64decode(asked["data"])
        if len(block) > BLOCK_BYTES:
            raise Refusal(400, "MAX_BLOCK_SIZE_EXCEEDED", f"a block of {len(block)} bytes")
        self._handles[asked["handle"]][1].extend(block)
        return {}

    def close_file(self, asked: dict[str, Any]) -> dict[str, Any]:
        path, content = self._handles[asked["handle"]]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {}

    def read(self, asked: dict[str, Any]) -> dict[str, Any]:
        path = self._file(asked["path"])
        if not path.is_file():
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"No file or directory {asked['path']}")
        start = int(asked.get("offset", 0))
        block = path.read_bytes()[start : start + min(int(asked["length"]), BLOCK_BYTES)]
        return {"bytes_read": len(block), "data": base64.b64encode(block).decode()}

    def policies(self, _: dict[str, Any]) -> dict[str, Any]:
        policies = [{"name": name, "policy_id": id_} for name, id_ in self.policies_known.items()]
        return {"policies": policies, "total_count": len(policies)}

    def submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["idempotency_token"] in self._tokens:
            return {"run_id": self._tokens[asked["idempotency_token"]]}
        [task] = asked["tasks"]
        if unknown := set(task["new_cluster"]) - _CLUSTER_FIELDS:
            raise Refusal(400, "INVALID_PARAMETER_VALUE", f"unknown fields {sorted(unknown)}")
        if task["new_cluster"]["policy_id"] != POLICY_ID:
            raise Refusal(400, "INVALID_PARAMETER_VALUE", "no such policy")
        job = Job(len(self.jobs) + 1, task, time.monotonic(), fault=self.take_fault(""))
        self.jobs.append(job)
        self._tokens[asked["idempotency_token"]] = job.run_id
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
        job = self.jobs[int(asked["run_id"]) - 1]
        if job.process and job.ended is None and (exit_code := job.process.poll()) is not None:
            failed = ("FAILED", "RUN_EXECUTION_ERROR", f"the driver ended with code {exit_code}")
            job.ended = failed if exit_code else ("SUCCESS", "SUCCESS", "")
        return self._shown(job)

    def cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs[int(asked["run_id"]) - 1]
        if job.ended is None:
            if job.process and job.process.poll() is None:
                os.killpg(job.process.pid, 9)
                job.process.wait()
            job.ended = ("CANCELED", "USER_CANCELED", "canceled by a user")
        return {}

    def _start(self, job: Job) -> None:
        if not self._pool:
            self.warm_up()
        job.process = self._pool.pop()
        task = job.task["spark_python_task"]
        told = {
            "python_file": str(self._file(task["python_file"].removeprefix("dbfs:"))),
            # /dbfs is where a cluster has DBFS in its own file system.
            "parameters": [
                str(self._file(each.removeprefix("/dbfs"))) for each in task["parameters"]
            ],
            "secrets": self.secrets,
            "environment": job.task["new_cluster"].get("spark_env_vars", {}),
        }
        assert job.process.stdin is not None
        job.process.stdin.write(json.dumps(told) + "\n")
        job.process.stdin.flush()
        self.warm_up()

    def _file(self, path: str) -> Path:
        return self.dbfs / path.strip("/")

    def _shown(self, job: Job) -> dict[str, Any]:
        state: dict[str, Any] = {"life_cycle_state": "RUNNING", "state_message": "In run"}
        status: dict[str, Any] = {"state": "RUNNING"}
        if job.ended:
            result, code, message = job.ended
            life_cycle = "TERMINATED" if result != "FAILED" else "INTERNAL_ERROR"
            state = {
                "life_cycle_state": life_cycle,
                "result_state": result,
                "state_message": message,
            }
            kinds = {"SUCCESS": "SUCCESS", "CLOUD_FAILURE": "CLOUD_FAILURE"}
            details = {
                "code": code,
                "type": kinds.get(code, "CLIENT_ERROR"),
                "message": message,
            }
            status = {"state": "TERMINATED", "termination_details": details}
        cluster = {"cluster_id": job.cluster_id, "spark_context_id": "1"}
        return {
            "run_id": job.run_id,
            "job_id": job.run_id,
            "run_page_url": f"{self.url}/#job/{job.run_id}/run/1",
            "state": state,
            "status": status,
            "cluster_instance": cluster,
            "tasks": [{"run_id": job.run_id, "task_key": "dagster-task", "state": state}],
        }


class Refusal(Exception):  # noqa: N818
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


def _app(workspace: Workspace) -> Starlette:
    calls = {
        "POST /api/2.0/dbfs/create": workspace.create,
        "POST /api/2.0/dbfs/add-block": workspace.add_block,
        "POST /api/2.0/dbfs/close": workspace.close_file,
        "GET /api/2.0/dbfs/read": workspace.read,
        "GET /api/2.0/policies/clusters/list": workspace.policies,
        "POST /api/2.2/jobs/runs/submit": workspace.submit,
        "GET /api/2.2/jobs/runs/get": workspace.get,
        "POST /api/2.2/jobs/runs/cancel": workspace.cancel,
    }

    async def answer(request: Request) -> Response:
        body = await request.body()
        call = f"{request.method} {request.url.path}"
        workspace.requests.append(Recorded(call, body, dict(request.headers), request.url.query))
        try:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, "UNAUTHENTICATED", "no valid token")
            if call not in calls:
                raise Refusal(404, "ENDPOINT_NOT_FOUND", f"no API found for {call}")
            if fault := workspace.take_fault(call):
                raise Refusal(fault.status, fault.code, fault.message)
            asked = json.loads(body) if body else dict(request.query_params)
            return JSONResponse(calls[call](asked))
        except Refusal as refusal:
            told = {"error_code": refusal.code, "message": refusal.message}
            headers = {"Retry-After": "0"} if refusal.status in (429, 503) else {}
            return JSONResponse(told, refusal.status, headers)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


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
