"""Finds the shape of a sheet of remarks: a remark a row, or a remark in each of several columns.

Remarks stand in several columns where these are headed by hats (a matrix), by the questions of a survey, or by people
beside a column of hats. A survey may have two rows of headers, as LimeSurvey, Qualtrics and SurveyMonkey export them:
codes above questions, or questions above kinds of answers. A sheet may itself bear the name of a hat, or list people.
"""

import html
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.vocabulary import Hat, Role
from pipeline.readers.notes.header import IN_SERIES
from pipeline.readers.notes.labels import ROLE_WORDS, fold, initials_of, read_label
from pipeline.readers.notes.patterns import MIN_ASKED_FUNCTIONS, hat_asked_for
from pipeline.readers.sheets.cells import cell_at, fold_header, mean_words
from pipeline.readers.sheets.columns import (
    CONTACT,
    HEADER_WORDS,
    HINTS,
    Cells,
    columns_of,
    function_hats,
    hats_in_brackets,
    hats_of_letters,
    is_header,
    may_be_name,
    read_hat,
    read_legend,
)
from pipeline.readers.words import read_pattern, read_words

MIN_ANSWER_WORDS = 2.5
"""A column below a question holds answers of more words than this on average; fewer are choices, as yes and no."""
MIN_MATRIX_WORDS = 1.6
"""A column below a hat holds remarks when its cells have this number of words; fewer are crosses or counts."""
MIN_QUESTION_WORDS = 5
MIN_OPEN_WORDS = 4.0
"""Below a heading that asks nothing, cells of this number of words on average are remarks."""
SAMPLE_ROWS = 200

_QUESTION = re.compile(rf"(?:\W*[A-Za-z]{{1,3}}\d[\w.]*\W+)?{read_pattern('questions')}\b", re.IGNORECASE)
_KIND_OF_ANSWER = re.compile(
    r"(?:open[- ]?ended )?(?:response|answer)s?|(?:open )?antwoord(?:en)?|réponse ouverte|\{\"importid\".*",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{1,200}>")
_TYPIST = re.compile(rf"\(?{read_pattern('typists')}\b", re.IGNORECASE)
_LIST_TITLES = frozenset(read_words("sheet_words")["lists"])
_BESIDES = frozenset(read_words("sheet_words")["beside"])
"""Headings of what is long and was said by nobody at the table."""
_ABOUT_TITLES = frozenset(read_words("sheet_words")["about"])
"""Names of sheets about the other sheets."""
_PEOPLE = read_words("people")


@dataclass(frozen=True, slots=True)
class Answers:
    """What all remarks of one column share.

    Attributes:
        question: that they answer; empty where there is none.
        hat: under which they stand.
        speaker: who made them, where the column is that of a person.
        session: in which they were made, where the column is that of one.
        speaker_column: index of the column that names who made each; None where one column does so for all.
        one_a_line: each line of a cell is a remark of its own.
    """

    question: str = ""
    hat: Hat | None = None
    speaker: str = ""
    session: str = ""
    speaker_column: int | None = None
    one_a_line: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the remarks of a sheet stand.

    Attributes:
        head: position of the row of headers.
        body: position of the first row below them.
        headers: of all columns, without layout; those of a second row of headers in brackets are not among them.
        answers: columns of which each cell is a remark; empty where a row is a remark.
        is_survey: rows are respondents, who answered questions.
        asks_hats: what the questions ask for says under which hat their answers stand.
        is_guessed: nothing but the length of what is in them says that the columns hold remarks.
    """

    head: int
    body: int
    headers: tuple[str, ...]
    answers: Mapping[int, Answers]
    is_survey: bool = False
    is_guessed: bool = False
    asks_hats: bool = False

    def describe(self, *, rows: str) -> str:
        """Say what stands at the heads of rows and columns.

        Args:
            rows: what heads the rows: ``people``, ``sessions`` or nothing.
        """
        if self.is_survey:
            return "respondents × questions"
        if not any(self.headers):
            return "a remark a cell, below the hat of its colour"
        if any(each.hat for each in self.answers.values()):
            return f"{rows} × hats" if rows else "hats"
        return "hats × sessions" if any(each.session for each in self.answers.values()) else "hats × people"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody whom a sheet of participants names."""

    name: str
    aliases: tuple[str, ...]
    organisation: str | None = None
    role: Role | None = None


def find_shape(rows: Sequence[tuple[int, Cells]], n_head: int) -> Shape | None:
    """Find columns of remarks.

    Args:
        rows: filled rows.
        n_head: in how many of the first rows headers are looked for.

    Returns:
        The shape; None where no columns of remarks are found, so that a row is a remark.
    """
    cells = [row for _, row in rows]
    if matrix := find_matrix(cells, n_head):
        return matrix
    tried = [_questions(cells, i) for i in range(min(n_head, len(cells) - 1))]
    asked, questions = max(enumerate(tried), key=lambda each: len(each[1]), default=(0, {}))
    if len(questions) < 2:
        return _columns_of_answers(cells, n_head)
    below = asked + 1
    while below < len(cells) - 1 and all(_KIND_OF_ANSWER.fullmatch(c.strip()) for c in cells[below] if c.strip()):
        below += 1
    headers = tuple(_bare(cell) for cell in cells[asked])
    by_function = _hats_of_questions(headers, cells[below:], questions)
    questions = {**questions, **by_function}
    return Shape(asked, below, headers, questions, is_survey=True, asks_hats=bool(by_function))


def find_matrix(rows: Sequence[Cells], n_head: int, *, min_words: float | None = None) -> Shape | None:
    """Find columns headed by hats, or by people or sessions beside a column of hats.

    Args:
        rows: cells of each.
        n_head: in how many of the first rows headers are looked for.
        min_words: that cells must have on average to be remarks; where not given, more below people than below hats.
    """
    for head in range(min(n_head, len(rows) - 1)):
        headers = [_bare(cell) for cell in rows[head]]
        body = [row for row in rows[head + 1 : head + 1 + SAMPLE_ROWS] if not is_typists(row)]
        hats = {i: hat for i, header in enumerate(headers) if header and (hat := _hat_of_header(header))}
        hats = hats or hats_of_letters(headers) or hats_in_brackets(headers)
        by_function = {} if hats else function_hats(header for header in headers if _may_head_hat(header))
        hats |= {
            i: by_function[header.casefold()] for i, header in enumerate(headers) if header.casefold() in by_function
        }
        if pairs := _pairs_below_hats(hats, body):
            return Shape(head, head + 2, tuple(map(_bare, body[0])), pairs)
        answers = _hat_columns(hats, body, MIN_MATRIX_WORDS if min_words is None else min_words)
        answers = answers or _people_beside_hats(headers, body, MIN_ANSWER_WORDS if min_words is None else min_words)
        if answers:
            return Shape(head, head + 1, tuple(headers), answers)
    return None


def _may_head_hat(header: str) -> bool:
    """Tell whether a header may say what a hat is about: it asks nothing, and is no word for another column."""
    return bool(header) and "?" not in header and fold_header(header) not in HEADER_WORDS


def _columns_of_answers(cells: Sequence[Cells], n_head: int) -> Shape | None:
    """Find several columns of remarks under headings of any kind, where none of them is called a text."""
    wide = max((sum(bool(cell.strip()) for cell in row) for row in cells[:n_head]), default=0)
    head = next((i for i, row in enumerate(cells[:n_head]) if sum(bool(c.strip()) for c in row) == wide), 0)
    headers = [_bare(cell) for cell in cells[head]] if cells else []
    body = cells[head + 1 : head + 1 + SAMPLE_ROWS]
    if any(fold_header(header) in HINTS["text"] for header in headers) or not all(
        map(is_header, filter(None, headers))
    ):
        return None
    found = {
        i: Answers(question=header)
        for i, header in enumerate(headers)
        if header and fold_header(header) not in HEADER_WORDS | _BESIDES and _words(body, (i,)) >= MIN_OPEN_WORDS
        and not _is_stamp(body, i)
    }  # fmt: skip
    if len(found) < 2:
        return None
    return Shape(head, head + 1, tuple(headers), found, is_survey=True, is_guessed=True)


def _pairs_below_hats(hats: Mapping[int, Hat], body: Sequence[Cells]) -> dict[int, Answers]:
    """Find hats above pairs of columns, such as *wie* and *wat* below each."""
    below = [fold_header(_bare(cell)) for cell in body[0]] if body else []
    found: dict[int, Answers] = {}
    for i, hat in hats.items():
        end = min((other for other in hats if other > i), default=len(below))
        text = next((j for j in range(i, end) if j < len(below) and below[j] in HINTS["text"]), None)
        speaker = next((j for j in range(i, end) if j < len(below) and below[j] in HINTS["speaker"]), None)
        if text is not None and speaker is not None:
            found[text] = Answers(hat=hat, speaker_column=speaker, one_a_line=True)
    return found if len(found) > 1 else {}


def _bare(cell: str) -> str:
    """Take the layout of a page off a header."""
    return " ".join(html.unescape(_TAG.sub(" ", cell)).split())


def _hat_columns(hats: Mapping[int, Hat], body: Sequence[Cells], min_words: float) -> dict[int, Answers]:
    if len(set(hats.values())) < 2 or _words(body, hats) < min_words:
        return {}
    return {i: Answers(hat=hat, one_a_line=True) for i, hat in hats.items()}


def _hat_of_header(header: str) -> Hat | None:
    return read_hat(header) if len(header) > 2 or not header.isalnum() else None


def _people_beside_hats(headers: Sequence[str], body: Sequence[Cells], min_words: float) -> dict[int, Answers]:
    """Find columns headed by people, where the first column names the hat of each row."""
    first = [row[0] for row in body if row and row[0].strip()]
    hats = {hat for cell in first if (hat := _hat_of_header(cell.strip()))}
    if len(hats) < 2 or _hat_of_header(headers[0]) or not all(_hat_of_header(cell.strip()) for cell in first):
        return {}
    people = {i: header for i, header in enumerate(headers) if i and header}
    if _are_sessions(people.values()) and _words(body, people) >= min_words:
        return {i: Answers(session=name, one_a_line=True) for i, name in people.items()}
    are_names = all(fold_header(name) not in HEADER_WORDS and may_be_name(name) for name in people.values())
    known = sum(bool(IN_SERIES.fullmatch(name) or read_label(f"{name}:")) for name in people.values())
    are_names = are_names and known * 2 >= len(people)
    if len(people) < 2 or not are_names or _words(body, people) < min_words:
        return {}
    return {i: Answers(speaker=name, one_a_line=True) for i, name in people.items()}


def _are_sessions(heads: Collection[str]) -> bool:
    """Tell whether heads are all titles of a series, or begin with one of which the number differs, as ``FG2 ouders``.

    >>> _are_sessions(["FG1 ouders - mei", "FG2 tieners"]), _are_sessions(["Tafel 1 Wit", "Nadia"])
    (True, False)
    """
    begins = [found[0] for head in heads if (found := _SERIES_NUMBER.match(head))]
    begins = [begin for begin in begins if begin[:2].casefold() == "fg" or IN_SERIES.fullmatch(begin)]
    is_counted = len(begins) == len(heads) == len({begin.casefold() for begin in begins})
    return len(heads) > 1 and (is_counted or all(map(IN_SERIES.fullmatch, heads)))


_SERIES_NUMBER = re.compile(r"[^\W\d_]+\s?\d{1,2}\b")


def _questions(rows: Sequence[Cells], head: int) -> dict[int, Answers]:
    """Find the columns below a question in which people answered in words of their own."""
    found: dict[int, Answers] = {}
    if any(fold_header(cell) in HINTS["text"] for cell in rows[head]):
        return found
    body = rows[head + 1 : head + 1 + SAMPLE_ROWS]
    for i, cell in enumerate(rows[head]):
        question = _bare(cell)
        hat = _hat_in_question(question)
        asks = question.endswith("?") or "? " in question or hat is not None
        asks = asks or (len(question.split()) >= MIN_QUESTION_WORDS and _QUESTION.match(question) is not None)
        if asks and _words(body, (i,)) >= MIN_ANSWER_WORDS and not _is_stamp(body, i):
            found[i] = Answers(question=question, hat=hat)
    return found


def _hats_of_questions(
    headers: Sequence[str], body: Sequence[Cells], questions: Mapping[int, Answers]
) -> dict[int, Answers]:
    """Find the hats for which questions ask that name none: four at least, white and red among them, a question each.

    An answer of a word counts there too, as to what one feels; where the answers are a choice, they return.
    """
    found: dict[int, Hat] = {}
    for i, header in enumerate(headers):
        cells = columns_of(body, i)
        is_open = i in questions or ("?" in header and len({cell.casefold() for cell in cells}) == len(cells) > 1)
        asked = [hat for part in re.split(r"(?<=[?.!:])\s+", header) if (hat := hat_asked_for(part))]
        if is_open and asked:
            found[i] = asked[0]
    hats = set(found.values())
    is_enough = len(hats) == len(found) >= MIN_ASKED_FUNCTIONS and hats >= {Hat.WIT, Hat.ROOD}
    if not is_enough or any(each.hat for each in questions.values()):
        return {}
    return {i: Answers(question=headers[i], hat=hat) for i, hat in found.items()}


def _hat_in_question(question: str) -> Hat | None:
    """Read the hat that a question asks to put on."""
    near = re.findall(
        r"(?i)\b([^\W\d_]+)\s+(?:denk)?(?:hoed|hat)\b|\b(?:hoed|chapeau)\s*[:(-]?\s*([^\W\d_]+)", question
    )
    hats = {hat for pair in near for word in pair if word and (hat := read_hat(word))}
    return hats.pop() if len(hats) == 1 else None


def _is_stamp(body: Sequence[Cells], index: int) -> bool:
    cells = [row[index] for row in body if index < len(row) and row[index].strip()]
    return bool(cells) and all(re.search(r"\d", cell) and len(cell) <= 25 and ":" in cell for cell in cells)


def _words(body: Sequence[Cells], columns: Collection[int]) -> float:
    return mean_words([cell for row in body for i in columns if (cell := cell_at(row, i))])


def has_no_headers(first: Cells, below: Sequence[Cells] = (), *, below_hat: bool = False) -> bool:
    """Tell whether the first row of a sheet is a remark with its speaker: one long cell, no question and no header.

    So it is where all cells of a column name a hat, that in the first row too.

    Args:
        first: its cells.
        below: the rows below it.
        below_hat: the sheet is named after a hat, so that no heading in it asks a question.

    >>> has_no_headers(["Carlo", "wij leren nu al twee jaar bij"]), has_no_headers(["Wie", "Wat"])
    (True, False)
    """
    for i, cell in enumerate(first):
        hats = [read_hat(each) for each in columns_of(below, i)]
        if cell.strip() and read_hat(cell) and len(hats) > 1 and all(hats):
            return True
    long = [cell.strip() for cell in first if cell.strip() and not is_header(cell)]
    asks = any(cell.endswith("?") or (_QUESTION.match(cell) and not below_hat) for cell in long)
    filled = sum(bool(cell.strip()) for cell in first)
    return len(long) == 1 and filled > 1 and not asks and not any(fold_header(each) in HEADER_WORDS for each in first)


def hat_of_title(title: str) -> Hat | None:
    """Read the hat after which a sheet is named: ``ZWART!``, ``groen - ideeën``, ``De gele hoed``.

    >>> hat_of_title("groen - ideeën"), hat_of_title("Tafel 1")
    (<Hat.GROEN: 'groen'>, None)
    """
    return read_hat(title) if len(title) > 2 else None


def is_typists(cells: Cells) -> bool:
    """Tell whether a row is a line of the one who typed the sheet, a legend or a total, and no remark.

    >>> is_typists(["", "overgetypt op 12/10 door Kaat"]), is_typists(["Mia", "overgetypt door Kaat"])
    (True, False)
    >>> is_typists(["", "Z=zwart G=geel"])
    True
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    words = [cell for cell in filled if not re.fullmatch(r"[\d.,%]+", cell)]
    return len(words) == 1 and (_TYPIST.match(words[0]) is not None or bool(read_legend([words])))


def is_about(title: str, rows: Sequence[tuple[int, Cells]]) -> bool:
    """Tell whether a sheet is about the other sheets: by its name, where no header in it is a word for the text.

    >>> is_about("info", [(1, ["twee avonden in mei"])]), is_about("info", [(1, ["wie", "uitspraak"])])
    (True, False)
    """
    heads = {fold_header(cell) for _, cells in rows[:SAMPLE_ROWS] for cell in cells}
    return fold_header(title) in _ABOUT_TITLES and heads.isdisjoint(HINTS["text"])


def is_contact(cells: Sequence[str]) -> bool:
    """Tell whether a column holds addresses of mail or machines, which say who somebody is and no more."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and sum(bool(CONTACT.fullmatch(cell)) for cell in filled) * 2 > len(filled)


def read_people(title: str, rows: Sequence[tuple[int, Cells]]) -> list[Participant]:
    """Read a sheet that lists the participants; nobody where it holds something else.

    Args:
        title: of the sheet.
        rows: filled rows.
    """
    cells = [[cell.strip() for cell in row] for _, row in rows]
    heads = [fold_header(cell) for cell in cells[0]] if cells else []
    at = {what: next((heads.index(word) for word in words if word in heads), None) for what, words in _PEOPLE.items()}
    aliases = [i for i, head in enumerate(heads) if head in _PEOPLE["alias"] or _is_number(head)]
    is_list = fold_header(title) in _LIST_TITLES or bool(aliases)
    holds_remarks = any(len(cell.split()) > 8 for row in cells[1:] for cell in row[:1])
    if not is_list or at["name"] is None or holds_remarks or any(head in HINTS["text"] for head in heads):
        return []
    people = []
    for row in cells[1:]:
        values = {what: row[i] if i is not None and i < len(row) else "" for what, i in at.items()}
        if values["name"]:
            known = tuple(row[i] for i in aliases if i < len(row) and row[i])
            role = ROLE_WORDS.get(values["role"].casefold())
            people.append(Participant(values["name"], known, values["organisation"] or None, role))
    return people


def _is_number(head: str) -> bool:
    """Tell whether a folded header is short for the number of a participant, as ``dlnr``."""
    return (
        re.fullmatch(r"(?:dl?n?|deeln|deelnemer(?:s)?|resp(?:ondent)?|pers(?:oon)?)\w{0,2}n(?:r|mr|ummer|o)", head)
        is not None
    )


def name_by(people: Sequence[Participant]) -> dict[str, Participant]:
    """Give who is meant by each alias, first name and initials; what may mean two people means nobody.

    >>> name_by([Participant("Lotte Hermans", ())])["lotte"].name
    'Lotte Hermans'
    """
    meant: dict[str, set[Participant]] = {}
    for person in people:
        given = {fold(each) for each in (person.name, *person.aliases)}
        derived = {fold(person.name.split()[0]), *(fold(each) for each in initials_of(person.name))}
        for alias in given | derived:
            meant.setdefault(alias, set()).add(person)
    return {alias: next(iter(who)) for alias, who in meant.items() if len(who) == 1 and alias}
