import time
from typing import Any

import dagster as dg
import pytest

from capstone_assets.lake.bronze import TMDB_MOVIES
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, GENRE_POPULARITY, MATCHES
from capstone_assets.lake.silver import FILMS
from capstone_assets.matching.evaluation import Label
from capstone_assets.orchestration.checks import (
    film_coverage,
    labeled_strong_links_are_right,
    match_rates,
    table_checks,
)
from capstone_assets.orchestration.resources.apis import ApisResource
from capstone_assets_tests.orchestration.check_runs import (
    broken,
    bundled_links,
    run_checks,
    write_links,
)


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
    assert check.metadata["linked_share_of_soundtracks"].value == 0.5
    assert check.metadata["strong"].value == 1


@pytest.fixture(autouse=True)
def without_keys(monkeypatch):
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_link_that_is_only_probable_is_not_held_to_the_strong_precision(lakehouse, rows):
    links = bundled_links()[:200]
    doubtful = [{**link, "film_id": 7, "tier": "probable"} for link in links[:100]]
    lakehouse.write(rows(MATCHES, [*doubtful, *links[100:]]), MATCHES, ["1999"])

    check = run_checks(lakehouse, labeled_strong_links_are_right)["labeled_strong_links_are_right"]

    assert check.passed
    assert check.blocking
    assert check.metadata["judged"].value == 100


def test_broken_strong_links_in_the_lake_stop_the_run(lakehouse, rows):
    lakehouse.write(rows(MATCHES, broken(bundled_links()[:200], 10)), MATCHES, ["1999"])

    check = run_checks(lakehouse, labeled_strong_links_are_right)["labeled_strong_links_are_right"]

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


def write_films(lakehouse, rows, count: int) -> None:
    films = [{"film_id": n, "release_year": "1999"} for n in range(count)]
    lakehouse.write(rows(FILMS, films), FILMS, ["1999"])
    movies = [{"id": n, "release_year": "1999"} for n in range(count)]
    lakehouse.write(rows(TMDB_MOVIES, movies), TMDB_MOVIES, ["1999"])


def test_a_comparison_with_the_previous_run_only_warns(lakehouse, rows):
    write_films(lakehouse, rows, 10)
    first = run_checks(lakehouse, table_checks(FILMS))
    write_films(lakehouse, rows, 7)
    time.sleep(1.1)  # Run ids are ordered by the second.

    second = run_checks(lakehouse, table_checks(FILMS))

    declared: Any = first["columns_are_as_declared"].metadata["declared"].value
    assert declared["film_id"] == "bigint"
    check = second["rows_are_as_many_as_before"]
    assert (check.passed, check.blocking, check.severity) == (
        False,
        False,
        dg.AssetCheckSeverity.WARN,
    )
    assert (check.metadata["rows"].value, check.metadata["rows_before"].value) == (7, 10)


def test_no_links_at_all_block(lakehouse, rows):
    write_links(lakehouse, rows, [], soundtracks=12)

    checked = run_checks(lakehouse, match_rates)

    assert not checked["match_rate_is_within_bounds"].passed
    assert checked["match_rate_is_within_bounds"].blocking
    assert checked["tier_shares_are_as_before"].description == "no links"


@pytest.mark.parametrize(("with_soundtrack", "holds"), [(0, False), (1, True)])
def test_films_without_any_soundtrack_are_a_warning(lakehouse, rows, with_soundtrack, holds):
    films = [
        {"film_id": n, "film_year": 1999, "best_tier": "strong" if n < with_soundtrack else None}
        for n in range(100)
    ]
    films = [{**film, "release_year": "1999"} for film in films]
    lakehouse.write(rows(FILM_SOUNDTRACKS, films), FILM_SOUNDTRACKS, ["1999"])

    assert run_checks(lakehouse, film_coverage)["film_coverage_is_plausible"].passed is holds
