import dagster as dg

from capstone_assets.ingest.landing import SliceLanding
from capstone_assets.lake.gold import MATCHES
from capstone_assets.lake.silver import CANDIDATES, FILMS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.orchestration.table_metadata import (
    column_lineage,
    column_schema,
    describe_quarantined,
    sample_as_markdown,
    schema_fingerprint,
)
from capstone_assets_tests.stored_rows import store_rows


def test_dagster_shows_each_column_as_it_is_declared():
    columns = {column.name: column for column in column_schema(FILMS).columns}

    assert list(columns) == FILMS.column_names
    film_id = columns["film_id"]
    assert (film_id.type, film_id.constraints.nullable, film_id.constraints.unique) == (
        "bigint",
        False,
        True,
    )
    assert columns["film_year"].constraints.nullable
    assert not columns["title"].constraints.unique
    # A key of two columns makes neither of them unique.
    assert not any(column.constraints.unique for column in column_schema(CANDIDATES).columns)


def test_a_column_leads_to_the_columns_that_it_is_made_of():
    lineage = column_lineage(MATCHES).deps_by_column

    assert dg.TableColumnDep(dg.AssetKey(["silver", "films"]), "title") in lineage["film_title"]
    # The run that made a row comes from no table.
    assert "run_id" not in lineage


def test_only_another_schema_has_another_fingerprint():
    assert schema_fingerprint(FILMS) == schema_fingerprint(FILMS)
    assert len({schema_fingerprint(table) for table in (FILMS, CANDIDATES, MATCHES)}) == 3


def test_a_sample_is_three_rows_of_markdown_whatever_a_title_says(lakehouse: Lakehouse):
    titles = ["Face | Off", "x" * 61, "Heat", "Ran"]
    films = [{"film_id": number, "title": title} for number, title in enumerate(titles, 1)]
    store_rows(lakehouse, FILMS, "1997", films)

    header, _, *rows = sample_as_markdown(lakehouse, FILMS, "1997").splitlines()

    place = [cell.strip() for cell in header.split(" | ")].index("title")
    shown = [row.replace(r"\|", "/").split(" | ")[place] for row in rows]
    assert shown == ["Face / Off", "x" * 59 + "…", "Heat"]


def test_a_partition_without_rows_has_no_sample(lakehouse: Lakehouse):
    store_rows(lakehouse, FILMS, "1997", [])

    assert sample_as_markdown(lakehouse, FILMS, "1997") == "no rows"


def test_what_was_set_aside_is_shown_with_its_reasons():
    shown = describe_quarantined(
        SliceLanding(quarantined=2, mended=1, reasons={"quarantined": {"id: absent": 2}})
    )

    assert (shown["quarantined"], shown["mended"]) == (2, 1)
    assert shown["quarantined_and_mended_by_reason"].value == {"quarantined": {"id: absent": 2}}
