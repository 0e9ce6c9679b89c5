from benchmarks.whole_lake import fill_lake
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.silver import CANDIDATES, FILMS
from capstone_assets.quality.validation import validate


def test_a_filled_lake_has_as_many_rows_as_asked_for_and_holds_every_claim(lakehouse):
    fill_lake(lakehouse, films=300, releases=150, masters=60)

    for table in (FILMS, CANDIDATES, MATCHES):
        assert [found.claim for found in validate(lakehouse, table) if not found.holds] == []
    rows = {name: lakehouse.row_counts(TABLES[name]) for name in ("silver/films", "gold/matches")}
    assert {name: sum(counts.values()) for name, counts in rows.items()} == {
        "silver/films": 300,
        "gold/matches": 50,
    }
