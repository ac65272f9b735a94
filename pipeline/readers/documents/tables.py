"""Tables in notes: who said it, under which hat, and what; they become the lines that notes without tables have.

A column is known by the word at its head, else by what stands in it. Understood are: speaker and text; a column with
hats; hats as the heads of columns or of rows; time codes; ``Datum | 14 maart 2024``; a list of participants. Any other
table is read cell by cell.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import TypeAlias

from pipeline.core.vocabulary import Hat
from pipeline.readers.documents.document import BULLET, Cell, Paragraph, Table, flow, split_paragraph
from pipeline.readers.notes.hats import HAT_ADJECTIVES, abbreviated_hat, are_hats, find_hat, hat_of_colour
from pipeline.readers.notes.header import FIELDS
from pipeline.readers.notes.labels import read_label
from pipeline.readers.notes.marks import bullet_length, read_heading, read_time, show_time
from pipeline.readers.sheets.columns import HINTS

TableRow: TypeAlias = tuple[list[Paragraph], ...]


class ColumnKind(StrEnum):
    """What a column holds."""

    SPEAKER = "speaker"
    TEXT = "text"
    HAT = "hat"
    TIME = "time"
    NUMBER = "number"
    DESCRIPTION = "description"


_BY_HINT = {
    "speaker": ColumnKind.SPEAKER, "text": ColumnKind.TEXT, "hat": ColumnKind.HAT, "time": ColumnKind.TIME,
    "organisation": ColumnKind.DESCRIPTION,
}  # fmt: skip
HEADS: Mapping[str, ColumnKind] = MappingProxyType(
    {
        **{word: column for hint, column in _BY_HINT.items() for word in HINTS[hint]},
        **dict.fromkeys(
            ("code", "deelnemers", "sprekers", "door", "wie zegt het", "wie zei het", "personne", "initiales",
             "wie sprak", "ouder", "leerling", "cliënt", "patiënt", "burger"),
            ColumnKind.SPEAKER,
        ),
        **dict.fromkeys(
            ("opmerkingen", "notities", "nota", "citaten", "verslag", "wat werd gezegd", "wat is gezegd",
             "wat gezegd", "wat zegt men", "antwoorden", "reacties", "quotes", "what was said", "remarks",
             "comment", "comments", "ce qui a été dit", "remarques", "texte", "contenu", "zegt", "zei",
             "wie en wat", "uitspraak/opmerking", "wat zei men", "punt", "punten", "idee", "ideeën"),
            ColumnKind.TEXT,
        ),
        **dict.fromkeys(
            ("hoeden", "hoedje", "ronde"),
            ColumnKind.HAT,
        ),
        **dict.fromkeys(
            ("minuut", "uur", "heure", "temps"),
            ColumnKind.TIME,
        ),
        **dict.fromkeys(
            ("nr", "nummer", "#", "regel", "volgnummer", "volgnr"),
            ColumnKind.NUMBER,
        ),
        **dict.fromkeys(
            ("functie", "rol", "beschrijving", "achtergrond", "dienst", "vanwege", "namens", "vertegenwoordigt",
             "vereniging"),
            ColumnKind.DESCRIPTION,
        ),
    }
)  # fmt: skip
"""Words at the head of a column: those of sheets, and more that only stand in documents."""
MIN_SHARE, MAX_COLUMNS, MAX_ROWS_ABOVE_HEADS = 0.6, 64, 3
_NOTHING = re.compile(r"[-–—/.]{1,3}|nvt|n\.v\.t\.?|niets|geen", re.IGNORECASE)
"""What people write in a cell that they leave empty."""
_NUMBER = re.compile(r"\d{1,4}[.)]?")


def columns_by_head(row: TableRow) -> list[ColumnKind | None]:
    """Read what the columns hold off the words in the first row; empty where these are no heads."""
    heads = [read_head(cell_text(cell)) for cell in row]
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


def columns_by_content(rows: Sequence[TableRow], *, lists_people: bool) -> list[ColumnKind | None]:
    """Read what the columns hold off most of their cells.

    Args:
        rows: all rows, each as wide as the table.
        lists_people: the table lists participants, so that names in it are no turns of a talk.

    Returns:
        For each column what it holds, or None.
    """
    tests: dict[ColumnKind, Callable[[str], bool]] = {
        ColumnKind.HAT: lambda text: hat_in(text) is not None,
        ColumnKind.TIME: lambda text: read_seconds(text) is not None,
        ColumnKind.NUMBER: lambda text: _NUMBER.fullmatch(text) is not None,
        ColumnKind.SPEAKER: is_label,
    }
    columns: list[ColumnKind | None] = []
    rows = [row for row in rows if not is_banner(row)] or rows
    for i in range(len(rows[0])):
        said = [cell_text(row[i]) for row in rows if row[i]]
        passed = (
            column
            for column, test in tests.items()
            if column not in columns and said and sum(map(test, said)) >= MIN_SHARE * len(said)
        )
        columns.append(next(passed, None))
    words = [0 if column else sum(len(cell_text(row[i])) for row in rows) for i, column in enumerate(columns)]
    if any(words):
        longest = words.index(max(words))
        columns[longest] = ColumnKind.TEXT
        if ColumnKind.SPEAKER not in columns and not lists_people:
            names = _returning_names(rows, columns)
            columns = [ColumnKind.SPEAKER if i == names else column for i, column in enumerate(columns)]
    return columns


def _returning_names(rows: Sequence[TableRow], columns: Sequence[ColumnKind | None]) -> int | None:
    """Find a column of names: each could be a label, and most return, as they do in a talk."""
    for i, column in enumerate(columns):
        said = [cell_text(row[i]) for row in rows if row[i]]
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


def cell_text(cell: Sequence[Paragraph]) -> str:
    """Give what a cell says, on one line."""
    return " ".join(paragraph.text for paragraph in cell).strip()


def hat_in(text: str) -> Hat | None:
    """Read a cell that names a hat."""
    heading = read_heading(text, after_blank=True) if text else None
    return heading.hat if heading else find_hat(text)


def is_banner(row: TableRow) -> bool:
    """Tell whether a row has nothing but its first cell, as one that is merged over all columns."""
    return bool(row[0]) and not any(row[1:])


_FIELD_KEYS = frozenset(FIELDS)
_PARTICIPANTS = frozenset(key for key, name in FIELDS.items() if name == "participants")


@dataclass(slots=True)
class Setting:
    """Where a table stands in its document, and what is not read of it.

    Attributes:
        level: depth of the last heading before it; 0 before the first.
        is_hat: that heading announced a hat.
        notes_level: depth of the heading under which participants' own notes stand; 0 where these are not open.
        lists_people: the paragraph right before it announces a list of participants.
        unread: columns that hold neither speaker, hat, time nor text.
        labels: names that stand in columns of speakers.
    """

    level: int = 0
    is_hat: bool = False
    notes_level: int = 0
    lists_people: bool = False
    unread: int = 0
    labels: list[str] = field(default_factory=list)

    @property
    def hat_level(self) -> int:
        """Depth for the heading of a hat inside the table."""
        return self.level if self.is_hat else self.level + 1


def read_table(table: Table, setting: Setting) -> list[Paragraph]:
    """Turn a table into paragraphs that the readers of notes understand.

    Args:
        table: the table.
        setting: where it stands; ``unread`` is counted up.

    Returns:
        Headings, items and lines such as ``D3 (zwart): ...``, in row order; column by column where hats are columns.
    """
    rows = _rows(_with_fills(table), setting)
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        return flow([table])
    if width < 2:
        return [paragraph for row in rows for cell in row for paragraph in cell]
    rows = [row + tuple([] for _ in range(width - len(row))) for row in rows]
    for i, row in enumerate(rows[:MAX_ROWS_ABOVE_HEADS]):
        if hats := _hats_of(row):
            above = [paragraph for titles in rows[:i] for cell in titles for paragraph in cell]
            return above + _hat_columns(rows[i + 1 :], hats, setting)
    columns = columns_by_head(rows[0])
    # ``Wie | Wat`` heads two columns; ``Wie | An, Bart`` is a field.
    if not columns and cell_text(rows[0][0]).casefold().rstrip(": ") in _FIELD_KEYS and width == 2:
        return [line for row in rows for line in _field(row)]
    body = rows[1:] if columns else rows
    columns = columns or columns_by_content(rows, lists_people=setting.lists_people)
    if _holds(columns, ColumnKind.SPEAKER, ColumnKind.DESCRIPTION) or (
        setting.lists_people and _holds(columns, ColumnKind.SPEAKER)
    ):
        return list(_people(body, columns, setting))
    if ColumnKind.TEXT not in columns or not {ColumnKind.SPEAKER, ColumnKind.HAT} & set(columns):
        return [replace(p, item=p.item or "") for row in rows for cell in row for p in cell]
    setting.unread += sum(column is None and any(row[i] for row in body) for i, column in enumerate(columns))
    if ColumnKind.SPEAKER in columns:
        found = (cell_text(row[columns.index(ColumnKind.SPEAKER)]).rstrip(": ") for row in body)
        setting.labels += [name for name in found if name and name not in setting.labels]
    return list(_remarks(body, columns, setting))


def _with_fills(table: Table) -> Table:
    """Put the hats in whose colours the cells of rows are filled in a column of their own, where no text names one."""
    hats = [next((hat for cell in row if (hat := hat_of_colour(cell.fill))), None) for row in table.rows]
    said = [[cell_text(flow(cell.blocks)) for cell in row] for row in table.rows]
    is_striped = any(len({hat_of_colour(cell.fill) for cell in row} - {None}) > 1 for row in table.rows)
    if not are_hats(hats) or is_striped or any(hat_in(text) for texts in said for text in texts):
        return table
    is_headed = len({head for text in said[0] if (head := read_head(text))} - {ColumnKind.NUMBER}) > 1
    names = ["Hoed" if is_headed and i == 0 else str(hat or "") for i, hat in enumerate(hats)]
    place = next((paragraph.place for row in table.rows for cell in row for paragraph in flow(cell.blocks)), "")
    cells = [Cell((Paragraph(name, place),) if name else ()) for name in names]
    return Table(tuple((cell, *row) for cell, row in zip(cells, table.rows, strict=True)))


def _holds(columns: Sequence[ColumnKind | None], *wanted: ColumnKind) -> bool:
    return set(wanted) <= set(columns)


def _rows(table: Table, setting: Setting) -> list[TableRow]:
    """Read the cells, nested tables included; a cell that is merged with the one above it says the same."""
    rows: list[TableRow] = []
    for row in table.rows:
        cells: list[list[Paragraph]] = []
        for cell in row:
            above = rows[-1][len(cells)] if cell.goes_on and rows and len(cells) < len(rows[-1]) else None
            is_short = above is not None and len(cell_text(above).split()) <= 6
            cells.append(list(above) if above and is_short else _paragraphs(cell, setting))
            cells.extend([] for _ in range(min(cell.span, MAX_COLUMNS) - 1))
        if any(cells):
            rows.append(tuple(cells))
    return rows


def _paragraphs(cell: Cell, setting: Setting) -> list[Paragraph]:
    found: list[Paragraph] = []
    for block in cell.blocks:
        found += split_paragraph(block) if isinstance(block, Paragraph) else read_table(block, setting)
    return [paragraph for paragraph in found if paragraph.text.strip()]


def _hats_of(row: TableRow) -> dict[int, Hat]:
    hats = {i: hat for i, cell in enumerate(row) if (hat := hat_in(cell_text(cell)))}
    return hats if len(hats) > 1 and len(hats) >= len(row) - 1 else {}


def _hat_columns(rows: Sequence[TableRow], hats: Mapping[int, Hat], setting: Setting) -> list[Paragraph]:
    who = next((i for i in range(len(rows[0])) if i not in hats), None) if rows else None
    found: list[Paragraph] = []
    for i, hat in hats.items():
        filled = [row for row in rows if row[i]]
        if filled:
            found.append(_hat_heading(hat, filled[0][i][0].place, setting))
        for row in filled:
            label = cell_text(row[who]) if who is not None else ""
            said = [paragraph for paragraph in row[i] if not _NOTHING.fullmatch(paragraph.text.strip())]
            # In a matrix each paragraph of a cell is a remark.
            found += [line for paragraph in said for line in _said([paragraph], label=label)]
        if who is not None:
            setting.labels += [name for row in filled if (name := cell_text(row[who])) and name not in setting.labels]
    return found


def _hat_heading(hat: Hat, place: str, setting: Setting) -> Paragraph:
    return Paragraph(f"{HAT_ADJECTIVES[hat].capitalize()} hoed", place, heading=setting.hat_level)


def _field(row: TableRow) -> Iterator[Paragraph]:
    key, values = cell_text(row[0]).rstrip(": "), row[1]
    place = (row[0] or values)[0].place
    if len(values) > 1 and key.casefold() in _PARTICIPANTS:
        yield Paragraph(f"{key}:", place)
        yield from (replace(value, item=BULLET, heading=0) for value in values)
    elif key:
        yield Paragraph(f"{key}: {', '.join(value.text for value in values)}", place)
    else:
        yield from values


def _people(rows: Sequence[TableRow], columns: Sequence[ColumnKind | None], setting: Setting) -> Iterator[Paragraph]:
    if not setting.lists_people:
        yield Paragraph("Deelnemers:", next(cell for row in rows for cell in row if cell)[0].place)
    speaker = columns.index(ColumnKind.SPEAKER)
    for row in rows:
        described = ", ".join(cell_text(cell) for i, cell in enumerate(row) if i != speaker and cell)
        name = cell_text(row[speaker])
        place = next(cell for cell in row if cell)[0].place
        yield Paragraph(f"{name} ({described})" if name and described else name or described, place, item=BULLET)


def _remarks(rows: Sequence[TableRow], columns: Sequence[ColumnKind | None], setting: Setting) -> Iterator[Paragraph]:
    """Read rows with a text; hats become headings where each has one stretch of rows, else they go with the text."""
    at = {column: i for i, column in enumerate(columns) if column}
    hats = _hats_by_row(rows, at.get(ColumnKind.HAT))
    runs = [hat for hat, _ in groupby(hats)]
    as_headings = len(runs) == len(set(runs)) and not (setting.notes_level and ColumnKind.SPEAKER in at)
    before: Hat | None = None
    speaker, asked, spoken_under = "", False, None
    for row, hat in zip(rows, hats, strict=True):
        place = next(cell for cell in row if cell)[0].place
        if is_banner(row) and (heading := read_heading(cell_text(row[0]), after_blank=True)):
            yield Paragraph(heading.title, place, heading=setting.hat_level)
            continue
        if as_headings and hat and hat != before:
            yield _hat_heading(hat, place, setting)
        before = hat
        cells = {column: row[i] for column, i in at.items()}
        seconds = read_seconds(cell_text(cells.get(ColumnKind.TIME, [])))
        label = cell_text(cells.get(ColumnKind.SPEAKER, []))
        # An empty cell goes on with the one above; who answers a question is not the one who asked it.
        label = label or (speaker if hat == spoken_under and not asked else "")
        speaker, spoken_under, asked = label, hat, cell_text(cells[ColumnKind.TEXT]).endswith("?")
        tag = "" if as_headings or not hat else str(hat)
        said = _said(cells[ColumnKind.TEXT], label=label, tag=tag)
        if said and seconds is not None and not said[0].item:
            said[0] = replace(said[0], text=f"[{show_time(seconds)}] {said[0].text}")
        yield from said


def _hats_by_row(rows: Sequence[TableRow], column: int | None) -> list[Hat | None]:
    hats: list[Hat | None] = []
    for row in rows:
        own = hat_in(cell_text(row[column])) or abbreviated_hat(cell_text(row[column])) if column is not None else None
        is_blank = column is not None and not row[column]
        hats.append(hats[-1] if is_blank and hats and not is_banner(row) else own)
    return hats


def _said(cell: Sequence[Paragraph], *, label: str = "", tag: str = "") -> list[Paragraph]:
    """Write what stands in a cell as a turn of its speaker, or as items of a list where it has none."""
    if not cell:
        return []
    if label:
        opening = f"{label.rstrip(': ')}{f' ({tag})' if tag else ''}:"
        if cell[0].item:
            return [Paragraph(opening, cell[0].place), *cell]
        return [replace(cell[0], text=f"{opening} {cell[0].text}", heading=0, is_bold=False), *cell[1:]]
    mark = f"[{tag}] " if tag else ""
    return [
        replace(p, text=f"{mark}{_bare(p.text)}", item=p.item or _mark(p.text), heading=0, is_bold=False) for p in cell
    ]


def _bare(text: str) -> str:
    return text[bullet_length(text) :]


def _mark(text: str) -> str:
    return "" if read_label(text) and is_label(text.split(":")[0]) else BULLET
