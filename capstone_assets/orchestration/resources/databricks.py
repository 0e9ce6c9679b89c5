"""Run each step as a Databricks job: the project's step launcher.

Belongs here: submitting, following and ending a step's job, and what its end means.
Not here: the cluster's settings (resources/job_cluster.py), the code that is sent along
(resources/staging.py), which steps are launched (orchestration/launching.py, definitions.py).

The calls of a step, in order: the policy's id; main file, code, step and configuration to DBFS;
`runs/submit`; `runs/get` and the events' file on DBFS by turns; stdout and stderr; `runs/cancel`
if the step is interrupted. The client takes its credentials from the environment, so that there
are none in any configuration; secrets reach the step from a secret scope, on the cluster.
"""

import functools
import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import dagster as dg
from dagster_databricks import DatabricksError as PollingError
from dagster_databricks import (
    DatabricksPySparkStepLauncher,
    databricks_pyspark_step_launcher,
)
from databricks.sdk.errors import platform as refusals
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run, TerminationCodeCode, TerminationTypeType
from requests.exceptions import RequestException

from capstone_assets.audit.records import git_commit
from capstone_assets.environment import (
    UNITY_CATALOG,
    Launch,
    Settings,
    read_api_keys,
    read_sinks,
    read_unity_catalog,
)
from capstone_assets.orchestration.dagster_internals import StepExecutionContext
from capstone_assets.orchestration.resources.job_cluster import DatabricksSettings
from capstone_assets.orchestration.resources.staging import staged_package
from capstone_assets.orchestration.step_audit import run_id_of

log = logging.getLogger(__name__)

T = TypeVar("T")


class Clock(Protocol):
    """What tells and passes time: the module `time`, or a test's."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


# Made by infrastructure/databricks/set_up.py over the Key Vault.
SECRET_SCOPE = "capstone"  # noqa: S105
# By environment variable: the identity with which the lake's files are read. A cluster asks no API,
# so it gets no key of one.
SECRETS = {
    "AZURE_CLIENT_ID": "runner-client-id",
    "AZURE_CLIENT_SECRET": "runner-client-secret",
    "AZURE_TENANT_ID": "runner-tenant-id",
}

# Nobody's fault: on another cluster, or later, the same step may well succeed.
_PASSING_CODES = {
    TerminationCodeCode.CLOUD_FAILURE,
    TerminationCodeCode.CLUSTER_ERROR,
    TerminationCodeCode.CLUSTER_REQUEST_LIMIT_EXCEEDED,
    TerminationCodeCode.DRIVER_ERROR,
    TerminationCodeCode.INTERNAL_ERROR,
    TerminationCodeCode.STORAGE_ACCESS_ERROR,
    TerminationCodeCode.WORKSPACE_RUN_LIMIT_EXCEEDED,
}
_PASSING_TYPES = {TerminationTypeType.CLOUD_FAILURE, TerminationTypeType.INTERNAL_ERROR}
_PASSING_REFUSALS = (
    refusals.DeadlineExceeded,
    refusals.InternalError,
    refusals.TemporarilyUnavailable,
    refusals.TooManyRequests,
    RequestException,
    TimeoutError,  # The client gives up on 429 and 503 after five minutes.
)


_TRY_AGAIN = "That may pass: the step is tried again."
_REMEDY_FIRST = "Retrying cannot help before its cause is removed."

# Databricks ends a job at its timeout; only if it fails to is it ended from here.
_GRACE_SECONDS = 600


class DatabricksStepError(RuntimeError):
    """A step did not run to its end on Databricks, for a reason outside its own code."""

    def __init__(self, step: str, what: str, advice: str, log: str = "") -> None:
        super().__init__(step, what, advice, log)
        self.step, self.what, self.advice, self.log = step, what, advice, log

    def __str__(self) -> str:
        log = f" Its log: {self.log}." if self.log else ""
        return f"{self.step} on Databricks: {self.what}.{log} {self.advice}"


class PolicyNotFoundError(DatabricksStepError):
    """The workspace has no cluster policy of the name in the settings, or none that may be used."""


class SubmitRefusedError(DatabricksStepError):
    """The workspace did not take the step's files or its job."""


class JobLostError(DatabricksStepError):
    """The step's job ended before the step did."""


class StepDiedError(DatabricksStepError):
    """The step's process ended without saying how the step went."""


def patiently(
    ask: Callable[[], T], patience_seconds: float, wait_seconds: float, clock: Clock = time
) -> T:
    """Ask a running job's workspace, again for `patience_seconds` where it stumbles.

    The job does not depend on being watched: an answer of 500, 502, 503 or 504, or none, says
    nothing about it. What cannot pass is raised at once, and the last fault when patience ends.
    """
    until = clock.monotonic() + patience_seconds
    while True:
        try:
            return ask()
        except _PASSING_REFUSALS as refusal:
            if clock.monotonic() >= until:
                raise
            log.warning("The workspace cannot be asked, asking again: %s", _told(refusal))
            clock.sleep(wait_seconds)


def step_launcher(settings: Settings, how: DatabricksSettings) -> dg.ResourceDefinition:
    """Return the launcher as the settings want it."""
    # dagster-databricks' schema lacks spot machines with fallback; `_prepare` puts them in.
    cluster = {k: v for k, v in how.new_cluster().items() if k != "azure_attributes"}
    variables = {"CAPSTONE_LAKE": settings.lake, **read_sinks().to_variables()}
    if settings.overrides:
        variables["CAPSTONE_OVERRIDES"] = settings.overrides
    if catalog := read_unity_catalog():
        variables[UNITY_CATALOG] = catalog
    if settings.discogs_dump:
        variables["CAPSTONE_DISCOGS_DUMP"] = settings.discogs_dump
    config = {
        "run_config": {
            "cluster": {"new": cluster},
            # Installed by the cluster's init script, which alone can leave out what they depend on:
            # dagster-pyspark would bring a pyspark of its own.
            "install_default_libraries": False,
            "timeout_seconds": how.timeout_seconds,
        },
        "permissions": {},
        "databricks_host": {"env": "DATABRICKS_HOST"},
        "secrets_to_env_variables": [
            {"name": variable, "scope": SECRET_SCOPE, "key": key}
            for variable, key in SECRETS.items()
        ],
        "env_variables": variables,
        # Where the package lies is known when a step is launched.
        "local_dagster_job_package_path": "",
        "max_completion_wait_time_seconds": how.timeout_seconds + _GRACE_SECONDS,
        "poll_interval_sec": how.poll_seconds,
        "verbose_logs": False,
    }

    @dg.resource(
        config_schema=databricks_pyspark_step_launcher.config_schema,
        description="Runs each step as a Databricks job.",
    )
    def launcher(context: dg.InitResourceContext) -> ProjectStepLauncher:
        return ProjectStepLauncher(how, **context.resource_config)

    return launcher.configured(config)


def split_backfills(
    assets: Sequence[Any], partitions_per_run: int | None
) -> Sequence[dg.AssetsDefinition]:
    """Let a backfill be several runs of at most so many partitions, instead of one over all."""
    if partitions_per_run is None:
        return assets
    policy = dg.BackfillPolicy.multi_run(partitions_per_run)
    return [
        asset.with_attributes(backfill_policy=policy) if asset.partitions_def else asset
        for asset in assets
    ]


class ProjectStepLauncher(DatabricksPySparkStepLauncher):
    """Sends the package alone, finds the policy, and says why a job ended that should not have."""

    def __init__(self, how: DatabricksSettings, **config: Any) -> None:
        super().__init__(**config)
        self._how = how
        self._client = self.databricks_runner.client.workspace_client
        self._variables = dict(self.env_variables)
        self._run_config = dict(self.run_config)
        runs = self.databricks_runner.client
        state_of = runs.get_run_state

        def get_run_state(databricks_run_id: int) -> Any:
            ask = functools.partial(state_of, databricks_run_id)
            return patiently(ask, how.poll_patience_seconds, how.poll_seconds)

        # The polling loop of dagster-databricks has no other place to be patient.
        runs.get_run_state = get_run_state  # type: ignore[method-assign]

    def get_step_events(
        self, run_id: str, step_key: str, retry_number: int
    ) -> Sequence[dg.EventLogEntry]:
        """Return the events that the step has written so far."""
        read = functools.partial(super().get_step_events, run_id, step_key, retry_number)
        return patiently(read, self._how.poll_patience_seconds, self._how.poll_seconds)

    def launch_step(self, step_context: StepExecutionContext) -> Iterator[dg.DagsterEvent]:
        """Run a step; a fault that may pass asks Dagster for another attempt."""
        try:
            self._prepare(step_context)
            with staged_package() as folder:
                self.local_dagster_job_package_path = str(folder)
                yield from super().launch_step(step_context)
        except (DatabricksError, RequestException, TimeoutError) as refusal:
            may_pass = isinstance(refusal, _PASSING_REFUSALS)
            refused = SubmitRefusedError(
                step_context.step.key,
                f"the workspace refused the job: {_told(refusal).rstrip('.')}",
                _TRY_AGAIN if may_pass else _REMEDY_FIRST,
            )
            if may_pass:
                raise self._another_attempt() from refused
            raise refused from None

    def step_events_iterator(
        self, step_context: StepExecutionContext, step_key: str, databricks_run_id: int
    ) -> Iterator[dg.DagsterEvent]:
        """Yield the step's events as they arrive; the last of them has to be its end."""
        ended = False
        fault: Exception | None = None
        try:
            for event in super().step_events_iterator(step_context, step_key, databricks_run_id):
                ended = ended or event.is_step_success or event.is_step_failure
                ended = ended or event.is_step_up_for_retry
                yield event
        # ValueError: a result that dagster-databricks does not know, such as UPSTREAM_CANCELED.
        except (PollingError, DatabricksError, RequestException, TimeoutError, ValueError) as wrong:
            fault = wrong
        if ended:
            # What became of the cluster afterwards changes nothing.
            return
        error, may_pass = self._why(step_key, databricks_run_id, fault)
        if may_pass:
            raise self._another_attempt() from error
        raise error

    def _prepare(self, step_context: StepExecutionContext) -> None:
        """Set what differs from step to step: its name, its key, what the cluster is told."""
        step, run = step_context.step.key, step_context.dagster_run
        attempt = f"{run.run_id} {step} {step_context.previous_attempt_count}"
        launch = Launch(
            run_id=run_id_of(step_context.instance, run.run_id),
            git_commit=git_commit(),
            emulated=read_api_keys() is None,
            node_type=self._how.cluster.node_type_id,
            nodes=self._how.most_nodes,
            dbus_per_node_hour=self._how.dbus_per_node_hour,
            dollars_per_node_hour=self._how.dollars_per_node_hour,
        )
        self.env_variables = {**self._variables, **launch.to_variables()}
        cluster = {**self._how.new_cluster(), "policy_id": self._policy_id(step)}
        self.run_config = {
            **self._run_config,
            "cluster": {"new": cluster},
            "run_name": f"{step} of run {launch.run_id}",
            # Submitted twice because an answer was lost, it runs once.
            "idempotency_token": hashlib.sha256(attempt.encode()).hexdigest(),
        }

    def _policy_id(self, step: str) -> str:
        for policy in self._client.cluster_policies.list():
            if policy.name == self._how.policy and policy.policy_id:
                return policy.policy_id
        raise PolicyNotFoundError(
            step,
            f"the workspace has no cluster policy {self._how.policy!r} that this identity may use",
            "Retrying cannot help: run infrastructure/databricks/set_up.py, or name another policy "
            "in the Databricks settings.",
        )

    def _another_attempt(self) -> dg.RetryRequested:
        return dg.RetryRequested(self._how.retries, self._how.retry_wait_seconds)

    def _why(
        self, step: str, databricks_run_id: int, fault: Exception | None
    ) -> tuple[DatabricksStepError, bool]:
        """Why a step has no end, and whether that may pass."""
        try:
            run = self._client.jobs.get_run(databricks_run_id)
        except (DatabricksError, RequestException, TimeoutError) as refusal:
            what = f"job run {databricks_run_id} can no longer be followed: {_told(refusal)}"
            return JobLostError(step, what, "Look it up in the workspace."), True
        log = self._log_of(run)
        details = run.status.termination_details if run.status else None
        result, message = _result_of(run)
        if result == "SUCCESS":
            return (
                StepDiedError(
                    step,
                    f"job run {databricks_run_id} succeeded, but the step left no word of its end",
                    "Its process was killed, or DBFS, through which it speaks, cannot be written.",
                    log,
                ),
                False,
            )
        code, kind = (details.code, details.type) if details else (None, None)
        may_pass = code in _PASSING_CODES or kind in _PASSING_TYPES
        what = f"job run {databricks_run_id} ended as {result}" + (
            f" ({code.value})" if code else ""
        )
        told = message or (details.message if details else "") or _told(fault)
        advice = _TRY_AGAIN if may_pass else _REMEDY_FIRST
        return JobLostError(step, f"{what}: {told.rstrip('.')}", advice, log), may_pass

    def _log_of(self, run: Run) -> str:
        """Where the logs of a run's cluster are."""
        places = [run.run_page_url] if run.run_page_url else []
        where = (self._how.cluster.cluster_log_conf or {}).get("dbfs", {}).get("destination")
        instance = (run.tasks[0].cluster_instance if run.tasks else None) or run.cluster_instance
        if where and instance and instance.cluster_id:
            places.append(f"{where}/{instance.cluster_id}/driver")
        return " and ".join(places)


def _result_of(run: Run) -> tuple[str, str]:
    """How a job run ended or where it stands, and what the workspace says of it."""
    if run.state is None:
        return "unknown", ""
    state = run.state.result_state or run.state.life_cycle_state
    return state.value if state else "unknown", run.state.state_message or ""


def _told(fault: Exception | None) -> str:
    code = getattr(fault, "error_code", None)
    return f"{code}: {fault}" if code else str(fault) or type(fault).__name__
