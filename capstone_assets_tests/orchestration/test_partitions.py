import warnings

import dagster as dg

from capstone_assets.lake.years import YEAR_KEYS
from capstone_assets.orchestration.partitions import RELEASE_YEARS, expecting_backfill_policies


def declare_range() -> None:
    @dg.asset(partitions_def=RELEASE_YEARS, backfill_policy=dg.BackfillPolicy.single_run())
    def films() -> None: ...


def test_a_backfill_policy_is_declared_without_a_warning_and_others_are_still_shown():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        with expecting_backfill_policies():
            declare_range()
            warnings.warn("another", UserWarning, stacklevel=1)
        expected = [str(each.message) for each in shown]
        declare_range()

    assert expected == ["another"]
    # Dagster still warns where nothing expects it.
    assert "backfill_policy" in str(shown[-1].message)


def test_a_partition_is_a_year_of_the_lake():
    assert RELEASE_YEARS.get_partition_keys() == list(YEAR_KEYS)
