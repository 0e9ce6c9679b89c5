"""What becomes of a step when Databricks does not run it to its end."""

import gzip
import json
import pickle
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster._core.events import DagsterEvent
from dagster._core.execution.plan.objects import StepSuccessData

from capstone_assets.definitions import build_defs
from capstone_assets.environment import read_settings
from capstone_assets_tests.fake_databricks.workspace import (
    CLIENT_ID,
    CLIENT_SECRET,
    MANNERS,
    Fault,
    running_workspace,
)
from capstone_assets_tests.orchestration.resources.launching_machine import SUBMIT, on_databricks
from infrastructure.databricks.libraries import HERE, LIBRARIES, SCRIPT_PATH, pins
from infrastructure.databricks.set_up import pooled

Run = Callable[[], dg.JobExecutionResult]


def masters_job() -> dg.JobDefinition:
    """One step, rebuilt from the environment as every process rebuilds it."""
    defs = build_defs(read_settings())
    masters = dg.define_asset_job(
        "masters",
        selection=dg.AssetSelection.assets("bronze/discogs_masters").without_checks(),
        executor_def=dg.in_process_executor,
    )
    assert defs.assets is not None
    return dg.Definitions.merge(defs, dg.Definitions(jobs=[masters])).resolve_job_def("masters")


def change_settings(folder: Path, **settings: object) -> None:
    file = folder / "settings.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


@pytest.fixture
def workspace(tmp_path):
    with running_workspace(tmp_path / "workspace") as running:
        yield running


@pytest.fixture
def run(tmp_path, workspace, monkeypatch) -> Run:
    for name, value in on_databricks(tmp_path, workspace).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "dagster").mkdir()
    change_settings(tmp_path, poll_seconds=0.05, late_seconds=0.3)
    # Dagster keeps the job of the last test, with its settings.
    ReconstructableJob.get_definition.cache_clear()
    ReconstructableJob.get_repository_definition.cache_clear()

    def execute() -> dg.JobExecutionResult:
        with dg.DagsterInstance.get() as instance:
            return dg.execute_job(
                dg.reconstructable(masters_job),
                instance=instance,
                tags={"dagster/partition": "1984"},
            )

    return execute


def failure(result: dg.JobExecutionResult) -> str:
    """The sentence in which the step's failure says why."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    while error and error.cause:
        error = error.cause
    assert error is not None
    return error.message


def attempts(result: dg.JobExecutionResult) -> int:
    return 1 + sum(event.is_step_up_for_retry for event in result.all_events)


def test_an_exhausted_quota_fails_the_step_at_once_with_that_reason(run, workspace):
    workspace.faults.append(
        Fault("QUOTA_EXCEEDED", SUBMIT, 400, "the workspace has reached 1000 active runs")
    )

    result = run()

    assert not result.success
    assert attempts(result) == 1
    assert "QUOTA_EXCEEDED: the workspace has reached 1000 active runs" in failure(result)
    assert "Retrying does not help" in failure(result)
    assert workspace.jobs == []


def test_a_call_to_a_workspace_that_keeps_failing_is_made_three_times(run, workspace, tmp_path):
    change_settings(tmp_path, submit_patience_seconds=0)
    workspace.faults += [Fault("INTERNAL_ERROR", SUBMIT, 500, "a server stumbled")] * 3

    result = run()

    assert attempts(result) == 3
    assert "the workspace refused the job: INTERNAL_ERROR: a server stumbled" in failure(result)


def test_a_lost_cluster_is_tried_again_and_the_error_leads_to_its_log(run, workspace):
    workspace.faults += [
        Fault("CLOUD_FAILURE", message="AZURE_SPOT_EVICTION: the machine was evicted"),
        Fault("CLUSTER_ERROR", message="the cluster was terminated: COMMUNICATION_LOST"),
        Fault("DRIVER_ERROR", message="the driver does not answer"),
    ]

    result = run()

    assert attempts(result) == 3
    assert "(DRIVER_ERROR): the driver does not answer" in failure(result)
    assert f"{workspace.url}/#job/3/run/1" in failure(result)
    assert f"dbfs:/cluster-logs/capstone/{workspace.jobs[2].cluster_id}/driver" in failure(result)


@pytest.mark.parametrize("manner", MANNERS)
def test_a_job_is_read_by_what_every_workspace_shows_of_it(run, workspace, manner):
    workspace.manner = manner
    workspace.faults += [Fault("CLOUD_FAILURE", message="a machine was evicted"), Fault("SILENT")]

    result = run()

    assert attempts(result) == 2
    assert "job run 2 succeeded, but the step did not record its end" in failure(result)


def test_a_cluster_whose_init_script_fails_is_not_tried_again(run, workspace):
    workspace.scripts[SCRIPT_PATH] += "false\n"

    result = run()

    assert attempts(result) == 1
    assert "INIT_SCRIPT_FAILURE (CLIENT_ERROR). Cluster scoped init script" in failure(result)
    assert "Retrying does not help" in failure(result)
    machine = workspace.machine(workspace.jobs[0])
    assert (machine / "site-packages/capstone.pth").read_text() == f"{machine}{LIBRARIES}\n"
    assert (machine / "etc/pip.conf").read_text() == "[install]\nno-deps = true\n"
    installed = (machine / "pip.log").read_text()
    assert "--no-deps" in installed
    assert pins(installed) == pins((HERE / "cluster_libraries.txt").read_text()) != {}


def test_a_job_that_takes_too_long_fails_the_step_with_that_reason(run, workspace):
    workspace.faults.append(Fault("TIMEDOUT", message="longer than 14400 seconds"))

    result = run()

    assert attempts(result) == 1
    assert "ended as TIMEDOUT (CANCELED): longer than 14400 seconds" in failure(result)


def test_a_job_is_timed_out_by_databricks_after_the_seconds_of_the_settings(
    run, workspace, tmp_path
):
    change_settings(tmp_path, timeout_seconds=1)
    workspace.faults.append(Fault("HANGS"))

    result = run()

    assert attempts(result) == 1
    assert "ended as TIMEDOUT (CANCELED): longer than 1 seconds" in failure(result)


@pytest.mark.parametrize(
    "faults",
    [
        [
            Fault("LOST", "POST /api/2.0/dbfs/create"),
            Fault("LOST", "POST /api/2.0/dbfs/add-block"),
            Fault("LOST", "POST /api/2.0/dbfs/close"),
            Fault("LOST", SUBMIT),
            Fault("EMPTY", SUBMIT),
        ],
        [
            Fault("BAD_GATEWAY", "GET /api/2.0/policies/clusters/list", 502),
            Fault("INTERNAL_ERROR", "POST /api/2.0/dbfs/add-block", 500, "a server stumbled"),
            Fault("RESOURCE_DOES_NOT_EXIST", "POST /api/2.0/dbfs/add-block", 404, "No stream"),
            Fault("RESOURCE_DOES_NOT_EXIST", "GET /api/2.0/dbfs/read", 404, "Not shown yet"),
            Fault("BAD_GATEWAY", SUBMIT, 502),
            Fault("TEMPORARILY_UNAVAILABLE", SUBMIT, 503, "try later"),
        ],
    ],
    ids=["lost answers", "stumbles"],
)
def test_a_submission_that_fails_or_whose_answer_is_lost_is_made_once(run, workspace, faults):
    workspace.faults += [*faults, Fault("INVALID_CLUSTER_REQUEST", message="an end")]

    result = run()

    assert attempts(result) == 1
    # A cluster that cannot be had as asked for is not asked for again.
    assert "job run 1 ended as FAILED (INVALID_CLUSTER_REQUEST): an end" in failure(result)
    assert "Retrying does not help" in failure(result)
    assert workspace.faults == []
    assert len(workspace.jobs) == 1
    [archive] = workspace.dbfs.rglob("code.zip")
    with zipfile.ZipFile(archive) as code:
        assert code.testzip() is None
    staged = {file.name: file.stat().st_size for file in workspace.dbfs.rglob("*.p*")}
    assert staged.keys() == {"databricks_step_main.py", "step_run_ref.pkl", "config.pkl"}


GET = "GET /api/2.2/jobs/runs/get"


def test_a_workspace_that_stumbles_while_a_job_is_followed_does_not_end_the_job(run, workspace):
    for status in (401, 403, 429, 500, 502, 503, 504):
        workspace.faults += [Fault("STUMBLED", GET, status, "not now")] * 2
    # The files of the step are read back before it is submitted, with the same patience.
    workspace.faults += [
        Fault("STUMBLED", "GET /api/2.0/dbfs/read", status, "not now") for status in (500, 502, 504)
    ]
    workspace.faults.append(Fault("INVALID_CLUSTER_REQUEST", message="an end"))

    result = run()

    assert attempts(result) == 1
    assert "job run 1 ended as FAILED (INVALID_CLUSTER_REQUEST): an end" in failure(result)
    assert workspace.faults == []


# 1 call for policies, 4 files of 4 calls, 1 to submit: 20 end at the second look at the job, 7
# while the files are written, 2 before any file is.
@pytest.mark.parametrize("calls_per_token", [20, 7, 2])
def test_a_token_that_expires_before_its_time_is_replaced(
    run, workspace, monkeypatch, calls_per_token
):
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", CLIENT_SECRET)
    workspace.faults.append(Fault("INVALID_CLUSTER_REQUEST", message="an end"))
    workspace.calls_per_token = calls_per_token

    result = run()

    assert attempts(result) == 1
    assert "job run 1 ended as FAILED (INVALID_CLUSTER_REQUEST): an end" in failure(result)
    tokens = [request.headers["authorization"] for request in workspace.requests]
    assert len({*tokens}) >= 2


def test_no_token_is_in_the_report_on_a_response_that_cannot_be_parsed(
    run, workspace, tmp_path, monkeypatch, caplog
):
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", CLIENT_SECRET)
    workspace.faults.append(Fault("upstream timed out", SUBMIT, 504))
    change_settings(tmp_path, submit_patience_seconds=0, retries=0)

    result = run()

    assert "the workspace refused the job: a response that cannot be parsed: 504" in failure(result)
    written = [file.read_bytes() for file in (tmp_path / "dagster").rglob("*") if file.is_file()]
    written += [caplog.text.encode(), *(str(event).encode() for event in result.all_events)]
    assert not any(b"Bearer" in each for each in written)


def test_a_job_that_the_workspace_does_not_know_yet_is_waited_for(run, workspace, tmp_path):
    change_settings(tmp_path, late_seconds=60)
    workspace.faults += [
        *[Fault("INVALID_PARAMETER_VALUE", GET, 400, "Run 1 does not exist.")] * 2,
        Fault("INVALID_CLUSTER_REQUEST", message="an end"),
    ]

    result = run()

    assert "job run 1 ended as FAILED (INVALID_CLUSTER_REQUEST): an end" in failure(result)
    assert (attempts(result), len(workspace.jobs)) == (1, 1)


def test_a_run_that_the_workspace_has_forgotten_is_lost_and_started_again(run, workspace):
    workspace.faults.append(Fault("HANGS"))
    workspace.forgotten.add(1)
    workspace.faults.append(Fault("INVALID_CLUSTER_REQUEST", message="an end"))

    result = run()

    assert attempts(result) == 2
    [lost] = [event for event in result.all_events if event.is_step_up_for_retry]
    assert "job run 1 can no longer be followed" in str(lost.event_specific_data)
    assert "Run 1 does not exist" in str(lost.event_specific_data)


def test_without_a_policy_for_the_pool_a_cluster_gets_machines_of_its_own(run, workspace):
    workspace.faults.append(Fault("INVALID_CLUSTER_REQUEST", message="an end"))

    run()

    [job] = workspace.jobs
    assert job.task["new_cluster"]["node_type_id"] == "Standard_D4ds_v5"


def test_a_cluster_gets_the_machines_of_the_pool_that_its_policy_names(run, workspace):
    workspace.pools = {"1126-pool-1": "Standard_D4ds_v5"}
    rules = json.dumps(workspace.policies["capstone-jobs"])
    workspace.policies["capstone-jobs-pooled"] = json.loads(pooled(rules, "1126-pool-1"))
    workspace.faults.append(Fault("INVALID_CLUSTER_REQUEST", message="an end"))

    run()

    cluster = workspace.jobs[0].task["new_cluster"]
    assert cluster["instance_pool_id"] == "1126-pool-1"
    assert cluster.keys().isdisjoint({"node_type_id", "azure_attributes"})


def test_a_job_that_says_success_without_a_word_of_the_step_fails_the_step(run, workspace):
    workspace.faults.append(Fault("SILENT"))

    result = run()

    assert not result.success
    assert "job run 1 succeeded, but the step did not record its end" in failure(result)
    assert f"{workspace.url}/#job/1/run/1" in failure(result)


def test_the_words_of_a_step_may_reach_dbfs_after_its_job_is_over(run, workspace, tmp_path):
    change_settings(tmp_path, late_seconds=60)
    workspace.faults.append(Fault("SILENT"))
    written = []

    def speak(job):
        reference = workspace.files.file(
            job.task["spark_python_task"]["parameters"][0].removeprefix("/dbfs")
        )
        step = pickle.loads(reference.read_bytes())  # noqa: S301
        success = DagsterEvent(
            event_type_value="STEP_SUCCESS",
            job_name=step.dagster_run.job_name,
            step_key=step.step_key,
            event_specific_data=StepSuccessData(duration_ms=1.0),
        )
        entry = dg.EventLogEntry(
            error_info=None,
            level="INFO",
            user_message="",
            run_id=step.run_id,
            timestamp=time.time(),
            step_key=step.step_key,
            job_name=step.dagster_run.job_name,
            dagster_event=success,
        )
        events = gzip.compress(pickle.dumps(dg.serialize_value([entry])))
        reference.with_name("0_events.pkl").write_bytes(events)
        written.append(step.step_key)

    workspace.late_words = speak

    result = run()

    assert result.success
    assert written == ["soundtracks"]
    assert attempts(result) == 1


def test_a_policy_that_does_not_exist_is_named(run, workspace):
    workspace.policies = {}

    result = run()

    assert "no cluster policy 'capstone-jobs'" in failure(result)
    assert [request.call for request in workspace.requests] == [
        "GET /api/2.0/policies/clusters/list"
    ]


def test_code_that_would_be_sent_as_an_empty_archive_is_not_sent(
    run, workspace, tmp_path, monkeypatch
):
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(logs))

    result = run()

    assert "would send 0 files instead of the package's" in failure(result)
    assert "Set TMPDIR" in failure(result)
    assert workspace.jobs == []
