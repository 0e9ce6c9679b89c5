"""What becomes of a step when Databricks does not run it to its end."""

from collections.abc import Callable

import dagster as dg
import pytest

from capstone_assets.definitions import build_defs
from capstone_assets.environment import read_settings
from capstone_assets_tests.fake_databricks.workspace import Fault, running_workspace
from capstone_assets_tests.orchestration.resources.test_databricks import SUBMIT, on_databricks

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


@pytest.fixture
def workspace(tmp_path):
    with running_workspace(tmp_path / "workspace") as running:
        yield running


@pytest.fixture
def run(tmp_path, workspace, monkeypatch) -> Run:
    for name, value in on_databricks(tmp_path, workspace).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "dagster").mkdir()

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


def test_a_quota_that_is_used_up_fails_the_step_at_once_and_says_so(run, workspace):
    workspace.faults.append(
        Fault("QUOTA_EXCEEDED", SUBMIT, 400, "the workspace has reached 1000 active runs")
    )

    result = run()

    assert not result.success
    assert attempts(result) == 1
    assert "QUOTA_EXCEEDED: the workspace has reached 1000 active runs" in failure(result)
    assert "Retrying cannot help" in failure(result)
    assert workspace.jobs == []


def test_a_workspace_that_keeps_stumbling_is_asked_three_times(run, workspace):
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


@pytest.mark.parametrize("code", ["LIBRARY_INSTALLATION_ERROR", "INVALID_CLUSTER_REQUEST"])
def test_a_cluster_that_cannot_be_had_as_asked_for_is_not_tried_again(run, workspace, code):
    workspace.faults.append(Fault(code, message="as it was asked for, it cannot be"))

    result = run()

    assert attempts(result) == 1
    assert f"({code}): as it was asked for, it cannot be" in failure(result)
    assert "Retrying cannot help" in failure(result)


def test_a_job_that_takes_too_long_fails_the_step_and_says_so(run, workspace):
    workspace.faults.append(Fault("TIMEDOUT", message="longer than 14400 seconds"))

    result = run()

    assert attempts(result) == 1
    assert "ended as TIMEDOUT (CANCELED): longer than 14400 seconds" in failure(result)


def test_a_job_that_says_success_without_a_word_of_the_step_fails_the_step(run, workspace):
    workspace.faults.append(Fault("SILENT"))

    result = run()

    assert not result.success
    assert "job run 1 succeeded, but the step left no word of its end" in failure(result)
    assert f"{workspace.url}/#job/1/run/1" in failure(result)


def test_a_policy_that_does_not_exist_is_named(run, workspace):
    workspace.policies_known = {}

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
