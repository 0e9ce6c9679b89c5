"""Run each step as a Databricks job: the project's step launcher.

Belongs here: submitting, following and ending a step's job.
Not here: the cluster's settings (resources/job_cluster.py), the code that is sent along
(resources/staging.py), retrying calls to the workspace (resources/workspace_calls.py), reading a
run's state (resources/job_runs.py), which steps are launched (orchestration/launching.py,
definitions.py).

The calls of a step, in order: the policies; main file, code, step and configuration to DBFS, each
read back; `runs/submit`; `runs/get` and the events' file on DBFS alternately; stdout and stderr;
`runs/cancel` if the step is interrupted. The client reads its credentials from the environment, so
that no configuration has any; secrets reach the step from a secret scope, on the cluster.
"""

import functools
import hashlib
import logging
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, TypeVar, cast

import dagster as dg
from dagster_databricks import (
    DatabricksPySparkStepLauncher,
    databricks_pyspark_step_launcher,
)
from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import JobsAPI, Run

from capstone_assets.audit.records import git_commit
from capstone_assets.environment import (
    UNITY_CATALOG,
    Launch,
    Settings,
    read_api_keys,
    read_sinks,
    read_unity_catalog,
)
from capstone_assets.orchestration.dagster_internals import (
    PICKLED_EVENTS_FILE_NAME,
    StepExecutionContext,
    deserialize_value,
    raise_execution_interrupts,
    step_context_to_step_run_ref,
)
from capstone_assets.orchestration.launching import record_submission
from capstone_assets.orchestration.resources.job_cluster import DatabricksSettings, pool_of_policy
from capstone_assets.orchestration.resources.job_runs import (
    another_may_succeed,
    has_finished_its_task,
    has_succeeded,
    how_it_ended,
    is_over,
)
from capstone_assets.orchestration.resources.staging import staged_package
from capstone_assets.orchestration.resources.workspace_calls import (
    REFUSED_TOKEN,
    DamagedFileError,
    DbfsFiles,
    WorkspaceRefusal,
    call_safely,
    may_pass,
    patiently,
    pickled_text,
    sentence,
)
from capstone_assets.orchestration.step_audit import run_id_of

log = logging.getLogger(__name__)

T = TypeVar("T")

# Made by infrastructure/databricks/set_up.py over the Key Vault.
SECRET_SCOPE = "capstone"  # noqa: S105
# By environment variable: the identity with which the lake's files are read. A cluster sends no API
# a request, so it gets no API key.
SECRETS = {
    "AZURE_CLIENT_ID": "runner-client-id",
    "AZURE_CLIENT_SECRET": "runner-client-secret",
    "AZURE_TENANT_ID": "runner-tenant-id",
}

_TRY_AGAIN = "This may be transient: the step is retried."
_REMEDY_FIRST = "Retrying does not help until the cause is removed."

# Databricks ends a job at its timeout; if it does not, the job is ended from here.
_GRACE_SECONDS = 600
# A canceled step has to end before Dagster gives up on it.
_CANCEL_PATIENCE_SECONDS = 30


class DatabricksStepError(RuntimeError):
    """A step did not run to its end on Databricks, for a reason outside its own code."""

    def __init__(self, step: str, what: str, advice: str, log: str = "") -> None:
        super().__init__(step, what, advice, log)
        self.step, self.what, self.advice, self.log = step, what, advice, log

    def __str__(self) -> str:
        log = f" Its log: {self.log}." if self.log else ""
        return f"{self.step} on Databricks: {self.what}.{log} {self.advice}"


class PolicyNotFoundError(DatabricksStepError):
    """The workspace has no cluster policy of the configured name, or does not permit its use."""


class SubmitRefusedError(DatabricksStepError):
    """The workspace rejected the step's files or its job."""


class JobLostError(DatabricksStepError):
    """The step's job ended before the step did."""


class _JobTooLongError(Exception):
    """A job is still under way long after Databricks should have ended it."""


class StepDiedError(DatabricksStepError):
    """The step's process ended without recording how the step ended."""


def step_launcher(settings: Settings, how: DatabricksSettings) -> dg.ResourceDefinition:
    """Return the launcher that the settings describe."""
    # dagster-databricks' schema has no spot machines with fallback; `_prepare` puts them in.
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
        # The package's folder is known when a step is launched.
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
    """Split a backfill into several runs of at most so many partitions, instead of one over all."""
    if partitions_per_run is None:
        return assets
    policy = dg.BackfillPolicy.multi_run(partitions_per_run)
    return [
        asset.with_attributes(backfill_policy=policy) if asset.partitions_def else asset
        for asset in assets
    ]


class ProjectStepLauncher(DatabricksPySparkStepLauncher):
    """Sends only the package, finds the policy, and reports why a job ended early."""

    def __init__(self, how: DatabricksSettings, **config: Any) -> None:
        super().__init__(**config)
        self._how = how
        self._client = call_safely(self.databricks_runner.client.workspace_client)
        self._files = DbfsFiles(self._client)
        self._variables = dict(self.env_variables)
        self._run_config = dict(self.run_config)
        # dagster-databricks uses these to stage a step's files and to read its output.
        runs = self.databricks_runner.client
        vars(runs).update(put_file=self._put_file, read_file=self._read_file)
        # A run has one task, so the first page is enough. The SDK's own method follows any page
        # token, and an empty one forever.
        jobs = self._client.jobs
        vars(jobs).update(get_run=functools.partial(JobsAPI.get_run, jobs))

    def launch_step(self, step_context: StepExecutionContext) -> Iterator[dg.DagsterEvent]:
        """Run a step; after a transient failure request another attempt from Dagster."""
        step, run_id = step_context.step.key, step_context.dagster_run.run_id
        try:
            self._prepare(step_context)
            databricks_run_id = self._submit(step_context)
        except (*WorkspaceRefusal, DamagedFileError) as refusal:
            passing = isinstance(refusal, DamagedFileError) or may_pass(refusal)
            refused = SubmitRefusedError(
                step,
                f"the workspace refused the job: {sentence(refusal).rstrip('.')}",
                _TRY_AGAIN if passing else _REMEDY_FIRST,
            )
            if passing:
                raise self._another_attempt() from refused
            raise refused from None
        try:
            with raise_execution_interrupts():
                yield from self.step_events_iterator(step_context, step, databricks_run_id)
        except BaseException:
            self._cancel(databricks_run_id)
            raise
        finally:
            self.log_compute_logs(step_context.log, run_id, step)

    def step_events_iterator(
        self, step_context: StepExecutionContext, step_key: str, databricks_run_id: int
    ) -> Iterator[dg.DagsterEvent]:
        """Yield the step's events as they arrive; the last of them has to be its end."""
        ended = False
        fault: Exception | None = None
        try:
            announce = functools.partial(self.get_databricks_run_dagster_event, step_context)
            yield self._once_it_is_shown(functools.partial(announce, databricks_run_id))
            for entry in self._follow(step_context, step_key, databricks_run_id):
                # Recorded as it came, with the cluster's time.
                step_context.instance.handle_new_event(entry)
                ended = ended or _is_end(entry)
                if entry.is_dagster_event:
                    yield entry.get_dagster_event()
        except (*WorkspaceRefusal, pickle.UnpicklingError, _JobTooLongError) as wrong:
            fault = wrong
        if ended:
            # The cluster's own end does not matter any more.
            return
        error, passing = self._why(step_key, databricks_run_id, fault)
        if passing:
            raise self._another_attempt() from error
        raise error

    def get_step_events(
        self, run_id: str, step_key: str, retry_number: int
    ) -> Sequence[dg.EventLogEntry]:
        """Return the events that the step has written so far; none while they are half written.

        Raises:
            pickle.UnpicklingError: the file holds something other than events.
        """
        path = self._dbfs_path(run_id, step_key, f"{retry_number}_{PICKLED_EVENTS_FILE_NAME}")
        try:
            content = self._read_file(path)
        except NotFound:
            return []  # The step has not written any.
        text = pickled_text(content)
        return cast(Sequence[dg.EventLogEntry], deserialize_value(text)) if text else []

    def _follow(
        self, step_context: StepExecutionContext, step: str, databricks_run_id: int
    ) -> Iterator[dg.EventLogEntry]:
        """Yield the step's records until its process has ended and the last ones have arrived."""
        get_run = functools.partial(self._client.jobs.get_run, databricks_run_id)
        get_events = functools.partial(
            self.get_step_events, step_context.run_id, step, step_context.previous_attempt_count
        )
        until = time.monotonic() + self.databricks_runner.max_wait_time_sec
        seen, ended = 0, False
        over_since: float | None = None
        while True:
            time.sleep(self.databricks_runner.poll_interval_sec)
            run = self._patiently(get_run)  # First: what was recorded before it is read after it.
            entries = self._patiently(get_events)
            for entry in entries[seen:]:
                ended = ended or _is_end(entry)
                yield entry
            seen = max(seen, len(entries))
            if ended and has_finished_its_task(run):
                return
            now = time.monotonic()
            if is_over(run):
                over_since = over_since or now
                if not has_succeeded(run) or now - over_since > self._how.late_seconds:
                    return
            elif now > until:
                raise _JobTooLongError(f"it runs for longer than {self._how.timeout_seconds} s")

    def _submit(self, step_context: StepExecutionContext) -> int:
        """Stage a step's files and submit its job; return the job run's id."""
        step, run_id = step_context.step.key, step_context.dagster_run.run_id
        with staged_package() as folder:
            self.local_dagster_job_package_path = str(folder)
            reference = step_context_to_step_run_ref(step_context, str(folder))
            self._upload_artifacts(step_context.log, reference, run_id, step)
        task = self._get_databricks_task(run_id, step)
        # A job that is submitted again with the same token, after a lost response, is the same job.
        submitted = self._while_submitting(lambda: self._submitted(task))
        record_submission(step_context.instance, step_context.dagster_run, step, submitted)
        return submitted

    def _submitted(self, task: Mapping[str, Any]) -> int:
        try:
            return self.databricks_runner.submit_run(self.run_config, task)
        except KeyError:
            # The job may be there all the same, so this is not its end.
            raise DatabricksError("the workspace returned no run_id") from None

    def _cancel(self, databricks_run_id: int) -> None:
        cancel = functools.partial(self._client.jobs.cancel_run, databricks_run_id)
        try:
            patiently(cancel, _CANCEL_PATIENCE_SECONDS, 1, despite=REFUSED_TOKEN)
        except WorkspaceRefusal as refusal:
            # The reason for canceling matters more; the job ends at its timeout.
            log.warning("Job run %s was not canceled: %s", databricks_run_id, sentence(refusal))

    def _patiently(self, ask: Callable[[], T]) -> T:
        how = self._how
        return patiently(ask, how.poll_patience_seconds, how.poll_seconds, despite=REFUSED_TOKEN)

    def _once_it_is_shown(self, ask: Callable[[], T]) -> T:
        """Ask for a job that was submitted just now, which the workspace may not know yet."""
        how, asked = self._how, functools.partial(self._patiently, ask)
        return patiently(asked, how.late_seconds, how.poll_seconds, despite=(BadRequest, NotFound))

    def _while_submitting(self, ask: Callable[[], T]) -> T:
        """Retry only briefly: nothing runs yet."""
        how = self._how
        return patiently(ask, how.submit_patience_seconds, how.poll_seconds)

    def _put_file(self, file_obj: IO[bytes], dbfs_path: str, **_: Any) -> None:
        write = functools.partial(self._files.write, file_obj.read(), _absolute(dbfs_path))
        self._while_submitting(write)

    def _read_file(self, dbfs_path: str) -> bytes:
        return self._files.read(_absolute(dbfs_path))

    # dagster-databricks writes dbfs:///folder and /dbfs//folder; the reference has dbfs:/folder.
    def _dbfs_path(self, run_id: str, step_key: str, filename: str) -> str:
        return super()._dbfs_path(run_id, step_key, filename).replace("dbfs:///", "dbfs:/")

    def _internal_dbfs_path(self, run_id: str, step_key: str, filename: str) -> str:
        return super()._internal_dbfs_path(run_id, step_key, filename).replace("//", "/")

    def _prepare(self, step_context: StepExecutionContext) -> None:
        """Set what differs between steps: the name, the key, what is passed to the cluster."""
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
            submitted=time.time(),
        )
        self.env_variables = {**self._variables, **launch.to_variables()}
        self.run_config = {
            **self._run_config,
            "cluster": {"new": self._cluster(step)},
            "run_name": f"{step} of run {launch.run_id}",
            # A job that is submitted twice, because a response was lost, runs once.
            "idempotency_token": hashlib.sha256(attempt.encode()).hexdigest(),
        }

    def _cluster(self, step: str) -> dict[str, Any]:
        """Return the cluster to request: from the pool if there is one, else of new machines."""
        found = self._while_submitting(
            lambda: {each.name: each for each in self._client.cluster_policies.list()}
        )
        pooled = found.get(self._how.pooled_policy)
        if pooled and (pool := pool_of_policy(pooled.definition or "{}")):
            return {**self._how.new_cluster(pool), "policy_id": pooled.policy_id}
        policy = found.get(self._how.policy)
        if policy is None:
            raise PolicyNotFoundError(
                step,
                f"the workspace has no cluster policy {self._how.policy!r} that this identity may "
                "use",
                "Retrying cannot help: run infrastructure/databricks/set_up.py, or name another "
                "policy in the Databricks settings.",
            )
        return {**self._how.new_cluster(), "policy_id": policy.policy_id}

    def _another_attempt(self) -> dg.RetryRequested:
        return dg.RetryRequested(self._how.retries, self._how.retry_wait_seconds)

    def _why(
        self, step: str, databricks_run_id: int, fault: Exception | None
    ) -> tuple[DatabricksStepError, bool]:
        """Return why a step did not end, and whether another attempt may."""
        run: Run | None = None
        ask = functools.partial(self._client.jobs.get_run, databricks_run_id)
        try:
            run = ask() if fault else self._patiently(ask)
        except WorkspaceRefusal as refusal:
            fault = fault or refusal
        if run is None or not is_over(run):
            what = f"job run {databricks_run_id} can no longer be followed: {sentence(fault)}"
            error = JobLostError(step, what, "Look it up in the workspace.")
            return error, isinstance(fault, WorkspaceRefusal)
        log = self._log_of(run)
        if has_succeeded(run):
            what = f"job run {databricks_run_id} succeeded, but the step did not record its end"
            how = sentence(fault) if fault else "Its process was killed, or DBFS cannot be written"
            return StepDiedError(step, what, f"{how}.", log), False
        result, message = how_it_ended(run)
        said = message or sentence(fault)
        passing = another_may_succeed(run)
        what = f"job run {databricks_run_id} ended as {result}: {said.rstrip('.')}"
        return JobLostError(step, what, _TRY_AGAIN if passing else _REMEDY_FIRST, log), passing

    def _log_of(self, run: Run) -> str:
        """Return where the logs of a run's cluster are."""
        places = [run.run_page_url] if run.run_page_url else []
        where = (self._how.cluster.cluster_log_conf or {}).get("dbfs", {}).get("destination")
        instance = (run.tasks[0].cluster_instance if run.tasks else None) or run.cluster_instance
        if where and instance and instance.cluster_id:
            places.append(f"{where}/{instance.cluster_id}/driver")
        return " and ".join(places)


def _is_end(entry: dg.EventLogEntry) -> bool:
    if not entry.is_dagster_event:
        return False
    event = entry.get_dagster_event()
    return event.is_step_success or event.is_step_failure or event.is_step_up_for_retry


def _absolute(dbfs_path: str) -> str:
    return dbfs_path.removeprefix("dbfs:")
