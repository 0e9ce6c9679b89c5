import pytest

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.years import PARTITION_COLUMN

BY_NAME = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@BY_NAME
def test_every_source_and_reference_names_a_declared_column(table):
    named = [source.split(".") for column in table.columns for source in column.sources]
    named += [[r.to_table, r.to_column] for r in table.references]

    for name, column in named:
        assert column in TABLES[name].column_names


@BY_NAME
def test_keys_and_references_are_columns_of_the_table(table):
    names = set(table.column_names)

    assert len(names) == len(table.columns)
    assert {*table.unique_key, *(r.column for r in table.references)} <= names
    assert (PARTITION_COLUMN in names) == table.partitioned


@BY_NAME
def test_every_derived_column_says_what_it_is_made_of(table):
    if table.layer in ("silver", "gold"):
        without = [c.name for c in table.columns if not c.sources and c.name != "run_id"]
        assert without == []
