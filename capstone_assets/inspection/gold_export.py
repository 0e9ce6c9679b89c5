"""Export gold as files for other tools: one DuckDB database, CSV or Parquet files.

Belongs here: writing gold with its data dictionary.
Not here: the tables (lake/gold.py), arguments (commands/lake.py).

DuckDB reads the stored files through Arrow, batch by batch, so that memory does not grow with the
lake, whatever storage it is on.
"""

import errno
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from capstone_assets import __version__
from capstone_assets.lake.attribution import attribution_of
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.lake.tables import Column, Table
from capstone_assets.lake.years import PARTITION_COLUMN

_DESCRIPTOR = "datapackage.json"
_PACKAGE = "capstone-gold"
_UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
# Spreadsheets read a cell that starts with one of these as a formula.
_FORMULA = r"^[=+\-@\t\r]"
# https://specs.frictionlessdata.io/table-schema/#types-and-formats
_FRICTIONLESS_TYPES = {
    "bigint": "integer",
    "int": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "string": "string",
}


def export_gold(lakehouse: Lakehouse, file_format: str, out: Path) -> list[Path]:
    """Write every gold table of the lake, and a `datapackage.json`, which describes them.

    The key of the partitions is left out: `film_year` is the same year, as a number.

    Args:
        lakehouse: where gold is read from. file_format: `duckdb` for one database file, `csv` or
        `parquet` for one file a table. out: the database file, or the folder of the files; existing
        files of the same names are replaced.

    Returns:
        The written files. A failure leaves those of an earlier export unchanged.

    Raises:
        LakehouseError: a table of gold was never written, or by another version.
        OSError: a file cannot be written.
    """
    tables = _tables()
    folder = _folder(file_format, out)
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / f".export-{uuid.uuid4().hex}"
    staging.mkdir()
    try:
        if file_format == "duckdb":
            names = [_write_database(lakehouse, tables, staging / out.name).name]
        else:
            names = [_write_table(lakehouse, table, file_format, staging) for table in tables]
        descriptor = json.dumps(describe(tables, file_format, names), indent=2, ensure_ascii=False)
        names.append(_descriptor(file_format, out).name)
        (staging / names[-1]).write_text(descriptor + "\n", "utf-8")
        for name in names:
            (staging / name).replace(folder / name)
    except duckdb.Error as error:
        # It has a class of error for each place at which a write may fail.
        if number := next((n for n in _UNWRITTEN if os.strerror(n) in str(error)), None):
            raise OSError(number, os.strerror(number), str(out)) from None
        raise
    finally:
        shutil.rmtree(staging)
    return [folder / name for name in names]


def foreign_file(file_format: str, out: Path) -> Path | None:
    """Return a file that an export would replace although no export of its format wrote it.

    An export is recognized by the name and the format in its `datapackage.json`. The database
    file itself is not examined.
    """
    descriptor = _descriptor(file_format, out)
    if descriptor.exists():
        try:
            package = json.loads(descriptor.read_bytes())
        except ValueError:
            return descriptor
        is_own = isinstance(package, dict) and package.get("name") == _PACKAGE
        is_same = is_own and {each["format"] for each in package["resources"]} == {file_format}
        return None if is_same else descriptor
    files = [out / f"{table.short_name}.{file_format}" for table in _tables()]
    return next((file for file in files if file_format != "duckdb" and file.exists()), None)


def _tables() -> list[Table]:
    return [table for table in TABLES.values() if table.layer == "gold"]


def _columns(table: Table) -> list[Column]:
    return [column for column in table.columns if column.name != PARTITION_COLUMN]


def _names(table: Table) -> list[str]:
    return [column.name for column in _columns(table)]


def _descriptor(file_format: str, out: Path) -> Path:
    """Where the description goes: a folder may hold several databases, each with its own."""
    if file_format == "duckdb":
        return out.with_name(f"{out.stem}.{_DESCRIPTOR}")
    return out / _DESCRIPTOR


def _folder(file_format: str, out: Path) -> Path:
    return out.parent if file_format == "duckdb" else out


def _write_database(lakehouse: Lakehouse, tables: Iterable[Table], file: Path) -> Path:
    if "?" in str(file):
        # DuckDB reads what follows as a query, and writes its log to what stands before it.
        with tempfile.TemporaryDirectory() as plain:
            made = _write_database(lakehouse, tables, Path(plain) / "gold.duckdb")
            shutil.move(made, file)
        return file
    with duckdb.connect(str(file)) as database:
        for table in tables:
            database.register("stored", lakehouse.dataset(table, _names(table)))
            name = table.short_name
            columns = ", ".join(f'"{column}"' for column in _names(table))
            database.execute(f"create table {name} as select {columns} from stored")  # noqa: S608
            database.unregister("stored")
            database.execute(f"comment on table {name} is {_quoted(table.description)}")
            for column in _columns(table):
                comment = _quoted(column.description)
                database.execute(f'comment on column {name}."{column.name}" is {comment}')
    return file


def _write_table(lakehouse: Lakehouse, table: Table, file_format: str, folder: Path) -> str:
    name = f"{table.short_name}.{file_format}"
    target = _quoted(str(folder / name))
    with duckdb.connect() as database:
        database.register("stored", lakehouse.dataset(table, _names(table)))
        if file_format == "csv":
            columns = ", ".join(_cell(column) for column in _columns(table))
            options = "format csv, header true"
        else:
            columns = ", ".join(f'"{name}"' for name in _names(table))
            options = "format parquet, compression zstd"
        rows = f"select {columns} from stored"  # noqa: S608
        database.execute(f"copy ({rows}) to {target} ({options})")
    return name


def _cell(column: Column) -> str:
    """A column as text that a spreadsheet neither runs nor splits: lists are written as JSON."""
    kind = column.type.simpleString()
    if kind == "string":
        guarded = f"regexp_matches(\"{column.name}\", '{_FORMULA}')"
        text = f"case when {guarded} then '''' || \"{column.name}\" else \"{column.name}\" end"
        return f'{text} as "{column.name}"'
    if kind.startswith("array"):
        return f'to_json("{column.name}")::varchar as "{column.name}"'
    return f'"{column.name}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def describe(tables: Iterable[Table], file_format: str, files: list[str]) -> Mapping[str, Any]:
    """Return the tables as a Frictionless data package: columns, types, meanings and keys."""
    found = list(tables)
    paths = files * len(found) if file_format == "duckdb" else files
    return {
        "name": _PACKAGE,
        "title": "Films and their soundtrack releases",
        "version": __version__,
        "resources": [
            {
                "name": table.short_name,
                "path": path,
                "format": file_format,
                **({"dialect": {"table": table.short_name}} if file_format == "duckdb" else {}),
                "description": " ".join(filter(None, (table.description, attribution_of(table)))),
                "schema": {
                    "fields": list(_fields(table)),
                    "primaryKey": list(table.unique_key),
                    "foreignKeys": [
                        {
                            "fields": each.column,
                            "reference": {"resource": each.to_table, "fields": each.to_column},
                        }
                        for each in table.references
                    ],
                },
            }
            for table, path in zip(found, paths, strict=True)
        ],
    }


def _fields(table: Table) -> Iterator[dict[str, Any]]:
    for column in _columns(table):
        limits: dict[str, Any] = {} if column.nullable else {"required": True}
        if column.allowed:
            limits["enum"] = list(column.allowed)
        if column.bounds:
            limits |= {"minimum": column.bounds[0], "maximum": column.bounds[1]}
        yield {
            "name": column.name,
            "type": _FRICTIONLESS_TYPES.get(column.type.simpleString(), "array"),
            "description": column.description,
            **({"constraints": limits} if limits else {}),
        }
