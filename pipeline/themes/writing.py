"""Adds a decision to ``decisions.yaml``: at its end, so that what a person wrote there stays as it is."""

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap

from pipeline.errors import InputError
from pipeline.readers.decisions import Decision, parse_decisions
from pipeline.readers.yaml_lines import read_yaml

HEAD = """\
# What people decided of the themes. Replayed in this order at every run; the command "dialoogtafel decide" adds to it.
# Anchors are fragments that showed a theme best when it was decided; they find it again after new notes came in.
# To take something back, undo it: history stays.
"""
WIDTH = 110


def append_decision(text: str, decision: Decision, name: str) -> str:
    """Add a decision at the end of the file.

    Args:
        text: what the file holds; empty where there is none.
        decision: the new one; its line is not used.
        name: the name of the file, for messages.

    Returns:
        What the file is to hold: the text as it was, and the decision.

    Raises:
        InputError: the file is wrong, would become so, or cannot be added to.
    """
    before = parse_decisions(text, name)
    root = read_yaml(text, name) if before else None
    if root is not None and not root.block:
        raise InputError.single(root.where(name), "is a list between brackets", "Begin each decision with '- id: '")
    indent = " " * (root.column if root is not None else 0)
    kept = text if text.strip() else HEAD
    if root is None and text.strip():
        # Only comments, or an empty list: what would follow it is another document.
        kept = "\n".join(line for line in text.splitlines() if line.strip() in ("", "---") or line.lstrip()[0] == "#")
    body = "\n".join(indent + line for line in render_decision(decision))
    made = f"{kept.rstrip()}\n\n{body}\n"
    after = parse_decisions(made, name)
    if [each.decision_id for each in after] != [*(each.decision_id for each in before), decision.decision_id]:
        raise InputError.single(name, "does not end in its list of decisions", "Remove what follows the last one")
    return made


def render_decision(decision: Decision) -> Iterator[str]:
    """Write a decision as lines of YAML, without what is not filled in."""
    yield f"- id: {decision.decision_id}"
    yield f"  who: {_quote(decision.who)}"
    yield f"  when: {decision.when}"
    yield f"  action: {decision.action}"
    if decision.undoes:
        yield f"  undoes: {decision.undoes}"
    if decision.themes:
        yield "  themes:"
        for theme in decision.themes:
            yield f"    - theme: {theme.theme_id}"
            if theme.label:
                yield f"      label: {_quote(theme.label)}"
            yield from _list("      anchors", theme.anchors)
    if decision.fragments:
        yield from _list("  fragments", decision.fragments)
    if decision.into:
        yield f"  into: {decision.into}"
    if decision.name:
        yield f"  name: {_quote(decision.name)}"
    if decision.note:
        yield f"  note: {_quote(decision.note)}"


def _quote(text: str) -> str:
    r"""Write a text as a JSON string, which is also a YAML one.

    >>> print(_quote('tijd: "te weinig"'))
    "tijd: \"te weinig\""
    """
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _list(key: str, items: Sequence[str]) -> Iterator[str]:
    whole = f"{key}: [{', '.join(items)}]"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{key}: ["
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    yield from wrap(", ".join(items), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    yield f"{indent[2:]}]"
