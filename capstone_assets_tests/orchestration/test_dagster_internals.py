"""An upgrade of Dagster that moves or reshapes what is private fails here, by name."""

import inspect

from capstone_assets.orchestration import dagster_internals


def test_every_private_name_exists_and_has_the_attributes_that_are_used():
    used = {
        "StepExecutionContext": ("step", "dagster_run", "instance", "previous_attempt_count"),
        "SqliteEventLogStorage": (
            *("_connect", "_store_asset_event", "store_event", "has_table"),
            *("store_event_batch", "conn_string_for_shard"),
        ),
        "ConfigurableClassData": ("config_dict",),
        "DagsterAssetCheckFailedError": (),
        "SerializableErrorInfo": ("cls_name",),
        "INDEX_SHARD_NAME": (),
        "PICKLED_EVENTS_FILE_NAME": (),
        "SINGLETON_REPOSITORY_NAME": (),
        "SQLITE_BUSY_TIMEOUT_SECONDS": (),
        "LoadableTargetOrigin": ("module_name",),
        "ManagedGrpcPythonEnvCodeLocationOrigin": ("location_name",),
        "RemoteRepositoryOrigin": ("get_job_origin",),
        "execute_run": (),
        "deserialize_value": (),
        "raise_execution_interrupts": (),
        "step_context_to_step_run_ref": (),
    }

    assert {*dagster_internals.__all__} == {*used}
    for name, attributes in used.items():
        found = getattr(dagster_internals, name)
        assert [each for each in attributes if not hasattr(found, each)] == [], name


def test_what_is_overridden_of_the_event_log_has_the_same_arguments():
    storage = dagster_internals.SqliteEventLogStorage

    assert [*inspect.signature(storage._connect).parameters] == ["self", "shard"]
    assert [*inspect.signature(storage._store_asset_event).parameters] == [
        *("self", "conn", "event", "event_id")
    ]
    assert [*inspect.signature(storage.__init__).parameters] == ["self", "base_dir", "inst_data"]
