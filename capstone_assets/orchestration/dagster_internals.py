"""What the project uses of Dagster's private modules, in one place.

Belongs here: the imports, each with the reason why no public name does.
Not here: what is done with them. `dagster_internals` has a test that fails, with the name, when an
upgrade moves or reshapes one of them.
"""

# How a step ends whose blocking check does not hold: the check itself is reported instead. A step
# that is canceled has to be interrupted while its launcher waits.
from dagster._core.errors import DagsterAssetCheckFailedError, raise_execution_interrupts

# A step launcher's methods get it, and no public class has the step's previous attempts.
from dagster._core.execution.context.system import StepExecutionContext

# What a step launcher sends to where the step runs.
from dagster._core.execution.plan.external_step import (
    PICKLED_EVENTS_FILE_NAME,
    step_context_to_step_run_ref,
)

# Batching overrides how a shard is connected to and how an asset's last event is kept.
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)

# What an instance passes to a class that is configured in dagster.yaml; how the events of a step on
# a cluster, which come back as text, are read.
from dagster._serdes import ConfigurableClassData, deserialize_value

# The errors of an event; the run names the first of a chain.
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "INDEX_SHARD_NAME",
    "PICKLED_EVENTS_FILE_NAME",
    "ConfigurableClassData",
    "DagsterAssetCheckFailedError",
    "SerializableErrorInfo",
    "SqliteEventLogStorage",
    "StepExecutionContext",
    "deserialize_value",
    "raise_execution_interrupts",
    "step_context_to_step_run_ref",
]
