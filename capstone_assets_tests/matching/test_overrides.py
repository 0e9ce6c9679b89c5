"""A person's decisions: read, validated, and always winning."""

from datetime import date

import pytest

from capstone_assets.matching.assignment import decide_album
from capstone_assets.matching.overrides import InvalidOverridesError, Override, read_overrides
from capstone_assets.matching.profiles import FilmProfile, ReleaseProfile
from capstone_assets.matching.scorecard import load_scorecard
from capstone_assets.matching.scored_films import Candidate
from capstone_assets.matching.tiers import TierSettings
from capstone_assets_tests.matching.catalog import overrides_file


def test_an_override_keeps_who_when_and_why(tmp_path):
    path = overrides_file(tmp_path, '11,22,link,Ada,2026-03-31,"sleeve says so, page 2"')

    assert read_overrides(path) == (
        Override(11, 22, "link", "Ada", date(2026, 3, 31), "sleeve says so, page 2"),
    )


def test_all_faults_of_a_file_are_listed_with_their_lines(tmp_path):
    path = overrides_file(
        tmp_path,
        "eleven,22,link,Ada,2026-03-31,why",
        "11,22,maybe,,yesterday,",
        "1,2,link,Ada,2026-03-31,why",
        "3,2,link,Ada,2026-03-31,why",
    )

    with pytest.raises(InvalidOverridesError) as raised:
        read_overrides(path)

    assert raised.value.faults == (
        'line 2: film is "eleven", it must be an id (digits)',
        'line 3: decision is "maybe", it must be link or reject',
        "line 3: who is empty",
        "line 3: why is empty",
        'line 3: when is "yesterday", it must be a date such as 2026-03-31',
        "release 2 is linked to films 1 and 3; a release has at most one film",
    )
    assert "none of it was used" in str(raised.value)


def test_a_fault_shows_the_beginning_of_a_long_cell(tmp_path):
    path = overrides_file(tmp_path, f"{'9' * 19_000},22,link,Ada,2026-03-31,why")

    with pytest.raises(InvalidOverridesError) as raised:
        read_overrides(path)

    [fault] = raised.value.faults
    assert fault.startswith('line 2: film is "99999')
    assert len(fault) < 120


def test_a_pair_cannot_be_both_linked_and_rejected(tmp_path):
    path = overrides_file(tmp_path, "1,2,link,Ada,2026-03-31,yes", "1,2,reject,Bob,2026-04-01,no")

    with pytest.raises(InvalidOverridesError, match="both linked and rejected"):
        read_overrides(path)


def test_a_missing_file_or_column_is_one_clear_error(tmp_path):
    with pytest.raises(InvalidOverridesError, match="no such file"):
        read_overrides(tmp_path / "absent.csv")
    with pytest.raises(InvalidOverridesError, match=r"memory://absent.csv has 1 fault") as raised:
        read_overrides("memory://absent.csv?signature=s3cret")
    assert "s3cret" not in str(raised.value)
    with pytest.raises(InvalidOverridesError, match=r"it cannot be opened \(Is a directory\)"):
        read_overrides(tmp_path)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("film,release\n1,2\n", "utf-8")
    with pytest.raises(InvalidOverridesError, match="no column decision, who, when, why"):
        read_overrides(wrong)


def test_a_file_on_a_server_is_read_as_a_local_one_is(tmp_path):
    path = overrides_file(tmp_path, "1,2,LINK,Ada,2026-03-31,yes")

    assert read_overrides(f"file://{path}") == read_overrides(path)
    assert str(read_overrides(path)[0]) == "linked by Ada on 2026-03-31: yes"


def test_a_rejected_film_is_a_near_miss_that_names_who_rejected_it():
    def profile(film_id: int, year: int, composer: str) -> FilmProfile:
        return FilmProfile.of(
            {
                "film_id": film_id,
                "title": "Solaris",
                "original_title": None,
                "alternative_titles": [],
                "film_year": year,
                "composers": [composer],
                "vote_count": None,
            }
        )

    album = ReleaseProfile(
        "Cliff Martinez - Solaris",
        "Solaris",
        "Cliff Martinez",
        "film_score",
        "soundtrack",
        2002,
        "master",
    )
    candidates = [
        Candidate(profile(2, 2002, "Cliff Martinez"), "core_title", 1.0),
        Candidate(profile(4, 2002, "C. Martinez"), "core_title", 1.0),
    ]
    reject = Override(2, 10, "reject", "Bob", date(2026, 4, 1), "a bootleg")

    [decision] = decide_album([album], candidates, load_scorecard(), TierSettings(), [reject])

    assert decision.film_id == 4
    assert decision.near_misses[0].reason == "rejected by Bob on 2026-04-01: a bootleg"
