"""Delete what may not be kept: TMDB's terms allow its data to be kept for six months.

Belongs here: which landed files are too old, of any slice. Not here: fetching anew what they held
(slices.py, details.py), the rows of the tables (a year's are replaced when it is made again).
"""

import logging
from collections.abc import Collection
from datetime import datetime

from capstone_assets.ingest.landing import PageFile, PageStore

logger = logging.getLogger(__name__)


def delete_expired_pages(
    store: PageStore, origin: str, table: str, fetched_before: datetime, landed: Collection[str]
) -> list[str]:
    """Delete a table's pages of an origin that were fetched before a moment (UTC).

    The files that have just `landed`, full paths, stay whatever the clock says. Returns the names
    of the others, from the store's root on. Whoever reads pages has to leave out those older than
    that moment: a manifest may still name them.
    """
    expired = [
        name
        for name in store.find(f"pages/{origin}/{table}")
        if (file := PageFile.named(name.rsplit("/", 1)[1]))
        and file.fetched_at < fetched_before
        and store.path(name) not in landed
    ]
    for name in expired:
        store.delete(name)
    if expired:
        logger.info(
            "%s: deleted %s pages fetched before %s, which may not be kept",
            table,
            f"{len(expired):,}",
            fetched_before.date(),
        )
    return expired
