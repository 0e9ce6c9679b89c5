"""A query to an API, and the digest that names its responses.

Belongs here: path and parameters, and their digest.
Not here: the queries themselves (tmdb.py, discogs.py).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from capstone_assets.ingest.settings import Source


@dataclass(frozen=True)
class Query:
    """A query with a response in pages. It never holds a secret."""

    source: Source
    path: str
    params: tuple[tuple[str, str], ...] = ()

    def with_params(self, **more: str) -> "Query":
        """Return the query with further parameters."""
        return Query(self.source, self.path, (*self.params, *more.items()))

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that identify the query, whatever the order of its parameters."""
        asked = json.dumps([self.source, self.path, sorted(self.params)])
        return hashlib.sha256(asked.encode()).hexdigest()[:16]

    @property
    def endpoint(self) -> str:
        """Path and parameters, for people to read."""
        return self.path + (f"?{urlencode(self.params)}" if self.params else "")
