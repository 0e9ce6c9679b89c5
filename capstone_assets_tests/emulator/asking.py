"""What the emulator's tests share: small catalogs, and asking an app without a port.

Belongs here: builders of rows, `ask`, the shared folder.
Not here: anything that asserts.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog, Row
from capstone_assets.emulator.faults import Fault, FaultKind

TMDB_KEY = {"Authorization": "Bearer any"}
DISCOGS_KEY = {"Authorization": "Discogs token=any", "User-Agent": "a-test/1.0"}


def film(film_id: int, title: str, release_date: str = "", **fields: Any) -> Row:
    return {"id": film_id, "title": title, "release_date": release_date, **fields}


def release(release_id: int, title: str, year: str | int | None = None, **fields: Any) -> Row:
    soundtrack = {"genre": ["Stage & Screen"], "style": ["Soundtrack"]}
    return {"id": release_id, "title": title, "year": year, **soundtrack, **fields}


def write_catalog(folder: Path, **rows_of: list[Row]) -> Path:
    """A catalog folder; films and releases are written even when there are none."""
    folder.mkdir(exist_ok=True)
    for name, rows in {"films": [], "releases": [], **rows_of}.items():
        lines = [json.dumps(row) + "\n" for row in rows]
        (folder / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    return folder


def ask_all(
    app: Starlette, *paths: str, headers: Mapping[str, str] = TMDB_KEY
) -> list[httpx.Response]:
    """The app's answers, one after the other."""

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://emulator", headers=dict(headers)
        ) as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(answers())


def ask(
    app: Starlette, path: str, headers: Mapping[str, str] = TMDB_KEY, **params: Any
) -> httpx.Response:
    url = str(httpx.URL(path, params=params)) if params else path
    return ask_all(app, url, headers=headers)[0]


def search(app: Starlette, **params: Any) -> Row:
    """The page that Discogs's search answers."""
    return ask(app, "/database/search", DISCOGS_KEY, **params).json()


def shared_folder(name: str) -> Path:
    """A folder of real records beside the project; the test is skipped where there is none."""
    folder = Path(__file__).parents[2] / ".." / "shared" / name
    if not folder.is_dir():
        pytest.skip(f"no ../shared/{name} beside the project")
    return folder.resolve()


CATALOG = Catalog(
    [film(number, f"Film {number}") for number in range(1, 31)],
    [release(number, f"A - B {number}") for number in range(1, 31)],
)


def app_with(*faults):
    return create_app(CATALOG, faults=faults)


SEARCH = "/database/search?per_page=10"


def spoiled(kind: FaultKind, **how):
    """The second page of the search, spoiled, and its rows' ids as they ought to be."""
    app = app_with(Fault("/database/search", params={"page": "2"}, kind=kind, **how))
    page = f"{SEARCH}&page=2"
    answer, whole = ask_all(app, page, page, headers=DISCOGS_KEY)
    return answer, [row["id"] for row in whole.json()["results"]]
