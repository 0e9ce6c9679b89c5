"""Progress: a bar where a person watches, lines where a log is kept."""

import os
import pty
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from capstone_assets.ingest import progress
from capstone_assets.ingest.dump.landing import land_dump
from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_movies
from capstone_assets_tests.ingest.conftest import Serve, film
from capstone_assets_tests.ingest.dump.test_landing import content, mixed, write

_THE_END = b"\x04"
FILMS = [film(number) for number in range(1, 401)]


class Terminal:
    """What a person sees; read all the time, because a terminal that is full stops its writer."""

    def __init__(self, writer: TextIO, end: int) -> None:
        self._writer, self._end, self._seen = writer, end, b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while _THE_END not in self._seen:
            self._seen += os.read(self._end, 4096)

    def text(self) -> str:
        """Everything that was shown."""
        self._writer.flush()
        os.write(self._writer.fileno(), _THE_END)
        self._reader.join(5)
        return self._seen.decode()


@contextmanager
def terminal(seconds_between: float = 0.01) -> Iterator[Terminal]:
    """A terminal in place of stderr; not a fixture, because pytest puts its own in place again."""
    seen, shown = pty.openpty()
    with pytest.MonkeyPatch.context() as patch, os.fdopen(shown, "w") as writer:
        patch.setattr(progress, "_SECONDS_BETWEEN_DRAWINGS", seconds_between)
        patch.setattr(sys, "stderr", writer)
        yield Terminal(writer, seen)
    os.close(seen)


def test_a_terminal_shows_a_bar_with_rate_and_throttling(
    serve: Serve, store: PageStore, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "capstone_assets.ingest.progress")
    api = serve(FILMS, latency_ms=20)

    with terminal() as seen:
        land_movies(api.tmdb(concurrency=2), store, ["1998", "1999"])
        shown = seen.text()

    assert "tmdb_movies  [" in shown
    assert "0 retried, 0 throttled" in shown
    assert caplog.text == ""


def test_a_terminal_shows_a_dump_by_its_bytes(store: PageStore, tmp_path: Path):
    dump = write(tmp_path, content(mixed(40)))

    with terminal(seconds_between=0) as seen:
        land_dump("release", dump, store, [])
        shown = seen.text()

    assert "40 records seen, 13 kept" in shown
    assert "100%" in shown


def test_a_log_gets_lines(
    serve: Serve,
    store: PageStore,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.05)
    caplog.set_level("INFO", "capstone_assets.ingest.progress")

    land_movies(serve(FILMS, latency_ms=20).tmdb(concurrency=2), store, ["1998", "1999"])

    assert "tmdb_movies: 1 of 2 slices; " in caplog.text
    assert " requests, " in caplog.text
