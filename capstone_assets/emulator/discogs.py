"""Discogs's API over a catalog, with responses like the recorded ones.

Belongs here: its paths and parameters, the shapes of its rows, its errors, headers and limit.
Not here: reading a catalog (catalog.py), injected faults (faults.py), TMDB (tmdb.py).

Where no recording shows the behavior, it was chosen: `items` and `pages` count every row found, and
any page that would need row 10,001 is a 404, as is a page past the last; `per_page` above 100
counts as 100; a request without a User-Agent is a 403; text is matched by whole words, in any
order. Addresses of rows are Discogs's own, so that a row is the same whatever port the emulator
has; those of further pages are the emulator's, so that following them stays here.
"""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capstone_assets.emulator.answers import Answer, Refusal
from capstone_assets.emulator.catalogs.catalog import Catalog, Row, year_of
from capstone_assets.emulator.limits import MovingWindow

DEFAULT_PAGE_ROWS, MOST_PAGE_ROWS = 50, 100
MOST_ROWS = 10_000
WINDOW_SECONDS = 60.0
AUTHENTICATED_LIMIT, UNAUTHENTICATED_LIMIT = 60, 25

API, SITE = "https://api.discogs.com", "https://www.discogs.com"
UNKNOWN_COUNTRY = "Unknown"
UNKNOWN_ARTIST = "Unknown Artist"

T = TypeVar("T")

_CREDENTIALS = ("token", "key", "secret")


def discogs_error(http_status: int, message: str) -> Response:
    """An error as Discogs words it."""
    return Answer({"message": message}, http_status)


def _not_found(message: str = "The requested resource was not found.") -> Refusal:
    return Refusal(discogs_error(404, message))


class DiscogsGate:
    """Require a User-Agent, and enforce the rate limit if wanted.

    Every response has the rate headers. Without enforced limits they say that nothing is used up,
    so that a client that obeys them is not slowed down.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float], enforce_limits: bool) -> None:
        self._app, self._enforce_limits = app, enforce_limits
        self._window = MovingWindow(WINDOW_SECONDS, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or respond with 403 or 429."""
        limit = AUTHENTICATED_LIMIT if is_authenticated(scope) else UNAUTHENTICATED_LIMIT
        app: ASGIApp = self._app
        if not Headers(scope=scope).get("user-agent", "").strip():
            app = discogs_error(403, "Requests without a User-Agent header are not served.")
        elif self._enforce_limits and not self._window.admit(limit):
            app = discogs_error(429, "You are making requests too quickly.")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                used = self._window.used
                headers = MutableHeaders(scope=message)
                headers["X-Discogs-Media-Type"] = "discogs.v2"
                headers["X-Discogs-Ratelimit"] = str(limit)
                headers["X-Discogs-Ratelimit-Used"] = str(used)
                headers["X-Discogs-Ratelimit-Remaining"] = str(max(0, limit - used))
            await send(message)

        await app(scope, receive, send_with_headers)


_AUTHORIZATION = re.compile(r"Discogs\s+(token=\S+|key=[^\s,]+,\s*secret=\S+)", re.IGNORECASE)


def is_authenticated(scope: Scope) -> bool:
    """Whether the request has a token, or a key with its secret; any value is accepted."""
    if _AUTHORIZATION.fullmatch(Headers(scope=scope).get("authorization", "").strip()):
        return True
    params = QueryParams(scope["query_string"])
    return bool(params.get("token") or (params.get("key") and params.get("secret")))


class Record(NamedTuple):
    """A release or a master, which are searched as one collection."""

    kind: str
    row: Row


_WORD = re.compile(r"\w+")


def _artist_and_title(title: str) -> tuple[str, str]:
    artist, dash, rest = title.partition(" - ")
    return (artist, rest) if dash else (UNKNOWN_ARTIST, title)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _labels(row: Row) -> list[str]:
    label = row.get("label") or []
    return [label] if isinstance(label, str) else label


def _path(record: Record) -> str:
    slug = "-".join(_WORD.findall(record.row["title"]))
    return f"/{record.kind}/{record.row['id']}-{slug}"


def _address(kind: str, record_id: int) -> str:
    return f"{API}/{kind}s/{record_id}"


def _community(row: Row) -> Row:
    return row.get("community") or {"want": 0, "have": 0}


def listed_row(record: Record) -> Any:
    """Return the search's row of a record: an odd row has its own JSON, which may be anything."""
    row = record.row
    return json.loads(row["listed_as"]) if "listed_as" in row else search_row(record)


def search_row(record: Record) -> Row:
    """A release or a master as /database/search lists it; without a year the field is absent."""
    kind, row = record
    year = year_of(row)
    master_id = row["id"] if kind == "master" else row.get("master_id") or 0
    return {
        "country": row.get("country") or UNKNOWN_COUNTRY,
        **({} if year is None else {"year": f"{year:04d}"}),
        "format": row.get("format") or [],
        "label": _labels(row),
        "type": kind,
        "genre": row.get("genre") or [],
        "style": row.get("style") or [],
        "id": row["id"],
        "barcode": row.get("barcode") or [],
        "user_data": {"in_wantlist": False, "in_collection": False},
        "master_id": master_id,
        "master_url": _address("master", master_id) if master_id else None,
        "uri": _path(record),
        "catno": row.get("catno") or "",
        "title": row["title"],
        "thumb": "",
        "cover_image": "",
        "resource_url": _address(kind, row["id"]),
        "community": _community(row),
    }


def _details(record: Record) -> Row:
    """The common part of the details of releases and masters."""
    kind, row = record
    artist, title = _artist_and_title(row["title"])
    return {
        "id": row["id"],
        "title": title,
        "year": year_of(row) or 0,
        "resource_url": _address(kind, row["id"]),
        "uri": f"{SITE}{_path(record)}",
        "artists": [
            {
                "name": artist,
                "anv": "",
                "join": "",
                "role": "",
                "tracks": "",
                "id": 0,
                "resource_url": _address("artist", 0),
            }
        ],
        "genres": row.get("genre") or [],
        "styles": row.get("style") or [],
        "tracklist": row.get("tracklist") or [],
        "images": [],
        "videos": [],
        "num_for_sale": 0,
        "lowest_price": None,
        "data_quality": "Needs Vote",
    }


def release_details(row: Row) -> Row:
    """A release as /releases/{id} shows it; without a master both its fields are absent."""
    year, master_id = year_of(row), row.get("master_id")
    released = "" if year is None else f"{year:04d}"
    name, *descriptions = row.get("format") or [""]
    return {
        **_details(Record("release", row)),
        "status": "Accepted",
        "artists_sort": _artist_and_title(row["title"])[0],
        "labels": [
            {
                "name": label,
                "catno": row.get("catno") or "none",
                "entity_type": "1",
                "entity_type_name": "Label",
                "id": 0,
                "resource_url": _address("label", 0),
            }
            for label in _labels(row)
        ],
        "series": [],
        "companies": [],
        "formats": [{"name": name, "qty": "1", "descriptions": descriptions}] if name else [],
        "format_quantity": 1 if name else 0,
        "community": _community(row),
        **(
            {"master_id": master_id, "master_url": _address("master", master_id)}
            if master_id
            else {}
        ),
        "country": row.get("country") or UNKNOWN_COUNTRY,
        "released": released,
        "released_formatted": released,
        "notes": row.get("notes") or "",
        "identifiers": [],
        "extraartists": [],
        "thumb": "",
    }


def master_details(row: Row, versions: Sequence[Row]) -> Row:
    """A master as /masters/{id} shows it; `versions` are its releases, the oldest first."""
    details = _details(Record("master", row)) | {
        "versions_url": f"{_address('master', row['id'])}/versions"
    }
    if versions:
        for name, version in (("main", versions[0]), ("most_recent", versions[-1])):
            details[f"{name}_release"] = version["id"]
            details[f"{name}_release_url"] = _address("release", version["id"])
    return details


def version_row(row: Row) -> Row:
    """A release as /masters/{id}/versions lists it."""
    year = year_of(row)
    return {
        "id": row["id"],
        "title": _artist_and_title(row["title"])[1],
        "status": "Accepted",
        "format": ", ".join((row.get("format") or [])[1:]),
        "major_formats": (row.get("format") or [])[:1],
        "country": row.get("country") or UNKNOWN_COUNTRY,
        "label": ", ".join(_labels(row)),
        "catno": row.get("catno") or "none",
        "released": "" if year is None else f"{year:04d}",
        "thumb": "",
        "resource_url": _address("release", row["id"]),
    }


@dataclass(frozen=True)
class Search:
    """The query of /database/search; None and empty match everything.

    `keys` are pairs of a field and its value in lower case, all of which a row must have;
    the words of `text` may be anywhere in its title, those of `artist` before " - ", those of
    `title` after it.
    """

    kind: str | None = None
    keys: tuple[tuple[str, str], ...] = ()
    text: str = ""
    artist: str = ""
    title: str = ""
    sort: str = ""
    descending: bool = False

    @property
    def words(self) -> list[str]:
        """Every word that must be somewhere in the title."""
        return _words(f"{self.text} {self.artist} {self.title}")

    def accepts(self, record: Record) -> bool:
        """Whether the words of the artist and of the title are in their places."""
        if not (self.artist or self.title):
            return True
        artist, title = _artist_and_title(record.row["title"])
        return set(_words(self.artist)) <= set(_words(artist)) and (
            set(_words(self.title)) <= set(_words(title))
        )


_KEYS: Mapping[str, Callable[[Row], Sequence[str]]] = {
    "style": lambda row: row.get("style") or (),
    "genre": lambda row: row.get("genre") or (),
    "format": lambda row: row.get("format") or (),
    "label": _labels,
    "country": lambda row: (row.get("country") or UNKNOWN_COUNTRY,),
    "year": lambda row: (f"{year:04d}",) if (year := year_of(row)) else (),
}
_SORT_KEYS: Mapping[str, Callable[[Record], Any]] = {
    # Without a year first, as 0 would be.
    "year": lambda record: year_of(record.row) or 0,
    "title": lambda record: record.row["title"].casefold(),
}


def read_search(params: Mapping[str, str]) -> Search:
    """Parse the parameters of /database/search; unknown ones are ignored, as Discogs does."""
    kind = params.get("type", "").lower()
    return Search(
        kind=None if kind in ("", "all") else kind,
        keys=tuple((name, params[name].casefold()) for name in _KEYS if params.get(name)),
        text=f"{params.get('q', '')} {params.get('query', '')}".strip(),
        artist=params.get("artist", ""),
        title=f"{params.get('title', '')} {params.get('release_title', '')}".strip(),
        sort=params.get("sort", ""),
        descending=params.get("sort_order", "").lower() == "desc",
    )


class Discogs:
    """The endpoints, over an index of the catalog's releases and masters."""

    def __init__(self, catalog: Catalog) -> None:
        self._records = [
            *(Record("release", row) for row in catalog.releases),
            *(Record("master", row) for row in catalog.masters),
        ]
        self._releases = {row["id"]: row for row in catalog.releases}
        self._masters = {row["id"]: row for row in catalog.masters}
        self._versions: defaultdict[int, list[Row]] = defaultdict(list)
        for row in catalog.releases:
            if master_id := row.get("master_id"):
                self._versions[master_id].append(row)
        for versions in self._versions.values():
            versions.sort(key=lambda row: (year_of(row) or 9999, row["id"]))
        self._positions = self._index()
        # Clients read the same rows page by page: they are selected and sorted once.
        self._select = lru_cache(maxsize=256)(self._selected)

    def routes(self) -> list[Route]:
        """The paths from the root."""
        return [
            Route("/database/search", self.search),
            Route("/releases/{record_id:int}", self.release),
            Route("/masters/{record_id:int}", self.master),
            Route("/masters/{record_id:int}/versions", self.versions),
            Route("/{path:path}", self.unknown),
        ]

    async def search(self, request: Request) -> Response:
        """A page of the releases and masters that match the parameters."""
        if not is_authenticated(request.scope):
            message = "You must authenticate to access this resource."
            return discogs_error(401, message)
        records, total = self._select(read_search(request.query_params))
        return _page(request, "results", records, total, listed_row)

    async def release(self, request: Request) -> Response:
        """A release."""
        row = self._releases.get(request.path_params["record_id"])
        if row is None:
            raise _not_found("Release not found.")
        return Answer(release_details(row))

    async def master(self, request: Request) -> Response:
        """A master."""
        row = self._master(request)
        return Answer(master_details(row, self._versions.get(row["id"], [])))

    async def versions(self, request: Request) -> Response:
        """A page of a master's releases."""
        versions = self._versions.get(self._master(request)["id"], [])
        return _page(request, "versions", versions, len(versions), version_row)

    async def unknown(self, _: Request) -> Response:
        """Any other path."""
        raise _not_found()

    def _master(self, request: Request) -> Row:
        row = self._masters.get(request.path_params["record_id"])
        if row is None:
            raise _not_found("Master Release not found.")
        return row

    def _index(self) -> Mapping[tuple[str, str], list[int]]:
        """For every field and value in lower case, the rising positions of the records with it."""
        positions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        folded = lru_cache(maxsize=None)(str.casefold)
        for position, (kind, row) in enumerate(self._records):
            positions["type", kind].append(position)
            for name, values_of in _KEYS.items():
                for value in values_of(row):
                    found = positions[name, folded(value)]
                    if not found or found[-1] != position:
                        found.append(position)
        return dict(positions)

    @cached_property
    def _word_positions(self) -> Mapping[str, list[int]]:
        """The same for every word of a title; made at the first search for a text."""
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, record in enumerate(self._records):
            for word in set(_words(record.row["title"])):
                positions[word].append(position)
        return dict(positions)

    def _selected(self, search: Search) -> tuple[list[Record], int]:
        """The records that can be served, in order, and how many there are in all."""
        keys = search.keys if search.kind is None else (("type", search.kind), *search.keys)
        demands = [self._positions.get(key, []) for key in keys]
        demands += [self._word_positions.get(word, []) for word in search.words]
        records = [self._records[position] for position in self._in_all(demands)]
        records = [record for record in records if search.accepts(record)]
        if sort_key := _SORT_KEYS.get(search.sort):
            records.sort(key=sort_key, reverse=search.descending)
        return records[:MOST_ROWS], len(records)

    def _in_all(self, demands: Sequence[Sequence[int]]) -> Sequence[int]:
        if not demands:
            return range(len(self._records))
        fewest, *others = sorted(demands, key=len)
        return [position for position in fewest if all(_holds(rest, position) for rest in others)]


def _holds(rising: Sequence[int], position: int) -> bool:
    found = bisect_left(rising, position)
    return found < len(rising) and rising[found] == position


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    """A whole number, or the default if it is not one."""
    text = params.get(name, "")
    return int(text[:9]) if text.isascii() and text.isdecimal() else default


def _page(
    request: Request,
    name: str,
    records: Sequence[T],
    total: int,
    row_of: Callable[[T], Row],
) -> Response:
    params = request.query_params
    page_rows = max(1, min(_number(params, "per_page", DEFAULT_PAGE_ROWS), MOST_PAGE_ROWS))
    number = _number(params, "page", 1)
    pages = max(1, -(-total // page_rows))
    if not 1 <= number <= pages or min(number * page_rows, total) > MOST_ROWS:
        raise _not_found()
    start = (number - 1) * page_rows
    return Answer(
        {
            "pagination": {
                "page": number,
                "pages": pages,
                "per_page": page_rows,
                "items": total,
                "urls": _page_urls(request, number, pages, page_rows),
            },
            name: [row_of(record) for record in records[start : start + page_rows]],
        }
    )


def _page_urls(request: Request, number: int, pages: int, page_rows: int) -> Mapping[str, str]:
    """The addresses of further pages. Credentials in the query are left out of them."""
    asked = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in (*_CREDENTIALS, "page", "per_page")
    ]

    def url(page: int) -> str:
        query = urlencode([*asked, ("page", page), ("per_page", page_rows)])
        return str(request.url.replace(query=query))

    urls: dict[str, str] = {}
    if number > 1:
        urls |= {"first": url(1), "prev": url(number - 1)}
    if number < pages:
        urls |= {"last": url(pages), "next": url(number + 1)}
    return urls
