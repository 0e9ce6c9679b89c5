"""Rows that cannot be read: noted with reason and page, and gone once their source fixed them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.responses import JSONResponse

from capstone_assets.commands.lake import quarantine
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import land_movies, land_soundtracks, utc_now
from capstone_assets.ingest.quarantine import as_rows, ask_again, read_notes
from capstone_assets.ingest.rows import movie_rows, release_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.lake.bronze import QUARANTINE
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.ingest.conftest import Api, Serve, film, ids, landed_lines, release


def odd_list(*changes: dict[str, Any]) -> JSONResponse:
    """Five films of 1999, of which the second and following are changed like that."""
    rows = [{"id": number, "title": f"Film {number}"} for number in range(1, 6)]
    for row, change in zip(rows[1:], changes, strict=False):
        row.update(change)
    return JSONResponse({"results": rows, "total_pages": 1, "total_results": 5})


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve([film(number) for number in range(1, 6)])


def load(api: Api, store: PageStore, **options: Any) -> Landing:
    return land_movies(api.tmdb(), store, ["1999"], LandingOptions(**options))


def test_a_row_that_cannot_be_read_is_noted_with_its_reason_and_its_page(
    api: Api, store: PageStore
):
    api.spoil(odd_list({"title": None}, {"vote_average": 99.9}), times=99, path="/discover/movie")

    landing = load(api, store)

    assert ids(landing, "1999", movie_rows) == [1, 3, 4, 5]
    assert (landing.rows_promised, landing.rows_landed, landing.rows_quarantined) == (5, 4, 1)
    assert landing.left_out == [
        "tmdb_movies: 1 rows came that cannot be read: `capstone quarantine` lists them with "
        "their reasons and pages."
    ]
    quarantined, mended = read_notes(store)
    [page] = landing.page_files["1999"]
    assert quarantined["reason"] == "title: absent, or not text"
    assert (quarantined["table"], quarantined["slice"]) == ("tmdb_movies", "1999")
    assert (store.path(quarantined["page"]), quarantined["row"]) == (page, 2)
    assert json.loads(quarantined["raw"]) == {"id": 2, "title": None}
    assert (mended["treatment"], mended["row_id"]) == ("mended", 3)
    assert mended["reason"] == "vote_average: not from 0 to 10, so null"


def test_a_later_load_of_the_same_pages_notes_the_same_and_asks_for_nothing(
    api: Api, store: PageStore
):
    api.spoil(odd_list({"title": None}), times=99, path="/discover/movie")
    load(api, store)
    noted = list(read_notes(store))
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()

    from_pages = load(api, store)
    from_manifest = load(api, store)

    assert (from_pages.requests.made, from_manifest.requests.made) == (0, 0)
    assert from_pages.rows_quarantined == from_manifest.rows_quarantined == 1
    assert list(read_notes(store)) == noted


def test_a_row_that_its_source_mended_leaves_the_notes_when_its_page_is_read_again(
    api: Api, store: PageStore
):
    api.spoil(odd_list({"title": None}), times=3, path="/discover/movie")
    load(api, store)

    mended = load(api, store, refresh=True)

    assert list(read_notes(store)) == []
    assert ids(mended, "1999", movie_rows) == [1, 2, 3, 4, 5]
    assert mended.left_out == []


def test_a_row_that_stays_odd_keeps_the_moment_when_it_was_first_seen(api: Api, store: PageStore):
    api.spoil(odd_list({"title": None}), times=99, path="/discover/movie")
    load(api, store)
    [first] = read_notes(store)
    later = utc_now() + timedelta(days=8)

    land_movies(api.tmdb(), store, ["1999"], now=lambda: later)

    [again] = read_notes(store)
    assert (again["first_seen"], again["last_seen"]) == (first["first_seen"], later.isoformat())


def test_a_page_is_fetched_again_before_its_odd_rows_are_accepted(api: Api, store: PageStore):
    api.spoil(odd_list({"id": None}), times=2, path="/discover/movie")

    landing = load(api, store)

    assert (landing.requests.made, landing.requests.retried) == (3, 2)
    assert (ids(landing, "1999", movie_rows), list(read_notes(store))) == ([1, 2, 3, 4, 5], [])


def test_odd_releases_of_one_year_are_noted_once_however_many_pages_show_them(
    serve: Serve, store: PageStore
):
    odd = {**release(7), "title": None}
    rows = [{**release(1), "master_id": "Correct"}, odd, odd]
    said = {"page": 1, "pages": 1, "per_page": 100, "items": 3}
    api = serve(releases=[release(1)])
    page = JSONResponse({"pagination": said, "results": rows})
    api.spoil(page, times=99, path="/database/search", year="1999")

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == [1]
    assert (landing.rows_quarantined, landing.rows_mended) == (1, 1)
    for line, file in landed_lines(landing, "1999"):
        assert [row["master_id"] for row in release_rows(line, file)] == [None]


def test_the_command_lists_what_is_odd_and_shows_it_as_it_came(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = PageStore(tmp_path / "raw")
    api.spoil(odd_list({"title": None}, {"vote_average": 99.9}), times=99, path="/discover/movie")
    load(api, store)
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path))

    too_early = CliRunner().invoke(quarantine)
    Lakehouse(str(tmp_path)).write_records(as_rows(read_notes(store), [], "run 1"), QUARANTINE)
    listed = CliRunner().invoke(quarantine)
    shown = CliRunner().invoke(quarantine, ["--table", "tmdb_movies", "--year", "1999", "--show"])
    other = CliRunner().invoke(quarantine, ["--year", "2000"])
    unknown = CliRunner().invoke(quarantine, ["--replay", "pages/x"])

    assert (too_early.exit_code, unknown.exit_code) == (1, 2)
    assert "'pages/x' is not a page that `capstone quarantine` lists" in unknown.output

    assert "title: absent, or not text; first seen " in listed.output
    assert listed.output.endswith("1 rows quarantined, 1 read with a change\n")
    assert json.loads(json.loads(shown.output.splitlines()[0])["raw"]) == {"id": 2, "title": None}
    assert (other.exit_code, other.output) == (0, "0 rows quarantined, 0 read with a change\n")


def test_rows_without_an_id_count_one_by_one_although_they_look_alike(api: Api, store: PageStore):
    rows = [{"id": 1, "title": "Film 1"}, None, {}, None, {}]
    page = JSONResponse({"results": rows, "total_pages": 1, "total_results": 5})
    api.spoil(page, times=99, path="/discover/movie")

    landing = load(api, store)

    assert (landing.rows_landed, landing.rows_quarantined, landing.slices["1999"].missing) == (
        1,
        4,
        0,
    )
    assert landing.slices["1999"].reasons == {
        "quarantined": {"not an object": 2, "id: absent": 2},
    }


def test_rows_without_an_id_that_two_questions_show_count_once(serve: Serve, store: PageStore):
    # Not every row of the style has the genre, so that both are asked for.
    stray = release(2, genre=["Rock"], style=["Score"])
    rows = [release(1, style=["Score"]), None, {}]
    said = {"page": 1, "pages": 1, "per_page": 100}
    api = serve(releases=[release(1, style=["Score"]), stray])
    for question, listed in (
        ({"genre": "Stage & Screen"}, rows),
        ({"style": "Score"}, [stray, *rows]),
    ):
        body = {"pagination": {**said, "items": len(listed)}, "results": listed}
        page = JSONResponse(body)
        api.spoil(page, times=99, path="/database/search", year="1999", **question)

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == [1, 2]
    assert landing.rows_quarantined == 2


def test_a_release_belongs_to_the_year_that_lists_it_unless_it_names_another(
    serve: Serve, store: PageStore
):
    rows = [
        {**release(1), "year": {"from": 1999}},
        {**release(2), "year": "2099"},
        {**release(3), "year": "1985"},
        {**release(4), "title": None, "year": None},
    ]
    said = {"page": 1, "pages": 1, "per_page": 100, "items": 4}
    api = serve(releases=[release(1)])
    page = JSONResponse({"pagination": said, "results": rows})
    api.spoil(page, times=99, path="/database/search", year="1999")

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == [1, 2]
    assert landing.slices["1999"].reasons["quarantined"] == {
        "year: another than the one that lists the row": 1,
        "title: absent, or not text": 1,
    }
    assert {note["row_id"] for note in read_notes(store)} == {1, 2, 3, 4}


def test_only_the_page_that_is_fetched_again_is_repaired(serve: Serve, store: PageStore):
    api = serve([film(number) for number in range(1, 46)])
    odd = {"results": [None], "total_pages": 3, "total_results": 45}
    api.spoil(JSONResponse(odd), times=99, path="/discover/movie", page="2")
    load(api, store)
    page = next(note["page"] for note in read_notes(store))
    api.spoilers.clear()
    api.asked.clear()

    slice_name = ask_again(store, page)
    healed = load(api, store)

    assert (slice_name, [dict(asked.params)["page"] for asked in api.asked]) == ("1999", ["2"])
    assert ids(healed, "1999", movie_rows) == list(range(1, 46))
    assert list(read_notes(store)) == []
    assert Path(store.path(page)).exists()
    assert load(api, store).requests.made == 0
