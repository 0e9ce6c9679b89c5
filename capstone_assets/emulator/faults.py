"""Faults to inject: a file says which requests go wrong, how, and how often.

Belongs here: reading and checking that file, and selecting requests.
Not here: spoiling a response (spoiling.py), the APIs' own refusals (tmdb.py, discogs.py), their
limits (limits.py).

The file is JSON, a list of faults, or TOML, a list of [[fault]] tables. The first fault that a
request matches and that is not used up spoils it, so a run of requests always goes wrong alike:

    [{"path": "/database/search", "params": {"page": "2"}, "times": 2, "status": 500},
     {"path": "/3/movie/*", "kind": "truncate", "share": 0.1}]
"""

import asyncio
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capstone_assets.emulator import EmulatorError, spoiling
from capstone_assets.emulator.answers import Answer

_DRIPS = 20  # Bytes that are sent one by one; the rest of a slow response follows at once.


class FaultFileError(EmulatorError):
    """A file of faults to inject is invalid; lists all of its faults."""

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
    SLOW_DRIP = "slow_drip"
    TRUNCATE = "truncate"
    HTML = "html"
    WRONG_TYPES = "wrong_types"
    NULLS = "nulls"
    SHORT_PAGE = "short_page"
    SHIFTED_PAGE = "shifted_page"
    DUPLICATED_PAGE = "duplicated_page"
    EXTRA_FIELD = "extra_field"
    MISSING_FIELD = "missing_field"


@dataclass(frozen=True)
class Fault:
    """One way in which requests go wrong.

    Attributes:
        path: of the requests; may hold the wildcards * and ?.
        params: query parameters that they have, among others.
        times: how many of the first ones go wrong; in a file, all if a share is given.
        share: the part of them that goes wrong, by chance, but always alike.
        kind: error answers `status` and `body` (for a dead id 404, and what TMDB says of one);
            retry_after does so with a Retry-After header of `seconds`; hang never answers; drop
            closes the connection in the middle of an answer; slow_drip takes `seconds` for one;
            truncate cuts the JSON in two; html responds with a web page; wrong_types writes ids as
            text; nulls has null for the rows; short_page leaves the last `rows` of a page out;
            shifted_page lets it begin with the last `rows` of the page before; duplicated_page
            repeats that page whole; extra_field and missing_field give each row one field more, and
            one less, `lacks`.
        status: HTTP status of error and of retry_after.
        body: JSON of error and of retry_after; by default a message that names the fault.
        seconds: what Retry-After says, or how long an answer drips.
        rows: how many are left out of a short page, or come again on a shifted one.
        lacks: the field that missing_field takes away.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    share: float = 1.0
    kind: FaultKind = FaultKind.ERROR
    status: int = 500
    body: Mapping[str, Any] = field(default_factory=lambda: {"message": "An injected fault."})
    seconds: int = 1
    rows: int = 2
    lacks: str = "title"

    def matches(self, path: str, params: Mapping[str, str]) -> bool:
        """Whether a request is one of those that go wrong."""
        return fnmatchcase(path, self.path) and all(
            params.get(name) == value for name, value in self.params.items()
        )


def read_faults(path: Path) -> list[Fault]:
    """Read a file of faults.

    Raises:
        FaultFileError: it cannot be read, or has invalid faults; lists all of them.
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
    usual_times = _ALL if "share" in entry else Fault.times
    return Fault(**{"status": usual_status, "times": usual_times, **entry, "kind": kind})


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


_ALL = 10**9
_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "path": (lambda v: isinstance(v, str) and v.startswith("/"), "a path that starts with /"),
    "params": (
        lambda v: isinstance(v, dict) and all(isinstance(text, str) for text in v.values()),
        "an object of strings",
    ),
    "times": (lambda v: _is_whole(v, 1, _ALL), "a whole number from 1"),
    "share": (
        lambda v: type(v) in (int, float) and 0 < v <= 1,
        "a number above 0, at most 1",
    ),
    "kind": (lambda v: v in list(FaultKind), f"one of {', '.join(FaultKind)}"),
    "status": (lambda v: _is_whole(v, 400, 599), "a status from 400 to 599"),
    "body": (lambda v: isinstance(v, dict), "an object"),
    "seconds": (lambda v: _is_whole(v, 0, 86_400), "a whole number of seconds up to a day"),
    "rows": (lambda v: _is_whole(v, 1, 100), "a whole number from 1 to 100"),
    "lacks": (lambda v: isinstance(v, str) and v != "", "a name"),
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
        self._chance = Random(1982)

    def next_for(self, scope: Scope) -> Fault | None:
        """Return the fault for this request, and count it; None for no fault."""
        if not self._times_left:
            return None
        params = QueryParams(scope["query_string"])
        for number in self._times_left:
            fault = self._faults[number]
            if fault.matches(scope["path"], params) and self._chance.random() < fault.share:
                self._times_left[number] -= 1
                if not self._times_left[number]:
                    del self._times_left[number]
                return fault
        return None


class FaultInjector:
    """Spoil the responses that the plan selects, and pass all others on."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app, self._plan = app, plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond, or fail to, as the fault says."""
        fault = self._plan.next_for(scope)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.HANG:
            await _until_the_client_leaves(receive)
        elif fault.kind is FaultKind.DROP:
            await _start_and_stop(send)
        elif fault.kind in (FaultKind.ERROR, FaultKind.RETRY_AFTER):
            waiting = {"Retry-After": str(fault.seconds)}
            headers = waiting if fault.kind is FaultKind.RETRY_AFTER else None
            await Answer(fault.body, fault.status, headers)(scope, receive, send)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._answer(scope, receive)
        body = await self._spoiled(fault, body, scope, receive)
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(body))
        if fault.kind is FaultKind.HTML:
            headers["Content-Type"] = "text/html"
        await send(start)
        if fault.kind is FaultKind.SLOW_DRIP:
            for byte in body[:_DRIPS]:
                await asyncio.sleep(fault.seconds / _DRIPS)
                await send(_part(bytes([byte]), more=True))
            body = body[_DRIPS:]
        await send(_part(body))

    async def _spoiled(self, fault: Fault, body: bytes, scope: Scope, receive: Receive) -> bytes:
        match fault.kind:
            case FaultKind.TRUNCATE:
                return spoiling.truncated(body)
            case FaultKind.HTML:
                return spoiling.HTML
            case FaultKind.WRONG_TYPES:
                return spoiling.with_ids_as_text(body)
            case FaultKind.NULLS:
                return spoiling.with_nulls(body)
            case FaultKind.SHORT_PAGE:
                return spoiling.without_last_rows(body, fault.rows)
            case FaultKind.EXTRA_FIELD:
                return spoiling.with_an_extra_field(body)
            case FaultKind.MISSING_FIELD:
                return spoiling.without_field(body, fault.lacks)
            case FaultKind.SHIFTED_PAGE | FaultKind.DUPLICATED_PAGE:
                if not (before := _page_before(scope)):
                    return body
                _, body_before = await self._answer(before, receive)
                rows = fault.rows if fault.kind is FaultKind.SHIFTED_PAGE else _ALL
                return spoiling.shifted(body, body_before, rows)
            case _:
                return body

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, *parts = messages
        return start, b"".join(part.get("body", b"") for part in parts)


def _page_before(scope: Scope) -> Scope | None:
    """The same request for the page before; None for the first page."""
    params = dict(QueryParams(scope["query_string"]))
    number = params.get("page", "1")
    if not number.isdecimal() or int(number) < 2:
        return None
    before = {**params, "page": str(int(number) - 1)}
    return {**scope, "query_string": urlencode(before).encode()}


def _part(body: bytes, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _until_the_client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start_and_stop(send: Send) -> None:
    """Promise a body and send none: uvicorn then closes the connection (and logs that it did)."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
