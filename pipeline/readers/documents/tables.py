"""Tables in notes: who said it, under which hat, and what; they become the lines that notes without tables have.

Understood are: a remark a row, with speaker, hat, session or time code beside it; hats, people or sessions as the heads
of columns or of rows; cells with the name of a hat above what they say; ``Datum | 14 maart 2024``; a list of
participants. Any other table is read cell by cell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from pipeline.core.errors import REMARK_A_ROW
from pipeline.core.vocabulary import Hat
from pipeline.readers.documents.document import BULLET, Block, Cell, Paragraph, Table, flow, split_paragraph
from pipeline.readers.documents.table_columns import (
    MIN_SHARE,
    ColumnKind,
    TableRow,
    cell_text,
    columns_by_content,
    columns_by_head,
    hat_in,
    hat_of_head,
    hats_by_row,
    holds_pairs,
    initials_beside,
    is_banner,
    is_label,
    is_tabular,
    join_pair,
    read_head,
    read_seconds,
    sessions_by_row,
)
from pipeline.readers.notes.hats import HAT_ADJECTIVES, are_hats, hat_of_colour
from pipeline.readers.notes.header import FIELDS, IN_SERIES
from pipeline.readers.notes.labels import read_label
from pipeline.readers.notes.marks import bullet_length, read_heading, show_time
from pipeline.readers.sheets.cells import mean_words
from pipeline.readers.sheets.columns import LONG_WORDS, find_crosses
from pipeline.readers.sheets.shapes import Shape, find_matrix

MAX_COLUMNS, MAX_HEAD_ROWS = 64, 4
_QUOTES = "\"“”„«»‘’' "
_NOTHING = re.compile(r"[-–—/.]{1,3}|nvt|n\.v\.t\.?|niets|geen", re.IGNORECASE)
"""What people write in a cell that they leave empty."""

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
        legend: what the notes say of short forms of hats.
        read_as: what stands at the heads of the rows and columns of each table that is read as such.
    """

    level: int = 0
    is_hat: bool = False
    notes_level: int = 0
    lists_people: bool = False
    unread: int = 0
    labels: list[str] = field(default_factory=list)
    legend: Mapping[str, Hat] = field(default_factory=dict)
    read_as: list[str] = field(default_factory=list)

    @property
    def hat_level(self) -> int:
        """Depth for the heading of a hat inside the table."""
        return self.level if self.is_hat else self.level + 1


def draw_tables(blocks: Sequence[Block]) -> list[Block]:
    """Make tables of paragraphs that hold the same number of cells, set apart by tabs."""
    made: list[Block] = []
    for n_tabs, run in groupby(blocks, lambda block: block.text.count("\t") if isinstance(block, Paragraph) else 0):
        found = [*run]
        lines = [block for block in found if isinstance(block, Paragraph) and n_tabs]
        cells = [[cell.strip() for cell in line.text.split("\t")] for line in lines]
        made += [_drawn(lines, cells)] if is_tabular(cells, min_columns=2) else found
    return made


def _drawn(lines: Sequence[Paragraph], cells: Sequence[Sequence[str]]) -> Table:
    plain = [replace(line, is_bold=False, lead="") for line in lines]
    pairs = zip(plain, cells, strict=True)
    return Table(tuple(tuple(Cell((replace(line, text=text),)) for text in texts) for line, texts in pairs))


def read_table(table: Table, setting: Setting) -> list[Paragraph]:
    """Turn a table into paragraphs that the readers of notes understand.

    Args:
        table: the table.
        setting: where it stands; ``unread`` is counted up.

    Returns:
        Headings, items and lines such as ``D3 (zwart): ...``, in row order; session by session where the table has a
        column or a head for these, and column by column where hats are columns.
    """
    rows = _rows(_with_fills(table), setting)
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        return flow([table])
    if width < 2:
        return [paragraph for row in rows for cell in row for paragraph in cell]
    rows = [row + tuple([] for _ in range(width - len(row))) for row in rows]
    return [line for part in _split_by_heads(rows) for line in _read_rows(part, setting)]


def _split_by_heads(rows: Sequence[TableRow]) -> Iterator[Sequence[TableRow]]:
    """Split a table before each row that names other hats than the one above the cells so far; a head comes once."""
    heads = {i: hats for i, row in enumerate(rows) if len(hats := _hats_alone(row)) > 1}
    kept: list[TableRow] = []
    shown: tuple[Hat, ...] = ()
    for i, row in enumerate(rows):
        if heads.get(i) == shown and shown:
            continue
        if i in heads:
            if shown:
                yield kept
                kept = []
            shown = heads[i]
        kept.append(row)
    yield kept


def _hats_alone(row: TableRow) -> tuple[Hat, ...]:
    """Give the hats of a row of which each cell names one and says no more; none where one says something else."""
    hats = [hat_of_head(cell_text(cell)) for cell in row if cell]
    return tuple(hat for hat in hats if hat) if all(hats) else ()


def _read_rows(rows: Sequence[TableRow], setting: Setting) -> list[Paragraph]:
    lines: list[Paragraph] = []
    for i, name in _sessions_side_by_side(rows).items():
        lines += _session_heading(name, rows[0][i][0].place, setting) + _column(rows[1:], i, setting)
    if lines:
        setting.read_as.append("sessions side by side")
        return lines
    if (short := initials_beside(rows)) is not None:
        return list(_people(rows, [ColumnKind.SPEAKER if i == short else None for i in range(len(rows[0]))], setting))
    if _bear_hats(rows):
        setting.read_as.append("a hat a cell")
        return [line for row in rows for cell in row if cell for line in _cell_below_hat(cell, setting)]
    head, columns = _find_head(rows)
    strings = [[cell_text(cell) for cell in row] for row in rows]
    crosses = find_crosses(strings[head], strings[head + 1 :], setting.legend) if columns else {}
    shape = None if crosses else find_matrix(strings, MAX_HEAD_ROWS, min_words=0)
    if shape and not (columns and not any(each.hat for each in shape.answers.values())) and _is_matrix(shape):
        above = [paragraph for row in rows[: shape.head] for cell in row for paragraph in cell]
        return above + _write(list(_matrix(rows, shape, setting)), setting, as_headings=True)
    # ``Wie | Wat`` heads two columns; ``Wie | An, Bart`` is a field.
    if not columns and strings[0][0].casefold().rstrip(": ") in _FIELD_KEYS and len(rows[0]) == 2:
        return [line for row in rows for line in _field(row)]
    above = [paragraph for row in rows[:head] for cell in row for paragraph in cell] if columns else []
    body = [row for row, texts in zip(rows, strings, strict=True) if texts != strings[head]] if columns else rows
    body = body[head:] if columns else body
    columns = columns or columns_by_content(rows, lists_people=setting.lists_people, legend=setting.legend)
    return above + _read_columns(rows, body, columns, crosses, setting)


def _read_columns(
    rows: Sequence[TableRow], body: Sequence[TableRow], columns: list[ColumnKind | None], crosses: Mapping[int, Hat],
    setting: Setting,
) -> list[Paragraph]:  # fmt: skip
    """Read a table with a remark a row, or a list of people; any other one cell by cell."""
    text = columns.index(ColumnKind.TEXT) if ColumnKind.TEXT in columns else None
    speaks = text is not None and mean_words([cell_text(row[text]) for row in body if row[text]]) >= LONG_WORDS
    is_list = setting.lists_people or (ColumnKind.DESCRIPTION in columns and not speaks)
    if ColumnKind.SPEAKER in columns and (is_list or (ColumnKind.SESSION in columns and text is None)):
        return list(_people(body, columns, setting))
    if ColumnKind.TEXT not in columns or not {ColumnKind.SPEAKER, ColumnKind.HAT} & set(columns):
        return [replace(p, item=p.item or "") for row in rows for cell in row for p in cell]
    setting.unread += sum(
        column is None and i not in crosses and any(row[i] for row in body) for i, column in enumerate(columns)
    )
    listed: list[Paragraph] = []
    if _holds(columns, ColumnKind.SPEAKER, ColumnKind.DESCRIPTION):
        names, about = columns.index(ColumnKind.SPEAKER), columns.index(ColumnKind.DESCRIPTION)
        once = {cell_text(row[names]): (row[names], row[about]) for row in body if row[names] and row[about]}
        listed = list(_people([*once.values()], [ColumnKind.SPEAKER, ColumnKind.DESCRIPTION], setting))
    setting.read_as.append(REMARK_A_ROW)
    if ColumnKind.SPEAKER in columns:
        found = (cell_text(row[columns.index(ColumnKind.SPEAKER)]).rstrip(": ") for row in body)
        setting.labels += [name for name in found if name and name not in setting.labels]
    remarks = list(_remarks(body, columns, crosses, setting))
    hats = [[hat for hat, _ in groupby(each.hat for each in remarks if each.session == session)]
            for session in dict.fromkeys(each.session for each in remarks)]  # fmt: skip
    of_notes = setting.notes_level and ColumnKind.SPEAKER in columns
    as_headings = all(len(runs) == len(set(runs)) for runs in hats) and not of_notes
    has_banners = ColumnKind.HAT not in columns and not crosses
    return listed + _write(remarks, setting, as_headings=has_banners or as_headings)


def _with_fills(table: Table) -> Table:
    """Put the hats in whose colours the cells of rows are filled in a column of their own, where no text names one."""
    hats = [next((hat for cell in row if (hat := hat_of_colour(cell.fill))), None) for row in table.rows]
    cell_texts = [[cell_text(flow(cell.blocks)) for cell in row] for row in table.rows]
    is_striped = any(len({hat_of_colour(cell.fill) for cell in row} - {None}) > 1 for row in table.rows)
    if not are_hats(hats) or is_striped or any(hat_in(text) for texts in cell_texts for text in texts):
        return table
    is_headed = len({head for text in cell_texts[0] if (head := read_head(text))} - {ColumnKind.NUMBER}) > 1
    names = ["Hoed" if is_headed and i == 0 else str(hat or "") for i, hat in enumerate(hats)]
    place = next((paragraph.place for row in table.rows for cell in row for paragraph in flow(cell.blocks)), "")
    cells = [Cell((Paragraph(name, place),) if name else ()) for name in names]
    return Table(tuple((cell, *row) for cell, row in zip(cells, table.rows, strict=True)))


def _holds(columns: Sequence[ColumnKind | None], *wanted: ColumnKind) -> bool:
    return set(wanted) <= set(columns)


def _rows(table: Table, setting: Setting) -> list[TableRow]:
    """Read the cells; one that is merged with the one above it says the same, and so do those beside a nested table."""
    rows: list[TableRow] = []
    for row in table.rows:
        inner = [(i, block) for i, cell in enumerate(row) for block in cell.blocks if isinstance(block, Table)]
        is_form = len(inner) == 1 and len(row) > 1 and max((len(each) for each in inner[0][1].rows), default=0) > 1
        cells: list[list[Paragraph]] = []
        for i, cell in enumerate(row):
            above = rows[-1][len(cells)] if cell.goes_on and rows and len(cells) < len(rows[-1]) else None
            is_short = above is not None and len(cell_text(above).split()) <= MAX_CARRIED_WORDS
            if is_form and i == inner[0][0]:
                own = tuple(block for block in cell.blocks if not isinstance(block, Table))
                cells.append(_paragraphs(replace(cell, blocks=own), setting))
            else:
                cells.append(list(above) if above and is_short else _paragraphs(cell, setting))
            cells.extend([] for _ in range(min(cell.span, MAX_COLUMNS) - 1))
        if is_form and holds_pairs(table, inner[0][0]):
            for pair in inner[0][1].rows:
                cells[inner[0][0]] += join_pair([_paragraphs(cell, setting) for cell in pair])
            is_form = False
        if is_form and not cells[inner[0][0]] and all(len(cell_text(cell).split()) <= MAX_HEAD_WORDS for cell in cells):
            beside = [cell for i, cell in enumerate(cells) if i != inner[0][0]]
            rows += [(*beside, *each) for each in _rows(inner[0][1], setting)]
            continue
        if is_form:
            cells[inner[0][0]] += read_table(inner[0][1], setting)
        if any(cells):
            rows.append(tuple(cells))
    return rows


MAX_CARRIED_WORDS, MAX_HEAD_WORDS = 6, 10


def _paragraphs(cell: Cell, setting: Setting) -> list[Paragraph]:
    found: list[Paragraph] = []
    for block in cell.blocks:
        found += _unwrapped(block) if isinstance(block, Paragraph) else read_table(block, setting)
    return [paragraph for paragraph in found if paragraph.text.strip()]


def _unwrapped(paragraph: Paragraph) -> list[Paragraph]:
    """Split a paragraph at its line breaks, but for those within a sentence with its capital and its stop."""
    lines = split_paragraph(paragraph)
    joined: list[Paragraph] = []
    for line in lines:
        above = joined[-1].text if joined else ""
        if above and above[0].isupper() and above[-1] not in _STOPS and line.text[0].islower():
            joined[-1] = replace(line, text=f"{above} {line.text}")
        else:
            joined.append(line)
    is_whole = all(line.text[-1] in ".!?…" for line in joined)
    return joined if is_whole else lines


_STOPS = ".!?…:;"


def _bear_hats(rows: Sequence[TableRow]) -> bool:
    """Tell whether most cells have the name of their own hat above what they say, as on a placemat."""
    own = [(i, hat) for i, row in enumerate(rows) for cell in row if len(cell) > 1 and (hat := _own_hat(cell))]
    n_filled = sum(bool(cell) for row in rows for cell in row)
    is_spread = len({i for i, _ in own}) > 1 or len(rows) == 1
    return is_spread and len({hat for _, hat in own}) > 1 and len(own) >= MIN_SHARE * n_filled


def _own_hat(cell: Sequence[Paragraph]) -> str:
    """Read the title of a hat above what a cell says, the blue one of the meeting itself too."""
    first = cell[0].text
    if hat := hat_of_head(first):
        return HAT_ADJECTIVES[hat]
    return _BLUE_HAT if _BLUE.match(first) and len(first.split()) <= MAX_CARRIED_WORDS else ""


_BLUE_HAT = "blauwe"
_BLUE = re.compile(r"\W*(?:de\s+)?(?:blauwe?|blue|bleue?)\b", re.IGNORECASE)


def _cell_below_hat(cell: Sequence[Paragraph], setting: Setting) -> list[Paragraph]:
    hat = _own_hat(cell)
    if not hat:
        return list(cell)
    return [Paragraph(f"{hat.capitalize()} hoed", cell[0].place, heading=setting.hat_level), *_said(cell[1:])]


def _sessions_side_by_side(rows: Sequence[TableRow]) -> dict[int, str]:
    """Find columns that each hold the notes of a session, with hats or names inside them."""
    names = {i: cell_text(cell) for i, cell in enumerate(rows[0]) if cell}
    beside = [row[0] for row in rows[1:] if 0 not in names]
    if len(names) < 2 or any(beside) or not all(map(IN_SERIES.fullmatch, names.values())):
        return {}
    return names


def _session_heading(name: str, place: str, setting: Setting) -> list[Paragraph]:
    title = name if IN_SERIES.fullmatch(name) else f"Sessie {name}"
    return [Paragraph(title, place, heading=setting.hat_level), Paragraph(f"Sessie: {name}", place)]


def _column(rows: Sequence[TableRow], index: int, setting: Setting) -> list[Paragraph]:
    """Give a column as notes, in which a line of its own may name a hat."""
    found: list[Paragraph] = []
    for paragraph in (paragraph for row in rows for paragraph in row[index]):
        hat = hat_in(paragraph.text) if len(paragraph.text.split()) <= MAX_CARRIED_WORDS else None
        found.append(_hat_heading(hat, paragraph.place, setting.hat_level + 1) if hat else paragraph)
    return found


def _find_head(rows: Sequence[TableRow]) -> tuple[int, list[ColumnKind | None]]:
    """Find the row of heads, above which only titles stand: its position, and what it says that columns hold."""
    for i, row in enumerate(rows[:MAX_HEAD_ROWS]):
        if columns := columns_by_head(row):
            return i, columns
        if not is_banner(row):
            break
    return 0, []


@dataclass(frozen=True, slots=True)
class _Remark:
    """What a cell says.

    Attributes:
        cell: its paragraphs.
        speaker: who made it; empty where unknown.
        hat: under which it stands.
        session: of which it is; empty where the table names none.
        seconds: its time code.
        is_title: it heads the rows below, and is no remark.
    """

    cell: Sequence[Paragraph]
    speaker: str = ""
    hat: Hat | None = None
    session: str = ""
    seconds: float | None = None
    is_title: bool = False


def _is_matrix(shape: Shape) -> bool:
    """Tell whether nearly all filled heads are hats, people or sessions, or a good many of them."""
    filled = [header for header in shape.headers if header]
    hats = {each.hat for each in shape.answers.values() if each.hat}
    return len(shape.answers) >= len(filled) - 1 or len(hats) > 2 or not hats


def _matrix(rows: Sequence[TableRow], shape: Shape, setting: Setting) -> Iterator[_Remark]:
    """Give the remarks of a matrix, each paragraph of a cell as one: column by column where these are hats."""
    body = rows[shape.body :]
    speakers = {each.speaker_column for each in shape.answers.values()}
    besides = [i for i in range(len(rows[0])) if i not in shape.answers and i not in speakers]
    kinds = {read_head(cell_text(rows[shape.head][i])): i for i in reversed(besides)}
    first = besides[0] if besides else None
    who = kinds.get(ColumnKind.SPEAKER, first)
    named = [cell_text(row[who]).strip(_QUOTES) for row in body] if who is not None else [""] * len(body)
    if any(each.hat for each in shape.answers.values()):
        are_sessions = any(named) and all(IN_SERIES.fullmatch(name) for name in named if name)
        cells = [(row, i, name) for i in shape.answers for row, name in zip(body, named, strict=True)]
        hats: list[Hat | None] = [shape.answers[i].hat for _, i, _ in cells]
    else:
        are_sessions = False
        cells = [(row, i, "") for row in body for i in shape.answers]
        by_row = hats_by_row(body, 0, setting.legend)
        hats = [hat for hat in by_row for _ in shape.answers]
    setting.read_as.append(shape.describe(rows="sessions" if are_sessions else "people" if any(named) else ""))
    for (row, i, name), hat in zip(cells, hats, strict=True):
        answers = shape.answers[i]
        own = cell_text(row[answers.speaker_column]) if answers.speaker_column is not None else answers.speaker
        speaker, session = ("", name) if are_sessions else (own or name, answers.session)
        if speaker and row[i] and speaker not in setting.labels:
            setting.labels.append(speaker)
        for paragraph in row[i]:
            if not _NOTHING.fullmatch(paragraph.text.strip()):
                yield _Remark([paragraph], speaker, hat, session)


def _hat_heading(hat: Hat | None, place: str, level: int) -> Paragraph:
    return Paragraph(f"{HAT_ADJECTIVES[hat].capitalize() if hat else 'Andere'} hoed", place, heading=level)


def _write(remarks: Sequence[_Remark], setting: Setting, *, as_headings: bool) -> list[Paragraph]:
    """Write remarks below headings of sessions and hats (what names none ends the one above), or with hats beside."""
    sessions = [*dict.fromkeys(each.session for each in remarks)]
    level = setting.hat_level + any(sessions)
    lines: list[Paragraph] = []
    for session in sessions:
        of_session = [each for each in remarks if each.session == session]
        if session:
            lines += _session_heading(session, of_session[0].cell[0].place, setting)
        before: Hat | None = None
        for each in of_session:
            place = each.cell[0].place
            if each.is_title:
                lines.append(replace(each.cell[0], heading=level))
                continue
            if as_headings and each.hat != before:
                lines.append(_hat_heading(each.hat, place, level))
            before = each.hat
            text = _said(each.cell, label=each.speaker, tag="" if as_headings or not each.hat else str(each.hat))
            if each.seconds is not None and not text[0].item:
                text[0] = replace(text[0], text=f"[{show_time(each.seconds)}] {text[0].text}")
            lines += text
    return lines


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


def _remarks(
    rows: Sequence[TableRow], columns: Sequence[ColumnKind | None], crosses: Mapping[int, Hat], setting: Setting
) -> Iterator[_Remark]:
    """Give the texts of rows with who made them (named once above a form), and their session and hat."""
    at = {column: i for i, column in enumerate(columns) if column}
    hats = hats_by_row(rows, at.get(ColumnKind.HAT), setting.legend)
    sessions = sessions_by_row(rows, at.get(ColumnKind.SESSION))
    speaker, asked, spoken_under, author = "", False, None, ""
    worn: Hat | None = None
    for row, own_hat, session in zip(rows, hats, sessions, strict=True):
        field_of = ": ".join(cell_text(cell).rstrip(": ") for cell in row if cell)
        if ColumnKind.SPEAKER not in at and (named := _AUTHOR.fullmatch(field_of)):
            speaker, author = "", named["name"] or ""
            continue
        if is_banner(row) and (heading := read_heading(cell_text(row[0]), after_blank=True)):
            worn = heading.hat
            if not heading.hat:
                yield _Remark([replace(row[0][0], text=heading.title)], session=session, is_title=True)
            continue
        crossed = {hat for i, hat in crosses.items() if row[i]}
        hat = own_hat or (crossed.pop() if len(crossed) == 1 else worn)
        seconds = read_seconds(cell_text(row[at[ColumnKind.TIME]])) if ColumnKind.TIME in at else None
        label = cell_text(row[at[ColumnKind.SPEAKER]]) if ColumnKind.SPEAKER in at else ""
        text = row[at[ColumnKind.TEXT]]
        # An empty cell goes on with the one above; who answers a question is not the one who asked it.
        label = label or (speaker if hat == spoken_under and not asked else "") or author
        speaker, spoken_under, asked = label, hat, cell_text(text).endswith("?")
        if text:
            yield _Remark(text, label, hat, session, seconds)


_AUTHOR = re.compile(r"(?:naam|name|nom)\b(?: deelnemer)?[:. _…]*(?P<name>[^\W\d_][\w'’. -]{0,40})?", re.IGNORECASE)


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
