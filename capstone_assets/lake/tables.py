"""The parts of a table's declaration.

Belongs here: columns, references, tables, and the types and bounds that several tables share.
Not here: the declarations themselves (bronze.py, silver.py, gold.py, metrics.py).
"""

from dataclasses import dataclass
from functools import cached_property

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from capstone_assets.lake.years import LAST_YEAR, PARTITION_COLUMN

STRING, LONG, INTEGER, DOUBLE = StringType(), LongType(), IntegerType(), DoubleType()
BOOLEAN, DATE, TIMESTAMP = BooleanType(), DateType(), TimestampType()

# The first film and the first commercial recording are a little younger.
YEARS = (1870, LAST_YEAR)
SHARES = (0, 1)
RATINGS = (0, 10)

STRINGS = ArrayType(STRING, containsNull=False)
INTEGERS = ArrayType(INTEGER, containsNull=False)


@dataclass(frozen=True)
class Column:
    """A column: its type, whether it may be null, what it means and what it is made of.

    `sources` names the columns it is derived from as `layer/table.column`; a column that comes
    straight from an API response has none. `allowed` lists its values where they are few;
    `bounds` are its least and greatest value, both included.
    """

    name: str
    type: DataType
    description: str
    nullable: bool = True
    sources: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reference:
    """A foreign key: every value of `column` is a value of `to_column` in `to_table`.

    With `same_partition` the referenced row is in the partition of the same year.
    """

    column: str
    to_table: str
    to_column: str
    same_partition: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the lakehouse; `name` is `layer/table`, as in its asset key."""

    name: str
    description: str
    columns: tuple[Column, ...]
    unique_key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    partitioned: bool = True

    @property
    def layer(self) -> str:
        """bronze, silver, gold or metrics."""
        return self.name.split("/")[0]

    @property
    def short_name(self) -> str:
        """Its name without the layer."""
        return self.name.split("/")[1]

    @property
    def path(self) -> str:
        """Its path under the lake's root: container, then table."""
        container = {"bronze": "raw", "silver": "intermediate"}.get(self.layer, self.layer)
        return f"{container}/{self.short_name}"

    @cached_property
    def spark_schema(self) -> StructType:
        """The schema that Spark reads and writes the table with."""
        return StructType([StructField(c.name, c.type, c.nullable) for c in self.columns])

    @cached_property
    def file_schema(self) -> StructType:
        """The schema of the table's files, in which each column's description is its comment.

        A file has no partition column: that is the name of its folder.
        """
        return StructType(
            [
                StructField(c.name, c.type, c.nullable, {"comment": c.description})
                for c in self.columns
                if not (self.partitioned and c.name == PARTITION_COLUMN)
            ]
        )

    @property
    def column_names(self) -> list[str]:
        """The columns in order, for the closing `select` of every transform."""
        return [column.name for column in self.columns]


def partition_column(meaning: str, *sources: str) -> Column:
    """The column that a partitioned table is stored by."""
    return Column(PARTITION_COLUMN, STRING, meaning, nullable=False, sources=sources)
