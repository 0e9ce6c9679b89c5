import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from capstone_assets.ingest.dump.movie_ids import ListedMovie, compare_with_stored, read_movie_ids
from capstone_assets.ingest.errors import (
    BrokenDumpError,
)
from capstone_assets_tests.ingest.dump.dumps import (
    write,
)


def test_a_line_of_100_megabytes_is_refused_by_its_number_without_growing_memory(tmp_path):
    export = tmp_path / "movie_ids_11_26_2026.json.gz"
    with gzip.open(export, "wb", compresslevel=1) as file:
        file.write(b'{"id": 1}\n{"original_title": "')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n')
    found: list[ListedMovie] = []
    tracemalloc.start()

    with pytest.raises(BrokenDumpError, match=r"line 1.*more than 1,048,576 bytes"):
        found.extend(read_movie_ids(str(export)))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [film.id for film in found] == [1]
    assert peak < 16 << 20


BLONDIE = b'{"adult":false,"id":3924,"original_title":"Blondie","popularity":2.4,"video":false}'


def test_the_daily_export_lists_every_film(tmp_path: Path):
    path = write(
        tmp_path, BLONDIE + b'\n{"id":6,"popularity":1,"new":[]}', "movie_ids_05_15_2024.json.gz"
    )

    blondie, other = read_movie_ids(path)

    assert (blondie.id, blondie.original_title, blondie.popularity) == (3924, "Blondie", 2.4)
    assert (other.id, other.original_title, other.adult) == (6, None, False)


def test_films_that_a_lake_is_missing_are_listed_by_popularity(tmp_path: Path):
    listed = [{"id": n, "original_title": f"Film {n}", "popularity": n / 2} for n in range(1, 11)]
    unwanted = [{"id": 90, "popularity": 99.0, "adult": True}, {"id": 91, "video": True}]
    lines = b"\n".join(json.dumps(film).encode() for film in (*listed, *unwanted))
    path = write(tmp_path, lines, "movie_ids_05_15_2024.json.gz")

    found = compare_with_stored(read_movie_ids(path), {1, 2, 3, 10, 500}, most=2)

    assert (found.listed, found.stored, found.absent, found.withdrawn) == (10, 4, 6, 1)
    assert [film.id for film in found.foremost] == [9, 8]
    assert found.render() == (
        "TMDB lists 10 films; of these 4 are stored and 6 are not, first Film 9 (9); Film 8 (8). "
        "1 stored films are not listed."
    )


@pytest.mark.parametrize("line", [b'{"id":"6"}', b"[6]", b"<html>", b'{"id":0}'])
def test_a_broken_line_of_the_daily_export_is_named(line: bytes, tmp_path: Path):
    path = write(tmp_path, b"\n".join([BLONDIE, BLONDIE, line, BLONDIE]), "movie_ids.json.gz")

    with pytest.raises(BrokenDumpError, match=r"movie_ids.json.gz cannot be read beyond line 2:"):
        list(read_movie_ids(path))


def test_a_daily_export_that_is_cut_short_does_not_look_complete(tmp_path: Path):
    path = write(tmp_path, b"\n".join([BLONDIE] * 1000), "movie_ids.json.gz")
    Path(path).write_bytes(Path(path).read_bytes()[:-20])

    with pytest.raises(BrokenDumpError, match="the file is cut short"):
        list(read_movie_ids(path))
