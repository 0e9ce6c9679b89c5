from pathlib import Path

from capstone_assets.review.decisions import DecisionFile
from capstone_assets.review.terminal import TerminalReview
from capstone_assets_tests.review.conftest import DEL_TORO, PINOCCHIO, TODAY, WILLOW


def walk(lake, folder: Path, *answers: str) -> tuple[DecisionFile, list[str], int]:
    file, given = DecisionFile(folder / "overrides.csv"), iter(answers)
    said: list[str] = []
    review = TerminalReview(
        lake, file, "Ann", lambda _: next(given, "q"), said.append, lambda: TODAY
    )
    return file, said, review.walk()


def test_accepting_writes_every_pressing_with_who_and_when(lake, tmp_path):
    file, said, decided = walk(lake, tmp_path, "a")

    assert decided == 1
    assert {(d.film_id, d.release_id, d.decision, d.who, d.when) for d in file.read()} == {
        (PINOCCHIO, 501, "link", "Ann", TODAY),
        (PINOCCHIO, 502, "link", "Ann", TODAY),
    }
    shown = "\n".join(said)
    assert "https://www.themoviedb.org/movie/10895" in shown
    assert "https://www.discogs.com/release/501" in shown
    assert "near miss: Pinocchio (2022)" in shown
    assert "accept would change 2 releases: " in shown


def test_undo_brings_the_pair_back(lake, tmp_path):
    # Nothing waits after the rejection, so the session ends with it.
    file, _, _ = walk(lake, tmp_path, "s")
    assert file.read() == ()

    file, said, decided = walk(lake, tmp_path, "u", "r")
    assert "There is nothing to undo in this session." in said
    assert decided == 1
    assert {each.decision for each in file.read()} == {"reject"}


def test_another_film_is_found_by_its_title(lake, tmp_path):
    file, said, _ = walk(lake, tmp_path, "o", "wilow", "1")

    assert "  1  Willow (1988), film 847" in said
    assert {each.film_id for each in file.read()} == {WILLOW}


def test_the_remake_is_chosen_by_its_year(lake, tmp_path):
    file, _, _ = walk(lake, tmp_path, "o", "pinocchio 2022", "1")

    assert {each.film_id for each in file.read()} == {DEL_TORO}


def test_a_wrong_key_or_number_asks_again_and_writes_nothing(lake, tmp_path):
    file, said, decided = walk(lake, tmp_path, "x", "o", "willow", "9", "q")

    assert any(line.startswith("Answer with one of the letters in brackets.") for line in said)
    assert (decided, file.read()) == (0, ())
