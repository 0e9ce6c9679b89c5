"""The keys in use are nowhere but in the header of a request, whatever is written or goes wrong."""

import gzip
import logging
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
from capstone_assets_tests.orchestration.world import TMDB, TOKEN, Elsewhere, World

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


def test_no_log_table_page_exception_event_or_url_contains_a_key(
    tmp_path: Path,
    spark,  # noqa: ARG001
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "home").mkdir()
    echo = JSONResponse({"status_message": f"{TOKEN} is not known", "message": TOKEN}, 401)
    with (
        serving(Catalog(FILM_ROWS, [TOTO, VANGELIS], [], [], [])) as api,
        dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance,
    ):
        world = World(tmp_path, instance, Elsewhere(url=api.url))
        job = world.definitions.resolve_job_def(LAKEHOUSE_JOB.name)
        good = job.execute_in_process(instance=instance, tags=EVERYTHING)
        # An API that quotes the key it refuses, at every request of a step and of a sensor's tick.
        api.spoil(echo, times=10**6)
        refreshing = {"ops": {"raw__tmdb_pages": {"config": {"refresh": True}}}}
        bad = job.execute_in_process(
            instance=instance, tags=EVERYTHING, run_config=refreshing, raise_on_error=False
        )
        with pytest.raises(Exception, match="401") as raised:
            world.tick(TMDB)
        events = [
            dg.serialize_value(entry)
            for run in (good, bad)
            for entry in instance.all_logs(run.run_id)
        ]

    assert (good.success, bad.success) == (True, False)
    assert [file for file, text in written(tmp_path) if TOKEN in text] == []
    assert "tmdb answered 401" in "".join(events)
    for place in (caplog.text, *events, str(raised.value), repr(raised.value.__cause__)):
        assert TOKEN not in place
    assert {TOKEN in asked.headers["authorization"] for asked in api.asked} == {True}
    assert not any(TOKEN in asked.url for asked in api.asked)
    # It would be found: the files that are searched hold the API's answers.
    assert any("Amadeus" in text for file, text in written(tmp_path) if file.suffix == ".gz")
    assert any("Amadeus" in text for file, text in written(tmp_path) if file.suffix == ".parquet")
