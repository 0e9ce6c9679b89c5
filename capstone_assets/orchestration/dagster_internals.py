"""Everything that the project imports from Dagster's private modules.

Belongs here: the imports, each with the reason why no public name does.
Not here: their uses. `dagster_internals` has a test that fails, with the name, when an upgrade
moves or reshapes one of them.
"""

# A run of `capstone run` has the origin that the web UI gives its own: without one the timeline
# does not show it, and `dg.execute_job` takes none.
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME

# The error of a step whose blocking check fails: the check itself is reported instead. A step
# that is canceled has to be interrupted while its launcher waits.
from dagster._core.errors import DagsterAssetCheckFailedError, raise_execution_interrupts
from dagster._core.execution.api import execute_run

# Step launchers receive it, and no public class has a step's previous attempts.
from dagster._core.execution.context.system import StepExecutionContext

# What a step launcher sends to the place where the step runs.
from dagster._core.execution.plan.external_step import (
    PICKLED_EVENTS_FILE_NAME,
    step_context_to_step_run_ref,
)
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteRepositoryOrigin,
)

# Batching overrides how a shard is connected to and how an asset's last event is kept.
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

# What an instance passes to a class that is configured in dagster.yaml; how the events of a step on
# a cluster, which come back as text, are read.
from dagster._serdes import ConfigurableClassData, deserialize_value

# The errors of an event; the run names the first of a chain.
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "INDEX_SHARD_NAME",
    "PICKLED_EVENTS_FILE_NAME",
    "SINGLETON_REPOSITORY_NAME",
    "SQLITE_BUSY_TIMEOUT_SECONDS",
    "ConfigurableClassData",
    "DagsterAssetCheckFailedError",
    "LoadableTargetOrigin",
    "ManagedGrpcPythonEnvCodeLocationOrigin",
    "RemoteRepositoryOrigin",
    "SerializableErrorInfo",
    "SqliteEventLogStorage",
    "StepExecutionContext",
    "deserialize_value",
    "execute_run",
    "raise_execution_interrupts",
    "step_context_to_step_run_ref",
]
