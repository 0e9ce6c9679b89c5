"""Register gold in Unity Catalog, so that analysts find and query its tables by name.

Belongs here: the SQL that registers a table over its stored files, with the declared description of
each column, and running it.
Not here: the catalog, its schemas and who may read them (infrastructure/databricks/set_up.py),
writing the files (storage.py).

The tables are external and Parquet: dropping one leaves its files alone, and Unity Catalog lists
their partitions whenever the table is queried.
"""

import hashlib
import logging

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from capstone_assets.lake.tables import Table
from capstone_assets.lake.years import PARTITION_COLUMN

log = logging.getLogger(__name__)

LAYER = "gold"
_DECLARATION = "capstone.declaration"


class NotRegisteredError(RuntimeError):
    """A table is stored, and Unity Catalog did not accept it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return (
            f"The rows are stored, but {self.name} is not registered in Unity Catalog: "
            f"{self.reason} Retrying helps only if the catalog was unavailable. If rights are "
            "missing, run infrastructure/databricks/set_up.py; without CAPSTONE_UNITY_CATALOG "
            "nothing is registered."
        )


def register(spark: SparkSession, table: Table, location: str, catalog: str) -> None:
    """Create the table over `location`, or refresh it; a changed declaration replaces it.

    Raises:
        NotRegisteredError: the catalog refused.
    """
    name = qualified_name(table, catalog)
    try:
        if spark.catalog.tableExists(name):
            if _registered_declaration(spark, name) == declaration(table, location):
                spark.sql(f"REFRESH TABLE {name}")
                return
            spark.sql(f"DROP TABLE {name}")
        spark.sql(create_statement(table, location, catalog))
    except (PySparkException, Py4JError) as error:
        raise NotRegisteredError(name, str(error).strip().split("\n", maxsplit=1)[0]) from error
    log.info("%s is registered in Unity Catalog over %s.", name, location)


def qualified_name(table: Table, catalog: str) -> str:
    """The name by which it is queried, `catalog.gold.matches`."""
    schema, _, short = table.name.partition("/")
    return f"{_quoted(catalog)}.{_quoted(schema)}.{_quoted(short)}"


def create_statement(table: Table, location: str, catalog: str) -> str:
    """The SQL that creates the external table with its descriptions."""
    mark = declaration(table, location)
    return (
        f"CREATE TABLE {qualified_name(table, catalog)} {_body(table, location)} "
        f"TBLPROPERTIES ({_text(_DECLARATION)} = {_text(mark)})"
    )


def declaration(table: Table, location: str) -> str:
    """A short hash of what is registered: columns, types, descriptions and place."""
    return hashlib.sha256(_body(table, location).encode()).hexdigest()[:12]


def _body(table: Table, location: str) -> str:
    columns = [
        f"{_quoted(column.name)} {column.type.simpleString()} COMMENT {_text(column.description)}"
        for column in table.columns
    ]
    partitioned = f"PARTITIONED BY ({_quoted(PARTITION_COLUMN)}) " if table.partitioned else ""
    return (
        f"({', '.join(columns)}) USING PARQUET {partitioned}"
        f"LOCATION {_text(location)} COMMENT {_text(table.description)}"
    )


def _registered_declaration(spark: SparkSession, name: str) -> str | None:
    properties = spark.sql(f"SHOW TBLPROPERTIES {name}").collect()
    return {row["key"]: row["value"] for row in properties}.get(_DECLARATION)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
