"""Which column of a sheet holds what was said, and which who said it: by its header, else by what is in it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

from pipeline.errors import InputError, Problem
from pipeline.readers.sheets import fold_header
from pipeline.readers.transcript_marks import find_hat, read_time
from pipeline.readers.transcript_voices import read_name

COLUMNS = ("text", "session", "speaker", "role", "organisation", "hat", "time", "date", "place", "kind")

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
