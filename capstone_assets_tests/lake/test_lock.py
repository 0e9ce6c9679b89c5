"""Two runs never write one lake at once: one waits, or is refused."""

from pathlib import Path

import pytest

from capstone_assets.lake.lock import LakeInUseError, holding_lake
from capstone_assets_tests.lake.lock_holder import another_process


def test_a_run_that_does_not_wait_is_refused_with_the_other_process_named(tmp_path: Path):
    with another_process(tmp_path) as other:
        with (
            pytest.raises(LakeInUseError, match=f"process {other.pid} since") as raised,
            holding_lake(str(tmp_path), wait=False),
        ):
            pytest.fail("it is held")
        assert str(tmp_path) in str(raised.value)
        other.kill()
        other.wait()
        # A killed run leaves no lock behind.
        with holding_lake(str(tmp_path), wait=False):
            pass


@pytest.mark.parametrize("written", ["link", "link/", "lake/", "./lake", "other/../lake"])
def test_a_lake_is_one_however_its_path_is_written(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lake = tmp_path / "lake"
    for folder in (lake, tmp_path / "other"):
        folder.mkdir()
    (tmp_path / "link").symlink_to(lake)
    monkeypatch.chdir(tmp_path)

    with another_process(lake) as other:
        for spelled in (written, f"{tmp_path}/{written}"):
            with (
                pytest.raises(LakeInUseError, match=f"process {other.pid} since"),
                holding_lake(spelled, wait=False),
            ):
                pytest.fail("it is held")
    with holding_lake(str(lake), wait=False), holding_lake(written, wait=False):
        pass


def test_a_lake_of_a_storage_account_is_not_locked():
    with holding_lake("abfss://{container}@account.dfs.core.windows.net", wait=False):
        pass
