from pathlib import Path

import pytest

from capstone_assets.lake.dictionary import render
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import LONG, STRING, Column, Reference, Table

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_data_dictionary_is_current():
    assert PAGE.read_text("utf-8") == render(TABLES.values()), "run `make tables`"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_says_what_it_means(table: Table):
    assert [column.name for column in table.columns if not column.description.endswith(".")] == []


def test_a_column_shows_its_type_its_values_and_what_it_is_made_from():
    tiers = Table(
        "gold/tiers",
        "Tiers.",
        (
            Column("id", LONG, "The id.", False),
            Column("tier", STRING, "How sure a|b.", True, ("silver/x.y",), ("strong", "weak")),
        ),
        unique_key=("id",),
        references=(Reference("id", "silver/x", "y"),),
    )
    page = render([tiers])
    assert "| `id` | `bigint` | no | The id. |  |" in page
    assert (
        "| `tier` | `string` | yes | How sure a\\|b. One of strong, weak. | `silver/x.y` |" in page
    )
    assert "- `id` references `silver/x.y`" in page
    assert "read_parquet('data/lake/gold/tiers/*/*.parquet', hive_partitioning = true)" in page
