"""Short ways through XML, by local name: documents of one format write the same names in several namespaces."""

from collections.abc import Iterator
from typing import Any

MAX_NUMBER = 9_999
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def tag(element: Any) -> str:  # noqa: ANN401
    """Give the local name of an element; empty for what is none."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def children(element: Any, *names: str) -> Iterator[Any]:  # noqa: ANN401
    """Give the children with one of some local names."""
    return (child for child in element if tag(child) in names)


def child(element: Any, *path: str) -> Any | None:  # noqa: ANN401
    """Go down by first children with these names; None where there is none."""
    for name in path:
        element = next(children(element, name), None)
        if element is None:
            return None
    return element


def attribute(element: Any, name: str, default: str = "") -> str:  # noqa: ANN401
    """Give an attribute by its local name."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), default)


def is_on(element: Any | None) -> bool:  # noqa: ANN401
    """Tell whether a switch such as ``<w:b/>`` is on."""
    return element is not None and attribute(element, "val", "true") not in ("0", "false", "off", "none")


def read_number(text: str, default: int = 0) -> int:
    """Read a whole number between 0 and `MAX_NUMBER`.

    >>> read_number("12"), read_number("-3"), read_number("veel"), read_number("99999999999")
    (12, 0, 0, 9999)
    """
    digits = text.strip()[:8]
    return min(int(digits), MAX_NUMBER) if digits.isascii() and digits.isdigit() else default


def write_number(number: int, form: str) -> str:
    """Write the number of an item as it is printed.

    Args:
        number: from 1.
        form: name of the form, as in a word processor's file: ``decimal``, ``lowerLetter``, ``a``, ``upperRoman``, ...

    Returns:
        The number; decimal for forms that are not known.

    >>> write_number(4, "lowerRoman"), write_number(3, "upperLetter"), write_number(7, "decimal")
    ('iv', 'C', '7')
    """
    if form in ("lowerLetter", "a", "upperLetter", "A") and 1 <= number <= 26:
        letter = "abcdefghijklmnopqrstuvwxyz"[number - 1]
        return letter.upper() if form in ("upperLetter", "A") else letter
    if form in ("lowerRoman", "i", "upperRoman", "I") and 1 <= number < 40:
        written = ""
        for value, sign in _ROMAN:
            written, number = written + sign * (number // value), number % value
        return written.upper() if form in ("upperRoman", "I") else written
    return str(number)
