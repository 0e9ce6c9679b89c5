from pathlib import Path

import pytest

from capstone_assets.ingest import progress
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies
from capstone_assets.ingest.progress import Figures, Progress, begin_step, in_words, watched_by
from capstone_assets_tests.ingest.conftest import Serve, film
from capstone_assets_tests.ingest.dump.dumps import content, mixed, write

FILMS = [film(number) for number in range(1, 401)]


class Watching:
    """A watcher that remembers what it was given."""

    def __init__(self, seconds_between: float) -> None:
        self.seconds_between = seconds_between
        self.steps: list[str] = []
        self.seen: list[Figures] = []

    def begin(self, step: str) -> None:
        self.steps.append(step)

    def advance(self, figures: Figures) -> None:
        self.seen.append(figures)


def test_a_watcher_gets_the_figures_of_a_load_in_place_of_the_log(
    serve: Serve, store: PageStore, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "capstone_assets.ingest.progress")
    watcher = Watching(0.01)

    with watched_by(watcher):
        land_movies(
            serve(FILMS, latency_ms=20).tmdb(concurrency=2), store, ["1997", "1998", "1999"]
        )

    last = watcher.seen[-1]
    assert (last.name, last.total) == ("tmdb_movies", 3)
    dones = [figures.done for figures in watcher.seen]
    assert dones == sorted(dones)
    assert " requests; " in last.status
    assert "0 retried; 0 throttled" in last.status
    assert caplog.text == ""


def test_details_are_measured_by_the_films_and_the_time_left_by_those_that_were_asked_for(
    serve: Serve, store: PageStore
):
    api = serve(FILMS, latency_ms=5)
    ids = [each["id"] for each in FILMS]
    land_movie_details(api.tmdb(concurrency=4), store, {"1997": ids[:200]})
    watcher = Watching(0.01)

    with watched_by(watcher):
        land_movie_details(api.tmdb(concurrency=4), store, {"1997": ids[:200], "1998": ids[200:]})

    last = watcher.seen[-1]
    assert (last.name, last.total) == ("tmdb_movie_details", 400)
    assert 200 < last.done <= 400
    assert last.status.startswith(f"{last.done} of 400 films; ")
    dones = [figures.done for figures in watcher.seen]
    assert dones == sorted(dones)


def test_the_time_left_is_estimated_without_what_had_landed_before():
    moments = iter([0.0, 10.0, 10.0])
    watcher = Watching(0.0)
    progress_of_films = Progress("films", 1000, lambda: next(moments))

    with watched_by(watcher):
        progress_of_films.report(900, "", at_once=800)
        progress_of_films.report(800, "", at_once=800)

    assert [figures.left_seconds for figures in watcher.seen] == [10.0, None]


def test_a_dump_is_measured_by_its_bytes(store: PageStore, tmp_path):
    dump = write(tmp_path, content(mixed(40)))
    watcher = Watching(0.0)

    with watched_by(watcher):
        land_dump("release", dump, store, [])

    last = watcher.seen[-1]
    size = Path(dump).stat().st_size
    assert (last.done, last.total) == (size, size)
    assert "40 records seen, 13 kept" in last.status


def test_a_log_gets_lines_when_no_one_watches(
    serve: Serve, store: PageStore, caplog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.05)
    caplog.set_level("INFO", "capstone_assets.ingest.progress")

    land_movies(serve(FILMS, latency_ms=20).tmdb(concurrency=2), store, ["1998", "1999"])

    assert "tmdb_movies: 1 of 2 years; " in caplog.text
    assert " requests; " in caplog.text


def test_the_time_left_follows_from_what_is_done_and_the_wait_is_named(caplog):
    caplog.set_level("INFO", "capstone_assets.ingest.progress")
    clock = iter([100.0, 130.0])
    load = Progress("discogs_releases", 129, clock=lambda: next(clock))

    load.report(43, "43 of 129 slices", wait_seconds=12.4)

    assert caplog.messages == [
        "discogs_releases: 43 of 129 slices; waiting 12 s for the limit; about 1 min 0 s left"
    ]


@pytest.mark.parametrize(("done", "total"), [(0, 129), (5, None)])
def test_without_a_start_or_a_total_no_time_is_promised(done, total):
    watcher = Watching(1.0)
    with watched_by(watcher):
        Progress("releases", total).report(done, "reading")
    assert watcher.seen[0].left_seconds is None
    assert watcher.seen[0].sentence() == "reading"


def test_a_watcher_is_informed_of_steps_only_while_it_watches():
    watcher = Watching(1.0)
    with watched_by(watcher):
        begin_step("silver/films")
    begin_step("silver/candidates")
    assert watcher.steps == ["silver/films"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59.4, "59 s"), (59.6, "1 min 0 s"), (3599.4, "59 min 59 s"), (3600, "1 h 0 min")],
)
def test_a_duration_is_shown_in_the_unit_that_fits(seconds, words):
    assert in_words(seconds) == words
