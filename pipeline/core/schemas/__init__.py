"""Every table, written once: its columns, their types and meaning, its key. Checked on write and on read.

A table has one writer (``pipeline.run.stages``) and prints in the order of its ``sort`` columns.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from pipeline.core.errors import InputError
from pipeline.core.schemas import agreement, analysis, sources
from pipeline.core.schemas.forms import Column, ColumnType, TableSchema

__all__ = ["SCHEMAS", "Column", "ColumnType", "TableSchema", "get_schema"]

SCHEMAS: Mapping[str, TableSchema] = MappingProxyType(
    {schema.name: schema for part in (sources, analysis, agreement) for schema in part.TABLES}
)


def get_schema(name: str) -> TableSchema:
    """Find the schema of a table.

    Args:
        name: name of the table.

    Returns:
        Its schema.

    Raises:
        InputError: there is no such table; the nearest known name is offered.

    >>> get_schema("embeddings").column_names
    ('fragment_id', 'vector')
    """
    if name in SCHEMAS:
        return SCHEMAS[name]
    near = get_close_matches(name, SCHEMAS, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known tables: {', '.join(SCHEMAS)}"
    raise InputError.single("table", f"there is no table '{name}'", hint)
