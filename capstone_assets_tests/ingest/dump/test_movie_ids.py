import gzip
import tracemalloc

import pytest

from capstone_assets.ingest.dump.movie_ids import ListedMovie, read_movie_ids
from capstone_assets.ingest.errors import BrokenDumpError


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
