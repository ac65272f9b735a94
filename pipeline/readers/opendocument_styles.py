"""Styles and lists of an OpenDocument text: which paragraphs are headings or bold, and the number before an item."""

import re
from dataclasses import dataclass
from typing import Any

from pipeline.readers.document import BULLET
from pipeline.readers.elements import attribute, child, children, read_number, tag, write_number

_HEADING = re.compile(r"(?:heading|kop)(?:_20_|\s)*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)
_BOLD = re.compile(r"bold|[6-9]00", re.IGNORECASE)
_MAX_BASES = 20


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, with what it takes from its parents.

    Attributes:
        heading: depth as a heading, from 1; 0 for none.
        is_title: it is the style of the title.
        is_bold: its text is bold.
        is_hidden: its text is hidden.
        list_name: the list style that it sets.
        breaks_page: a page turns before it.
    """

    heading: int = 0
    is_title: bool = False
    is_bold: bool = False
    is_hidden: bool = False
    list_name: str = ""
    breaks_page: bool = False


def read_styles(*roots: Any) -> tuple[dict[str, Style], dict[str, dict[int, Any]]]:  # noqa: ANN401
    """Read the styles in the parts of a document.

    Args:
        roots: roots of the parts that hold styles; later ones win.

    Returns:
        Styles of paragraphs and text by name; and the levels of list styles by name and depth, from 1.
    """
    elements: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    for root in roots:
        for container in children(root, "styles", "automatic-styles"):
            for element in container:
                name = attribute(element, "name")
                if tag(element) == "style":
                    elements[name] = element
                elif tag(element) == "list-style":
                    lists[name] = {read_number(attribute(level, "level"), 1): level for level in element}
    return {name: _read_style(name, elements) for name in elements}, lists


def style_named(name: str) -> Style:
    """Give what the name of a style says of it, for a style that the document does not define."""
    heading = _HEADING.fullmatch(name)
    return Style(heading=int(heading[1]) if heading else 0, is_title=_TITLE.fullmatch(name) is not None)


def _read_style(name: str, elements: dict[str, Any]) -> Style:
    chain = [name]
    while (above := attribute(elements[chain[-1]], "parent-style-name")) in elements and above not in chain:
        chain.append(above)
        if len(chain) > _MAX_BASES:
            break
    names = [*chain, attribute(elements[chain[-1]], "parent-style-name")]
    said: dict[str, str] = {}
    for key in reversed(chain):
        for properties in children(elements[key], "text-properties", "paragraph-properties"):
            said |= {key.rpartition("}")[2]: value for key, value in properties.attrib.items()}
        said |= {"list": attribute(elements[key], "list-style-name") or said.get("list", "")}
    heading = next((found for key in names if (found := _HEADING.fullmatch(key))), None)
    return Style(
        heading=int(heading[1]) if heading else 0,
        is_title=any(_TITLE.fullmatch(key) for key in names),
        is_bold=_BOLD.fullmatch(said.get("font-weight", "")) is not None,
        is_hidden=said.get("display") == "none",
        list_name=said["list"],
        breaks_page=said.get("break-before") == "page",
    )


def write_mark(level: Any | None, counts: dict[int, int], depth: int) -> str:  # noqa: ANN401
    """Write the mark of an item: ``-`` for a bullet, else its number as printed.

    Args:
        level: the level of the list style, or None where the list has no style.
        counts: how far each depth was counted.
        depth: of the item, from 1.

    Returns:
        The mark; empty where the level prints none.
    """
    if level is None or tag(level) != "list-level-style-number":
        return BULLET
    form = attribute(level, "num-format")
    if not form:
        return ""
    shown = max(1, read_number(attribute(level, "display-levels"), 1))
    numbers = [write_number(counts.get(at, 1), form) for at in range(max(1, depth - shown + 1), depth + 1)]
    mark = attribute(level, "num-prefix") + ".".join(numbers) + attribute(level, "num-suffix")
    return " ".join(mark.split()[:4])[:40]


def first_start(level: Any | None) -> int:  # noqa: ANN401
    """Give the number that a level of a list starts with."""
    return read_number(attribute(level, "start-value"), 1) if level is not None else 1


def outline_of(root: Any | None) -> dict[int, Any]:  # noqa: ANN401
    """Give the levels of the numbering of headings, by depth."""
    outline = child(root, "styles", "outline-style") if root is not None else None
    return {} if outline is None else {read_number(attribute(level, "level"), 1): level for level in outline}
