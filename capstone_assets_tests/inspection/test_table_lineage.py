from datetime import UTC, datetime
from typing import Any

from capstone_assets.audit.records import CANCELED, FAILURE, AuditRecord, write_record
from capstone_assets.inspection.table_lineage import trace_lineage, upstream
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.storage import Lakehouse


def write(lakehouse: Lakehouse, run_id: str, **fields: Any) -> None:
    known: dict[str, Any] = {
        "step": "bronze/tmdb_movies",
        "layer": "bronze",
        "partitions": ["1999"],
        "started": datetime(2026, 1, 1, tzinfo=UTC),
        "finished": datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC),
        **fields,
    }
    write_record(lakehouse, AuditRecord(run_id=run_id, dagster_run_id="d", **known))


def last_write(lakehouse: Lakehouse) -> dict[str, Any]:
    steps = trace_lineage(lakehouse, MATCHES)["steps"]
    return next(step for step in steps if step["step"] == "bronze/tmdb_movies")


def test_the_chain_of_matches_reaches_every_bronze_table():
    chain = [table.name for table in upstream(MATCHES)]
    assert chain[0] == "gold/matches"
    assert {name for name in chain if name.startswith("bronze/")} == {
        *("bronze/tmdb_movies", "bronze/tmdb_movie_details"),
        *("bronze/discogs_releases", "bronze/discogs_masters"),
    }


def test_the_last_write_is_the_latest_one_that_succeeded(tmp_path):
    lakehouse = Lakehouse(str(tmp_path))
    write(lakehouse, "20260101T000000-a", records_out=1)
    write(lakehouse, "20260102T000000-b", records_out=2)
    write(lakehouse, "20260103T000000-c", outcome=FAILURE)
    write(lakehouse, "20260104T000000-d", outcome=CANCELED)

    found = last_write(lakehouse)

    assert (found["run_id"], found["records_out"]) == ("20260102T000000-b", 2)


def test_a_table_that_was_never_written_has_no_run(tmp_path):
    assert "run_id" not in last_write(Lakehouse(str(tmp_path)))
