"""Masters that releases name but that no list contains.

Belongs here: which they are, and how those that were fetched one by one join a load.
Not here: fetching them (loads.py, discogs.py), their rows (shapes.py).

A run for 2018 lists the masters of 2018, and a pressing of 2018 may name one of 1977, whose year is
what distinguishes a reissue from a new soundtrack. Others lack the genre and style of a
soundtrack, although a pressing has them.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from capstone_assets.ingest.landing import Landing, SliceLanding
from capstone_assets.ingest.page_ids import IdsOfPages
from capstone_assets.ingest.quarantine import added


def named_masters(releases: Mapping[str, IdsOfPages]) -> dict[str, set[int]]:
    """Return the ids of the masters that the releases on pages name, by slice."""
    return {
        year: {row.master_id for rows in pages.values() for row in rows if row.master_id}
        for year, pages in releases.items()
    }


def unlisted(named: Mapping[str, Collection[int]], known: Collection[int]) -> dict[str, list[int]]:
    """Return the masters that are not known, by the first slice that names them."""
    seen, found = set(known), {}
    for year, ids in named.items():
        found[year] = sorted(set(ids) - seen)
        seen.update(ids)
    return found


def joined(listed: Landing, fetched: Landing) -> Landing:
    """Return the load of the lists and that of single masters, of the same slices, as one load."""
    return Landing(
        page_files={
            year: [*files, *fetched.page_files[year]] for year, files in listed.page_files.items()
        },
        slices={
            year: _joined_slice(each, fetched.slices[year]) for year, each in listed.slices.items()
        },
        requests=listed.requests + fetched.requests,
        left_out=[*listed.left_out, *fetched.left_out],
    )


def _joined_slice(listed: SliceLanding, fetched: SliceLanding) -> SliceLanding:
    return replace(
        listed,
        files=[*listed.files, *fetched.files],
        promised=listed.promised + fetched.promised,
        landed=listed.landed + fetched.landed,
        mended=listed.mended + fetched.mended,
        reasons=added(listed.reasons, fetched.reasons),
        left_out=[*listed.left_out, *fetched.left_out],
        complete=listed.complete and fetched.complete,
    )
