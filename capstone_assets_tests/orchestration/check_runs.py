"""Stored links to check, and checks run by Dagster on a lake."""

from typing import Any

import dagster as dg

from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource


def write_links(lakehouse, rows, tiers: list[str], soundtracks: int) -> None:
    pairs = [{"release_id": n, "release_year": "1999"} for n in range(soundtracks)]
    lakehouse.write(rows(CANDIDATES, pairs), CANDIDATES, ["1999"])
    typed = [{**pair, "kind": "film_score"} for pair in pairs] + [
        {"release_id": 1000, "kind": "tv", "release_year": "1999"}
    ]
    lakehouse.write(rows(SOUNDTRACKS, typed), SOUNDTRACKS, ["1999"])
    links = [{**pair, "tier": tier} for pair, tier in zip(pairs, tiers, strict=False)]
    lakehouse.write(rows(MATCHES, links), MATCHES, ["1999"])


def run_checks(lakehouse, *checks) -> dict[str, dg.AssetCheckEvaluation]:
    defs = dg.Definitions(
        asset_checks=list(checks),
        assets=[dg.AssetSpec(key) for key in {s.asset_key for c in checks for s in c.check_specs}],
        resources={
            "lake": LakehouseResource(root=lakehouse.root),
            "apis": ApisResource(),
            STEP_LAUNCHER: dg.ResourceDefinition.none_resource(),
        },
    )
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(raise_on_error=False)
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


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
        "release_year": "1999",
    }


def bundled_links() -> list[dict[str, Any]]:
    """A right link for each release whose film the bundled labels name."""
    labels = ApisResource().labels()
    films = {each.release_id: each.film_id for each in labels if each.is_match and each.film_id}
    return [strong_link(film_id, release_id) for release_id, film_id in films.items()]


def broken(links: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The links with the first few led to a film that nobody knows."""
    return [{**link, "film_id": 7} if n < number else link for n, link in enumerate(links)]
