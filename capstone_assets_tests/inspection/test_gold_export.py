import csv
import json
import os
import resource
import signal
import subprocess
import sys

import duckdb
import pytest

from capstone_assets.inspection.gold_export import export_gold, foreign_file
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse, NotMaterializedError
from capstone_assets_tests.stored_rows import store_rows

GOLD = [table for table in TABLES.values() if table.layer == "gold"]


@pytest.fixture
def gold(lakehouse: Lakehouse) -> Lakehouse:
    for table in GOLD:
        store_rows(lakehouse, table, "1968" if table.partitioned else "", [])
    films = [
        {"film_id": 1, "title": "If....", "composers": ["Marc Wilkinson"], "release_year": "1968"},
        {"film_id": 2, "title": '=HYPERLINK("http://x")', "release_year": "1968"},
        {"film_id": 3, "title": "-30-", "release_year": "1968"},
    ]
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1968", films)
    return lakehouse


def test_a_database_has_every_gold_table_with_its_comments(gold, tmp_path):
    file = tmp_path / "new" / "gold.duckdb"

    written = export_gold(gold, "duckdb", file)

    assert written == [file, file.with_name("gold.datapackage.json")]
    with duckdb.connect(str(file), read_only=True) as database:
        titles = database.sql("select title from film_soundtracks order by film_id").fetchall()
        comments = database.sql(
            "select table_name, comment from duckdb_tables() order by table_name"
        ).fetchall()
        [meaning] = database.sql(
            "select comment from duckdb_columns() where table_name = 'matches' "
            "and column_name = 'score'"
        ).fetchall()
    assert titles == [("If....",), ('=HYPERLINK("http://x")',), ("-30-",)]
    assert comments == sorted((t.name.split("/")[1], t.description) for t in GOLD)
    assert meaning == (next(c.description for c in MATCHES.columns if c.name == "score"),)


def test_in_csv_a_title_is_never_a_formula_and_a_list_is_json(gold, tmp_path):
    export_gold(gold, "csv", tmp_path)

    with (tmp_path / "film_soundtracks.csv").open(newline="", encoding="utf-8") as file:
        films = list(csv.DictReader(file))
    assert [film["title"] for film in films] == ["If....", '\'=HYPERLINK("http://x")', "'-30-"]
    assert films[0]["composers"] == '["Marc Wilkinson"]'


def test_the_data_package_describes_every_file_that_was_written(gold, tmp_path):
    export_gold(gold, "parquet", tmp_path)

    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    assert {each["path"] for each in package["resources"]} == {
        file.name for file in tmp_path.iterdir() if file.suffix == ".parquet"
    }
    films = next(each for each in package["resources"] if each["name"] == "film_soundtracks")
    fields = {field["name"]: field for field in films["schema"]["fields"]}
    assert films["schema"]["primaryKey"] == ["film_id"]
    assert fields["film_id"]["constraints"] == {"required": True}
    assert (fields["composers"]["type"], fields["vote_average"]["type"]) == ("array", "number")
    assert "TMDB API" in films["description"]


def test_exports_in_one_folder_keep_their_own_descriptions(gold, tmp_path):
    for out in (tmp_path / "before.duckdb", tmp_path / "after.duckdb"):
        export_gold(gold, "duckdb", out)
    export_gold(gold, "csv", tmp_path)

    described = {
        file.name: {each["path"] for each in json.loads(file.read_text("utf-8"))["resources"]}
        for file in tmp_path.glob("*datapackage.json")
    }
    assert described == {
        "before.datapackage.json": {"before.duckdb"},
        "after.datapackage.json": {"after.duckdb"},
        "datapackage.json": {f"{table.short_name}.csv" for table in GOLD},
    }
    assert foreign_file("csv", tmp_path) is None
    assert foreign_file("parquet", tmp_path) == tmp_path / "datapackage.json"


@pytest.mark.parametrize("file_format", ["duckdb", "csv", "parquet"])
def test_no_export_has_the_films_year_under_the_name_of_the_partitions_key(
    gold, tmp_path, file_format
):
    out = tmp_path / "gold.duckdb" if file_format == "duckdb" else tmp_path
    *_, descriptor = export_gold(gold, file_format, out)

    for described in json.loads(descriptor.read_text("utf-8"))["resources"]:
        names = {field["name"] for field in described["schema"]["fields"]}
        assert "release_year" not in names
        assert "film_year" in names or described["name"].endswith("_popularity")
    with duckdb.connect(str(out) if file_format == "duckdb" else ":memory:") as database:
        of_links = "matches" if file_format == "duckdb" else f"'{out}/matches.{file_format}'"
        stored = database.sql(f"from {of_links}").columns
    assert stored == [column.name for column in MATCHES.columns if column.name != "release_year"]


def test_a_lake_without_gold_leaves_an_earlier_export_as_it_was(gold, tmp_path):
    export_gold(gold, "csv", tmp_path / "out")
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}

    with pytest.raises(NotMaterializedError):
        export_gold(Lakehouse(str(tmp_path / "empty")), "csv", tmp_path / "out")

    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("file_format", ["duckdb", "csv", "parquet"])
def test_an_export_goes_into_a_folder_of_any_name(gold, tmp_path, file_format):
    folder = tmp_path / "l#a?k*e %41 [x] {y} ~ ä"
    out = folder / "g?*.duckdb" if file_format == "duckdb" else folder

    written = export_gold(gold, file_format, out)

    assert sorted(folder.iterdir()) == sorted(written)
    assert len(written) == (2 if file_format == "duckdb" else len(GOLD) + 1)


def _without_room() -> None:
    # A limit on the length of files refuses a write in the middle, as a full disk does.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))


def test_an_export_without_room_is_one_sentence_and_leaves_nothing(gold, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "capstone_assets", "export", "--out", "soundtracks.duckdb"],
        cwd=tmp_path,
        env={**os.environ, "CAPSTONE_LAKE": gold.root},
        capture_output=True,
        text=True,
        preexec_fn=_without_room,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: soundtracks.duckdb cannot be written: File too large. Give another --out.\n"
    )
    assert not [path for path in tmp_path.iterdir() if path.name != "lake"]
