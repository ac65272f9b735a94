"""What the columns of a table in notes hold: by the word at their head, else by what stands in them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from pipeline.core.vocabulary import Hat
from pipeline.readers.documents.document import Paragraph, Table, flow
from pipeline.readers.notes.hats import ANY_COLOUR, abbreviated_hat, find_hat
from pipeline.readers.notes.labels import initials_of, read_label
from pipeline.readers.notes.marks import read_heading, read_time
from pipeline.readers.notes.speakers import is_given
from pipeline.readers.sheets.columns import HINTS, function_hats, may_be_name, read_hat
from pipeline.readers.words import read_meanings, read_words

TableRow: TypeAlias = tuple[list[Paragraph], ...]


class ColumnKind(StrEnum):
    """What a column holds."""

    SPEAKER = "speaker"
    TEXT = "text"
    HAT = "hat"
    TIME = "time"
    NUMBER = "number"
    DESCRIPTION = "description"
    SESSION = "session"


_BY_HINT = {
    "speaker": ColumnKind.SPEAKER, "text": ColumnKind.TEXT, "hat": ColumnKind.HAT, "time": ColumnKind.TIME,
    "organisation": ColumnKind.DESCRIPTION, "session": ColumnKind.SESSION,
}  # fmt: skip
HEADS: Mapping[str, ColumnKind] = {
    **{word: column for hint, column in _BY_HINT.items() for word in HINTS[hint]},
    **{word: ColumnKind(column) for word, column in read_meanings("documents").items()},
}
"""Words at the head of a column: those of sheets, and more that only stand in documents."""
MIN_SHARE = 0.6
_NUMBER = re.compile(r"\d{1,4}[.)]?")


def columns_by_head(row: TableRow) -> list[ColumnKind | None]:
    """Read what the columns hold off the words in the first row; empty where these are no heads."""
    heads = [read_head(cell_text(cell)) for cell in row]
    plain = [cell_text(cell).casefold().strip(" :.") for cell in row]
    if (
        ColumnKind.TEXT in heads
        and ColumnKind.SPEAKER not in heads
        and "van" in plain
        and not {"tot", "aan"} & set(plain)
    ):
        # Beside what was said, "van" heads who said it; before "tot" it heads an hour.
        heads[plain.index("van")] = ColumnKind.SPEAKER
    known = {head for head in heads if head}
    return heads if len(known - {ColumnKind.NUMBER}) > 1 else []


def read_head(text: str) -> ColumnKind | None:
    """Read one head, also where it says more than the word that is known: ``Wie (initialen)``."""
    plain = re.sub(r"\(.*?\)", "", text.casefold()).strip(" :.?!*").removesuffix("(s)")
    if plain in HEADS:
        return HEADS[plain]
    words = plain.split()
    if 1 < len(words) <= 5:
        said = {"gezegd", "said", "dit", "opmerking", "uitspraak", "citaat", "inbreng", "antwoord"}
        if said & set(words):
            return ColumnKind.TEXT
        if words[0] in ("wie", "who", "qui", "naam"):
            return ColumnKind.SPEAKER
    return None


def columns_by_content(
    rows: Sequence[TableRow], *, lists_people: bool, legend: Mapping[str, Hat] = MappingProxyType({})
) -> list[ColumnKind | None]:
    """Read what the columns hold off most of their cells.

    Args:
        rows: all rows, each as wide as the table.
        lists_people: the table lists participants, so that names in it are no turns of a talk.
        legend: what the notes say of short forms of hats.

    Returns:
        For each column what it holds, or None.
    """
    tests: dict[ColumnKind, Callable[[str], bool]] = {
        ColumnKind.TIME: lambda text: read_seconds(text) is not None,
        ColumnKind.NUMBER: lambda text: _NUMBER.fullmatch(text) is not None,
        ColumnKind.SPEAKER: is_label,
    }
    columns: list[ColumnKind | None] = []
    has_banners = any(is_banner(row) and hat_of_head(cell_text(row[0])) for row in rows)
    rows = [row for row in rows if not is_banner(row)] or rows
    for i in range(len(rows[0])):
        texts = [cell_text(row[i]) for row in rows if row[i]]
        passed = (
            column
            for column, test in tests.items()
            if column not in columns and texts and sum(map(test, texts)) >= MIN_SHARE * len(texts)
        )
        is_hat = ColumnKind.HAT not in columns and holds_hats(texts, legend)
        columns.append(ColumnKind.HAT if is_hat else next(passed, None))
    if ColumnKind.SPEAKER not in columns and not lists_people:
        has_hats = has_banners or ColumnKind.HAT in columns
        names = _find_names(rows, columns, has_hats=has_hats)
        columns = [ColumnKind.SPEAKER if i == names else column for i, column in enumerate(columns)]
    words = [0 if column else sum(len(cell_text(row[i])) for row in rows) for i, column in enumerate(columns)]
    if any(words):
        columns[words.index(max(words))] = ColumnKind.TEXT
    return columns


def holds_hats(cells: Sequence[str], legend: Mapping[str, Hat]) -> bool:
    """Tell whether most cells of a column name a hat, or all say what hats are about or are letters of three of them.

    >>> holds_hats(["wit", "Zwarte hoed", ""], {}), holds_hats(["W", "z", "ro"], {}), holds_hats(["W", "z", "w"], {})
    (True, True, False)
    """
    filled = [cell for cell in cells if cell]
    named = sum(hat_of_head(cell) is not None for cell in filled)
    letters = [legend.get(cell.casefold()) or abbreviated_hat(cell) for cell in filled if len(cell) <= MAX_LETTERS]
    return bool(filled) and (
        named >= MIN_SHARE * len(filled)
        or bool(function_hats(filled))
        or (len(letters) == len(filled) and all(letters) and len(set(letters)) > 2)
    )


MAX_LETTERS = 3


def _find_names(rows: Sequence[TableRow], columns: Sequence[ColumnKind | None], *, has_hats: bool) -> int | None:
    """Find a column of names: each could be a label, and most return, as they do in a talk.

    Beside hats, where a remark must be of somebody, half of the names may be of a form that is not known.
    """
    for i, column in enumerate(columns):
        texts = [cell_text(row[i]) for row in rows if row[i]]
        names = set(texts)
        if column is not None or not texts:
            continue
        read = [name for name in names if read_label(f"{name.rstrip(': ')}:")]
        if len(read) == len(names) and len(names) * 2 <= len(texts):
            return i
        counted = {match["what"].casefold() for name in names if (match := _COUNTED.fullmatch(name))}
        are_counted = len(counted) == 1 and not counted & _COUNTED_THINGS and all(map(_COUNTED.fullmatch, names))
        if has_hats and len(names) < len(texts) == len(rows) and all(map(may_be_name, names)) and (
            len(read) * 2 >= len(names) or are_counted
        ):  # fmt: skip
            return i
        is_short = all(len(name.split()) <= MAX_NAME_WORDS and name[-1] not in ".?!" for name in names)
        if is_short and sum(is_given(name) or is_label(name) for name in texts) >= MIN_SHARE * len(texts):
            # Those who speak once in a table are somebody where they bear a title or a first name.
            return i
    return None


MAX_NAME_WORDS = 5
_COUNTED = re.compile(r"(?P<what>[^\W\d_]{3,})\.?\s*\d{1,3}[a-z]?")
"""Those who are known by a number, as ``Huisnummer 12``."""
_COUNTED_THINGS = frozenset(read_words("sheet_words")["counted"])


def initials_beside(rows: Sequence[TableRow]) -> int | None:
    """Find the column of initials in a list of people: each row also holds the name that they shorten."""
    for i in range(len(rows[0])):
        shorts = [re.sub(r"[\s.]", "", cell_text(row[i])) for row in rows]
        full = [[cell_text(cell) for j, cell in enumerate(row) if j != i] for row in rows]
        pairs = zip(shorts, full, strict=True)
        if len(rows) > 1 and all(
            short.isupper() and any(short.casefold() in initials_of(name) for name in names) for short, names in pairs
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


def cell_text(cell: Sequence[Paragraph]) -> str:
    """Give what a cell says, on one line."""
    return " ".join(paragraph.text for paragraph in cell).strip()


def hat_in(text: str) -> Hat | None:
    """Read a cell that names a hat."""
    heading = read_heading(text, after_blank=True) if text else None
    return heading.hat if heading else find_hat(text)


def hat_of_head(text: str) -> Hat | None:
    """Read the hat that the head of a row or column names, also where more words stand beside it, as ``WIT feiten``."""
    if found := _HAT_AT_END.search(text):
        return find_hat(found["colour"])
    return hat_in(text) or (read_hat(text) if len(text) > MAX_LETTERS else None)


_HAT_AT_END = re.compile(rf"\s[(\[](?P<colour>{ANY_COLOUR})[)\]]\s*$", re.IGNORECASE)


def is_banner(row: TableRow) -> bool:
    """Tell whether a row has nothing but its first cell, as one that is merged over all columns."""
    return bool(row[0]) and not any(row[1:])


def hats_by_row(rows: Sequence[TableRow], column: int | None, legend: Mapping[str, Hat]) -> list[Hat | None]:
    """Read the hat of each row off a column, an empty cell as the one above it."""
    if column is None:
        return [None] * len(rows)
    by_function = function_hats((text for row in rows if (text := cell_text(row[column]))), is_headed=True)
    hats: list[Hat | None] = []
    for row in rows:
        text = cell_text(row[column])
        own = legend.get(text.casefold()) or hat_of_head(text) or by_function.get(text.casefold())
        hats.append(hats[-1] if not text and hats and not is_banner(row) else own or abbreviated_hat(text))
    return hats


def sessions_by_row(rows: Sequence[TableRow], column: int | None) -> list[str]:
    """Read the session of each row, an empty cell as the one above it; none where all are of one, or each its own."""
    names: list[str] = []
    for row in rows:
        own = cell_text(row[column]) if column is not None else ""
        names.append(own or (names[-1] if names else ""))
    return names if 1 < len(set(names)) < len(names) and all(names) else [""] * len(rows)


def is_tabular(rows: Sequence[Sequence[str]], *, min_columns: int = 3) -> bool:
    """Tell whether lines that hold the same number of cells are a table of remarks.

    A column of hats, or heads that are known, tell them from lines with a tab after the name of a speaker.

    Args:
        rows: cells of each line.
        min_columns: fewer are no table.

    >>> is_tabular([["An", "wit", "te ver"], ["Bo", "rood", "te duur"], ["An", "geel", "dichtbij"]])
    True
    """
    if len(rows) < MIN_DELIMITED or len(rows[0]) < min_columns:
        return False
    hats = [sum(abbreviated_hat(cell) is not None for cell in column) for column in zip(*rows, strict=True)]
    return max(hats) >= MIN_HAT_SHARE * len(rows) or len({head for cell in rows[0] if (head := read_head(cell))}) > 1


MIN_DELIMITED, MIN_HAT_SHARE = 3, 0.7


def holds_pairs(table: Table, column: int) -> bool:
    """Tell whether some rows hold a table of two columns in a column in which others hold remarks without one."""
    cells = [row[column] for row in table.rows if column < len(row)]
    inner = [block for cell in cells for block in cell.blocks if isinstance(block, Table)]
    others = [cell_text(flow(cell.blocks)) for cell in cells if not any(isinstance(b, Table) for b in cell.blocks)]
    is_pairs = all(len(row) == 2 for each in inner for row in each.rows)  # noqa: PLR2004
    return is_pairs and any(len(text.split()) > MAX_NAME_WORDS for text in others)


MAX_NAME_WORDS = 6


def join_pair(cells: Sequence[Sequence[Paragraph]]) -> list[Paragraph]:
    """Write a row of who and what as one remark, as those beside it are written: ``An: te ver``."""
    (who, *said), *rest = [[*cell] for cell in cells if cell] or [[Paragraph("", "")]]
    said += [paragraph for cell in rest for paragraph in cell]
    if not said or len(who.text.split()) > MAX_NAME_WORDS:
        return [who, *said]
    return [replace(said[0], text=f"{who.text.rstrip(': ')}: {said[0].text}"), *said[1:]]
