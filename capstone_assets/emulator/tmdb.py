"""TMDB's API v3 over a catalog, with responses like the recorded ones.

Belongs here: its paths and parameters, the shapes of its rows, its errors, its key and its limit.
Not here: reading a catalog (catalog.py), injected faults (faults.py), Discogs (discogs.py).

Values that the catalog does not have are those that TMDB has for "nothing": null pictures, empty
lists, "" and 0. Parameters that are not named here are ignored, as TMDB ignores unknown ones.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from capstone_assets.emulator.answers import Refusal, TmdbAnswer
from capstone_assets.emulator.catalogs.catalog import Catalog, Row, is_date
from capstone_assets.emulator.limits import MovingWindow

PAGE_ROWS = 20
CHANGES_PAGE_ROWS = 100
LAST_PAGE = 500
CHANGES_DAYS = 14
REQUESTS_PER_SECOND = 40

GENRES = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
}
# TMDB's own codes for "no language" and "no country".
NO_LANGUAGE, NO_COUNTRY = "xx", "XX"

CONFIGURATION: Row = {
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
    "change_keys": ["alternative_titles", "crew", "genres", "original_title", "overview", "title"],
}


def tmdb_error(http_status: int, code: int, message: str) -> Response:
    """An error as TMDB words it; `code` is its own status_code."""
    body = {"success": False, "status_code": code, "status_message": message}
    return TmdbAnswer(body, http_status)


def _not_found() -> Response:
    return tmdb_error(404, 34, "The resource you requested could not be found.")


def _bad_page() -> Refusal:
    message = (
        f"Invalid page: Pages start at 1 and max at {LAST_PAGE}. "
        "They are expected to be an integer."
    )
    return Refusal(tmdb_error(400, 22, message))


def _bad_date() -> Refusal:
    return Refusal(tmdb_error(400, 23, "Invalid date: Format needs to be YYYY-MM-DD."))


def _bad_parameters() -> Refusal:
    message = "Invalid parameters: Your request parameters are incorrect."
    return Refusal(tmdb_error(422, 5, message))


class TmdbGate:
    """Require a key, and enforce the rate limit if wanted.

    Any key is accepted. It belongs in the Authorization header; like TMDB, `api_key` in the query
        is accepted too.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float], enforce_limits: bool) -> None:
        self._app, self._enforce_limits = app, enforce_limits
        self._window = MovingWindow(1.0, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or respond with 401 or 429."""
        app: ASGIApp = self._app
        if not _has_key(scope):
            app = tmdb_error(401, 7, "Invalid API key: You must be granted a valid key.")
        elif self._enforce_limits and not self._window.admit(REQUESTS_PER_SECOND):
            message = (
                f"Your request count ({self._window.used + 1}) is over the allowed limit "
                f"of ({REQUESTS_PER_SECOND})."
            )
            app = tmdb_error(429, 25, message)
        await app(scope, receive, send)


def _has_key(scope: Scope) -> bool:
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return True
    return bool(QueryParams(scope["query_string"]).get("api_key", "").strip())


@dataclass(frozen=True)
class FilmQuery:
    """The query of /discover/movie; None or empty matches everything.

    `genres` holds alternatives within a tuple, all of which must be met: ((28, 12), (18,)) is
    (Action or Adventure) and Drama.
    """

    sort_field: str = "popularity"
    descending: bool = True
    first_day: str | None = None
    last_day: str | None = None
    genres: tuple[tuple[int, ...], ...] = ()
    languages: tuple[str, ...] = ()
    include_adult: bool = False
    at_least: tuple[tuple[str, float], ...] = ()
    at_most: tuple[tuple[str, float], ...] = ()

    def accepts(self, film: Row) -> bool:
        """Whether the film matches, apart from its release date."""
        genre_ids = film.get("genre_ids") or ()
        return (
            (self.include_adult or not film.get("adult"))
            and (not self.languages or _language(film) in self.languages)
            and all(any(genre in genre_ids for genre in either) for either in self.genres)
            and all((film.get(name) or 0) >= bound for name, bound in self.at_least)
            and all((film.get(name) or 0) <= bound for name, bound in self.at_most)
        )


_SORT_KEYS: Mapping[str, Callable[[Row], Any]] = {
    "popularity": lambda film: film.get("popularity") or 0,
    "primary_release_date": lambda film: film.get("release_date") or "",
    "title": lambda film: film["title"].casefold(),
    "original_title": lambda film: (film.get("original_title") or film["title"]).casefold(),
    "revenue": lambda film: film.get("revenue") or 0,
    "vote_average": lambda film: film.get("vote_average") or 0,
    "vote_count": lambda film: film.get("vote_count") or 0,
}
_BOUNDED = ("vote_count", "vote_average")


def read_film_query(params: Mapping[str, str]) -> FilmQuery:
    """Parse the parameters of /discover/movie.

    Raises:
        Refusal: 400 for an invalid day, 422 for an invalid number or order.
    """
    sort_field, _, direction = params.get("sort_by", "popularity.desc").rpartition(".")
    if sort_field not in _SORT_KEYS or direction not in ("asc", "desc"):
        raise _bad_parameters()
    first_day, last_day = _release_window(params)
    return FilmQuery(
        sort_field=sort_field,
        descending=direction == "desc",
        first_day=first_day,
        last_day=last_day,
        genres=_genres(params.get("with_genres", "")),
        languages=tuple(filter(None, params.get("with_original_language", "").split("|"))),
        include_adult=params.get("include_adult", "").lower() == "true",
        at_least=_bounds(params, "gte"),
        at_most=_bounds(params, "lte"),
    )


def _release_window(params: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The tightest window of days that all parameters about the release date leave."""
    first_days: list[str] = []
    last_days: list[str] = []
    for prefix in ("primary_release_date", "release_date"):
        for days, suffix in ((first_days, "gte"), (last_days, "lte")):
            if day := params.get(f"{prefix}.{suffix}"):
                if not is_date(day):
                    raise _bad_date()
                days.append(day)
    for name in ("primary_release_year", "year"):
        if year := params.get(name):
            text = f"{_whole(year):04d}"
            first_days.append(f"{text}-01-01")
            last_days.append(f"{text}-12-31")
    return max(first_days, default=None), min(last_days, default=None)


def _genres(text: str) -> tuple[tuple[int, ...], ...]:
    """A comma is "and", a bar is "or"."""
    return tuple(
        tuple(_whole(genre) for genre in either.split("|")) for either in text.split(",") if either
    )


def _bounds(params: Mapping[str, str], suffix: str) -> tuple[tuple[str, float], ...]:
    bounds = []
    for name in _BOUNDED:
        if text := params.get(f"{name}.{suffix}"):
            try:
                bounds.append((name, float(text)))
            except ValueError:
                raise _bad_parameters() from None
    return tuple(bounds)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise _bad_parameters()
    return int(text)


def _page_number(params: Mapping[str, str]) -> int:
    text = params.get("page", "1")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LAST_PAGE):
        raise _bad_page()
    return int(text)


def _page(number: int, page_rows: int, results: list[Row], total: int) -> Response:
    # An empty result has one page, too (recorded). Pages past 500 are claimed and never served.
    total_pages = max(1, -(-total // page_rows))
    return TmdbAnswer(
        {"page": number, "results": results, "total_pages": total_pages, "total_results": total}
    )


def _language(film: Row) -> str:
    return film.get("original_language") or NO_LANGUAGE


def listed_film(film: Row) -> Any:
    """What the lists have for a film: an odd row has its own JSON, which may be anything."""
    return json.loads(film["listed_as"]) if "listed_as" in film else film_row(film)


def film_row(film: Row) -> Row:
    """A film as /discover/movie and /movie/popular list it."""
    return {
        "adult": bool(film.get("adult")),
        "backdrop_path": film.get("backdrop_path"),
        "genre_ids": film.get("genre_ids") or [],
        "id": film["id"],
        "title": film["title"],
        "original_language": _language(film),
        "original_title": film.get("original_title") or film["title"],
        "overview": film.get("overview") or "",
        "popularity": film.get("popularity") or 0.0,
        "poster_path": film.get("poster_path"),
        "release_date": film.get("release_date") or "",
        "softcore": bool(film.get("softcore")),
        "video": bool(film.get("video")),
        "vote_average": film.get("vote_average") or 0.0,
        "vote_count": film.get("vote_count") or 0,
    }


def film_details(film: Row, today: date) -> Row:
    """A film as /movie/{id} shows it, nothing appended."""
    row = film_row(film)
    genre_ids = row.pop("genre_ids")
    is_released = "" < row["release_date"] <= today.isoformat()
    return row | {
        "belongs_to_collection": film.get("belongs_to_collection"),
        "budget": film.get("budget") or 0,
        "genres": [{"id": genre, "name": GENRES.get(genre, "")} for genre in genre_ids],
        "homepage": film.get("homepage") or "",
        "imdb_id": film.get("imdb_id"),
        "origin_country": film.get("origin_country") or [],
        "production_companies": film.get("production_companies") or [],
        "production_countries": film.get("production_countries") or [],
        "revenue": film.get("revenue") or 0,
        "runtime": film.get("runtime") or 0,
        "spoken_languages": film.get("spoken_languages") or [],
        "status": film.get("status") or ("Released" if is_released else "Planned"),
        "tagline": film.get("tagline") or "",
    }


def film_credits(film: Row, person_ids: Mapping[str, int]) -> Row:
    """The film's credits: its composers are all the crew that a catalog knows."""
    crew = [
        {
            "adult": False,
            "gender": 0,
            "id": person_ids[name],
            "known_for_department": "Sound",
            "name": name,
            "original_name": name,
            "popularity": 0.0,
            "profile_path": None,
            "credit_id": f"{film['id']:012x}{person_ids[name]:012x}",
            "department": "Sound",
            "job": "Original Music Composer",
        }
        for name in film.get("composers") or ()
    ]
    return {"cast": [], "crew": crew}


def film_alternative_titles(film: Row, country: str | None = None) -> Row:
    """The film's other titles, those of one country (two letters) when it is given."""
    titles = [
        {"iso_3166_1": NO_COUNTRY, "title": title, "type": ""}
        if isinstance(title, str)
        else {
            "iso_3166_1": title.get("iso_3166_1") or NO_COUNTRY,
            "title": title["title"],
            "type": title.get("type") or "",
        }
        for title in film.get("alternative_titles") or ()
    ]
    return {"titles": [title for title in titles if country in (None, title["iso_3166_1"])]}


def film_external_ids(film: Row) -> Row:
    """The film's ids elsewhere: a catalog knows IMDb's at most."""
    return {
        "imdb_id": film.get("imdb_id"),
        "wikidata_id": film.get("wikidata_id"),
        "facebook_id": None,
        "instagram_id": None,
        "twitter_id": None,
    }


class Tmdb:
    """The endpoints, over an index of the catalog's films."""

    def __init__(self, catalog: Catalog, today: Callable[[], date]) -> None:
        self._films, self._today = catalog.films, today
        self._by_id = {film["id"]: film for film in catalog.films}
        self._by_day = sorted(
            (film for film in catalog.films if film.get("release_date")),
            key=lambda film: film["release_date"],
        )
        self._days = [film["release_date"] for film in self._by_day]
        composers = (name for film in catalog.films for name in film.get("composers") or ())
        self._person_ids = {name: i for i, name in enumerate(dict.fromkeys(composers), start=1)}
        self._changes = sorted((change["date"], change["id"]) for change in catalog.changes)
        # Clients read the same films page by page: they are selected and sorted once.
        self._select = lru_cache(maxsize=256)(self._selected)
        self._sections: Mapping[str, Callable[[Row], Row]] = {
            "credits": lambda film: film_credits(film, self._person_ids),
            "alternative_titles": film_alternative_titles,
            "external_ids": film_external_ids,
        }

    def routes(self) -> list[Route]:
        """The paths below /3."""
        return [
            Route("/discover/movie", self.discover),
            Route("/movie/popular", self.popular),
            Route("/movie/changes", self.changes),
            Route("/movie/{film_id:int}", self.details),
            Route("/movie/{film_id:int}/{section}", self.section),
            Route("/genre/movie/list", self.genres),
            Route("/configuration", self.configuration),
            Route("/{path:path}", self.unknown),
        ]

    async def discover(self, request: Request) -> Response:
        """A page of the films that match the parameters."""
        params = request.query_params
        return self._film_page(read_film_query(params), _page_number(params))

    async def popular(self, request: Request) -> Response:
        """A page of all films, the most popular first."""
        return self._film_page(FilmQuery(), _page_number(request.query_params))

    async def details(self, request: Request) -> Response:
        """A film, with the sections that append_to_response names."""
        film = self._film(request)
        if "detailed_as" in film:
            return TmdbAnswer(json.loads(film["detailed_as"]))
        body = film_details(film, self._today())
        for name in request.query_params.get("append_to_response", "").split(","):
            if name in self._sections:
                body[name] = self._sections[name](film)
        return TmdbAnswer(body)

    async def section(self, request: Request) -> Response:
        """One section of a film by itself."""
        film, name = self._film(request), request.path_params["section"]
        if name not in self._sections:
            return _not_found()
        if name == "alternative_titles":
            body = film_alternative_titles(film, request.query_params.get("country"))
        else:
            body = self._sections[name](film)
        return TmdbAnswer({"id": film["id"], **body})

    async def changes(self, request: Request) -> Response:
        """A page of the ids of films that changed, by default in the last day."""
        params = request.query_params
        number = _page_number(params)
        first_day, last_day = self._changes_window(params)
        start = bisect_left(self._changes, (first_day, 0))
        end = bisect_left(self._changes, (f"{last_day}~", 0))
        ids = list(dict.fromkeys(film_id for _, film_id in self._changes[start:end]))
        results = [
            {"id": film_id, "adult": self._is("adult", film_id), "softcore": False}
            for film_id in _slice(ids, number, CHANGES_PAGE_ROWS)
        ]
        return _page(number, CHANGES_PAGE_ROWS, results, len(ids))

    async def genres(self, _: Request) -> Response:
        """The genres of films."""
        return TmdbAnswer({"genres": [{"id": i, "name": name} for i, name in GENRES.items()]})

    async def configuration(self, _: Request) -> Response:
        """Where pictures would be, if the catalog had any."""
        return TmdbAnswer(CONFIGURATION)

    async def unknown(self, _: Request) -> Response:
        """Any other path."""
        return _not_found()

    def _film(self, request: Request) -> Row:
        film = self._by_id.get(request.path_params["film_id"])
        if film is None:
            raise Refusal(_not_found())
        return film

    def _is(self, flag: str, film_id: int) -> bool:
        return bool(self._by_id.get(film_id, {}).get(flag))

    def _film_page(self, query: FilmQuery, number: int) -> Response:
        films, total = self._select(query)
        results = [listed_film(film) for film in _slice(films, number, PAGE_ROWS)]
        return _page(number, PAGE_ROWS, results, total)

    def _selected(self, query: FilmQuery) -> tuple[list[Row], int]:
        """The films that can be served, in order, and how many there are in all."""
        films = [film for film in self._released(query) if query.accepts(film)]
        films.sort(key=lambda film: film["id"])
        films.sort(key=_SORT_KEYS[query.sort_field], reverse=query.descending)
        return films[: LAST_PAGE * PAGE_ROWS], len(films)

    def _released(self, query: FilmQuery) -> Sequence[Row]:
        if query.first_day is None and query.last_day is None:
            return self._films
        start = bisect_left(self._days, query.first_day or "")
        end = bisect_right(self._days, query.last_day) if query.last_day else len(self._days)
        return self._by_day[start:end]

    def _changes_window(self, params: Mapping[str, str]) -> tuple[str, str]:
        days = {name: params.get(name) for name in ("start_date", "end_date")}
        if any(day and not is_date(day) for day in days.values()):
            raise _bad_date()
        start, end = (date.fromisoformat(day) if day else None for day in days.values())
        end = end or self._today()
        start = start or end - timedelta(days=1)
        if not timedelta(0) <= end - start <= timedelta(days=CHANGES_DAYS):
            message = f"Invalid date range: Should be a range no longer than {CHANGES_DAYS} days."
            raise Refusal(tmdb_error(422, 20, message))
        return start.isoformat(), end.isoformat()


def _slice(rows: Sequence[Any], number: int, page_rows: int) -> Sequence[Any]:
    return rows[(number - 1) * page_rows : number * page_rows]
