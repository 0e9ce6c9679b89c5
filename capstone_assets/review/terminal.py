"""The review in a terminal: one case after another, a key for each answer.

Belongs here: prompting and printing.
Not here: cases (cases.py), writing decisions (decisions.py).
"""

from collections.abc import Callable, Iterator
from datetime import date

from capstone_assets.inspection.search import FoundFilm, find_films
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.overrides import LINK, REJECT, Override
from capstone_assets.percent import percent
from capstone_assets.review.cases import (
    NO_REASON_GIVEN,
    Case,
    Pair,
    Review,
    decisions_for_other_film,
    decisions_on,
)
from capstone_assets.review.decisions import DecisionError, DecisionFile

KEYS = "[a]ccept  [r]eject  [o]ther film  [s]kip  [u]ndo  [q]uit"
_WIDTH = 20

Ask = Callable[[str], str]
Say = Callable[[str], None]


class TerminalReview:
    """Goes through the queue; `ask` reads a line after a prompt, `say` prints one."""

    def __init__(
        self,
        lakehouse: Lakehouse,
        file: DecisionFile,
        who: str,
        ask: Ask,
        say: Say,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._lakehouse, self._file, self._who = lakehouse, file, who
        self._ask, self._say, self._today = ask, say, today
        self._review = Review(lakehouse)
        self._done: list[list[Override]] = []
        self._skipped: set[str] = set()

    def walk(self) -> int:
        """Show every waiting pair until the person quits; return how many were decided."""
        while pair := self._next():
            for line in case_lines(self._review.case(pair)):
                self._say(line)
            self._say_effects(pair)
            if not self._answered(pair):
                break
        return len(self._done)

    def _next(self) -> Pair | None:
        waiting = self._review.pairs(self._file.read())
        open_pairs = [pair for pair in waiting if pair.key not in self._skipped]
        skipped = len(waiting) - len(open_pairs)
        noun = "pair waits" if len(open_pairs) == 1 else "pairs wait"
        self._say(
            f"\n{len(open_pairs)} {noun} for review, an album and a film each"
            + (f"; {skipped} skipped." if skipped else ".")
        )
        return open_pairs[0] if open_pairs else None

    def _say_effects(self, pair: Pair) -> None:
        known = self._file.read()
        for decision, name in ((LINK, "accept"), (REJECT, "reject")):
            decisions = decisions_on(pair, decision, self._who, NO_REASON_GIVEN, self._today())
            for change in self._review.effect(pair, decisions, known):
                self._say(f"  {name} would change {change}")

    def _answered(self, pair: Pair) -> bool:
        """Read answers until the pair is done; False to quit."""
        while True:
            answer = self._ask(f"{KEYS} > ").strip().lower()[:1]
            try:
                if answer == "q":
                    return False
                if self._take(answer, pair):
                    return True
            except DecisionError as error:
                self._say(str(error))

    def _take(self, answer: str, pair: Pair) -> bool:
        """Carry out an answer; False if the same pair has to be shown again."""
        if answer in ("a", "r"):
            decision = LINK if answer == "a" else REJECT
            self._write(decisions_on(pair, decision, self._who, NO_REASON_GIVEN, self._today()))
        elif answer == "o":
            film = self._other_film()
            if film is None:
                return False
            self._write(
                decisions_for_other_film(
                    pair, film.film_id, self._who, NO_REASON_GIVEN, self._today()
                )
            )
        elif answer == "s":
            self._skipped.add(pair.key)
        elif answer == "u":
            return self._undo()
        else:
            self._say(
                "Answer with one of the letters in brackets. A decision is saved at once, and undo "
                "takes back the last one; you can quit at any time."
            )
            return False
        return True

    def _write(self, decisions: list[Override]) -> None:
        self._file.add(decisions)
        self._done.append(decisions)

    def _undo(self) -> bool:
        if not self._done:
            self._say("There is nothing to undo in this session.")
            return False
        self._file.take_back(self._done[-1])
        self._done.pop()
        return True

    def _other_film(self) -> FoundFilm | None:
        found = find_films(self._lakehouse, self._ask("Which film? Title and year > "))
        if not found:
            self._say("No stored film has that title.")
            return None
        for number, film in enumerate(found, 1):
            self._say(f"  {number}  {film}")
        chosen = self._ask("Number, or Enter to go back > ").strip()
        if chosen.isdecimal() and 1 <= int(chosen) <= len(found):
            return found[int(chosen) - 1]
        return None


def case_lines(case: Case) -> Iterator[str]:
    """A case as lines: both sides, the waterfall, the near misses."""
    film, release = case.film, case.release
    composers = ", ".join(film["composers"] or ()) or "unknown"
    yield ""
    yield f"film     {film['title']} ({film['film_year'] or 'year unknown'}); music: {composers}"
    if film["original_title"] != film["title"]:
        yield f"         originally {film['original_title']}"
    yield f"         {case.film_url}"
    first_out = release["original_year"] or "year unknown"
    yield f"release  {release['title']}"
    yield (
        f"         {release['kind'].replace('_', ' ')}, first out {first_out}, "
        f"{len(case.pair.release_ids)} pressings"
    )
    yield f"         {case.release_url}"
    yield f"in review at {percent(case.pair.score)}: {case.pair.reason}"
    heaviest = max((abs(each.weight) for each in case.evidence), default=1.0) or 1.0
    for each in case.evidence:
        bar = ("+" if each.weight > 0 else "-") * round(abs(each.weight) / heaviest * _WIDTH)
        yield f"  {each.weight:+6.2f} {bar:<{_WIDTH}} {each.comparison}: {each.explanation}"
    yield f"  {case.match_weight:+6.2f} {'=' * _WIDTH} match weight"
    for miss in case.near_misses:
        yield (
            f"  near miss: {miss.title} ({miss.film_year or '?'}), {percent(miss.score)}: "
            f"{miss.reason}"
        )
