"""Faults to inject: a file says which requests go wrong, how, and how often.

Belongs here: reading and checking that file, and spoiling the answers it names.
Not here: the APIs' own refusals (tmdb.py, discogs.py), their limits (limits.py).

The file is JSON, a list of faults, or TOML, a list of [[fault]] tables. The first fault that a
request matches and that is not used up spoils it, so a run of requests always goes wrong alike:

    [{"path": "/database/search", "params": {"page": "2"}, "times": 2, "status": 500},
     {"path": "/3/movie/*", "kind": "truncate"}]
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.answers import Answer


class FaultFileError(EmulatorError):
    """A file of faults to inject cannot be used; lists all that is wrong with it."""

    def __init__(self, path: Path, wrong: Sequence[str]) -> None:
        super().__init__(path, wrong)
        self.path, self.wrong = path, wrong

    def __str__(self) -> str:
        listed = "\n".join(f"  {line}" for line in self.wrong)
        return (
            f"The faults of {self.path} cannot be injected:\n{listed}\nCorrect it and start again."
        )


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"
    RETRY_AFTER = "retry_after"
    HANG = "hang"
    DROP = "drop"
    TRUNCATE = "truncate"
    SHORT_PAGE = "short_page"


@dataclass(frozen=True)
class Fault:
    """One way in which requests go wrong.

    Attributes:
        path: of the requests; may hold the wildcards * and ?.
        params: query parameters that they have, among others.
        times: how many of them, the first, go wrong.
        kind: error answers `status` and `body`; retry_after does so with a Retry-After header of
            `seconds`; hang never answers; drop closes the connection in the middle of an answer;
            truncate cuts the JSON in two; short_page leaves the last `rows` of a page out.
        status: HTTP status of error and of retry_after.
        body: JSON of error and of retry_after; by default a message that names the fault.
        seconds: what Retry-After says.
        rows: how many are left out of a short page.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    kind: FaultKind = FaultKind.ERROR
    status: int = 500
    body: Mapping[str, Any] = field(default_factory=lambda: {"message": "An injected fault."})
    seconds: int = 1
    rows: int = 2

    def matches(self, path: str, params: Mapping[str, str]) -> bool:
        """Whether a request is one of those that go wrong."""
        return fnmatchcase(path, self.path) and all(
            params.get(name) == value for name, value in self.params.items()
        )


def read_faults(path: Path) -> list[Fault]:
    """Read a file of faults.

    Raises:
        FaultFileError: it cannot be read, or some fault is not one; with all that is wrong.
    """
    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text).get("fault") if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as wrong:
        raise FaultFileError(path, [f"it cannot be read: {wrong}"]) from None
    if not isinstance(found, list):
        raise FaultFileError(path, ["it holds no list of faults"])
    wrong_of = {number: _wrong(entry) for number, entry in enumerate(found, start=1)}
    if any(wrong_of.values()):
        raise FaultFileError(
            path, [f"fault {number}: {wrong}" for number in wrong_of for wrong in wrong_of[number]]
        )
    return [_fault(entry) for entry in found]


def _fault(entry: Mapping[str, Any]) -> Fault:
    kind = FaultKind(entry.get("kind", FaultKind.ERROR))
    usual_status = 429 if kind is FaultKind.RETRY_AFTER else Fault.status
    return Fault(**{"status": usual_status, **entry, "kind": kind})


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "path": (lambda v: isinstance(v, str) and v.startswith("/"), "a path that starts with /"),
    "params": (
        lambda v: isinstance(v, dict) and all(isinstance(text, str) for text in v.values()),
        "an object of strings",
    ),
    "times": (lambda v: _is_whole(v, 1, 10**9), "a whole number from 1"),
    "kind": (lambda v: v in list(FaultKind), f"one of {', '.join(FaultKind)}"),
    "status": (lambda v: _is_whole(v, 400, 599), "a status from 400 to 599"),
    "body": (lambda v: isinstance(v, dict), "an object"),
    "seconds": (lambda v: _is_whole(v, 0, 86_400), "a whole number of seconds up to a day"),
    "rows": (lambda v: _is_whole(v, 1, 100), "a whole number from 1 to 100"),
}


def _wrong(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [f"not an object but {entry!r}"]
    wrong = [f"{name} is unknown" for name in entry if name not in _CHECKS]
    if "path" not in entry:
        wrong.append("path is missing")
    for name, (holds, wanted) in _CHECKS.items():
        if name in entry and not holds(entry[name]):
            wrong.append(f"{name} is {entry[name]!r}, wanted {wanted}")
    return wrong


class FaultPlan:
    """Which faults are still to be injected, and how often."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._times_left = dict(enumerate(fault.times for fault in faults))
        self._faults = faults

    def next_for(self, scope: Scope) -> Fault | None:
        """The fault that spoils this request; it is used up by one. None when all goes well."""
        if not self._times_left:
            return None
        params = QueryParams(scope["query_string"])
        for number in self._times_left:
            if self._faults[number].matches(scope["path"], params):
                self._times_left[number] -= 1
                if not self._times_left[number]:
                    del self._times_left[number]
                return self._faults[number]
        return None


class FaultInjector:
    """Spoil the answers that the plan names, and pass all others on."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app, self._plan = app, plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or fail to, as the fault says."""
        fault = self._plan.next_for(scope)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.HANG:
            await _until_the_client_leaves(receive)
        elif fault.kind is FaultKind.DROP:
            await _start_and_stop(send)
        elif fault.kind in (FaultKind.TRUNCATE, FaultKind.SHORT_PAGE):
            await self._spoil(fault, scope, receive, send)
        else:
            headers = (
                {"Retry-After": str(fault.seconds)} if fault.kind is FaultKind.RETRY_AFTER else None
            )
            await Answer(fault.body, fault.status, headers)(scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, *parts = messages
        body = b"".join(part.get("body", b"") for part in parts)
        if fault.kind is FaultKind.TRUNCATE:
            body = body[: len(body) // 2]
        else:
            body = _without_last_rows(body, fault.rows)
        MutableHeaders(scope=start)["Content-Length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _without_last_rows(body: bytes, rows: int) -> bytes:
    page = json.loads(body)
    if "results" in page:
        page["results"] = page["results"][:-rows]
    return json.dumps(page).encode()


async def _until_the_client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start_and_stop(send: Send) -> None:
    """Promise a body and send none: uvicorn then closes the connection (and logs that it did)."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
