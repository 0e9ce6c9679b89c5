"""What pages hold is read once: a run with one new page opens that page alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from capstone_assets.ingest.landing import PageFile, PageStore, SliceFolder
from capstone_assets.ingest.loads import land_masters, land_soundtracks
from capstone_assets.ingest.masters import named_masters
from capstone_assets.ingest.page_ids import ids_of_pages, listed_ids
from capstone_assets.ingest.rows import master_rows, release_rows
from capstone_assets_tests.ingest.conftest import Serve, landed_lines, release

RELEASES = [release(number, "2017", master_id=900 + number % 40) for number in range(1, 251)]
MASTERS = [release(number, "1977", genre=["Rock"], style=["Soundtrack"]) for number in range(1, 41)]


def opened(files: list[str]) -> Any:
    """A reader of releases that keeps the pages it was given lines of."""

    def read(line: str, page: str) -> Iterator[dict[str, Any]]:
        files.append(page)
        yield from release_rows(line, page)

    return read


def test_a_page_is_opened_once_however_often_its_ids_are_asked_for(serve: Serve, store: PageStore):
    landing = land_soundtracks("release", serve(releases=RELEASES).discogs(), store, ["2017"])
    pages = dict(landing.page_files)
    first, second = list[str](), list[str]()

    before = ids_of_pages(store, {"2017": pages["2017"][:-1]}, opened(first))
    after = ids_of_pages(store, pages, opened(second))

    assert len(first) == len(pages["2017"]) - 1 > 0
    assert [store.path(page) for page in second] == pages["2017"][-1:]
    assert before["2017"].items() < after["2017"].items()
    assert after == ids_of_pages(PageStore(store.root), pages, release_rows)
    assert named_masters(after) == {"2017": set(range(900, 940))}
    assert sorted(listed_ids(store, pages, opened(second))["2017"]) == list(range(1, 251))
    assert len(second) == 1


def test_lists_and_single_masters_of_a_slice_are_remembered_apart(serve: Serve, store: PageStore):
    api = serve(masters=MASTERS)
    listed = land_soundtracks("master", api.discogs(), store, ["1977"]).page_files["1977"]
    single = land_masters(api.discogs(), store, {"1977": [1, 2]}).page_files["1977"]
    ids_of_pages(store, {"1977": [*listed, *single]}, master_rows)
    files = list[str]()

    def read(line: str, page: str) -> Iterator[dict[str, Any]]:
        files.append(page)
        yield from master_rows(line, page)

    ids_of_pages(store, {"1977": listed}, read)
    found = ids_of_pages(store, {"1977": [*listed, *single]}, read)

    assert files == []
    assert {row.id for rows in found["1977"].values() for row in rows} == set(range(1, 41))


def test_a_row_on_two_pages_belongs_to_the_slice_of_the_page_fetched_last(store: PageStore):
    moved = {"id": 7, "title": "Ida Falk - Winter Harbor", "genre": [], "style": [], "format": []}
    files = {}
    for day, year in ((1, "2016"), (2, "2017")):
        folder = SliceFolder(store, "discogs", "discogs_releases", year)
        at = datetime(2024, 5, day, tzinfo=UTC)
        body = {"pagination": {"items": 1, "pages": 1, "page": 1, "per_page": 100}}
        line = {
            "source": "discogs",
            "path": "/database/search",
            "params": {},
            "status": 200,
            "fetched_at": at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "slice": year,
            "body": {**body, "results": [{**moved, "year": year}]},
        }
        name = f"202405{day:02}T000000000000Z_{'a' * 16}_p00001.jsonl.gz"
        page = PageFile.named(name)
        assert page
        folder.land(page, [json.dumps(line).encode() + b"\n"])
        files[year] = [folder.path(name)]

    for _ in range(2):
        assert listed_ids(store, files, release_rows) == {"2016": [], "2017": [7]}


@pytest.mark.parametrize("content", ["", "[]", '{"reader": 0, "pages": {}}', '{"pages": 3}'])
def test_what_is_damaged_or_was_read_by_other_rules_is_read_again(
    serve: Serve, store: PageStore, content: str
):
    landing = land_soundtracks("release", serve(releases=RELEASES).discogs(), store, ["2017"])
    expected = ids_of_pages(store, landing.page_files, release_rows)
    [noted] = store.find("ids")
    store.write(noted, content.encode())

    assert ids_of_pages(store, landing.page_files, release_rows) == expected
    assert json.loads(store.read(noted))["pages"]
    assert len(landed_lines(landing, "2017")) == len(landing.page_files["2017"])
