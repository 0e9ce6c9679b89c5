from typing import Any

import dagster as dg
import pytest

from capstone_assets.lake.gold import GENRE_POPULARITY, MATCHES
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.matching.evaluation import Label
from capstone_assets.orchestration.checks import (
    MatchRate,
    judge_match_rate,
    judge_strong_precision,
    labelled_pairs_hold_strong_precision,
    match_rate,
    match_rates,
    table_checks,
)
from capstone_assets.orchestration.launching import STEP_LAUNCHER
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.orchestration.resources.lakehouse import LakehouseResource
from capstone_assets.quality.thresholds import MatchRateBounds


def write_links(lakehouse, rows, tiers: list[str], soundtracks: int) -> None:
    pairs = [{"release_id": n, "release_year": "1999"} for n in range(soundtracks)]
    lakehouse.write(rows(CANDIDATES, pairs), CANDIDATES, ["1999"])
    typed = [{**pair, "kind": "film_score"} for pair in pairs] + [
        {"release_id": 1000, "kind": "tv", "release_year": "1999"}
    ]
    lakehouse.write(rows(SOUNDTRACKS, typed), SOUNDTRACKS, ["1999"])
    links = [{**pair, "tier": tier} for pair, tier in zip(pairs, tiers, strict=False)]
    lakehouse.write(rows(MATCHES, links), MATCHES, ["1999"])


def test_the_match_rate_counts_links_by_tier_and_leaves_out_television(lakehouse, rows):
    write_links(lakehouse, rows, ["strong", "strong", "probable"], soundtracks=4)

    rate = match_rate(lakehouse)

    assert rate == MatchRate(candidates=4, soundtracks=4, strong=2, probable=1)
    assert (rate.linked_share, rate.strong_share_of_candidates) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("strong", "holds"), [(0, False), (5, True), (50, True), (99, True), (100, False)]
)
def test_almost_no_links_fail_the_bounds_and_so_do_links_for_everything(strong, holds):
    rate = MatchRate(candidates=100, soundtracks=100, strong=strong, probable=0)

    finding = judge_match_rate(rate, MatchRateBounds())

    assert finding.holds is holds
    assert finding.figures["linked_share"] == strong / 100


def test_an_empty_lake_has_a_match_rate_of_zero():
    assert MatchRate(candidates=0, soundtracks=0, strong=0, probable=0).linked_share == 0.0


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


def test_a_check_run_by_dagster_fails_on_a_broken_table_and_shows_the_rows(lakehouse, rows):
    repeated = rows(GENRE_POPULARITY, [{"tag": "genre", "name": "Jazz"}] * 2)
    lakehouse.write(repeated, GENRE_POPULARITY, [""])

    checked = run_checks(lakehouse, table_checks(GENRE_POPULARITY))

    assert {name for name, check in checked.items() if not check.passed} == {"key_is_unique"}
    assert checked["key_is_unique"].metadata["repeated_keys"].value == 1
    assert checked["key_is_unique"].blocking


def test_the_match_rate_check_carries_its_figures(lakehouse, rows):
    write_links(lakehouse, rows, ["strong", "probable"], soundtracks=4)

    checked = run_checks(lakehouse, match_rates)

    check = checked["match_rate_is_within_bounds"]
    assert check.passed
    assert check.metadata["linked_share"].value == 0.5
    assert check.metadata["strong"].value == 1


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


@pytest.fixture(autouse=True)
def without_keys(monkeypatch):
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_right_links_hold_the_precision_and_links_broken_on_purpose_fail_it():
    links, labels = bundled_links(), ApisResource().labels()
    three_in_a_hundred = int(len(links) * 0.03)

    assert judge_strong_precision(links, labels).holds
    assert judge_strong_precision(broken(links, three_in_a_hundred), labels).holds
    assert not judge_strong_precision(broken(links, three_in_a_hundred + 1), labels).holds


def test_the_wrong_links_are_counted_and_some_are_shown():
    finding = judge_strong_precision(broken(bundled_links(), 200), ApisResource().labels())

    assert finding.figures["wrong"] == 200
    assert [link["film_id"] for link in finding.figures["wrong_links"]] == [7] * 5
    assert finding.figures["precision_low"] < finding.figures["precision"]
    assert finding.figures["precision"] < finding.figures["precision_high"]


def test_one_wrong_link_of_a_few_is_no_proof_but_half_of_them_is():
    labels = [Label(n, n, True, "exact_title") for n in range(1, 21)]
    links = [strong_link(n, n) for n in range(1, 21)]

    assert judge_strong_precision(broken(links, 1), labels).holds
    assert not judge_strong_precision(broken(links, 10), labels).holds


@pytest.mark.parametrize("labels", [(), (Label(1, 99, True, "exact_title"),)])
def test_links_that_no_label_judges_pass_as_not_applicable(labels):
    finding = judge_strong_precision([strong_link(1, 1)], labels)

    assert finding.holds
    assert finding.summary.startswith("Not applicable")


def test_a_link_that_is_only_probable_is_not_held_to_the_strong_precision(lakehouse, rows):
    links = bundled_links()[:200]
    doubtful = [{**link, "film_id": 7, "tier": "probable"} for link in links[:100]]
    lakehouse.write(rows(MATCHES, [*doubtful, *links[100:]]), MATCHES, ["1999"])

    check = run_checks(lakehouse, labelled_pairs_hold_strong_precision)[
        "labelled_pairs_hold_strong_precision"
    ]

    assert check.passed
    assert check.blocking
    assert check.metadata["judged"].value == 100


def test_broken_strong_links_in_the_lake_stop_the_run(lakehouse, rows):
    lakehouse.write(rows(MATCHES, broken(bundled_links()[:200], 10)), MATCHES, ["1999"])

    check = run_checks(lakehouse, labelled_pairs_hold_strong_precision)[
        "labelled_pairs_hold_strong_precision"
    ]

    assert not check.passed
    figures: dict[str, Any] = {name: entry.value for name, entry in check.metadata.items()}
    assert figures["precision"] == 0.95
    assert figures["wrong_links"][0]["film_id"] == 7


def test_a_catalog_folder_has_its_own_labels_or_none_and_the_real_apis_have_none(
    tmp_path, monkeypatch
):
    unlabeled = ApisResource(catalog=str(tmp_path))
    assert unlabeled.labels() == ()

    (tmp_path / "labels.csv").write_text("film_tmdb_id,release_id,label,kind\n,5,1,studio\n")
    assert unlabeled.labels() == (Label(None, 5, True, "studio"),)

    monkeypatch.setenv("TMDB_API_TOKEN", "a token")
    monkeypatch.setenv("DISCOGS_TOKEN", "another")
    assert unlabeled.labels() == ()
