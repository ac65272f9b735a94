"""Readers: one file format each, all with the same signature, source text to reading.

A reader offers ``FORMAT``, ``recognises(source) -> bool`` and ``read(source) -> Reading``.
"""

from pathlib import Path
from typing import Protocol

from pipeline.errors import InputError
from pipeline.readers import synthesis, transcript
from pipeline.readers.decoding import decode_file
from pipeline.readers.reading import Reading, SourceText


class Reader(Protocol):
    """What a reader module offers."""

    FORMAT: str

    def recognises(self, source: SourceText) -> bool:
        """Tell whether the source has the form that this reader reads."""
        ...

    def read(self, source: SourceText) -> Reading:
        """Read it."""
        ...


READERS: tuple[Reader, ...] = (synthesis, transcript)
SUFFIXES = (".txt", ".md")


def read_source(path: Path, name: str) -> Reading:
    """Read one source with the first reader that recognises it.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        What was found.

    Raises:
        InputError: not a text, or no reader recognises it; all problems of the file at once.
    """
    return read_text(decode_file(path, name))


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
