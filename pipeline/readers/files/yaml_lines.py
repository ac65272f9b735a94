"""Reads YAML as text with line numbers: no value is turned into a date, a number or an object."""

from dataclasses import dataclass
from typing import Any

from pipeline.core.errors import InputError

MOST_CHARACTERS = 5_000_000
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class MappingPairs:
    """The pairs of a mapping as written, repeated keys included."""

    pairs: tuple[tuple["Located", "Located"], ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it begins.

    Attributes:
        value: a text as written, a list, or the pairs of a mapping; an empty value is an empty text.
        line: from 1.
        column: from 0.
        block: whether a list or mapping has a line for each part.
    """

    value: "str | list[Located] | MappingPairs"
    line: int
    column: int
    block: bool = False

    def where(self, name: str) -> str:
        """Say where it is, for a message."""
        return f"{name}, line {self.line}"


def read_yaml(text: str, name: str) -> Located | None:
    """Read the one document of a YAML file.

    Args:
        text: what the file holds.
        name: the name to use for it in messages.

    Returns:
        Its root, or None where there is none.

    Raises:
        InputError: not YAML, several documents, an alias, or nested beyond reason. The file is never quoted.

    >>> root = read_yaml("when: 2026-11-23", "x.yaml")
    >>> [(key.value, value.value, value.line) for key, value in root.value.pairs]
    [('when', '2026-11-23', 1)]
    """
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise InputError.single(name, f"is larger than {MOST_CHARACTERS:,} characters", "Is this the right file?")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        root = None if node is None else _locate(node, set(), name)
    except yaml.reader.ReaderError:
        fix = "Remove it, or save the file as UTF-8"
        raise InputError.single(name, "holds a character that YAML does not allow", fix) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fix = "Mind the indents, and put text that holds a colon or a quote between quotes"
        raise InputError.single(f"{name}, line {mark.line + 1}" if mark else name, "is not YAML", fix) from None
    except RecursionError:
        raise InputError.single(name, "is nested too deep", "Write one list of decisions") from None
    return None if root is None or root.value == "" else root


def _locate(node: Any, met: set[int], name: str) -> Located:  # noqa: ANN401
    import yaml

    line, column = node.start_mark.line + 1, node.start_mark.column
    if id(node) in met:
        raise InputError.single(f"{name}, line {line}", "is used again under an alias ('*')", "Write it out each time")
    met.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return Located([_locate(item, met, name) for item in node.value], line, column, block=not node.flow_style)
    if isinstance(node, yaml.MappingNode):
        pairs = tuple((_locate(key, met, name), _locate(value, met, name)) for key, value in node.value)
        return Located(MappingPairs(pairs), line, column, block=not node.flow_style)
    return Located("" if node.tag == _NULL else str(node.value), line, column)
