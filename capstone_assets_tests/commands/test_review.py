"""`capstone review`: what its arguments mean, and how it asks in a terminal."""

import io
import os
import pty
from pathlib import Path

import pytest

from capstone_assets.commands.review import _ask
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.overrides import read_overrides
from capstone_assets_tests.programs import called
from capstone_assets_tests.review.conftest import lake

__all__ = ["lake"]


@pytest.fixture(autouse=True)
def configured(lake: Lakehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAPSTONE_LAKE", lake.root)
    monkeypatch.delenv("CAPSTONE_OVERRIDES", raising=False)


def test_a_decision_in_the_terminal_is_in_the_file_that_the_next_run_reads(lake: Lakehouse):
    done = called("review", "--terminal", "--who", "Ann", typed="a\nq\n")

    assert done.exit_code == 0
    decisions = read_overrides(f"{lake.root}/overrides.csv")
    assert {each.who for each in decisions} == {"Ann"}
    assert "Run again to use what was decided." in done.output


def test_a_review_that_ends_at_once_decides_nothing(lake: Lakehouse):
    done = called("review", "--terminal", typed="")

    assert done.exit_code == 0
    assert done.output.endswith("No decision was made.\n")
    assert not Path(lake.root, "overrides.csv").exists()


def test_decisions_are_evaluated_only_once_there_are_some(tmp_path: Path):
    file = tmp_path / "mine.csv"

    before = called("review", "--evaluate", "--decisions", str(file))
    assert before.exit_code == 1
    assert "No decision is in" in before.output


def test_without_a_queue_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path / "nothing"))

    done = called("review", "--terminal")

    assert done.exit_code == 1
    assert "make run" in done.output


class Prompting(io.StringIO):
    """The terminal's output, at which a person types an answer."""

    def __init__(self, typed: int) -> None:
        super().__init__()
        self._typed = typed

    def write(self, text: str) -> int:
        os.write(self._typed, b"s\n")
        return super().write(text)


def test_what_was_typed_before_a_case_was_shown_is_no_answer_to_it(monkeypatch):
    typed, read = pty.openpty()
    with os.fdopen(read) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr("sys.stdout", Prompting(typed))
        os.write(typed, b"a\n")

        assert _ask("> ") == "s"
    os.close(typed)
