"""What was found in a text, and how overlapping finds are settled."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.vocabulary import Identity


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """A name or number in a text.

    Attributes:
        start: its first character.
        end: one past its last.
        kind: what it is.
        is_sure: whether a rule or list says so; else a capital letter alone does.
    """

    start: int
    end: int
    kind: Identity
    is_sure: bool = True


def settle(finds: Iterable[Find]) -> list[Find]:
    """Keep of overlapping finds the sure one, then the longer one, then the first.

    >>> one, other = Find(0, 3, Identity.PERSOON), Find(0, 11, Identity.PERSOON)
    >>> settle([one, other, Find(4, 9, Identity.GEMEENTE, is_sure=False)]) == [other]
    True
    """
    kept: list[Find] = []
    for find in sorted(finds, key=lambda find: (not find.is_sure, find.start - find.end, find.start)):
        if all(find.end <= other.start or other.end <= find.start for other in kept):
            kept.append(find)
    return sorted(kept)
