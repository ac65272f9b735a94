"""Finds what the columns of a sheet of remarks hold: by their headers in Dutch or English, else by what is in them."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

from pipeline.core.errors import InputError, Problem, list_some
from pipeline.core.vocabulary import Hat
from pipeline.readers.notes.hats import HAT_LETTERS, abbreviated_hat, find_hat, sign_hat
from pipeline.readers.notes.header import IN_SERIES
from pipeline.readers.notes.labels import read_label, read_name
from pipeline.readers.notes.marks import read_time
from pipeline.readers.notes.patterns import MIN_FUNCTIONS, function_of
from pipeline.readers.sheets.cells import fold_header, mean_words
from pipeline.readers.words import read_words

HINTS = read_words("sheets")
"""Column to the words that head it."""


HEADER_WORDS = frozenset(fold_header(word) for words in HINTS.values() for word in words)
"""All words of `HINTS`, folded."""

MAX_HEADER_WORDS, MAX_HEADER = 5, 40
"""A longer cell in the first row is no header, and is not repeated in a message."""

HEADER_ROWS = 10
"""The headers stand in one of the first rows; titles may stand above them."""

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
    found = find_columns(where, headers, rows, given)
    if "text" not in found:
        fix = 'Name the column with the text in study.toml: [columns] text = "Uitspraak"'
        kind = f'[files."{where.split(",")[0]}"] kind = "codings"'
        fix += f"; where it holds codings, put in mapping.toml beside the notes {kind}"
        raise InputError.single(where, f"has no column that is sure to hold what was said{_shown(headers)}", fix)
    return found


def find_columns(
    where: str,
    headers: Cells,
    rows: Sequence[Cells],
    given: Mapping[str, str] = MappingProxyType({}),
    *,
    besides: Collection[int] = (),
) -> dict[str, int]:
    """Find the columns as `map_columns` does, also where there is none for the text.

    Args:
        where: see `map_columns`, as for the next three.
        headers: cells of the first row.
        rows: some of the rows below it.
        given: column to header, as the study sets them.
        besides: columns of which it is known already that they hold remarks; there is none for the text then.
    """
    found = _as_given(where, headers, given)
    if {*map(fold_header, headers)} >= _SEGMENT_HEADERS and "speaker" not in found:
        # Who exported segments with their codes is no speaker.
        headers = ["" if fold_header(header) in _CODERS else header for header in headers]
    headers = ["" if i in besides else header for i, header in enumerate(headers)]
    rows = [["" if i in besides else cell for i, cell in enumerate(row)] for row in rows] if besides else rows
    for column, words in HINTS.items():
        if column == "text" and besides:
            continue
        if column not in found and (index := _by_header(headers, words, set(found.values()))) is not None:
            found[column] = index
    if "hat" in found and not given.get("hat") and not any(map(_may_be_hat, columns_of(rows, found["hat"]))):
        # The colours of notes on a board are no hats where another column names these.
        others = (i for i in range(len(headers)) if i not in found.values())
        named = (
            i for i in others if (cells := columns_of(rows, i)) and _mostly(cells, lambda cell: bool(read_hat(cell)))
        )
        found["hat"] = next(named, found["hat"])
    _by_content(found, headers, rows, has_text=not besides)
    return {column: found[column] for column in sorted(found, key=lambda column: found[column])}


_SEGMENT_HEADERS = frozenset(["code", "segment"])
_CODERS = frozenset(map(fold_header, read_words("segments")["coder"]))


def find_headers(rows: Sequence[Cells], given: Mapping[str, str] = MappingProxyType({})) -> int:
    """Find the row of the headers; titles may stand above it.

    Args:
        rows: the first filled rows.
        given: column to header, as the study sets them.

    Returns:
        Its index: the first row with a header that the study names or a word for the text, else the first one with
        words for two other columns, else the first row.

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
        and all(map(is_header, filled[i]))
        and _by_header(filled[i], HINTS["text"], set()) is not None
    )
    known = (i for i in wider if all(map(is_header, filled[i])) and _n_known(filled[i]) > 1)
    return next(exact, next(like, next(known, 0)))


def _n_known(cells: Cells) -> int:
    """Count the columns of which some headers are the very words."""
    folded = {fold_header(cell) for cell in cells}
    return sum(any(fold_header(word) in folded for word in words) for words in HINTS.values())


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
    headers = [header if is_header(header) else re.sub(r"\s*\([^()]*\)\s*$", "", header) for header in headers]
    folded = [fold_header(header) if is_header(header) else "" for header in headers]
    for word in ordered:
        if word in folded and folded.index(word) not in taken:
            return folded.index(word)
    parts = [{part for part in re.split(r"[\W_]+", header.casefold()) if part} for header in headers]
    for word in ordered:
        for i, header in enumerate(headers if word not in _WHOLE else ()):
            is_part = word in parts[i] or (word in _ENDS and any(_ends(part, word) for part in parts[i]))
            if i not in taken and is_part and is_header(header) and not parts[i] & _NUMBERED:
                return i
    return None


_ENDS = frozenset(("groep", "hoed", "tafel", "naam", "uitspraak", "citaat", "opmerking", "sessie", "gesprek"))
"""Words that also end longer ones which head such a column: ``gespreksgroep``, ``voornaam``."""


def _ends(part: str, word: str) -> bool:
    return part.endswith(word) and not part.startswith(
        ("bestand", "straat", "school", "document", "dokument", "doel", "gebruik")
    )


_WHOLE = frozenset(
    ("door", "wat", "what", "quoi", "qui", "nom", "bewoner", "fg", "avond", "wanneer", "muts", "letterlijk")
)
"""Words that head a column where they stand alone; within a longer header they ask something."""
_NUMBERED = {"id", "nr", "nummer", "number", "aantal", "count", "lengte", "length", "code", "end", "einde"}


def is_header(cell: str) -> bool:
    """Tell whether a cell is short enough to head a column."""
    return 0 < len(cell.strip()) <= MAX_HEADER and len(cell.split()) <= MAX_HEADER_WORDS


def _by_content(found: dict[str, int], headers: Cells, rows: Sequence[Cells], *, has_text: bool) -> None:
    """Find the columns that their header does not give, by what their cells look like."""
    columns = {
        i: cells
        for i in range(len(headers))
        if i not in found.values() and (cells := [row[i].strip() for row in rows if i < len(row) and row[i].strip()])
    }
    if "text" not in found and has_text:
        lengths = sorted(((mean_words(cells), -i) for i, cells in columns.items()))[::-1]
        longest = lengths[0] if lengths else (0.0, 0)
        second = lengths[1][0] if len(lengths) > 1 else 0.0
        if longest[0] >= LONG_WORDS and longest[0] >= MIN_LEAD * second:
            found["text"] = -longest[1]
            columns.pop(-longest[1])
    elif has_text and "speaker" not in found and _is_names(columns_of(rows, found["text"])):
        # "Bijdrage van" heads who said it, beside what was said.
        text = max(columns, key=lambda i: mean_words(columns[i]), default=None)
        if text is not None and mean_words(columns[text]) >= LONG_WORDS:
            found["speaker"], found["text"] = found["text"], text
            columns.pop(text)
    tests: dict[str, Callable[[str], bool]] = {
        "hat": lambda cell: read_hat(cell) is not None,
        "time": _is_time,
        "speaker": _is_speaker,
    }
    if "hat" not in found:
        by_function = next((i for i, cells in columns.items() if function_hats(cells)), None)
        found |= {} if by_function is None else {"hat": by_function}
    for column, test in tests.items():
        for i, cells in columns.items():
            if column not in found and i not in found.values() and _mostly(cells, test):
                found[column] = i


def _may_be_hat(cell: str) -> bool:
    return len(cell) <= MAX_LETTERS or read_hat(cell) is not None or function_of(f"{cell}?") is not None


MAX_LETTERS = 3


def columns_of(rows: Sequence[Cells], index: int) -> list[str]:
    """Give the filled cells of a column."""
    return [row[index].strip() for row in rows if index < len(row) and row[index].strip()]


def _is_names(cells: Sequence[str]) -> bool:
    return bool(cells) and all(len(cell.split()) <= 3 and cell[:1].isupper() for cell in cells)


def function_hats(cells: Iterable[str], *, is_headed: bool = False) -> dict[str, Hat]:
    """Give the hats for which cells stand that name none, as *feiten*; of three hats or more, one of them white or red.

    Args:
        cells: of a column, or heads.
        is_headed: a word for hats stands above them, so that two hats are enough, and a cell may be something else.

    >>> function_hats(["feiten", "gevoelens", "gevaren", "feiten"])["gevoelens"]
    <Hat.ROOD: 'rood'>
    >>> function_hats(["kansen", "knelpunten"])
    {}
    """
    words = {cell.strip().casefold() for cell in cells if cell.strip()}
    found = {word: function_of(word) or (function_of(f"{word}?") if is_headed else None) for word in sorted(words)}
    known = {word: hat for word, hat in found.items() if hat}
    hats = set(known.values())
    if is_headed:
        return known if len(hats) > 1 and len(known) >= MIN_HEADED_SHARE * len(found) else {}
    return known if len(hats) >= MIN_FUNCTIONS and hats & {Hat.WIT, Hat.ROOD} and len(known) == len(found) else {}


MIN_HEADED_SHARE = 0.7


def hats_of_letters(headers: Sequence[str]) -> dict[int, Hat]:
    """Read headers that are all letters of hats, three at least; which of two a ``G`` is, the other one says.

    >>> hats_of_letters(["", "W", "Z", "G", "GR"])[3], hats_of_letters(["", "W", "V", "Z"])
    (<Hat.GEEL: 'geel'>, {})
    """
    letters = {i: header for i, header in enumerate(headers) if header}
    if any(len(header) > MAX_LETTERS for header in letters.values()):
        return {}
    found = {i: hat for i, header in letters.items() if (hat := abbreviated_hat(header))}
    for i, header in letters.items():
        left = {hat for hat in Hat if str(hat).startswith(header.casefold())} - set(found.values())
        found |= {i: left.pop()} if i not in found and len(left) == 1 else {}
    is_whole = len(found) == len(letters) == len(set(found.values())) >= MIN_FUNCTIONS
    return dict(sorted(found.items())) if is_whole else {}


def hats_in_brackets(headers: Sequence[str]) -> dict[int, Hat]:
    """Read the letters of hats in brackets at the end of headers, of three hats at least.

    >>> hats_in_brackets(["Groep", "Feiten (w)", "Min (z)", "Plus (ge)"])[2]
    <Hat.ZWART: 'zwart'>
    """
    ends = [_IN_BRACKETS.search(header) for header in headers]
    return hats_of_letters([end["letters"] if end else "" for end in ends])


_IN_BRACKETS = re.compile(r"[(\[](?P<letters>[A-Za-z]{1,3})[)\]]\s*$")


def _mostly(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(test(cell) for cell in cells) >= MIN_SHARE * len(cells)


def _is_time(cell: str) -> bool:
    time = read_time(cell)
    return time is not None and time[0] == len(cell)


def _is_speaker(cell: str) -> bool:
    return read_name(cell) is not None and not CONTACT.fullmatch(cell)


def _shown(headers: Cells) -> str:
    shown = [f"'{header.strip()}'" for header in headers if is_header(header)]
    n_long = sum(bool(header.strip()) for header in headers) - len(shown)
    parts = ([list_some(shown)] if shown else []) + ([f"{n_long} long cells"] if n_long else [])
    return f"; its first row holds {' and '.join(parts)}" if parts else "; its first row is empty"


CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\d{1,3}(?:\.\d{1,3}){3}")
"""An address of mail or of a machine."""
_CROSS = re.compile(r"[xX\u00d7vV\u2713\u2714\u2717\u2718\u2022*+1]")
_WORD = re.compile(r"[^\W\d_]+")
_LEGEND = re.compile(r"(?<!\w)(?P<sign>\w{1,3})\s*[=:]\s*(?:de\s+)?(?P<hat>[^\W\d_]+)")


def words_of(cell: str) -> list[str]:
    """Give the words of a cell in lower case, without what stands between them, such as a picture."""
    return _WORD.findall(cell.casefold())


def read_hat(cell: str, legend: Mapping[str, Hat] = MappingProxyType({})) -> Hat | None:
    """Read the hat that a cell names: the one colour among its words, its sign, or a short form of it.

    Args:
        cell: such as ``zwarte hoed``, ``de zwarte``, ``zw.``; a ``g`` may be two hats, and is none without a legend.
        legend: what the sheet itself says of its short forms.

    >>> read_hat("de zwarte"), read_hat("zw."), read_hat("g"), read_hat("wit of zwart") is None
    (<Hat.ZWART: 'zwart'>, <Hat.ZWART: 'zwart'>, None, True)
    """
    words = words_of(cell)
    short = legend.get(" ".join(words)) if words else None
    if short or (len(words) == 1 and (short := HAT_LETTERS.get(words[0]))):
        return short
    hats = {hat for word in words if (hat := find_hat(word))} or {hat for sign in cell if (hat := sign_hat(sign))}
    return hats.pop() if len(hats) == 1 and len(words) <= MAX_HEADER_WORDS else None


def read_legend(rows: Iterable[Cells]) -> dict[str, Hat]:
    """Read what a sheet says of its short forms, as ``Z=zwart G=geel N=groen``; two at least.

    >>> read_legend([["Z = zwart, G = geel"]])
    {'z': <Hat.ZWART: 'zwart'>, 'g': <Hat.GEEL: 'geel'>}
    """
    found: dict[str, Hat] = {}
    for row in rows:
        for cell in row:
            pairs = [(each["sign"].casefold(), find_hat(each["hat"])) for each in _LEGEND.finditer(cell)]
            named = {sign: hat for sign, hat in pairs if hat}
            found |= named if len(named) > 1 or (named and len(pairs) == 1 and len(cell) <= MAX_HEADER) else {}
    return found if len(found) > 1 else {}


def find_crosses(headers: Cells, rows: Sequence[Cells], legend: Mapping[str, Hat]) -> dict[int, Hat]:
    """Find the columns of hats in which a cross says under which one the remark of the row stands; two hats at least.

    Args:
        headers: of all columns.
        rows: below them.
        legend: what the sheet itself says of its short forms.

    >>> find_crosses(["wat", "W", "Z"], [["te duur", "", "x"], ["elf euro", "x", ""]], {})
    {1: <Hat.WIT: 'wit'>, 2: <Hat.ZWART: 'zwart'>}
    """
    hats = {i: hat for i, header in enumerate(headers) if (hat := read_hat(header, legend))}
    cells = {i: [row[i].strip() for row in rows if i < len(row) and row[i].strip()] for i in hats}
    marked = {i: hat for i, hat in hats.items() if all(map(_CROSS.fullmatch, cells[i]))}
    return marked if len(set(marked.values())) > 1 and any(cells[i] for i in marked) else {}


_NAME = re.compile(r"[^\W\d_][\w.'’ -]{0,30}")


def may_be_name(cell: str) -> bool:
    """Tell whether a cell may be a name: a few words without a sign, as ``opa van Mats``."""
    return bool(_NAME.fullmatch(cell.strip())) and len(cell.split()) <= 4


NUMBER_WORDS = frozenset(("nr", "nummer", "volgnummer", "no", "number", "rij", "row", "index", "volgnr", "rijnummer"))
IDENTITY_WORDS = frozenset(read_words("sheet_words")["identity"])
CODE_WORDS = NUMBER_WORDS | {"code", "codenr", "codenummer", "volgcode"}
_CODE_CELL = re.compile(r"[A-Za-z]{1,4}[-_ ]?\d+|\d{3,}")


def add_respondents(
    columns: dict[str, int], headers: Sequence[str], rows: Sequence[Sequence[str]], remarks: Collection[int], *,
    is_survey: bool,
) -> dict[str, int]:  # fmt: skip
    """Find who made the remarks, where no header says so: the first column of ids, or the first one of names."""
    free = [i for i in range(len(headers)) if i not in remarks and i not in columns.values()]
    cells = {i: [row[i] for row in rows if i < len(row) and row[i].strip()] for i in free}
    if is_survey and "speaker" in columns:
        named = {fold_header(row[columns["speaker"]]) for row in rows if columns["speaker"] < len(row)}
        if named <= _NOBODY:
            columns = {column: i for column, i in columns.items() if column != "speaker"}
    unheaded = [i for i in free if not headers[i] and cells[i]]
    series = next((i for i in unheaded if all(map(IN_SERIES.fullmatch, map(str.strip, cells[i])))), None)
    if series is not None and "session" not in columns:
        return {**columns, "session": series}
    if "speaker" not in columns:
        ids = (i for i in free if is_survey and cells[i] and _hold_ids(fold_header(headers[i]), cells[i], len(rows)))
        names = (i for i in free if not is_survey and not headers[i] and _hold_names(rows, i, remarks))
        found = next(ids, next(names, None))
        columns = columns if found is None else {**columns, "speaker": found}
    return columns


def _hold_ids(header: str, cells: Sequence[str], n_rows: int) -> bool:
    """Tell whether a column holds ids of respondents: by its header, or as a code or long number in every row."""
    is_code = (
        header in CODE_WORDS and len(set(cells)) == n_rows and all(map(_CODE_CELL.fullmatch, map(str.strip, cells)))
    )
    return header in IDENTITY_WORDS or is_code


def _hold_names(rows: Sequence[Sequence[str]], index: int, remarks: Collection[int]) -> bool:
    """Tell whether a column may hold a name in every row that has a remark."""
    spoken = [row for row in rows if any(i < len(row) and row[i].strip() for i in remarks)]
    cells = [row[index] for row in spoken if index < len(row) and row[index].strip()]
    names = set(map(str.strip, cells))
    known = sum(read_label(f"{name}:") is not None for name in names)
    return bool(cells) and all(map(may_be_name, names)) and known * 2 >= len(names)


_NOBODY = frozenset(("", "anonymous", "anoniem", "anonyme"))
