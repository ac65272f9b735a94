"""The codebook as people choose from it: the codes of each scheme, the word for none, and how a cell is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.readers.codebook import CLOSED_SCHEMES, EXAMPLE_SEPARATOR, fold_code, nearest
from pipeline.readers.manual_coding import CODE_SEPARATOR, NO_CODE
from pipeline.vocabulary import LABELS, NEUTRAL_POLARITY, Scheme
from pipeline.worksheets import Column, Table

NONE = "geen"
NONE_WORDS = (NONE, "none", *NO_CODE[1:])

CODEBOOK_SHEET = "Codeboek"
_COLUMNS = (
    Column("scheme", 12),
    Column("code", 24),
    Column("parent", 18),
    Column("label", 28),
    Column("definition", 60),
    Column("examples", 70),
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a cell cannot be read, and how to mend it."""

    what: str
    fix: str


class Choices:
    """The codes that may be chosen in each scheme, in the order of the codebook."""

    def __init__(self, codebook: pd.DataFrame) -> None:
        """Gather the codes; schemes whose codes are fixed are there also when the codebook leaves them out.

        Args:
            codebook: the table of that name.
        """
        ordered = codebook.sort_values("position", kind="stable")
        found: dict[str, list[str]] = {}
        for scheme, code in zip(ordered["scheme"], ordered["code"], strict=True):
            found.setdefault(str(scheme), []).append(str(code))
        self.written = tuple(str(scheme) for scheme in Scheme if str(scheme) in found)
        self.codes: Mapping[str, tuple[str, ...]] = {
            str(scheme): tuple(found.get(str(scheme), CLOSED_SCHEMES.get(str(scheme), ())))
            for scheme in Scheme
            if str(scheme) in found or str(scheme) in CLOSED_SCHEMES
        }
        self._parents = {
            (str(scheme), str(code)): None if pd.isna(parent) else str(parent)
            for scheme, code, parent in zip(ordered["scheme"], ordered["code"], ordered["parent"], strict=True)
        }
        self._rows = ordered

    def parent(self, scheme: str, code: str) -> str | None:
        """Name the code above a code."""
        return self._parents.get((scheme, code))

    def none(self, scheme: str) -> str:
        """Give the word for *seen, and no code*; '-' where the codebook has a code of that name."""
        taken = {fold_code(code) for code in self.codes[scheme]}
        return "-" if NONE in taken else NONE

    def offered(self, scheme: str) -> tuple[str, ...]:
        """List what a drop-down offers: the codes, both polarities together, and none."""
        codes = self.codes[scheme]
        both = (CODE_SEPARATOR.join(codes),) if scheme == Scheme.POLARITY and len(codes) > 1 else ()
        return (*codes, *both, self.none(scheme))

    def read(self, scheme: str, cell: str) -> tuple[str, ...] | Unreadable:
        """Read a cell that is not empty: codes as the codebook writes them, in order; none is the empty tuple.

        Args:
            scheme: the scheme.
            cell: codes, separated by semicolons, or a word for none.
        """
        known = {fold_code(code): code for code in self.codes[scheme]}
        words = {*NONE_WORDS, NEUTRAL_POLARITY} if scheme == Scheme.POLARITY else {*NONE_WORDS}
        parts = [part.strip() for part in cell.split(CODE_SEPARATOR) if part.strip()]
        codes = [known.get(fold_code(part)) for part in parts]
        empty = [code is None and part.casefold() in words for part, code in zip(parts, codes, strict=True)]
        if parts and all(empty):
            return ()
        for part, code, is_none in zip(parts, codes, empty, strict=True):
            if is_none:
                return Unreadable(f"gives both a code of '{scheme}' and '{part}'", "Keep one of the two")
            if code is None:
                fix = nearest(part, list(self.codes[scheme]))
                return Unreadable(f"has the code '{part}', which is not in scheme '{scheme}' of the codebook", fix)
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    def table(self, schemes: Sequence[str]) -> Table:
        """Lay out the codebook of some schemes as a sheet."""
        rows: list[tuple[str | None, ...]] = []
        for scheme in schemes:
            if scheme not in self.written:
                rows += [(scheme, code, None, LABELS[code]["nl"], None, None) for code in self.codes[scheme]]
            for row in self._rows.loc[self._rows["scheme"] == scheme].to_dict("records"):
                texts = [None if pd.isna(row[name]) else str(row[name]) for name in ("parent", "label", "definition")]
                rows.append((scheme, str(row["code"]), *texts, EXAMPLE_SEPARATOR.join(row["examples"]) or None))
        return Table(name=CODEBOOK_SHEET, columns=_COLUMNS, rows=tuple(rows))
