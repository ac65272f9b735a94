"""Read and write tables: checked against their schema, written to a temporary name and renamed, private to the user."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import TableError, list_some
from pipeline.core.files import guard_formula, write_bytes
from pipeline.core.parquet import arrow_schema, read_arrow
from pipeline.core.schemas import Column, ColumnType, get_schema

ROWS_IN_GROUP = 100_000
"""Larger tables lie in row groups, so that they can be read in batches."""

_PANDAS: Mapping[ColumnType, str] = {
    "string": "str", "int": "Int64", "float": "float64", "bool": "bool", "strings": "object", "vector": "object",
}  # fmt: skip


def empty_table(name: str) -> pd.DataFrame:
    """Make a table without rows.

    >>> empty_table("embeddings").shape
    (0, 2)
    """
    return _empty(name).copy()


@cache
def _empty(name: str) -> pd.DataFrame:
    columns = get_schema(name).columns
    return pd.DataFrame({column.name: _as_column(pd.DataFrame(), column, name) for column in columns})


def table_from_rows(rows: Iterable[Mapping[str, Any]], name: str) -> pd.DataFrame:
    """Make a table from mappings of column to value; a missing column of a row is null."""
    return conform(pd.DataFrame(list(rows)), name)


def conform(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Bring a frame into the columns, types and row order of its schema, and check it.

    Args:
        frame: any columns order; nullable columns may be absent.
        name: name of the table.

    Returns:
        A new frame, sorted by the schema's sort columns, with a fresh index.

    Raises:
        TableError: columns, types, nulls, closed values or the key do not fit.
    """
    schema = get_schema(name)
    unknown = [column for column in frame.columns if column not in schema.column_names]
    absent = [c.name for c in schema.columns if c.name not in frame.columns and not (c.nullable or frame.empty)]
    if unknown or absent:
        raise TableError(f"table '{name}': columns missing {absent}, not in the schema {unknown}")
    if not len(frame):
        return empty_table(name)
    made = pd.DataFrame({column.name: _as_column(frame, column, name) for column in schema.columns})
    check(made, name)
    return made.sort_values(list(schema.sort), kind="stable", na_position="first").reset_index(drop=True)


def _as_column(frame: pd.DataFrame, column: Column, table: str) -> "pd.Series[Any]":
    if column.name not in frame.columns:
        values: pd.Series[Any] = pd.Series([None] * len(frame), dtype=object)
    else:
        values = frame[column.name].reset_index(drop=True)
    try:
        if column.type == "string":
            if values.dtype == "str":
                return values
            return values.astype("object").where(values.notna(), None).map(_as_text).astype("str")
        if column.type == "int":
            return values.astype("Int64")
        if column.type == "float":
            return values.astype("float64")
        if column.type == "bool":
            return values.astype("bool")
        if column.type == "strings":
            return pd.Series([[str(item) for item in value] for value in values], dtype=object)
        return pd.Series([np.asarray(value, dtype=np.float32) for value in values], dtype=object)
    except (TypeError, ValueError) as error:
        raise TableError(f"table '{table}': column '{column.name}' is not of type {column.type}") from error


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def check(frame: pd.DataFrame, name: str) -> None:
    """Check a frame against its schema.

    Args:
        frame: columns exactly as in the schema.
        name: name of the table.

    Raises:
        TableError: with every rule that is broken and the first rows that break it, never their text.
    """
    schema = get_schema(name)
    if tuple(frame.columns) != schema.column_names:
        raise TableError(f"table '{name}': columns are {list(frame.columns)}, not {list(schema.column_names)}")
    problems = [problem for column in schema.columns for problem in _column_problems(frame, column)]
    repeated = frame.duplicated(list(schema.key), keep=False)
    if repeated.any():
        problems.append(f"key {schema.key} repeats at rows {_rows(repeated)}")
    if problems:
        raise TableError(f"table '{name}' does not fit its schema: {'; '.join(problems)}")


def _column_problems(frame: pd.DataFrame, column: Column) -> list[str]:
    if column.nullable and not column.allowed:
        return []
    values = frame[column.name]
    null = values.isna() if column.type not in ("strings", "vector") else values.map(lambda value: value is None)
    problems = []
    if null.any() and not column.nullable:
        problems.append(f"'{column.name}' is empty at rows {_rows(null)}")
    if column.allowed:
        outside = ~null & ~values.isin(list(column.allowed))
        if outside.any():
            problems.append(f"'{column.name}' is not one of {', '.join(column.allowed)} at rows {_rows(outside)}")
    return problems


def is_as_read(frame: pd.DataFrame, name: str) -> bool:
    """Tell whether a checked frame has the index and the types that it would have after reading its file.

    >>> is_as_read(empty_table("topics"), "topics"), is_as_read(empty_table("topics").iloc[::-1], "topics")
    (True, False)
    """
    if not isinstance(frame.index, pd.RangeIndex) or (frame.index.start, frame.index.step) != (0, 1):
        return False
    return all(str(frame[column.name].dtype) == _PANDAS[column.type] for column in get_schema(name).columns)


def _rows(mask: "pd.Series[bool]") -> str:
    return list_some(np.flatnonzero(mask.to_numpy(dtype=bool)))


def write_table(frame: pd.DataFrame, path: Path, name: str) -> None:
    """Check a table and write it as Parquet, all or nothing, readable by its owner only.

    Raises:
        TableError: the table does not fit its schema; nothing is written.
    """
    write_bytes(path, to_parquet(frame, name))


def to_parquet(frame: pd.DataFrame, name: str) -> bytes:
    """Check a table and give it as Parquet.

    Raises:
        TableError: the table does not fit its schema.
    """
    check(frame, name)
    table = pa.Table.from_pandas(frame, schema=arrow_schema(name), preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", row_group_size=ROWS_IN_GROUP)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_table(path: Path, name: str, *, as_written: bool = False) -> pd.DataFrame:
    """Read a table and check it.

    Args:
        path: its file.
        name: name of the table.
        as_written: whether its bytes are known to be those that a stage wrote, which were checked and in order then.

    Raises:
        TableError: the file is absent, damaged, or does not fit the schema.
    """
    table = read_arrow(path, name)
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if not as_written:
        return conform(frame, name)
    for column in get_schema(name).columns:
        if column.type in ("strings", "vector"):
            frame[column.name] = _as_column(frame, column, name)
    return frame


def to_csv(frame: pd.DataFrame) -> str:
    r"""Render a table as CSV: lists as JSON, floats in full precision, empty for null, no text that is a formula.

    >>> to_csv(pd.DataFrame({"a": [1, None], "b": [["x", "y"], []]}))
    'a,b\n1.0,"[""x"", ""y""]"\n,[]\n'
    """
    shown = frame.copy()
    for name in shown.columns:
        if shown[name].map(lambda value: isinstance(value, list | np.ndarray)).any():
            shown[name] = shown[name].map(lambda value: json.dumps(np.asarray(value).tolist(), ensure_ascii=False))
        elif not pd.api.types.is_numeric_dtype(shown[name]):
            shown[name] = shown[name].map(lambda value: guard_formula(value) if isinstance(value, str) else value)
    return shown.to_csv(index=False, lineterminator="\n")
