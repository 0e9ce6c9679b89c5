"""The attributions that both APIs require where their data is shown.

Belongs here: the sentences, and which of them a table needs.
Not here: where they are shown.
"""

from collections.abc import Iterator

from capstone_assets.lake.bronze import QUARANTINE
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Table

TMDB = "This product uses the TMDB API but is not endorsed or certified by TMDB."
DISCOGS = "Data provided by Discogs."
ATTRIBUTION = f"{TMDB} {DISCOGS}"


def attribution_of(table: Table) -> str:
    """Return the attribution of a table, by the sources of its columns; none for the metrics."""
    bronze = set(_bronze_tables(table))
    said = {
        TMDB: ("bronze/tmdb_", QUARANTINE.name),
        DISCOGS: ("bronze/discogs_", QUARANTINE.name),
    }
    return " ".join(
        sentence
        for sentence, prefixes in said.items()
        if any(name.startswith(prefixes) for name in bronze)
    )


def _bronze_tables(table: Table) -> Iterator[str]:
    if table.layer == "bronze":
        yield table.name
        return
    # The sources of columns have no cycles.
    for name in {source.split(".")[0] for column in table.columns for source in column.sources}:
        yield from _bronze_tables(TABLES[name])
