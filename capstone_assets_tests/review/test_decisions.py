import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from capstone_assets.matching.overrides import LINK, REJECT, Override, read_overrides
from capstone_assets.review.decisions import DecisionError, DecisionFile

TODAY = dt.date(2026, 11, 26)


def decision(film: int, release: int, what: str = LINK, who: str = "Ann") -> Override:
    return Override(film, release, what, who, TODAY, "read the sleeve")


@pytest.fixture
def file(tmp_path: Path) -> DecisionFile:
    return DecisionFile(tmp_path / "new" / "overrides.csv")


def test_the_first_decision_makes_the_file_that_the_next_run_reads(file: DecisionFile):
    file.add([decision(11800, 8353709)])

    assert read_overrides(file.path) == (decision(11800, 8353709),)


def test_what_another_person_wrote_in_the_meantime_stays(file: DecisionFile):
    DecisionFile(file.path).add([decision(1, 10, who="Ben")])
    file.add([decision(2, 20)])

    assert [each.who for each in file.read()] == ["Ben", "Ann"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (decision(1, 10, LINK, "Ben"), decision(1, 10, REJECT)),
        (decision(1, 10, LINK, "Ben"), decision(2, 10, LINK)),
        (decision(1, 10, REJECT, "Ben"), decision(1, 10, LINK)),
    ],
)
def test_a_contradiction_names_who_decided_and_writes_nothing(
    file: DecisionFile, first: Override, second: Override
):
    file.add([first])

    with pytest.raises(DecisionError, match="by Ben on 2026-11-26"):
        file.add([second])
    assert file.read() == (first,)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (decision(1, 10, REJECT), decision(2, 10, REJECT)),
        (decision(1, 10, REJECT), decision(2, 10, LINK)),
        (decision(1, 10, LINK), decision(1, 11, LINK)),
    ],
)
def test_decisions_on_other_pairs_stand_side_by_side(
    file: DecisionFile, first: Override, second: Override
):
    file.add([first])
    file.add([second])

    assert file.read() == (first, second)


def test_the_same_decision_twice_is_written_once(file: DecisionFile):
    file.add([decision(1, 10, who="Ben")])
    file.add([decision(1, 10)])

    assert [each.who for each in file.read()] == ["Ben"]


def test_undo_takes_back_exactly_its_own(file: DecisionFile):
    file.add([decision(1, 10), decision(1, 11)])
    file.add([decision(2, 20, who="Ben")])

    file.take_back([decision(1, 10), decision(1, 11)])

    assert file.read() == (decision(2, 20, who="Ben"),)


def test_four_processes_at_once_lose_no_decision(file: DecisionFile):
    script = (
        "import datetime, sys\n"
        "from capstone_assets.matching.overrides import Override\n"
        "from capstone_assets.review.decisions import DecisionFile\n"
        "who = int(sys.argv[2])\n"
        "for n in range(25):\n"
        "    day = datetime.date(2026, 11, 26)\n"
        "    each = Override(n + 1, 1000 * who + n, 'link', f'p{who}', day, 'why')\n"
        "    DecisionFile(sys.argv[1]).add([each])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(file.path), str(who)])
        for who in range(1, 5)
    ]

    assert [process.wait(120) for process in running] == [0, 0, 0, 0]
    assert len(file.read()) == 100


def test_a_file_elsewhere_is_refused_before_anything_is_asked():
    with pytest.raises(DecisionError, match="not on this machine"):
        DecisionFile("abfss://gold@account.dfs.core.windows.net/overrides.csv")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DecisionError, match=r"cannot be written: (File exists|Not a directory)"):
        DecisionFile(tmp_path / "file" / "overrides.csv").add([decision(1, 10)])
