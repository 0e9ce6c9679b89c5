from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import pytest

from capstone_assets.audit.records import AuditRecord, write_record
from capstone_assets.environment import Launch
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, GENRE_POPULARITY, MATCHES, REVIEW_QUEUE
from capstone_assets.lake.schemas import TABLES
from capstone_assets.matching.evaluation import Label
from capstone_assets.orchestration.checks import check_specs
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets.quality.judgements import COVERAGE, MATCH_RATE, STRONG_PRECISION
from capstone_assets.quality.last_run import ROWS, TIERS, VALUES
from capstone_assets_tests.orchestration.check_runs import (
    broken,
    bundled_links,
    run_checks,
    write_links,
)
from capstone_assets_tests.stored_rows import store_rows

OF_LINKS = (MATCH_RATE, TIERS, STRONG_PRECISION)
NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_keys(monkeypatch):
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_broken_table_fails_its_check_and_shows_the_rows(lakehouse):
    store_rows(lakehouse, GENRE_POPULARITY, "", [{"tag": "genre", "name": "Jazz"}] * 2)

    checked = run_checks(lakehouse, GENRE_POPULARITY)

    assert {name for name, check in checked.items() if check.blocks} == {"key_is_unique"}
    assert checked["key_is_unique"].result.metadata["repeated_keys"].value == 1
    assert checked["key_is_unique"].record["severity"] == "ERROR"


def test_the_match_rate_check_carries_its_figures(lakehouse):
    write_links(lakehouse, ["strong", "probable"], soundtracks=4)

    check = run_checks(lakehouse, MATCHES, *OF_LINKS)["match_rate_is_within_bounds"]

    assert check.finding.holds
    assert check.record["figures"]["linked_share_of_soundtracks"] == 0.5
    assert check.record["figures"]["strong"] == 1


def test_a_link_that_is_only_probable_is_not_held_to_the_strong_precision(lakehouse):
    write_links(lakehouse, [], soundtracks=1)
    links = bundled_links()[:200]
    doubtful = [{**link, "film_id": 7, "tier": "probable"} for link in links[:100]]
    store_rows(lakehouse, MATCHES, "1999", [*doubtful, *links[100:]])

    check = run_checks(lakehouse, MATCHES, *OF_LINKS)["labeled_strong_links_are_right"]

    assert check.finding.holds
    assert check.blocking
    assert check.finding.figures["judged"] == 100


def test_broken_strong_links_in_the_lake_block_what_follows(lakehouse):
    write_links(lakehouse, [], soundtracks=1)
    store_rows(lakehouse, MATCHES, "1999", broken(bundled_links()[:200], 10))

    check = run_checks(lakehouse, MATCHES, *OF_LINKS)["labeled_strong_links_are_right"]

    assert check.blocks
    assert check.finding.figures["precision"] == 0.95
    assert check.finding.figures["wrong_links"][0]["film_id"] == 7


def test_no_links_at_all_block(lakehouse):
    write_links(lakehouse, [], soundtracks=60)

    checked = run_checks(lakehouse, MATCHES, *OF_LINKS)

    assert checked["match_rate_is_within_bounds"].blocks
    assert checked["tier_shares_are_as_before"].finding.summary == "no links"


def test_a_review_queue_that_people_worked_off_is_no_loss_while_missing_links_are(lakehouse):
    checks = [
        {"name": ROWS, "asset": table.name, "figures": {"rows": 100}}
        for table in (REVIEW_QUEUE, MATCHES)
    ]
    earlier = AuditRecord(
        "20250101T000000-none", "none", "gold/matches", "gold", [], NOW, checks=checks
    )
    write_record(lakehouse, earlier)
    write_links(lakehouse, ["strong"] * 60, soundtracks=70)
    store_rows(lakehouse, REVIEW_QUEUE, "1999", [{"release_id": 1}])

    warned = {
        table.name
        for table in (REVIEW_QUEUE, MATCHES)
        for name, check in run_checks(lakehouse, table, ROWS, VALUES).items()
        if not check.finding.holds
    }

    assert warned == {"gold/matches"}


def test_the_web_ui_shows_the_name_of_every_check_whole():
    # From 31 letters on it leaves some out of the middle.
    names = {spec.name for table in TABLES.values() for spec in check_specs(table)}
    assert {name for name in names if len(name) > 30} == set()


@pytest.mark.parametrize(("with_soundtrack", "holds"), [(0, False), (1, True)])
def test_films_without_any_soundtrack_are_a_warning(lakehouse, with_soundtrack, holds):
    films = [
        {"film_id": n, "film_year": 1999, "best_tier": "strong" if n < with_soundtrack else None}
        for n in range(100)
    ]
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1999", films)

    coverage = run_checks(lakehouse, FILM_SOUNDTRACKS, COVERAGE)[COVERAGE]

    assert (coverage.finding.holds, coverage.blocks) == (holds, False)
    assert coverage.result.severity == dg.AssetCheckSeverity.WARN


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


def test_a_cluster_uses_the_labels_of_its_launchers_source(monkeypatch):
    launch = Launch("20260101T000000-none", None, True, "Standard_D4ds_v5", 5, 1.0, 0.5, 0.0)
    monkeypatch.setenv("CAPSTONE_LAUNCH", launch.to_variables()["CAPSTONE_LAUNCH"])
    assert ApisResource().labels()

    of_the_apis = replace(launch, emulated=False)
    monkeypatch.setenv("CAPSTONE_LAUNCH", of_the_apis.to_variables()["CAPSTONE_LAUNCH"])
    assert ApisResource().labels() == ()
