import dagster as dg

from capstone_assets.definitions import build_defs
from capstone_assets.environment import Settings


def test_the_nightly_run_is_of_all_years_and_off_until_it_is_turned_on():
    definitions = build_defs(Settings())
    nightly = definitions.resolve_schedule_def("nightly_refresh")
    with dg.DagsterInstance.ephemeral() as instance, dg.build_schedule_context(instance) as context:
        requests = nightly.evaluate_tick(context).run_requests or []

    [request] = requests
    assert nightly.default_status is dg.DefaultScheduleStatus.STOPPED
    assert request.tags["dagster/asset_partition_range_start"] == "unknown"
    assert int(request.tags["dagster/asset_partition_range_end"]) >= 2026
