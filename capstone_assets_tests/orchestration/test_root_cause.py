from capstone_assets.orchestration.dagster_internals import SerializableErrorInfo
from capstone_assets.orchestration.root_cause import root_cause


def error(message: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    return SerializableErrorInfo(message, [], None, cause)


def test_the_first_error_of_a_chain_is_its_cause():
    full = error("No space left on device")

    assert root_cause(error("DagsterExecutionStepExecutionError", error("OSError", full))) == full
    assert root_cause(full) == full
    assert root_cause(None) is None
