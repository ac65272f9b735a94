"""Notes written in a test, and what a study uses of them."""

from textwrap import dedent

from pipeline.core.vocabulary import Kind, Role, Status
from pipeline.corpus.fragments import route
from pipeline.readers import read_text
from pipeline.readers.sources import Reading, SourceText


def read(text: str, name: str = "tafel.txt") -> Reading:
    return read_text(SourceText(name, dedent(text).lstrip("\n"), "", "utf-8"))


def used(reading: Reading) -> list[tuple]:
    """Give speaker, hat and text of what is used, by the rules of the fragments."""
    found = []
    for row in reading.utterances:
        role = Role(row["role"]) if row["role"] else None
        status, _ = route(row["text"], Kind(row["kind"]), role, row["section"], 3, row["hat_given"])
        if status is Status.USED:
            found.append((row["speaker"], row["hat_given"], row["text"]))
    return found
