"""What a reader returns: rows of the tables that ingest writes, with the decoded text they point into."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pipeline.outputs import Notice

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A decoded source.

    Attributes:
        name: path relative to the folder that was given, with forward slashes.
        text: characters with line endings normalised to a line feed, without byte order mark.
        sha256: hash of the bytes.
        encoding: how the bytes were decoded.
    """

    name: str
    text: str
    sha256: str
    encoding: str

    @property
    def source_id(self) -> str:
        """Short hash of the name; the same on every machine.

        >>> SourceText("tafel-01.md", "", "", "utf-8").source_id
        's-3a6e201f'
        """
        return "s-" + hashlib.sha256(self.name.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader found in one source.

    Attributes:
        source: the decoded source.
        format: name of the reader.
        version: how far participants have corrected it, or None.
        utterances: rows of ``utterances`` in source order; together they cover every visible character of the source.
        sessions: rows of ``sessions``.
        speakers: rows of ``speakers``.
        codebook: rows of ``codebook``, where the source carries its own coding.
        given_codings: rows of ``given_codings``, where the source carries its own coding.
        notices: what a user should know.
    """

    source: SourceText
    format: str
    utterances: tuple[Row, ...]
    sessions: tuple[Row, ...]
    version: str | None = None
    speakers: tuple[Row, ...] = ()
    codebook: tuple[Row, ...] = ()
    given_codings: tuple[Row, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
