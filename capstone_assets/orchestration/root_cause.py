"""Find the first error of a failed step.

Belongs here: unwinding the errors in which Dagster wraps it.
Not here: wording it (main_job.py, notifications.py).
"""

from capstone_assets.orchestration.dagster_internals import SerializableErrorInfo


def root_cause(error: SerializableErrorInfo | None) -> SerializableErrorInfo | None:
    """Return the error that caused all others of a chain."""
    while error and error.cause:
        error = error.cause
    return error
