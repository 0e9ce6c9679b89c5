"""A disk that fills up at any write: the old rows stay, a sentence says so, the next run heals it.

A limit on the length of files stands in for a full disk: it refuses a write in the middle as a full
disk does, for the user that runs the tests.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies
from capstone_assets.ingest.rows import movie_rows
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.ingest.conftest import TOKEN, Serve, film, ids, serve, store

__all__ = ["serve", "store"]

FILMS = [film(number) for number in range(1, 46)]
YEAR = {"1999": [each["id"] for each in FILMS]}

PROGRAM = """
import resource, signal, sys
from dataclasses import replace
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies
from capstone_assets.ingest.settings import tmdb_settings
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
url, root, token, most = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
settings, store = replace(tmdb_settings(token, url + "/3"), limit=None), PageStore(root)
land_movies(settings, store, ["1999"])
land_movie_details(settings, store, {"1999": list(range(1, 46))})
"""


@pytest.mark.parametrize("most", [0, 100, 400])
def test_a_load_whose_disk_was_full_at_some_write_resumes_once_there_is_room(
    most: int, serve: Serve, store: PageStore
):
    api = serve(FILMS)
    command = [sys.executable, "-c", PROGRAM, api.url, store.root, TOKEN, str(most)]

    ran = subprocess.run(command, capture_output=True, text=True)
    films = land_movies(api.tmdb(), store, ["1999"])
    details = land_movie_details(api.tmdb(), store, YEAR)

    assert ran.returncode == 1
    assert "OSError: [Errno 27] File too large" in ran.stderr
    assert ids(films, "1999", movie_rows) == YEAR["1999"]
    assert (films.complete, details.rows_landed) == (True, 45)
    # Nothing half-written is left to take room.
    assert not [path for path in Path(store.root).rglob(".*") if path.is_file()]


def test_a_table_keeps_its_rows_when_the_disk_is_full(lakehouse: Lakehouse):
    values = {"string": "genre", "bigint": 1, "int": 1, "double": 0.5}
    row = {c.name: values[c.type.simpleString()] for c in GENRE_POPULARITY.columns}
    rows = [{**row, "name": f"Genre {n}"} for n in range(5)]
    lakehouse.write_records(rows, GENRE_POPULARITY)
    before = Path(lakehouse.partition_file(GENRE_POPULARITY, "")).read_bytes()
    program = (
        "import json, resource, signal, sys\n"
        "from capstone_assets.lake.gold import GENRE_POPULARITY\n"
        "from capstone_assets.lake.storage import Lakehouse\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))\n"
        "Lakehouse(sys.argv[1]).write_records(json.loads(sys.argv[2]), GENRE_POPULARITY)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, lakehouse.root, json.dumps(rows[1:])],
        capture_output=True,
        text=True,
    )

    assert "File too large" in ran.stderr
    assert Path(lakehouse.partition_file(GENRE_POPULARITY, "")).read_bytes() == before
    assert not list(Path(lakehouse.root).rglob("*_staging/*"))
    lakehouse.write_records(rows[:1], GENRE_POPULARITY)
    assert lakehouse.row_counts(GENRE_POPULARITY) == {"": 1}


def test_half_of_a_small_file_does_not_stay_on_a_full_disk(tmp_path: Path):
    program = (
        "import resource, signal, sys\n"
        "from fsspec.implementations.local import LocalFileSystem\n"
        "from capstone_assets.lake.files import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))\n"
        "write_whole(LocalFileSystem(), sys.argv[1], 'x' * 501)\n"
    )
    (tmp_path / "record.json").write_text("before")

    command = [sys.executable, "-c", program, f"{tmp_path}/record.json"]
    ran = subprocess.run(command, capture_output=True, text=True)

    assert "File too large" in ran.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["record.json"]
    assert (tmp_path / "record.json").read_text() == "before"
