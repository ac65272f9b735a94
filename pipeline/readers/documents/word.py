"""Reads Word documents (``.docx``, ``.docm``): styles, lists, tables, notes, tracked changes, text boxes.

Read is what is shown when all changes are accepted. Comments, deletions, hidden text, tables of contents, heads and
feet are no text of the document; macros are never looked at.
"""

import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.readers.documents.document import (
    Document,
    Paragraph,
    attribute,
    child,
    children,
    flow,
    tag,
)
from pipeline.readers.documents.rendering import render
from pipeline.readers.documents.word_text import COMMENTS, Numbering, Story, read_styles
from pipeline.readers.files.archives import Archive, open_archive, parse_xml
from pipeline.readers.files.reading import SourceText

MAX_PART, MAX_TAGS = 24_000_000, 600_000
_MAIN = "word/document.xml"


def load(path: Path, name: str) -> SourceText:
    """Read a Word document.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are pages where the file says where they turned (``p. 3``), else paragraphs (``¶ 12``).

    Raises:
        InputError: it is damaged, locked, no Word document, or holds no text.
    """
    with open_archive(path, name) as archive:
        return render(_read(archive), name, archive.sha256, "utf-8", path.suffix.lower().removeprefix("."))


def _read(archive: Archive) -> Document:
    main = _main_part(archive)
    folder = posixpath.dirname(main)

    def part(part_name: str) -> Any | None:  # noqa: ANN401
        full = f"{folder}/{part_name}" if folder else part_name
        return _parse(archive, full) if full in archive.names() else None

    root = _parse(archive, main)
    body = child(root, "body")
    if tag(root) != "document" or body is None:
        raise InputError.single(archive.name, "is no Word document", "Save it again as .docx")
    document = Document()
    has_pages = next((True for element in root.iter() if tag(element) == "lastRenderedPageBreak"), False)
    story = Story(read_styles(part("styles.xml")), Numbering.read(part("numbering.xml")), document, has_pages)
    document.blocks = list(story.blocks(body))
    story.close()
    comments = part("comments.xml")
    document.left_out[COMMENTS] += 0 if comments is None else len(list(children(comments, "comment")))
    notes = {kind: _notes(part(f"{kind}s.xml")) for kind in ("footnote", "endnote")}
    for kind, identity, place in tuple(story.references):
        if (note := notes[kind].pop(identity, None)) is not None:
            document.notes.append(Paragraph(_say(story.blocks(note)), place))
    return document


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive.names():
        for relation in _parse(archive, "_rels/.rels"):
            target = attribute(relation, "Target").lstrip("/")
            if attribute(relation, "Type").endswith("/officeDocument") and target in archive.names():
                return target
    if _MAIN not in archive.names():
        what = "is an archive, but no Word document"
        raise InputError.single(archive.name, what, "Save it again as .docx, or give it its own suffix")
    return _MAIN


def _parse(archive: Archive, part: str) -> Any:  # noqa: ANN401
    return parse_xml(archive.read(part, MAX_PART), f"{archive.name}, {part}", MAX_TAGS)


def _notes(root: Any | None) -> dict[str, Any]:  # noqa: ANN401
    if root is None:
        return {}
    notes = (note for note in children(root, "footnote", "endnote") if not attribute(note, "type"))
    return {attribute(note, "id"): note for note in notes}


def _say(blocks: Iterable[Any]) -> str:
    return " ".join(paragraph.text for paragraph in flow(list(blocks)) if paragraph.text)
