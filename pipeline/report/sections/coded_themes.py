"""The themes of a study: whose they are, what was said in each, and quotes spread over the sessions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.vocabulary import (
    ABSTENTION,
    ADJUDICATED_CODER,
    BOTH_POLARITIES,
    DECIDED_CODER,
    GUIDED_CODER,
    INDUCTIVE_CODER,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    UNKNOWN,
    Polarity,
    Scheme,
    is_machine,
)
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.decisions import count_in_force
from pipeline.report.sections.hats import lean_of, leans_of_machine
from pipeline.report.words import Words

FEWEST_WORDS, MOST_WORDS = 6, 60
"""A quote within these limits can stand in a text on its own."""
NEAR_BEST = 12
"""Quotes as good as this rank give way to spread: sessions first, then speakers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedTheme:
    """A theme as one coder gave it.

    Attributes:
        coder: who gave it; a person or a machine coder.
        code: its code, or the id of a theme of the machine.
        name: as a reader sees it.
        definition: what belongs under it, or the words that set a topic apart.
        members: fragments, best quotes first.
        leans: fragment to ``kans``, ``knelpunt``, both or neither; absent where nobody said.
        shared: fragment and polarity to how many others gave it.
    """

    coder: str
    code: str
    name: str
    definition: str
    members: tuple[str, ...]
    leans: Mapping[str, str]
    shared: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def lean(self, fragment: str) -> str:
        """Name how a fragment leans; unknown where nobody said."""
        return self.leans.get(fragment, UNKNOWN)

    def leaning(self, polarity: Polarity) -> list[str]:
        """List the fragments of one polarity: those that say nothing else and that others see so too come first."""
        found = [fragment for fragment in self.members if self.leans.get(fragment) in (polarity, BOTH_POLARITIES)]
        return sorted(found, key=lambda f: (self.leans[f] == BOTH_POLARITIES, -self.shared.get((f, polarity), 0)))


def lead_coder(inputs: ReportInputs, scheme: Scheme = Scheme.THEME) -> str | None:
    """Give whose codes of a scheme are reported; None where nobody looked.

    What people settled together, once that holds more than half of what any of them looked at; else the person who
    looked at most fragments, of equals the first by name. Two people's themes put together are nobody's.
    """
    seen = inputs.table("seen")
    counts = seen.loc[seen["scheme"] == scheme, "coder"].value_counts()
    people = sorted(set(counts.index) - {ADJUDICATED_CODER}, key=lambda coder: (-counts[coder], coder))
    n_settled, n_most = counts.get(ADJUDICATED_CODER, 0), counts[people[0]] if people else 0
    return ADJUDICATED_CODER if 2 * n_settled > n_most else next(iter(people), None)


def choose_coder(inputs: ReportInputs) -> str:
    """Choose whose themes are reported: those of people, else the machine after people decided, else by the codebook.

    Without any of them the machine's own topics are left.
    """
    person = lead_coder(inputs)
    if person is not None:
        return person
    if count_in_force(inputs):
        return DECIDED_CODER
    codings = inputs.table("codings")
    guided = codings.loc[(codings["coder"] == GUIDED_CODER) & (codings["scheme"] == Scheme.THEME)]
    return GUIDED_CODER if len(guided) else INDUCTIVE_CODER


def list_themes(inputs: ReportInputs, coder: str | None = None) -> list[CodedTheme]:
    """List the themes of a coder, those with most fragments first.

    Args:
        inputs: the study.
        coder: a person or a machine coder; None: as ``choose_coder`` says.
    """
    coder = coder or choose_coder(inputs)
    found = list(_topics(inputs, coder) if coder in (DECIDED_CODER, INDUCTIVE_CODER) else _codes(inputs, coder))
    return sorted(found, key=lambda theme: (-len(theme.members), theme.name))


def looked_at(inputs: ReportInputs, coder: str) -> frozenset[str]:
    """Give the used fragments that a coder looked at for themes: what shares of the coder's themes are of.

    What a person did not look at counts neither for nor against a theme; a machine looks at all.
    """
    used = frozenset(inputs.used["fragment_id"])
    return used if is_machine(coder) else used.intersection(inputs.codes_of(coder, Scheme.THEME))


def first_codes(inputs: ReportInputs, coder: str, scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """Give the codes of each fragment: all that a person gave, the first that a machine gave."""
    if not is_machine(coder):
        return dict(inputs.codes_of(coder, scheme))
    table = inputs.table("codings")
    rows = table.loc[(table["coder"] == coder) & (table["scheme"] == scheme) & (table["rank"] == 1)]
    return {fragment: (code,) for fragment, code in zip(rows["fragment_id"], rows["code"], strict=True)}


def lean_coder(inputs: ReportInputs, coder: str) -> str:
    """Say by whom the fragments of a coder lean: by the machine where the coder gave no polarity at all.

    What people settled of polarity alone, or of themes alone, is shown with the other of the person who coded most.
    """
    lead = lead_coder(inputs, Scheme.POLARITY)
    chosen = lead if ADJUDICATED_CODER in (coder, lead) and coder == lead_coder(inputs) else coder
    return chosen if chosen and not is_machine(chosen) and inputs.codes_of(chosen, Scheme.POLARITY) else TAUGHT_CODER


def leans_of(inputs: ReportInputs, coder: str) -> dict[str, str]:
    """Give how each fragment leans, by whom ``lean_coder`` says."""
    if (by := lean_coder(inputs, coder)) != TAUGHT_CODER:
        return {f: lean_of(codes) for f, codes in inputs.codes_of(by, Scheme.POLARITY).items()}
    return {f: lean for f, lean in leans_of_machine(inputs).items() if lean != ABSTENTION}


def stands_alone(text: str) -> bool:
    """Whether words can stand in a text on their own: a whole sentence, neither too short nor too long.

    >>> stands_alone("Hij wacht elke dinsdag op haar."), stands_alone("wacht op haar"), stands_alone("Ja.")
    (True, False, False)
    """
    opening, ending = text.lstrip("“\"‘'(…. ")[:1], text.rstrip("”\"’')")[-1:]
    whole = opening.isupper() and ending in ".?!…"
    return whole and FEWEST_WORDS <= len(text.split()) <= MOST_WORDS


def _codes(inputs: ReportInputs, coder: str) -> Iterator[CodedTheme]:
    themes, leans = first_codes(inputs, coder, Scheme.THEME), leans_of(inputs, coder)
    book = inputs.table("codebook")
    scores = _quote_scores(inputs, coder)
    shared, poles = (_agreeing(inputs, coder, scheme) for scheme in (Scheme.THEME, Scheme.POLARITY))
    used = inputs.used["fragment_id"].tolist()
    for row in records(book.loc[book["scheme"] == Scheme.THEME]):
        code = str(row["code"])
        themed = {fragment for fragment, codes in themes.items() if code in codes}.intersection(used)
        # The order of the table is that of the notes; sorting keeps it among equals.
        keys = {
            f: (not stands_alone(inputs.text(f)), -shared.get((f, code), 0), -scores.get((code, f), 0)) for f in themed
        }
        members = tuple(sorted((f for f in used if f in themed), key=keys.__getitem__))
        if members:
            yield CodedTheme(
                coder=coder, code=code, name=inputs.code_label(Scheme.THEME, code),
                definition=row["definition"] or "", members=members, leans=leans, shared=poles,
            )  # fmt: skip


def _topics(inputs: ReportInputs, coder: str) -> Iterator[CodedTheme]:
    leans, assigned = leans_of(inputs, TAUGHT_CODER), inputs.table("theme_assignments")
    members: dict[str, list[tuple[bool, float, str]]] = {}
    # Those that people dropped are in no theme.
    for row in records(assigned.loc[assigned["theme_id"].notna() & (assigned["theme_id"] != OUTLIER_TOPIC)]):
        alone = stands_alone(inputs.text(row["fragment_id"]))
        members.setdefault(row["theme_id"], []).append((not alone, -row["score"], row["fragment_id"]))
    for row in records(inputs.themes):
        ranked = tuple(fragment for _, _, fragment in sorted(members.get(row["theme_id"], [])))
        if ranked:
            yield CodedTheme(
                coder=coder, code=row["theme_id"], name=row["label"], definition=_other_words(row, inputs.words),
                members=ranked, leans=leans,
            )  # fmt: skip


def _other_words(theme: Mapping[str, Any], words: Words) -> str:
    """List the words that set a topic apart and are not in its label."""
    others = [word for word in theme["keywords"] if word not in theme["label"]]
    return words("page.other_words", words=", ".join(others)) if others else ""


def _quote_scores(inputs: ReportInputs, coder: str) -> dict[tuple[str, str], float]:
    table = inputs.table("theme_quotes")
    rows = table.loc[(table["coder"] == coder) & (table["role"] == "shows")]
    return {(row["theme"], row["fragment_id"]): row["score"] for row in records(rows)}


def _agreeing(inputs: ReportInputs, coder: str, scheme: Scheme) -> dict[tuple[str, str], int]:
    """Count the other people who gave a fragment a code."""
    codings = inputs.table("human_codings")
    others = codings.loc[(codings["scheme"] == scheme) & ~codings["coder"].isin([coder, ADJUDICATED_CODER])]
    return Counter(zip(others["fragment_id"], others["code"], strict=True))


class Spread:
    """Chooses quotes so that no session and no speaker is heard more than needed; the same choices every time.

    Of the best candidates it takes the one whose session was used least, then whose speaker was, then the best.
    """

    def __init__(self, inputs: ReportInputs) -> None:
        """Begin with nothing used."""
        self._inputs = inputs
        self._sessions: Counter[str] = Counter()
        self._speakers: Counter[tuple[str, str]] = Counter()
        self._texts: set[str] = set()

    def choose(self, ranked: Sequence[str], n: int, *, near_best: int = NEAR_BEST) -> list[str]:
        """Choose fragments.

        Args:
            ranked: candidates, the best first.
            n: how many at most.
            near_best: how many of the best may give way to spread.

        Returns:
            Fragment ids; no text is chosen twice, also over calls.
        """
        chosen: list[str] = []
        pool = [fragment for fragment in ranked if self._inputs.text(fragment) not in self._texts]
        while pool and len(chosen) < n:
            best = min(range(min(near_best, len(pool))), key=lambda place: (*self._used(pool[place]), place))
            chosen.append(pool.pop(best))
            self._count(chosen[-1])
            pool = [fragment for fragment in pool if self._inputs.text(fragment) not in self._texts]
        return chosen

    def _used(self, fragment: str) -> tuple[int, int]:
        session = str(self._inputs.row(fragment)["session"])
        speaker = self._inputs.speakers.get(fragment)
        return self._sessions[session], self._speakers[speaker] if speaker else 0

    def _count(self, fragment: str) -> None:
        self._texts.add(self._inputs.text(fragment))
        self._sessions[str(self._inputs.row(fragment)["session"])] += 1
        if speaker := self._inputs.speakers.get(fragment):
            self._speakers[speaker] += 1


def count_sessions(inputs: ReportInputs, fragments: Iterable[str]) -> int:
    """Count the sessions in which fragments were said."""
    return len({inputs.row(fragment)["session"] for fragment in fragments})
