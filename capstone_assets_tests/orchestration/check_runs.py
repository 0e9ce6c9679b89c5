"""Stored links to check, and the checks of a table of a lake."""

from typing import Any

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.orchestration.checks import Checked, check_specs, examine
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.stored_rows import store_rows


def write_links(lakehouse, tiers: list[str], soundtracks: int) -> None:
    pairs = [{"release_id": n} for n in range(soundtracks)]
    store_rows(lakehouse, CANDIDATES, "1999", pairs)
    typed = [{**pair, "kind": "film_score"} for pair in pairs]
    typed.append({"release_id": 1000, "kind": "tv"})
    store_rows(lakehouse, SOUNDTRACKS, "1999", typed)
    links = [{**pair, "tier": tier} for pair, tier in zip(pairs, tiers, strict=False)]
    store_rows(lakehouse, MATCHES, "1999", links)


def run_checks(lakehouse: Lakehouse, table: Table, *only: str) -> dict[str, Checked]:
    """Checks of a stored table, all or those named, with the labels of the bundled catalog."""
    names = only or [spec.name for spec in check_specs(table)]
    found = examine(lakehouse, table, "20260101T000000-none", names, ApisResource().labels)
    return {each.finding.claim: each for each in found}


def strong_link(film_id: int, release_id: int, tier: str = "strong") -> dict[str, Any]:
    return {
        "film_id": film_id,
        "release_id": release_id,
        "tier": tier,
        "score": 0.9,
        "film_title": f"Film {film_id}",
        "film_year": 1999,
        "release_title": f"Composer - Film {film_id}",
        "reason": "the same title and composer",
    }


def bundled_links() -> list[dict[str, Any]]:
    """A right link for each release whose film the bundled labels name."""
    labels = ApisResource().labels()
    films = {each.release_id: each.film_id for each in labels if each.is_match and each.film_id}
    return [strong_link(film_id, release_id) for release_id, film_id in films.items()]


def broken(links: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The links, the first few of them to a film that does not exist."""
    return [{**link, "film_id": 7} if n < number else link for n, link in enumerate(links)]
