"""Pages of a list with given rows, read as they come over the wire."""

import json
from typing import Any

from capstone_assets.ingest.responses import ListPage, decode, discogs_page, movie_page
from capstone_assets.ingest.shapes import DiscogsRow, MovieRow


def film_page(*rows: Any) -> ListPage[MovieRow]:
    """A page of `/discover/movie` with these rows."""
    body = {"page": 1, "total_results": len(rows), "total_pages": 1, "results": list(rows)}
    # As it comes over the wire: what JSON cannot hold cannot come.
    return movie_page(decode(json.dumps(body)))


def release_page(*rows: Any) -> ListPage[DiscogsRow]:
    """A page of `/database/search` with these rows."""
    said = {"items": len(rows), "pages": 1, "per_page": 100, "page": 1}
    return discogs_page(decode(json.dumps({"pagination": said, "results": list(rows)})))
