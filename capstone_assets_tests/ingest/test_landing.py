"""Files of landed pages: whole or absent, found by name, never rewritten."""

import codecs
import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.ingest.client import Answer
from capstone_assets.ingest.errors import IngestSettingsError
from capstone_assets.ingest.landing import PageFile, PageStore, envelope
from capstone_assets.ingest.loads import land_movie_details, land_movies, utc_now
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.rows import movie_detail_rows, movie_rows
from capstone_assets_tests.ingest.conftest import Serve, film, ids

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)
FILMS = [film(number) for number in range(1, 46)]


@pytest.mark.parametrize("root", ["memory://lake/raw", "local"])
def test_a_load_lands_and_resumes_on_any_kind_of_store(root: str, serve: Serve, tmp_path: Path):
    api = serve(FILMS)
    store = PageStore(str(tmp_path / "lake") if root == "local" else root)

    first = land_movies(api.tmdb(origin=str(tmp_path.name)), store, ["1999"])
    again = land_movies(api.tmdb(origin=str(tmp_path.name)), store, ["1999"])

    assert (first.requests.made, again.requests.made) == (3, 0)
    assert all(path.startswith(store.root + "/pages/") for path in again.page_files["1999"])
    for path in first.page_files["1999"]:
        with fsspec.open(path, "rb", compression="gzip") as file:
            assert json.loads(file.read())["slice"] == "1999"


@pytest.mark.parametrize(
    ("origin", "other"), [("emulator-0123", "127.0.0.1"), ("127.0.0.1", "emulator-0123")]
)
def test_pages_of_the_emulator_and_of_an_api_never_share_a_store(
    origin: str, other: str, serve: Serve, store: PageStore
):
    api = serve(FILMS)
    landed = land_movies(api.tmdb(origin=origin), store, ["1999"])
    made = len(api.asked)

    with pytest.raises(IngestSettingsError, match="Set CAPSTONE_LAKE to another folder"):
        land_movies(api.tmdb(origin=other), store, ["1999"])

    assert len(api.asked) == made
    assert ids(landed, "1999", movie_rows) == [each["id"] for each in FILMS]


def test_a_landed_page_is_where_its_name_says(serve: Serve, tmp_path: Path):
    land_movies(serve(FILMS[:1]).tmdb(), PageStore(tmp_path), ["1999"])

    [path] = tmp_path.glob("pages/127.0.0.1/tmdb_movies/release_year=1999/*.jsonl.gz")
    page = json.loads(gzip.decompress(path.read_bytes()))

    assert page.keys() == {"source", "path", "params", "status", "fetched_at", "slice", "body"}
    assert (page["source"], page["path"], page["status"]) == ("tmdb", "/discover/movie", 200)
    assert page["params"]["page"] == "1"
    assert page["fetched_at"].endswith("Z")


def test_a_half_written_file_is_not_a_page(serve: Serve, store: PageStore):
    api = serve(FILMS)
    land_movies(api.tmdb(), store, ["1999"])
    folder = Path(store.root, "pages/127.0.0.1/tmdb_movies/release_year=1999")
    whole = sorted(folder.iterdir())
    # What a killed write leaves: the file under its temporary name, and no manifest.
    whole[0].rename(folder / f".{whole[0].name}.0123")
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert (landing.requests.made, landing.requests.from_cache) == (1, 2)
    assert ids(landing, "1999", movie_rows) == list(range(1, 46))


@pytest.mark.parametrize("damage", [lambda c: c[: len(c) // 2], lambda _: b"junk"])
def test_a_file_damaged_by_a_power_cut_is_fetched_again(
    damage, serve: Serve, store: PageStore, caplog
):
    api = serve(FILMS)
    land_movies(api.tmdb(), store, ["1999"])
    [path, *_] = sorted(Path(store.root, "pages").rglob("*.gz"))
    path.write_bytes(damage(path.read_bytes()))
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert (landing.requests.made, landing.rows_landed) == (1, 45)
    assert f"{path} is damaged" in caplog.text


# A sound file, but not of a page.
OTHER_CONTENT = [b'{"body": {"films": []}}\n', b"{}\n", b"[]\n", b"junk\n", b'{"path": 7}\n']


@pytest.mark.parametrize("content", OTHER_CONTENT)
def test_a_page_in_another_shape_is_fetched_again(content: bytes, serve: Serve, store: PageStore):
    api = serve(FILMS)
    land_movies(api.tmdb(), store, ["1999"])
    [path, *_] = sorted(Path(store.root, "pages").rglob("*.gz"))
    path.write_bytes(gzip.compress(content))
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert (landing.requests.made, landing.rows_landed) == (1, 45)
    assert str(path) not in landing.page_files["1999"]


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"unheard": "of"}'])
def test_a_manifest_that_cannot_be_used_costs_no_request(
    manifest: bytes, serve: Serve, store: PageStore
):
    api = serve(FILMS)
    land_movies(api.tmdb(), store, ["1999"])
    [path] = Path(store.root, "manifests").rglob("*.json")
    path.write_bytes(manifest)

    landing = land_movies(api.tmdb(), store, ["1999"])

    assert (landing.requests.made, landing.rows_landed) == (0, 45)


def test_a_folder_that_does_not_exist_has_no_files(store: PageStore):
    assert store.names("pages/nowhere") == []


@given(st.integers(0, 10**16))
def test_a_page_is_found_by_its_name_to_the_microsecond(microseconds: int):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    made = PageFile.made(moment, "0123456789abcdef", 17)

    assert PageFile.named(made.name) == made


@pytest.mark.parametrize("name", ["", ".x.jsonl.gz.abc", "_SUCCESS", "x_p00001.jsonl.gz"])
def test_other_files_are_not_pages(name: str):
    assert PageFile.named(name) is None


names = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(
    body=json_values,
    indent=st.sampled_from([None, 2]),
    newline=st.sampled_from(["\n", "\r\n"]),
    params=st.dictionaries(names, names, max_size=3),
)
def test_an_envelope_is_one_line_and_keeps_the_body(
    body: object, indent: int | None, newline: str, params: dict[str, str]
):
    written = json.dumps(body, indent=indent, ensure_ascii=False).replace("\n", newline)
    query = Query("discogs", "/database/search", tuple(params.items()))

    line = envelope(query, "unknown", Answer(200, written.encode(), None, MOMENT))

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert b"\r" not in line
    opened = json.loads(line)
    assert opened["body"] == body
    assert opened["params"] == params
    assert opened["fetched_at"] == "2026-01-02T03:04:05.678Z"


def test_a_byte_order_mark_does_not_land():
    body = codecs.BOM_UTF8 + b'{"title": "Am\xc3\xa9lie"}'

    [line] = envelope(
        Query("tmdb", "/discover/movie"), "2001", Answer(200, body, None, MOMENT)
    ).splitlines()

    assert json.loads(line)["body"] == {"title": "Am\xe9lie"}


def test_bytes_that_are_not_utf_8_land_as_the_sign_for_them():
    query, body = Query("tmdb", "/discover/movie"), b'{"title": "Am\xe9lie\xff"}'

    [line] = envelope(query, "2001", Answer(200, body, None, MOMENT)).splitlines()

    assert json.loads(line.decode("utf-8", errors="strict"))["body"] == {
        "title": "Am\ufffdlie\ufffd"
    }


@given(st.lists(st.tuples(names, names), max_size=4, unique_by=lambda pair: pair[0]))
def test_a_question_has_one_digest_whatever_the_order_of_its_parameters(
    params: list[tuple[str, str]],
):
    one = Query("tmdb", "/x", tuple(params))

    assert one.digest == Query("tmdb", "/x", tuple(reversed(params))).digest
    assert one.digest != one.with_params(more="1").digest
    assert one.digest != Query("discogs", "/x", tuple(params)).digest


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


# What a power cut, a broken disk or a hand can do to a file; the last three keep its length.
DAMAGE = {
    "emptied": lambda content: content[:0],
    "cut": lambda content: content[:40],
    "cut by its last byte": lambda content: content[:-1],
    "zeroed": lambda content: bytes(len(content)),
    "zeroed at its end": lambda content: content[:-64] + bytes(64),
    "a bit flipped": lambda content: flipped(content, len(content) // 2),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_page_that_was_damaged_after_it_landed_is_asked_for_again_and_only_that(
    damage: Callable[[bytes], bytes],
    serve: Serve,
    store: PageStore,
    caplog: pytest.LogCaptureFixture,
):
    api = serve([film(number) for number in range(1, 46)])
    landing = land_movies(api.tmdb(), store, ["1999"])
    damaged = Path(landing.page_files["1999"][1])
    damaged.write_bytes(damage(damaged.read_bytes()))

    again = land_movies(api.tmdb(), store, ["1999"])

    assert again.requests.made == 1
    assert ids(again, "1999", movie_rows) == list(range(1, 46))
    assert str(damaged) not in again.page_files["1999"]
    assert f"{damaged} is not what landed: its content is fetched again" in caplog.text
    assert land_movies(api.tmdb(), store, ["1999"]).requests.made == 0


@pytest.mark.parametrize("content", OTHER_CONTENT)
def test_details_in_another_shape_that_no_manifest_lists_are_asked_for_again(
    content: bytes, serve: Serve, store: PageStore
):
    api = serve([film(number) for number in range(1, 6)])
    landing = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]})
    Path(landing.page_files["1999"][0]).write_bytes(gzip.compress(content))
    for manifest in Path(store.root, "manifests").rglob("*.json"):
        manifest.unlink()

    again = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]})

    assert ids(again, "1999", movie_detail_rows) == [1, 2, 3, 4, 5]


def test_a_page_that_is_gone_is_asked_for_again(serve: Serve, store: PageStore):
    api = serve([film(number) for number in range(1, 46)])
    landing = land_movies(api.tmdb(), store, ["1999"])
    Path(landing.page_files["1999"][1]).unlink()

    again = land_movies(api.tmdb(), store, ["1999"])

    assert (again.requests.made, again.rows_landed) == (1, 45)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_details_that_were_damaged_after_they_landed_are_asked_for_again(
    damage: Callable[[bytes], bytes], serve: Serve, store: PageStore
):
    api = serve([film(number) for number in range(1, 6)])
    landing = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]})
    [damaged] = map(Path, landing.page_files["1999"])
    damaged.write_bytes(damage(damaged.read_bytes()))

    again = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]})

    assert ids(again, "1999", movie_detail_rows) == [1, 2, 3, 4, 5]
    assert str(damaged) not in again.page_files["1999"]
    assert land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]}).requests.made == 0


@pytest.mark.parametrize("left", [0, 1, 100])
def test_a_truncated_manifest_is_ignored_and_costs_no_request(
    left: int, serve: Serve, store: PageStore, caplog: pytest.LogCaptureFixture
):
    api = serve([film(number) for number in range(1, 46)])
    land_movies(api.tmdb(), store, ["1999"])
    land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})
    for manifest in Path(store.root).rglob("*.manifest.json"):
        manifest.write_bytes(manifest.read_bytes()[:left])

    again = land_movies(api.tmdb(), store, ["1999"])
    details = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})

    assert (again.requests.made, again.rows_landed) == (0, 45)
    assert (details.requests.made, details.rows_landed) == (0, 3)
    assert "manifest.json is damaged: the pages of its slice are read again" in caplog.text


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's /proc")
def test_a_page_and_its_folder_are_on_the_disk_before_a_manifest_names_it(
    serve: Serve, store: PageStore, monkeypatch: pytest.MonkeyPatch
):
    api = serve([film(number) for number in range(1, 46)])
    synced: list[str] = []
    fsync = os.fsync

    def recorded(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)

    landing = land_movies(api.tmdb(), store, ["1999"])

    files = landing.page_files["1999"]
    pages = [name for name in synced if ".jsonl.gz" in name]
    assert len(pages) == len(files) == 3
    folder = str(Path(files[0]).parent)
    manifest = next(n for n, name in enumerate(synced) if "_complete_" in name)
    assert max(synced.index(page) for page in pages) < synced.index(folder) < manifest


def test_what_landed_while_the_clock_was_a_year_ahead_is_asked_for_again(
    serve: Serve, store: PageStore
):
    api = serve([film(1)])
    landing = land_movies(api.tmdb(), store, ["1999"], now=lambda: utc_now() + timedelta(days=365))
    for page in map(Path, landing.page_files["1999"]):
        page.rename(
            page.with_name(page.name.replace(f"{utc_now():%Y}", f"{utc_now().year + 1}", 1))
        )

    again = land_movies(api.tmdb(), store, ["1999"])

    assert (again.requests.made, again.rows_landed) == (1, 1)
