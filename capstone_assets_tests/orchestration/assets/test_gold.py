"""Gold is what a run decided, and made of it."""

from capstone_assets.audit.records import run_ids
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    MATCHES,
    REVIEW_QUEUE,
    TIERS,
)
from capstone_assets_tests.freshness.records import DUNE, FILM_ROWS, TOTO


def test_a_link_is_in_the_year_of_its_film_with_its_run(made_lake):
    [run_id] = run_ids(made_lake.lakehouse)

    [link] = made_lake.lakehouse.scan(MATCHES).to_pylist()

    assert (link["film_id"], link["release_id"]) == (DUNE["id"], TOTO["id"])
    assert (link["release_year"], link["run_id"]) == ("1984", run_id)
    assert link["tier"] in TIERS
    assert made_lake.lakehouse.scan(REVIEW_QUEUE).num_rows == 0


def test_every_film_has_a_row_with_its_releases_or_none(made_lake):
    rows = made_lake.lakehouse.scan(FILM_SOUNDTRACKS).to_pylist()

    assert {row["film_id"]: row["best_release_id"] for row in rows} == {
        film["id"]: TOTO["id"] if film is DUNE else None for film in FILM_ROWS
    }


def test_a_composer_of_a_single_film_is_not_compared(made_lake):
    assert made_lake.lakehouse.scan(COMPOSER_POPULARITY).num_rows == 0
