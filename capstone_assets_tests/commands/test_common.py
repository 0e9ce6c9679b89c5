"""What several commands share."""

import pytest

from capstone_assets.commands.common import print_table


def test_an_id_is_whole_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")

    print_table(
        ("release", "artist and title", "year", "linked to"),
        [(1933628125, "Goblin - Suspiria = サスペリア", 1977, "Suspiria (1977), strong")],
    )

    assert "1933628125" in capsys.readouterr().out
