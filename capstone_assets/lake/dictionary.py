"""The data dictionary, written from the tables' declarations.

Belongs here: declarations as Markdown.
Not here: the declarations (bronze.py, silver.py, gold.py, metrics.py).

    python -m capstone_assets.lake.dictionary > docs/tables.md
"""

from collections.abc import Iterable, Iterator

from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Column, Table
from capstone_assets.lake.years import PARTITION_COLUMN

_HEAD = f"""\
# Tables

Written from the declarations in `capstone_assets/lake/` by `make tables`. Paths are below the
lake's root, `data/lake` unless `CAPSTONE_LAKE` says otherwise. Partitioned tables have a folder
`{PARTITION_COLUMN}=<year>` for each year, and one for `unknown`.

Each file carries the meanings below as comments on its columns. Spark shows them:

```python
spark.read.parquet("data/lake/gold/matches").createOrReplaceTempView("matches")
spark.sql("describe matches").show(100, truncate=False)
```"""


def render(tables: Iterable[Table]) -> str:
    """Return the dictionary of the tables as a Markdown page."""
    return "\n\n".join([_HEAD, *(_section(table) for table in tables)]) + "\n"


def _section(table: Table) -> str:
    return "\n\n".join(
        [
            f"## {table.name}",
            table.description,
            "\n".join(_facts(table)),
            "\n".join(_rows(table.columns)),
            "\n".join(_snippets(table)),
        ]
    )


def _facts(table: Table) -> Iterator[str]:
    yield f"- path: `{table.path}`"
    yield f"- unique key: {', '.join(f'`{name}`' for name in table.unique_key)}"
    for each in table.references:
        yield f"- `{each.column}` references `{each.to_table}.{each.to_column}`"


def _rows(columns: Iterable[Column]) -> Iterator[str]:
    listed = list(columns)
    sourced = any(column.sources for column in listed)
    yield "| column | type | null | meaning |" + " made from |" * sourced
    yield "|---|---|---|---|" + "---|" * sourced
    for column in listed:
        cells = [
            f"`{column.name}`",
            f"`{column.type.simpleString()}`",
            "yes" if column.nullable else "no",
            _meaning(column),
        ]
        if sourced:
            cells.append(", ".join(f"`{source}`" for source in column.sources))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.allowed and column.allowed[0] not in column.description:
        parts.append("One of " + ", ".join(column.allowed) + ".")
    if column.bounds:
        parts.append(f"From {column.bounds[0]:g} to {column.bounds[1]:g}.")
    return " ".join(parts)


def _snippets(table: Table) -> Iterator[str]:
    files = f"data/lake/{table.path}" + ("/*/*.parquet" if table.partitioned else "/*.parquet")
    hive = ", hive_partitioning = true" if table.partitioned else ""
    yield "```python"
    yield f"duckdb.sql(\"from read_parquet('{files}'{hive})\")"
    yield f'spark.read.parquet("data/lake/{table.path}")'
    yield "```"


if __name__ == "__main__":
    print(render(TABLES.values()), end="")
