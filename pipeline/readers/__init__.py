"""Readers: a file becomes text with places, and a text becomes utterances; or a file becomes utterances at once.

``TEXTS`` names, by suffix, who turns a file into text: ``function(path, name) -> SourceText``. On text, the first of
``READERS`` that recognises its structure reads it. ``WHOLES`` names who reads a file that has a structure of its own,
such as a sheet or a project: ``function(path, name) -> tuple[Reading, ...]``. Their modules are imported when needed.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import InputError
from pipeline.readers import synthesis, transcript
from pipeline.readers.reading import Reading, SourceText


class Reader(Protocol):
    """What a reader of text offers."""

    FORMAT: str

    def recognises(self, source: SourceText) -> bool:
        """Tell whether the source has the form that this reader reads."""
        ...

    def read(self, source: SourceText) -> Reading:
        """Read it."""
        ...


READERS: tuple[Reader, ...] = (synthesis, transcript)

TEXTS: Mapping[str, str] = {
    ".txt": "pipeline.readers.decoding:decode_file",
    ".md": "pipeline.readers.decoding:decode_file",
}
WHOLES: Mapping[str, str] = {}
SUFFIXES = (*TEXTS, *WHOLES)


def read_source(path: Path, name: str) -> tuple[Reading, ...]:
    """Read one file.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        What was found; several readings where the file holds several sources.

    Raises:
        InputError: it cannot be read, or no reader recognises it; all problems of the file at once.
    """
    suffix = path.suffix.lower()
    if suffix in WHOLES:
        readings: tuple[Reading, ...] = _function(WHOLES[suffix])(path, name)
        return readings
    source: SourceText = _function(TEXTS.get(suffix, TEXTS[".txt"]))(path, name)
    return (read_text(source),)


def _function(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def read_text(source: SourceText) -> Reading:
    """Read decoded text with the first reader that recognises it.

    Raises:
        InputError: no reader recognises it.
    """
    for reader in READERS:
        if reader.recognises(source):
            return reader.read(source)
    raise InputError.single(
        source.name,
        "holds neither a synthesis report nor notes with hats, speakers or bullets",
        "See 'What goes in' in README.md for the forms that are read",
    )
