"""What the steps of silver and gold record, of a lake of a few films."""

from types import SimpleNamespace
from typing import Any

import pytest

from capstone_assets.freshness.data_versions import (
    LinkVersions,
    SilverVersions,
    due_links,
    marks_of,
)
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.due import recording_films, recording_links
from capstone_assets.orchestration.table_steps import Making

TERMINATOR = {"film_id": 218, "title": "The Terminator", "release_year": "1984"}
LEON = {"film_id": 101, "title": "Léon: The Professional", "release_year": "1994"}


@pytest.fixture
def step(lakehouse: Lakehouse, spark) -> Any:
    def of_years(*years: str) -> Making:
        resources = SimpleNamespace(
            lake=SimpleNamespace(lakehouse=lakehouse), pyspark=SimpleNamespace(spark_session=spark)
        )
        context: Any = SimpleNamespace(resources=resources)
        nothing: Any = None
        return Making(context, nothing, years, run_id="20261126T120000-1a2b3c4d")

    return of_years


def store_films(lakehouse: Lakehouse, making: Making, films: Any) -> None:
    lakehouse.write(recording_films(making, films), FILMS, making.years)
    making.once_stored[FILMS]()


def years_due(lakehouse: Lakehouse) -> list[str]:
    marks = marks_of(*(SilverVersions.read(lakehouse, table) for table in (FILMS, SOUNDTRACKS)))
    return list(due_links(marks, LinkVersions.read(lakehouse).of(MATCHES)))


def link(making: Making) -> None:
    recording_links(making, MATCHES)
    making.once_stored[MATCHES]()


def test_films_make_their_year_due_until_it_is_linked(lakehouse, step, rows):
    making = step("1984", "1994")
    store_films(lakehouse, making, rows(FILMS, [TERMINATOR, LEON]))
    assert years_due(lakehouse) == ["1984", "1994"]

    link(making)
    assert years_due(lakehouse) == []

    store_films(lakehouse, step("1994"), rows(FILMS, [{**LEON, "title": "Léon"}]))
    assert years_due(lakehouse) == ["1994"]


def test_the_same_films_made_again_make_nothing_due(lakehouse, step, rows):
    making = step("1984", "1994")
    store_films(lakehouse, making, rows(FILMS, [TERMINATOR, LEON]))
    link(making)

    store_films(lakehouse, step("1984", "1994"), rows(FILMS, [LEON, TERMINATOR]))

    assert years_due(lakehouse) == []


def test_a_run_that_is_killed_before_its_table_is_stored_leaves_the_years_due(
    lakehouse, step, rows
):
    making = step("1984", "1994")
    store_films(lakehouse, making, rows(FILMS, [TERMINATOR, LEON]))
    link(making)

    recording_films(step("1994"), rows(FILMS, [{**LEON, "title": "Léon"}]))

    assert years_due(lakehouse) == ["1994"]


def test_links_made_while_silver_is_being_written_are_due_afterwards(lakehouse, step, rows):
    making = step("1994")
    rows_to_store = recording_films(making, rows(FILMS, [LEON]))
    link(step("1994"))

    lakehouse.write(rows_to_store, FILMS, ["1994"])
    making.once_stored[FILMS]()

    assert years_due(lakehouse) == ["1994"]
