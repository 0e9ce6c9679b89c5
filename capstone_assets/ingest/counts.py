"""Cheap questions that tell what changed: how many rows a slice has, which year has a film now.

Belongs here: answers that are looked at and thrown away. Not here: landing a slice (run.py), what
follows from a change (freshness/source_changes.py).
"""

import asyncio
from collections.abc import Collection
from typing import Any

from pydantic import TypeAdapter, ValidationError

from capstone_assets.ingest.client import ApiClient, together
from capstone_assets.ingest.discogs import GENRE, Kind, soundtracks_query
from capstone_assets.ingest.query import Query
from capstone_assets.ingest.rows import UnreadableBodyError, discogs_page
from capstone_assets.ingest.settings import ApiSettings

KINDS: tuple[Kind, ...] = ("release", "master")


def count_soundtracks(
    settings: ApiSettings, years: Collection[str | None]
) -> dict[tuple[Kind, str | None], int]:
    """How many releases, and how many masters, Discogs has of each year; None: of any and none.

    Two requests a year. A row that has a soundtrack's style but not the genre is not counted, for
    that would take ten. Raises an IngestError when an answer does not come.
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
    """The year in whose list TMDB has each film: one request a film.

    None for a film that no list has: it is gone, has no date, or is adult or video-only.
    Raises an IngestError when an answer does not come.
    """
    ids = list(movie_ids)

    async def ask(client: ApiClient, movie_id: int) -> str | None:
        query = Query("tmdb", f"/movie/{movie_id}")
        return (await client.ask(query, _listed_year, missing="")).value or None

    async def ask_all() -> list[str | None]:
        async with ApiClient(settings) as client:
            return await together(*(ask(client, movie_id) for movie_id in ids))

    return dict(zip(ids, asyncio.run(ask_all()), strict=True))


_DATE = TypeAdapter(str | None)


def _listed_year(body: Any) -> str:
    try:
        released = _DATE.validate_python(body.get("release_date"), strict=True) or ""
        unlisted = body.get("adult") or body.get("video")
    except (AttributeError, ValidationError):
        raise UnreadableBodyError(("release_date: not a date",)) from None
    return "" if unlisted else released[:4]
