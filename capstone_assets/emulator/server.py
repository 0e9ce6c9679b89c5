"""Run the emulator as a process: a port on loopback, in the foreground or beside a test or a run.

Belongs here: binding, starting, waiting until it responds, and ending it in any case.
Not here: the responses (app.py), the command line (commands/serve.py).

It binds only 127.0.0.1, because it requires no real key.
"""

import errno
import gc
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import uvicorn

import capstone_assets
from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog, read_catalog
from capstone_assets.emulator.faults import read_faults

HOST = "127.0.0.1"
ANSWER_SECONDS = 30.0
END_SECONDS = 5.0


def print_addresses(base_url: str) -> None:
    """Describe where the two APIs are, for a person."""
    print(f"TMDB is at {base_url}/3 and Discogs at {base_url}; Ctrl-C ends them.", flush=True)


class ServerError(EmulatorError):
    """The emulator's port is unavailable, or its process ended too soon."""


def serve(
    catalog_folder: Path | None,
    *,
    port: int = 0,
    enforce_limits: bool = False,
    time_scale: float = 1.0,
    latency_ms: int = 0,
    faults: Path | None = None,
    announce: Callable[[str], object] = print_addresses,
) -> None:
    """Serve in the foreground until interrupted.

    Args:
        catalog_folder: the catalog; None for the bundled one.
        port: of 127.0.0.1; 0 takes any that is free.
        enforce_limits: whether too many requests get a 429.
        time_scale: how many times faster than real the limits' time passes, above 0.
        latency_ms: milliseconds that every response is delayed.
        faults: file of faults to inject.
        announce: called with the base URL once connections are accepted.

    Raises:
        CatalogError, FaultFileError: a file is broken.
        ServerError: the port is in use, or is not a port.
    """
    with listen(port) as listener:
        with _garbage_uncollected():
            app = create_app(
                _catalog(catalog_folder),
                enforce_limits=enforce_limits,
                time_scale=time_scale,
                latency_ms=latency_ms,
                faults=read_faults(faults) if faults else None,
            )
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                access_log=False,
                lifespan="off",
                log_level="warning",
                server_header=False,
                # A hung request, which a fault may cause, must not keep the process.
                timeout_graceful_shutdown=1,
            )
        )
        announce(f"http://{HOST}:{listener.getsockname()[1]}")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


@contextmanager
def running_emulator(
    catalog_folder: Path | None,
    *,
    port: int = 0,
    enforce_limits: bool = False,
    time_scale: float = 1.0,
    latency_ms: int = 0,
    faults: Path | None = None,
) -> Iterator[str]:
    """Run the emulator as a process of its own; yields its base URL once it answers.

    It is a process because a thread would share the interpreter's lock with the clients. It ends
    with the block, and with this process, even a killed one. The arguments are those of `serve`.

    Raises:
        EmulatorError: it could not start; with the sentence of the process that tried.
    """
    options = {
        "catalog_folder": None if catalog_folder is None else str(catalog_folder.absolute()),
        "port": port,
        "enforce_limits": enforce_limits,
        "time_scale": time_scale,
        "latency_ms": latency_ms,
        "faults": None if faults is None else str(faults.absolute()),
    }
    package_home = str(Path(capstone_assets.__file__).parents[1])
    search_path = [package_home, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(search_path)},
        # Ctrl-C is for the run; its emulator ends with it, not before.
        start_new_session=True,
    )
    try:
        base_url = _announced(process)
        _wait_for_answer(base_url)
        yield base_url
    finally:
        _end(process)


def _announced(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ServerError(
            f"The emulator's process ended with exit code {process.wait()} before it served. "
            "What it printed to stderr says why."
        )
    message = json.loads(line)
    if "error" in message:
        raise EmulatorError(message["error"])
    return str(message["url"])


def _wait_for_answer(base_url: str) -> None:
    # The listener is bound, so the request waits in its queue until the app is up.
    # trust_env: requests to this machine must not use a proxy.
    with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as client:
        try:
            client.get(f"{base_url}/healthz").raise_for_status()
        except httpx.HTTPError as wrong:
            raise ServerError(
                f"The emulator at {base_url} was started and does not answer: {wrong}."
            ) from wrong


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


@contextmanager
def _garbage_uncollected() -> Iterator[None]:
    """Exclude the objects made in the block from garbage collection for good.

    A catalog is millions of objects that never become garbage; scanning them again and again made
    responses twice as slow.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _catalog(folder: Path | None) -> Catalog:
    if folder is not None:
        return read_catalog(folder)
    # Imported only here: with another catalog its hundreds of films are not needed.
    from capstone_assets.emulator.catalogs.bundled import bundled_catalog

    return bundled_catalog()


def listen(port: int) -> socket.socket:
    """Listen on a port of loopback.

    Raises:
        ServerError: the port is taken or may not be used.
    """
    try:
        return socket.create_server((HOST, port), backlog=2048)
    except OverflowError:
        raise ServerError(f"{port} is not a valid port: choose one from 0 to 65535.") from None
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE:
            reason = "is in use"
        else:
            reason = f"is unavailable ({os.strerror(wrong.errno or 0)})"
        raise ServerError(
            f"Port {port} of {HOST} {reason}, so nothing was started. "
            "Stop the program that listens there, or choose another port."
        ) from None


def _end_with_parent() -> None:
    """End this process at the end of its input: the parent holds the other end, and no more."""

    def watch() -> None:
        # Not sys.stdin.read(): it would hold a lock that the interpreter waits for when it ends.
        os.read(sys.stdin.fileno(), 1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _tell_parent(message: dict[str, str]) -> None:
    print(json.dumps(message), flush=True)


def _main(options_json: str) -> int:
    """Serve, in the child process, and send the parent the URL or the error."""
    _end_with_parent()
    options = json.loads(options_json)
    for name in ("catalog_folder", "faults"):
        options[name] = options[name] and Path(options[name])
    try:
        serve(**options, announce=lambda url: _tell_parent({"url": url}))
    except EmulatorError as wrong:
        _tell_parent({"error": str(wrong)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
