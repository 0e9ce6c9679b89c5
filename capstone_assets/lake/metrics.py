"""The metrics tables: what a run did and what the lake holds.

Belongs here: declarations.
Not here: how they are made (inspection/, quality/).
"""

from capstone_assets.lake.tables import (
    BOOLEAN,
    DOUBLE,
    LONG,
    STRING,
    STRINGS,
    TIMESTAMP,
    Column,
    Table,
)

SCHEMA_ALIGNMENT = Table(
    "metrics/schema_alignment",
    "What each declared column is derived from, and how complete the stored data is.",
    (
        Column("table", STRING, "Table.", nullable=False),
        Column("column", STRING, "Column.", nullable=False),
        Column("type", STRING, "Declared type.", nullable=False),
        Column("sources", STRINGS, "Columns that it is derived from.", nullable=False),
        Column("rows", LONG, "Rows in the table.", nullable=False),
        Column("nulls", LONG, "Rows without a value.", nullable=False),
        Column("stored_type", STRING, "Arrow type(s) found in the files.", nullable=False),
        Column("aligned", BOOLEAN, "Whether it is stored as declared.", nullable=False),
    ),
    unique_key=("table", "column"),
    partitioned=False,
)

OUTPUT_INVENTORY = Table(
    "metrics/output_inventory",
    "Every stored partition: files, bytes, rows, last write.",
    (
        Column("table", STRING, "Table.", nullable=False),
        Column("partition", STRING, "Partition; empty for an unpartitioned table.", nullable=False),
        Column("files", LONG, "Files.", nullable=False),
        Column("bytes", LONG, "Bytes.", nullable=False),
        Column("rows", LONG, "Rows.", nullable=False),
        Column("last_write", TIMESTAMP, "When it was last written (UTC).", nullable=False),
    ),
    unique_key=("table", "partition"),
    partitioned=False,
)

PIPELINE_SUMMARY = Table(
    "metrics/pipeline_summary",
    "The medallion summary of a run: one row a step.",
    (
        Column("run_id", STRING, "The run.", nullable=False),
        Column("step", STRING, "The step.", nullable=False),
        Column("layer", STRING, "Its layer.", nullable=False),
        Column("records_out", LONG, "Rows written.", nullable=False),
        Column("duration_seconds", DOUBLE, "How long it took.", nullable=False),
        Column("output", STRING, "Where it wrote.", nullable=False),
    ),
    unique_key=("run_id", "step"),
    partitioned=False,
)

OUTCOMES = {
    "kept": "in the table",
    "mended": "in the table, too, with a value cleaned or null; a row counts for each reason",
    "quarantined": "received and cannot be read",
    "deduplicated": "repeated",
    "missing": "promised by the source and never received",
    "linked": "linked, by the tier of the best link",
    "review": "waits for a person",
    "gated": "no film's soundtrack, by its kind",
    "unkeyed": "its title has no key to search by",
    "unlinked": "no link was found",
    "lost": "none of these, though it was there before; negative: it comes from nowhere",
}

ACCOUNTING = Table(
    "metrics/accounting",
    "What became of every row of the run's years, from the source to gold, with the reasons.",
    (
        Column("run_id", STRING, "The run.", nullable=False),
        Column(
            "table",
            STRING,
            "The table that the rows were meant for; for links, the films or releases to link.",
            nullable=False,
        ),
        Column("year", STRING, "Their year, or unknown.", nullable=False),
        Column(
            "outcome",
            STRING,
            "; ".join(f"{name}: {meaning}" for name, meaning in OUTCOMES.items()) + ".",
            nullable=False,
            allowed=tuple(OUTCOMES),
        ),
        Column("reason", STRING, "Why; empty where the outcome says it.", nullable=False),
        Column("rows", LONG, "How many.", nullable=False),
    ),
    unique_key=("run_id", "table", "year", "outcome", "reason"),
    partitioned=False,
)
