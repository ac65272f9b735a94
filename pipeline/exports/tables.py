"""All tables as they are, for programs: CSV or Parquet, a file a table."""

from collections.abc import Iterator

import pandas as pd

from pipeline.report.material import Material
from pipeline.schemas import SCHEMAS
from pipeline.tables import to_csv, to_parquet


def export_csv(material: Material) -> dict[str, bytes]:
    """Give every table as CSV, UTF-8, lists as JSON; texts stay as they are, whatever they begin with."""
    return {f"{name}.csv": to_csv(table).encode() for name, table in _tables(material)}


def export_parquet(material: Material) -> dict[str, bytes]:
    """Give every table as Parquet."""
    return {f"{name}.parquet": to_parquet(table, name) for name, table in _tables(material)}


def _tables(material: Material) -> Iterator[tuple[str, pd.DataFrame]]:
    return ((name, material.table(name)) for name in SCHEMAS if name in material.tables)
