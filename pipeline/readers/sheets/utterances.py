"""Reads CSV and XLSX with an utterance a row, under any headers.

Columns are found by their headers in Dutch or English, else by what is in them , unless study.toml names
them. A cell with text is an utterance, whatever else the sheet holds beside it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pipeline.core.errors import READ_AS_TABLE, REMARK_A_ROW, InputError, Notice, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.notes.header import IN_SERIES, read_date
from pipeline.readers.notes.labels import ROLE_WORDS, fold
from pipeline.readers.sheets.carrying import carry_fills, carry_names, carry_values, find_coloured, split_remarks
from pipeline.readers.sheets.cells import fold_header, time_in
from pipeline.readers.sheets.columns import (
    CODE_WORDS,
    HEADER_ROWS,
    IDENTITY_WORDS,
    MAX_HEADER,
    NUMBER_WORDS,
    add_respondents,
    find_columns,
    find_crosses,
    find_headers,
    function_hats,
    hats_of_letters,
    map_columns,
    read_hat,
    read_legend,
    words_of,
)
from pipeline.readers.sheets.regions import sessions_of_sheets, split_tables, unused_notice
from pipeline.readers.sheets.shapes import (
    SAMPLE_ROWS,
    Answers,
    Participant,
    find_shape,
    has_no_headers,
    hat_of_title,
    is_about,
    is_contact,
    is_typists,
    name_by,
    read_people,
)
from pipeline.readers.sheets.workbooks import SheetRows, letters, pad, read_tables
from pipeline.readers.sources import Reading, split_version
from pipeline.readers.talk import FileFacts, Remark, Talk, clean, read_talks
from pipeline.readers.words import read_meanings, read_words
from pipeline.text.normalisation import plain_name

COLUMNS = ("text", "session", "speaker", "role", "organisation", "hat", "time", "date", "place", "kind")
ANSWER = "antwoord"
"""The part of a session in which a remark answers a question that its row or column gives."""
QUESTION = "vraag"
"""The attribute of an answer that holds its question, where the file is a form."""

QUESTION_WORDS = frozenset(read_words("sheet_words")["question"])
MAX_CELL = 1_000_000
_KINDS = read_meanings("kinds")
_PARTICIPANT = frozenset({"deelnemer", "deelneemster", "participant", "respondent", "d"})
_NOTES = re.compile(r"[-_. ]notities$", re.IGNORECASE)
_NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
_CODED = frozenset({"fragmentid", "utteranceid", "charstart", "coder", "codeur", "codeerder", "beoordelaar"})
_CODE_COLUMNS = frozenset({"theme", "thema", "scheme", "schema", "polarity", "polariteit", "subtheme", "subthema"})
_SPLIT = "Write it under the headers, or leave it out"


_Rows = list[tuple[int, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Table:
    """One sheet with its columns found: where it is, its title, columns, rows, headers, and the questions of a form."""

    where: str
    title: str
    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[str]]]
    is_workbook: bool
    headers: Sequence[str]
    answers: Mapping[int, Answers]
    is_survey: bool
    legend: Mapping[str, Hat]
    hat: Hat | None = None
    contacts: frozenset[int] = frozenset()
    notices: tuple[Notice, ...] = ()
    merged: frozenset[tuple[int, int]] = frozenset()
    crosses: Mapping[int, Hat] = field(default_factory=dict)
    fills: Mapping[tuple[int, int], Hat] = field(default_factory=dict)
    used: frozenset[tuple[int, int]] = frozenset()
    date: str = ""

    @property
    def holds_notes(self) -> bool:
        """Whether file or sheet bears the name of notes on paper, as ``tafel-03-notities.csv``, and has authors."""
        names = (split_version(self.where.split(",")[0])[0], self.title)
        return "speaker" in self.columns and any(_NOTES.search(name) for name in names)

    @property
    def has_identities(self) -> bool:
        """Whether the column of speakers says by its header that it holds ids."""
        index = self.columns.get("speaker")
        words = IDENTITY_WORDS | CODE_WORDS if self.is_survey else IDENTITY_WORDS
        return index is not None and fold_header(self.headers[index]) in words

    @property
    def has_hats(self) -> bool:
        """Whether the sheet says of each remark under which hat it stands, or that it stands under none."""
        by_column = any(each.hat for each in self.answers.values())
        return "hat" in self.columns or self.hat is not None or by_column or bool(self.crosses or self.fills)

    def utterances(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Give what was said, with what its row says besides: a row a remark, or a cell in each column of remarks.

        The columns that have no role here stand under their index, as text.
        """
        for position, (number, cells) in enumerate(self.rows, start=1):
            row = {column: cells[i] if i < len(cells) else "" for column, i in self.columns.items()}
            row |= {str(i): cell for i, cell in enumerate(cells) if i not in self.columns.values()}
            crossed = {hat for i, hat in self.crosses.items() if i < len(cells) and cells[i]}
            if len(crossed) == 1 and not row.get("hat"):
                row["hat"] = str(*crossed)
            if self.hat and not row.get("hat"):
                row["hat"] = str(self.hat)
            for index, shared in self.answers.items():
                own = row.get(str(shared.speaker_column), "")
                own = own or shared.speaker or row.get("speaker", "")
                given = {"speaker": own or (f"R{position}" if self.is_survey else "")}
                hat = shared.hat or self.fills.get((number, index))
                given |= {"hat": str(hat)} if hat else {}
                given |= {"session": shared.session} if shared.session else {}
                given |= {"question": shared.question, "column": str(index)}
                cell = cells[index] if index < len(cells) else ""
                for text in split_remarks(cell, one_a_line=shared.one_a_line):
                    yield number, {**row, **given, "text": text}
            # A text that is merged over rows was said once.
            if not self.answers and row.get("text") and (number, self.columns["text"]) not in self.merged:
                for text in split_remarks(row["text"], one_a_line=False):
                    yield number, {**row, "text": text}

    def question(self, row: Mapping[str, str]) -> str:
        """Give the question that a remark answers; empty where there is none."""
        if self.answers:
            return row.get("question", "")
        asked = (i for i, header in enumerate(self.headers) if fold_header(header) in QUESTION_WORDS)
        return next((row[str(i)] for i in asked if row.get(str(i))), "")

    def attributes(self, row: Mapping[str, str]) -> Mapping[str, str]:
        """Give what the columns without a role here say, by their headers; running numbers say nothing."""
        found: dict[str, str] = {}
        who = {each.speaker_column for each in self.answers.values()}
        for i, header in enumerate(self.headers):
            name = " ".join(header.split())[:MAX_HEADER]
            is_free = not any(i in taken for taken in (self.answers, self.contacts, self.crosses, who))
            if name and is_free and str(i) in row and fold_header(name) not in NUMBER_WORDS:
                found.setdefault(name, row[str(i)])
        question = row.get("question", "")
        return {QUESTION: question, **found} if question else found

    def place(self, number: int, row: Mapping[str, str]) -> str:
        """Name the cell or row of an utterance."""
        column = letters(int(row["column"]) if "column" in row else self.columns["text"])
        if self.is_workbook:
            return f"{self.title}!{column}{number}"
        return f"row {number}, column {column}" if "column" in row else f"row {number}"


def read_csv_utterances(path: Path, name: str, columns: Mapping[str, str] = _NO_COLUMNS) -> tuple[Reading, ...]:
    """Read a CSV file with an utterance a row, or with a row for each respondent and a column for each question.

    Args:
        path: the file, separated by comma, semicolon or tab.
        name: the name to use for it in tables and messages.
        columns: column to header, as the study sets them.

    Returns:
        One reading; its places are rows, numbered as a spreadsheet does.

    Raises:
        InputError: no column that is sure to hold the text, or cells that cannot be read.
    """
    book = read_tables(path, name)
    parts = _divide(book.sheets[0], columns)
    found = [_find_table(name, part, columns, is_workbook=False) for part in parts]
    notices = unused_notice(name, book.sheets, {("", *at) for table in found for at in table.used})
    file = FileFacts(name, book.sha256, book.encoding, path.suffix.lower().lstrip("."), tuple(notices))
    return (_read(file, found),)


def read_workbook_utterances(path: Path, name: str, columns: Mapping[str, str] = _NO_COLUMNS) -> tuple[Reading, ...]:
    """Read a workbook with an utterance a row; sheets without text are noticed, several with text are sessions.

    Args:
        path: an xlsx, xlsm or ods file.
        name: the name to use for it in tables and messages.
        columns: column to header, as the study sets them.

    Returns:
        One reading; its places are cells.

    Raises:
        InputError: see `read_workbook`; or no sheet has a column that is sure to hold the text.
    """
    book = read_tables(path, name)
    tables: list[_Table] = []
    problems: list[Problem] = []
    notices = list(book.notices)
    people: list[Participant] = []
    heads: set[str] = set()
    filled = [sheet for sheet in book.sheets if sheet.rows]
    of_letters = hats_of_letters([sheet.title for sheet in filled])
    for i, sheet in enumerate(filled):
        where = f"{name}, {sheet.title}"
        if len(book.sheets) > 1 and (listed := read_people(sheet.title, sheet.rows)):
            people += listed
            heads |= {fold_header(cell) for cell in sheet.rows[0][1]}
            notices.append(Notice(where, f"is read as a list of {len(listed)} participants"))
            continue
        if len(book.sheets) > 1 and is_about(sheet.title, sheet.rows):
            notices.append(Notice(where, "is about the other sheets by its name, and is not read"))
            continue
        if sheet.n_hidden:
            notices.append(Notice(where, f"{sheet.n_hidden} hidden rows are read too"))
        parts = _divide(sheet, columns)
        if len(parts) > 1:
            notices.append(Notice(where, f"holds {len(parts)} tables, which are each read"))
        try:
            hat = of_letters.get(i)
            tables += [_find_table(where, part, columns, is_workbook=True, sheet_hat=hat) for part in parts]
        except InputError as error:
            problems.extend(error.problems)
            notices.append(Notice(where, "holds no utterances and is not read"))
    if not tables:
        fix = "Leave it out, or fill it"
        raise InputError(problems or [Problem(name, "holds no cells that are filled and can be seen", fix)])
    read = {table.title for table in tables}
    used = {(table.title, *at) for table in tables for at in table.used}
    notices += unused_notice(name, [sheet for sheet in book.sheets if sheet.title in read], used)
    tables = [_with_listed(table, name_by(people), heads) for table in tables]
    file = FileFacts(name, book.sha256, "utf-8", path.suffix.lower().lstrip("."), tuple(notices))
    return (_read(file, tables, people),)


def _divide(sheet: SheetRows, given: Mapping[str, str]) -> list[SheetRows]:
    """Divide a sheet into its tables, where no person named the columns of one."""
    return [sheet] if any(given.values()) else split_tables(sheet)


def _with_listed(table: _Table, meant: Mapping[str, Participant], heads: Collection[str]) -> _Table:
    """Take a column that the list of people has as well for that of the speakers, where no other one names these."""
    if "speaker" in table.columns:
        return table
    taken = {*table.columns.values(), *table.answers}
    for i, header in enumerate(table.headers):
        written = {fold(cells[i]) for _, cells in table.rows if cells[i]}
        if i not in taken and fold_header(header) in heads and len(written) > 1 and written <= set(meant):
            return replace(table, columns={**table.columns, "speaker": i})
    return table


def _find_table(
    where: str, sheet: SheetRows, given: Mapping[str, str], *, is_workbook: bool, sheet_hat: Hat | None = None
) -> _Table:
    rows = sheet.rows
    if not rows:
        raise InputError.single(where, "is empty", "Leave it out, or fill it")
    is_free = not any(given.values())
    shape = find_shape(rows, HEADER_ROWS) if is_free else None
    coloured = find_coloured(rows, sheet.fills) if is_free and not shape else None
    shape = shape or coloured
    first = shape.head if shape else find_headers([cells for _, cells in rows[:HEADER_ROWS]], given)
    number = rows[first][0]
    headers: Sequence[str] = shape.headers if shape else rows[first][1]
    body = shape.body if shape else first + 1
    below = rows[body:]
    hat = hat_of_title(sheet.title) or sheet_hat
    if (
        is_free
        and not shape
        and has_no_headers(headers, [cells for _, cells in below], below_hat=hat is not None)
        and (below or hat)
    ):
        below, headers, body = rows[first:], [""] * len(headers), first
    legend = read_legend(cells for _, cells in rows)
    answers = shape.answers if shape else {}
    place = f"{where}, row {number}"
    folded = {fold_header(header) for header in headers}
    if folded & _CODED and folded & _CODE_COLUMNS and is_free:
        fix = "Move it to the folder codings of the study"
        raise InputError.single(place, "has the headers of a manual coding, not of notes", fix)
    if not below:
        raise InputError.single(where, "holds headers and no rows", "Fill it, or leave it out")
    sample = [cells for _, cells in below[:SAMPLE_ROWS]]
    is_survey = bool(shape and shape.is_survey)
    paired = {each.speaker_column for each in answers.values() if each.speaker_column is not None}
    if answers:
        columns = find_columns(place, headers, sample, besides={*answers, *paired})
        columns = columns if coloured else add_respondents(columns, headers, sample, answers, is_survey=is_survey)
    else:
        columns = map_columns(place, headers, sample, given)
        if not any(headers):
            columns = add_respondents(columns, headers, sample, {columns["text"]: Answers()}, is_survey=False)
    filled = [(n, pad([clean(cell).strip() for cell in cells], max(len(headers), len(cells)))) for n, cells in below]
    notices: list[Notice] = []
    filled = [(n, cells) for n, cells in filled if not is_typists(cells)]
    typed = len(below) - len(filled)
    crosses = {} if answers or "hat" in columns else find_crosses(headers, [cells for _, cells in filled], legend)
    twice = sum(len({hat for i, hat in crosses.items() if cells[i]}) > 1 for _, cells in filled)
    if not is_survey:
        columns, filled, carried = carry_values(columns, filled, has_answers=bool(answers))
        notices += [
            Notice(where, f"{n} empty cells below '{headers[i]}' are read as the one above") for i, n in carried
        ]
    columns, filled, legend = _with_hats(columns, filled, legend, {} if answers or hat or crosses else sheet.fills)
    used = {*answers, *columns.values(), *paired}
    kept = {n for n, cells in filled if any(cells[i] for i in (answers or [columns["text"]]) if i < len(cells))}
    dates = {day for _, cells in rows[:first] if (day := read_date(" ".join(filter(None, cells))))}
    whole = {n for n, _ in below} - {n for n, _ in filled} | {n for n, _ in rows[first:body] if n not in kept}
    if is_survey:
        whole |= {n for n, cells in rows[:first] if sum(map(bool, cells)) > 1}
    headed = {i for i, header in enumerate(headers) if header.strip()}
    dated = {(n, i) for n, cells in rows[:first] if dates for i, cell in enumerate(cells) if read_date(cell)}
    read = dated | {
        (n, i)
        for n, cells in rows
        for i in range(len(cells))
        if n in whole or (n in kept and (i in used or i in headed))
    }
    contacts = frozenset(i for i in range(len(headers)) if i not in used and is_contact([r[i] for _, r in filled]))
    named = ", ".join(f"'{headers[i]}'" for i in answers) if shape and shape.is_guessed else ""
    heads = "sessions" if "session" in columns else "people" if "speaker" in columns else ""
    notices.append(Notice(where, f"{READ_AS_TABLE}{shape.describe(rows=heads) if shape else REMARK_A_ROW}"))
    notices += [Notice(where, "its questions are read as hats")] if shape and shape.asks_hats else []
    notices += [Notice(where, f"the columns {named} are read as remarks, by what is in them")] if named else []
    left = [(typed, "rows are totals, legends or lines of who typed the sheet, and are left out")]
    left += [(twice, "rows bear a cross below more than one hat, and stand under none")]
    left += [(len(contacts), "columns of addresses are left out")]
    notices += [Notice(where, f"{n} {what}") for n, what in left if n]
    texts = [*answers] or [columns["text"]]
    if long := [n for n, cells in filled for i in texts if len(cells) > i and len(cells[i]) > MAX_CELL]:
        raise InputError.single(f"{where}, row {long[0]}", f"has a cell of more than {MAX_CELL} characters", _SPLIT)
    return _Table(
        where, sheet.title, columns, filled, is_workbook, headers, answers, is_survey, legend, hat, contacts,
        tuple(notices), sheet.merged, crosses, sheet.fills if coloured else {}, frozenset(read),
        dates.pop() if len(dates) == 1 else "",
    )  # fmt: skip


def _with_hats(
    columns: dict[str, int], rows: _Rows, legend: dict[str, Hat], fills: Mapping[tuple[int, int], Hat]
) -> tuple[dict[str, int], _Rows, dict[str, Hat]]:
    """Read hats off the colours of cells where no column names them, and what a column of hats calls them."""
    if "hat" not in columns:
        columns, rows = carry_fills(columns, rows, fills)
    if "hat" in columns:
        named = function_hats((cells[columns["hat"]] for _, cells in rows), is_headed=True)
        legend = {**{" ".join(words_of(cell)): hat for cell, hat in named.items()}, **legend}
    return columns, rows, legend


_Filled = tuple[_Table, int, Mapping[str, str]]


def _read(file: FileFacts, tables: Sequence[_Table], people: Sequence[Participant] = ()) -> Reading:
    sessions: dict[str, list[_Filled]] = {}
    meant = name_by(people)
    named = sessions_of_sheets({table.title: table.hat for table in tables})
    remarks = carry_names([list(table.utterances()) for table in tables])
    for table, found in zip(tables, remarks, strict=True):
        alone = named.get(table.title, "")
        for number, row in found:
            if person := meant.get(fold(row.get("speaker", ""))):
                known = {"organisation": person.organisation or "", "role": row.get("role") or str(person.role or "")}
                row = {**row, **known, "speaker": person.name}
            sessions.setdefault(row.get("session") or alone, []).append((table, number, row))
    notices = [*(notice for table in tables for notice in table.notices), *_notices(file.name, sessions)]
    several = [each for each in sessions if each and each in named.values()]
    if len(several) > 1 and not all(map(IN_SERIES.fullmatch, several)):
        shown = ", ".join(f"'{title}'" for title in several)
        notices.append(Notice(file.name, f"has {len(several)} sheets that are each read as a session: {shown}"))
    talks = [
        Talk([_said(*each) for each in rows], list(_header(name, rows)), any(t.has_hats for t, _, _ in rows))
        for name, rows in sessions.items()
    ]
    reading = read_talks(
        FileFacts(file.name, file.sha256, file.encoding, file.container, (*file.notices, *notices)), talks
    )
    row_at = {
        table.place(number, row): (table, number, row) for rows in sessions.values() for table, number, row in rows
    }
    return _with_attributes(_keep_identities(reading, row_at), row_at)


def _keep_identities(reading: Reading, row_at: Mapping[str, _Filled]) -> Reading:
    """Let respondents keep the ids that the sheet gives them, as R001."""
    named: dict[tuple[str, str], set[str]] = {}
    for row in reading.utterances:
        place = str(reading.source.place_at(int(row["char_start"])))
        if row.get("speaker") and place in row_at:
            table, _, cells = row_at[place]
            written = cells.get("speaker", "")
            if written and (table.has_identities or _IDENTITY.fullmatch(written)) and row["role"] == Role.DEELNEMER:
                named.setdefault((str(row["session"]), str(row["speaker"])), set()).add(plain_name(written))
    # Somebody whom the sheet writes in several ways has no id of its own.
    single = {(str(row["session"]), str(row["speaker"])) for row in reading.speakers if len(row["spellings"]) == 1}
    kept = {key: next(iter(ids)) for key, ids in named.items() if len(ids) == 1 and key in single}

    def rename(row: Row) -> Row:
        return {**row, "speaker": kept.get((str(row["session"]), str(row["speaker"])), row["speaker"])}

    return replace(
        reading,
        utterances=tuple(rename(row) if row.get("speaker") else row for row in reading.utterances),
        speakers=tuple(rename(row) for row in reading.speakers),
    )


_IDENTITY = re.compile(r"[A-Za-z]{0,4}[-_ ]?(?:0\d+|\d{3,})")
_KEPT_SECTIONS = ("hoed", "notities")


def _with_attributes(reading: Reading, row_at: Mapping[str, _Filled]) -> Reading:
    """Keep what the other columns say: of the respondent, where all rows of one say the same, else of the remark."""
    found: list[tuple[str, str | None, str, Mapping[str, str]]] = []
    utterances = []
    for row in reading.utterances:
        place = reading.source.place_at(int(row["char_start"]))
        table, _, cells = row_at.get(str(place), (None, 0, {}))
        if table is None or row["kind"] in (Kind.HEADING, Kind.LAYOUT):
            utterances.append(row)
            continue
        question = table.question(cells)
        path = [*row["heading_path"], question] if question else row["heading_path"]
        section = ANSWER if question and row["section"] not in _KEPT_SECTIONS else row["section"]
        utterances.append({**row, "heading_path": path, "section": section})
        found.append((str(row["utterance_id"]), row.get("speaker"), str(row["session"]), table.attributes(cells)))
    return replace(reading, utterances=tuple(utterances), attributes=tuple(_attribute_rows(found)))


def _attribute_rows(found: Sequence[tuple[str, str | None, str, Mapping[str, str]]]) -> Iterator[Row]:
    names = dict.fromkeys(name for _, _, _, values_of in found for name in values_of)
    for name in names:
        values: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        for _, speaker, session, values_of in found:
            values[session, speaker].add(values_of.get(name, ""))
        is_question = fold_header(name) in QUESTION_WORDS
        of_speaker = all(speaker and len(given) == 1 for (_, speaker), given in values.items()) and not is_question
        if of_speaker:
            for (session, speaker), given in values.items():
                yield from _attribute("speaker", session, str(speaker), name, next(iter(given)))
        else:
            for utterance_id, _, session, values_of in found:
                yield from _attribute("utterance", session, utterance_id, name, values_of.get(name, ""))


def _attribute(of: str, session: str, subject: str, name: str, value: str) -> Iterator[Row]:
    if value:
        yield {"of": of, "session": session, "subject": subject, "name": name, "value": value}


def _said(table: _Table, number: int, row: Mapping[str, str]) -> Remark:
    kind = row.get("kind", "").casefold()
    role = row.get("role", "").rstrip(".").casefold()
    return Remark(
        text=row["text"],
        place=table.place(number, row),
        time_s=time_in(row.get("time", "")),
        speaker=row.get("speaker") or None,
        role=Role.DEELNEMER if role in _PARTICIPANT else ROLE_WORDS.get(role),
        organisation=row.get("organisation") or None,
        hat=read_hat(row.get("hat", ""), table.legend),
        is_note=_KINDS.get(kind) == "note" or (not kind and table.holds_notes),
        is_heading=_KINDS.get(kind) == "heading",
    )


def _header(name: str, rows: Sequence[tuple[_Table, int, Mapping[str, str]]]) -> Iterator[str]:
    """Give the header lines of a session: its name, and the one date and place that all its rows give."""
    if name:
        yield f"Sessie: {' '.join(name.split())}"
    for column, key in (("date", "Datum"), ("place", "Plaats")):
        values = {row[column] for _, _, row in rows if row.get(column)}
        if column == "date":
            values = {day for value in values if (day := read_date(value))}
            values = values or {table.date for table, _, _ in rows} - {""}
        if len(values) == 1:
            yield f"{key}: {' '.join(values.pop().split())}"


def _notices(
    name: str, sessions: Mapping[str, Sequence[tuple[_Table, int, Mapping[str, str]]]]
) -> Iterator[Notice]:  # fmt: skip
    unknown: Counter[str] = Counter()
    unread: dict[str, Callable[[str, _Table], bool]] = {
        "role": lambda cell, _: (
            cell.rstrip(".").casefold() in _PARTICIPANT or cell.rstrip(".").casefold() in ROLE_WORDS
        ),
        "hat": lambda cell, table: read_hat(cell, table.legend) is not None,
        "time": lambda cell, _: time_in(cell) is not None,
        "kind": lambda cell, _: cell.casefold() in _KINDS,
    }
    for rows in sessions.values():
        for table, _, row in rows:
            unknown.update(c for c, test in unread.items() if row.get(c) and not test(row[c], table))
    for column, n in sorted(unknown.items()):
        yield Notice(name, f"has {n} cells in the column for {column} that are not understood and were left out")
    if nameless := len(sessions.get("", ())) if len(sessions) > 1 else 0:
        yield Notice(name, f"has {nameless} rows that name no session: they are a session of their own")
