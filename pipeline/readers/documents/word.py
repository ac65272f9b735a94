"""Reads Word documents (``.docx``, ``.docm``): styles, lists, tables, notes, tracked changes, text boxes.

Read is what is shown when all changes are accepted. Comments, deletions, hidden text, tables of contents, heads and
feet are no text of the document; macros are never looked at.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.vocabulary import Hat
from pipeline.readers.documents.document import (
    Block,
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
from pipeline.readers.notes.hats import ADJECTIVES, HATS, find_hat, hat_of_colour

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
    document.blocks = list(_with_hats(document.blocks))
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


_COLOUR_OF_HAT = re.compile(
    rf"(?P<colour>[^=:;,()]+?)\s*=\s*(?:de\s+)?(?P<hat>{ADJECTIVES})\s+(?:denk)?hoed\b", re.IGNORECASE
)
_MARKS = re.compile(
    r"\b(?:kleur\w*|\w*gemarkeerd|markering\w*|gearceerd|stift|fluo\w*|letters?|highlight\w*)\b", re.IGNORECASE
)
_UNMARKED = re.compile(r"\b(?:niet|geen|zonder|gewoon|on\w+)\b", re.IGNORECASE)
MIN_COLOURS, MAX_LEGEND_WORDS = 2, 60


def _with_hats(blocks: Sequence[Block]) -> Iterator[Block]:
    """Write the hat for which the colour of a paragraph stands before it, below a line that says which one it is."""
    hats: dict[Hat | None, Hat] = {}
    for block in blocks:
        if isinstance(block, Paragraph) and (found := _read_colours(block.text)):
            hats = found
        elif isinstance(block, Paragraph) and hats and block.text.strip() and not (block.heading or block.is_bold):
            colour = hat_of_colour(block.colour) or find_hat(block.colour)
            hat = hats.get(colour) if colour or not block.colour else None
            block = replace(block, text=f"[{hat}] {block.text.lstrip()}") if hat else block
        yield block


def _read_colours(text: str) -> dict[Hat | None, Hat]:
    """Read a line that says which colour stands for which hat; ``None`` is for what has no colour.

    >>> _read_colours("geel gemarkeerd = gele hoed, niet gemarkeerd = zwarte hoed")[None]
    <Hat.ZWART: 'zwart'>
    """
    if len(text.split()) > MAX_LEGEND_WORDS or not _MARKS.search(text):
        return {}
    found: dict[Hat | None, Hat] = {}
    for pair in _COLOUR_OF_HAT.finditer(text):
        hat = HATS[pair["hat"].casefold()]
        colours = {colour for word in re.findall(r"[^\W\d_]+", pair["colour"]) if (colour := find_hat(word))}
        if _UNMARKED.search(pair["colour"]) or (colours == {Hat.ZWART}):
            # What is written in black has most often no colour of its own.
            found[None] = hat
        for colour in colours:
            found[colour] = hat
    return found if len(found) >= MIN_COLOURS else {}


def _say(blocks: Iterable[Any]) -> str:
    return " ".join(paragraph.text for paragraph in flow(list(blocks)) if paragraph.text)
