"""Guids that stay the same over runs: made from what a thing is, not from when it was made."""

from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d2f0e-6c0b-5f0a-9a5c-2b8d6c1e7a40")
"""The namespace of all guids of this program; changing it would make every project a stranger to its earlier self."""

_BETWEEN = "\x1f"


def make_guid(study: str, kind: str, *parts: object) -> str:
    """Make the guid of one thing of one study.

    Args:
        study: name of the study.
        kind: what it is, as ``code`` or ``source``.
        parts: what sets it apart from others of its kind.

    >>> make_guid("proef", "code", "theme", "nabijheid") == make_guid("proef", "code", "theme", "nabijheid")
    True
    >>> make_guid("proef", "code", "a", "b") == make_guid("proef", "code", "ab", "")
    False
    """
    return str(uuid5(NAMESPACE, _BETWEEN.join((study, kind, *map(str, parts)))))
