"""Tables as their files hold them: read without pandas, which takes longer to import than a table to be printed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import TableError
from pipeline.core.schemas import ColumnType, get_schema

_ARROW: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "strings": pa.list_(pa.string()),
    "vector": pa.list_(pa.float32()),
}


def arrow_schema(name: str) -> pa.Schema:
    """Give the columns of a table as Parquet holds them."""
    return pa.schema([pa.field(column.name, _ARROW[column.type]) for column in get_schema(name).columns])


def read_arrow(path: Path, name: str) -> pa.Table:
    """Read a table as its file holds it.

    Raises:
        TableError: the file is absent, damaged, or of another version.
    """
    if not path.exists():
        raise TableError(f"table '{name}' is not there yet: run the analysis first ({path.name} is missing)")
    try:
        # Without threads and data sets, which cost a small table more than its reading.
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path.name} is damaged and cannot be read: run the analysis again with --force") from error
    if not table.schema.remove_metadata().equals(arrow_schema(name)):
        raise TableError(f"{path.name} was written by another version: run the analysis again with --force")
    return table


def read_rows(path: Path, name: str) -> list[list[Any]]:
    """Read the rows of a table in the order of its schema; what is absent is None, and comes first.

    Raises:
        TableError: the file is absent, damaged, or of another version.
    """
    schema = get_schema(name)
    columns = [column.to_pylist() for column in read_arrow(path, name).itercolumns()]
    rows = [[None if value != value else value for value in row] for row in zip(*columns, strict=True)]
    keys = [schema.column_names.index(key) for key in schema.sort]
    return sorted(rows, key=lambda row: [(row[key] is not None, row[key]) for key in keys])
