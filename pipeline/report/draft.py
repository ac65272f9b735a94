"""A draft of the synthesis: theme by theme, kansen and knelpunten, sub-headings, statements with their quotes.

Every sentence is one that was said: statements are chosen, not written. A statement is a fragment that lies near to all
others under its sub-heading and says what the statements before it in its theme leave out (maximal marginal relevance:
Carbonell and Goldstein 1998). The draft has a length: each sub-heading gets one statement, the largest first, and what
is left goes to the largest again; one that gets none is named with its number. A further statement that says nearly the
same as an earlier one is left out, and so are weak pairs of a statement with what contradicts or answers it. Nothing
stands in the draft without the fragments that it comes from.

The constants were chosen on two studies that the draft is not measured on, a synthesis report and a first day of focus
groups; how a length is divided, and the weight of novelty, on coder A of the example, where coder B measures.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import INDUCTIVE_CODER, NEUTRAL_POLARITY, UNKNOWN, Polarity, Scheme
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.coded_themes import (
    CodedTheme,
    Spread,
    choose_coder,
    count_sessions,
    first_codes,
    list_themes,
    stands_alone,
)
from pipeline.report.sections.head import name_source

FRAGMENTS_PER_STATEMENT = 10
MOST_STATEMENTS = 3
"""Under a sub-heading."""
SHARE_OF_ROOM = 0.5
"""Length of a draft, as a share of the statements that its sub-headings have room for."""
SHORT = 20
"""A draft with room for this number of statements is not shortened."""
N_QUOTES = 2
"""Quotes beside a statement."""
NEAR_BEST = 5
"""Statements and quotes as good as this rank give way to spread over sessions and speakers."""
NOVELTY = 0.7
"""Weight of what earlier statements of the theme leave out, against nearness to the whole."""
NEARLY_SAME = 0.6
"""Cosine to an earlier statement of the theme from which a further one under a sub-heading adds nothing."""
CLEAR = 0.01
"""A pair of the tables ``perspectives`` and ``answers`` that is likelier than this by chance, or of which one fragment
lies nearer to another, stays out of the draft."""
FEWEST_UNDER_HEADING = 2
"""A sub-heading with fewer fragments joins those without one."""


@dataclass(frozen=True, slots=True)
class QuotedFragment:
    """Words of a participant with who said them and where."""

    fragment_id: str
    text: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement with what carries it.

    Attributes:
        quoted: the chosen sentence.
        quotes: others that say something near to it, of other sessions first.
        support: all fragments that lie nearer to this statement than to others under the sub-heading, itself included.
        n_sessions: in how many sessions these were said.
        n_speakers: how many known speakers said them.
        against: what was said of the same as its opposite; None where nothing is known.
        answer: what may answer it: a proposal under the green hat, or an expectation; None where nothing is known.
    """

    quoted: QuotedFragment
    quotes: tuple[QuotedFragment, ...]
    support: tuple[str, ...]
    n_sessions: int
    n_speakers: int
    against: QuotedFragment | None
    answer: QuotedFragment | None

    @property
    def fragment_ids(self) -> tuple[str, ...]:
        """All fragments that stand in the draft for this statement."""
        further = [each.fragment_id for each in (*self.quotes, self.against, self.answer) if each is not None]
        return (self.quoted.fragment_id, *further)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHeading:
    """A sub-heading: its name, empty where the fragments have no sub-theme, and its statements."""

    name: str
    n_fragments: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPart:
    """The kansen or the knelpunten of a theme; ``unshown`` names the sub-headings without a statement."""

    polarity: Polarity
    n_fragments: int
    headings: tuple[DraftHeading, ...]
    unshown: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTheme:
    """A theme of the draft."""

    name: str
    definition: str
    n_fragments: int
    n_sessions: int
    n_unknown: int
    n_neutral: int
    parts: tuple[DraftPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The whole draft, and in whose themes it is written."""

    coder: str
    themes: tuple[DraftTheme, ...]

    def statements(self) -> Iterator[Statement]:
        """Walk through all statements in order."""
        for theme in self.themes:
            for part in theme.parts:
                for heading in part.headings:
                    yield from heading.statements


def write_draft(inputs: ReportInputs, coder: str | None = None, length: int | None = None) -> Draft:
    """Write the draft of a study; the same for the same tables.

    Args:
        inputs: the study; ``embeddings`` is read beside codings, perspectives and answers.
        coder: in whose themes; None: a person's, else those of the machine that fit best, see ``choose_coder``.
        length: number of statements, at least one for the kansen and one for the knelpunten of each theme; None: half
            of what the sub-headings have room for, or all where that is short.

    Raises:
        InputError: the coder gave no themes.
    """
    chosen = coder or choose_coder(inputs)
    themes = list_themes(inputs, chosen)
    if not themes:
        known = sorted(set(inputs.table("codings")["coder"]))
        raise InputError.single("--coder", f"'{chosen}' gave no themes", f"Choose one of {', '.join(known) or '-'}")
    writer = _Writer(inputs, chosen)
    groups = [[writer.group(theme, theme.leaning(polarity)) for polarity in Polarity] for theme in themes]
    sizes = [[len(fragments) for _, fragments in part] for parts in groups for part in parts]
    numbers = iter(divide_statements(sizes, length))
    made = (writer.write(theme, [(part, next(numbers)) for part in parts])
            for theme, parts in zip(themes, groups, strict=True))  # fmt: skip
    return Draft(coder=chosen, themes=tuple(made))


def divide_statements(parts: Sequence[Sequence[int]], length: int | None = None) -> list[list[int]]:
    """Divide a number of statements over the sub-headings of all parts, by the fragments that they hold.

    The largest sub-heading of each part gets one, then each of the others, the largest first; what is left is a second
    and a third for those that have room for it.

    Args:
        parts: for each part the fragments of its sub-headings.
        length: number of statements; None: ``SHARE_OF_ROOM`` of the room, or all of it where that is ``SHORT``.

    >>> divide_statements([[12, 11, 2], [1]], 4)
    [[1, 1, 1], [1]]
    """
    room = [[min(MOST_STATEMENTS, 1 + n // FRAGMENTS_PER_STATEMENT) for n in sizes] for sizes in parts]
    given = [[int(place == sizes.index(max(sizes))) for place in range(len(sizes))] for sizes in map(list, parts)]
    n_room = sum(map(sum, room))
    total = max(round(SHARE_OF_ROOM * n_room), min(n_room, SHORT)) if length is None else length
    for _ in range(total - sum(map(sum, given))):
        claims = [
            (given[part][place], -size, part, place)
            for part, sizes in enumerate(parts)
            for place, size in enumerate(sizes)
            if given[part][place] < room[part][place]
        ]
        if not claims:
            break
        *_, part, place = min(claims)
        given[part][place] += 1
    return given


Groups: TypeAlias = list[tuple[str, list[str]]]
"""Names of sub-headings, each with its fragments; those without a sub-theme come last, without a name."""


class _Writer:
    def __init__(self, inputs: ReportInputs, coder: str) -> None:
        self._inputs = inputs
        self._spread = Spread(inputs)
        self._vectors = _vectors(inputs)
        self._subthemes = first_codes(inputs, coder, Scheme.SUBTHEME)
        self._headings = _heading_names(inputs, coder)
        self._against = _pairs(inputs)
        self._answers = _answers(inputs)

    def write(self, theme: CodedTheme, parts: Sequence[tuple[Groups, list[int]]]) -> DraftTheme:
        self._stated: list[str] = []
        found = tuple(
            self._write_part(polarity, len(theme.leaning(polarity)), groups, numbers)
            for polarity, (groups, numbers) in zip(Polarity, parts, strict=True)
        )
        leans = Counter(map(theme.lean, theme.members))
        return DraftTheme(
            name=theme.name,
            definition=theme.definition,
            n_fragments=len(theme.members),
            n_sessions=count_sessions(self._inputs, theme.members),
            n_unknown=leans[UNKNOWN],
            n_neutral=leans[NEUTRAL_POLARITY],
            parts=tuple(part for part in found if part.headings),
        )

    def _write_part(self, polarity: Polarity, n_fragments: int, groups: Groups, numbers: list[int]) -> DraftPart:
        headings = [
            self._write_heading(name, fragments, polarity, n)
            for (name, fragments), n in zip(groups, numbers, strict=True)
        ]
        return DraftPart(
            polarity=polarity,
            n_fragments=n_fragments,
            headings=tuple(heading for heading in headings if heading.statements),
            unshown=tuple((heading.name, heading.n_fragments) for heading in headings if not heading.statements),
        )

    def group(self, theme: CodedTheme, members: Sequence[str]) -> Groups:
        """Divide fragments over the sub-themes of the theme, the largest first; those without one come last."""
        groups: dict[str, list[str]] = {}
        for fragment in members:
            own = [c for c in self._subthemes.get(fragment, ()) if self._headings.get(c, ("", ""))[1] == theme.code]
            groups.setdefault(own[0] if own else "", []).append(fragment)
        rest = groups.pop("", [])
        for code in [code for code, found in groups.items() if len(found) < FEWEST_UNDER_HEADING]:
            rest += groups.pop(code)
        named = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        order = {fragment: place for place, fragment in enumerate(members)}
        found = [(self._headings[code][0], fragments) for code, fragments in named]
        return found + ([("", sorted(rest, key=order.__getitem__))] if rest else [])

    def _write_heading(self, name: str, fragments: Sequence[str], polarity: Polarity, n: int) -> DraftHeading:
        whole = [fragment for fragment in fragments if stands_alone(self._inputs.text(fragment))]
        central = self._rank_central(whole or list(fragments), fragments)
        chosen: list[str] = []
        for _ in range(n):
            ranked = self._rank_novel(central, further=bool(chosen))
            chosen += self._spread.choose([each for each in ranked if each not in chosen], 1, near_best=NEAR_BEST)
            self._stated += chosen[-1:]
        nearest = self._assign(chosen, fragments)
        statements = tuple(self._write_statement(fragment, nearest[fragment], polarity) for fragment in chosen)
        return DraftHeading(name=name, n_fragments=len(fragments), statements=statements)

    def _rank_central(self, candidates: Sequence[str], group: Sequence[str]) -> list[tuple[str, float]]:
        """Rank candidates by their mean cosine to the group; rounded, so that the last digit decides nothing."""
        likeness = self._cosines(candidates, group).mean(axis=1)
        ranked = [(fragment, round(float(value), 4)) for fragment, value in zip(candidates, likeness, strict=True)]
        return sorted(ranked, key=lambda item: (-item[1], item[0]))

    def _rank_novel(self, central: Sequence[tuple[str, float]], *, further: bool) -> list[str]:
        """Rank candidates, those first that are central and unlike the earlier statements of the theme.

        Args:
            central: candidates with their nearness to the group.
            further: whether the sub-heading has a statement already; then what says nearly the same is left out.
        """
        names = [fragment for fragment, _ in central]
        nearness = np.array([value for _, value in central])
        nearest = self._cosines(names, self._stated).max(axis=1) if self._stated else np.zeros(len(names))
        gain = np.round((1 - NOVELTY) * nearness - NOVELTY * nearest, 4)
        left = [i for i in range(len(names)) if not further or nearest[i] < NEARLY_SAME]
        return [names[i] for i in sorted(left, key=lambda i: (-gain[i], names[i]))]

    def _assign(self, chosen: Sequence[str], fragments: Sequence[str]) -> Mapping[str, list[str]]:
        """Give every fragment to the statement that it lies nearest to, the nearest fragments first."""
        found: dict[str, list[tuple[float, str]]] = {fragment: [] for fragment in chosen}
        if chosen:
            likeness = np.round(self._cosines(fragments, chosen), 4)
            for i, fragment in enumerate(fragments):
                best = chosen.index(fragment) if fragment in chosen else int(likeness[i].argmax())
                found[chosen[best]].append((-float(likeness[i, best]), fragment))
        return {statement: [fragment for _, fragment in sorted(near)] for statement, near in found.items()}

    def _write_statement(self, fragment: str, near: Sequence[str], polarity: Polarity) -> Statement:
        inputs = self._inputs
        others = [each for each in near if each != fragment]
        elsewhere = [each for each in others if self._session(each) != self._session(fragment)]
        ranked = sorted(elsewhere, key=lambda each: not stands_alone(inputs.text(each)))
        quotes: list[str] = []
        while len(quotes) < N_QUOTES:
            used = {self._session(each) for each in quotes}
            left = [each for each in ranked if self._session(each) not in used]
            found = self._spread.choose(left, 1, near_best=NEAR_BEST)
            if not found:
                break
            quotes += found
        # Only what meets words that are shown: a reader must see what is contradicted or answered.
        shown = (fragment, *quotes)
        against = self._first(self._against.get((polarity, each), ()) for each in shown)
        answer = self._first(self._answers.get(each, ()) for each in shown) if polarity == Polarity.KNELPUNT else None
        return Statement(
            quoted=self._quote(fragment), quotes=tuple(map(self._quote, quotes)), support=tuple(near),
            n_sessions=count_sessions(inputs, near),
            n_speakers=len({inputs.speakers[each] for each in near if each in inputs.speakers}),
            against=against, answer=answer,
        )  # fmt: skip

    def _first(self, ranked: Iterator[Sequence[str]]) -> QuotedFragment | None:
        """Show the first of several lists that was not shown yet."""
        for fragments in ranked:
            if found := self._spread.choose(fragments, 1, near_best=1):
                return self._quote(found[0])
        return None

    def _session(self, fragment: str) -> str:
        return str(self._inputs.row(fragment)["session"])

    def _quote(self, fragment: str) -> QuotedFragment:
        row = self._inputs.row(fragment)
        return QuotedFragment(fragment, row["text"], name_source(self._inputs, fragment))

    def _cosines(self, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
        none = np.zeros(self._width)
        a, b = (np.array([self._vectors.get(each, none) for each in names]) for names in (left, right))
        found: NDArray[np.float64] = a @ b.T
        return found

    @property
    def _width(self) -> int:
        return len(next(iter(self._vectors.values()), [0.0]))


def _vectors(inputs: ReportInputs) -> dict[str, NDArray[np.float64]]:
    table = inputs.table("embeddings")
    found = {}
    for fragment, vector in zip(table["fragment_id"], table["vector"], strict=True):
        numbers = np.asarray(vector, dtype=np.float64)
        length = float(np.linalg.norm(numbers))
        found[fragment] = numbers / length if length else numbers
    return found


def _heading_names(inputs: ReportInputs, coder: str) -> dict[str, tuple[str, str]]:
    """Give each sub-theme its name and the theme that it belongs to."""
    if coder == INDUCTIVE_CODER:
        rows = records(inputs.table("subtopics"))
        return {row["subtopic_id"]: (row["label"], row["topic_id"]) for row in rows}
    book = inputs.table("codebook")
    rows = records(book.loc[book["scheme"] == Scheme.SUBTHEME])
    return {row["code"]: (row["label"], row["parent"] or "") for row in rows}


def _clear(inputs: ReportInputs, table: str) -> list[Row]:
    rows = records(inputs.table(table))
    return [row for row in rows if row["mutual"] and row["p"] is not None and row["p"] <= CLEAR]


def _pairs(inputs: ReportInputs) -> dict[tuple[Polarity, str], list[str]]:
    """Give for a fragment and its polarity what was said of the same with the other polarity, the nearest first."""
    found: dict[tuple[Polarity, str], list[str]] = {}
    for row in sorted(_clear(inputs, "perspectives"), key=lambda row: -row["score"]):
        found.setdefault((Polarity.KANS, row["kans_id"]), []).append(row["knelpunt_id"])
        found.setdefault((Polarity.KNELPUNT, row["knelpunt_id"]), []).append(row["kans_id"])
    return found


def _answers(inputs: ReportInputs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in sorted(_clear(inputs, "answers"), key=lambda row: row["rank"]):
        found.setdefault(row["knelpunt_id"], []).append(row["answer_id"])
    return found
