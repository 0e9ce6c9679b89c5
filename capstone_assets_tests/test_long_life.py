"""After a thousand runs a run looks at no more of them than after a few."""

from datetime import UTC, datetime, timedelta

import pytest

from capstone_assets.audit.records import AuditRecord, run_ids, write_record
from capstone_assets.ingest.landing import PageStore, SliceFolder
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.quality.accounting import page_store
from capstone_assets.quality.last_run import ROWS, found_before

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def write_history(lakehouse: Lakehouse, runs: int) -> str:
    """Leave the records of so many runs, of which the last two compared rows; return the last."""
    check = {
        "asset": MATCHES.name,
        "name": ROWS,
        "passed": True,
        "severity": "WARN",
        "description": "",
        "figures": {"rows": 7},
    }
    run_id = ""
    for number in range(runs):
        began = FIRST + timedelta(hours=number)
        run_id = f"{began:%Y%m%dT%H%M%S}-{number:08x}"
        record = AuditRecord(
            run_id=run_id,
            dagster_run_id=f"{number:08x}",
            step=MATCHES.name,
            layer="gold",
            partitions=["1999"],
            started=began,
            finished=began,
            checks=[check] if number >= runs - 2 else [],
            git_commit=None,
        )
        write_record(lakehouse, record)
    return run_id


@pytest.mark.parametrize("runs", [5, 1000])
def test_a_check_opens_two_records_however_many_runs_there_were(
    runs: int, lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
):
    last = write_history(lakehouse, runs)
    opened: list[str] = []
    read = type(lakehouse.filesystem).cat_file

    def counted(self, path, *args, **kwargs):
        opened.append(path)
        return read(self, path, *args, **kwargs)

    monkeypatch.setattr(type(lakehouse.filesystem), "cat_file", counted)

    for _ in range(10):
        assert found_before(lakehouse, last, MATCHES.name, ROWS) == {"rows": 7}

    assert len(run_ids(lakehouse)) == runs
    assert len(opened) <= 2


def test_of_a_thousand_manifests_of_a_slice_one_is_opened(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
):
    store = page_store(lakehouse)
    folder = SliceFolder(store, "tmdb", "tmdb_movies", "1999")
    for number in range(1000):
        folder.write_manifest("complete", FIRST + timedelta(hours=number), "ab" * 8, number)
    opened: list[str] = []
    read = type(store).read

    def counted(self: PageStore, name: str) -> bytes:
        opened.append(name)
        return read(self, name)

    monkeypatch.setattr(type(store), "read", counted)

    [(moment, name)] = folder.newest_manifests("ab" * 8).values()

    assert (moment, folder.read_manifest(name)) == (FIRST + timedelta(hours=999), 999)
    assert len(opened) == 1
