"""Find cues in a fragment, and weigh them by negation, intensifiers and contrast.

A negator reaches a number of tokens forward within its clause; ``niet`` and its kin also reach back to the nearest
cue before them, since Dutch puts them behind verb and object (*dat lukt niet*). A negator of a noun phrase (*zonder*,
*geen*) does not reach past a verb. What is negated speaks, more weakly, for the opposite value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pipeline.analysis.stances.lexicon import ADJECTIVE, NUMBER, Lexicon, Modifier, ModifierRole, StanceCue
from pipeline.core.vocabulary import Hat, Polarity, Scheme, Sentiment

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
        ending = sorted((entry for entry in entries if getattr(entry, "ends_compounds", False)), key=lambda e: e.words)
        self._endings = {entry.words[0]: entry for entry in reversed(ending)}
        self._lengths = sorted({len(word) for word in self._endings}, reverse=True)
        self._compounds: dict[tuple[str, str], E | None] = {}

    def find(self, words: Sequence[Word], keys: Sequence[frozenset[str]]) -> Iterator[Match[E]]:
        """Yield matches in words with their keys, from left to right."""
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
        if not candidates:
            return None
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
        """Find the ending of a compound; remembered, since the same words come back."""
        forms = (word.text, word.lemma)
        if forms not in self._compounds:
            self._compounds[forms] = self._find_ending(forms)
        return self._compounds[forms]

    def _find_ending(self, forms: tuple[str, str]) -> E | None:
        for length in self._lengths:
            found = (self._endings.get(form[-length:]) for form in forms if len(form) >= length + MIN_COMPOUND_REST)
            fitting = [entry for entry in found if entry is not None]
            if fitting:
                return min(fitting, key=lambda entry: entry.words)
        return None


LITOTES = 0.6
BACKWARD_SCOPE = 6
PUNCTUATION = frozenset(",;:.!?()[]–—-…\"'")
OPPOSITES: Mapping[str, str] = {
    Hat.GEEL: Hat.ZWART,
    Hat.ZWART: Hat.GEEL,
    Sentiment.POSITIEF: Sentiment.NEGATIEF,
    Sentiment.NEGATIEF: Sentiment.POSITIEF,
    Polarity.KANS: Polarity.KNELPUNT,
    Polarity.KNELPUNT: Polarity.KANS,
}
_UNFAVOURABLE = frozenset({Hat.ZWART, Sentiment.NEGATIEF, Polarity.KNELPUNT})
_NEGATORS = (ModifierRole.NEGATOR, ModifierRole.CLAUSE_NEGATOR)
_DEGREES = (ModifierRole.INTENSIFIER, ModifierRole.DOWNTONER)
_CLAUSE_OPENERS = (ModifierRole.BOUNDARY, ModifierRole.CONTRAST, ModifierRole.CONCESSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one cue says in its context.

    Attributes:
        value: the value it speaks for, turned round where it is negated.
        weight: how strongly, above 0.
        words: the cue as the lexicon writes it, after the negators that bear on it.
        start: position of its first token.
    """

    value: str
    weight: float
    words: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that the lexicon finds in one fragment.

    Attributes:
        evidence: per dimension, in the order of the text.
        n_negators: number of negators.
        n_contrasts: number of words of contrast and concession.
    """

    evidence: Mapping[Scheme, tuple[Evidence, ...]]
    n_negators: int
    n_contrasts: int


class CueReader:
    """Reads fragments with a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Index the lexicon."""
        self._cues = {dimension: PhraseIndex(cues) for dimension, cues in lexicon.cues.items()}
        self._modifiers = PhraseIndex(lexicon.modifiers)

    def read(self, words: Sequence[Word]) -> Findings:
        """Find and weigh all cues of a fragment.

        Args:
            words: its tokens, in order.

        Returns:
            The evidence per dimension; empty where there is none.
        """
        keys = [word.keys for word in words]
        modifiers = list(self._modifiers.find(words, keys))
        context = _Context(words, modifiers)
        return Findings(
            evidence={
                dimension: tuple(context.weigh(list(index.find(words, keys)), dimension))
                for dimension, index in self._cues.items()
            },
            n_negators=sum(m.entry.role in _NEGATORS for m in modifiers),
            n_contrasts=sum(m.entry.role in (ModifierRole.CONTRAST, ModifierRole.CONCESSION) for m in modifiers),
        )


class _Context:
    """Clauses, negators and weights of one fragment."""

    def __init__(self, words: Sequence[Word], modifiers: Sequence[Match[Modifier]]) -> None:
        self._words = words
        self._modifiers = modifiers
        self._clauses = _number_clauses(words, modifiers)
        self._conceded = _damp_concessions(modifiers, self._clauses)
        self._contrasted = _damp_before_contrast(words, modifiers)

    def weigh(self, found: Sequence[Match[StanceCue]], dimension: Scheme) -> Iterator[Evidence]:
        """Weigh the cues of one dimension; *maar* takes nothing from a polarity, since both may hold."""
        contrasted = self._contrasted if dimension is not Scheme.POLARITY else [1.0] * len(self._words)
        hits = [hit for hit in found if not self._is_inside_particle(hit)]
        bearing = {hit.start: self._bearing_on(hit, hits) for hit in hits}
        spent = [m for negators, degrees in bearing.values() for m in (*negators, *degrees)]
        for hit in hits:
            if not any(_overlap(hit, modifier) for modifier in spent):
                negators, degrees = bearing[hit.start]
                damping = self._conceded[hit.start] * contrasted[hit.start]
                yield self._evidence(hit, negators, degrees, hits, damping)

    def _bearing_on(
        self, hit: Match[StanceCue], hits: Sequence[Match[StanceCue]]
    ) -> tuple[list[Match[Modifier]], list[Match[Modifier]]]:
        before = [m for m in self._of(_NEGATORS) if self._reaches_forward(m, hit)]
        behind = [m for m in self._of((ModifierRole.CLAUSE_NEGATOR,)) if self._reaches_back(m, hit, hits)]
        if behind:
            before = [m for m in before if m.entry.role is ModifierRole.CLAUSE_NEGATOR]
        degrees, start = [], hit.start
        for m in reversed(self._of(_DEGREES)):
            if m.end == start and self._same_clause(m, hit):
                degrees.append(m)
                start = m.start
        return [*before, *behind], degrees

    def _reaches_forward(self, negator: Match[Modifier], hit: Match[StanceCue]) -> bool:
        gap = hit.start - negator.end
        if not 0 <= gap < negator.entry.scope or not self._same_clause(negator, hit):
            return False
        if negator.entry.role is ModifierRole.CLAUSE_NEGATOR:
            return True
        return not any(self._is_main_verb(i) for i in range(negator.end, hit.start + 1))

    def _is_main_verb(self, i: int) -> bool:
        return self._words[i].is_verb and not (i > 0 and self._words[i - 1].text == "te")

    def _reaches_back(self, negator: Match[Modifier], hit: Match[StanceCue], hits: Sequence[Match[StanceCue]]) -> bool:
        gap = negator.start - hit.end
        if not 0 <= gap < BACKWARD_SCOPE or not self._same_clause(negator, hit):
            return False
        nearer = any(hit.end <= other.start and other.end <= negator.start for other in hits)
        taken = gap > 0 and any(self._reaches_forward(negator, other) for other in hits)
        return not nearer and not taken

    def _evidence(
        self,
        hit: Match[StanceCue],
        negators: Sequence[Match[Modifier]],
        degrees: Sequence[Match[Modifier]],
        hits: Sequence[Match[StanceCue]],
        damping: float,
    ) -> Evidence:
        factor = damping
        for modifier in (*negators, *degrees):
            factor *= modifier.entry.factor
        value, weight = hit.entry.value, hit.entry.weight * abs(factor)
        if factor < 0 and value in OPPOSITES:
            weight *= LITOTES if value in _UNFAVOURABLE else 1.0
            value = OPPOSITES[value]
        own = [h.entry.weight for h in hits if h.entry.value == value and any(_overlap(h, m) for m in negators)]
        words = " ".join([*(word for m in negators for word in m.entry.words), *hit.entry.words])
        return Evidence(value=value, weight=max([weight, *own]), words=words, start=hit.start)

    def _of(self, roles: Sequence[ModifierRole]) -> list[Match[Modifier]]:
        return [m for m in self._modifiers if m.entry.role in roles]

    def _same_clause(self, modifier: Match[Modifier], hit: Match[StanceCue]) -> bool:
        return self._clauses[modifier.end - 1] == self._clauses[hit.start]

    def _is_inside_particle(self, hit: Match[StanceCue]) -> bool:
        return any(
            _overlap(hit, m) and hit.end - hit.start < m.end - m.start for m in self._of((ModifierRole.PARTICLE,))
        )


def _overlap(one: Match[StanceCue], other: Match[Modifier]) -> bool:
    return one.start < other.end and other.start < one.end


def _number_clauses(words: Sequence[Word], modifiers: Sequence[Match[Modifier]]) -> list[int]:
    opens = {m.start for m in modifiers if m.entry.role in _CLAUSE_OPENERS}
    clauses, clause = [], 0
    for i, word in enumerate(words):
        if i and (i in opens or word.text in PUNCTUATION or word.sentence != words[i - 1].sentence):
            clause += 1
        clauses.append(clause)
    return clauses


def _damp_concessions(modifiers: Sequence[Match[Modifier]], clauses: Sequence[int]) -> list[float]:
    weights = [1.0] * len(clauses)
    for m in modifiers:
        if m.entry.role is ModifierRole.CONCESSION:
            weights = [
                w * m.entry.factor if clause == clauses[m.start] else w
                for w, clause in zip(weights, clauses, strict=True)
            ]
    return weights


def _damp_before_contrast(words: Sequence[Word], modifiers: Sequence[Match[Modifier]]) -> list[float]:
    weights = [1.0] * len(words)
    for m in modifiers:
        if m.entry.role is ModifierRole.CONTRAST:
            for i in range(m.start):
                if words[i].sentence == words[m.start].sentence:
                    weights[i] *= m.entry.factor
    return weights
