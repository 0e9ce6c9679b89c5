"""What is due by the data versions that the steps recorded."""

from pathlib import Path

import pytest

from capstone_assets.freshness.data_versions import (
    LastRequested,
    LinkVersions,
    SilverVersions,
    due_links,
    marks_of,
)
from capstone_assets.lake.gold import FILM_SOUNDTRACKS, MATCHES
from capstone_assets.lake.silver import FILMS, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse

RELEASES = "bronze/discogs_releases"


@pytest.fixture
def lakehouse(tmp_path) -> Lakehouse:
    return Lakehouse(str(tmp_path))


def test_what_was_recorded_of_one_table_is_read_back_and_of_no_other(lakehouse):
    recorded = SilverVersions(
        {"1984": "a"}, {"1984": "b"}, {"1994": "c"}, {RELEASES: {"1984": 1.5}}
    )
    recorded.write(lakehouse, SOUNDTRACKS)

    assert SilverVersions.read(lakehouse, SOUNDTRACKS) == recorded
    assert SilverVersions.read(lakehouse, FILMS) == SilverVersions()
    folder = Path(lakehouse.root) / "intermediate" / "_versions"
    assert [file.name for file in folder.iterdir()] == ["soundtracks.json"]


def test_a_partition_is_due_when_it_would_have_other_rows_or_was_never_made():
    versions = SilverVersions(
        made={"1984": "a", "1994": "b", "2021": "d"},
        wanted={"1984": "a", "1994": "c", "2016": "a", "2021": "d"},
    )

    assert list(versions.due({})) == ["1994", "2016"]


def test_a_partition_is_due_when_an_input_was_written_since_by_hand():
    versions = SilverVersions(
        made={"1984": "a", "1994": "a"},
        wanted={"1984": "a", "1994": "a"},
        inputs_written={RELEASES: {"1984": 1.0, "1994": 1.0}},
    )

    assert list(versions.due({RELEASES: {"1984": 1.0, "1994": 1.0}})) == []
    first, second = (versions.due({RELEASES: {"1984": 1.0, "1994": at}}) for at in (2.0, 3.0))
    assert list(first) == list(second) == ["1994"]
    # Written by hand twice, it is requested twice.
    assert first != second


def test_nothing_is_due_of_a_lake_of_which_nothing_was_recorded():
    assert SilverVersions().due({RELEASES: {"1984": 1.0}}) == {}
    assert due_links(marks_of(SilverVersions(), SilverVersions()), {}) == {}


def test_links_are_due_from_a_mark_until_they_are_made_of_it():
    films = SilverVersions().marking(["1984", "1994"], "a write")
    soundtracks = SilverVersions().marking(["1984"], "another")
    marks = marks_of(films, soundtracks)
    made = LinkVersions().having(FILM_SOUNDTRACKS, ["1984", "2021"], marks)

    assert list(due_links(marks, {})) == ["1984", "1994"]
    assert list(due_links(marks, made.of(FILM_SOUNDTRACKS))) == ["1994"]
    # Other tables were not made of it.
    assert list(due_links(marks, made.of(MATCHES))) == ["1984", "1994"]
    again = marks_of(films, soundtracks.marking(["1984"], "another"))
    assert list(due_links(again, made.of(FILM_SOUNDTRACKS))) == ["1984", "1994"]


def test_a_cursor_remembers_what_was_requested_by_job_and_stays_short():
    everything = {str(year): "a mark of sixteen" for year in range(1900, 2028)}
    cursor = LastRequested().having("refresh_links", everything).to_json()

    known = LastRequested.of(cursor)
    assert not known.is_new("refresh_links", everything)
    assert known.is_new("refresh_links", {**everything, "2027": "another mark"})
    assert known.is_new("refresh_soundtracks", everything)
    assert len(cursor) < 200


def test_a_cursor_of_an_earlier_version_counts_for_nothing():
    earlier = '{"seen": "0123456789abcdef", "steps": {"refresh_links": {"1984": "a"}}}'

    assert LastRequested.of(earlier) == LastRequested()
