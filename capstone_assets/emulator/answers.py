"""How either API writes an answer and refuses a request.

Belongs here: the JSON answer, and the exception that becomes one.
Not here: what is answered (tmdb.py, discogs.py).
"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# NaN and Infinity are not JSON: only the odd rows of a catalog have them.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class Answer(JSONResponse):
    """A JSON answer, escaped to ASCII: a lone surrogate in a title must not break a page."""

    def render(self, content: Any) -> bytes:
        """Write the content as compact JSON."""
        return _ENCODER.encode(content).encode("ascii")


class TmdbAnswer(Answer):
    """An answer with TMDB's own content type."""

    media_type = "application/json; charset=utf-8"


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of the emulator
    """The API refuses the request; raised anywhere below a route, answered by `refuse`."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer)
        self.answer = answer


async def refuse(_: Request, refusal: Exception) -> Response:
    """Answer with what the refusal carries."""
    assert isinstance(refusal, Refusal)
    return refusal.answer
