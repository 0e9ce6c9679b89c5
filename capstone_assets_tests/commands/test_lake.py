import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from capstone_assets.lake.bronze import QUARANTINE
from capstone_assets.lake.silver import CANDIDATES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.programs import called
from capstone_assets_tests.stored_rows import store_rows


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain"], "Give a film's title or one id."),
        (["explain", ""], "Give a film's title or one id."),
        (["explain", "Alien", "--film", "3"], "Give a film's title or one id."),
        (["explain", "--film", "-1"], "-1 is not in the range"),
        (["trace", "--film", "9" * 30], "is not in the range"),
        (["explain", "--release", str(2**63)], "is not in the range"),
        (["quarantine", "--table", "films"], "The tables are tmdb_movies, "),
        (["inventory", "--table", "films"], "'films' is silver/films"),
        (["inventory", "--table", "heroes"], "'heroes' is not a table. The tables are bronze/"),
        (["quarantine", "--year", "3000"], "The partitions are 'unknown' and the years 1900"),
        (["catalog", "--films", "10", "--out", "catalog"], "Give both --films and --releases"),
        (["run", "--years", "1999...1990"], "The range 1999...1990 is reversed"),
        (["run", "1999", "-", "1990"], "'1999 - 1990' is not a range: write 1990...1999"),
        (["run", "1899"], "'1899' is not a partition"),
        (["run", "1999", "--years", "1998"], "Give the years once"),
        (["search", " "], "Give a title, or words of one"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
):
    monkeypatch.chdir(tmp_path)

    done = called(*arguments)

    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_lake_of_another_version_is_answered_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    old = tmp_path / "intermediate/films/release_year=1999/part.parquet"
    old.parent.mkdir(parents=True)
    pq.write_table(pa.table({"film_id": pa.array([7], pa.int64()), "title": ["Heat"]}), old)
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path))

    for arguments in (["explain", "Heat"], ["explain", "--film", "7"], ["search", "Heat"]):
        done = called(*arguments)

        assert done.exit_code == 1
        assert "silver/films was written by another version, without " in done.output
        assert "make run" in done.output


def test_the_inventory_names_the_years_that_a_killed_run_left_with_their_old_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lakehouse = Lakehouse(str(tmp_path))
    for year in ("1999", "2000"):
        store_rows(lakehouse, CANDIDATES, year, [{"film_id": 1, "release_id": 1}])
    staged = tmp_path / "intermediate/_staging/x/release_year=2000/part-0.parquet"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"rows that no reader sees yet")
    commit = tmp_path / "intermediate/_commits/candidates.json"
    commit.parent.mkdir(parents=True)
    commit.write_text(json.dumps({"staging": "", "files": {str(staged): "2000"}}))
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path))

    done = called("inventory")

    assert done.exit_code == 0
    assert "2 partitions" in " ".join(done.output.split())
    assert (
        "silver/candidates: a run was killed while it published. The rows of 2000 are the earlier"
    ) in done.output


@pytest.mark.parametrize("name", ["tmdb_movies", "bronze/tmdb_movies"])
def test_the_quarantine_of_a_table_is_listed_by_either_of_its_names(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    row = {"source": "tmdb_movies", "slice": "1999", "reason": "title is missing"}
    store_rows(
        Lakehouse(str(tmp_path)), QUARANTINE, "", [row, {**row, "source": "discogs_releases"}]
    )
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path))

    done = called("quarantine", "--table", name, "--show")

    assert done.exit_code == 0
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["tmdb_movies"]
