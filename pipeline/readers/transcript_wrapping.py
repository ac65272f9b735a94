"""Whether a line goes on with the one above it, as far as their ends show."""

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.readers.transcript_marks import Line

# A text was wrapped when most lines that another one follows have no room left for a long word.
LONG_WORD, MIN_FULL_LINES, MIN_FULL_SHARE, MAX_WIDTH = 15, 3, 0.6, 130


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Find the width at which a text was wrapped by hand or by its editor.

    Returns:
        The width in characters, or None where lines end where their sense ends.
    """
    widest = max((len(line.text) for line in lines), default=0)
    full = [len(line.text) > widest - LONG_WORD for line, below in pairwise(lines) if line.text and below.text]
    is_wrapped = len(full) >= MIN_FULL_LINES and sum(full) >= MIN_FULL_SHARE * len(full)
    return widest if widest <= MAX_WIDTH and is_wrapped else None


def is_hyphenated(above: Line, below: Line) -> bool:
    """Tell whether a word is broken over the end of a line."""
    return re.search(r"[^\W\d_]-\Z", above.text) is not None and below.text[0].islower()


def is_wrapped(above: Line, below: Line, width: int | None) -> bool:
    """Tell whether a line goes on with the one above: its first word would not have fitted there."""
    return width is not None and len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width
