"""Delete landed files that TMDB's terms forbid keeping, or that a newer load has replaced.

Belongs here: which landed files are too old, of any slice.
Not here: fetching them again (slices.py, details.py), the rows of tables (replaced when a year is
made again).
"""

import json
import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from capstone_assets.ingest.landing import PageFile, PageStore

logger = logging.getLogger(__name__)

_BETWEEN_LOOKS = timedelta(days=1)


def delete_expired_pages(
    store: PageStore, origin: str, table: str, fetched_before: datetime, landed: Collection[str]
) -> list[str]:
    """Delete a table's pages of an origin that were fetched before a moment (UTC).

    The files that have just `landed`, full paths, stay whatever the clock says. Returns the names
    of the others, from the store's root on. A reader of pages has to leave out those older than
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


def is_look_due(store: PageStore, origin: str, table: str, at: datetime) -> bool:
    """Whether a day has passed since the pages of all slices of a table were last checked.

    A load of one year must not list all pages of all years each time: there are tens of thousands.
    """
    try:
        looked = datetime.fromisoformat(store.read(_look(origin, table)).decode())
    except (FileNotFoundError, ValueError):
        return True
    # A clock that was ahead leaves a moment in the future: it is ignored.
    return not timedelta() <= at - looked < _BETWEEN_LOOKS


def note_look(store: PageStore, origin: str, table: str, at: datetime) -> None:
    """Record when the pages of all slices of a table were checked."""
    store.write(_look(origin, table), at.isoformat().encode())


def _look(origin: str, table: str) -> str:
    return f"looks/{origin}/{table}.manifest"


def delete_superseded_pages(store: PageStore, fetched_before: datetime) -> int:
    """Delete the pages that no newest complete manifest of their slice names, and old manifests.

    Only pages fetched before a moment (UTC) go, and only where a manifest has been written since
    they were: an interrupted load still finds its pages. Returns how many files were deleted.
    """
    deleted = 0
    for folder, names in _by_folder(store.find("manifests")).items():
        newest = _newest_complete(names)
        kept = _files_of(store, folder, newest.values())
        if not kept:
            continue
        newest_stamp = max(newest.values())[:_STAMP_LENGTH]
        old_manifests = [
            f"{folder}/{name}"
            for name in names
            if name not in newest.values() and _fetched(name) < fetched_before
        ]
        pages = folder.replace("manifests/", "pages/", 1)
        old_pages = [
            f"{pages}/{name}"
            for name in store.names(pages)
            if name not in kept
            and (file := PageFile.named(name))
            and file.fetched_at < fetched_before
            and name[:_STAMP_LENGTH] < newest_stamp
        ]
        for name in [*old_pages, *old_manifests]:
            store.delete(name)
        deleted += len(old_pages) + len(old_manifests)
    return deleted


_STAMP_LENGTH = len("20261126T120000000000Z")


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, _, last = name.rpartition("/")
        # A half-written file belongs to another process.
        if not last.startswith("."):
            folders.setdefault(folder, []).append(last)
    return folders


def _newest_complete(names: Iterable[str]) -> dict[str, str]:
    """The newest complete manifest of each query, by its digest."""
    found: dict[str, str] = {}
    for name in sorted(names):
        _, kind, rest = (*name.split("_", 2), "", "")[:3]
        if kind == "complete":
            found[rest] = name
    return found


def _files_of(store: PageStore, folder: str, manifests: Iterable[str]) -> set[str]:
    """The pages that manifests name; none if one of them cannot be read."""
    files: set[str] = set()
    for name in manifests:
        try:
            content = json.loads(store.read(f"{folder}/{name}"))
            listed = list(content["files"])
        except (ValueError, KeyError, TypeError):
            return set()
        if not all(isinstance(file, str) and PageFile.named(file) for file in listed):
            return set()
        files.update(listed)
    return files


def _fetched(name: str) -> datetime:
    """When a manifest was written, by its name; a name of another kind counts as new."""
    try:
        stamp = name.split("_")[0]
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
