"""A load that is killed without warning resumes where it stopped."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capstone_assets.emulator.faults import Fault, FaultKind
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies, land_soundtracks
from capstone_assets.ingest.rows import movie_detail_rows, movie_rows, release_rows
from capstone_assets_tests.ingest.conftest import (
    TOKEN,
    Api,
    Serve,
    film,
    ids,
    landed_lines,
    release,
)

FILMS = [film(number, f"{1999 + number % 3}-05-01") for number in range(1, 1201)]
YEARS = ["1999", "2000", "2001"]
BY_YEAR = {year: [f["id"] for f in FILMS if f["release_date"][:4] == year] for year in YEARS}
CONCURRENCY = 4

PROGRAM = """
import sys
from dataclasses import replace
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import *
from capstone_assets.ingest.settings import *
url, root, token = sys.argv[1:]
tmdb = replace(tmdb_settings(token, url + "/3"), limit=None, concurrency=4)
discogs = replace(discogs_settings(token, url), limit=None, concurrency=4)
store = PageStore(root)
"""


def kill_during(api: Api, store: PageStore, call: str, after_requests: int) -> None:
    """Run a load in a process of its own and kill it once so many requests have come."""
    before = len(api.asked)
    command = [sys.executable, "-c", PROGRAM + call, api.url, store.root, TOKEN]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while len(api.asked) - before < after_requests and process.poll() is None:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        _, said = process.communicate()
    assert b"Traceback" not in said, said.decode()
    assert len(api.asked) - before >= after_requests


def asked_twice(api: Api) -> int:
    return sum(times - 1 for times in api.times_asked().values())


def test_lists_killed_at_any_moment_are_complete_after_a_resume_and_no_page_is_asked_twice(
    serve: Serve, store: PageStore
):
    api = serve(FILMS, latency_ms=5)
    chance = random.Random(1966)
    kills = 3
    for _ in range(kills):
        kill_during(api, store, f"land_movies(tmdb, store, {YEARS})", chance.randint(2, 15))

    landing = land_movies(api.tmdb(), store, YEARS)

    assert {year: ids(landing, year, movie_rows) for year in YEARS} == {
        year: sorted(wanted) for year, wanted in BY_YEAR.items()
    }
    assert landing.requests.from_cache > 0
    # Only what was under way when the process died is asked for again.
    assert asked_twice(api) <= kills * CONCURRENCY


def test_releases_killed_and_resumed_are_complete(serve: Serve, store: PageStore):
    releases = [release(number, None if number % 4 == 0 else "1999") for number in range(1, 4001)]
    api = serve(releases=releases, latency_ms=5)
    call = 'land_soundtracks("release", discogs, store, ["unknown", "1999"])'
    kill_during(api, store, call, 25)

    landing = land_soundtracks("release", api.discogs(), store, ["unknown", "1999"])

    assert ids(landing, "unknown", release_rows) == list(range(4, 4001, 4))
    assert len(ids(landing, "1999", release_rows)) == 3000
    assert asked_twice(api) <= CONCURRENCY


def test_details_killed_and_resumed_lose_at_most_the_batch_that_was_being_filled(
    serve: Serve, store: PageStore
):
    api = serve(FILMS, latency_ms=1)
    kill_during(api, store, f"land_movie_details(tmdb, store, {{'1999': {BY_YEAR['1999']}}})", 350)

    landing = land_movie_details(api.tmdb(), store, BY_YEAR)

    assert {year: ids(landing, year, movie_detail_rows) for year in YEARS} == {
        year: sorted(wanted) for year, wanted in BY_YEAR.items()
    }
    assert asked_twice(api) <= 100 + CONCURRENCY


def test_details_interrupted_by_the_keyboard_lose_nothing(serve: Serve, store: PageStore):
    api = serve(FILMS, latency_ms=1)
    call = f"land_movie_details(tmdb, store, {{'1999': {BY_YEAR['1999']}}})"
    command = [sys.executable, "-c", PROGRAM + call, api.url, store.root, TOKEN]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while len(api.asked) < 250:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        process.wait(20)

    landing = land_movie_details(api.tmdb(), store, {"1999": BY_YEAR["1999"]})

    assert ids(landing, "1999", movie_detail_rows) == sorted(BY_YEAR["1999"])
    assert asked_twice(api) <= CONCURRENCY


# One of each in every test run, all in the long trials.
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_films_killed_at_twenty_moments_end_in_the_same_rows(
    seed: int, serve: Serve, store: PageStore
):
    api = serve(FILMS, latency_ms=3)
    moment = random.Random(seed).randint(1, 60)
    kill_during(api, store, f"land_movies(tmdb, store, {YEARS})", moment)

    landing = land_movies(api.tmdb(), store, YEARS)

    assert {year: ids(landing, year, movie_rows) for year in YEARS} == {
        year: sorted(wanted) for year, wanted in BY_YEAR.items()
    }
    assert asked_twice(api) <= CONCURRENCY


@pytest.mark.parametrize("seed", SEEDS)
def test_releases_killed_at_twenty_moments_end_in_the_same_rows(
    seed: int, serve: Serve, store: PageStore
):
    releases = [release(number, YEARS[number % 3]) for number in range(1, 3001)]
    api = serve(releases=releases, latency_ms=3)
    moment = random.Random(seed).randint(1, 30)
    kill_during(api, store, f'land_soundtracks("release", discogs, store, {YEARS})', moment)

    landing = land_soundtracks("release", api.discogs(), store, YEARS)

    found = {year: ids(landing, year, release_rows) for year in YEARS}
    assert found == {year: [r["id"] for r in releases if r["year"] == year] for year in YEARS}
    assert asked_twice(api) <= CONCURRENCY


@pytest.mark.parametrize("seed", SEEDS)
def test_details_killed_at_twenty_moments_end_in_the_same_rows(
    seed: int, serve: Serve, store: PageStore
):
    api = serve(FILMS, latency_ms=1)
    moment = random.Random(seed).randint(1, 1100)
    kill_during(api, store, f"land_movie_details(tmdb, store, {BY_YEAR})", moment)

    landing = land_movie_details(api.tmdb(), store, BY_YEAR)

    assert {year: ids(landing, year, movie_detail_rows) for year in YEARS} == {
        year: sorted(wanted) for year, wanted in BY_YEAR.items()
    }
    # Details land in batches of a hundred a year; what a batch had so far goes with the process.
    assert asked_twice(api) <= len(YEARS) * 100 + CONCURRENCY


FAULTY_PROGRAM = (
    PROGRAM
    + """
impatient = RetrySettings(attempts=40, first_pause_seconds=0.001, longest_pause_seconds=0.01)
tmdb, discogs = replace(tmdb, retry=impatient), replace(discogs, retry=impatient)
"""
)
# A quarter of all answers: errors, broken connections and cut bodies.
QUARTER = [
    Fault("*", share=0.09, times=10**9),
    Fault("*", share=0.08, times=10**9, kind=FaultKind.DROP),
    Fault("*", share=0.08, times=10**9, kind=FaultKind.TRUNCATE),
]


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_load_with_a_quarter_of_faults_ends_in_the_same_rows_however_often_it_is_killed(
    kills: int, serve: Serve, tmp_path: Path
):
    releases = [release(number, YEARS[number % 3]) for number in range(1, 1501)]
    call = (
        f"land_movies(tmdb, store, {YEARS})\n"
        f"land_movie_details(tmdb, store, {BY_YEAR})\n"
        f'land_soundtracks("release", discogs, store, {YEARS})\n'
    )

    def digest(store: PageStore, api: Api) -> str:
        """Of every row of a whole load, without when it was fetched."""
        movies = land_movies(api.tmdb(), store, YEARS)
        details = land_movie_details(api.tmdb(), store, BY_YEAR)
        pressings = land_soundtracks("release", api.discogs(), store, YEARS)
        read = ((movies, movie_rows), (details, movie_detail_rows), (pressings, release_rows))
        rows = {
            str({k: v for k, v in row.items() if k not in ("raw_page", "fetched_at")})
            for landing, reader in read
            for year in YEARS
            for line, file in landed_lines(landing, year)
            for row in reader(line, file)
        }
        return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()

    sound = serve(FILMS, releases)
    api = serve(FILMS, releases, latency_ms=1, faults=QUARTER)
    killed = PageStore(tmp_path / "killed")
    chance = random.Random(25)
    for _ in range(kills):
        command = [sys.executable, "-c", FAULTY_PROGRAM + call, api.url, killed.root, TOKEN]
        before = len(api.asked)
        after = chance.randint(1, 250)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while len(api.asked) - before < after and process.poll() is None:
                time.sleep(0.001)
            process.kill()
    assert subprocess.run([*command], stderr=subprocess.DEVNULL).returncode == 0

    found = digest(killed, api)

    assert found == digest(PageStore(tmp_path / "sound"), sound)
