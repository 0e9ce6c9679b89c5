"""Spoil a good response: bytes of JSON in, bytes out.

Belongs here: one function for each fault.
Not here: which responses are spoiled (faults.py).
"""

import json
from collections.abc import Callable
from typing import Any

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def truncated(body: bytes) -> bytes:
    """The first half."""
    return body[: len(body) // 2]


def without_last_rows(body: bytes, rows: int) -> bytes:
    """A page without its last rows, which its count includes."""
    return _with_rows(body, lambda found: found[:-rows])


def shifted(body: bytes, body_before: bytes, rows: int) -> bytes:
    """A page that begins with the last rows of the one before, so that its own last rows are
    missing.

    The list has grown between the two. With as many rows as a page has, it is the page before.
    """
    before = json.loads(body_before).get("results", [])[-rows:]
    return _with_rows(body, lambda found: [*before, *found][: len(found)])


def with_ids_as_text(body: bytes) -> bytes:
    """Every id has the wrong type."""
    return _with_each_row(body, lambda row: {**row, "id": str(row.get("id"))})


def with_nulls(body: bytes) -> bytes:
    """Null in place of the rows."""
    page = json.loads(body)
    return json.dumps({**page, "results": None} if "results" in page else None).encode()


def with_an_extra_field(body: bytes) -> bytes:
    """Every row has an unannounced field, as `softcore` appeared in 2026."""
    return _with_each_row(body, lambda row: {**row, "unannounced": {"since": 2026}})


def without_field(body: bytes, lacking: str) -> bytes:
    """Every row is missing a field."""
    return _with_each_row(
        body, lambda row: {name: value for name, value in row.items() if name != lacking}
    )


def _with_rows(body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    page = json.loads(body)
    if "results" in page:
        page["results"] = change(page["results"])
    return json.dumps(page).encode()


def _with_each_row(body: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """A list's rows changed; details are a row themselves."""
    page = json.loads(body)
    if "results" not in page:
        return json.dumps(change(page)).encode()
    return _with_rows(body, lambda found: [change(row) for row in found])
