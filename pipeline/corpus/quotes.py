"""Finds the fragments that a quote, an id or a pair of offsets refers to."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias

from rapidfuzz import fuzz, process

from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Kind
from pipeline.text.normalisation import letters_only, normalise

How: TypeAlias = Literal["structure", "id", "offsets", "exact", "cut", "fuzzy", "carried"]

MIN_SIMILARITY = 0.85
"""A fuzzy match is at least this like the quote: 1 minus the normalised insertion-deletion distance.

Two different remarks of the example study are at most .64 alike; a quote with a slip in one of ten characters is still
.85 like its own remark in 99 of 100 cases.
"""

MIN_MARGIN = 0.05
"""A fuzzy match is at least this much more like the quote than the runner-up."""

MIN_FUZZY_WORDS = 4
"""Shorter quotes are like too many texts; they match exactly or not at all."""

NO_SESSION = "names a session that is not there"
MIN_PART_WORDS = 4
"""A quote that is part of one remark only, and as long as this, stands for the fragments in which it lies."""

MIN_RUN_LETTERS = 12
"""A quote is looked for over the borders of remarks when its first part has as many letters."""

MAX_OMITTED = 2_000
"""Letters that three dots within a quote may stand for."""

_NEVER_QUOTED = (Kind.LAYOUT, Kind.HEADING, Kind.FOOTNOTE)
_MARKS = str.maketrans("’‘‚`´“”„«»–—‑", "'" * 5 + '"' * 5 + "-" * 3)
_LABEL = re.compile(r"(?:[-*•]\s+)?(?:\[[\d:.]+\]\s*)?(?:[^\W\d_]\w{0,20}(?:\s\d{1,2})?(?:\s*\([^()]*\))?:\s+)?")


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """The fragments that a row refers to, or why there are none.

    Attributes:
        fragment_ids: in the order of the source; empty when nothing was found.
        how: the way in which they were found.
        similarity: of a fuzzy match, in [0, 1].
        reason: why nothing was found.
    """

    fragment_ids: tuple[str, ...] = ()
    how: How | None = None
    similarity: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    session: str
    key: str
    fragment_ids: tuple[str, ...]


@lru_cache(maxsize=10_000)
def fold_quote(text: str) -> str:
    """Give what quotes of one text share: no case, one form of quotation marks and dashes, none around the whole.

    >>> fold_quote("“Wij  kaarten – elke dag”")
    'wij kaarten - elke dag'
    """
    return normalise(text).text.casefold().translate(_MARKS).strip(" \"'.…")


class Finder:
    """All texts that a coding may refer to, by id, place and text."""

    def __init__(self, utterances: Sequence[Row], fragments: Sequence[Row]) -> None:
        """Index utterances and fragments; a text that occurs as both is kept once.

        Args:
            utterances: rows of ``utterances``.
            fragments: rows of ``fragments``.
        """
        ordered = sorted(fragments, key=lambda row: (row["source_id"], row["char_start"], row["fragment_id"]))
        parts: dict[str, list[Row]] = defaultdict(list)
        for row in ordered:
            parts[row["utterance_id"]].append(row)
        self._parts = parts
        self._fragments = {row["fragment_id"]: row for row in ordered}
        self.sessions = frozenset(row["session"] for row in ordered)
        self._by_source: dict[str, list[Row]] = defaultdict(list)
        self._by_bounds: dict[str, tuple[list[int], list[int]]] = {}
        texts: dict[tuple[str, ...], _Text] = {}
        for row in ordered:
            if row["kind"] not in _NEVER_QUOTED:
                self._by_source[row["source_id"]].append(row)
        for row in sorted(utterances, key=lambda row: (row["source_id"], row["char_start"], row["utterance_id"])):
            inside = parts.get(row["utterance_id"], [])
            if row["kind"] in _NEVER_QUOTED or not inside:
                continue
            together = tuple(part["fragment_id"] for part in inside)
            texts[together] = _Text(row["session"], fold_quote(row["text"]), together)
            for part in inside:
                alone = (part["fragment_id"],)
                texts.setdefault(alone, _Text(part["session"], fold_quote(part["text"]), alone))
        self._texts = tuple(texts.values())
        self._flows: dict[str, tuple[str, list[int], list[str]]] = {}
        self._by_key: dict[str, list[_Text]] = defaultdict(list)
        for text in self._texts:
            self._by_key[text.key].append(text)

    def span(self, fragment_id: str) -> tuple[int, int]:
        """Give the offsets of a fragment."""
        row = self._fragments[fragment_id]
        return int(row["char_start"]), int(row["char_end"])

    def by_id(self, unit: str) -> QuoteMatch:
        """Find a fragment, or all fragments of an utterance."""
        if unit in self._fragments:
            return QuoteMatch((unit,), "id")
        if found := self._parts.get(unit):
            return QuoteMatch(tuple(row["fragment_id"] for row in found), "id")
        return QuoteMatch(reason="names an id that no fragment and no utterance has")

    def by_offsets(self, source_id: str, start: int, end: int) -> QuoteMatch:
        """Find the fragments of which at least half lies between two offsets, or in one of which these lie."""
        if source_id not in self._by_source:
            return QuoteMatch(reason="names a source that is not there")
        found = []
        starts, reach = self._bounds(source_id)
        for row in self._by_source[source_id][bisect_right(reach, start) : bisect_left(starts, end)]:
            shared = min(end, row["char_end"]) - max(start, row["char_start"])
            if shared > 0 and 2 * shared >= min(end - start, row["char_end"] - row["char_start"]):
                found.append(row["fragment_id"])
        return (
            QuoteMatch(tuple(found), "offsets")
            if found
            else QuoteMatch(reason="names offsets at which no remark stands")
        )

    def _bounds(self, source_id: str) -> tuple[list[int], list[int]]:
        """Give where each fragment of a source begins, and how far those up to it reach."""
        if source_id not in self._by_bounds:
            rows = self._by_source[source_id]
            reach = list(accumulate((int(row["char_end"]) for row in rows), max))
            self._by_bounds[source_id] = [int(row["char_start"]) for row in rows], reach
        return self._by_bounds[source_id]

    def count(self, quote: str, session: str | None) -> int:
        """Count the places where a text stands word for word, as far as it is not cut off."""
        return len(self._same(quote, session)) or len(self._runs(quote, session))

    def by_quote(self, quote: str, session: str | None, occurrence: int | None = None) -> QuoteMatch:
        """Find the fragments whose text, or part of whose text, a quote is.

        Args:
            quote: as the coder wrote it down; a bullet or a speaker's label in front of it does no harm.
            session: where to look; None for everywhere.
            occurrence: which of several places, from 0, where the rows of a coding follow the places.

        Returns:
            The place, or the reason why there is none or more than one.
        """
        if session is not None and session not in self.sessions:
            return QuoteMatch(reason=NO_SESSION)
        same = self._same(quote, session)
        if len(same) == 1 or (same and occurrence is not None):
            return QuoteMatch(same[occurrence or 0].fragment_ids, "exact")
        if same:
            return QuoteMatch(reason=f"its text stands at {len(same)} places: give fragment_id, or source and offsets")
        if occurrence is not None and occurrence < len(runs := self._runs(quote, session)):
            return QuoteMatch(runs[occurrence], _how(quote))
        return self._part(quote, session) or self._run(quote, session) or self._like(quote, session)

    def _same(self, quote: str, session: str | None) -> list[_Text]:
        for key in dict.fromkeys((fold_quote(quote), fold_quote(_LABEL.sub("", quote, count=1)))):
            if found := _within(self._by_key.get(key, ()), session):
                return found
        return []

    def _part(self, quote: str, session: str | None) -> QuoteMatch | None:
        key = fold_quote(_LABEL.sub("", quote, count=1))
        if len(key.split()) < MIN_PART_WORDS:
            return None
        pattern = re.compile(rf"(?<!\w){re.escape(key)}(?!\w)")
        found = [text for text in _within(self._texts, session) if pattern.search(text.key)]
        # A fragment that holds the quote lies in an utterance that holds it too: keep the smallest.
        least = [text for text in found if not any(set(o.fragment_ids) < set(text.fragment_ids) for o in found)]
        if len(least) > 1:
            return QuoteMatch(
                reason=f"its text stands in {len(least)} remarks: give fragment_id, or source and offsets"
            )
        return QuoteMatch(self._touched(least[0], key), _how(quote)) if least else None

    def _run(self, quote: str, session: str | None) -> QuoteMatch | None:
        """Find a quote that runs over several turns, is cut off, or leaves out signs."""
        found = self._runs(quote, session)
        if len(found) > 1:
            return QuoteMatch(reason=f"its text stands at {len(found)} places: give fragment_id, or source and offsets")
        return QuoteMatch(found[0], _how(quote)) if found else None

    def _runs(self, quote: str, session: str | None) -> list[tuple[str, ...]]:
        """Give the fragments at each place where the letters of a quote stand, over the borders of remarks too.

        What was left out of a quote is marked by three dots: then its parts stand behind each other.
        """
        for plain in dict.fromkeys((_without_labels(quote), quote)):
            parts = [key for part in _OMISSION.split(plain) if (key := letters_only(part))]
            if not parts or len(parts[0]) < MIN_RUN_LETTERS:
                continue
            found: dict[tuple[str, ...], bool] = {}
            for name in sorted(self.sessions) if session is None else [session]:
                found |= self._in_session(name, parts)
            # A quote that was cut off at its end began with a remark.
            begun = [place for place, begins in found.items() if begins] if _CUT.search(quote) else []
            if found:
                return begun or list(found)
        return []

    def _in_session(self, session: str, parts: Sequence[str]) -> dict[tuple[str, ...], bool]:
        """Find the parts of a quote, each behind the one before, with whether the first begins a remark."""
        text, starts, ids = self._flow(session)
        found: dict[tuple[str, ...], bool] = {}
        at = text.find(parts[0])
        while at >= 0:
            end, is_whole = at + len(parts[0]), True
            for part in parts[1:]:
                following = text.find(part, end, end + MAX_OMITTED + len(part))
                is_whole = is_whole and following >= 0
                end = following + len(part) if following >= 0 else end
            if is_whole:
                place = _covered(at, end, starts, ids, len(text))
                found[place] = found.get(place, False) or at in starts
            at = text.find(parts[0], at + 1)
        return found

    def _flow(self, session: str) -> tuple[str, list[int], list[str]]:
        """Give the letters of a session in the order of its sources, and where each fragment begins in them."""
        if session not in self._flows:
            text, starts, ids = [], [], []
            size = 0
            for row in self._fragments.values():
                if row["session"] == session and row["kind"] not in _NEVER_QUOTED:
                    letters = letters_only(row["text"])
                    starts.append(size)
                    ids.append(str(row["fragment_id"]))
                    text.append(letters)
                    size += len(letters)
            self._flows[session] = "".join(text), starts, ids
        return self._flows[session]

    def _touched(self, text: _Text, key: str) -> tuple[str, ...]:
        """Keep the fragments of a split utterance in which a part of the quote lies."""
        at = text.key.index(key)
        touched, place = [], 0
        for fragment_id in text.fragment_ids:
            part = fold_quote(self._fragments[fragment_id]["text"])
            begin = text.key.find(part, place)
            place = begin + len(part)
            if begin < at + len(key) and place > at:
                touched.append(fragment_id)
        return tuple(touched)

    def _like(self, quote: str, session: str | None) -> QuoteMatch:
        nothing = QuoteMatch(
            reason="its text is not in the sources" if session is None else "its text is not in the session"
        )
        key = fold_quote(_LABEL.sub("", quote, count=1))
        if len(key.split()) < MIN_FUZZY_WORDS:
            return nothing
        texts = _within(self._texts, session)
        # Of a quote that was cut off only as much of a remark is compared.
        length = len(key) if _CUT.search(quote) else None
        keys = [text.key[:length] for text in texts]
        scored = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=100 * MIN_SIMILARITY, limit=None)
        if not scored:
            return nothing
        ranked = sorted(((score / 100, i) for _, score, i in scored), key=lambda pair: (-pair[0], pair[1]))
        best = texts[ranked[0][1]]
        others = [score for score, i in ranked[1:] if not set(texts[i].fragment_ids) & set(best.fragment_ids)]
        if others and ranked[0][0] - others[0] < MIN_MARGIN:
            return QuoteMatch(reason="its text is like two remarks: give fragment_id, or source and offsets")
        return QuoteMatch(best.fragment_ids, "fuzzy", ranked[0][0])


def _how(quote: str) -> How:
    """Tell a quote of which words were left out from one that stands there as it is."""
    return "cut" if _DOTS.search(quote) else "exact"


_DOTS = re.compile(r"\.{3,}|…")
_OMISSION = re.compile(r"\s*[\[(]?\s*(?:\.{3,}|…)\s*[\])]?\s*")
_CUT = re.compile(r"(?:\.{3,}|…)\s*[\])]?[\s\"'”’]*$")
_LABEL_INSIDE = re.compile(
    r"(?<=[\s.!?…])(?:\[[\d:.]+\]\s*)?[^\W\d_a-z][\w.]{0,20}(?:\s\d{1,2})?(?:\s*\([^()]*\))?:\s+"
)


def _without_labels(quote: str) -> str:
    """Leave out the labels of speakers at the beginning of each line, and before sentences within it."""
    return "\n".join(_LABEL_INSIDE.sub("", _LABEL.sub("", line.strip(), count=1)) for line in quote.split("\n"))


def _covered(start: int, end: int, starts: Sequence[int], ids: Sequence[str], size: int) -> tuple[str, ...]:
    """Give the fragments of which a run of letters takes a good part; the one it takes most of always counts."""
    shares: dict[str, tuple[int, int]] = {}
    for i in range(max(0, bisect_right(starts, start) - 1), bisect_left(starts, end)):
        stop = starts[i + 1] if i + 1 < len(starts) else size
        shared = min(end, stop) - max(start, starts[i])
        if shared > 0:
            shares[ids[i]] = shared, stop - starts[i]
    most = max(shared for shared, _ in shares.values())
    return tuple(
        each for each, (shared, whole) in shares.items()
        if shared == most or 2 * shared >= whole or shared >= MIN_RUN_LETTERS
    )  # fmt: skip


def _within(texts: Iterable[_Text], session: str | None) -> list[_Text]:
    return [text for text in texts if session is None or text.session == session]
