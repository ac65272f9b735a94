"""What the columns of a table hold, by the words at their heads or by what stands in them."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from pipeline.readers.document import Paragraph
from pipeline.readers.transcript_marks import find_hat, read_heading, read_time
from pipeline.readers.transcript_voices import read_label
from pipeline.vocabulary import Hat

Row: TypeAlias = tuple[list[Paragraph], ...]


class Column(StrEnum):
    """What a column holds."""

    SPEAKER = "speaker"
    TEXT = "text"
    HAT = "hat"
    TIME = "time"
    NUMBER = "number"
    DESCRIPTION = "description"


HEADS: Mapping[str, Column] = MappingProxyType(
    {
        **dict.fromkeys(
            ("spreker", "deelnemer", "wie", "naam", "persoon", "respondent", "speaker", "code", "stem", "auteur"),
            Column.SPEAKER,
        ),
        **dict.fromkeys(
            ("tekst", "uitspraak", "uitspraken", "opmerking", "opmerkingen", "notitie", "notities", "nota", "wat",
             "inhoud", "citaat", "citaten", "bijdrage", "gezegd", "text", "verslag", "inbreng"),
            Column.TEXT,
        ),
        **dict.fromkeys(("hoed", "denkhoed", "kleur", "hoeden", "hoedje"), Column.HAT),
        **dict.fromkeys(("tijd", "tijdcode", "tijdstip", "timecode", "start", "begin", "minuut"), Column.TIME),
        **dict.fromkeys(("nr", "nummer", "#", "regel", "volgnummer", "volgnr"), Column.NUMBER),
        **dict.fromkeys(("organisatie", "functie", "rol", "beschrijving", "achtergrond", "dienst"), Column.DESCRIPTION),
    }
)  # fmt: skip
MIN_SHARE, MAX_COLUMNS = 0.6, 64
_NUMBER = re.compile(r"\d{1,4}[.)]?")


def columns_by_head(row: Row) -> list[Column | None]:
    """Read what the columns hold off the words in the first row; empty where these are no heads."""
    heads = [HEADS.get(says(cell).casefold().strip(" :.").removesuffix("(s)")) for cell in row]
    known = {head for head in heads if head}
    return heads if len(known - {Column.NUMBER}) > 1 else []


def columns_by_content(rows: Sequence[Row], *, names_voices: bool) -> list[Column | None]:
    """Read what the columns hold off most of their cells.

    Args:
        rows: all rows, each as wide as the table.
        names_voices: the table lists participants, so that names in it are no turns of a talk.

    Returns:
        For each column what it holds, or None.
    """
    tests: dict[Column, Callable[[str], bool]] = {
        Column.HAT: lambda text: hat_in(text) is not None,
        Column.TIME: lambda text: read_seconds(text) is not None,
        Column.NUMBER: lambda text: _NUMBER.fullmatch(text) is not None,
        Column.SPEAKER: is_label,
    }
    columns: list[Column | None] = []
    rows = [row for row in rows if not is_banner(row)] or rows
    for i in range(len(rows[0])):
        said = [says(row[i]) for row in rows if row[i]]
        passed = (
            column
            for column, test in tests.items()
            if column not in columns and said and sum(map(test, said)) >= MIN_SHARE * len(said)
        )
        columns.append(next(passed, None))
    words = [0 if column else sum(len(says(row[i])) for row in rows) for i, column in enumerate(columns)]
    if any(words):
        longest = words.index(max(words))
        columns[longest] = Column.TEXT
        if Column.SPEAKER not in columns and not names_voices:
            names = _returning_names(rows, columns)
            columns = [Column.SPEAKER if i == names else column for i, column in enumerate(columns)]
    return columns


def _returning_names(rows: Sequence[Row], columns: Sequence[Column | None]) -> int | None:
    """Find a column of names: each could be a label, and most return, as they do in a talk."""
    for i, column in enumerate(columns):
        said = [says(row[i]) for row in rows if row[i]]
        if (
            column is None
            and said
            and all(read_label(f"{text.rstrip(': ')}:") for text in said)
            and len(set(said)) * 2 <= len(said)
        ):
            return i
    return None


def is_label(text: str) -> bool:
    """Tell whether a text is surely the label of a speaker: a code, a number, a role."""
    label = read_label(f"{text.rstrip(': ')}:")
    return label is not None and label.sure


def read_seconds(text: str) -> float | None:
    """Read a cell that holds nothing but a time code, in seconds."""
    found = read_time(text) or read_time(f"[{text}]")
    return found[1] if found and len(text) <= 30 else None


def says(cell: Sequence[Paragraph]) -> str:
    """Give what a cell says, on one line."""
    return " ".join(paragraph.text for paragraph in cell).strip()


def hat_in(text: str) -> Hat | None:
    """Read a cell that names a hat."""
    heading = read_heading(text, after_blank=True) if text else None
    return heading.hat if heading else find_hat(text)


def is_banner(row: Row) -> bool:
    """Tell whether a row has nothing but its first cell, as one that is merged over all columns."""
    return bool(row[0]) and not any(row[1:])
