"""Cheap queries that show what changed: how many rows a slice has, which year a row is in now.

Belongs here: responses that are used once and not stored.
Not here: landing a slice (slices.py), the consequences of a change (freshness/source_changes.py).
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from pydantic import TypeAdapter, ValidationError

from capstone_assets.ingest.client import ApiClient, together
from capstone_assets.ingest.discogs import GENRE, Kind, soundtracks_query
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.responses import UnreadableBodyError, discogs_page
from capstone_assets.ingest.settings import ApiSettings
from capstone_assets.lake.years import UNKNOWN_YEAR

KINDS: tuple[Kind, ...] = ("release", "master")


def count_soundtracks(
    settings: ApiSettings, years: Collection[str | None]
) -> dict[tuple[Kind, str | None], int]:
    """Count the releases and the masters that Discogs has of each year; None: of all together.

    Two requests a year. Rows with a soundtrack's style but not the genre are not counted: that
    would take ten. Raises an IngestError when a request fails.
    """
    slices = [(kind, year) for year in years for kind in KINDS]

    async def count(client: ApiClient, kind: Kind, year: str | None) -> int:
        narrowed = {"year": year} if year else {}
        query = soundtracks_query(kind, genre=GENRE, **narrowed).with_params(per_page="1")
        return (await client.ask(query, discogs_page, page=1)).value.total

    async def count_all() -> list[int]:
        async with ApiClient(settings) as client:
            return await together(*(count(client, kind, year) for kind, year in slices))

    return dict(zip(slices, asyncio.run(count_all()), strict=True))


def listed_years(settings: ApiSettings, movie_ids: Collection[int]) -> dict[int, str | None]:
    """Return the year whose list has each film, with one request a film.

    None for a film that no list has: it is gone, has no date, or is adult or video-only.
    Raises an IngestError when a request fails.
    """
    return _years(settings, "/movie", movie_ids, _listed_year)


def years_of_soundtracks(
    settings: ApiSettings, kind: Kind, ids: Collection[int]
) -> dict[int, str | None]:
    """Return the slice that has each release, or master, with one request each.

    None for one that is gone. Raises an IngestError when a request fails.
    """
    return _years(settings, f"/{kind}s", ids, _slice_of)


def _years(
    settings: ApiSettings, path: str, ids: Collection[int], read: Callable[[Any], str]
) -> dict[int, str | None]:
    wanted = list(ids)

    async def ask(client: ApiClient, row_id: int) -> str | None:
        query = Query(settings.source, f"{path}/{row_id}")
        return (await client.ask(query, read, missing="")).value or None

    async def ask_all() -> list[str | None]:
        async with ApiClient(settings) as client:
            return await together(*(ask(client, row_id) for row_id in wanted))

    return dict(zip(wanted, asyncio.run(ask_all()), strict=True))


_DATE = TypeAdapter(str | None)
_YEAR = TypeAdapter(int | None)


def _listed_year(body: Any) -> str:
    try:
        released = _DATE.validate_python(body.get("release_date"), strict=True) or ""
        unlisted = body.get("adult") or body.get("video")
    except (AttributeError, ValidationError):
        raise UnreadableBodyError(("release_date: not a date",)) from None
    return "" if unlisted else released[:4]


def _slice_of(body: Any) -> str:
    try:
        year = _YEAR.validate_python(body.get("year"), strict=True)
    except (AttributeError, ValidationError):
        raise UnreadableBodyError(("year: not a number",)) from None
    return f"{year:04}" if year else UNKNOWN_YEAR
