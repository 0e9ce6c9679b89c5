"""TMDB's daily list of ids, with lines that are not films in it."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from capstone_assets.ingest.dump.movie_ids import ListedMovie, compare_with_stored, read_movie_ids
from capstone_assets.ingest.errors import BrokenDumpError
from capstone_assets.text_files import MOST_FAULTS
from capstone_assets_tests.ingest.dump.dumps import write

SABRINA = b'{"adult":false,"id":6620,"original_title":"Sabrina","popularity":9.1,"video":false}'


def written(folder: Path, *lines: bytes) -> str:
    export = folder / "movie_ids_11_26_2026.json.gz"
    export.write_bytes(gzip.compress(b"\n".join(lines)))
    return str(export)


@pytest.mark.parametrize(
    "line",
    [
        *(b"[6]", b"<html>", b"null", b'{"id":0}', b'{"id":true}', b'{"id":"tt6"}', b'{"id":7'),
        b'{"original_title":"Sabrina"}',
        SABRINA + SABRINA,
        b"\xff\xfe",
    ],
)
def test_a_line_that_is_not_a_film_is_named_and_the_others_are_read(line: bytes, tmp_path: Path):
    faults: list[str] = []

    films = list(read_movie_ids(written(tmp_path, SABRINA, b"", line, SABRINA), faults))

    assert [film.original_title for film in films] == ["Sabrina"] * 2
    assert faults == ["line 3"]


@pytest.mark.parametrize(
    ("odd", "film"),
    [
        ({"id": "6620"}, {}),
        ({"id": 6620.0}, {}),
        ({"popularity": None}, {"popularity": 0.0}),
        ({"popularity": "9.1"}, {}),
        ({"popularity": -1}, {"popularity": 0.0}),
        ({"original_title": "Sab\ud83crina"}, {}),
        ({"original_title": ["Sabrina"]}, {"original_title": None}),
        ({"adult": "no", "video": 0}, {}),
    ],
)
def test_an_odd_value_does_not_cost_the_film(odd: dict, film: dict, tmp_path: Path):
    line = json.dumps({**json.loads(SABRINA), **odd}).encode()
    faults: list[str] = []

    [found] = read_movie_ids(written(tmp_path, b"\xef\xbb\xbf" + line), faults)

    sound = ListedMovie.model_validate_json(SABRINA)
    assert (found, faults) == (sound.model_copy(update=film), [])


@pytest.mark.parametrize("odd", [MOST_FAULTS - 1, MOST_FAULTS])
def test_a_file_of_another_kind_is_refused(odd: int, tmp_path: Path):
    export, faults = written(tmp_path, SABRINA, *[b"[1]"] * odd), []  # type: ignore[var-annotated]

    if odd < MOST_FAULTS:
        assert len(list(read_movie_ids(export, faults))) == 1
    else:
        with pytest.raises(BrokenDumpError, match="beyond line 101: 100 lines up to there are not"):
            list(read_movie_ids(export, faults))


def test_a_file_without_any_film_is_refused(tmp_path: Path):
    with pytest.raises(BrokenDumpError, match="2 lines up to there are not films with an id"):
        list(read_movie_ids(written(tmp_path, b"[1]", b"[2]"), []))


def test_an_export_that_is_not_gzip_is_refused_at_its_beginning(tmp_path: Path):
    export = tmp_path / "movie_ids_11_26_2026.json.gz"
    export.write_bytes(SABRINA)

    with pytest.raises(BrokenDumpError, match="beyond its beginning: it is not a valid gzip file"):
        list(read_movie_ids(str(export), []))


def test_a_line_of_100_megabytes_is_left_out_by_its_number_without_growing_memory(tmp_path: Path):
    export = tmp_path / "movie_ids_11_26_2026.json.gz"
    with gzip.open(export, "wb", compresslevel=1) as file:
        file.write(SABRINA + b'\n{"original_title": "')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + SABRINA)
    faults: list[str] = []
    tracemalloc.start()

    films = list(read_movie_ids(str(export), faults))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(films), faults) == (2, ["line 2"])
    assert peak < 16 << 20


BLONDIE = b'{"adult":false,"id":3924,"original_title":"Blondie","popularity":2.4,"video":false}'


def test_the_daily_export_lists_every_film(tmp_path: Path):
    path = write(
        tmp_path, BLONDIE + b'\n{"id":6,"popularity":1,"new":[]}', "movie_ids_05_15_2024.json.gz"
    )

    blondie, other = read_movie_ids(path, [])

    assert (blondie.id, blondie.original_title, blondie.popularity) == (3924, "Blondie", 2.4)
    assert (other.id, other.original_title, other.adult) == (6, None, False)


def test_films_that_a_lake_is_missing_are_listed_by_popularity(tmp_path: Path):
    listed = [{"id": n, "original_title": f"Film {n}", "popularity": n / 2} for n in range(1, 11)]
    unwanted = [{"id": 90, "popularity": 99.0, "adult": True}, {"id": 91, "video": True}]
    lines = b"\n".join(json.dumps(film).encode() for film in (*listed, *unwanted))
    path = write(tmp_path, lines, "movie_ids_05_15_2024.json.gz")

    found = compare_with_stored(read_movie_ids(path, []), {1, 2, 3, 10, 500}, most=2)

    assert (found.listed, found.stored, found.absent, found.withdrawn) == (10, 4, 6, 1)
    assert [film.id for film in found.foremost] == [9, 8]
    assert found.render() == (
        "TMDB lists 10 films; of these 4 are stored and 6 are not, first Film 9 (9); Film 8 (8). "
        "1 stored films are not listed."
    )


def test_a_daily_export_that_is_cut_short_does_not_look_complete(tmp_path: Path):
    path = write(tmp_path, b"\n".join([BLONDIE] * 1000), "movie_ids.json.gz")
    Path(path).write_bytes(Path(path).read_bytes()[:-20])

    with pytest.raises(BrokenDumpError, match="the file is cut short"):
        list(read_movie_ids(path, []))
