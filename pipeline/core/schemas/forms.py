"""The form of a table: columns with type and meaning, key, printing order; and the columns that many tables share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from pipeline.core.vocabulary import Scheme

Row: TypeAlias = Mapping[str, Any]
"""One row of a table: column to value. Whoever makes rows writes ``dict[str, Any]``; whoever reads them, this."""
ColumnType: TypeAlias = Literal["string", "int", "float", "bool", "strings", "vector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: as printed and stored.
        type: ``string``, ``int``, ``float``, ``bool``, ``strings`` (a list) or ``vector`` (float32).
        meaning: one line a reader understands.
        nullable: whether a value may be absent.
        allowed: the closed set of values, or empty when it is open.
    """

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """One table: what a row is, its columns, its key and its printing order."""

    name: str
    row: str
    key: tuple[str, ...]
    sort: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Find one column by name."""
        return next(column for column in self.columns if column.name == name)


def column(
    name: str, kind: ColumnType, meaning: str, *, nullable: bool = False, allowed: Iterable[StrEnum | str] = ()
) -> Column:
    """Make a column; see `Column`."""
    return Column(name=name, type=kind, meaning=meaning, nullable=nullable, allowed=tuple(str(a) for a in allowed))


def table(name: str, row: str, key: Sequence[str], sort: Sequence[str], *columns: Column) -> TableSchema:
    """Make a table; see `TableSchema`."""
    return TableSchema(name=name, row=row, key=tuple(key), sort=tuple(sort), columns=columns)


SCHEME = column("scheme", "string", "which part of the codebook", allowed=Scheme)
FRAGMENT = column("fragment_id", "string", "hash of session, normalised text and occurrence number")
SESSION = column("session", "string", "the dialogue table; the unit of resampling")
PLACE = column("place", "string", "page, paragraph, cell or time in the file, where it has those", nullable=True)
SPAN = (
    column("char_start", "int", "first character in the source after line endings are normalised"),
    column("char_end", "int", "one past the last character"),
)
CODING = (
    column("coder", "string", "who codes; machine coders begin with 'machine-'"),
    FRAGMENT,
    SCHEME,
    column("code", "string", "a code of the codebook, or a topic id of the machine"),
    column("rank", "int", "1 is the coder's first code of this scheme for this fragment"),
    column("score", "float", "how sure a machine is, in [0, 1]: it ranks and is no probability", nullable=True),
    column("fold", "int", "the fold in which the machine had not seen this fragment's manual code", nullable=True),
    *SPAN,
)
ESTIMATE = column("estimate", "float", "the figure; empty when undefined", nullable=True)
DOUBT = (
    column("low", "float", "lower end of the 95 % interval", nullable=True),
    column("high", "float", "upper end", nullable=True),
)
UNIT = column("unit", "string", "what was left out in turn for the interval")
CHANCE = column("chance", "float", "the same figure under chance", nullable=True)
P = column("p", "float", "permutation p-value", nullable=True)
REASON = column("reason", "string", "why a figure is undefined, or what it lacks", nullable=True)
COMPARISON = column("comparison", "string", "the coders compared, joined by ' | '")
CODER = column("coder", "string", "the human coder")
CODE = column("code", "string", "a code of the codebook")
POSITION = column("position", "int", "printing order")
P_MOVED = column("p_moved", "float", "p-value when whole blocks move, adjusted for topics and codes", nullable=True)
LIFT = column("lift", "float", "times as often as chance", nullable=True)
STANCE_SCHEMES = (Scheme.HAT, Scheme.SENTIMENT, Scheme.POLARITY)
CODING_KEY = ("coder", "fragment_id", "scheme", "code")
CODING_SORT = ("coder", "scheme", "fragment_id", "rank", "code")
