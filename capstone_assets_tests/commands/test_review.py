import io
import os
import pty

import pytest

from capstone_assets.commands.review import _ask, _say


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


def test_a_terminal_gets_whole_words_and_a_pipe_whole_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    line = "  near miss: For a Few Dollars More (1965), 49.2%: too close to another"
    monkeypatch.setenv("COLUMNS", "40")

    _say(line)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _say(line)

    assert capsys.readouterr().out.splitlines() == [
        line,
        "  near miss: For a Few Dollars More",
        "    (1965), 49.2%: too close to another",
    ]
