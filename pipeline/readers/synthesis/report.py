"""Reads a synthesis report: chapters, numbered themes, ``Kansen`` and ``Knelpunten``, sub-headings, statements, quotes.

The structure of such a report *is* a manual coding, by the coder ``synthese``: what stands under a theme, a polarity
and a sub-heading was put there by the people who read the notes. Nothing here knows the words of one report: a part is
``Deel N``, a chapter ``Hoofdstuk N``, a theme a numbered heading with ``Kansen`` or ``Knelpunten`` under it. The
chapter before the themes names functions, the one after them expectations; other parts are the authors' own.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pipeline.core.errors import InputError, Problem
from pipeline.core.notices import Notice
from pipeline.core.vocabulary import SYNTHESIS_CODER, Kind, Scheme
from pipeline.readers.files.decoding import decoding_notices
from pipeline.readers.files.reading import Reading, SourceText
from pipeline.readers.synthesis.blocks import split_blocks
from pipeline.readers.synthesis.units import HeadingCode, Structure, read_structure
from pipeline.text.normalisation import normalise

FORMAT = "synthesis"

_CHAPTER_LINE = re.compile(r"^\s*hoofdstuk\s+(?:\d{1,2}|[ivx]+)\b", re.IGNORECASE | re.MULTILINE)
_POLARITY_LINE = re.compile(r"^\s*(Kansen|Knelpunten|KANSEN|KNELPUNTEN)[ \t]*:?[ \t]*$", re.MULTILINE)


def recognises(source: SourceText) -> bool:
    """Tell whether a source is a synthesis report: a chapter, and both ``Kansen`` and ``Knelpunten`` as headings.

    >>> recognises(SourceText("a.txt", "Hoofdstuk 2" + chr(10) + "Kansen" + chr(10) + "Knelpunten", "", "utf-8"))
    True
    """
    polarities = {match[1].lower() for match in _POLARITY_LINE.finditer(source.text)}
    return len(polarities) > 1 and _CHAPTER_LINE.search(source.text) is not None


def read(source: SourceText) -> Reading:
    """Read a synthesis report.

    Args:
        source: the decoded source.

    Returns:
        Utterances that cover every visible character once; the headings as codebook; the structure as given codings
        of coder ``synthese``, each naming its utterance.

    Raises:
        InputError: ``Kansen`` or ``Knelpunten`` under no numbered theme; all such lines at once.
    """
    structure = read_structure(split_blocks(source.text))
    if structure.orphans:
        raise InputError(
            Problem(
                f"{source.name}, line {line}",
                "stands under no numbered theme",
                "Put the theme on a line of its own above it: '1. <title>'",
            )
            for line in structure.orphans
        )
    session = PurePosixPath(source.name).stem
    return Reading(
        source=source,
        format=FORMAT,
        utterances=tuple(_utterances(source, structure, session)),
        sessions=({"session": session, "source_ids": [source.source_id]},),
        codebook=tuple(_codebook(structure)),
        given_codings=tuple(_given_codings(source, structure, session)),
        notices=(*decoding_notices(source), *_notices(source, structure)),
    )


def _utterance_id(source: SourceText, number: int) -> str:
    return f"{source.source_id}:{number:05d}"


def _utterances(source: SourceText, structure: Structure, session: str) -> Iterator[dict[str, Any]]:
    for number, unit in enumerate(structure.units):
        raw = source.text[unit.block.start : unit.block.end]
        text = normalise(raw, unit.block.notes).text
        yield {
            "utterance_id": _utterance_id(source, number),
            "source_id": source.source_id,
            "session": session,
            "line": unit.block.lines[0].number,
            "char_start": unit.block.start,
            "char_end": unit.block.end,
            "kind": unit.kind,
            "heading_path": list(unit.path),
            "block": _utterance_id(source, unit.opener),
            "text": text,
            "raw": None if raw == text else raw,
        }


def _codebook(structure: Structure) -> Iterator[dict[str, Any]]:
    positions: Counter[Scheme] = Counter()
    for code in structure.codebook.values():
        yield {
            "scheme": code.scheme,
            "code": code.code,
            "position": positions[code.scheme],
            "parent": code.parent,
            "label": code.label,
            "examples": [],
            "example_fragment_ids": [],
        }
        positions[code.scheme] += 1


def _given_codings(source: SourceText, structure: Structure, session: str) -> Iterator[dict[str, Any]]:
    for number, unit in enumerate(structure.units):
        for code in unit.codes:
            yield {
                "row_id": f"{source.name}:{number:06d}:{code.scheme}:1",
                "coder": SYNTHESIS_CODER,
                "scheme": code.scheme,
                "code": code.code,
                "rank": 1,
                "session": session,
                "unit": _utterance_id(source, number),
                "source_id": source.source_id,
                "char_start": unit.block.start,
                "char_end": unit.block.end,
            }


def _notices(source: SourceText, structure: Structure) -> Iterator[Notice]:
    given = {(code.scheme, code.code) for unit in structure.units for code in unit.codes}
    absent = [code.code for code in structure.codebook.values() if _is_missed(code, given)]
    if absent:
        yield Notice(source.name, f"has nothing under {', '.join(absent)}: named in the report, but no text was found")
    if structure.unclosed:
        yield Notice(
            source.name, f"has {structure.unclosed} quotes without a closing mark; each ends with its paragraph"
        )
    kinds = Counter(unit.kind for unit in structure.units)
    if not kinds[Kind.STATEMENT] + kinds[Kind.QUOTE]:
        yield Notice(source.name, "has neither statements nor quotes: was the text exported with its blank lines?")


def _is_missed(code: HeadingCode, given: set[tuple[Scheme, str]]) -> bool:
    return code.scheme is not Scheme.SUBTHEME and (code.scheme, code.code) not in given and code.parent is None
