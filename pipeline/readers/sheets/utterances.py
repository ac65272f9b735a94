"""Reads CSV and XLSX with an utterance a row, under any headers.

Columns are found by their headers in Dutch or English, else by what is in them , unless study.toml names
them. A cell with text is an utterance, whatever else the sheet holds beside it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.core.vocabulary import Hat, Kind, Role
from pipeline.readers.files.reading import Reading, Row
from pipeline.readers.files.versions import split_version
from pipeline.readers.notes.header import read_date
from pipeline.readers.notes.labels import ROLE_WORDS, read_name
from pipeline.readers.notes.marks import find_hat, read_time
from pipeline.readers.sheets.cells import fold_header
from pipeline.readers.sheets.workbooks import SheetRows, letters, pad, read_tables
from pipeline.readers.talk.lines import FileFacts, Said, Talk, clean, read_talks
from pipeline.text.identity import plain_name

COLUMNS = ("text", "session", "speaker", "role", "organisation", "hat", "time", "date", "place", "kind")
ANSWER = "antwoord"
"""The part of a session in which a remark answers a question that its row or column gives."""
QUESTION = "vraag"
"""The attribute of an answer that holds its question, where the file is a form."""

QUESTION_WORDS = frozenset(
    ("vraag", "vragen", "question", "vraagtekst", "vraagstelling", "frage", "stelling", "item", "prompt", "deelvraag")
)
NUMBER_WORDS = frozenset(("nr", "nummer", "volgnummer", "no", "number", "rij", "row", "index", "volgnr", "rijnummer"))
IDENTITY_WORDS = frozenset(("respondent", "respondentid", "respondentnummer", "respondentnr", "id", "deelnemersnummer",
                            "participantid", "participantnummer", "responseid", "antwoordid", "befragter",
                            "répondant", "casenummer", "case"))  # fmt: skip
MIN_ANSWER_WORDS = 2.5
"""A column below a question holds answers when its cells have so many words; fewer are choices, as yes and no."""

HINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text": (
            "uitspraak", "uitspraken", "tekst", "text", "citaat", "quote", "opmerking", "utterance", "remark", "inhoud",
            "content", "passage", "fragment", "transcript", "transcriptie", "statement", "notitie", "gezegd", "said",
            "antwoord", "answer", "bijdrage", "segment",
        ),
        "session": (
            "sessie", "session", "tafel", "dialoogtafel", "gesprekstafel", "focusgroep", "focusgroup", "groep", "group",
            "bijeenkomst", "document", "documentname",
        ),
        "speaker": (
            "spreker", "speaker", "deelnemer", "participant", "naam", "name", "wie", "who", "stem", "voice",
            "respondent", "persoon", "person", "spreekster", "auteur", "author",
        ),
        "role": ("rol", "role"),
        "organisation": ("organisatie", "organisation", "organization", "werkgever", "instelling", "affiliation"),
        "hat": ("hoed", "hat", "denkhoed", "hoedkleur", "thinkinghat", "kleur", "colour", "color"),
        "time": (
            "tijd", "time", "tijdcode", "timecode", "timestamp", "tijdstip", "start", "begin", "starttime", "starttijd",
            "begintijd",
        ),
        "date": ("datum", "date", "dag", "day"),
        "place": ("plaats", "locatie", "location", "venue"),
        "kind": ("soort", "kind", "type", "mondelingschriftelijk"),
    }
)  # fmt: skip

MAX_HEADER_WORDS, MAX_HEADER = 5, 40
"""A longer cell in the first row is no header, and is not repeated in a message."""

LONG_WORDS = 4
MIN_LEAD = 2.0
MIN_SHARE = 0.8

Cells: TypeAlias = Sequence[str]


def map_columns(
    where: str, headers: Cells, rows: Sequence[Cells], given: Mapping[str, str] = MappingProxyType({})
) -> dict[str, int]:
    """Find the columns of a sheet of utterances.

    Args:
        where: file, sheet and row of the headers, for messages.
        headers: cells of the first row.
        rows: some of the rows below it.
        given: column to header, as the study sets them; these win.

    Returns:
        Column of `COLUMNS` to its index, from 0.

    Raises:
        InputError: a header that the study names is not there, or no column can be told to hold the text: with the
            headers that were found.

    >>> map_columns("a.csv", ["Nr", "Wie", "Wat zei men"], [["1", "D1", "de bus komt niet meer"]])
    {'speaker': 1, 'text': 2}
    """
    found = _as_given(where, headers, given)
    for column, words in HINTS.items():
        if column not in found and (index := _by_header(headers, words, set(found.values()))) is not None:
            found[column] = index
    _by_content(found, headers, rows)
    if "text" not in found:
        fix = 'Name the column with the text in study.toml: [columns] text = "Uitspraak"'
        raise InputError.single(where, f"has no column that is sure to hold what was said{_shown(headers)}", fix)
    return {column: found[column] for column in sorted(found, key=lambda column: found[column])}


def find_headers(rows: Sequence[Cells], given: Mapping[str, str] = MappingProxyType({})) -> int:
    """Find the row of the headers; titles may stand above it.

    Args:
        rows: the first filled rows.
        given: column to header, as the study sets them.

    Returns:
        Its index: the first row with a header that the study names or a word for the text, else the first row.

    >>> find_headers([["Verslag van de tafels in 2024"], ["Sessie", "Uitspraak"], ["1", "de bus komt niet"]])
    1
    """
    words = {fold_header(header) for header in given.values() if header} or set(HINTS["text"])
    filled = [[cell for cell in cells if cell.strip()] for cells in rows]
    # A title takes fewer cells than the headers below it.
    wider = [i for i, cells in enumerate(filled) if len(cells) > max(map(len, filled[:i]), default=0)]
    exact = (i for i in wider if any(fold_header(cell) in words for cell in filled[i]))
    like = (
        i
        for i in wider
        if len(filled[i]) > 1
        and all(map(_is_header, filled[i]))
        and _by_header(filled[i], HINTS["text"], set()) is not None
    )
    return next(exact, next(like, 0))


def _as_given(where: str, headers: Cells, given: Mapping[str, str]) -> dict[str, int]:
    known = {fold_header(header): i for i, header in reversed(list(enumerate(headers))) if header.strip()}
    problems = []
    found = {}
    for column, header in given.items():
        if not header:
            continue
        if (index := known.get(fold_header(header))) is not None:
            found[column] = index
            continue
        near = get_close_matches(fold_header(header), known, n=1)
        fix = f"Did you mean '{headers[known[near[0]]].strip()}'?" if near else "Set [columns] in study.toml"
        problems.append(Problem(where, f"has no column '{header}', which study.toml names for {column}", fix))
    if problems:
        raise InputError(problems)
    return found


def _by_header(headers: Cells, words: Iterable[str], taken: set[int]) -> int | None:
    """Find a header that is one of some words, else the first that holds one."""
    ordered = list(words)
    folded = [fold_header(header) if _is_header(header) else "" for header in headers]
    for word in ordered:
        if word in folded and folded.index(word) not in taken:
            return folded.index(word)
    parts = [{part for part in re.split(r"[\W_]+", header.casefold()) if part} for header in headers]
    for word in ordered:
        for i, header in enumerate(headers):
            if i not in taken and word in parts[i] and _is_header(header) and not parts[i] & _NUMBERED:
                return i
    return None


_NUMBERED = {"id", "nr", "nummer", "number", "aantal", "count", "lengte", "length", "code", "end", "einde"}


def _is_header(cell: str) -> bool:
    return 0 < len(cell.strip()) <= MAX_HEADER and len(cell.split()) <= MAX_HEADER_WORDS


def _by_content(found: dict[str, int], headers: Cells, rows: Sequence[Cells]) -> None:
    """Find the columns that their header does not give, by what their cells look like."""
    columns = {
        i: cells
        for i in range(len(headers))
        if i not in found.values() and (cells := [row[i].strip() for row in rows if i < len(row) and row[i].strip()])
    }
    if "text" not in found:
        lengths = sorted(((sum(len(c.split()) for c in cells) / len(cells), -i) for i, cells in columns.items()))[::-1]
        longest = lengths[0] if lengths else (0.0, 0)
        second = lengths[1][0] if len(lengths) > 1 else 0.0
        if longest[0] >= LONG_WORDS and longest[0] >= MIN_LEAD * second:
            found["text"] = -longest[1]
            columns.pop(-longest[1])
    tests: dict[str, Callable[[str], bool]] = {"hat": _is_hat, "time": _is_time, "speaker": _is_speaker}
    for column, test in tests.items():
        for i, cells in columns.items():
            if column not in found and i not in found.values() and _mostly(cells, test):
                found[column] = i


def _mostly(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(test(cell) for cell in cells) >= MIN_SHARE * len(cells)


def _is_hat(cell: str) -> bool:
    return find_hat(re.sub(r"\s*hoed$", "", cell, flags=re.IGNORECASE)) is not None


def _is_time(cell: str) -> bool:
    time = read_time(cell)
    return time is not None and time[0] == len(cell)


def _is_speaker(cell: str) -> bool:
    return read_name(cell) is not None


def _shown(headers: Cells) -> str:
    shown = [f"'{header.strip()}'" for header in headers if _is_header(header)]
    n_long = sum(bool(header.strip()) for header in headers) - len(shown)
    parts = ([", ".join(shown[:30])] if shown else []) + ([f"{n_long} long cells"] if n_long else [])
    return f"; its first row holds {' and '.join(parts)}" if parts else "; its first row is empty"


MAX_CELL = 1_000_000
SAMPLE_ROWS = 200
HEADER_ROWS = 10
"""The headers stand in one of the first rows; titles may stand above them."""

NOTE_KINDS = frozenset({"note", "notitie", "nota", "papier", "schriftelijk", "written", "paper", "individuele notitie"})
HEADING_KINDS = frozenset({"heading", "kop", "titel", "title", "hoofding"})
TALK_KINDS = frozenset(
    {"", "turn", "beurt", "uitspraak", "statement", "mondeling", "gesprek", "spoken", "talk", "gezegd", "citaat"}
)
_PARTICIPANT = frozenset({"deelnemer", "deelneemster", "participant", "respondent", "d"})
_NOTES = re.compile(r"[-_. ]notities$", re.IGNORECASE)
_NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
_CODED = frozenset({"fragmentid", "utteranceid", "charstart", "coder", "codeur", "codeerder", "beoordelaar"})
_CODE_COLUMNS = frozenset({"theme", "thema", "scheme", "schema", "polarity", "polariteit", "subtheme", "subthema"})
_SPLIT = "Write it under the headers, or leave it out"


@dataclass(frozen=True, slots=True)
class _Table:
    """One sheet with its columns found: where it is, its title, columns, rows, headers, and the questions of a form."""

    where: str
    title: str
    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[str]]]
    is_workbook: bool
    headers: Sequence[str]
    questions: Mapping[int, str]
    merged: frozenset[tuple[int, int]] = frozenset()

    @property
    def holds_notes(self) -> bool:
        """Whether file or sheet bears the name of notes on paper, as ``tafel-03-notities.csv``, and has authors."""
        names = (split_version(self.where.split(",")[0])[0], self.title)
        return "speaker" in self.columns and any(_NOTES.search(name) for name in names)

    @property
    def has_identities(self) -> bool:
        """Whether the column of speakers says by its header that it holds ids."""
        index = self.columns.get("speaker")
        return index is not None and fold_header(self.headers[index]) in IDENTITY_WORDS

    def utterances(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Give what was said, with what its row says besides: a cell a row, or of a form a cell for each question.

        The columns that have no role here stand under their index, as text.
        """
        for position, (number, cells) in enumerate(self.rows, start=1):
            row = {column: cells[i] if i < len(cells) else "" for column, i in self.columns.items()}
            row |= {str(i): cell for i, cell in enumerate(cells) if i not in self.columns.values()}
            for index, question in self.questions.items():
                if index < len(cells) and cells[index]:
                    speaker = row.get("speaker") or f"R{position}"
                    yield number, {**row, "speaker": speaker, "text": cells[index], "question": question,
                                   "column": str(index)}  # fmt: skip
            # A text that is merged over rows was said once.
            is_text = not self.questions and row.get("text") and (number, self.columns["text"]) not in self.merged
            if is_text:
                yield number, row

    def question(self, row: Mapping[str, str]) -> str:
        """Give the question that a remark answers; empty where there is none."""
        if self.questions:
            return row.get("question", "")
        asked = (i for i, header in enumerate(self.headers) if fold_header(header) in QUESTION_WORDS)
        return next((row[str(i)] for i in asked if row.get(str(i))), "")

    def attributes(self, row: Mapping[str, str]) -> Mapping[str, str]:
        """Give what the columns without a role here say, by their headers; running numbers say nothing."""
        said: dict[str, str] = {}
        for i, header in enumerate(self.headers):
            name = " ".join(header.split())[:MAX_HEADER]
            if name and i not in self.questions and str(i) in row and fold_header(name) not in NUMBER_WORDS:
                said.setdefault(name, row[str(i)])
        return {QUESTION: row["question"], **said} if self.questions else said

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
    found = _find_table(name, book.sheets[0], columns, is_workbook=False)
    file = FileFacts(name, book.sha256, book.encoding, path.suffix.lower().lstrip("."))
    return (_read(file, [found]),)


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
    for sheet in book.sheets:
        if not sheet.rows:
            continue
        where = f"{name}, {sheet.title}"
        if sheet.n_hidden:
            notices.append(Notice(where, f"{sheet.n_hidden} hidden rows are read too"))
        try:
            tables.append(_find_table(where, sheet, columns, is_workbook=True))
        except InputError as error:
            problems.extend(error.problems)
            notices.append(Notice(where, "holds no utterances and is not read"))
    if not tables:
        fix = "Leave it out, or fill it"
        raise InputError(problems or [Problem(name, "holds no cells that are filled and can be seen", fix)])
    file = FileFacts(name, book.sha256, "utf-8", path.suffix.lower().lstrip("."), tuple(notices))
    return (_read(file, tables),)


def _find_table(where: str, sheet: SheetRows, given: Mapping[str, str], *, is_workbook: bool) -> _Table:
    rows = sheet.rows
    if not rows:
        raise InputError.single(where, "is empty", "Leave it out, or fill it")
    first = find_headers([cells for _, cells in rows[:HEADER_ROWS]], given)
    questions = {} if any(given.values()) else _find_questions(rows)
    if questions:
        first = 0
    number, headers = rows[first]
    below = rows[first + 1 :]
    if not below:
        raise InputError.single(where, "holds headers and no rows", "Fill it, or leave it out")
    sample = [cells for _, cells in below[:SAMPLE_ROWS]]
    folded = {fold_header(header) for header in headers}
    if folded & _CODED and folded & _CODE_COLUMNS and not any(given.values()):
        fix = "Move it to the folder codings of the study"
        raise InputError.single(f"{where}, row {number}", "has the headers of a manual coding, not of notes", fix)
    if questions:
        columns = {
            column: i for column, i in map_columns(f"{where}, row {number}", headers, sample, {
                "text": headers[next(iter(questions))]
            }).items() if i not in questions
        }  # fmt: skip
    else:
        columns = map_columns(f"{where}, row {number}", headers, sample, given)
    filled = [(n, pad([clean(cell).strip() for cell in cells], max(len(headers), len(cells)))) for n, cells in below]
    texts = [*questions] or [columns["text"]]
    if long := [n for n, cells in filled for i in texts if len(cells) > i and len(cells[i]) > MAX_CELL]:
        raise InputError.single(f"{where}, row {long[0]}", f"has a cell of more than {MAX_CELL} characters", _SPLIT)
    return _Table(where, sheet.title, columns, filled, is_workbook, headers, questions, sheet.merged)


def _find_questions(rows: Sequence[tuple[int, Sequence[str]]]) -> dict[int, str]:
    """Find the columns of a form: below each question the answers of all respondents; two such columns at least."""
    headers = rows[0][1]
    if any(fold_header(header) in HINTS["text"] for header in headers):
        return {}
    found = {}
    for i, header in enumerate(headers):
        cells = [row[i] for _, row in rows[1 : SAMPLE_ROWS + 1] if i < len(row) and row[i].strip()]
        words = sum(len(cell.split()) for cell in cells) / len(cells) if cells else 0.0
        if header.strip().endswith("?") and words >= MIN_ANSWER_WORDS:
            found[i] = " ".join(header.split())
    return found if len(found) > 1 else {}


_Filled = tuple[_Table, int, Mapping[str, str]]


def _read(file: FileFacts, tables: Sequence[_Table]) -> Reading:
    sessions: dict[str, list[_Filled]] = {}
    for table in tables:
        alone = table.title if len(tables) > 1 else ""
        for number, row in table.utterances():
            sessions.setdefault(row.get("session") or alone, []).append((table, number, row))
    notices = list(_notices(file.name, sessions))
    talks = [
        Talk([_said(*each) for each in rows], list(_header(name, rows)), any("hat" in t.columns for t, _, _ in rows))
        for name, rows in sessions.items()
    ]
    reading = read_talks(
        FileFacts(file.name, file.sha256, file.encoding, file.container, (*file.notices, *notices)), talks
    )
    held = {table.place(number, row): (table, number, row) for rows in sessions.values() for table, number, row in rows}
    return _with_attributes(_keep_identities(reading, held), held)


def _keep_identities(reading: Reading, held: Mapping[str, _Filled]) -> Reading:
    """Let respondents keep the ids that the sheet gives them, as R001."""
    named: dict[tuple[str, str], set[str]] = {}
    for row in reading.utterances:
        place = str(reading.source.place_at(int(row["char_start"])))
        if row.get("speaker") and place in held:
            table, _, cells = held[place]
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


def _with_attributes(reading: Reading, held: Mapping[str, _Filled]) -> Reading:
    """Keep what the other columns say: of the respondent, where all rows of one say the same, else of the remark."""
    found: list[tuple[str, str | None, str, Mapping[str, str]]] = []
    utterances = []
    for row in reading.utterances:
        place = reading.source.place_at(int(row["char_start"]))
        table, _, cells = held.get(str(place), (None, 0, {}))
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
    names = dict.fromkeys(name for _, _, _, said in found for name in said)
    for name in names:
        values: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        for _, speaker, session, said in found:
            values[session, speaker].add(said.get(name, ""))
        is_question = fold_header(name) in QUESTION_WORDS
        of_speaker = all(speaker and len(given) == 1 for (_, speaker), given in values.items()) and not is_question
        if of_speaker:
            for (session, speaker), given in values.items():
                yield from _attribute("speaker", session, str(speaker), name, next(iter(given)))
        else:
            for utterance_id, _, session, said in found:
                yield from _attribute("utterance", session, utterance_id, name, said.get(name, ""))


def _attribute(of: str, session: str, subject: str, name: str, value: str) -> Iterator[Row]:
    if value:
        yield {"of": of, "session": session, "subject": subject, "name": name, "value": value}


def _said(table: _Table, number: int, row: Mapping[str, str]) -> Said:
    kind = row.get("kind", "").casefold()
    role = row.get("role", "").rstrip(".").casefold()
    return Said(
        text=row["text"],
        place=table.place(number, row),
        time_s=_time(row.get("time", "")),
        speaker=row.get("speaker") or None,
        role=Role.DEELNEMER if role in _PARTICIPANT else ROLE_WORDS.get(role),
        organisation=row.get("organisation") or None,
        hat=_hat(row.get("hat", "")),
        is_note=kind in NOTE_KINDS or (not kind and table.holds_notes),
        is_heading=kind in HEADING_KINDS,
    )


def _hat(cell: str) -> Hat | None:
    words = cell.casefold().replace("hoed", " ").split()
    return find_hat(words[0].strip(":,-–")) if words else None


def _time(cell: str) -> float | None:
    """Read a time code; a date with a time of day is none."""
    found = read_time(cell) or read_time(f"[{cell.strip('[]()')}]")
    if found:
        return found[1]
    try:
        seconds = float(cell.replace(",", "."))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 360_000 else None


def _header(name: str, rows: Sequence[tuple[_Table, int, Mapping[str, str]]]) -> Iterator[str]:
    """Give the header lines of a session: its name, and the one date and place that all its rows give."""
    if name:
        yield f"Sessie: {' '.join(name.split())}"
    for column, field in (("date", "Datum"), ("place", "Plaats")):
        values = {row[column] for _, _, row in rows if row.get(column)}
        if column == "date":
            values = {day for value in values if (day := read_date(value))}
        if len(values) == 1:
            yield f"{field}: {' '.join(values.pop().split())}"


def _notices(
    name: str, sessions: Mapping[str, Sequence[tuple[_Table, int, Mapping[str, str]]]]
) -> Iterator[Notice]:  # fmt: skip
    unknown: Counter[str] = Counter()
    unread: dict[str, Callable[[str], bool]] = {
        "role": lambda cell: cell.rstrip(".").casefold() in _PARTICIPANT or cell.rstrip(".").casefold() in ROLE_WORDS,
        "hat": lambda cell: _hat(cell) is not None,
        "time": lambda cell: _time(cell) is not None,
        "kind": lambda cell: cell.casefold() in NOTE_KINDS | HEADING_KINDS | TALK_KINDS,
    }
    for rows in sessions.values():
        for _, _, row in rows:
            unknown.update(column for column, test in unread.items() if row.get(column) and not test(row[column]))
    for column, n in sorted(unknown.items()):
        yield Notice(name, f"has {n} cells in the column for {column} that are not understood and were left out")
    if nameless := len(sessions.get("", ())) if len(sessions) > 1 else 0:
        yield Notice(name, f"has {nameless} rows that name no session: they are a session of their own")
