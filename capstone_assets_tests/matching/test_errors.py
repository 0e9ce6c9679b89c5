"""What a person reads of a faulty file."""

import pickle

import pytest

from capstone_assets.matching.errors import FaultyFileError, MatchingError


class BrokenListError(FaultyFileError):
    what = "list of films"
    rules = "Each line is a film."


def test_the_faults_of_a_file_are_listed_between_what_it_is_and_what_to_do():
    error = BrokenListError("films.jsonl", ["line 1: no id", "line 2: no title"])

    assert str(error) == (
        "The list of films films.jsonl has 2 faults, so none of it was used:\n"
        "  line 1: no id\n"
        "  line 2: no title\n"
        "Correct the file and run again. Each line is a film."
    )
    assert isinstance(error, MatchingError)


def test_one_fault_is_not_called_faults():
    assert "films.jsonl has 1 fault, so" in str(BrokenListError("films.jsonl", ["line 1: no id"]))


@pytest.mark.parametrize(
    ("faults", "listed", "more"),
    [(20, 20, None), (21, 20, "  and 1 more"), (1_520, 20, "  and 1,500 more")],
)
def test_twenty_faults_are_listed_and_the_others_counted(faults, listed, more):
    lines = str(FaultyFileError("x.csv", [f"line {n}" for n in range(faults)])).splitlines()

    assert sum(line.startswith("  line") for line in lines) == listed
    assert lines[-2] == (more or "  line 19")


def test_the_error_survives_the_way_between_processes():
    error = BrokenListError("films.jsonl", ["line 1: no id"])

    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
