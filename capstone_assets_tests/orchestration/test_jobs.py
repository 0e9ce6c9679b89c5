import pytest

from capstone_assets.definitions import build_defs
from capstone_assets.environment import Settings
from capstone_assets.lake.schemas import TABLES
from capstone_assets.orchestration.jobs import JOBS, LAKEHOUSE_JOB, REFRESH_JOBS

RAW = {"raw/tmdb_pages", "raw/discogs_pages"}


@pytest.fixture(scope="module")
def assets_of() -> dict[str, set[str]]:
    """The assets that each job makes, by its name."""
    definitions = build_defs(Settings())
    return {
        job.name: {
            key.to_user_string()
            for key in definitions.resolve_job_def(job.name).asset_layer.selected_asset_keys
        }
        for job in JOBS
    }


def test_the_main_job_makes_every_page_and_table(assets_of):
    assert assets_of[LAKEHOUSE_JOB.name] == {*TABLES} | RAW


def test_the_refreshes_together_leave_no_table_out(assets_of):
    assert set().union(*(assets_of[job.name] for job in REFRESH_JOBS)) == {*TABLES} | RAW


def test_gold_is_made_by_the_refresh_of_links_alone(assets_of):
    making_gold = {
        name
        for name, assets in assets_of.items()
        if any(each.startswith("gold/") for each in assets)
    }

    assert making_gold == {LAKEHOUSE_JOB.name, "refresh_links"}
