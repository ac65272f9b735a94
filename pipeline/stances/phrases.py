"""Find words, phrases and endings of compounds among tokens."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pipeline.stances.lexicon import ADJECTIVE, NUMBER

MIN_COMPOUND_REST = 3
NOT_A_NUMBER = frozenset({"een", "één", "eén", "ene"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A token as the lexicon sees it.

    Attributes:
        text: as written, in lower case.
        lemma: dictionary form, in lower case.
        sentence: number of its sentence.
        pos: universal part of speech, or None where the tagger gives none.
    """

    text: str
    lemma: str
    sentence: int
    pos: str | None

    @property
    def keys(self) -> frozenset[str]:
        """All words of the lexicon that it may stand for."""
        keys = {self.text, self.lemma}
        if self.text not in NOT_A_NUMBER and (self.pos == "NUM" or self.text.replace(".", "").isdigit()):
            keys.add(NUMBER)
        if self.pos == "ADJ":
            keys.add(ADJECTIVE)
        return frozenset(keys)

    @property
    def is_verb(self) -> bool:
        """Whether the tagger calls it a verb."""
        return self.pos in ("VERB", "AUX")


class _Entry(Protocol):
    @property
    def words(self) -> tuple[str, ...]: ...


E = TypeVar("E", bound=_Entry)


@dataclass(frozen=True, slots=True)
class Match(Generic[E]):
    """An entry found at tokens ``start`` up to ``end``."""

    start: int
    end: int
    entry: E


class PhraseIndex(Generic[E]):
    """Finds entries of one or more words, the longest first, without overlap."""

    def __init__(self, entries: Iterable[E]) -> None:
        """Index entries by their first word."""
        entries = tuple(entries)
        self._by_first: dict[str, list[E]] = {}
        for entry in entries:
            self._by_first.setdefault(entry.words[0], []).append(entry)
        self._endings = sorted(
            (entry for entry in entries if getattr(entry, "ends_compounds", False)),
            key=lambda entry: (-len(entry.words[0]), entry.words),
        )

    def find(self, words: Sequence[Word]) -> Iterator[Match[E]]:
        """Yield matches from left to right."""
        keys = [word.keys for word in words]
        start = 0
        while start < len(words):
            entry = self._longest(words, keys, start) or self._compound(words[start])
            if entry is None:
                start += 1
            else:
                yield Match(start, start + len(entry.words), entry)
                start += len(entry.words)

    def _longest(self, words: Sequence[Word], keys: Sequence[frozenset[str]], start: int) -> E | None:
        candidates = [entry for key in keys[start] for entry in self._by_first.get(key, ())]
        fitting = [
            entry
            for entry in candidates
            if start + len(entry.words) <= len(keys)
            and all(word in keys[start + i] for i, word in enumerate(entry.words))
        ]
        return max(
            fitting,
            key=lambda entry: (len(entry.words), entry.words[0] == words[start].text, entry.words),
            default=None,
        )

    def _compound(self, word: Word) -> E | None:
        for entry in self._endings:
            ending = entry.words[0]
            if any(
                form.endswith(ending) and len(form) >= len(ending) + MIN_COMPOUND_REST
                for form in (word.text, word.lemma)
            ):
                return entry
        return None
