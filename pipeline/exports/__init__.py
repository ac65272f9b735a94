"""What a study can be exported to: each form once, with who makes it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import to_csv, to_parquet
from pipeline.corpus.attributes import PREFIX, join_attributes
from pipeline.report.inputs import ReportInputs


def export_csv(inputs: ReportInputs) -> dict[str, bytes]:
    """Give every table as CSV, UTF-8, lists as JSON; texts stay as they are, whatever they begin with.

    Attributes stand in a table of their own, and once more as columns ``attribute | age`` behind the fragments.
    """
    tables = dict(_tables(inputs))
    if "fragments" in tables:
        attributes = join_attributes(tables["fragments"], inputs.table("attributes"))
        tables["fragments"] = tables["fragments"].join(attributes.add_prefix(PREFIX))
    return {f"{name}.csv": to_csv(table).encode() for name, table in tables.items()}


def export_parquet(inputs: ReportInputs) -> dict[str, bytes]:
    """Give every table as Parquet."""
    return {f"{name}.parquet": to_parquet(table, name) for name, table in _tables(inputs)}


def _tables(inputs: ReportInputs) -> Iterator[tuple[str, pd.DataFrame]]:
    return ((name, inputs.table(name)) for name in SCHEMAS if name in inputs.tables)


Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One form.

    Attributes:
        name: as asked for, and the suffix of the file.
        function: ``module:function`` that takes the inputs and gives bytes, or the files of a folder by name.
        full_function: the same with every table; empty where it is the same.
        is_folder: whether it is a folder of files.
        needs_blanks: whether it holds whole texts, with what is blank between remarks.
        holds_words: whether it holds the words of participants.
        meaning: one line for messages.
    """

    name: str
    function: str
    full_function: str = ""
    is_folder: bool = False
    needs_blanks: bool = False
    holds_words: bool = True
    meaning: str

    def make(self, inputs: ReportInputs, *, every: bool = False) -> bytes | Files:
        """Make it; the same bytes for the same tables."""
        module, _, name = ((every and self.full_function) or self.function).partition(":")
        function: Callable[[ReportInputs], Any] = getattr(import_module(module), name)
        made: bytes | Files = function(inputs)
        return made


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        target.name: target
        for target in (
            Target(
                name="qdpx",
                function="pipeline.exports.qda:export_project",
                needs_blanks=True,
                meaning="a REFI-QDA project for ATLAS.ti, MAXQDA, NVivo, QualCoder and others",
            ),
            Target(
                name="qdc",
                function="pipeline.exports.qda:export_codebook",
                holds_words=False,
                meaning="a REFI-QDA codebook",
            ),
            Target(
                name="xlsx",
                function="pipeline.report.workbook:render_workbook",
                full_function="pipeline.report.workbook:render_full_workbook",
                meaning="a workbook: fragments with all their codes, themes, figures, quotes; --all adds every table",
            ),
            Target(name="docx", function="pipeline.exports.docx:export_document", meaning="a working paper"),
            Target(
                name="csv",
                function="pipeline.exports:export_csv",
                is_folder=True,
                meaning="every table as CSV",
            ),
            Target(
                name="parquet",
                function="pipeline.exports:export_parquet",
                is_folder=True,
                meaning="every table as Parquet",
            ),
        )
    }
)


def get_target(name: str) -> Target:
    """Find a form by name.

    Raises:
        InputError: there is no such form.

    >>> get_target("QDPX").meaning
    'a REFI-QDA project for ATLAS.ti, MAXQDA, NVivo, QualCoder and others'
    """
    if name.lower() not in TARGETS:
        raise InputError.single("--to", f"there is no form '{name}'", f"Choose one of {', '.join(TARGETS)}")
    return TARGETS[name.lower()]
