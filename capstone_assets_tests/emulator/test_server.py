import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.server import ServerError, running_emulator, serve
from capstone_assets_tests.emulator.asking import (
    DISCOGS_KEY,
    TMDB_KEY,
    film,
    release,
    shared_folder,
    write_catalog,
)

SECONDS_TO_END = 5


@pytest.fixture
def catalog(tmp_path):
    return write_catalog(
        tmp_path / "catalog",
        films=[film(1, "Heat", "1995-12-15")],
        releases=[release(103, "Various - Heat", "1995")],
    )


def answers(base_url):
    try:
        return httpx.get(f"{base_url}/healthz").is_success
    except httpx.TransportError:
        return False


def ends(base_url):
    deadline = time.monotonic() + SECONDS_TO_END
    while answers(base_url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_both_apis_answer_over_a_real_connection_and_end_with_the_block(catalog):
    with running_emulator(catalog) as base_url:
        health = httpx.get(f"{base_url}/")
        movie = httpx.get(f"{base_url}/3/movie/1", headers=TMDB_KEY)
        found = httpx.get(f"{base_url}/database/search?style=soundtrack", headers=DISCOGS_KEY)

    assert health.json() == {"status": "ok", "films": 1, "releases": 1, "masters": 0}
    assert movie.json()["title"] == "Heat"
    assert movie.headers["content-type"] == "application/json; charset=utf-8"
    assert found.json()["results"][0]["id"] == 103
    assert found.headers["x-discogs-ratelimit-remaining"] == "60"
    assert not answers(base_url)


def test_it_binds_loopback_only(catalog):
    with running_emulator(catalog) as base_url:
        port = int(base_url.rpartition(":")[2])
        assert base_url == f"http://127.0.0.1:{port}"
        # All of 127.0.0.0/8 is this machine: a server on 0.0.0.0 would answer at this address too.
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), 1):  # noqa: PT011
            pass


def test_the_bundled_catalog_is_served_when_none_is_named():
    pytest.importorskip("capstone_assets.emulator.catalogs.bundled")

    with running_emulator(None) as base_url:
        assert httpx.get(f"{base_url}/healthz").json()["films"] >= 400


def test_it_ends_when_the_block_fails(catalog):
    with pytest.raises(ZeroDivisionError), running_emulator(catalog) as base_url:
        raise ZeroDivisionError

    assert not answers(base_url)


def test_it_ends_when_its_parent_is_killed(catalog):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path;"
            "from capstone_assets.emulator.server import running_emulator\n"
            "with running_emulator(Path(sys.argv[1])) as url: print(url, flush=True);"
            "time.sleep(60)",
            str(catalog),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout
        base_url = parent.stdout.readline().strip()
        assert answers(base_url)
        parent.send_signal(signal.SIGKILL)

    assert ends(base_url)


def test_a_process_that_ends_before_it_serves_is_an_error_with_its_exit_code(catalog, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    reason = "exit code 1 before it served"
    with pytest.raises(ServerError, match=reason), running_emulator(catalog):
        pass


def test_a_port_in_use_is_one_sentence_that_says_what_to_do(catalog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = (
            f"Port {port} of 127.0.0.1 is in use, so nothing was started. "
            "Stop the program that listens there, or choose another port."
        )
        with pytest.raises(EmulatorError) as raised, running_emulator(catalog, port=port):
            pass
        with pytest.raises(ServerError) as raised_here:
            serve(catalog, port=port)

    assert str(raised.value) == str(raised_here.value) == sentence


def test_a_port_that_was_just_released_is_available_at_once(catalog):
    with running_emulator(catalog) as base_url:
        httpx.get(f"{base_url}/healthz")
        port = int(base_url.rpartition(":")[2])

    with running_emulator(catalog, port=port) as again:
        assert answers(again)


def test_a_number_that_is_not_a_port_is_refused(catalog):
    with pytest.raises(ServerError, match="65536 is not a valid port"):
        serve(catalog, port=65_536)


def test_a_broken_catalog_is_reported_to_the_parent_by_file_and_line(catalog):
    with (catalog / "films.jsonl").open("a") as films:
        films.write('{"id": 2}\n')

    fault = r"films\.jsonl line 2: title is missing"
    with pytest.raises(EmulatorError, match=fault), running_emulator(catalog):
        pass


def test_a_broken_file_of_faults_is_reported_to_the_parent(catalog, tmp_path):
    (tmp_path / "faults.json").write_text('[{"path": "x"}]')

    fault = "fault 1: path is 'x', wanted a path"
    path = tmp_path / "faults.json"
    with pytest.raises(EmulatorError, match=fault), running_emulator(catalog, faults=path):
        pass


def test_enforced_limits_hold_for_clients_that_ask_at_the_same_time(catalog):
    with (
        running_emulator(catalog, enforce_limits=True) as base_url,
        httpx.Client(base_url=base_url, headers=DISCOGS_KEY) as client,
        ThreadPoolExecutor(8) as threads,
    ):
        found = list(threads.map(client.get, ["/releases/103"] * 80))

    assert sorted(answer.status_code for answer in found) == [200] * 60 + [429] * 20


def test_every_answer_is_held_back_by_the_latency(catalog):
    with (
        running_emulator(catalog, latency_ms=150) as base_url,
        httpx.Client(base_url=base_url, headers=TMDB_KEY) as client,
    ):
        started = time.monotonic()
        client.get("/3/movie/1")
        assert time.monotonic() - started >= 0.15


def test_in_the_foreground_it_announces_its_address_and_ends_quietly_when_interrupted(catalog):
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path;"
            "from capstone_assets.emulator.server import serve;"
            "serve(Path(sys.argv[1])); print('ended')",
            str(catalog),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    addresses = process.stdout.readline()
    base_url = addresses.partition(" and Discogs at ")[2].partition(";")[0]
    assert f"TMDB is at {base_url}/3 and Discogs at {base_url}; " in addresses
    assert answers(base_url)
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=SECONDS_TO_END)

    assert (rest, errors, process.returncode) == ("ended\n", "", 0)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(catalog, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    with running_emulator(catalog) as base_url:
        assert base_url.startswith("http://127.0.0.1:")
    assert os.environ["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_twelve_thousand_real_films_are_served_after_less_than_two_seconds_of_work():
    def seconds_worked():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = seconds_worked()
    with running_emulator(shared_folder("catalog")) as base_url:
        assert httpx.get(f"{base_url}/healthz").json()["films"] == 12_382

    assert 0 < seconds_worked() - before < 2
