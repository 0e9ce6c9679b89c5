"""What several commands share."""

import pytest

from capstone_assets.commands.common import print_table, print_wrapped


def test_an_id_is_whole_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")

    print_table(
        ("release", "artist and title", "year", "linked to"),
        [(1933628125, "Goblin - Suspiria = サスペリア", 1977, "Suspiria (1977), strong")],
    )

    assert "1933628125" in capsys.readouterr().out


def test_no_row_ends_in_blanks(capsys: pytest.CaptureFixture[str]):
    print_table(("film", "title"), [(603, "The Matrix"), (348, "Alien")])

    assert capsys.readouterr().out.splitlines() == [
        "film  title",
        "603   The Matrix",
        "348   Alien",
    ]


def test_a_terminal_gets_whole_words_and_a_pipe_whole_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    line = "  near miss: For a Few Dollars More (1965), 49.2%: too close to another"
    monkeypatch.setenv("COLUMNS", "40")

    print_wrapped(line)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_wrapped(line)

    assert capsys.readouterr().out.splitlines() == [
        line,
        "  near miss: For a Few Dollars More",
        "    (1965), 49.2%: too close to another",
    ]
