"""The keys in use are nowhere but in the header of a request, whatever is written or goes wrong."""

import gzip
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from starlette.responses import JSONResponse

from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.orchestration.jobs import LAKEHOUSE_JOB, RANGE_END, RANGE_START
from capstone_assets_tests.freshness.records import FILM_ROWS, TOTO, VANGELIS
from capstone_assets_tests.ingest.conftest import serving
from capstone_assets_tests.orchestration.world import TMDB, TOKEN, MadeLake, World

EVERYTHING = {RANGE_START: "1984", RANGE_END: "1994"}


def written(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file under a folder, unpacked and decoded, with what its name says."""
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            if file.suffix == ".gz":
                content = gzip.decompress(content)
            if file.suffix == ".parquet":
                content += str(pq.ParquetFile(file).read().to_pylist()).encode()
            yield file, str(file) + content.decode(errors="replace")


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [dg.serialize_value(entry) for entry in instance.all_logs(run_id)]


def test_no_log_table_page_exception_event_or_url_contains_a_key(
    made_lake: MadeLake, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    shutil.copytree(made_lake.folder / "lake", tmp_path / "lake")
    (tmp_path / "home").mkdir()
    echo = JSONResponse({"status_message": f"{TOKEN} is not known", "message": TOKEN}, 401)
    with (
        serving(Catalog(FILM_ROWS, [TOTO, VANGELIS])) as api,
        dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance,
        dg.DagsterInstance.local_temp(str(made_lake.folder / "home")) as before,
    ):
        # An API that quotes the key it refuses, at every request of a step and of a sensor's tick.
        api.spoil(echo, times=10**6)
        world = World(tmp_path, instance, api)
        refused = world.definitions.resolve_job_def(LAKEHOUSE_JOB.name).execute_in_process(
            instance=instance,
            tags=EVERYTHING,
            run_config={"ops": {"raw__tmdb_pages": {"config": {"refresh": True}}}},
            raise_on_error=False,
        )
        with pytest.raises(Exception, match="401") as raised:
            world.tick(TMDB)
        events = [*events_of(before, made_lake.run_id), *events_of(instance, refused.run_id)]

    assert not refused.success
    files = [*written(made_lake.folder), *written(tmp_path)]
    assert [file for file, text in files if TOKEN in text] == []
    assert "tmdb answered 401" in "".join(events)
    for place in (caplog.text, *events, str(raised.value), repr(raised.value.__cause__)):
        assert TOKEN not in place
    asked = [*made_lake.asked, *api.asked]
    assert {TOKEN in each.headers["authorization"] for each in asked} == {True}
    assert not any(TOKEN in each.url for each in asked)
    # It would be found: what is searched holds the API's answers, the report and the log.
    for suffix in (".gz", ".parquet", ".html"):
        assert any("Dune" in text for file, text in files if file.suffix == suffix)
    assert "/3/discover/movie" in (made_lake.folder / "log").read_text()
