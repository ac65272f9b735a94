"""The machine's topics against the themes of a coder: a table, and in plain words what was found, split or missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.core.vocabulary import DECIDED_CODER, INDUCTIVE_CODER, OUTLIER_TOPIC, Scheme, is_machine
from pipeline.report.charts import tint
from pipeline.report.explorer.address import link
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.words import Words

NONE = "-"
"""How a crosstab writes a fragment that was looked at and got no code."""
HALF = 0.5
NOTABLE = 0.25
"""A second code with this share of a topic is named beside the first."""

Counts = Mapping[tuple[str, str], int]
"""Code and topic to the number of fragments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One cell of a heat table."""

    n: int
    background: str
    light: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One code: its cells in the order of the topics, and its sum."""

    label: str
    cells: tuple[HeatCell, ...]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one code: ``found``, ``split``, ``scattered``, ``merged`` or ``missed``, and a sentence."""

    label: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the diagnosis says of one code, the topics that carry it and the codes that it shares them with."""

    kind: str
    topics: tuple[str, ...]
    merged_with: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The topics against the themes of one coder."""

    coder: str
    topics: tuple[tuple[str, str], ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[int, ...]
    n: int
    fates: tuple[Fate, ...]
    uncoded: tuple[str, ...]


def compare_themes(inputs: ReportInputs) -> list[Comparison]:
    """Compare the themes with those of every human coder, where the crosstabs do; after what people decided."""
    table = inputs.table("crosstabs")
    table = table.loc[table["scheme"] == Scheme.THEME]
    names = [(name, name.split(" | ")) for name in sorted(set(table["comparison"]))]
    machine = DECIDED_CODER if any(DECIDED_CODER in coders for _, coders in names) else INDUCTIVE_CODER
    found = []
    for name, coders in names:
        if len(coders) != 2 or machine not in coders or all(is_machine(coder) for coder in coders):
            continue
        rows = table.loc[table["comparison"] == name]
        machine_first = coders[0] == machine
        codes, topics = (rows["code_b"], rows["code_a"]) if machine_first else (rows["code_a"], rows["code_b"])
        if machine == INDUCTIVE_CODER:
            topics = topics.map(lambda topic: inputs.theme_of_topic.get(topic, topic))
        counts = {(code, topic): int(n) for code, topic, n in zip(codes, topics, rows["n"], strict=True) if n}
        if counts:
            verdicts = _verdicts(inputs, name) if machine == INDUCTIVE_CODER else {}
            found.append(_compare(inputs, coders[1] if machine_first else coders[0], counts, verdicts))
    return found


def _verdicts(inputs: ReportInputs, comparison: str) -> dict[str, Verdict]:
    """What the diagnosis says of each code, so that the report says one thing of it."""
    table = inputs.table("code_diagnoses")
    own = records(table.loc[(table["comparison"] == comparison) & (table["scheme"] == Scheme.THEME)])
    return {
        row["code"]: Verdict(
            kind=row["verdict"],
            topics=tuple(inputs.theme_of_topic.get(topic, topic) for topic in row["topics"]),
            merged_with=tuple(row["merged_with"]),
        )
        for row in own
    }


def _compare(inputs: ReportInputs, coder: str, counts: Counts, verdicts: Mapping[str, Verdict]) -> Comparison:
    book = inputs.table("codebook")
    order = list(book.loc[book["scheme"] == Scheme.THEME, "code"])
    given = {code for code, _ in counts}
    codes = order + sorted(given.difference(order, [NONE]))
    met = {topic for _, topic in counts}
    topics = [theme for theme in inputs.themes["theme_id"] if theme in met]
    topics += sorted(met.difference(topics, [NONE, OUTLIER_TOPIC])) + [t for t in (OUTLIER_TOPIC, NONE) if t in met]
    labels = {code: inputs.code_label(Scheme.THEME, code) for code in codes} | {NONE: inputs.words("no_theme")}
    shown = [*codes, NONE] if NONE in given else codes
    sums = {code: sum(counts.get((code, topic), 0) for topic in topics) for code in shown}
    rows = []
    for code in shown:
        cells = []
        for topic in topics:
            n = counts.get((code, topic), 0)
            background, light = tint(n / sums[code] / HALF if n else 0.0)
            cells.append(HeatCell(n=n, background=background, light=light, link=_link_cell(coder, code, topic)))
        rows.append(HeatRow(label=labels[code], cells=tuple(cells), n=sums[code]))
    real = [topic for topic in topics if topic not in (NONE, OUTLIER_TOPIC)]
    return Comparison(
        coder=coder,
        topics=tuple((topic, _topic_name(inputs, topic)) for topic in topics),
        rows=tuple(rows),
        totals=tuple(sum(counts.get((code, topic), 0) for code in shown) for topic in topics),
        n=sum(counts.values()),
        fates=tuple(judge_codes(codes, real, counts, labels, inputs.words, verdicts)),
        uncoded=tuple(_uncoded(real, shown, counts)),
    )


def _link_cell(coder: str, code: str, theme: str) -> str:
    """Give the address of the fragments of a cell: crosstabs count the first code of each fragment."""
    topic = "?" if theme == NONE else theme
    if code == NONE:
        return link(theme=topic, **{f"{coder}.{Scheme.THEME}": code})
    return link(theme=topic, first=(coder, str(Scheme.THEME), code))


def _topic_name(inputs: ReportInputs, topic: str) -> str:
    return inputs.words("no_topic") if topic == NONE else inputs.theme_labels.get(topic, topic)


def _uncoded(topics: Sequence[str], codes: Sequence[str], counts: Counts) -> list[str]:
    """List the topics of which at least half was given no theme by the coder."""
    found = []
    for topic in topics:
        total = sum(counts.get((code, topic), 0) for code in codes)
        if total and counts.get((NONE, topic), 0) >= HALF * total:
            found.append(topic)
    return found


def _main_codes(codes: Sequence[str], topics: Sequence[str], counts: Counts) -> dict[str, list[str]]:
    """Order the codes of each topic, commonest first; of equal number the one that stands first in the codebook."""
    return {
        topic: [
            code for code in sorted(codes, key=lambda code: -counts.get((code, topic), 0)) if (code, topic) in counts
        ]
        for topic in topics
    }


def judge_codes(
    codes: Sequence[str],
    topics: Sequence[str],
    counts: Counts,
    labels: Mapping[str, str],
    words: Words,
    verdicts: Mapping[str, Verdict] = MappingProxyType({}),
) -> list[Fate]:
    """Say of every code whether the machine found, split, merged or missed it.

    Where the diagnosis has a verdict, beyond chance, that is said. Of themes after decisions it has none; then a
    topic *belongs* to the code that is commonest in it. A code is *found* when one topic belongs to it and holds at
    least half of it, *split* when several topics belong to it and hold that together, *scattered* when they hold less,
    *merged* when no topic belongs to it but half of it lies in the topic of another code, and else *missed*. Beside its
    share stands that of all fragments: a code that is common everywhere is no finding.

    Args:
        codes: codes of the codebook, in its order.
        topics: topics, in order of size; outliers left out.
        counts: code and topic to the number of fragments.
        labels: code to its name.
        words: the language.
        verdicts: code to what the diagnosis says of it.

    Returns:
        One for each code that the coder gave.

    >>> counts = {("a", "T1"): 6, ("b", "T1"): 4, ("a", "T2"): 1}
    >>> [fate.kind for fate in judge_codes("ab", ["T1", "T2"], counts, {"a": "A", "b": "B"}, Words("en"))]
    ['split', 'merged']
    """
    main = _main_codes(codes, topics, counts)
    everything = sum(counts.values())
    fates = []
    for code in codes:
        total = sum(n for (held, _), n in counts.items() if held == code)
        if not total:
            continue
        if code in verdicts:
            fates.append(_by_diagnosis(verdicts[code], code, total, counts, labels, words))
            continue
        own = [topic for topic in topics if main[topic] and main[topic][0] == code]
        best = max(topics, key=lambda topic: counts.get((code, topic), 0), default="")
        where = own or ([best] if best else [])
        share = sum(counts.get((code, topic), 0) for topic in where) / total
        if own:
            kind = "scattered" if share < HALF else "split" if len(own) > 1 else "found"
        else:
            kind = "merged" if share >= HALF else "missed"
        base = sum(n for (_, topic), n in counts.items() if topic in where) / everything
        text = words(
            f"fate.{kind}", n=total, k=len(own), topics=words.join(where) or NONE, share=words.percent(share),
            other=labels[main[best][0]] if best and main[best] else NONE,
        )  # fmt: skip
        text += f" {words('fate.base', base=words.percent(base))}" if where else ""
        fates.append(Fate(label=labels[code], kind=kind, text=text + _also(own, main, counts, labels, words)))
    return fates


def _by_diagnosis(
    verdict: Verdict, code: str, total: int, counts: Counts, labels: Mapping[str, str], words: Words
) -> Fate:
    where = list(dict.fromkeys(verdict.topics))
    share = sum(counts.get((code, topic), 0) for topic in where) / total
    others = [labels.get(other, other) for other in verdict.merged_with]
    text = words(
        f"fate.tested.{verdict.kind}", n=total, k=len(where), topics=words.join(where) or NONE,
        share=words.percent(share), other=words.join(others) or NONE,
    )  # fmt: skip
    base = sum(n for (_, topic), n in counts.items() if topic in where) / sum(counts.values())
    text += f" {words('fate.base', base=words.percent(base))}" if where else ""
    return Fate(label=labels[code], kind=verdict.kind, text=text)


def _also(
    own: Sequence[str], main: Mapping[str, list[str]], counts: Counts, labels: Mapping[str, str], words: Words
) -> str:
    """Name the second code of a code's own topics where it takes a notable part of them."""
    seconds = []
    for topic in own:
        total = sum(counts.get((held, topic), 0) for held in main[topic])
        if len(main[topic]) > 1 and counts[main[topic][1], topic] >= NOTABLE * total:
            seconds.append(words("fate.second", topic=topic, label=labels[main[topic][1]]))
    return f" {words('fate.also', seconds=words.join(seconds))}" if seconds else ""
