"""The stage that finds the fragments which manual codings refer to.

A row about an older version of a session was carried to the one that counts (``pipeline.corpus.versions``). Any other
row is matched by id, else by offsets, else by its exact text, else by a text that is like it
(``pipeline.corpus.quotes``).
Rows in = rows matched + rows not matched, each with its reason.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError, Notice, Output, Problem, list_some
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import NEUTRAL_POLARITY, NOT_SEEN, SYNTHESIS_CODER, Outcome, Scheme
from pipeline.corpus.quotes import NO_SESSION, Finder, QuoteMatch
from pipeline.readers.given.codebook import nearest
from pipeline.text.normalisation import fold_name, plain_name

MAX_UNMATCHED = 0.5
"""A file of which a larger part of the rows matches nothing belongs to other notes."""


def match(
    given_codings: pd.DataFrame, utterances: pd.DataFrame, fragments: pd.DataFrame, codebook: pd.DataFrame
) -> Output:
    """Match manual codings to fragments.

    Args:
        given_codings: rows as given; a code that is null says that the coder looked and gave none.
        utterances: columns of the schema.
        fragments: columns of the schema.
        codebook: columns of the schema.

    Returns:
        Tables human_codings (one row for each coder, fragment, scheme and code; ranks from 1), seen (what each coder
        looked at, with and without a code) and coding_matches (one row for each row given).

    Raises:
        InputError: codes that are not in the codebook, or a file most of whose rows match nothing; all at once.
    """
    rows = [_with_origin(row) for row in _records(given_codings)]
    codes, suspects = _check_codes(rows, _records(codebook))
    finder = Finder(_records(utterances), _records(fragments))
    places = _find_places(rows, finder)
    _refuse_other_notes(rows, places, sorted(map(str, finder.sessions)))
    tables = {
        "human_codings": _human_codings(rows, codes, places, finder),
        "seen": _seen(rows, places),
        "coding_matches": [_coding_match(row, place) for row, place in zip(rows, places, strict=True)],
    }
    notices = (*suspects, *_match_notices(rows, places), *_say_contradictions(rows, codes, places))
    return Output({name: table_from_rows(found, name) for name, found in tables.items()}, notices)


def _records(frame: pd.DataFrame) -> list[Row]:
    names = [str(name) for name in frame.columns]
    columns = []
    for name in frame.columns:
        absent = frame[name].isna()
        values = frame[name].tolist()
        columns.append([None if gone else value for value, gone in zip(values, absent, strict=True)])
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _with_origin(row: Row) -> Row:
    file, number, _, rank = str(row["row_id"]).rsplit(":", 3)
    return {**row, "origin": (file, int(number)), "position": (file, int(number), int(rank))}


def _check_codes(rows: Sequence[Row], codebook: Sequence[Row]) -> tuple[list[str | None], list[Notice]]:
    """Find the codebook's code for each row; None where the coder gave none.

    Raises:
        InputError: codes that are not in the codebook.
    """
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in codebook:
        known[entry["scheme"]][fold_name(entry["code"])] = entry["code"]
    codes: list[str | None] = []
    problems: list[Problem] = []
    suspect: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for row in rows:
        scheme, code = row["scheme"], row["code"]
        file, number = row["origin"]
        found = known[scheme].get(fold_name(code)) if code else None
        codes.append(found)
        if found is None and code and not (scheme == Scheme.POLARITY and fold_name(code) == NEUTRAL_POLARITY):
            what = f"the code '{code}' is not in scheme '{scheme}' of the codebook"
            problems.append(Problem(_where(file, number), what, nearest(code, list(known[scheme].values()))))
        elif found is not None and found != plain_name(code):
            suspect[file, code, found].add(number)
    if problems:
        raise InputError(problems)
    return codes, [
        Notice(_where(file, *numbers), f"the code '{code}' was read as '{found}' of the codebook")
        for (file, code, found), numbers in sorted(suspect.items())
    ]


def _find_places(rows: Sequence[Row], finder: Finder) -> list[QuoteMatch]:
    occurrences = _number_occurrences(rows, finder)
    cache: dict[tuple[Any, ...], QuoteMatch] = {}
    places = []
    for row, occurrence in zip(rows, occurrences, strict=True):
        key = (
            *(row[column] for column in ("unit", "source_id", "char_start", "char_end", "session", "quote")),
            occurrence,
        )
        if row.get("dropped"):
            places.append(QuoteMatch(reason=row["dropped"]))
            continue
        if row.get("carried_from"):
            places.append(_carried_place(row, finder))
            continue
        if key not in cache:
            cache[key] = _find_place(row, finder, occurrence)
        place = cache[key]
        if place.how == "id" and row["coder"] == SYNTHESIS_CODER:
            place = QuoteMatch(place.fragment_ids, "structure")
        places.append(place)
    return places


def _carried_place(row: Row, finder: Finder) -> QuoteMatch:
    """Find what a coding of an older version refers to in the version that counts."""
    found = [fragment_id for unit in row["carried_to"] for fragment_id in finder.by_id(unit).fragment_ids]
    return QuoteMatch(tuple(dict.fromkeys(found)), "carried")


def _find_place(row: Row, finder: Finder, occurrence: int | None) -> QuoteMatch:
    place = QuoteMatch(reason="does not say which fragment it speaks of")
    if row["unit"]:
        place = finder.by_id(row["unit"])
    if not place.fragment_ids and row["char_start"] is not None:
        place = finder.by_offsets(row["source_id"], int(row["char_start"]), int(row["char_end"]))
    if not place.fragment_ids and row["quote"]:
        place = finder.by_quote(row["quote"], row["session"], occurrence)
    return place


def _number_occurrences(rows: Sequence[Row], finder: Finder) -> list[int | None]:
    """Number rows with one text that stands at several places, where there are as many rows as places.

    A coder who goes through the notes codes a text that returns once at each place, in the order of the notes. Rows
    that follow each other in the file may be about one place: a code a row, or a row for each scheme.
    """
    codes_of: dict[tuple[Any, ...], dict[int, set[tuple[str, str | None]]]] = defaultdict(lambda: defaultdict(set))
    keys = [(row["origin"][0], row["coder"], row["session"], row["quote"]) for row in rows]
    for key, row in zip(keys, rows, strict=True):
        if row["quote"] and not row["unit"] and row["char_start"] is None and not row.get("carried_from"):
            codes_of[key][row["origin"][1]].add((row["scheme"], row["code"]))
    places: dict[tuple[Any, ...], dict[int, int]] = {}
    for key, numbered in codes_of.items():
        numbers = sorted(numbered)
        if len(numbers) > 1 and (n := finder.count(key[3], key[2])) > 1:
            blocks = _blocks(numbers)
            by_scheme = _same_for_all(numbered)
            if by_scheme is not None and len(numbers) == n:
                places[key] = {number: i for i, number in enumerate(numbers)}
            elif len(set(blocks.values())) == n:
                places[key] = blocks
            elif by_scheme is not None and len(by_scheme) and max(by_scheme.values()) == n - 1:
                places[key] = by_scheme
    return [
        places[key].get(row["origin"][1]) if key in places else None for key, row in zip(keys, rows, strict=True)
    ]  # fmt: skip


def _blocks(numbers: Sequence[int]) -> dict[int, int]:
    """Number the runs of rows that follow each other in a file."""
    blocks = {numbers[0]: 0}
    for before, number in pairwise(numbers):
        blocks[number] = blocks[before] + (number != before + 1)
    return blocks


def _same_for_all(numbered: Mapping[int, set[tuple[str, str | None]]]) -> dict[int, int] | None:
    """Number the rows of each scheme for itself; None where the schemes have not as many rows."""
    of_scheme: dict[str, list[int]] = defaultdict(list)
    for number in sorted(numbered):
        for scheme in sorted({scheme for scheme, _ in numbered[number]}):
            of_scheme[scheme].append(number)
    if len({len(found) for found in of_scheme.values()}) > 1:
        return None
    return {number: i for found in of_scheme.values() for i, number in enumerate(found)}


def _refuse_other_notes(rows: Sequence[Row], places: Sequence[QuoteMatch], sessions: Sequence[str]) -> None:
    given: dict[str, set[int]] = defaultdict(set)
    lost: dict[str, set[int]] = defaultdict(set)
    unknown: dict[str, set[str]] = defaultdict(set)
    for row, place in zip(rows, places, strict=True):
        file, number = row["origin"]
        given[file].add(number)
        if place.reason == NO_SESSION:
            unknown[file].add(f"no session '{row['session']}'")
        if not place.fragment_ids and not row.get("dropped"):
            lost[file].add(number)
    problems = [
        Problem(
            _where(file, *numbers),
            f"{len(numbers)} of {len(given[file])} rows match nothing in the sources",
            "Check that this coding belongs to these notes, and the columns session and quote"
            + (
                f": {list_some(sorted(unknown[file]))}; there are {list_some(sorted(sessions))}"
                if file in unknown
                else ""
            ),
        )
        for file, numbers in lost.items()
        if len(numbers) > MAX_UNMATCHED * len(given[file])
    ]
    if problems:
        raise InputError(problems)


def _human_codings(
    rows: Sequence[Row], codes: Sequence[str | None], places: Sequence[QuoteMatch], finder: Finder
) -> Iterator[Row]:
    given: dict[tuple[str, str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row, code, place in sorted(zip(rows, codes, places, strict=True), key=lambda item: item[0]["position"]):
        for fragment_id in place.fragment_ids if code else ():
            span = finder.span(fragment_id)
            if place.how == "offsets":
                span = max(span[0], int(row["char_start"])), min(span[1], int(row["char_end"]))
            given[row["coder"], fragment_id, row["scheme"]].setdefault(str(code), span)
    for (coder, fragment_id, scheme), spans in given.items():
        for rank, (code, (start, end)) in enumerate(spans.items(), start=1):
            yield {
                "coder": coder,
                "fragment_id": fragment_id,
                "scheme": scheme,
                "code": code,
                "rank": rank,
                "char_start": start,
                "char_end": end,
            }


def _seen(rows: Sequence[Row], places: Sequence[QuoteMatch]) -> list[Mapping[str, str]]:
    seen = {
        (row["coder"], fragment_id, row["scheme"])
        for row, place in zip(rows, places, strict=True)
        for fragment_id in place.fragment_ids
    }
    return [{"coder": coder, "fragment_id": fragment_id, "scheme": scheme} for coder, fragment_id, scheme in seen]


def _coding_match(row: Row, place: QuoteMatch) -> Row:
    return {
        "row_id": row["row_id"],
        "outcome": str(Outcome.MATCHED if place.fragment_ids else Outcome.UNMATCHED),
        "how": place.how,
        "similarity": place.similarity,
        "fragment_ids": list(place.fragment_ids),
        "reason": place.reason,
    }


def _match_notices(rows: Sequence[Row], places: Sequence[QuoteMatch]) -> Iterator[Notice]:
    lost: dict[tuple[str, str], set[int]] = defaultdict(set)
    like: dict[str, set[int]] = defaultdict(set)
    for row, place in zip(rows, places, strict=True):
        file, number = row["origin"]
        if place.reason in NOT_SEEN:
            continue  # who read the file said so, with the values
        if not place.fragment_ids:
            lost[file, str(place.reason)].add(number)
        elif place.how == "fuzzy":
            like[file].add(number)
    for (file, reason), numbers in sorted(lost.items()):
        yield Notice(_where(file, *numbers), f"not matched: {reason}")
    for file, numbers in sorted(like.items()):
        yield Notice(_where(file, *numbers), "matched to the text that is most like it: see coding_matches")


def _say_contradictions(
    rows: Sequence[Row], codes: Sequence[str | None], places: Sequence[QuoteMatch]
) -> Iterator[Notice]:
    """Say where two files are of one coder and give a fragment different codes: they may be two coders."""
    given: dict[str, dict[tuple[str, str], dict[str, set[str]]]] = defaultdict(lambda: defaultdict(dict))
    for row, code, place in zip(rows, codes, places, strict=True):
        for fragment_id in place.fragment_ids if code and not row.get("carried_from") else ():
            of_file = given[row["coder"]][fragment_id, row["scheme"]]
            of_file.setdefault(row["origin"][0].split(", ")[0], set()).add(str(code))
    for coder, found in sorted(given.items()):
        differ = {
            key[0]: of_file for key, of_file in found.items() if len({frozenset(c) for c in of_file.values()}) > 1
        }
        files = sorted({file for of_file in differ.values() for file in of_file})
        if differ:
            what = (
                f"are read as codings of one coder, '{coder}', and give {len(differ)} fragments different codes: "
                "see whether they are of two"
            )
            yield Notice(list_some(files), what)


def _where(file: str, *rows: int) -> str:
    ordered = sorted(rows)
    return f"{file}, row{'s' if len(ordered) > 1 else ''} {list_some(ordered)}"
