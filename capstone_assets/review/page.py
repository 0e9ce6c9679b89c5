"""The review as a page in a browser, on loopback.

Belongs here: the page's endpoints, their JSON, access to them.
Not here: what they return (cases.py, decisions.py), the page itself (page.html).
"""

import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from capstone_assets.inspection.search import find_films
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.errors import MatchingError
from capstone_assets.matching.overrides import LINK, REJECT, Override
from capstone_assets.review.cases import (
    NO_REASON_GIVEN,
    Case,
    Pair,
    Review,
    decisions_for_other_film,
    decisions_on,
)
from capstone_assets.review.decisions import DecisionError, DecisionFile

_PAGE = Path(__file__).with_name("page.html")
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
_LONGEST_NAME = 80


class AnswerError(Exception):
    """A request that cannot be served: the status and a message for the person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence


class ReviewPage:
    """The page's endpoints. A browser names its reviewer, who can undo only their own decisions."""

    def __init__(
        self,
        lakehouse: Lakehouse,
        file: DecisionFile,
        who: str,
        *,
        is_emulated: bool,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._lakehouse, self._file, self._who = lakehouse, file, who
        self._is_emulated, self._today = is_emulated, today
        self._review = Review(lakehouse)
        self._done: dict[str, list[list[Override]]] = {}
        self._lock = threading.Lock()

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/api/queue", self._answering(self._queue)),
                Route("/api/case/{key}", self._answering(self._case)),
                Route("/api/films", self._answering(self._films)),
                Route("/api/effect", self._answering(self._effect), methods=["POST"]),
                Route("/api/decide", self._answering(self._decide), methods=["POST"]),
                Route("/api/undo", self._answering(self._undo), methods=["POST"]),
            ],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=_only_from_this_page)],
        )

    def _answering(
        self, answer: Callable[[Request, Mapping[str, Any]], Any]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = await request.json() if request.method == "POST" else {}
                if not isinstance(body, dict):
                    raise AnswerError(400, "The request's body is not an object.")
                return JSONResponse(answer(request, body))
            except AnswerError as error:
                return JSONResponse({"error": error.sentence}, error.status)
            except DecisionError as error:
                return JSONResponse({"error": str(error)}, 409)
            except (MatchingError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)

        return endpoint

    async def _page(self, request: Request) -> Response:  # noqa: ARG002
        return HTMLResponse(_PAGE.read_text(encoding="utf-8"))

    def _queue(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        known = self._file.read()
        return {
            "who": self._who,
            "file": str(self._file.path).removeprefix(f"{Path.cwd()}/"),
            "emulated": self._is_emulated,
            "pairs": [{**asdict(pair), "key": pair.key} for pair in self._review.pairs(known)],
        }

    def _case(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        return case_as_json(self._review.case(self._find(request.path_params["key"])))

    def _films(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        found = find_films(self._lakehouse, request.query_params.get("text", ""))
        return [asdict(film) for film in found]

    def _effect(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        pair, decisions = self._decisions(body)
        return {"changes": self._review.effect(pair, decisions, self._file.read())}

    def _decide(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        _, decisions = self._decisions(body)
        with self._lock:
            self._file.add(decisions)
            self._done.setdefault(decisions[0].who, []).append(decisions)
        return {"written": len(decisions)}

    def _undo(self, request: Request, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        who = _name(body, self._who)
        with self._lock:
            if not self._done.get(who):
                raise AnswerError(409, f"{who} has decided nothing since this page was started.")
            decisions = self._done[who][-1]
            self._file.take_back(decisions)
            self._done[who].pop()
        return {"taken_back": len(decisions), "release_id": decisions[0].release_id}

    def _decisions(self, body: Mapping[str, Any]) -> tuple[Pair, list[Override]]:
        pair, who, today = self._find(body.get("key")), _name(body, self._who), self._today()
        why = str(body.get("why") or "").strip() or NO_REASON_GIVEN
        decision = body.get("decision")
        if decision in (LINK, REJECT):
            return pair, decisions_on(pair, decision, who, why, today)
        film_id = body.get("film_id")
        if decision == "other" and isinstance(film_id, int):
            return pair, decisions_for_other_film(pair, film_id, who, why, today)
        raise AnswerError(400, "A decision is link, reject, or other with a film_id.")

    def _find(self, key: object) -> Pair:
        for pair in self._review.pairs(self._file.read()):
            if pair.key == key:
                return pair
        raise AnswerError(
            409, "This pair is no longer in the queue: it was decided, or a run changed it."
        )


def case_as_json(case: Case) -> dict[str, Any]:
    """Return a case as JSON for the page."""
    film, release = case.film, case.release
    return {
        "key": case.pair.key,
        "reason": case.pair.reason,
        "score": case.pair.score,
        "match_weight": case.match_weight,
        "pressings": len(case.pair.release_ids),
        "film": {
            "id": film["film_id"],
            "title": film["title"],
            "original_title": film["original_title"],
            "alternative_titles": list(film["alternative_titles"] or ())[:6],
            "year": film["film_year"],
            "composers": list(film["composers"] or ()),
            "popularity": film["popularity"],
            "votes": film["vote_count"],
            "url": case.film_url,
        },
        "release": {
            "id": release["release_id"],
            "title": release["title"],
            "kind": release["kind"].replace("_", " "),
            "original_year": release["original_year"],
            "pressing_year": release["pressing_year"],
            "country": release["country"],
            "formats": list(release["formats"] or ()),
            "styles": [*(release["genres"] or ()), *(release["styles"] or ())],
            "url": case.release_url,
            "master_url": case.master_url,
        },
        "evidence": [
            {
                "comparison": each.comparison.replace("_", " "),
                "explanation": each.explanation,
                "weight": each.weight,
            }
            for each in case.evidence
        ],
        "near_misses": [
            {
                "film_id": each.film_id,
                "title": each.title,
                "year": each.film_year,
                "tier": each.tier,
                "score": each.score,
                "reason": each.reason,
            }
            for each in case.near_misses
        ],
    }


def _name(body: Mapping[str, Any], default: str) -> str:
    return " ".join(str(body.get("who") or default).split())[:_LONGEST_NAME] or default


async def _only_from_this_page(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Refuse requests that another website's page makes a browser on this machine send."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    is_ours = host.rsplit(":", 1)[0] in _LOOPBACK and origin in (None, f"http://{host}")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    if not is_ours or (request.method == "POST" and not is_json):
        return JSONResponse({"error": "Only the review's own page may send requests."}, 403)
    return await call_next(request)
