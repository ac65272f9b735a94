"""What was found in a text, how overlapping finds are settled, and the words that are looked at."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipeline.core.vocabulary import Identity

MAX_ABBREVIATION = 6
INITIAL = re.compile(r"[A-Z]\.")
_WORD = re.compile(r"['’]t\b|\b[vV](?:/d\b|\.d\.)|[^\W\d_]+(?:[-’'][^\W\d_]+)*\.?")
_ENDS_SENTENCE = re.compile(r"[.!?:…;]['’\"”)\]]*\s+['’\"“‘(\[]*\Z|\n\s*\W*\Z")
_INNER_CAPITAL = re.compile(r"(?:[a-z]{1,2}['’]|(?:el|al|ben|bou|ait)-)[A-Z]")


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


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word of a text.

    Attributes:
        text: as written, with a point that follows at once.
        start: its first character.
        end: one past its last.
        is_first: whether it begins a sentence.
    """

    text: str
    start: int
    end: int
    is_first: bool

    @property
    def plain(self) -> str:
        """Without its point."""
        return self.text.rstrip(".")

    @property
    def has_capital(self) -> bool:
        """Whether it begins with a capital, as *d'Hoker* and *el-Kaddouri* do too."""
        return self.text[0].isupper() or bool(_INNER_CAPITAL.match(self.text))

    @property
    def is_shouted(self) -> bool:
        """Whether it stands in capitals."""
        return self.plain.isupper() and len(self.plain) > 1

    @property
    def is_abbreviation(self) -> bool:
        """Whether it may be one: few letters, all capitals."""
        return self.is_shouted and len(self.plain) <= MAX_ABBREVIATION


def read_words(text: str, shortened: Collection[str] = ()) -> list[TextWord]:
    """Read the words of a text.

    Args:
        text: any text.
        shortened: lower-case words whose point ends no sentence, as that of an initial.

    >>> [(word.plain, word.is_first) for word in read_words("Ik ken mevr. A. Claes. Zij mij", {"mevr"})][3:]
    [('A', False), ('Claes', False), ('Zij', True), ('mij', False)]
    """
    words: list[TextWord] = []
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        begins = not text[: match.start()].strip(" \t\n-–•*\"'“‘(") or bool(_ENDS_SENTENCE.search(before))
        is_first = begins and not (words and _is_shortened(words[-1], shortened) and "\n" not in before)
        words.append(TextWord(match[0], match.start(), match.end(), is_first))
    return words


def _is_shortened(word: TextWord, shortened: Collection[str]) -> bool:
    return word.text.endswith(".") and (bool(INITIAL.fullmatch(word.text)) or word.plain.casefold() in shortened)


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
