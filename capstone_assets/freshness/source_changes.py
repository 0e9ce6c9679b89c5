"""Work out what a change at an API requires: which partitions, which runs, what to remember.

Belongs here: the sensors' decisions about the two sources, as plain functions of plain values. Not
here: requests (ingest/), Dagster (orchestration/sensors.py), its consequences in silver and gold
(due_partitions.py).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from capstone_assets.freshness.cursors import CursorError, JsonCursor
from capstone_assets.lake.years import LAST_YEAR, UNKNOWN_YEAR, YEAR_KEYS

YearRange = tuple[str, str]
_MOST_YEARS_BRIDGED = 20
_RECENT = 4  # Next year, this and the last two: where most rows are added.


@dataclass(frozen=True)
class ChangesRead:
    """How far `/movie/changes` was read: the cursor of the films' sensor.

    Everything before `since` is done. Of the later changes, `requested` are the films that were
    requested on the day `read_on`. The feed names days, not moments: a film of `requested` may have
    changed again, so on the next day it is new again, once.
    """

    since: date
    read_on: date
    requested: frozenset[int] = frozenset()

    @classmethod
    def of(cls, cursor: str | None, today: date) -> "ChangesRead":
        """Read a cursor: JSON, or just the day to begin at; none begins at yesterday.

        Raises:
            CursorError: it is neither.
        """
        if not cursor:
            return cls(today - timedelta(1), today)
        try:
            if not cursor.startswith("{"):
                return cls(date.fromisoformat(cursor), today)
            content = json.loads(cursor)
            since, read_on = (date.fromisoformat(content[name]) for name in ("since", "read_on"))
            return cls(since, read_on, frozenset(content["requested"]))
        except (ValueError, KeyError, TypeError):
            raise CursorError(cursor) from None

    def to_json(self) -> str:
        """The text of the cursor."""
        days = {"since": self.since.isoformat(), "read_on": self.read_on.isoformat()}
        return json.dumps({**days, "requested": sorted(self.requested)})

    @property
    def unfinished(self) -> bool:
        """Whether films of earlier days were left for the next tick, or nothing was read yet."""
        return self.since < self.read_on

    def new_films(self, changed: Collection[int], today: date) -> list[int]:
        """The changed films that were not requested today yet, in the order of their ids."""
        return sorted(set(changed) - (self.requested if self.read_on == today else frozenset()))

    def after(
        self, taken: Collection[int], left: Collection[int], of_today: Collection[int], today: date
    ) -> "ChangesRead":
        """What to remember once the films `taken` are requested.

        While any are `left` for the next tick, the first day stays the same; then it is `today`.
        """
        if left:
            requested = set(taken) | (self.requested if self.read_on == today else frozenset())
            return ChangesRead(self.since, today, frozenset(requested))
        return ChangesRead(today, today, frozenset(of_today))


def films_by_partition(
    films: Iterable[int],
    stored_in: Mapping[int, Collection[str]],
    listed_in: Mapping[int, str | None],
    watched: Collection[str],
) -> dict[str, list[int]]:
    """Return the partitions that changed films affect, each with those films.

    A film affects the partition that it is stored in, and the one whose list has it now: its
    release date may have changed. Partitions that are not `watched` are left out.
    """
    concerned: dict[str, list[int]] = {}
    for film in films:
        for year in {*stored_in.get(film, ()), listed_in.get(film)}:
            if year in watched and year is not None:
                concerned.setdefault(year, []).append(film)
    return concerned


def expired_years(
    oldest_fetched: Mapping[str, datetime], now: datetime, retention: timedelta
) -> list[str]:
    """Return the partitions with rows that were fetched too long ago to be kept.

    `oldest_fetched` says of each partition with rows when the oldest of them was fetched (UTC).
    """
    return sorted(year for year, at in oldest_fetched.items() if at < now - retention)


def watched_years(stored: Collection[str]) -> set[str]:
    """Return the partitions to keep fresh: those that are stored, and a year that has just begun.

    A lake of one decade stays one.
    """
    newest = {str(LAST_YEAR)} if str(LAST_YEAR - 1) in stored else set()
    return {*stored, *newest}


@dataclass(frozen=True)
class CountsRead(JsonCursor):
    """How many rows each slice had: the cursor of the releases' sensor.

    `counts` are by slice, `release 1984`. `next_year` is where the next tick resumes, and `changes`
    counts the ticks that found one: it distinguishes a count that oscillates from a double tick.
    `pending` are years that changed and were not requested yet: the window that collects changes
    was still open.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    next_year: str = YEAR_KEYS[0]
    changes: int = 0
    pending: Sequence[str] = ()

    def changed_years(self, counted: Mapping[str, int]) -> list[str]:
        """The years of the slices whose count has changed.

        A slice's first count is what later ones are compared with.
        """
        known = (name for name in counted if name in self.counts)
        years = {_year_of(name) for name in known if self.counts[name] != counted[name]}
        return [year for year in YEAR_KEYS if year in years]

    def after(self, counted: Mapping[str, int], next_year: str) -> "CountsRead":
        """What to remember of a count while changed years wait to be requested."""
        changed = self.changed_years(counted)
        pending = [year for year in YEAR_KEYS if year in {*self.pending, *changed}]
        changes = self.changes + bool(changed)
        return CountsRead({**self.counts, **counted}, next_year, changes, pending)

    def requested(self) -> "CountsRead":
        """What to remember once the pending years are requested."""
        return replace(self, pending=())


def slice_name(kind: str, year: str) -> str:
    """Return the name of a slice in `CountsRead.counts`."""
    return f"{kind} {year}"


def _year_of(name: str) -> str:
    return name.split(" ")[1]


def years_to_count(years: Sequence[str], next_year: str, most: int) -> tuple[list[str], str]:
    """The years that a tick counts, and where the next tick resumes.

    The recent years every time; of the others, in order, as many as `most` has room for, starting
    at `next_year` and wrapping around.
    """
    recent, others = list(years[-_RECENT:]), list(years[:-_RECENT])
    start = next((place for place, year in enumerate(others) if year >= next_year), 0)
    turned = [*others[start:], *others[:start]]
    room = max(1, most - len(recent))
    goes_on = turned[room] if room < len(turned) else turned[0] if turned else next_year
    return [*recent, *turned[:room]], goes_on


def year_ranges(years: Iterable[str], bridging: Collection[str] = ()) -> list[YearRange]:
    """Return the fewest ranges, as first and last year; `unknown` stands alone.

    Between two of the years a range may hold up to 20 others, if all of them are in `bridging`:
    starting one more run takes longer than making the tables of 20 years again.
    """
    found: list[YearRange] = []
    for place in sorted(YEAR_KEYS.index(year) for year in set(years)):
        year = YEAR_KEYS[place]
        if found and _is_bridged(found[-1][1], place, bridging):
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def _is_bridged(last: str, place: int, bridging: Collection[str]) -> bool:
    if last == UNKNOWN_YEAR:  # 1900 comes after it in the list of partitions, but not in time.
        return False
    between = YEAR_KEYS[YEAR_KEYS.index(last) + 1 : place]
    return len(between) <= _MOST_YEARS_BRIDGED and all(year in bridging for year in between)


def years_within(span: YearRange) -> list[str]:
    """The partitions of a range."""
    first, last = (YEAR_KEYS.index(year) for year in span)
    return YEAR_KEYS[first : last + 1]
