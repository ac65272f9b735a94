"""Styles and numbering of a Word document: which paragraphs are headings or items, and the number before them."""

import re
from dataclasses import dataclass, field
from typing import Any

from pipeline.readers.documents.document import (
    BULLET,
    attribute,
    child,
    children,
    is_on,
    read_number,
    write_number,
)

_HEADING = re.compile(r"(?:heading|kop|titre|überschrift)\s*([1-9])", re.IGNORECASE)


_TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)


_CONTENTS = re.compile(r"(?:toc\s*\d?|inhopg\s*\d|inhoudsopgave\s*\d|toc heading|kopvaninhoudsopgave)", re.IGNORECASE)


_LIST = re.compile(r"(?:list bullet|list number|lijstopsom|lijstnummering|list paragraph bullet)", re.IGNORECASE)


_PLACEHOLDER = re.compile(r"%([1-9])")


_BODY_LEVEL = 9


_MAX_BASES = 20


@dataclass(slots=True)
class Style:
    """What a style says, with what it takes from the styles that it is based on.

    Attributes:
        name: as shown to the user; styles of the program itself have an English name.
        outline: depth as a heading, from 0; 9 for body text.
        number: list and level it belongs to.
        is_bold: its text is bold.
        is_hidden: its text is hidden.
    """

    name: str = ""
    outline: int | None = None
    number: tuple[str, int] | None = None
    is_bold: bool = False
    is_hidden: bool = False

    @property
    def heading(self) -> int:
        """Depth as a heading, from 1; 0 for none."""
        if found := _HEADING.fullmatch(self.name):
            return int(found[1])
        return self.outline + 1 if self.outline is not None and self.outline < _BODY_LEVEL else 0

    @property
    def is_title(self) -> bool:
        """Whether it is the style of the title."""
        return _TITLE.fullmatch(self.name) is not None

    @property
    def is_contents(self) -> bool:
        """Whether it is the style of a line in a table of contents."""
        return _CONTENTS.fullmatch(self.name) is not None

    @property
    def is_list(self) -> bool:
        """Whether its name says that it is the style of a list."""
        return _LIST.match(self.name) is not None


def read_styles(root: Any | None) -> dict[str, Style]:  # noqa: ANN401
    """Read the styles of a document by their identifier; the empty identifier is the style of ordinary paragraphs."""
    elements = {} if root is None else {attribute(style, "styleId"): style for style in children(root, "style")}
    styles = {identity: _read_style(identity, elements) for identity in elements}
    default = next(
        (key for key, e in elements.items() if attribute(e, "type") == "paragraph" and attribute(e, "default") == "1"),
        None,
    )
    styles.setdefault("", styles.get(default or "", Style()))
    return styles


def _read_style(identity: str, elements: dict[str, Any]) -> Style:
    found = Style()
    chain = [identity]
    while (base := child(elements[chain[-1]], "basedOn")) is not None and len(chain) < _MAX_BASES:
        above = attribute(base, "val")
        if above not in elements or above in chain:
            break
        chain.append(above)
    for key in reversed(chain):
        element = elements[key]
        properties, run = child(element, "pPr"), child(element, "rPr")
        if properties is not None:
            outline = child(properties, "outlineLvl")
            found.outline = found.outline if outline is None else read_number(attribute(outline, "val"), _BODY_LEVEL)
            found.number = number_of(properties) or found.number
        for switch, name in (("b", "is_bold"), ("vanish", "is_hidden")):
            element_of = child(run, switch) if run is not None else None
            if element_of is not None:
                setattr(found, name, is_on(element_of))
    found.name = _name(identity, elements)
    inherited = next((match for key in chain[1:] if (match := _HEADING.fullmatch(_name(key, elements)))), None)
    if inherited and not found.heading:
        found.outline = int(inherited[1]) - 1
    return found


def _name(identity: str, elements: dict[str, Any]) -> str:
    named = child(elements[identity], "name")
    return attribute(named, "val") if named is not None else identity


def number_of(properties: Any) -> tuple[str, int] | None:  # noqa: ANN401
    """Read which list a paragraph or style belongs to, and its level; list ``0`` takes it out of every list."""
    number = child(properties, "numPr")
    if number is None:
        return None
    identity, level = child(number, "numId"), child(number, "ilvl")
    depth = read_number(attribute(level, "val")) if level is not None else 0
    return (attribute(identity, "val") if identity is not None else "", min(depth, 8))


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """Counts the items of lists as they are met, and writes their numbers."""

    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _lists: dict[str, str] = field(default_factory=dict)
    _starts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Any | None) -> "Numbering":  # noqa: ANN401
        """Read the lists of a document."""
        numbering = cls()
        for abstract in children(root, "abstractNum") if root is not None else ():
            levels = {}
            for level in children(abstract, "lvl"):
                values = {name: child(level, name) for name in ("numFmt", "lvlText", "start")}
                said = {name: attribute(value, "val") for name, value in values.items() if value is not None}
                start = read_number(said.get("start", "1"), 1)
                levels[read_number(attribute(level, "ilvl"))] = _Level(
                    said.get("numFmt", "decimal"), said.get("lvlText", ""), start
                )
            numbering._levels[attribute(abstract, "abstractNumId")] = levels
        for number in children(root, "num") if root is not None else ():
            identity, abstract = attribute(number, "numId"), child(number, "abstractNumId")
            numbering._lists[identity] = attribute(abstract, "val") if abstract is not None else ""
            for override in children(number, "lvlOverride"):
                if (start_at := child(override, "startOverride")) is not None:
                    place = (identity, read_number(attribute(override, "ilvl")))
                    numbering._starts[place] = read_number(attribute(start_at, "val"), 1)
        return numbering

    def next_mark(self, number: tuple[str, int]) -> str:
        """Count one item on and give its mark: ``-`` for a bullet, else its number as printed; empty for no list."""
        identity, depth = number
        levels = self._levels.get(self._lists.get(identity, ""))
        if levels is None:
            return ""
        key = self._lists[identity]
        level = levels.get(depth, _Level())
        if level.form == "bullet":
            return BULLET
        counts = self._counts.setdefault(key, {})
        if (start := self._starts.pop((identity, depth), None)) is not None:
            counts.pop(depth, None)
        counts[depth] = counts.get(depth, (level.start if start is None else start) - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]

        def written(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = levels.get(at, _Level())
            return write_number(counts.get(at, other.start), other.form)

        mark = _PLACEHOLDER.sub(written, level.text) if level.form != "none" else ""
        return " ".join(mark.split()[:4])[:40]
