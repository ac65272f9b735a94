"""The name of a selection is often its text, or the beginning of it; whether two texts are the same for that."""

import re
import unicodedata

SHOWN = 100
"""Characters of a text that go into the name of its selection."""

_ELLIPSIS = ("…", "...")
_INVISIBLE = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202e\ufeff\ufffc]+")


def shorten(text: str) -> str:
    """Make the name of a selection: its text on one line, cut with an ellipsis where it is long.

    >>> shorten("een  stoel" + chr(10) + "erbij"), len(shorten("a" * 200))
    ('een stoel erbij', 101)
    """
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[:SHOWN] + _ELLIPSIS[0]


def fold(text: str) -> str:
    """Give what two writings of one text share: no spaces, no invisible characters, one form of each letter.

    >>> fold("één  stoel") == fold("e\u0301e\u0301n stoel ")
    True
    """
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def is_cut(name: str) -> bool:
    """Whether a name is the beginning of a text, by its ellipsis."""
    return name.rstrip().endswith(_ELLIPSIS)


def beginning(name: str) -> str:
    """Give the name without its ellipsis."""
    bare = name.rstrip()
    for mark in _ELLIPSIS:
        bare = bare.removesuffix(mark)
    return bare


def same_text(name: str, text: str) -> bool:
    """Whether the name of a selection says its text, whole or cut.

    >>> same_text("een stoel…", "een stoel erbij"), same_text("een stoel", "een stoel erbij")
    (True, False)
    """
    whole = fold(text)
    return bool(whole) and (fold(name) == whole or (is_cut(name) and whole.startswith(fold(beginning(name)))))
