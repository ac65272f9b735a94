"""What a stage gives back: its tables, and what a user should know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Readers of small tables start without pandas.
    import pandas as pd


READ_AS_TABLE, REMARK_A_ROW = "is read as a table: ", "a remark a row"
"""How notices begin that say what stands at the heads of its rows and columns, and the plainest of these."""

LEFT_OUT = "is left out"
"""How a notice begins that says that a whole file was not read; the report counts these."""


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Something a user should know that is not an error.

    Attributes:
        where: file and line, or table; relative to what the user gave.
        message: what happened and what it means, without text of a participant.
    """

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Output:
    """Tables by name, each conforming to its schema, notices, and other files of the study by name."""

    tables: Mapping[str, "pd.DataFrame"]
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
