"""The responses and refusals of both APIs.

Belongs here: the JSON response, and the exception that becomes one.
Not here: their content (tmdb.py, discogs.py).
"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# NaN and Infinity are not JSON: only the odd rows of a catalog have them.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class Answer(JSONResponse):
    """A JSON response, escaped to ASCII: a lone surrogate in a title must not break a page."""

    def render(self, content: Any) -> bytes:
        """Write the content as compact JSON."""
        return _ENCODER.encode(content).encode("ascii")


class TmdbAnswer(Answer):
    """A response with TMDB's own content type."""

    media_type = "application/json; charset=utf-8"


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of the emulator
    """The API refuses the request; raised anywhere below a route, rendered by `refuse`."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer)
        self.answer = answer


async def refuse(_: Request, refusal: Exception) -> Response:
    """Respond with the content of the refusal."""
    assert isinstance(refusal, Refusal)
    return refusal.answer
