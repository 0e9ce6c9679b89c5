"""The data versions of partitions, as the steps that write the tables record them.

Belongs here: the small files that record what each partition was made of, and what is therefore
due. Reading them takes the same time however large the lake is.
Not here: working out what a write affects (due_partitions.py), requesting runs
(orchestration/sensors.py).

A data version is a digest of a partition's rows. Each file has one writer, the step that makes the
table: `intermediate/_versions/films.json`, `intermediate/_versions/soundtracks.json` and
`gold/_versions/links.json`. A film year's links depend on rows of all years, so a write of silver
also records a mark for each film year that it affects; the links of a year are due when its marks
differ from those that its links were made of.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self
from uuid import uuid4

from capstone_assets.freshness.cursors import CursorError, JsonCursor
from capstone_assets.lake.renames import move
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import YEAR_KEYS

ByYear = Mapping[str, str]
_OF_LINKS = "gold/_versions/links.json"


def digest_of(*facts: Any) -> str:
    """16 hexadecimal digits that identify these facts."""
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class SilverVersions:
    """The data versions of a silver table's partitions, and the film years that its writes affect.

    `made` are the data versions of the stored partitions, `wanted` those that they would have if
    they were made now. `marks` are by film year: a mark changes with every write that the year's
    links depend on. `inputs_written` says by table when each partition of an input was written
    (seconds since 1970).
    """

    made: ByYear = field(default_factory=dict)
    wanted: ByYear = field(default_factory=dict)
    marks: ByYear = field(default_factory=dict)
    inputs_written: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, lakehouse: Lakehouse, table: Table) -> Self:
        """Read the record of a table; an empty one if it was never written."""
        return cls(**_read(lakehouse, _file(table)))

    def write(self, lakehouse: Lakehouse, table: Table) -> None:
        """Write the record of a table."""
        _write(lakehouse, _file(table), asdict(self))

    def marking(self, film_years: Iterable[str], fact: str) -> Self:
        """Return a copy with new marks for some film years; equal facts make equal marks."""
        marked = {year: digest_of(self.marks.get(year), fact) for year in film_years}
        return replace(self, marks={**self.marks, **marked})

    def due(self, inputs_written: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
        """The partitions that would have other rows if they were made now, each with the reason.

        They include those whose input was written since on its own, for example by hand.
        """
        known = self.inputs_written
        rewritten: dict[str, list[float]] = {}
        for table, written in inputs_written.items():
            for year, moment in written.items():
                if table in known and known[table].get(year) != moment:
                    rewritten.setdefault(year, []).append(moment)
        other = {
            year: (self.made.get(year), version)
            for year, version in self.wanted.items()
            if self.made.get(year) != version
        }
        years = [year for year in YEAR_KEYS if year in {*other, *rewritten}]
        return {year: [other.get(year), rewritten.get(year)] for year in years}


@dataclass(frozen=True)
class LinkVersions:
    """The marks of silver that each film year's tables were made of, by table."""

    made_of: Mapping[str, ByYear] = field(default_factory=dict)

    @classmethod
    def read(cls, lakehouse: Lakehouse) -> Self:
        """Read the record; an empty one if no link was ever made."""
        return cls(**_read(lakehouse, _OF_LINKS))

    def write(self, lakehouse: Lakehouse) -> None:
        """Write the record."""
        _write(lakehouse, _OF_LINKS, asdict(self))

    def of(self, table: Table) -> ByYear:
        """The marks that a table's years were made of."""
        return self.made_of.get(table.name, {})

    def having(self, table: Table, years: Collection[str], marks: ByYear) -> Self:
        """Return a copy in which these years of a table are made of these marks."""
        made = {year: marks[year] for year in years if year in marks}
        return replace(self, made_of={**self.made_of, table.name: {**self.of(table), **made}})


@dataclass(frozen=True)
class LastRequested(JsonCursor):
    """The last requests of the sensor for due partitions, a digest by job: its cursor."""

    by_job: ByYear = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> Self:
        """Read a cursor; that of an earlier version counts as empty."""
        try:
            return super().of(cursor)
        except CursorError:
            return cls()

    def is_new(self, job: str, facts: Any) -> bool:
        """Whether a job was not requested for these facts yet."""
        return self.by_job.get(job) != digest_of(facts)

    def having(self, job: str, facts: Any) -> Self:
        """What to remember once a job is requested for these facts."""
        return replace(self, by_job={**self.by_job, job: digest_of(facts)})


def marks_of(*silver: SilverVersions) -> dict[str, str]:
    """One mark for each film year that any of the tables has marked."""
    years = {year for each in silver for year in each.marks}
    return {year: "+".join(each.marks.get(year, "") for each in silver) for year in years}


def due_links(marks: ByYear, made_of: ByYear) -> dict[str, Any]:
    """The film years whose links were made of other marks, or never, each with its mark."""
    known = [year for year in YEAR_KEYS if year in marks]
    return {year: marks[year] for year in known if made_of.get(year) != marks[year]}


def _file(table: Table) -> str:
    container, name = table.path.split("/")
    return f"{container}/_versions/{name}.json"


def _read(lakehouse: Lakehouse, path: str) -> dict[str, Any]:
    url = lakehouse.url(path)
    try:
        found: dict[str, Any] = json.loads(lakehouse.filesystem.cat_file(url))
    except FileNotFoundError:
        return {}
    return found


def _write(lakehouse: Lakehouse, path: str, content: Mapping[str, Any]) -> None:
    url, filesystem = lakehouse.url(path), lakehouse.filesystem
    folder, _, name = url.rpartition("/")
    filesystem.makedirs(folder, exist_ok=True)
    unfinished = f"{folder}/.{name}.{uuid4().hex}"
    filesystem.pipe_file(unfinished, json.dumps(content).encode())
    move(filesystem, unfinished, url)
