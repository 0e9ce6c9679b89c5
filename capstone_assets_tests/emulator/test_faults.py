import json
from contextlib import contextmanager

import httpx
import pytest

from capstone_assets.emulator.faults import Fault, FaultFileError, FaultKind, read_faults
from capstone_assets.emulator.server import running_emulator
from capstone_assets_tests.emulator.asking import (
    CATALOG,
    DISCOGS_KEY,
    TMDB_KEY,
    app_with,
    ask,
    ask_all,
    spoiled,
    write_catalog,
)


def statuses(app, *paths, headers=TMDB_KEY):
    return [answer.status_code for answer in ask_all(app, *paths, headers=headers)]


def test_the_first_requests_that_match_fail_and_the_others_do_not():
    app = app_with(
        Fault("/database/search", params={"page": "2"}, times=2, body={"message": "Query time"})
    )
    pages = [f"/database/search?per_page=10&page={number}" for number in (1, 2, 2, 2, 3)]

    answers = ask_all(app, *pages, headers=DISCOGS_KEY)

    assert [answer.status_code for answer in answers] == [200, 500, 500, 200, 200]
    assert answers[1].json() == {"message": "Query time"}
    assert answers[1].headers["x-discogs-ratelimit"] == "60"


def test_a_path_may_hold_a_wildcard():
    app = app_with(Fault("/3/movie/*", times=2, status=503))

    paths = ("/3/discover/movie", "/3/movie/1", "/3/movie/popular", "/3/movie/1")
    assert statuses(app, *paths) == [200, 503, 503, 200]


def test_a_fault_follows_the_one_before_it_when_that_is_used_up():
    app = app_with(Fault("/3/movie/1", status=500), Fault("/3/movie/*", status=502))

    assert statuses(app, *["/3/movie/1"] * 3) == [500, 502, 200]


def test_a_request_that_is_refused_for_its_key_uses_no_fault_up():
    app = app_with(Fault("/3/movie/1"))

    assert statuses(app, "/3/movie/1", headers={}) == [401]
    assert statuses(app, "/3/movie/1") == [500]


def test_retry_after_says_when():
    app = app_with(Fault("/3/movie/1", kind=FaultKind.RETRY_AFTER, status=429, seconds=7))

    answer = ask(app, "/3/movie/1")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_a_web_page_says_that_it_is_one():
    answer, _ = spoiled(FaultKind.HTML)

    assert answer.headers["content-type"] == "text/html"
    assert answer.text.startswith("<html>")


def test_an_answer_that_drips_comes_late_and_whole(tmp_path):
    fault = {"path": "/3/movie/1", "kind": "slow_drip", "seconds": 1}
    with faulty_emulator(tmp_path, fault) as client:
        answer = client.get("/3/movie/1")

    assert answer.elapsed.total_seconds() >= 0.9
    assert answer.json()["id"] == 1


def test_a_share_of_the_requests_goes_wrong_and_always_the_same_ones():
    def went_wrong() -> list[int]:
        app = app_with(Fault("/3/movie/1", share=0.1, times=1000))
        return statuses(app, *["/3/movie/1"] * 300)

    once = went_wrong()

    assert 15 <= once.count(500) <= 45
    assert went_wrong() == once


@contextmanager
def faulty_emulator(folder, *faults):
    catalog = write_catalog(folder / "catalog", films=CATALOG.films)
    path = folder / "faults.json"
    path.write_text(json.dumps(faults))
    with (
        running_emulator(catalog, faults=path) as base_url,
        httpx.Client(base_url=base_url, headers=TMDB_KEY, timeout=5) as client,
    ):
        yield client


def test_a_dropped_connection_reaches_the_client_as_one(tmp_path):
    with faulty_emulator(tmp_path, {"path": "/3/movie/1", "kind": "drop"}) as client:
        with pytest.raises(httpx.TransportError, match="closed connection"):
            client.get("/3/movie/1")
        assert client.get("/3/movie/1").json()["id"] == 1


def test_a_hung_request_is_left_by_a_client_with_a_timeout_and_others_are_served(tmp_path):
    with faulty_emulator(tmp_path, {"path": "/3/movie/1", "kind": "hang"}) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get("/3/movie/1", timeout=0.2)
        assert client.get("/3/movie/1").json()["id"] == 1


ALIKE = [
    Fault("/database/search", params={"page": "2"}, times=2),
    Fault("/3/movie/*", kind=FaultKind.RETRY_AFTER, status=429, seconds=3),
]


def test_a_file_of_faults_is_json_or_toml(tmp_path):
    (tmp_path / "faults.json").write_text(
        '[{"path": "/database/search", "params": {"page": "2"}, "times": 2},'
        ' {"path": "/3/movie/*", "kind": "retry_after", "seconds": 3}]'
    )
    (tmp_path / "faults.toml").write_text(
        '[[fault]]\npath = "/database/search"\nparams = {page = "2"}\ntimes = 2\n'
        '[[fault]]\npath = "/3/movie/*"\nkind = "retry_after"\nseconds = 3\n'
    )

    assert read_faults(tmp_path / "faults.json") == ALIKE
    assert read_faults(tmp_path / "faults.toml") == ALIKE


def test_a_share_in_a_file_concerns_all_requests_unless_it_says_how_many(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text('[{"path": "/", "share": 0.5}, {"path": "/", "share": 0.5, "times": 3}]')

    assert [fault.times for fault in read_faults(path)] == [10**9, 3]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ("500", "not an object but '500'"),
        ({"times": 1}, "path is missing"),
        ({"path": "movie"}, "path is 'movie', wanted a path that starts with /"),
        ({"path": "/", "kind": "explode"}, "kind is 'explode', wanted one of error, retry_after"),
        ({"path": "/", "kind": ["drop"]}, "kind is ['drop'], wanted one of error"),
        ({"path": "/", "times": 0}, "times is 0, wanted a whole number from 1"),
        ({"path": "/", "params": {"page": 2}}, "params is {'page': 2}, wanted an object of str"),
        ({"path": "/", "status": 200}, "status is 200, wanted a status from 400 to 599"),
        ({"path": "/", "after": 3}, "after is unknown"),
        ({"path": "/", "share": 0}, "share is 0, wanted a number above 0, at most 1"),
    ],
)
def test_a_wrong_fault_is_reported_with_its_reason(tmp_path, entry, wrong):
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"path": "/3/movie/1"}, entry]))

    with pytest.raises(FaultFileError) as raised:
        read_faults(path)

    [found] = raised.value.wrong
    assert found.startswith(f"fault 2: {wrong}")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [("{", "it cannot be read: Expecting"), ('{"path": "/"}', "it holds no list of faults")],
)
def test_a_file_that_holds_no_faults_is_named(tmp_path, content, wrong):
    path = tmp_path / "faults.json"
    path.write_text(content)

    with pytest.raises(FaultFileError) as raised:
        read_faults(path)

    assert str(path) in str(raised.value)
    assert wrong in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FaultFileError, match=r"none\.json cannot be injected"):
        read_faults(tmp_path / "none.json")
