"""Readers: a file becomes text with places, and a text becomes utterances; or a file becomes utterances at once.

``TEXTS`` names, by suffix, who turns a file into text: ``function(path, name) -> SourceText``. On text, the first of
``READERS`` that recognises its structure reads it. ``WHOLES`` names who reads a file that has a structure of its own,
such as captions or a project: ``function(path, name) -> tuple[Reading, ...]``; ``SHEETS`` does so for tables, which
also take the columns that a study names. Their modules are imported when needed.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from pipeline.core.errors import InputError
from pipeline.readers.sources import Reading, SourceText


class Reader(Protocol):
    """What a reader of text offers."""

    FORMAT: str

    def recognises(self, source: SourceText) -> bool:
        """Tell whether the source has the form that this reader reads."""
        ...

    def read(self, source: SourceText) -> Reading:
        """Read it."""
        ...


READERS = ("pipeline.readers.synthesis", "pipeline.readers.notes.transcript")

TEXTS: Mapping[str, str] = {
    ".txt": "pipeline.readers.documents.rendering:load",
    ".md": "pipeline.readers.documents.rendering:load",
    ".docx": "pipeline.readers.documents.word:load",
    ".docm": "pipeline.readers.documents.word:load",
    ".odt": "pipeline.readers.documents.odt:load",
    ".rtf": "pipeline.readers.documents.rtf:load",
    ".html": "pipeline.readers.documents.html:load",
    ".htm": "pipeline.readers.documents.html:load",
    ".pdf": "pipeline.readers.documents.pdf:load",
}
WHOLES: Mapping[str, str] = {
    ".vtt": "pipeline.readers.captions:read_captions",
    ".srt": "pipeline.readers.captions:read_captions",
    ".json": "pipeline.readers.speech_json:read_speech",
    ".qdpx": "pipeline.readers.qda:read_project",
    ".qda": "pipeline.readers.qda:read_qualcoder",
}
SHEETS: Mapping[str, str] = {
    ".csv": "pipeline.readers.sheets.utterances:read_csv_utterances",
    ".tsv": "pipeline.readers.sheets.utterances:read_csv_utterances",
    ".xlsx": "pipeline.readers.sheets.utterances:read_workbook_utterances",
    ".xlsm": "pipeline.readers.sheets.utterances:read_workbook_utterances",
    ".ods": "pipeline.readers.sheets.utterances:read_workbook_utterances",
}
SUFFIXES = (*TEXTS, *WHOLES, *SHEETS)


def read_source(path: Path, name: str, columns: Mapping[str, str] | None = None) -> tuple[Reading, ...]:
    """Read one file.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.
        columns: of a sheet of utterances: column to header, as the study sets them.

    Returns:
        What was found; several readings where the file holds several sources.

    Raises:
        InputError: it cannot be read, or no reader recognises it; all problems of the file at once.
    """
    suffix = path.suffix.lower()
    if suffix in WHOLES:
        readings: tuple[Reading, ...] = _function(WHOLES[suffix])(path, name)
        return readings
    if suffix in SHEETS:
        tables: tuple[Reading, ...] = _function(SHEETS[suffix])(path, name, columns or {})
        return tables
    source: SourceText = _function(TEXTS.get(suffix, TEXTS[".txt"]))(path, name)
    return (read_text(source),)


def _function(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def find_reader(source: SourceText) -> Reader | None:
    """Give the first reader that recognises a text."""
    readers: Iterator[Any] = map(import_module, READERS)
    return next((reader for reader in readers if reader.recognises(source)), None)


def read_text(source: SourceText) -> Reading:
    """Read decoded text with the first reader that recognises it.

    Raises:
        InputError: no reader recognises it.
    """
    reader = find_reader(source)
    if reader is not None:
        return reader.read(source)
    raise InputError.single(
        source.name,
        "holds neither a synthesis report nor notes with hats, speakers or bullets",
        "See 'What goes in' in README.md for the forms that are read",
    )
